#!/usr/bin/python3
"""Other people's boot programs: the GRUB rescue CD-ROM and memtest86+."""

import pathlib
import unittest

import harness
from PIL import Image

GRUB = pathlib.Path("/usr/lib/grub-rescue/grub-rescue-cdrom.iso")  # of Debian's grub-rescue-pc
MEMTEST = pathlib.Path("/boot/memtest86+ia32.bin")  # of Debian's memtest86+


def there(path):
    return unittest.skipUnless(path.exists(), f"{path} is not there")


class OtherSystems(harness.MachineTest):
    def succeed(self, lines, *options):
        done = harness.run("--serial", "none", *self.script(*lines), *options)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    @there(GRUB)
    def test_grub_shows_its_menu_lists_the_drives_and_powers_off(self):
        lines = [
            'wait-text "GNU GRUB" 300',
            'wait-text "will be executed automatically" 60',
            f"screenshot {self.folder / 'menu.png'}",
            "key c",
            'wait-text "grub>" 60',
            'type "ls\\n"',
            'wait-text "(cd)" 60',
            'type "halt\\n"',
        ]
        self.succeed(lines, "--cdrom", GRUB)
        menu = Image.open(self.folder / "menu.png").convert("RGB")
        self.assertEqual(menu.size, (720, 400))
        self.assertGreater(harness.share_lit(menu), 0.05)  # the highlighted entry alone is more

    @there(MEMTEST)
    def test_memtest_runs_its_tests(self):
        photo = self.folder / "memtest.png"
        lines = [
            'wait-text "Memtest86+" 300',
            'wait-text "Test #3" 300',
            'wait-text "Errors: 0" 10',
            f"screenshot {photo}",
            "quit",
        ]
        self.succeed(lines, "--kernel", MEMTEST, "--memory", "16M")
        self.assertGreater(harness.share_lit(Image.open(photo).convert("RGB")), 0.9)  # the background is blue


harness.main()
