#!/usr/bin/python3
"""A disk image in the guest's hands: what it reads is what the host wrote, and the other way round."""

import hashlib
import random

import harness

KIBIBYTE = 1024
SIZE = 4096 * KIBIBYTE
START, LENGTH = 1024 * KIBIBYTE, 512 * KIBIBYTE  # the part that the guest writes


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Disk(harness.MachineTest):
    def setUp(self):
        super().setUp()
        self.before = random.randbytes(SIZE)
        self.image = self.folder / "disk.img"
        self.image.write_bytes(self.before)

    def in_guest(self, work, *options):
        with harness.Guest("--hda", self.image, *options, *harness.linux("console=ttyS0 calque.disk")) as guest:
            guest.expect("calque: ready")
            self.assertIn(digest(self.before), guest.run("sha256sum /dev/sda")[0])
            work(guest)
            guest.send("poweroff -f")
            self.assertEqual(guest.finish(), 0)

    def write(self, guest):
        """Has the guest write something that it made up; returns the digest and whether it could write."""
        of_new = guest.run(f"dd if=/dev/urandom of=/new bs=1k count={LENGTH // KIBIBYTE} 2>/dev/null; sha256sum /new")
        copy = f"dd if=/new of=/dev/sda bs=64k seek={START // KIBIBYTE // 64} conv=notrunc,fsync 2>/dev/null"
        status = guest.run(f"{copy} && sync")[1]
        return of_new[0].split()[0], status == 0

    def read_back(self, guest):
        guest.run("echo 3 >/proc/sys/vm/drop_caches")
        return guest.run(f"dd if=/dev/sda bs=1k skip={START // KIBIBYTE} count={LENGTH // KIBIBYTE} | sha256sum")[0]

    def test_the_host_finds_what_the_guest_wrote_and_all_else_as_it_was(self):
        def work(guest):
            self.written, able = self.write(guest)
            self.assertTrue(able)
            self.assertIn(self.written, self.read_back(guest))

        self.in_guest(work)
        after = self.image.read_bytes()
        self.assertEqual(digest(after[START : START + LENGTH]), self.written)
        self.assertEqual(after[:START] + after[START + LENGTH :], self.before[:START] + self.before[START + LENGTH :])

    def test_discarded_writes_are_seen_by_the_guest_alone(self):
        def work(guest):
            written, able = self.write(guest)
            self.assertTrue(able)
            self.assertIn(written, self.read_back(guest))

        self.in_guest(work, "--discard-writes")
        self.assertEqual(self.image.read_bytes(), self.before)

    def test_a_read_only_disk_refuses_writes(self):
        def work(guest):
            self.assertFalse(self.write(guest)[1])
            self.assertIn(digest(self.before[START : START + LENGTH]), self.read_back(guest))

        self.image.chmod(0o444)
        self.in_guest(work, "--read-only")
        self.assertEqual(self.image.read_bytes(), self.before)


harness.main()
