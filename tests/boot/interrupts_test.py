#!/usr/bin/python3
"""Which chips a kernel takes its interrupts and its time from."""

import re

import harness

CLOCKS = "/sys/devices/system/clocksource/clocksource0"
COMMAND = f"wc,-c,</dev/sda;cat,/proc/interrupts;cd,{CLOCKS};grep,.,current_clocksource,available_clocksource"


class Interrupts(harness.MachineTest):
    def boot(self, flavour, words, *options):
        """The counts of interrupts by line and chip, and all that the guest said."""
        disk = self.folder / "disk.img"
        disk.write_bytes(bytes(1 << 20))
        guest = harness.linux(f"console=ttyS0 {words} calque.disk calque.net calque.run={COMMAND}", flavour)
        done = harness.run("--serial", "stdio", "--hda", disk, "--net", "user", *options, *guest)
        serial = done.stdout.decode(errors="replace").replace("\r", "")
        self.assertEqual((done.returncode, done.stderr), (0, b""), serial)
        self.assertIn("1048576", serial)
        self.assertNotRegex(serial, "BUG:|WARNING:|MP-BIOS|[Ss]purious .*(vector|APIC)")
        lines = re.findall(r"^ *(\w+): +(\d+) +(?:(IO-APIC|XT-PIC)\S* +(?:\d+-)?(\w*) *(\S+)$)?", serial, re.MULTILINE)
        return {line: (int(count), chip, mode) for line, count, chip, mode, _ in lines}, serial

    def test_apics_and_hpet_by_default(self):
        for flavour in ("686", "686-pae"):
            with self.subTest(flavour):
                counts, serial = self.boot(flavour, "")
                for line, mode in (("4", "edge"), ("11", "fasteoi"), ("14", "edge")):
                    self.assertEqual(counts[line][1:], ("IO-APIC", mode), serial)
                    self.assertGreater(counts[line][0], 0)
                self.assertGreater(counts["LOC"][0], 100)
                self.assertRegex(serial, r"available_clocksource:.*\bhpet")

    def test_8259s_alone(self):
        counts, serial = self.boot("686-pae", "noapic nolapic nohpet")
        for line in ("0", "11", "14"):
            self.assertEqual(counts[line][1], "XT-PIC", serial)
            self.assertGreater(counts[line][0], 0)
        self.assertEqual(counts["LOC"][0], 0)

    def test_time_from_the_hpet(self):
        counts, serial = self.boot("686", "clocksource=hpet nolapic_timer")
        self.assertEqual(counts["0"][1:], ("IO-APIC", "edge"), serial)
        self.assertGreater(counts["0"][0], 100)
        self.assertIn("current_clocksource:hpet", serial)


harness.main()
