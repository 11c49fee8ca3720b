#!/usr/bin/python3
"""16-bit real-mode code is translated as well: at least 99 % of what a program of ours executes."""

import json
import subprocess

import harness


class RealModeShare(harness.MachineTest):
    def test_generated_from_the_first_execution_on(self):
        stats = self.folder / "stats.json"
        options = ["--engine", harness.Setting.engine, "--translate-after", "0", "--stats", stats]
        program = ["--mode", "real16", "--map", "20000:64K", harness.Setting.build / "roms" / "real16.bin"]
        done = subprocess.run([harness.Setting.calque, "exec", *options, *program], capture_output=True, check=True)
        self.assertEqual(json.loads(done.stdout)["registers"]["eax"], "0x0000779a")
        instructions = json.loads(stats.read_text())["instructions"]
        self.assertGreaterEqual(instructions["translated"], 0.99 * instructions["total"])


harness.main()
