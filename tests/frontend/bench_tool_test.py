"""`calque bench` from end to end on its smallest suite: JSON, page, comparison, and peers that are broken or missing.

Called with the program and the names of the engines it has.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ENGINES = sys.argv[2:]
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
del sys.argv[1:]


def bench(*arguments, path=None):
    environment = os.environ | ({"PATH": path} if path else {})
    return subprocess.run([PROGRAM, "bench", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment, timeout=900, check=False)


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        cls.json, cls.html = root / "a.json", root / "a.html"
        broken = root / "bin" / "qemu-system-i386"
        broken.parent.mkdir()
        broken.write_text("#!/bin/sh\necho no such machine\nexit 1\n")
        broken.chmod(0o755)
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
        linked = set(re.findall(r'\["[^"]*", "(\w+)", [wtrsacdo] =>', page))
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
                                (["compare", str(self.html), str(self.html)], "not JSON"), (["compare", "one.json"], "FILES")):
            result = bench(*arguments)
            self.assertEqual(result.returncode, 2, result)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(name, result.stderr)


unittest.main()
