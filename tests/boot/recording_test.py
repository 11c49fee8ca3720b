#!/usr/bin/python3
"""A boot that was recorded under one engine, with keys typed and a page fetched, is the same under the other."""

import hashlib
import http.server
import json
import random
import subprocess
import threading

import harness


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, page):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Recording(harness.MachineTest):
    def record(self, engine):
        page = random.randbytes(100_000)
        digest = hashlib.sha256(page).hexdigest()
        server = Server(page)
        fetch = f"wget -q -O - http://10.0.2.2:{server.server_port}/ | sha256sum | tee /dev/ttyS0\\n"
        script = self.script('wait-text "calque: ready" 300', f'type "{fetch}"', f'wait-text "{digest}" 300', "mouse 5 7 1",
                             'key left 0.1', 'type "poweroff -f\\n"')
        try:
            done = harness.run("--record", self.folder / "run", "--clock", "instructions", "--net", "user", "--serial", "stdio",
                               *script, "--stats", self.folder / "stats", *harness.linux("console=tty0 calque.net"),
                               engine=engine)
        finally:
            server.shutdown()
            server.server_close()
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(digest.encode(), done.stdout)
        return done.stdout, self.outcome()

    def outcome(self):
        stats = json.loads((self.folder / "stats").read_text())
        return stats["instructions"]["total"], stats["state"], stats["guest_seconds"]

    def test_the_same_under_every_engine(self):
        recorded = self.record(harness.Setting.engines[-1])
        for engine in harness.Setting.engines:
            with self.subTest(engine):
                done = harness.run("--replay", self.folder / "run", "--serial", "stdio", "--stats", self.folder / "stats",
                                   engine=engine)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertEqual((done.stdout, self.outcome()), recorded)

    def replay(self, engine, status, *words):
        """The whole state at checkpoints and at the end, and what went to standard error."""
        done = harness.run("--replay", self.folder / "run", "--serial", "none", "--stats", self.folder / "stats", "--hash-every",
                           "100000000", *words, engine=engine)
        self.assertEqual(done.returncode, status, done.stderr)
        stats = json.loads((self.folder / "stats").read_text())
        return stats["instructions"]["total"], stats.get("checkpoints"), stats["state"], done.stderr.decode()

    def test_what_a_killed_process_leaves_is_replayed(self):
        script = self.script('wait-text "Memory:" 300', 'type "x"', 'wait-text "Switched to clocksource" 300', 'type "yz"', "wait 300")
        with harness.Guest("--record", self.folder / "run", "--clock", "instructions", *script,
                           *harness.linux("loglevel=7 console=ttyS0")) as guest:
            guest.expect("Freeing initrd memory", 300)
            guest.process.kill()
            guest.process.wait()
        outcomes, traces = [], []
        for engine in harness.Setting.engines:
            with self.subTest(engine):
                outcomes.append(self.replay(engine, 0))
                total = outcomes[0][0]
                self.assertEqual(outcomes[-1], outcomes[0])
                self.assertGreater(total, 1_000_000_000)
                self.assertRegex(outcomes[-1][3], rf"\Acalque: .*/run: was cut; what is left of it ends at instruction {total}\n\Z")
                trace = self.folder / "window.trace"
                self.replay(engine, 124, "--trace", trace, "--trace-start", f"count={total - 1_000_000}", "--max-instructions",
                            f"{total + 1_000_000}")  # it goes on beyond
                traces.append(trace.read_bytes())
                self.assertEqual(traces[-1], traces[0])
                done = subprocess.run([harness.Setting.calque, "compare", "--first", engine, "--with-trace", trace, "--replay",
                                       self.folder / "run", "--max-instructions", str(total + 1_000_000)],
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
                self.assertRegex(done.stdout, rf"\Ainstructions {total - 1_000_000} to {total + 1_000_000}: no difference ")
                self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    harness.main()
