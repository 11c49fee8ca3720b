"""Bad input gets status 2 and one line on standard error that names the thing; nothing is written.

Called with the program as its only argument.
"""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()

WINDOWS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")  # a test must not open any
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in WINDOWS}

# arguments, and what the line must name
CASES = [
    ("frobnicate", "frobnicate"),
    ("help frobnicate", "frobnicate"),
    ("run --frobnicate", "--frobnicate"),
    ("run stray", "stray"),
    ("run --memory", "--memory"),
    ("run --memory 1Q", "1Q"),
    ("run --memory 4G", "4G"),
    ("run --memory 64", "64"),
    ("run --memory 1025K", "1025K"),
    ("run --memory 64M --memory 32M", "--memory"),
    ("run --cpu 8008", "8008"),
    ("run --engine warp", "warp"),
    ("run --clock sundial", "sundial"),
    ("run --clock instructions=0", "instructions=NS"),
    ("run --speed fast", "fast"),
    ("run --speed 50%", "50%"),
    ("run --speed 3 --clock instructions", "--speed"),
    ("run --rtc yesterday", "yesterday"),
    ("run --boot x", "--boot"),
    ("run --load no/such/state", "no/such/state"),
    ("run --load /dev/null", "not a saved state"),
    ("run --replay no/such/run", "no/such/run"),
    ("run --replay /dev/null", "not a recording"),
    ("run --record no/such/folder", "no/such/folder"),
    ("run --record run --replay run", "run"),
    ("run --record run --clock real", "--record"),
    ("run --record run --speed 3", "--record"),
    ("compare --serial stdio", "--serial"),
    ("compare --gdb 1234", "--gdb"),
    ("compare --trace trace", "--trace"),
    ("compare --replay recording", "--replay"),
    ("compare --clock real", "--clock"),
    ("compare --first warp", "--first"),
    ("compare --second", "--second"),
    ("compare --from /dev/null", "not a saved state"),
    ("run --save no/such/folder", "no/such/folder"),
    ("run --display plasma", "plasma"),
    ("run --display sdl", "display"),
    ("run --serial carrier-pigeon", "carrier-pigeon"),
    ("run --serial tcp:0", "TCP port"),
    ("run --serial tcp:99999", "99999"),
    ("run --serial file:", "file:"),
    ("run --serial stdio --serial2 stdio", "--serial2"),
    ("run --scaling bicubic", "bicubic"),
    ("run --sound trumpet", "trumpet"),
    ("run --sound file:", "file:"),
    ("run --sound file:no/such/folder.wav", "no/such/folder.wav"),
    ("run --debugcon nowhere", "nowhere"),
    ("run --log everything", "everything"),
    ("run --log post,", "not a facility"),
    ("run --gdb host:", "--gdb"),
    ("run --gdb 70000", "70000"),
    ("run --gdb 0", "not a TCP port"),
    ("run --gdb no.such.host.invalid:1234", "no.such.host.invalid:1234"),
    ("run --gdb-wait", "--gdb-wait needs --gdb"),
    ("run --magic-breakpoint", "--magic-breakpoint needs --gdb or --monitor"),
    ("run --reverse --gdb 1234", "--reverse needs --clock instructions"),
    ("run --reverse --clock instructions", "--reverse needs --gdb"),
    ("run --reverse --clock instructions --monitor stdio --record f", "--reverse does not go with --record"),
    ("run --reverse --clock instructions --monitor stdio --net user", "--reverse needs --net none"),
    ("run --reverse --clock instructions --monitor stdio --sound file:f", "--reverse needs --sound none"),
    ("run --reverse --clock instructions --monitor stdio --hda f", "--reverse needs --discard-writes"),
    ("run --monitor pipe", "pipe"),
    ("run --monitor unix:no/such/folder/socket", "no/such/folder/socket"),
    ("run --monitor stdio --serial stdio", "--monitor and a serial line"),
    ("run --exit-port 65536", "65536"),
    ("run --boot acdn", "--boot"),
    ("run --net pigeon", "pigeon"),
    ("run --net user,frobnicate=1", "frobnicate"),
    ("run --net user,forward=tcp:80", "tcp:80"),
    ("run --net user,forward=tcp:0:22", "not a port"),
    ("run --net user,forward=tcp:99999:22", "99999"),
    ("run --net user,tftp=missing", "missing"),
    ("run --net user --nic none", "--nic"),
    ("run --nic 3c509", "3c509"),
    ("run --nic-firmware missing.rom", "missing.rom"),
    ("run --nic ne2k_isa --nic-firmware odd.bin", "--nic-firmware"),
    ("run --pcap no/such/folder.pcap", "no/such/folder.pcap"),
    ("run --pcap f.pcap --net none", "--net user"),
    ("run --pcap f.pcap --clock instructions", "--net user"),
    ("run --max-instructions many", "many"),
    ("run --timeout soon", "soon"),
    ("run --hash-every 0", "0"),
    ("run --hash-every 5", "--stats"),
    ("run --measure warmth", "warmth"),
    ("run --measure instructions", "--engine interpreter"),
    ("run --measure startup", "--stats"),
    ("run --stats-at x", "--stats"),
    ("run --stats-at (", "--stats-at"),
    ("run --initrd x", "--kernel"),
    ("run --firmware missing.bin", "missing.bin"),
    ("run --firmware .", "."),
    ("run --firmware odd.bin", "odd.bin"),
    ("run --vga-firmware missing.bin", "missing.bin"),
    ("run --kernel missing.bin", "missing.bin"),
    ("run --kernel odd.bin", "odd.bin"),
    ("run --hda missing.img", "missing.img"),
    ("run --hda empty.img", "empty.img"),
    ("run --fda missing.img", "missing.img"),
    ("run --hdc odd.bin --cdrom odd.bin", "--hdc"),
    ("run --cdrom missing.iso", "missing.iso"),
    ("run --script missing.txt", "missing.txt"),
    ("run --script bad.txt", "bad.txt:2"),
    ("run --stats no/such/folder.json", "no/such/folder.json"),
    ("run --screenshot .", "."),
    ("image", "create, convert or info"),
    ("image frobnicate", "frobnicate"),
    ("image create", "image"),
    ("image create new.img", "needs a size"),
    ("image create new.img 1Q", "1Q"),
    ("image create new.img 0", "needs a size"),
    ("image create -f vmdk new.img 1M", "vmdk"),
    ("image create no/such/folder.img 1M", "no/such/folder.img"),
    ("image create . 1M", "is a directory"),
    ("image create new.qcow2 8000000T", "new.qcow2"),
    ("image create -b missing.img new.qcow2", "missing.img"),
    ("image create -b odd.bin -f raw new.img", "only qcow2"),
    ("image create -b odd.bin -f qcow2 odd.bin", "its own backing file"),
    ("image create -o cluster_size=3K new.qcow2 1M", "power of two"),
    ("image create -o cluster_size=4K new.img 1M", "only qcow2"),
    ("image create -o color=red new.qcow2 1M", "color"),
    ("image convert odd.bin", "image"),
    ("image convert missing.img new.img", "missing.img"),
    ("image convert -f qcow2 odd.bin new.img", "is not a qcow2 image"),
    ("image convert odd.bin no/such/folder.img", "no/such/folder.img"),
    ("image info missing.img", "missing.img"),
    ("image info --output yaml odd.bin", "yaml"),
    ("exec", "--mode"),
    ("exec --mode real32 odd.bin", "real32"),
    ("exec --mode real16", "code"),
    ("exec --mode real16 missing.bin", "missing.bin"),
    ("exec --mode real16 --set eaz=1 odd.bin", "eaz"),
    ("exec --mode real16 --org xyz odd.bin", "xyz"),
    ("exec --mode real16 --mem 5 odd.bin", "--mem"),
    ("exec --mode real16 --map 0:0 odd.bin", "--map"),
    ("exec --mode real16 --cpu 8008 odd.bin", "8008"),
]


