"""A ROM of one's own instead of the BIOS: what it writes to the POST ports is shown, and the exit port ends the run.

Called with the program as its only argument.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
ROM_SIZE = 0x10000
RESET_VECTOR = 0xFFF0


def rom(code):
    image = code.ljust(RESET_VECTOR, b"\x90") + bytes.fromhex("ea000000f0")  # JMP F000:0000
    return image.ljust(ROM_SIZE, b"\0")


def run(firmware, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "rom.bin")
        path.write_bytes(firmware)
        command = [PROGRAM, "run", "--display", "none", "--serial", "none", "--timeout", "60", "--exit-port"]
        return subprocess.run([*command, "--firmware", path, *options], capture_output=True, text=True, check=False)


class Post(unittest.TestCase):
    # 01h to port 80h, 02h to port 190h, 03h to port 300h, exit with 05h
    CODE = bytes.fromhex("b001e680 ba9001b002ee ba0003b003ee b005e6f4")

    def test_codes_of_both_ports(self):
        result = run(rom(self.CODE), "--log", "post")
        self.assertEqual(result.returncode, 2 * 5 + 1)
        self.assertEqual(result.stderr.splitlines(), ["POST 01h", "POST 02h"])

    def test_beside_ports_that_nobody_answers(self):
        result = run(rom(self.CODE), "--log", "ports,post")
        unanswered = "port 0300h: nobody there, written 03h"
        self.assertEqual(result.stderr.splitlines(), ["POST 01h", "POST 02h", unanswered])

    def test_silence_without_the_option(self):
        self.assertEqual(run(rom(self.CODE)).stderr, "")


if __name__ == "__main__":
    unittest.main()
