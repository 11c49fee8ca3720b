"""Whole machines as a user runs them: how a test names its guest, talks to it and looks at what it left behind.

Each test file is called with BUILD ENGINE...: the build's folder and the engine to run under. One that compares
engines is given all.
"""

import os
import pathlib
import re
import selectors
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 600  # seconds of the host: a loaded machine is no failure


class Setting:
    """What the command line said."""

    build = calque = engines = engine = guest = None


def configure(build, engines):
    Setting.build = build
    Setting.calque = Setting.build / "calque"
    Setting.engines = engines
    Setting.engine = Setting.engines[0]
    found = subprocess.run([ROOT / "scripts" / "get-guest"], stdout=subprocess.PIPE, text=True, check=True)
    Setting.guest = pathlib.Path(found.stdout.strip())


def main():
    configure(pathlib.Path(sys.argv[1]), sys.argv[2:])
    unittest.main(argv=[sys.argv[0], "-v"])


def share_lit(picture):
    """The share of an RGB picture's pixels that are not black."""
    return 1 - picture.convert("L").histogram()[0] / (picture.width * picture.height)


def linux(words, flavour="686", whole=False):
    """The options that boot the demo guest: without the tests of its ciphers, half of its boot, if not `whole`."""
    kernel = Setting.guest / f"vmlinuz-{flavour}"
    left_out = "" if whole else "cryptomgr.notests "
    words = f"mitigations=off quiet {left_out}{words}"
    return ["--kernel", kernel, "--initrd", Setting.build / "guest" / "initrd.gz", "--append", words]


def command(*options, engine=None, bounded=True):
    bounds = ["--timeout", str(PATIENCE)] if bounded else []
    return [Setting.calque, "run", "--engine", engine or Setting.engine, "--display", "none", *bounds, *options]


def run(*options, engine=None):
    """Runs a machine without input to its end; its serial line is what it prints."""
    words = command(*options, engine=engine)
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)


class Guest:
    """A running machine whose serial line is at both ends in the test's hands."""

    def __init__(self, *options, bounded=True):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command("--serial", "stdio", *options, bounded=bounded), **pipes)
        self.log = b""
        self.seen = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def _read(self, seconds):
        """What the guest says within this time: nothing at the latest when it is at its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return os.read(self.process.stdout.fileno(), 65536) if selector.select(seconds) else b""

    def expect(self, pattern, seconds=PATIENCE):
        """Waits for a regular expression in what was not yet looked at, and returns the match."""
        deadline = time.monotonic() + seconds
        while not (found := re.compile(pattern.encode()).search(self.log, self.seen)):
            piece = self._read(max(deadline - time.monotonic(), 0))
            if not piece:
                raise AssertionError(f"no {pattern!r} from the guest:\n{self.log[-2000:].decode(errors='replace')}")
            self.log += piece
        self.seen = found.end()
        return found

    def run(self, line):
        """Has the guest's shell carry out one line; returns what it prints and its status."""
        self.send(f"echo BE''GIN; {line}; echo \"STATUS $?\"")  # the echo of what is typed differs from both marks
        found = self.expect(r"BEGIN\r\n((?s:.*?))STATUS (\d+)\r\n")
        return found[1].decode().replace("\r", ""), int(found[2])

    def finish(self):
        """Waits for the end and returns the exit status."""
        self.log += self.process.stdout.read()
        return self.process.wait()


def clocks(guest):
    """By how much a Linux guest's uptime and its CMOS clock are ahead of the host's clock, in seconds."""
    tries = []
    for _ in range(5):
        before = time.monotonic()
        said, _ = guest.run("cat /proc/uptime /sys/class/rtc/rtc0/since_epoch")
        after = time.monotonic()
        uptime, date = float(said.split()[0]), int(said.split()[2])
        tries.append((after - before, uptime - (before + after) / 2, date - (before + after) / 2))
    return min(tries)[1:]


class MachineTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="calque-test-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def script(self, *lines):
        path = self.folder / "script"
        path.write_text("".join(line + "\n" for line in lines))
        return ["--script", path]
