#!/usr/bin/python3
"""`calque bench` on a Linux guest: what its document says of programs, checked by hand."""

import json
import math
import subprocess

import harness

PROGRAMS = ("sums", "children")
SUMS = "i=0; while [ $i -lt 10000 ]; do i=$((i + 1)); sum=$(((sum * 5 + i) % 65536)); done"
CHILDREN = "for i in $(seq 20); do sum=$(echo $i $sum | md5sum | cut -c 1-8); done"


class Bench(harness.MachineTest):
    @classmethod
    def make_guest(cls, folder):
        """As bench/make-guest makes it, of programs for BusyBox that run on the host as well."""
        folder.mkdir()
        scripts = []
        for name, body in zip(PROGRAMS, (SUMS, CHILDREN)):
            script = folder / name
            script.write_text(f"#!/bin/sh\nsum=0\n{body}\necho {name} checksum: $sum\n")
            script.chmod(0o755)
            scripts.append(script)
        (folder / "vmlinuz").symlink_to(harness.Setting.guest / "vmlinuz-686")
        (folder / "programs.txt").write_text("".join(f"shell {script.name} {script}\n" for script in scripts))
        subprocess.run([harness.ROOT / "scripts" / "make-initramfs", folder / "initrd.gz", *scripts], check=True)
        return folder

    def measure(self):
        ways = ",".join((*harness.Setting.engines, "native"))
        document = self.folder / "a.json"
        words = ["--suite", "full", "--guest", self.make_guest(self.folder / "guest"), "--only", "shell", "--repeat", "2"]
        done = subprocess.run([harness.Setting.calque, "bench", *words, "--engine", ways, "--json", document], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("boot, s: interpreter", done.stdout)
        return json.loads(document.read_text())

    def test_programs(self):
        results = self.measure()
        self.assertEqual((results["disagreements"], results["remarks"], results["skipped"]), ([], [], []))
        self.assertEqual([entry["name"] for entry in results["workloads"]], ["boot", *PROGRAMS])
        for workload in results["workloads"]:
            with self.subTest(workload["name"]):
                self.check_workload(workload)
        self.check_summary(results)
        for engine in harness.Setting.engines:
            counts = [sample["instructions"] for sample in results["startup"][engine]]
            self.assertEqual(counts, sorted(counts))
            self.assertGreater(counts[-1], 10**9)
        if "translator" in harness.Setting.engines:
            self.check_translator(results)

    def check_workload(self, workload):
        self.assertTrue(workload["same_instructions"])
        engines = workload["engines"]
        self.assertEqual(len({entry["instructions"]["total"] for entry in engines.values()}), 1)
        for name, entry in engines.items():
            self.assertEqual(set(harness.Setting.engines), set(engines))
            self.assertEqual(len(entry["seconds"]), 2)
            self.assertAlmostEqual(entry["median"], sum(entry["seconds"]) / 2)
            low, high = sorted(entry["seconds"])
            self.assertAlmostEqual(entry["spread"], (high - low) / 2 / entry["median"])
            self.assertLess(sum(entry["instructions"][kind] for kind in ("translated", "called_out", "interpreted")), entry["instructions"]["total"] + 1)
            self.assertGreater(entry["mmu"]["walks"], 0)
            self.assertGreater(entry["mmu"]["shadow_hit_rate"], 0.5)
            self.assertGreater(entry["memory_bytes"], 20 << 20, name)
            self.assertLess(entry["memory_bytes"], 900 << 20, name)
        executed = sum(entry["executed"] for entry in workload["classes"].values())
        self.assertAlmostEqual(executed / engines["interpreter"]["instructions"]["total"], 1, delta=0.01)

    def check_translator(self, results):
        for workload in results["workloads"]:
            with self.subTest(workload["name"]):
                self.check_costs(workload, results["host"]["gigahertz"])
                translator = workload["engines"]["translator"]
                self.assertAlmostEqual(workload["code_expansion"], translator["code_bytes"] / translator["translated_bytes"])
                self.assertAlmostEqual(sum(workload["share"].values()), 1, delta=0.001)
                self.assertGreater(sum(entry["count"] for entry in workload["callouts"]), 100)
                self.assertTrue(all(entry["ns"] > 0 for entry in workload["callouts"]))

    def check_costs(self, workload, gigahertz):
        cost = workload["cost"]["ns"]
        for name in ("decode", "translate", "interpret", "execute"):
            self.assertGreater(cost[name], 0)
            self.assertAlmostEqual(workload["cost"]["cycles"][name], cost[name] * gigahertz)
        if cost["interpret"] > cost["execute"]:
            expected = cost["translate"] / (cost["interpret"] - cost["execute"])
            self.assertAlmostEqual(workload["cost"]["break_even"] / expected, 1)
        total = workload["engines"]["interpreter"]
        self.assertLessEqual(cost["interpret"], total["median"] / total["instructions"]["total"] * 1e9 * (1 + 2 * total["spread"] + 0.01))

    def check_summary(self, results):
        summary = results["summary"]
        (group,) = summary["groups"]
        self.assertEqual((group["name"], group["programs"]), ("shell", 2))
        programs = results["workloads"][1:]
        for engine in harness.Setting.engines:
            ratios = [entry["engines"][engine]["median"] / entry["peers"]["native"]["median"] for entry in programs]
            self.assertAlmostEqual(group["times_native"][engine]["mean"], math.sqrt(ratios[0] * ratios[1]))
            self.assertEqual(summary["boot_seconds"][engine], results["workloads"][0]["engines"][engine]["median"])
            self.assertGreater(summary["peak_memory_bytes"][engine], 20 << 20)


harness.main()
