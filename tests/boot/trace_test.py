#!/usr/bin/python3
"""Traces of a booting Linux are the same under both engines, and a kernel's panic is found in the ring.

The panic is that of a first process that calls a null pointer.
"""

import json
import re
import struct
import subprocess

import harness

SYMBOLS = ["panic", "do_exit", "do_group_exit", "get_signal", "exc_page_fault", "asm_exc_page_fault", "arch_do_signal_or_restart"]
ORIGIN = 0x08048000
CODE = bytes.fromhex("31c0 ffd0")  # XOR EAX, EAX; CALL EAX
BEFORE_THE_END = 40_000_000  # instructions: what the kernel says of its panic takes some
CLOCK = ["--clock", "instructions", "--rtc", "2026-01-01T00:00:00"]


def program():
    """An ELF file that holds CODE."""
    entry = ORIGIN + 84
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header = ident + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, entry, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    size = 84 + len(CODE)
    return header + struct.pack("<IIIIIIII", 1, 0, ORIGIN, ORIGIN, size, size, 5, 4096) + CODE


class Traces(harness.MachineTest):
    def trace(self, *words):
        done = subprocess.run([harness.Setting.calque, "trace", *words], capture_output=True, text=True, check=True)
        return done.stdout

    def windows(self, flavour, start, length):
        """The files that the engines write."""
        for engine in harness.Setting.engines:
            path = self.folder / f"{engine}.trace"
            bounds = ["--trace-start", f"count={start}", "--max-instructions", str(start + length)]
            done = harness.run("--serial", "none", *CLOCK, "--trace", path, *bounds, *harness.linux("console=ttyS0", flavour),
                               engine=engine)
            self.assertEqual((done.returncode, done.stderr), (124, b""))
            yield path

    def test_both_engines_write_the_same(self):
        for flavour, start, length in (("686", 0, 1_000_000), ("686-pae", 700_000_000, 1_000_000)):
            files = list(self.windows(flavour, start, length))
            self.assertIn(f"\n{length} instructions"[1:], self.trace("stat", files[0]))
            for other in files[1:]:
                self.assertEqual(self.trace("diff", files[0], other)[:13], "no difference")
                self.assertEqual(files[0].read_bytes(), other.read_bytes())

    def symbols(self):
        """A list of some of the kernel's symbols, from the kernel."""
        wanted = "|".join(SYMBOLS)
        done = harness.run("--serial", "stdio", *CLOCK,
                           *harness.linux(f"console=ttyS0 nokaslr calque.run=grep,-wE,'{wanted}',/proc/kallsyms"))
        lines = re.findall(r"(?m)^[0-9a-f]{8} [tT] [\w.]+$", done.stdout.decode().replace("\r", ""))
        path = self.folder / "symbols"
        path.write_text("\n".join(lines) + "\n")
        return path, {line.split()[2]: line.split()[0] for line in lines}

    def test_a_panic_is_found(self):
        listing, addresses = self.symbols()
        crash, initrd, ring = (self.folder / name for name in ("crash", "initrd.gz", "ring.trace"))
        crash.write_bytes(program())
        crash.chmod(0o755)
        subprocess.run([harness.ROOT / "scripts" / "make-initramfs", initrd, crash], check=True)
        words = ["--kernel", harness.Setting.guest / "vmlinuz-686", "--initrd", initrd, "--append",
                 "mitigations=off quiet nokaslr console=ttyS0 panic=-1 rdinit=/bench/crash"]
        stats = self.folder / "stats.json"
        machine = ["--serial", "stdio", "--no-reboot", *CLOCK, *words]
        self.assertEqual(harness.run("--stats", stats, *machine).returncode, 0)
        begin = json.loads(stats.read_text())["instructions"]["total"] - BEFORE_THE_END
        limits = ["--trace-start", f"count={begin}", "--trace-stop", f"at={addresses['panic']}"]
        done = harness.run("--trace", ring, "--trace-ring", "200k", *limits, *machine)
        self.assertIn(b"Attempted to kill init", done.stdout)
        self.assertEqual(done.returncode, 0)

        user = self.trace("grep", "cpl=3 and ip=0-bfffffff", ring).splitlines()
        self.assertRegex(user[-2], rf" 3 {ORIGIN + 84 + 2:08x} +ffd0 +call eax ")
        self.assertRegex(user[-1], rf"-- #PF \(14\) error code 0004 for 00000000 at 00000000 -> {addresses['asm_exc_page_fault']}")
        last = self.trace("print", ring, "--last", "1").splitlines()
        self.assertRegex(last[-1], rf"call .*{addresses['panic'].lstrip('0')}")
        path = self.trace("calls", ring, "--symbols", listing)
        self.assertRegex(path, rf"\Aat +{addresses['panic']} panic\n")
        self.assertRegex(path, r"(?s)do_exit.*do_group_exit\+.*get_signal\+.*came at +00000000\n +#PF \(14\) for 00000000\n"
                               rf"called from {ORIGIN + 84 + 2:08x}\n")


harness.main()
