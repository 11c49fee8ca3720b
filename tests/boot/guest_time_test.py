#!/usr/bin/python3
"""The guest's clocks beside the host's: while it runs, after its process was stopped, and slowed down."""

import json
import signal
import time

import harness

# Counts the timer's interrupts, as DOS does; the other counts the processor's time stamps.
BY_INTERRUPTS = "clocksource=jiffies nohz=off highres=off"
BY_TIME_STAMPS = "tsc=reliable"


class GuestTime(harness.MachineTest):
    def boot(self, words, *options):
        guest = harness.Guest(*options, *harness.linux(f"console=ttyS0 {words}"))
        self.addCleanup(guest.__exit__)
        guest.expect("calque: ready", 200)
        return guest

    def check_after_a_stop(self, words, load):
        guest = self.boot(words)
        guest.run(load)
        before = harness.clocks(guest)
        guest.process.send_signal(signal.SIGSTOP)
        time.sleep(6)
        guest.process.send_signal(signal.SIGCONT)
        time.sleep(3)
        for ahead, was_ahead, exactness in zip(harness.clocks(guest), before, (0.5, 1.5)):
            self.assertLess(abs(ahead - was_ahead), exactness, (words, load))
        guest.send("poweroff -f")
        self.assertEqual(guest.finish(), 0)

    def test_clocks_are_right_after_a_stop(self):
        for words in BY_INTERRUPTS, BY_TIME_STAMPS:
            for load in "true", "{ while :; do :; done & }":
                with self.subTest(words=words, load=load):
                    self.check_after_a_stop(words, load)

    def test_a_slow_guest_has_the_right_time_and_the_right_speed(self):
        speed, stats = 400e6, self.folder / "stats.json"
        guest = self.boot(BY_INTERRUPTS, "--speed", str(speed / 1e6), "--stats", stats)
        guest.run("{ while :; do :; done & }")
        before = harness.clocks(guest)
        time.sleep(4)
        self.assertLess(abs(harness.clocks(guest)[0] - before[0]), 0.5)
        guest.send("poweroff -f")
        self.assertEqual(guest.finish(), 0)
        counted = json.loads(stats.read_text())
        self.assertLess(counted["instructions"]["total"], speed * (counted["seconds"] + 0.1))


harness.main()
