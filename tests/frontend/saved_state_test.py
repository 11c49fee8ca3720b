"""Saved states from the command line and from scripts: what --load takes and refuses, and that a run that is interrupted
anywhere ends as the one that is not.

Called with the program, roms/system_check.bin, and the names of the engines.
"""

import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

PROGRAM, SYSTEM_CHECK = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
ENGINES = [sys.argv.pop(1) for _ in sys.argv[1:]]
CODE = bytes.fromhex("b001e680 b810278ed8 ff060000 ebfa")  # POST code 1; DS = 2710h; INC WORD [0] for ever
RESET_VECTOR = 0xFFF0


def rom(code):
    image = code.ljust(RESET_VECTOR, b"\x90") + bytes.fromhex("ea000000f0")  # JMP F000:0000
    return image.ljust(0x10000, b"\0")


class SavedStates(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rom = self.file("rom.bin", rom(CODE))
        self.state = self.folder / "state"

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run_machine(self, *options):
        command = [PROGRAM, "run", "--display", "none", "--serial", "none", *options]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=self.folder)

    def start(self, *options):
        machine = ["--clock", "instructions", "--firmware", self.rom, "--memory", "2M"]
        return self.run_machine(*machine, *options)

    def save(self, *options, count="1000"):
        done = self.start("--max-instructions", count, "--save", self.state, *options)
        self.assertEqual((done.returncode, done.stderr), (124, ""))

    def load(self, *options, count="2000"):
        return self.run_machine("--load", self.state, "--max-instructions", count, *options)

    def count_after(self, done):
        self.assertEqual((done.returncode, done.stderr), (124, ""))
        return json.loads((self.folder / "stats").read_text())["instructions"]["total"]

    def refused(self, done, *named):
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for name in named:
            self.assertIn(str(name), done.stderr)

    def test_through_all_modes(self):
        stats = self.folder / "stats"
        options = ["--clock", "instructions", "--firmware", SYSTEM_CHECK, "--exit-port"]
        whole = self.run_machine(*options, "--stats", stats)
        end = json.loads(stats.read_text())
        total, chance = end["instructions"]["total"], random.Random(1)
        engines = itertools.cycle(ENGINES)
        for number, count in enumerate(sorted(chance.sample(range(1, total), 40))):
            state = self.folder / f"state{number % 2}"
            done = self.run_machine(*options, "--engine", next(engines), "--max-instructions", str(count), "--save", state)
            self.assertEqual((done.returncode, done.stderr), (124, ""))
            options = ["--load", state]
        done = self.run_machine(*options, "--engine", next(engines), "--stats", stats)
        self.assertEqual((done.returncode, done.stderr), (whole.returncode, whole.stderr))
        self.assertEqual(json.loads(stats.read_text())["state"], end["state"])

    def test_from_scripts(self):
        self.save("--stats", "at_1000")
        script = self.file("script", f"load {self.state}\nwait 0.05\nsave again\nquit\n".encode())
        done = self.start("--script", script)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        count = json.loads((self.folder / "at_1000").read_text())["instructions"]["total"]
        self.assertEqual(count, 1000)
        self.state = self.folder / "again"
        self.assertGreater(self.count_after(self.load("--timeout", "0.1", "--stats", "stats", count="1000000000000")), 1000)
        self.refused(self.start("--script", self.file("script", b"load nothing\n")), "script:1:", "nothing")
        self.refused(self.start("--script", self.file("script", b"save no/such/folder\n")), "script:1:", "no/such/folder")
        self.refused(self.start("--script", self.file("script", b"save\n")), "the file")

    def test_a_trace_ends_where_a_state_is_loaded(self):
        self.save()
        script = self.file("script", f"trace on whole\nwait 0.1\nload {self.state}\nwait 0.05\nquit\n".encode())
        done = self.start("--script", script)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "calque: a state was loaded: the trace ends before it\n")
        done = subprocess.run([PROGRAM, "trace", "stat", "whole"], capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_trace_goes_on_from_a_state(self):
        self.save()
        for number, engine in enumerate(ENGINES):
            self.assertEqual(self.load("--engine", engine, "--trace", f"after{number}").returncode, 124)
            done = self.start("--max-instructions", "2000", "--engine", engine, "--trace", f"whole{number}",
                              "--trace-start", "count=1000")
            self.assertEqual((done.returncode, done.stderr), (124, ""))
        traces = {path.read_bytes() for pattern in ("after*", "whole*") for path in self.folder.glob(pattern)}
        self.assertEqual(len(traces), 1)

    def test_the_same_options_again(self):
        self.save()
        done = self.load("--memory", "2M", "--clock", "instructions", "--firmware", self.rom, "--cpu", "max")
        self.assertEqual((done.returncode, done.stderr), (124, ""))

    def test_contradictions(self):
        self.save()
        for options in (["--memory", "4M"], ["--cpu", "486"], ["--nic", "none"], ["--kernel", self.rom], ["--boot", "n"],
                        ["--hda", self.rom], ["--fda", self.rom], ["--cdrom", self.rom], ["--read-only"],
                        ["--rtc", "2020-01-01T00:00:00"]):
            self.refused(self.load(*options), options[0])

    def test_the_real_time_clock(self):
        self.save()
        done = self.load("--clock", "real", "--timeout", "0.1", "--stats", "stats", count="100000000000")
        self.assertGreater(self.count_after(done), 1000)

    def test_images(self):
        disk = self.file("disk.img", b"\0" * (1 << 20))
        self.save("--hda", "disk.img")
        self.assertEqual(self.load().stderr, "")
        os.utime(disk, (1, 1))
        self.assertIn("written to after", self.load().stderr)
        moved = disk.rename(self.folder / "moved.img")
        self.refused(self.load(), "disk.img")
        self.assertEqual(self.load("--hda", "moved.img").returncode, 124)
        moved.write_bytes(b"\0" * (2 << 20))
        self.refused(self.load("--hda", moved), "moved.img", "4096 sectors")
        self.save("--fda", "", "--hda", moved)
        self.assertEqual(self.load().returncode, 124)

    def test_damaged_files(self):
        self.refused(self.load(), "state", "No such file")
        self.save()
        good = self.state.read_bytes()
        for content, named in ((b"", "not a saved state"), (b"x" * 5000, "not a saved state"), (good[:15], "cut off"),
                               (good[:-1], "cut off"), (good[:15] + b"\x63" + good[16:], "format 99"),
                               (good + b"x", "longer"), (good[:500] + bytes([good[500] ^ 1]) + good[501:], "damaged")):
            self.state.write_bytes(content)
            self.refused(self.load(), "state", named)
        self.refused(self.run_machine("--load", self.folder), str(self.folder))

    def test_nothing_is_left_of_what_cannot_be_written(self):
        self.refused(self.start("--max-instructions", "10", "--save", "no/such/state"), "no/such/state")
        (self.folder / "taken").mkdir()
        script = self.file("script", b"save taken\n")
        self.refused(self.start("--script", script), "script:1:", "taken")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["rom.bin", "script", "taken"])


if __name__ == "__main__":
    unittest.main()
