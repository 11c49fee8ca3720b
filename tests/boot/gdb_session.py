"""Run by gdb (gdb -x) in gdb_test.py: a session on GRUB's rescue CD. Prints what it sees, a JSON object a line."""

import os
import pathlib
import sys

import gdb

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gdb_values import registers, run, tell, value  # noqa: E402

REAL_ENTRY = 0x7C00
GRUB_ENTRY = 0x8200  # of GRUB's core, which its boot sector loads
TEXT_SCREEN = 0xB8000


def report(event, **more):
    names = ("pc", "ip", "cs", "cs_base", "cs_limit", "cr0", "esp", "ss_base")
    seen = registers(names)
    mode = str(gdb.parse_and_eval("$mode"))
    run(f"set architecture {'i386' if mode.endswith('32') else 'i8086'}")
    code = run("x/i $pc").split(":", 1)[1].strip()
    text = run(f"x/6xb {seen['pc']}").split(":", 1)[1]
    tell(event, mode=mode, code=code, bytes=text.split(), **seen, **more)


def find(first, size):
    """Where MOV to CR0 stands, from whichever register."""
    found = (run(f"find /b {first:#x}, +{size:#x}, 0x0f, 0x22, {code:#x}").splitlines() for code in range(0xC0, 0xC8))
    return [int(line, 16) for lines in found for line in lines if line.startswith("0x")]


def cross(places, times):
    """Stops at MOVs to CR0, as they come, and steps over each and over the far jump behind it."""
    points = [gdb.Breakpoint(f"*{place:#x}") for place in places]
    for _ in range(times):
        run("continue")
        report("before")
        run("stepi")
        report("switched")
        run("stepi")
        report("jumped")
    for point in points:
        point.delete()


def main():
    run("set pagination off")
    run("set confirm off")
    run("set osabi none")
    run(f"target remote :{os.environ['CALQUE_GDB_PORT']}")
    report("reset")
    cross(find(0xF0000, 0x10000), 4)  # the BIOS initializes in protected mode and calls option ROMs in real mode
    gdb.Breakpoint(f"*{REAL_ENTRY:#x}", temporary=True)
    run("continue")
    report("boot sector")
    for _ in range(3):
        run("stepi")
        report("step")
    gdb.Breakpoint(f"*{GRUB_ENTRY:#x}", temporary=True)
    run("continue")
    report("GRUB")
    cross(find(GRUB_ENTRY, 0x400), 4)
    watch = gdb.Breakpoint(f"*(unsigned short *) {TEXT_SCREEN:#x}", type=gdb.BP_WATCHPOINT, wp_class=gdb.WP_WRITE)
    before = value(f"*(unsigned short *) {TEXT_SCREEN:#x}")
    run("continue")
    report("watched", before=before, after=value(f"*(unsigned short *) {TEXT_SCREEN:#x}"))
    watch.delete()
    run("detach")


main()
