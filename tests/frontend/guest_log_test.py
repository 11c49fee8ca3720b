#!/usr/bin/python3
"""What `calque run --log` says of a guest that gets everything wrong: guest_log_test.py CALQUE ENGINE..."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CALQUE = None
ENGINES = []
PATIENCE = 120  # seconds of the host

# At F000:0000: store to ROM, read where nothing is, read of a port where nobody is, RDMSR of a register that is not
# there, whose handler makes a triple fault.
TROUBLE = bytes.fromhex(
    "b800f0 8ed8 c606000000"  # DS = F000h; [0] = 0
    "b8ffff 8ed8 a11000"  # DS = FFFFh; AX = [0010h], linear 100000h
    "bacdab ec"  # AL = port ABCDh
    "31c0 8ed8 8ed0 bc0080 c70634004000 c706360000f0"  # vector 13 = F000:0040h
    "66b945230100 0f32"  # RDMSR 12345h
)
HANDLER_AT = 0x40
HANDLER = bytes.fromhex("2e0f011e8000 cc")  # LIDT [80h], which is zero; INT3
LINES = {
    "errors": ["memory 000f0000h: ROM, 1 bytes written", "triple fault at f000:00000046"],
    "mmio": ["memory 00100000h: nobody there, 2 bytes read"],
    "ports": ["port abcdh: nobody there, read as ffh"],
    "msrs": ["MSR 12345h: not there, read"],
    "exceptions": ["exception 0dh at f000:00000031, error code 0000h"],
    "post": [],
}


class GuestLog(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="calque-test-")
        self.addCleanup(holder.cleanup)
        self.rom = pathlib.Path(holder.name) / "trouble"
        image = bytearray(0x10000)
        image[: len(TROUBLE)] = TROUBLE
        image[HANDLER_AT : HANDLER_AT + len(HANDLER)] = HANDLER
        image[0xFFF0:0xFFF5] = bytes.fromhex("ea000000f0")
        self.rom.write_bytes(image)

    def log(self, engine, facilities):
        words = [CALQUE, "run", "--engine", engine, "--firmware", self.rom, "--memory", "1M", "--clock", "instructions", "--no-reboot",
                 "--timeout", str(PATIENCE), "--display", "none", "--serial", "none", "--log", facilities]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE, check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        return done.stderr.splitlines()

    def test_each_facility_tells_its_own(self):
        for engine in ENGINES:
            for facility, lines in LINES.items():
                with self.subTest(engine=engine, facility=facility):
                    said = self.log(engine, facility)
                    self.assertEqual(set(lines) - set(said), set())
                    others = [line for each in LINES if each != facility for line in LINES[each]]
                    self.assertEqual(set(others) & set(said), set())

    def test_all_of_them(self):
        wanted = {line for lines in LINES.values() for line in lines}
        said = [self.log(engine, "all") for engine in ENGINES]
        for lines in said:
            self.assertEqual(wanted - set(lines), set())
            self.assertEqual(lines, said[0])


CALQUE, *ENGINES = sys.argv[1:]
unittest.main(argv=[sys.argv[0], "-v"])
