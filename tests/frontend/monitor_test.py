#!/usr/bin/python3
"""The monitor on a terminal, a pipe and sockets: monitor_test.py CALQUE ENGINE..."""

import os
import pathlib
import pty
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
import unittest

CALQUE = None
ENGINES = []
PATIENCE = 120  # seconds of the host

LOOP = bytes.fromhex("40 01c3 ebfb")  # INC AX; ADD BX, AX; again


def rom(code):
    image = bytearray(0x10000)
    image[: len(code)] = code
    image[0xFFF0:0xFFF5] = bytes.fromhex("ea000000f0")
    return bytes(image)


class Monitor(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="calque-test-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        (self.folder / "loop").write_bytes(rom(LOOP))

    def command(self, name, *options, engine=None):
        bounds = ["--memory", "1M", "--clock", "instructions", "--timeout", str(PATIENCE), "--display", "none"]
        return [CALQUE, "run", "--engine", engine or ENGINES[0], "--firmware", self.folder / name, *bounds, *options]

    def converse(self, connection, *lines):
        """Sends lines, and returns what comes up to the prompt behind the last one."""
        said = b""
        for line in (*lines, "print 0xfeed"):
            connection.sendall(line.encode() + b"\n")
        while b"0xfeed\n(calque) " not in said:
            piece = connection.recv(65536)
            self.assertTrue(piece, said)
            said += piece
        return said.decode()

    def connect(self, path):
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
                connection.settimeout(PATIENCE)
                return connection
            except OSError:
                connection.close()
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)

    def test_socket(self):
        for engine in ENGINES:
            with self.subTest(engine):
                path = self.folder / "monitor"
                words = self.command("loop", "--serial", "none", "--monitor", f"unix:{path}", engine=engine)
                with subprocess.Popen(words, stdin=subprocess.DEVNULL) as machine:
                    with self.connect(path) as connection:
                        said = self.converse(connection, "stop", "break 0xf000:1", "continue", "wait-stop", "x/1i", "info status",
                                             "step 2", "nonsense", "delete all", "info breakpoints", "continue", "wait 0.5", "stop",
                                             "code 0xf0000")
                        self.assertRegex(said, r"breakpoint at 000f0001\nreal16 f000:00000001 add bx, ax\n")
                        self.assertIn("real16 f000:00000000 inc ax", said)
                        self.assertIn("block at 000f0000", said)
                        self.assertIn('there is no command "nonsense"\n', said)
                        self.assertIn("none\n", said)
                        if engine == "translator":
                            self.assertRegex(said, r"host code for EIP 00000000 at \w+, \d+ bytes\n {51}\+000  rorx rcx, r15, ")
                            self.assertRegex(said, r"\n  000f0000  inc ax {33}\+\w+  \w")
                            self.assertRegex(said, r"\n  000f0001  add bx, ax {29}\+\w+  \w")
                            self.assertRegex(said, r"\n  000f0003  jmp 0 {34}\+\w+  jmp \+000\n")
                        connection.sendall(b"quit\n")
                        self.assertEqual(machine.wait(PATIENCE), 0)

    def test_pipe(self):
        lines = b"stop\ninfo registers\nprint 1+1\nquit\n"
        done = subprocess.run(self.command("loop", "--monitor", "stdio"), input=lines, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"real16, CPL 0", done.stdout)
        self.assertIn(b"\n0x2\n", done.stdout)

    def test_terminal(self):
        outer, inner = pty.openpty()
        self.addCleanup(os.close, outer)
        words, environment = self.command("loop", "--monitor", "stdio"), os.environ | {"TERM": "vt100"}
        with subprocess.Popen(words, stdin=inner, stdout=inner, stderr=inner, env=environment) as machine:
            os.close(inner)
            self.expect(outer, rb"\(calque\) ")
            os.write(outer, b"wait-gr\t 0\n")  # completed, and no graphics come
            self.expect(outer, rb"a graphics mode did not come in time\r\n[\s\S]*\(calque\) $")
            os.write(outer, b"stop\n")
            self.expect(outer, rb"stopped\r\n[\s\S]*\(calque\) $")
            os.write(outer, b"info reg\t")
            self.expect(outer, rb"isters")
            os.write(outer, b"\n")
            self.expect(outer, rb"EAX [\s\S]*\(calque\) $")
            os.write(outer, b"wait 0.5\n")
            self.expect(outer, rb"\(calque\) $")
            os.write(outer, b"wait-stop\nquit\n")
            self.assertEqual(machine.wait(PATIENCE), 0)

    def expect(self, terminal, pattern):
        said, deadline = b"", time.monotonic() + PATIENCE
        while not re.search(pattern, said):
            ready = select.select([terminal], [], [], max(deadline - time.monotonic(), 0))[0]
            try:
                piece = os.read(terminal, 65536) if ready else b""
            except OSError:  # nobody is there any more
                piece = b""
            self.assertTrue(piece, said)
            said += piece

    def test_backwards(self):
        lines = ["stop", "break 0xf0001", "continue", "wait-stop", "delete all", "print $ebx", "step 30", "wait-stop", "print $ebx"]
        back = ["reverse-step"] * 30 + ["print $ebx", "step 10", "wait-stop", "break 0xf0003", "reverse-continue", "quit"]
        for engine in ENGINES:
            words = self.command("loop", "--reverse", "--monitor", "stdio", engine=engine)
            done = subprocess.run(words, input="\n".join([*lines, *back, ""]), capture_output=True, text=True, timeout=PATIENCE,
                                  check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            sums = re.findall(r"^0x[0-9a-f]+$", done.stdout, re.M)
            self.assertEqual(len(sums), 3)
            self.assertEqual(sums[0], sums[2])
            self.assertNotEqual(sums[0], sums[1])
            self.assertIn("breakpoint at 000f0003\nreal16 f000:00000003 jmp 0\n", done.stdout)
        done = subprocess.run(self.command("loop", "--monitor", "stdio"), input="stop\nreverse-step\nquit\n", capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        self.assertIn("the machine keeps no history (--reverse)\n", done.stdout)

    def test_script(self):
        script = self.folder / "script"
        script.write_text("stop\nbreak 0xf0001\ncontinue\nwait-stop\nprint $ip\nquit\n")
        done = subprocess.run(self.command("loop", "--serial", "none", "--script", script), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"\n0x1\n", b"\n" + done.stdout)


CALQUE, *ENGINES = sys.argv[1:]
unittest.main(argv=[sys.argv[0], "-v"])
