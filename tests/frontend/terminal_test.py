"""The serial line on a terminal: keys pass raw, Ctrl-A x leaves, and the terminal is put back however the run ends.

Called with the program as its only argument. The guest is the firmware, which finds nothing to boot and waits.
"""

import os
import pathlib
import pty
import signal
import subprocess
import sys
import termios
import time
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
LOCAL_FLAGS = 3  # in what tcgetattr returns


class Terminal(unittest.TestCase):
    def setUp(self):
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.process = None
        self.errors = b""

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        os.close(self.ours)
        os.close(self.theirs)

    def start(self, *options):
        command = [PROGRAM, "run", "--display", "none", "--timeout", "60", "--serial", "stdio", *options]
        self.process = subprocess.Popen(command, stdin=self.theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 30
        while termios.tcgetattr(self.theirs)[LOCAL_FLAGS] & termios.ICANON:
            self.assertLess(time.monotonic(), deadline, "the terminal never became raw")
            time.sleep(0.01)

    def end(self, status):
        self.errors = self.process.communicate(timeout=30)[1]
        self.assertEqual(self.process.returncode, status)
        self.assertEqual(termios.tcgetattr(self.theirs), self.before)

    def test_ctrl_a_x(self):
        self.start()
        os.write(self.ours, b"abc\x01\x01\x01x")
        self.end(0)

    def test_ctrl_c_is_the_guests(self):
        self.start()
        os.write(self.ours, b"\x03")
        time.sleep(0.2)
        self.assertIsNone(self.process.poll())
        os.write(self.ours, b"\x01x")
        self.end(0)

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                self.start()
                self.process.send_signal(number)
                self.end(130)

    def test_bound(self):
        self.start("--max-instructions", "60000000000")
        self.process.send_signal(signal.SIGTERM)
        self.end(130)
        self.start("--clock", "instructions", "--max-instructions", "300000000")
        self.end(124)

    def test_failing_script(self):
        folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp"))
        script = folder / f"calque-terminal-{os.getpid()}"
        script.write_text('wait-text "this never comes" 0.5\n')
        self.addCleanup(script.unlink)
        self.start("--script", script)
        self.end(6)
        self.assertIn(b"this never comes", self.errors)


unittest.main()
