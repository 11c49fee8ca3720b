#!/usr/bin/python3
"""Other people's boot programs: the GRUB rescue CD-ROM, memtest86+ and GRUB Invaders."""

import pathlib
import unittest

import harness
from PIL import Image

GRUB = pathlib.Path("/usr/lib/grub-rescue/grub-rescue-cdrom.iso")  # of Debian's grub-rescue-pc
INVADERS = pathlib.Path("/boot/invaders.exec")  # of Debian's grub-invaders
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

    def columns(self, photo, rows):
        """The columns of text in which there is something, in these rows of 25."""
        picture = Image.open(self.folder / photo).convert("L")
        height, width = picture.height // 25, picture.width // 80
        band = picture.crop((0, rows[0] * height, picture.width, (rows[-1] + 1) * height))
        return [x for x in range(80) if band.crop((x * width, 0, (x + 1) * width, band.height)).getbbox()]

    @there(INVADERS)
    def test_invaders_are_shot_at(self):
        ship, sky, invaders = [23, 24], range(12, 22), range(0, 12)
        photos = {name: f"screenshot {self.folder / name}.png" for name in ("left", "right", "shot")}
        lines = ["wait 2", "key left 0.6", "wait 0.2", photos["left"], "key right 1.2", "wait 0.2", photos["right"],
                 "key space 0.3", "wait 0.3", photos["shot"], "quit"]
        self.succeed(lines, "--kernel", INVADERS, "--memory", "16M")
        self.assertGreater(len(self.columns("left.png", invaders)), 10)
        self.assertGreater(min(self.columns("right.png", ship)), max(self.columns("left.png", ship)))
        self.assertEqual(self.columns("right.png", sky), [])
        self.assertEqual(len(self.columns("shot.png", sky)), 1)


harness.main()
