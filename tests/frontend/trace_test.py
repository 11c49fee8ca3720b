"""`calque run --trace` and `calque trace`: recorded under each engine, shown, searched, counted, compared.

Called with the program, the ROM of roms/system_check, and the names of the engines.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ROM = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
ENGINES = [sys.argv.pop(1) for _ in sys.argv[1:]]
BOUND = 1_700_000  # nearly to its end


def calque(*words, status=0):
    done = subprocess.run([PROGRAM, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"{words}: status {done.returncode}: {done.stderr}")
    return done


def record(path, *words, engine=ENGINES[0], bound=BOUND, status=124):
    machine = ["--display", "none", "--serial", "none", "--clock", "instructions", "--firmware", ROM]
    return calque("run", "--engine", engine, *machine, "--exit-port", "--max-instructions", bound, "--trace", path, *words,
                  status=status)


class Trace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.room.name)
        cls.path = cls.folder / "first.trace"
        record(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.room.cleanup()

    def test_every_engine_writes_the_same_file(self):
        for engine in ENGINES[1:]:
            other = self.folder / "other.trace"
            record(other, engine=engine)
            self.assertEqual(other.read_bytes(), self.path.read_bytes())
            self.assertIn("no difference", calque("trace", "diff", self.path, other).stdout)

    def test_the_run_is_the_same_with_and_without(self):
        for engine in ENGINES:
            states = []
            for words in ([], ["--trace", self.folder / "x.trace"]):
                stats = self.folder / "stats.json"
                calque("run", "--engine", engine, "--display", "none", "--serial", "none", "--clock", "instructions", "--firmware",
                       ROM, "--max-instructions", BOUND, "--stats", stats, *words, status=124)
                report = json.loads(stats.read_text())
                states.append((report["instructions"]["total"], report["state"]))
            self.assertEqual(states[0], states[1])

    def test_print(self):
        lines = calque("trace", "print", self.path, "--count", 3).stdout.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertRegex(lines[0], r"^ +0  0 f000:fff0 +ea\w+ +ljmp")
        att = calque("trace", "print", self.path, "--count", 500, "--syntax", "att").stdout
        self.assertRegex(att, r"movw? .*%\w+")
        last = calque("trace", "print", self.path, "--last", 5).stdout.splitlines()
        self.assertIn(f"{BOUND - 1} ", last[-1])
        window = calque("trace", "print", self.path, "--first", "10k", "--count", 2).stdout
        self.assertRegex(window, r"^ +10000 .*\n +10001 ")

    def test_formats_of_others(self):
        qemu = calque("trace", "print", self.path, "--count", 2, "--format", "qemu").stdout
        self.assertRegex(qemu, r"\ATrace 0: 0x\w+ \[ffff0000/fffffff0/\w+/\w+\] \nEAX=00000000 EBX=")
        self.assertRegex(qemu, r"\nEIP=0000fff0 EFL=00000002 \[-------\] CPL=0 II=0 A20=1 SMM=0 HLT=0\n")
        self.assertRegex(qemu, r"\nCS =f000 ffff0000 0000ffff \w{8}\n")
        bochs = calque("trace", "print", self.path, "--count", 1, "--format", "bochs").stdout
        self.assertRegex(bochs, r"\A\(0\)\.\[0\] \[0x0000fffffff0\] f000:fff0 \(unk\. ctxt\): l?jmp\w* .* ; ea\w+\n\Z")

    def test_grep(self):
        out = calque("trace", "grep", "event", self.path).stdout.splitlines()
        self.assertGreater(len(out), 5)
        for line in out:
            self.assertRegex(line, r"^ +\d+  -- (#\w\w|interrupt|NMI) \(\d+\)")
        faults = calque("trace", "grep", "exception=13", self.path, "--count", 1).stdout
        self.assertRegex(faults, r"#GP \(13\) error code \w{4} at ")
        ports = calque("trace", "grep", "port=80", self.path, "--count", 2).stdout
        self.assertRegex(ports, r"out .* port 0080 <- \w\w")
        v86 = calque("trace", "grep", "mode=v86 and op=int", self.path).stdout
        self.assertTrue(all(" int " in line for line in v86.splitlines()))

    def test_stat(self):
        text = calque("trace", "stat", self.path).stdout
        self.assertRegex(text, rf"\A{BOUND} instructions, \d+ attempts that faulted, 0 gaps\n")
        for heading in ("modes", "mnemonics", "exceptions and interrupts", "accesses", "busiest addresses"):
            self.assertIn(f"\n{heading}", text)
        self.assertRegex(text, r"v86, CPL 3")
        self.assertRegex(calque("trace", "calls", self.path).stdout, r"\Aat          [0-9a-f]{8}\n")

    def test_diff_shows_the_first_difference(self):
        other = self.folder / "filtered.trace"
        record(other, "--trace-start", "count=100", "--trace-stop", "count=200")
        report = calque("trace", "diff", self.path, other, "--context", 3, status=1).stdout
        lines = report.splitlines()
        self.assertTrue(lines[-2].startswith("< ") and lines[-1].startswith("> "), report)
        self.assertIn("has ended", lines[-1])
        self.assertRegex(lines[0], r"^   +197 ")

    def test_symbols(self):
        first = calque("trace", "print", self.path, "--first", 1, "--count", 1).stdout
        offset = int(re.search(r"f000:(\w{4})", first).group(1), 16)
        symbols = self.folder / "map"
        symbols.write_text(f"{0xF0000 + offset:08x} T begin_here\n")
        text = calque("trace", "print", self.path, "--count", 2, "--symbols", symbols).stdout
        self.assertIn("begin_here:\n", text)

    def test_ring_filter_and_triggers(self):
        path = self.folder / "part.trace"
        record(path, "--trace-ring", "20k")
        self.assertRegex(calque("trace", "stat", path).stdout, rf"instructions \d+ to {BOUND}")
        record(path, "--trace-filter", "mode=v86")
        self.assertTrue(all("v86" in line for line in
                            re.findall(r"\n +\d+ +[\d.]+ %  (.*, CPL \d)", calque("trace", "stat", path).stdout)))
        record(path, "--trace-start", "exception=13", "--trace-stop", "exception=14")
        first = calque("trace", "print", path, "--count", 1).stdout
        self.assertIn("#GP", first)

    def test_a_script_turns_it_on_and_off(self):
        path, script = self.folder / "scripted.trace", self.folder / "script"
        script.write_text(f"trace on {path}\nwait 0.3\ntrace off\nquit\n")
        for engine in ENGINES:
            calque("run", "--engine", engine, "--display", "none", "--serial", "none", "--timeout", "60", "--script", script)
            self.assertRegex(calque("trace", "stat", path).stdout, r"\A[1-9]\d+ instructions")

    def test_cut_files_are_read_with_a_warning(self):
        path = self.folder / "cut.trace"
        record(path, "--trace-ring", "100k")
        path.write_bytes(path.read_bytes()[:-100])
        done = calque("trace", "stat", path)
        self.assertRegex(done.stderr, r"\Acalque: .*cut\.trace: was cut; \d+ whole frames are left of it\n\Z")
        self.assertNotEqual(done.stdout, "")

    def compare(self, path, *words, status=0):
        return calque("compare", "--with-trace", path, "--firmware", ROM, "--exit-port", *words, status=status).stdout

    def compare_badly(self, path, *words, bound=BOUND):
        record(path, *words)
        return calque("compare", "--with-trace", path, "--firmware", ROM, "--max-instructions", bound, status=2).stderr

    def test_compare_with_a_cut_trace(self):
        path = self.folder / "cut-to-compare.trace"
        record(path, "--trace-ring", "100k")
        path.write_bytes(path.read_bytes()[:-100])
        done = calque("compare", "--with-trace", path, "--firmware", ROM, "--exit-port")
        self.assertRegex(done.stderr, r"\Acalque: .*: was cut; \d+ whole frames are left of it\n\Z")
        self.assertIn("no difference", done.stdout)

    def test_compare_with_a_machine(self):
        window, protected = self.folder / "window.trace", self.folder / "protected.trace"
        record(window, "--trace-start", "count=1M", "--trace-stop", "count=1200k")
        record(protected, "--trace-filter", "cpl=3 or mode=v86")
        for engine in ENGINES:
            for path in (self.path, window, protected):
                self.assertRegex(self.compare(path, "--first", engine), r"\Ainstructions \d+ to \d+: no difference \([\d.]+ s\)\n\Z")
            self.assertIn("instructions 0 to 5000:", self.compare(self.path, "--first", engine, "--max-instructions", 5000))

    def test_compare_finds_what_another_processor_does(self):
        for engine in ENGINES:
            report = self.compare(self.path, "--first", engine, "--cpu", "pentium", status=1)
            self.assertRegex(report, r"\Athe first difference: instruction 1\nat f000:0000fff0, linear fffffff0, ")
            self.assertRegex(report, rf"(?s)ljmp .*\nbefore:\n  eax .*\nthey come there with another state:\n +first: {engine} ")
            self.assertRegex(report, r"\n  edx +[0-9a-f]{8} +[0-9a-f]{8}\n")

    def test_compare_goes_on_where_an_interrupt_wakes_a_halted_machine(self):
        report = calque("compare", "--firmware", ROM, "--exit-port", "--max-instructions", BOUND).stdout
        self.assertRegex(report, rf"\A{BOUND} instructions, \d+ looks: no difference")

    def test_bad_input(self):
        for words in (["missing"], [ROM], [self.folder], [self.path, "--second", ENGINES[0]], [self.path, "--trace", "x"],
                      [self.path, "--clock", "real"]):
            done = calque("compare", "--firmware", ROM, "--with-trace", *words, status=2)
            self.assertRegex(done.stderr, r"\Acalque: [^\n]+\n\Z", words)
        self.assertIn("holds no instructions", self.compare_badly(self.folder / "empty.trace", "--trace-start", "count=50M"))
        self.assertIn("executes none", self.compare_badly(self.folder / "late.trace", "--trace-start", "count=50k", bound=40_000))
        for words in (["print"], ["print", "missing"], ["print", ROM], ["grep", "colour=3", self.path], ["stat", self.folder],
                      ["diff", self.path], ["print", self.path, "--format", "vmware"], ["print", self.path, "--symbols", self.path],
                      ["print", self.path, "--syntax", "masm"], ["shred", self.path], []):
            done = calque("trace", *words, status=2)
            self.assertRegex(done.stderr, r"\Acalque: [^\n]+\n\Z", words)
        for words in (["--trace-ring", "0"], ["--trace-filter", "mem=1000"], ["--trace-start", "dawn"], ["--trace-filter", "cpl="]):
            self.assertRegex(record(self.folder / "x", *words, status=2).stderr, r"\Acalque: [^\n]+\n\Z")
        self.assertIn("/nowhere/x", record("/nowhere/x", status=2).stderr)
        self.assertIn("No space", record("/dev/full", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
