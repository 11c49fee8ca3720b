"""calque image as users of qemu-img use it, and what qemu-img says of its images.

Called with the program as its only argument.
"""

import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
QEMU_IMG = shutil.which("qemu-img")  # of Debian's qemu-utils
MEGABYTE = 1 << 20


def limited():
    """The host's disk is full after 2 MiB of any file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEGABYTE, 2 * MEGABYTE))


class Images(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="calque-test-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def image(self, *words, status=0, before=None):
        done = subprocess.run([PROGRAM, "image", *words], cwd=self.folder, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, preexec_fn=before)
        self.assertEqual(done.returncode, status, done)
        return done.stdout if status == 0 else done.stderr

    def info(self, name):
        return json.loads(self.image("info", "--output", "json", name))

    def sparse(self, name="disk.img", size=64 * MEGABYTE):
        """A raw image with data in a few places; returns its content."""
        content = bytearray(size)
        for place in (0, size // 13 // 512 * 512, size // 2 - 100, size - 512):
            content[place : place + 512] = random.randbytes(512)
        (self.folder / name).write_bytes(content)
        return bytes(content)

    def content(self, name):
        self.image("convert", "-O", "raw", name, "content.tmp")
        return (self.folder / "content.tmp").read_bytes()

    def machine(self, *options, seconds="60"):
        """A machine that does nothing for so long."""
        (self.folder / "rom.bin").write_bytes(b"\xf4" * 65536)
        words = ["run", "--display", "none", "--firmware", "rom.bin", "--timeout", seconds, *options]
        return subprocess.Popen([PROGRAM, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def refused_in_use(self, process, name):
        _, said = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 2, said)
        self.assertEqual(said, f"calque: disk image '{name}': is in use by another drive, machine or program\n")

    def open_files(self, pid):
        for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed since it was listed
                yield os.readlink(entry)

    def opened(self, process, name):
        """Waits until the process has the image open."""
        deadline = time.monotonic() + 100
        wanted = str((self.folder / name).resolve())
        while time.monotonic() < deadline and process.poll() is None:
            if wanted in self.open_files(process.pid):
                return
            time.sleep(0.1)
        self.fail(f"{name} is not open")

    def test_an_image_in_use_is_left_alone(self):
        self.sparse()
        for own, others in ((["--hda", "disk.img"], []), (["--hda", "disk.img"], ["--read-only"]),
                            (["--hda", "disk.img", "--read-only"], [])):
            with self.subTest(own=own, others=others), self.machine(*own) as first:
                self.opened(first, "disk.img")
                self.refused_in_use(self.machine("--hda", "disk.img", *others), "disk.img")
                if "--read-only" not in own:
                    self.assertIn("in use", self.image("create", "disk.img", "1M", status=2))
                first.kill()
        with self.machine("--hda", "disk.img", "--read-only") as first:
            self.opened(first, "disk.img")
            second = self.machine("--hda", "disk.img", "--discard-writes", seconds="1")
            self.assertEqual(second.wait(100), 124, second.communicate())
            first.kill()
        self.refused_in_use(self.machine("--hda", "disk.img", "--hdb", "disk.img"), "disk.img")

    @unittest.skipUnless(QEMU_IMG, "qemu-img is not installed")
    def test_qemu_img_and_calque_respect_each_other(self):
        self.image("create", "disk.qcow2", "1M")
        with self.machine("--hda", "disk.qcow2") as machine:
            self.opened(machine, "disk.qcow2")
            done = subprocess.run([QEMU_IMG, "check", "disk.qcow2"], cwd=self.folder, capture_output=True, text=True,
                                  check=False)
            self.assertIn("lock", done.stderr)
            machine.kill()

    def test_new_images_have_their_size_and_take_no_room(self):
        for name, size, number in (("a.img", "10G", 10 << 30), ("b.qcow2", "3T", 3 << 40), ("c.qcow2", "1000", 1024)):
            with self.subTest(name):
                self.image("create", name, size)
                info = self.info(name)
                self.assertEqual((info["virtual-size"], info["filename"]), (number, name))
                self.assertEqual(info["format"], "qcow2" if name.endswith("qcow2") else "raw")
                self.assertLess(info["actual-size"], MEGABYTE)
        self.image("create", "-f", "qcow2", "-o", "cluster_size=4k", "a.img", "5m")  # replaced
        self.assertEqual(self.info("a.img")["cluster-size"], 4096)

    def test_conversions_keep_the_content_and_leave_zeros_out(self):
        before = self.sparse()
        self.image("convert", "-f", "raw", "-O", "qcow2", "disk.img", "disk.qcow2")
        self.assertLess((self.folder / "disk.qcow2").stat().st_size, MEGABYTE)
        self.image("convert", "disk.qcow2", "again.qcow2")
        self.image("convert", "again.qcow2", "back.img")
        self.assertEqual((self.folder / "back.img").read_bytes(), before)
        self.assertLess(self.info("back.img")["actual-size"], MEGABYTE)
        self.image("convert", "-O", "qcow2", "back.img", "back.img")  # in place
        self.assertEqual(self.info("back.img")["format"], "qcow2")
        self.assertEqual(self.content("back.img"), before)

    def test_an_image_over_another_reads_as_that_one(self):
        before = self.sparse("base.img", 8 * MEGABYTE)
        self.image("create", "-f", "qcow2", "-b", "base.img", "-F", "raw", "over.qcow2")
        info = self.info("over.qcow2")
        self.assertEqual((info["backing-filename"], info["backing-filename-format"]), ("base.img", "raw"))
        self.assertIn("base.img", self.image("info", "over.qcow2"))
        self.assertEqual(self.content("over.qcow2"), before)
        self.image("create", "-b", "over.qcow2", "larger.qcow2", "16M")
        self.assertEqual(self.content("larger.qcow2"), before + bytes(8 * MEGABYTE))
        self.assertEqual(self.info("larger.qcow2")["backing-filename-format"], "qcow2")

    def test_a_full_disk_leaves_everything_as_it_was(self):
        (self.folder / "disk.img").write_bytes(random.randbytes(4 * MEGABYTE))
        (self.folder / "old.qcow2").write_bytes(b"precious")
        line = self.image("convert", "disk.img", "old.qcow2", status=2, before=limited)
        self.assertEqual(line, "calque: disk image 'old.qcow2': File too large\n")
        self.assertEqual((self.folder / "old.qcow2").read_bytes(), b"precious")
        self.assertEqual(len(list(self.folder.iterdir())), 2)

    @unittest.skipUnless(QEMU_IMG, "qemu-img is not there")
    def test_qemu_img_agrees(self):
        self.sparse()
        self.image("convert", "disk.img", "disk.qcow2")
        self.image("convert", "-o", "cluster_size=512", "disk.img", "small.qcow2")
        self.image("create", "-b", "disk.qcow2", "over.qcow2")
        for name in ("disk.qcow2", "small.qcow2", "over.qcow2"):
            self.qemu_img("check", name)
            self.qemu_img("compare", "disk.img", name)
        self.qemu_img("convert", "-c", "-O", "qcow2", "disk.img", "packed.qcow2")
        self.image("convert", "packed.qcow2", "unpacked.img")
        self.qemu_img("compare", "disk.img", "unpacked.img")
        theirs = json.loads(self.qemu_img("info", "--output", "json", "over.qcow2"))
        ours = self.info("over.qcow2")
        for key in ("virtual-size", "cluster-size", "format", "backing-filename", "backing-filename-format"):
            self.assertEqual(ours[key], theirs[key])

    def qemu_img(self, *words):
        return subprocess.run([QEMU_IMG, *words], cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True).stdout


unittest.main()
