"""`calque bench` from end to end on its smallest suite: JSON, page, comparison, and peers that are broken or missing.

Called with the program and the names of the engines it has.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ENGINES = sys.argv[2:]
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
del sys.argv[1:]


def environment_with(path=None, temporary=None):
    return os.environ | ({"PATH": path} if path else {}) | ({"TMPDIR": str(temporary)} if temporary else {})


def bench(*arguments, path=None):
    return subprocess.run([PROGRAM, "bench", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment_with(path), timeout=900, check=False)


def put_script(path, *lines):
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def processes_with(text):
    """Those whose command line names it."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
        except OSError:
            continue
        if text.encode() in line and int(folder.name) != os.getpid():
            found.append(line)
    return found


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        cls.json, cls.html = root / "a.json", root / "a.html"
        broken = put_script(root / "bin" / "qemu-system-i386", "echo no such machine", "exit 1")
        ways = ",".join((*ENGINES, "native", "qemu", "bochs"))
        cls.finished = bench("--suite", "tiny", "--engine", ways, "--json", cls.json, "--html", cls.html, path=f"{broken.parent}:/nowhere")
        assert cls.finished.returncode == 0, cls.finished.stderr
        cls.results = json.loads(cls.json.read_text())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def operation(self, name):
        return next(entry for entry in self.results["operations"] if entry["name"] == name)

    def test_both_engines_retire_the_same(self):
        self.assertEqual(self.results["disagreements"], [])
        for entry in self.results["operations"]:
            self.assertTrue(entry["same_instructions"], entry["name"])
            self.assertEqual(set(entry["engines"]), set(ENGINES))
        self.assertGreater(len(self.results["operations"]), 30)

    def test_every_operation_takes_time(self):
        for entry in self.results["operations"]:
            for engine in ENGINES:
                self.assertGreaterEqual(entry["ns"][engine]["median"], 0)
        for name in ("page_fault", "context_switch", "interrupt", "int80"):
            self.assertGreater(self.operation(name)["ns"]["interpreter"]["median"], 1)

    def test_instructions_are_counted_by_class(self):
        classes = self.operation("pushf_popf")["classes"]
        self.assertGreaterEqual(classes["unprivileged (of the 17)"]["executed"], 4_000_000)
        self.assertLess(classes["privileged"]["executed"] if "privileged" in classes else 0, 100)
        self.assertGreaterEqual(self.operation("write_cr3_same")["classes"]["privileged"]["executed"], 200_000)
        self.assertGreaterEqual(self.operation("in")["classes"]["privileged by mode"]["executed"], 400_000)

    @unittest.skipUnless("translator" in ENGINES, "there is no translator")
    def test_callouts_have_a_cost(self):
        callouts = self.operation("in")["callouts"]
        self.assertEqual(callouts[0]["name"], "in")
        self.assertGreater(callouts[0]["ns"], 1)
        share = self.operation("add")["share"]
        self.assertGreater(share["translated"], 0.99)

    def test_regions_of_memory_are_kept_over_cr3(self):
        mmu = self.operation("context_switch")["engines"]["interpreter"]["mmu"]
        self.assertGreaterEqual(mmu["cr3_changes"], 99_000)
        self.assertGreaterEqual(mmu["kept_regions"], 99_000)
        self.assertGreaterEqual(mmu["dropped_regions"], 99_000)

    def test_startup_grows(self):
        for engine in ENGINES:
            samples = self.results["startup"][engine]
            counts = [sample["instructions"] for sample in samples]
            self.assertGreater(len(counts), 50)
            self.assertEqual(counts, sorted(counts))

    def test_peers_that_do_not_work_are_lines(self):
        skipped = {entry["what"]: entry["why"] for entry in self.results["skipped"]}
        self.assertIn("no such machine", skipped["QEMU (TCG)"])
        self.assertIn("bochs", skipped["Bochs"])
        self.assertIn("without Bochs", self.finished.stdout)

    def test_the_page_holds_everything(self):
        page = self.html.read_text()
        self.assertIn('"suite":"tiny"', page)
        self.assertNotRegex(page, r'(src|href)="http')
        linked = set(re.findall(r'\["[^"]*", "(\w+)", (?:way|[wtrsacdog]) =>', page))
        defined = set(re.findall(r'^    \["(\w+)", "', page, re.MULTILINE))
        self.assertGreater(len(linked), 10)
        self.assertLessEqual(linked, defined)

    def test_comparison(self):
        same = bench("compare", self.json, self.json)
        self.assertEqual((same.returncode, same.stderr), (0, ""))
        self.assertIn(" 0 worse", same.stdout)
        slower = json.loads(self.json.read_text())
        for entry in slower["operations"]:
            for times in entry["ns"].values():
                times["values"] = [2 * value for value in times["values"]]
        other = self.json.with_name("b.json")
        other.write_text(json.dumps(slower))
        worse = bench("compare", self.json, other)
        self.assertEqual(worse.returncode, 1)
        self.assertIn("WORSE   operation page_fault", worse.stdout)

    def test_bad_input(self):
        for arguments, name in ((["--suite", "endless"], "endless"), (["--engine", "warp"], "warp"), (["--repeat", "0"], "0 rounds"),
                                (["--json", "no/such/folder.json"], "no/such"), (["compare", "missing.json", "missing.json"], "missing.json"),
                                (["--only", ","], "--only"),
                                (["compare", str(self.html), str(self.html)], "not JSON"), (["compare", "one.json"], "FILES")):
            result = bench(*arguments)
            self.assertEqual(result.returncode, 2, result)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(name, result.stderr)


