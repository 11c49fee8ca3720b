"""Run by gdb (gdb -x) in gdb_test.py: forwards and backwards through the boot of GRUB's rescue CD. Prints what it sees, a JSON
object a line."""

import os
import pathlib
import sys

import gdb

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gdb_values import registers, run, tell, value  # noqa: E402

BOOT_SECTOR = 0x7C00
GRUB_ENTRY = 0x8200  # of GRUB's core, which its boot sector loads
TEXT_SCREEN = 0xB8000
NAMES = ("pc", "cs", "eax", "ebx", "ecx", "edx", "esp", "ebp", "esi", "edi", "eflags")


def report(event, **more):
    seen = registers(NAMES)
    tell(event, **seen, **more)


def screen():
    return value(f"*(unsigned short *) {TEXT_SCREEN:#x}")


def main():
    run("set pagination off")
    run("set confirm off")
    run("set osabi none")
    run(f"target remote :{os.environ['CALQUE_GDB_PORT']}")
    boot = gdb.Breakpoint(f"*{BOOT_SECTOR:#x}")
    run("continue")
    for _ in range(40):
        report("forwards")
        run("stepi")
    for _ in range(40):
        run("reverse-stepi")
        report("backwards")
    gdb.Breakpoint(f"*{GRUB_ENTRY:#x}")
    run("continue")
    report("GRUB", screen=screen())
    watch = gdb.Breakpoint(f"*(unsigned short *) {TEXT_SCREEN:#x}", type=gdb.BP_WATCHPOINT, wp_class=gdb.WP_WRITE)
    boot.enabled = False  # the BIOS has written there last
    run("reverse-continue")
    report("before the store", screen=screen())
    watch.delete()
    boot.enabled = True
    run("stepi")
    report("behind the store", screen=screen())
    run("continue")
    report("boot sector again")
    run("continue")
    report("GRUB again", screen=screen())
    run("reverse-continue")
    report("boot sector")
    run("reverse-continue")
    report("the start")
    run("continue")
    run("continue")
    report("GRUB at last", screen=screen())
    run("kill")


main()
