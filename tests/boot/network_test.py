#!/usr/bin/python3
"""Network cards in the hands of iPXE and Linux: an address by DHCP, pages of a server on the host, a forwarded port."""

import hashlib
import http.server
import pathlib
import random
import shutil
import socket
import threading
import time
import unittest

import harness

CARDS = ("rtl8139", "ne2k_pci")
ROMS = pathlib.Path("/usr/lib/ipxe/qemu")  # of Debian's ipxe-qemu
SIZE = 300_000


class Server(http.server.ThreadingHTTPServer):
    """Serves a folder on the host's own address."""

    def __init__(self, folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://10.0.2.2:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class NetworkCards(harness.MachineTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self.folder)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.page = random.randbytes(SIZE)
        (self.folder / "page").write_bytes(self.page)

    @unittest.skipUnless(ROMS.exists(), f"{ROMS} is not there")
    def test_ipxe_boots_what_it_fetches(self):
        shutil.copy(harness.Setting.build / "roms" / "multiboot_check.bin", self.folder / "check")
        url = self.server.url
        script = f"#!ipxe\nimgfetch {url}/page && imgfree page && kernel {url}/check one two && boot\n"
        (self.folder / "boot.ipxe").write_text(script)
        for card in CARDS:
            with self.subTest(card):
                net = ["--boot", "n", "--nic", card, "--net", f"user,bootfile={url}/boot.ipxe"]
                ends = ["--serial", "none", "--debugcon", "stdio", "--exit-port", "0xf4", "--memory", "64M"]
                done = harness.run(*net, *ends)
                self.assertEqual(done.stderr, b"")
                self.assertIn(f"command line: {url}/check one two\n".encode(), done.stdout)

    def test_linux_gets_an_address_and_fetches_a_page(self):
        for card in CARDS:
            with self.subTest(card):
                options = ["--nic", card, *harness.linux("console=ttyS0 calque.net")]
                with harness.Guest(*options) as guest:
                    guest.expect("calque: ready")
                    self.assertIn("10.0.2.15/24", guest.run("ip address show eth0")[0])
                    fetched = guest.run(f"wget -q -O - {self.server.url}/page | sha256sum")
                    self.assertIn(hashlib.sha256(self.page).hexdigest(), fetched[0])
                    guest.send("poweroff -f")
                    self.assertEqual(guest.finish(), 0)

    def test_a_forwarded_port_reaches_the_guest(self):
        port = free_port()
        options = ["--net", f"user,forward=tcp:{port}:7", *harness.linux("console=ttyS0 calque.net")]
        with harness.Guest(*options) as guest:
            guest.expect("calque: ready")
            guest.run("(nc -ll -p 7 -e cat &)")
            self.assertEqual(self.echo(port, self.page[:5000]), self.page[:5000])

    def echo(self, port, data):
        """What comes back of what is sent; the guest's server may need a moment to be there.

        It is not asked without a pause: after 64 frames on end Linux's driver of the RTL8139 may overlook the next,
        which libslirp sends again after 6 seconds.
        """
        deadline = time.monotonic() + harness.PATIENCE
        while time.monotonic() < deadline:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(data)
                received = b""
                while len(received) < len(data) and (piece := self.receive(connection)):
                    received += piece
                if received:
                    return received
            time.sleep(0.1)
        return b""

    @staticmethod
    def receive(connection):
        try:
            return connection.recv(65536)
        except ConnectionResetError:
            return b""


harness.main()
