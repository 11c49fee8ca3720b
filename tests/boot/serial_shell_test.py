#!/usr/bin/python3
"""The guest's shell on the serial line."""

import hashlib
import random
import subprocess

import harness


class SerialShell(harness.MachineTest):
    def test_answers_what_nobody_could_know_before(self):
        number = str(random.getrandbits(64))
        with harness.Guest(*harness.linux("console=ttyS0", whole=True)) as guest:
            guest.expect("calque: ready")
            answer, status = guest.run(f"echo -n {number} | sha256sum")
            self.assertIn(hashlib.sha256(number.encode()).hexdigest(), answer)
            self.assertEqual(status, 0)
            self.assertEqual(guest.run("cat /proc/sys/kernel/ostype"), ("Linux\n", 0))
            flags, _ = guest.run("grep -m 1 ^flags /proc/cpuinfo")
            self.assertLessEqual({"pni", "ssse3", "sse4_1", "sse4_2", "movbe", "popcnt", "rdrand", "rdseed", "aes", "pclmulqdq", "sha_ni"}, set(flags.split()))
            guest.send("poweroff -f")
            self.assertEqual(guest.finish(), 0)

    def test_input_that_is_there_from_the_start_waits_for_the_shell(self):
        lines = b"echo $((6 * 7))2\npoweroff -f\n"
        options = harness.command("--serial", "stdio", *harness.linux("console=ttyS0"))
        done = subprocess.run(options, input=lines, capture_output=True, check=False)
        self.assertIn(b"\n422\r\n", done.stdout)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


harness.main()
