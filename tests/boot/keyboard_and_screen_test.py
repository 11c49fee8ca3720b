#!/usr/bin/python3
"""The guest's shell on the screen, typed to by key codes: as text and on a frame buffer."""

import hashlib
import random

import harness
from PIL import Image


class KeyboardAndScreen(harness.MachineTest):
    def type_and_photograph(self, words, shell, *first):
        """Lets the shell compute a digest of something new; it must come within a script's wait for it."""
        number = str(random.getrandbits(64))
        digest = hashlib.sha256(number.encode()).hexdigest()
        photo = self.folder / "screen.png"
        script = self.script(
            *first,
            'wait-text "calque: ready" 300',
            f'type "echo -n {number} | sha256sum{shell}\\n"',
            f'wait-text "{digest}" 300',
            "wait 0.5",
            f"screenshot {photo}",
            'type "poweroff -f\\n"',
        )
        done = harness.run("--serial", "none", *script, *harness.linux(words))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return Image.open(photo).convert("RGB")

    def test_text_screen(self):
        screen = self.type_and_photograph("console=tty0", "")
        self.assertEqual(screen.size, (720, 400))
        self.assertGreater(harness.share_lit(screen), 0.005)

    def test_frame_buffer_console(self):
        screen = self.type_and_photograph("vga=0x317 console=tty0", " | tee /dev/ttyS0", "wait-graphics 300")
        self.assertEqual(screen.size, (1024, 768))
        self.assertGreater(harness.share_lit(screen), 0.005)
        prompt = screen.crop((0, 0, 8, 768))  # the first column: each line of the shell begins there
        self.assertGreater(harness.share_lit(prompt), 0.005)


harness.main()