class BadInput(unittest.TestCase):
    def test_cases(self):
        for arguments, name in CASES:
            with self.subTest(arguments), tempfile.TemporaryDirectory() as folder:
                self.check(arguments, name, pathlib.Path(folder))

    @staticmethod
    def content(folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def check(self, arguments, name, folder):
        (folder / "odd.bin").write_bytes(b"\x90" * 1000)
        (folder / "empty.img").touch()
        (folder / "bad.txt").write_text("wait 1\njump\n")
        before = self.content(folder)
        outputs = ["--stats", "s.json", "--screenshot", "s.png", "--serial2", "file:s.txt", "--timeout", "20"]
        words = arguments.split()
        more = [] if words[0] != "run" else [
            word for pair in zip(outputs[::2], outputs[1::2]) if pair[0] not in words for word in pair]
        if "--stats" in name:
            more = []
        result = subprocess.run([PROGRAM, *words, *more], cwd=folder, capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, env=ENVIRONMENT, timeout=60, check=False)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(name, result.stderr)
        self.assertEqual(self.content(folder), before)

    def test_a_port_in_use_cannot_be_forwarded(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, tempfile.TemporaryDirectory() as folder:
            port = taken.getsockname()[1]
            self.check(f"run --pcap f.pcap --net user,forward=tcp:{port}:22", f"TCP port {port}", pathlib.Path(folder))

    def test_scripts_name_drives_and_images_that_are_there(self):
        for line, name in (("change fda odd.bin", '"fda"'), ("eject hda", '"hda"'), ("change cdrom missing.iso", "missing.iso")):
            with self.subTest(line), tempfile.TemporaryDirectory() as folder:
                script = pathlib.Path(folder, "script")
                script.write_text(f"wait 0\n{line}\n")
                words = ["run", "--display", "none", "--serial", "none", "--timeout", "20", "--script", script]
                result = subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=ENVIRONMENT, check=False)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertRegex(result.stderr, f"\\Acalque: .*script:2: .*{name}.*\n\\Z")

    def test_no_arguments(self):
        result = subprocess.run([PROGRAM], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("run", result.stdout + result.stderr)

    def test_help(self):
        for arguments in (["help"], ["-h"], ["help", "run"], ["help", "engine"], ["run", "--help"], ["exec", "-h"],
                          ["help", "image"], ["image", "create", "-h"]):
            result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertGreater(result.stdout.count("\n"), 5)


unittest.main()
