#!/usr/bin/python3
"""Floppy disks in the hands of the BIOS, of GRUB and of Linux's driver."""

import hashlib
import pathlib
import random
import re
import unittest

import harness

GRUB = pathlib.Path("/usr/lib/grub-rescue/grub-rescue-floppy.img")  # of Debian's grub-rescue-pc
SECTOR = 512
TRACK = 18 * SECTOR
SIZE = 160 * TRACK


def place(cylinder, head, sector):
    return (cylinder * 2 + head) * TRACK + (sector - 1) * SECTOR


def changed(data, *pieces):
    """The data with other bytes at some offsets."""
    data = bytearray(data)
    for offset, piece in pieces:
        data[offset : offset + len(piece)] = piece
    return bytes(data)


class Bios(harness.MachineTest):
    """Our own boot sector: what each INT 13h call said, and what became of the image."""

    def setUp(self):
        super().setUp()
        code = (harness.Setting.build / "roms" / "floppy_check.bin").read_bytes()
        self.before = changed(random.randbytes(SIZE), (0, code))
        self.image = self.folder / "floppy.img"

    def boot(self, *options):
        self.image.write_bytes(self.before)
        words = ["--serial", "none", "--debugcon", "stdio", "--exit-port", "--fda", self.image, *options]
        done = harness.run(*words)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        lines = re.findall(r"^([a-z]+) ([0-9A-F]{2}) ([0-9A-F]{4})$", done.stdout.decode(errors="replace"), re.MULTILINE)
        return {name: (status, total) for name, status, total in lines}

    @staticmethod
    def good(data):
        return "00", f"{sum(data) & 0xFFFF:04X}"

    def check_reads(self, calls):
        self.assertEqual(calls["reset"][0], "00")
        self.assertEqual(calls["read"], self.good(self.before[SECTOR:TRACK]))
        self.assertEqual(calls["last"], self.good(self.before[-SECTOR:]))
        self.assertNotEqual(calls["absent"][0], "00")

    def check_writes(self, calls):
        self.check_reads(calls)
        self.assertEqual([calls[name][0] for name in ("write", "verify", "format")], ["00", "00", "00"])
        self.assertEqual(calls["again"], self.good(b"\xC3" * 2 * SECTOR))
        self.assertEqual(calls["formatted"], self.good(b"\xF6" * TRACK))

    def test_reads_writes_verifies_and_formats(self):
        self.check_writes(self.boot())
        written = (place(40, 1, 5), b"\xC3" * 2 * SECTOR), (place(41, 0, 1), b"\xF6" * TRACK)
        self.assertEqual(self.image.read_bytes(), changed(self.before, *written))

    def test_discarded_writes_are_seen_by_the_guest_alone(self):
        self.check_writes(self.boot("--discard-writes"))
        self.assertEqual(self.image.read_bytes(), self.before)

    def test_a_read_only_disk_is_write_protected(self):
        calls = self.boot("--read-only")
        self.check_reads(calls)
        self.assertEqual([calls[name][0] for name in ("write", "format")], ["03", "03"])
        self.assertEqual(calls["again"], self.good(self.before[place(40, 1, 5) : place(40, 1, 7)]))
        self.assertEqual(self.image.read_bytes(), self.before)


class Grub(harness.MachineTest):
    @unittest.skipUnless(GRUB.exists(), f"{GRUB} is not there")
    def test_boots_reads_the_drive_lists_it_and_powers_off(self):
        number = 2000
        there = GRUB.read_bytes()[number * SECTOR :][:8].hex(" ")
        lines = [
            'wait-text "GNU GRUB" 300',
            "key c",
            'wait-text "grub>" 60',
            f'type "hexdump -n 32 (fd0){number}+1\\n"',
            f'wait-text "00000000  {there}" 60',
            'type "ls\\n"',
            'wait-text "(fd0,msdos1)" 60',
            'type "halt\\n"',
        ]
        done = harness.run("--serial", "none", *self.script(*lines), "--fda", GRUB, "--read-only")
        self.assertEqual((done.returncode, done.stderr), (0, b""))


class Linux(harness.MachineTest):
    def test_reads_what_the_host_wrote_and_the_other_way_round(self):
        start, length = place(40, 0, 1), 4 * TRACK
        before = random.randbytes(SIZE)
        image = self.folder / "floppy.img"
        image.write_bytes(before)
        with harness.Guest("--fda", image, *harness.linux("console=ttyS0")) as guest:
            guest.expect("calque: ready")
            guest.run("modprobe floppy")
            self.assertIn("fd0 is 1.44M", guest.run("dmesg")[0])
            read = f"dd if=/dev/fd0 bs={TRACK} count=4 2>/dev/null | sha256sum"
            self.assertIn(hashlib.sha256(before[:length]).hexdigest(), guest.run(read)[0])
            new = guest.run(f"dd if=/dev/urandom of=/new bs={TRACK} count=4 2>/dev/null; sha256sum /new")[0].split()[0]
            copy = f"dd if=/new of=/dev/fd0 bs={TRACK} seek=80 conv=notrunc,fsync 2>/dev/null"
            self.assertEqual(guest.run(copy)[1], 0)
            guest.send("poweroff -f")
            self.assertEqual(guest.finish(), 0)
        after = image.read_bytes()
        self.assertEqual(hashlib.sha256(after[start : start + length]).hexdigest(), new)
        self.assertEqual(changed(before, (start, after[start : start + length])), after)


harness.main()
