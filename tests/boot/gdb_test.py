#!/usr/bin/python3
"""Debian's gdb on a machine: through the modes of a boot, and with a guest's breakpoints in the way of nothing."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import unittest

import harness

GRUB = pathlib.Path("/usr/lib/grub-rescue/grub-rescue-cdrom.iso")  # of Debian's grub-rescue-pc
HERE = pathlib.Path(__file__).resolve().parent
PE = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Machine:
    """A machine that waits for gdb."""

    def __init__(self, *options):
        self.port = free_port()
        words = harness.command("--serial", "none", "--gdb", str(self.port), "--gdb-wait", *options)
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def gdb(self, *words):
        """gdb without the user's settings; its output."""
        surroundings = dict(os.environ, CALQUE_GDB_PORT=str(self.port))
        done = subprocess.run(["gdb", "-nx", "-q", "-batch", "-ex", f"set tcp connect-timeout {harness.PATIENCE}", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=harness.PATIENCE, env=surroundings, check=False)
        return done.stdout, done.stderr


@unittest.skipUnless(shutil.which("gdb"), "gdb is not there")
class Gdb(harness.MachineTest):
    def check_linear(self, event):
        """$pc is where the instruction is, and the disassembly is that of its bytes."""
        self.assertEqual(event["pc"], (event["cs_base"] + event["ip"]) & 0xFFFFFFFF, event)
        self.assertNotIn("(bad)", event["code"])

    def check_switch(self, before, switched, jumped):
        """Across a MOV to CR0 and the far jump behind it; returns (mode before, mode after, CS base between)."""
        self.assertEqual(before["bytes"][:2], ["0x0f", "0x22"])
        self.assertRegex(before["code"], r"mov +%e..,%cr0")
        self.assertEqual(switched["pc"], before["pc"] + 3)
        self.assertEqual(switched["cs"], before["cs"])
        self.assertEqual(switched["cs_base"], before["cs_base"])
        self.assertNotEqual(switched["cr0"] & PE, before["cr0"] & PE)
        self.assertRegex(switched["code"], "l?jmp")
        return before["mode"], jumped["mode"], before["cs_base"]

    @unittest.skipUnless(GRUB.exists(), f"{GRUB} is not there")
    def test_through_the_modes_of_a_boot(self):
        with Machine("--cdrom", GRUB, "--clock", "instructions") as machine:
            said, complaints = machine.gdb("-x", HERE / "gdb_session.py")
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        self.assertTrue(events, complaints)
        kinds = [event["event"] for event in events]
        for event in events:
            self.check_linear(event)

        self.assertEqual((events[0]["mode"], events[0]["pc"], events[0]["cs_base"]), ("real16", 0xFFFFFFF0, 0xFFFF0000))
        self.assertRegex(events[0]["code"], r"ljmp +\$0xf000,\$0xe05b")
        boot = events[kinds.index("boot sector")]
        self.assertEqual((boot["mode"], boot["pc"], boot["cs_base"], boot["cr0"] & PE), ("real16", 0x7C00, 0, 0))
        self.assertEqual(kinds.count("step"), 3)

        places = [i for i, kind in enumerate(kinds) if kind == "before"]
        switches = {self.check_switch(*events[i:i + 3]) for i in places}
        self.assertIn(("real16", "protected32", 0xF0000), switches)  # the BIOS, with a CS base that is not zero
        self.assertIn(("protected16", "real16", 0xF0000), switches)  # and back
        self.assertIn(("real16", "protected32", 0), switches)  # GRUB
        self.assertEqual(events[kinds.index("GRUB")]["pc"], 0x8200)

        watched = [event for event in events if event["event"] == "watched"]
        self.assertEqual(len(watched), 1)
        self.assertNotEqual(watched[0]["before"], watched[0]["after"])
        self.assertEqual((watched[0]["mode"], watched[0]["cs_base"]), ("real16", 0xC0000))  # the VGA BIOS

    @unittest.skipUnless(GRUB.exists(), f"{GRUB} is not there")
    def test_backwards(self):
        with Machine("--cdrom", GRUB, "--clock", "instructions", "--reverse") as machine:
            said, complaints = machine.gdb("-x", HERE / "gdb_reverse_session.py")
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        by_name = {event["event"]: event for event in events}
        self.assertIn("GRUB at last", by_name, complaints)

        def states(name):
            return [{key: event[key] for key in event if key != "event"} for event in events if event["event"] == name]
        self.assertEqual(len(states("forwards")), 40)
        self.assertEqual(states("backwards"), states("forwards")[::-1])

        before, behind, there = by_name["before the store"], by_name["behind the store"], by_name["GRUB"]
        self.assertRegex(said, r"Hardware watchpoint \d+: .*\s+Old value = \d+\nNew value = ")
        self.assertNotEqual(before["screen"], there["screen"])
        self.assertEqual(behind["screen"], there["screen"])
        self.assertEqual(there["pc"], 0x8200)
        for name in ("GRUB again", "GRUB at last"):
            self.assertEqual(by_name[name] | {"event": ""}, there | {"event": ""})
        self.assertEqual(states("boot sector"), states("forwards")[:1])
        self.assertEqual(states("boot sector again"), states("forwards")[:1])
        self.assertIn("No more reverse-execution history", said)
        self.assertEqual(by_name["the start"]["pc"], 0xFFFFFFF0)

    def test_backwards_in_linux(self):
        """From more than 10^9 instructions on, at first with paging, then back to before it."""
        script = self.script('wait-text "Memory:" 300', "stop", "wait 600")
        with Machine("--clock", "instructions", "--reverse", *script, *harness.linux("nokaslr loglevel=7 console=ttyS0")) as machine:
            said, complaints = machine.gdb("-x", HERE / "gdb_reverse_linux_session.py")
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]

        def states(name):
            return [{key: event[key] for key in event if key != "event"} for event in events if event["event"] == name]

        def count(event):
            return int(re.search(r" (\d+) instructions", event["status"])[1])
        for where in ("paging", "startup"):
            self.assertEqual(len(states(f"{where}, backwards")), 100, complaints)
            self.assertEqual(states(f"{where}, backwards"), states(f"{where}, forwards")[::-1])
        start, (before,), (behind,) = (states(f"{name}") for name in ("paging, forwards", "before the store", "behind the store"))
        self.assertEqual(behind["there"], before["last"])
        self.assertEqual(count(behind), count(before) + 1)
        self.assertLess(count(before), count(start[0]))
        startup, = states("startup")
        self.assertEqual(startup["pc"], 0x100_0000)
        self.assertGreater(count(startup), 1_000_000_000)
        self.assertGreater(count(before), count(startup))

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = harness.run("--gdb", str(port))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr.decode(), rf"^calque: .*tcp port 127.0.0.1:{port}: Address already in use\n$")

    def test_our_script_follows_the_mode(self):
        with Machine("--clock", "instructions") as machine:
            words = ["source " + str(harness.ROOT / "scripts" / "calque-gdb.py"), f"target remote :{machine.port}", "where-am-i",
                     "stepi", "show architecture", "seg-break 0xf000:0xe05b", "seg-x /i 0xf000:0xe05b", "print/x $linear(0x1234, 5)",
                     "where-am-i", "monitor info status", "monitor print 6*7"]
            said, complaints = machine.gdb(*(part for word in words for part in ("-ex", word)))
        self.assertEqual([line for line in complaints.splitlines() if not re.search("executable|stopped, real16|^0x2a$", line)], [])
        self.assertIn("real16, CPL 0, CS:EIP f000:0000fff0 (base ffff0000), SS:ESP 0000:00000000 (base 00000000)", said)
        self.assertIn("real16 f000:e05b", said)
        self.assertIn("i8086", said)
        self.assertIn("Breakpoint 1 at 0xfe05b", said)
        self.assertRegex(said, r"0xfe05b:\tcmpl? ")
        self.assertIn("= 0x12345", said)
        self.assertIn("stopped, real16, CPL 0, f000:0000e05b, 1 instructions", said + complaints)
        self.assertIn("0x2a\n", said + complaints)

    def test_connections_come_and_go(self):
        with Machine("--clock", "instructions", "--cdrom", GRUB if GRUB.exists() else "") as machine:
            said, _ = machine.gdb("-ex", f"target remote :{machine.port}", "-ex", "break *0x7c00", "-ex", "disconnect")
            self.assertIn("Breakpoint 1", said)
            said, _ = machine.gdb("-ex", f"target remote :{machine.port}", "-ex", "print $pc", "-ex", "detach")  # it never ran
            self.assertIn("0xfffffff0", said)
            with socket.create_connection(("127.0.0.1", machine.port)) as rude:
                rude.sendall(b"\x00$$$#}}}\xff+++$Z0,zz#00$m0,ffffffff#00" * 1000)
            said, _ = machine.gdb("-ex", f"target remote :{machine.port}", "-ex", "print $pc", "-ex", "kill")
            self.assertNotIn("0xfffffff0", said)  # but did behind the detach
            self.assertEqual(machine.process.wait(harness.PATIENCE), 0)


harness.main()
