#!/usr/bin/python3
"""Media that are changed under a running guest, disks in all places, and a host whose disk is full."""

import contextlib
import hashlib
import random
import re
import resource
import struct
import subprocess

import harness

MEGABYTE = 1 << 20
SECTOR = 512


def digest(data):
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def files_limited_to(size):
    """For programs started in here the host's disk is full where a file is as large as that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Removable(harness.MachineTest):
    def image(self, name, size):
        content = random.randbytes(size)
        (self.folder / name).write_bytes(content)
        return self.folder / name, digest(content)

    def after(self, guest, mark):
        """Has the script go on behind its `wait-text "mark"`; a moment later it has."""
        guest.run(f"echo NOW' '{mark}; sleep 1")

    def test_linux_reads_the_cd_that_lies_in_the_drive(self):
        (first, first_sum), (second, second_sum) = self.image("a b.iso", MEGABYTE), self.image("b.iso", 2 * MEGABYTE)
        script = self.script(
            'wait-text "NOW one" 600', f'change cdrom "{second}"',
            'wait-text "NOW two" 600', "eject cdrom",
            'wait-text "NOW three" 600', "eject hdc",
            'wait-text "NOW four" 600', f'change hdc "{first}"',
        )
        with harness.Guest("--cdrom", first, *script, *harness.linux("console=ttyS0 calque.disk")) as guest:
            guest.expect("calque: ready")
            self.assertIn(first_sum, guest.run("sha256sum /dev/sr0")[0])
            self.after(guest, "one")
            self.assertIn(second_sum, guest.run("sha256sum /dev/sr0")[0])
            guest.run("exec 3</dev/sr0")  # locks the tray
            self.after(guest, "two")
            self.assertIn(second_sum, guest.run("sha256sum /dev/sr0")[0])
            guest.run("exec 3<&-")
            self.after(guest, "three")
            self.assertIn("No medium found", guest.run("sha256sum /dev/sr0 2>&1")[0])
            self.after(guest, "four")
            self.assertIn(first_sum, guest.run("sha256sum /dev/sr0")[0])

    def test_linux_reads_the_floppy_disk_that_lies_in_the_drive(self):
        track = 18 * SECTOR
        (first, _), (second, _) = self.image("a.img", 160 * track), self.image("b.img", 160 * track)
        script = self.script('wait-text "NOW one" 600', f"change fda {second}")
        with harness.Guest("--fda", first, *script, *harness.linux("console=ttyS0")) as guest:
            guest.expect("calque: ready")
            guest.run("modprobe floppy")
            read = f"dd if=/dev/fd0 bs={track} count=2 2>/dev/null | sha256sum"
            self.assertIn(digest(first.read_bytes()[: 2 * track]), guest.run(read)[0])
            self.after(guest, "one")
            guest.run(read)  # in its first five minutes Linux finds a change out by failing
            self.assertIn(digest(second.read_bytes()[: 2 * track]), guest.run(read)[0])


class FullHost(harness.MachineTest):
    def test_linux_and_the_user_hear_of_a_full_disk(self):
        for form, beyond in (("raw", "seek=94 count=4"), ("qcow2", "seek=20 count=96")):
            with self.subTest(form):
                image = self.folder / f"disk.{form}"
                subprocess.run([harness.Setting.calque, "image", "create", "-f", form, image, "128M"], check=True)
                self.fill(image, beyond)
                back = self.folder / "back.img"
                subprocess.run([harness.Setting.calque, "image", "convert", image, back], check=True)
                self.assertEqual(digest(back.read_bytes()[5 * MEGABYTE :][: 4 * MEGABYTE]), self.written)

    def fill(self, image, beyond):
        options = ["--memory", "64M", "--hda", image, *harness.linux("console=ttyS0 calque.disk")]
        with files_limited_to(96 * MEGABYTE), harness.Guest(*options) as guest:
            guest.expect("calque: ready")
            made = guest.run("dd if=/dev/urandom of=/new bs=1M count=4 2>/dev/null; sha256sum /new")
            self.written = made[0].split()[0]
            copy = "dd if=/new of=/dev/sda bs=1M conv=notrunc,fsync"
            self.assertEqual(guest.run(f"{copy} seek=5")[1], 0)
            self.assertNotEqual(guest.run(f"dd if=/dev/zero of=/dev/sda bs=1M {beyond} conv=notrunc,fsync")[1], 0)
            self.assertIn("I/O error, dev sda", guest.run("dmesg")[0])
            guest.send("poweroff -f")
            self.assertEqual(guest.finish(), 0)
        told = re.findall(rb"calque: disk image .*", guest.log)
        self.assertEqual(told, [f"calque: disk image '{image}' cannot be written: File too large (the guest is told)".encode()])


class Bios(harness.MachineTest):
    """Our own boot sector: which disks there are, their geometry, and a sector read by it."""

    # sectors, an entry of a partition table, the last head and sector that the BIOS is to tell
    DISKS = [
        (615 * 4 * 17, [0x80, 1, 1, 0, 1, 3, 0x91, 102, 17, 0, 0, 0, 0x4B, 0xA3, 0, 0], 3, 17),
        (4 << 20, [], 127, 63),
        (1000 * 16 * 63, [], 15, 63),
        (64 << 20, [0, 32, 33, 0, 0x83, 254, 255, 255, 0, 8, 0, 0, 0, 0xF8, 0xFF, 3], 254, 63),
    ]
    CYLINDER = 5

    def disk(self, number, sectors, entry, head, sector):
        boot = bytearray((harness.Setting.build / "roms" / "disk_check.bin").read_bytes())
        boot[446 : 446 + len(entry)] = bytes(entry)
        path = self.folder / f"{number}.img"
        with path.open("wb") as file:
            file.truncate(sectors * SECTOR)
            file.write(boot)
            file.seek((((self.CYLINDER + 1) * (head + 1)) * sector - 1) * SECTOR)
            file.write(struct.pack(">I", number + 0xCA100000))
        return [("--hda", "--hdb", "--hdc", "--hdd")[number], path]

    def test_four_disks_have_the_geometry_of_their_partition_tables(self):
        disks = [word for number, disk in enumerate(self.DISKS) for word in self.disk(number, *disk)]
        done = harness.run("--serial", "none", "--debugcon", "stdio", "--exit-port", *disks)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        lines = re.findall(rb"^(8\d) ..(..) (..).. 00 (.{8})$", done.stdout, re.MULTILINE)
        found = [(int(drive, 16), int(head, 16), int(sector, 16) & 63, int(data, 16)) for drive, sector, head, data in lines]
        wanted = [(0x80 + i, head, sector, 0xCA100000 + i) for i, (_, _, head, sector) in enumerate(self.DISKS)]
        self.assertEqual(found, wanted)


harness.main()
