"""A ROM of one's own instead of the BIOS: what it writes to the POST ports is shown, the exit port ends the run, and
roms/system_check finds nothing wrong with any processor model under any engine.

Called with the program, that ROM, and the names of the engines.
"""

import itertools
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM, SYSTEM_CHECK = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
ENGINES = [sys.argv.pop(1) for _ in sys.argv[1:]]
MODELS = ["486", "pentium", "pentium3", "pentium4", "max"]
ROM_SIZE = 0x10000
RESET_VECTOR = 0xFFF0


def rom(code):
    image = code.ljust(RESET_VECTOR, b"\x90") + bytes.fromhex("ea000000f0")  # JMP F000:0000
    return image.ljust(ROM_SIZE, b"\0")


def run_file(path, *options):
    command = [PROGRAM, "run", "--display", "none", "--timeout", "60", "--exit-port", "--firmware", path, *options]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def run(firmware, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "rom.bin")
        path.write_bytes(firmware)
        return run_file(path, "--serial", "none", *options)


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


class SystemCheck(unittest.TestCase):
    def test_passes(self):
        eager = ["--translate-after", "0"]
        ways = [["--engine", engine] for engine in ENGINES]
        if "translator" in ENGINES:
            ways += [["--engine", "translator", *eager], ["--engine", "translator", *eager, "--no-windows"]]
        for way, model in itertools.product(ways, MODELS):
            with self.subTest(model=model, way=way):
                result = run_file(SYSTEM_CHECK, "--serial", "stdio", "--clock", "instructions", "--cpu", model, *way)
                self.assertEqual((result.stdout, result.returncode), ("system check: all passed\n", 1))


if __name__ == "__main__":
    unittest.main()
