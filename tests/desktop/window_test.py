"""The window, on a display of its own: its size and title, keys by place, shortcuts, the clipboard, the end.

Called with the program. Needs Xvfb, xdotool and xclip, and openbox for what a window manager has a say in.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
PATIENCE = 60


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.1)
    return found


# Echoes what the keyboard's controller gives to port E9h, as firmware: scan codes of set 1, and what a mouse reports.
ECHO = bytes.fromhex("b060 e664 b040 e660 b0ae e664 b0d4 e664 b0f4 e660 e464 a801 74fa e460 e6e9 ebf4")


def rom():
    image = ECHO.ljust(0xFFF0, b"\x90") + bytes.fromhex("ea000000f0")
    return image.ljust(0x10000, b"\0")


@unittest.skipUnless(all(map(shutil.which, ("Xvfb", "xdotool", "xclip"))), "no X server to test on")
class Window(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        (self.folder / "rom.bin").write_bytes(rom())
        self.start_display()

    def start_display(self):
        """A display whose number the server finds by itself."""
        reading, writing = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp",
                                   "-noreset"],
                                  pass_fds=[writing], stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        self.environment = {**os.environ, "DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11", "SDL_AUDIODRIVER": "dummy"}
        self.environment.pop("WAYLAND_DISPLAY", None)
        # What the host's graphics and D-Bus libraries never give back is not ours to report.
        self.environment["ASAN_OPTIONS"] = "detect_leaks=0"

    def start(self, *options):
        command = [PROGRAM, "run", "--display", "sdl", "--timeout", "100", *options]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        # Making a renderer may make the window anew: the one with a speed in its title stays.
        self.window = wait_for(lambda: self.xdotool("search", "--name", "^Calque.*MIPS"), "a window").split()[-1]
        self.xdotool("windowfocus", self.window)
        return process

    def xdotool(self, *words):
        done = subprocess.run(["xdotool", *words], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
        return done.stdout.strip()

    def desktop_changes(self):
        """Whether a window manager takes requests: it tells how many desktops there are before, and then loses some."""
        self.xdotool("set_desktop", "1")
        return self.xdotool("get_desktop") == "1"

    def title(self):
        return self.xdotool("getwindowname", self.window)

    def geometry(self):
        lines = self.xdotool("getwindowgeometry", "--shell", self.window).splitlines()
        values = dict(line.split("=") for line in lines)
        return int(values["WIDTH"]), int(values["HEIGHT"])

    def start_echo(self):
        echo = self.folder / "echo"
        process = self.start("--firmware", self.folder / "rom.bin", "--debugcon", f"file:{echo}")
        return process, lambda codes: wait_for(lambda: bytes.fromhex(codes) in echo.read_bytes(), codes)

    def test_size_title_and_end(self):
        process = self.start("--clock", "real")
        wait_for(lambda: self.geometry() == (720, 540), "the text mode's 4:3")
        wait_for(lambda: "100 %" in self.title() or "99 %" in self.title() or "101 %" in self.title(), "full speed")
        self.assertRegex(self.title(), r"^Calque - (translator|interpreter), \d+ MIPS, \d+ % - Ctrl-Alt-H")
        self.xdotool("key", "ctrl+alt+p")
        photo = wait_for(lambda: [*self.folder.glob("calque-*.png")], "a screenshot")[0]
        wait_for(lambda: photo.name in self.title(), "its name")
        self.xdotool("key", "ctrl+alt+e")
        wait_for(lambda: "eject" in self.title(), "the drive's answer")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 130)

    @unittest.skipUnless(shutil.which("openbox"), "no window manager")
    def test_full_screen_and_the_mouse_under_a_window_manager(self):
        manager = subprocess.Popen(["openbox", "--sm-disable"], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(manager.wait)
        self.addCleanup(manager.terminate)
        wait_for(self.desktop_changes, "the window manager")
        _, echoed = self.start_echo()
        self.xdotool("windowactivate", "--sync", self.window)
        self.xdotool("windowsize", self.window, "900", "600")
        wait_for(lambda: self.geometry() == (900, 600), "the user's size")
        self.xdotool("key", "ctrl+alt+f")
        wait_for(lambda: self.geometry() == (1280, 1024), "the full screen")

        self.xdotool("key", "ctrl+alt+g")
        wait_for(lambda: "frees the mouse" in self.title(), "the mouse")
        self.xdotool("mousemove_relative", "--", "30", "10")
        echoed("281ef6")
        self.xdotool("click", "1")
        echoed("090000 080000")
        self.xdotool("key", "ctrl+alt+g")
        wait_for(lambda: "frees the mouse" not in self.title(), "freedom")

        self.xdotool("key", "ctrl+alt+f")
        wait_for(lambda: self.geometry() == (900, 600), "the user's size again")

    def test_keys_go_by_place(self):
        _, echoed = self.start_echo()
        self.xdotool("key", "a")
        echoed("1e9e")
        subprocess.run(["setxkbmap", "fr"], env=self.environment, check=False, stderr=subprocess.DEVNULL)
        self.xdotool("key", "ctrl+alt+End")
        echoed("1d38e053")

    def test_the_clipboard_is_typed(self):
        _, echoed = self.start_echo()
        subprocess.run(["xclip", "-selection", "clipboard"], env=self.environment, input=b"q7\n", check=True)
        self.xdotool("key", "ctrl+alt+v")
        echoed("1090 0888 1c9c")


unittest.main()