class Parts(unittest.TestCase):
    """What is there and what is not: guests, peers, disks, patience."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.json = self.root / "a.json"

    def guest(self, *programs):
        """A folder as of bench/make-guest, of GROUP NAME pairs that run natively; its kernel is none."""
        folder = self.root / "guest"
        folder.mkdir()
        for name in ("vmlinuz", "initrd.gz"):
            (folder / name).write_text("nothing that boots")
        scripts = [(group, name, put_script(self.root / "programs" / name, f"echo {name} checksum: 12")) for group, name in programs]
        (folder / "programs.txt").write_text("".join(f"{group} {name} {path}\n" for group, name, path in scripts))
        return folder

    def measure(self, *arguments, path=None):
        done = bench("--repeat", "1", "--json", self.json, *arguments, path=path)
        results = json.loads(self.json.read_text()) if done.returncode != 2 else {}
        return done, results, {entry["what"]: entry["why"] for entry in results.get("skipped", [])}

    def test_a_part_by_names(self):
        guest = self.guest(("integer", "one"), ("integer", "two"), ("memory", "three"))
        for only, names in (("integer", ["one", "two"]), ("t*", ["two", "three"]), ("memory,one", ["one", "three"])):
            _, results, _ = self.measure("--suite", "full", "--guest", guest, "--only", only, "--engine", "native")
            self.assertEqual([entry["name"] for entry in results["workloads"]], names, only)
            self.assertEqual(results["operations"], [])
        done, _, _ = self.measure("--suite", "full", "--guest", guest, "--only", "four", "--engine", "native")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn("four", done.stderr)

    def test_a_guest_that_is_not_there_is_a_line(self):
        done, results, skipped = self.measure("--guest", "/nowhere", "--only", "fib", "--engine", ENGINES[0])
        self.assertEqual((done.returncode, results["workloads"]), (0, []))
        self.assertIn("make-guest", skipped["Linux programs"])

    def test_a_guest_that_does_not_boot_is_a_line(self):
        guest = self.guest(("integer", "one"))
        done, results, skipped = self.measure("--suite", "full", "--guest", guest, "--only", "one", "--engine", ",".join((*ENGINES, "native")))
        self.assertEqual((done.returncode, results["disagreements"]), (0, []))
        for engine in ENGINES:
            self.assertIn("did not get through", skipped[f"the {engine} for Linux programs"])
        self.assertEqual(list(results["workloads"][0]["peers"]), ["native"])

    def test_a_program_without_a_result_is_left_out(self):
        guest = self.guest(("integer", "one"), ("integer", "two"))
        put_script(self.root / "programs" / "two", "echo something else")
        put_script(self.root / "programs" / "one", "exit 3")
        done, results, skipped = self.measure("--suite", "full", "--guest", guest, "--only", "*o*", "--engine", "native")
        self.assertEqual(done.returncode, 0)
        self.assertIn("one natively", skipped)
        self.assertIn("two: no result", results["remarks"][0])
        self.assertNotIn("peers", results["workloads"][0])

    def test_peers_speak_in_marks(self):
        marks = ["echo firmware", "echo '== loop 10'", "echo", "echo '== in 10'", "echo", "echo '== end'", "sleep 1000"]
        put_script(self.root / "bin" / "qemu-system-i386", *marks)
        _, results, skipped = self.measure("--suite", "tiny", "--engine", "qemu", path=f"{self.root}/bin:/usr/bin:/bin")
        self.assertEqual(skipped, {})
        self.assertEqual([entry["name"] for entry in results["operations"]], ["loop", "in"])
        self.assertEqual(processes_with(str(self.root)), [])

    def test_bochs_needs_a_cd_for_linux(self):
        orders = self.root / "orders"
        marks = ["echo '== loop 10'", "echo", "echo '== end'"]
        put_script(self.root / "bin" / "bochs", f'[ "$1" = --help ] && echo "  -rc filename" && exit', f'echo "$*" >> {orders}', *marks)
        done, results, skipped = self.measure("--suite", "full", "--guest", self.guest(("integer", "one")), "--engine", "bochs",
                                              path=f"{self.root}/bin:/nowhere")
        self.assertEqual(done.returncode, 0)
        self.assertEqual([entry["name"] for entry in results["operations"]], ["loop"])
        self.assertIn("xorriso", skipped["Bochs for Linux programs"])
        self.assertIn("-rc ", orders.read_text())

    @unittest.skipUnless(os.access("/dev/kvm", os.R_OK | os.W_OK), "/dev/kvm is not there or not ours to use")
    def test_a_kvm_that_runs_nothing_is_a_line(self):
        put_script(self.root / "bin" / "qemu-system-i386", f"/bin/sh -c 'while :; do /bin/sleep 1; done' {self.root}")
        _, _, skipped = self.measure("--suite", "tiny", "--engine", "kvm", path=f"{self.root}/bin:/nowhere")
        self.assertIn("it ran nothing within", skipped["QEMU (KVM)"])
        self.assertEqual(processes_with(str(self.root)), [])

    def test_a_full_disk_is_one_line_after_the_report(self):
        page = self.root / "a.html"
        done = bench("--suite", "tiny", "--engine", "native", "--json", "/dev/full", "--html", page)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/dev/full", done.stderr.splitlines()[-1])
        self.assertIn('"suite":"tiny"', page.read_text())

    def test_ctrl_c_leaves_nothing_behind(self):
        temporary = self.root / "temporary"
        temporary.mkdir()
        with subprocess.Popen([PROGRAM, "bench", "--suite", "tiny", "--engine", ENGINES[0], "--repeat", "100"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment_with(temporary=temporary)) as process:
            while "round 1" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            while not processes_with(str(temporary)):
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=300), 130)
            self.assertIn("interrupted", process.stderr.read())
        self.assertEqual(processes_with(str(temporary)), [])
        self.assertEqual(list(temporary.iterdir()), [])


unittest.main()
