#!/usr/bin/python3
"""Both engines take the same path: the same count, serial output and state of the whole machine, all along."""

import hashlib
import json
import pathlib
import random
import shutil
import unittest

import harness

IPXE = pathlib.Path("/usr/lib/ipxe/qemu")  # of Debian's ipxe-qemu
INTERVAL = 400_000_000  # instructions between two looks at the whole state
CHECKPOINTS = 10  # at least so many: a boot that became shorter wants a shorter interval
COMMANDS = "uname,-r;sha256sum,/bin/busybox;ls,-R,/lib;dmesg,|,wc"


class Agreement(harness.MachineTest):
    def boot(self, engine, flavour):
        stats = self.folder / "stats.json"
        words = harness.linux(f"console=ttyS0 calque.run={COMMANDS}", flavour, whole=True)
        bounds = ["--clock", "instructions", "--rtc", "2026-01-01T00:00:00", "--memory", "128M"]
        hashes = ["--hash-every", str(INTERVAL), "--stats", stats]
        done = harness.run("--serial", "stdio", *bounds, *hashes, *words, engine=engine)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().replace("\r", ""), json.loads(pathlib.Path(stats).read_text())

    def check_answers(self, serial, flavour):
        self.assertRegex(serial, rf"(?m)^6\.\S+-{flavour}$")
        busybox = hashlib.sha256((harness.Setting.guest / "busybox").read_bytes()).hexdigest()
        self.assertIn(f"{busybox}  /bin/busybox\n", serial)
        self.assertIn("calque: status 0\n", serial)

    def check_share(self, engine, instructions):
        generated = 0.95 if engine == "translator" else 0
        self.assertGreaterEqual(instructions["translated"], generated * instructions["total"])

    def compare(self, flavour):
        of_first = None
        for engine in harness.Setting.engines:
            serial, stats = self.boot(engine, flavour)
            self.check_answers(serial, flavour)
            self.check_share(engine, stats["instructions"])
            self.assertGreaterEqual(len(stats["checkpoints"]), CHECKPOINTS)
            result = serial, stats["instructions"]["total"], stats["checkpoints"], stats["state"]
            self.assertEqual(result, of_first := of_first or result)

    def test_floppy(self):
        code = (harness.Setting.build / "roms" / "floppy_check.bin").read_bytes()
        image = self.folder / "floppy.img"
        image.write_bytes(code + random.Random(1).randbytes(1440 * 1024 - len(code)))
        stats = self.folder / "stats.json"
        words = ["--clock", "instructions=10", "--rtc", "2026-01-01T00:00:00", "--discard-writes", "--stats", stats]
        ends = []
        for engine in harness.Setting.engines:
            done = harness.run("--serial", "none", "--exit-port", "--fda", image, *words, engine=engine)
            self.assertEqual((done.returncode, done.stderr), (1, b""))
            report = json.loads(stats.read_text())
            ends.append((report["instructions"]["total"], report["state"]))
        self.assertEqual(ends, ends[:1] * len(ends))

    def boot_from_network(self, engine, card):
        """iPXE, by what user networking itself answers: nothing of it depends on the host's network."""
        stats = self.folder / "stats.json"
        bounds = ["--clock", "instructions", "--memory", "64M", "--exit-port", "0xf4", "--stats", stats]
        net = ["--boot", "n", "--nic", card, "--net", f"user,tftp={self.folder},bootfile=boot.ipxe"]
        done = harness.run("--serial", "none", "--debugcon", "stdio", *bounds, *net, engine=engine)
        self.assertEqual(done.stderr, b"")
        self.assertIn(b"command line: tftp://10.0.2.2/check one two\n", done.stdout)
        stats = json.loads(stats.read_text())
        return done.stdout, stats["instructions"]["total"], stats["state"]

    @unittest.skipUnless(IPXE.exists(), f"{IPXE} is not there")
    def test_network_boot(self):
        shutil.copy(harness.Setting.build / "roms" / "multiboot_check.bin", self.folder / "check")
        (self.folder / "boot.ipxe").write_text("#!ipxe\nkernel check one two && boot\n")
        for card in ("rtl8139", "ne2k_pci"):
            with self.subTest(card):
                of_first = None
                for engine in harness.Setting.engines:
                    result = self.boot_from_network(engine, card)
                    self.assertEqual(result, of_first := of_first or result)

    def test_686(self):
        self.compare("686")

    def test_686_pae(self):
        self.compare("686-pae")


harness.main()
