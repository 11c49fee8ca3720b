"""Run by gdb (gdb -x) in gdb_test.py: backwards in a booting Linux, far from its start, from where a script stops it. Prints what it
sees, a JSON object a line."""

import os
import pathlib
import sys

import gdb

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gdb_values import registers, run, tell, value  # noqa: E402

STARTUP = 0x100_0000  # where the decompressed kernel begins
STEPS = 100
NAMES = ("pc", "cs", "ss", "ds", "eax", "ebx", "ecx", "edx", "esp", "ebp", "esi", "edi", "eflags")


def report(event, **more):
    seen = registers(NAMES)
    seen["stack"] = gdb.selected_inferior().read_memory(seen["esp"], 64).tobytes().hex()
    seen["status"] = run("monitor info status")
    tell(event, **seen, **more)


def there_and_back(where):
    for _ in range(STEPS):
        report(f"{where}, forwards")
        run("stepi")
    for _ in range(STEPS):
        run("reverse-stepi")
        report(f"{where}, backwards")


def main():
    run("set pagination off")
    run("set confirm off")
    run("set osabi none")
    run(f"target remote :{os.environ['CALQUE_GDB_PORT']}")
    run("continue")
    there_and_back("paging")
    place = f"*(unsigned *) {value('(unsigned)$esp'):#x}"
    last = value(place)
    watch = gdb.Breakpoint(place, type=gdb.BP_WATCHPOINT, wp_class=gdb.WP_WRITE)
    run("reverse-continue")
    report("before the store", last=last, there=value(place))
    watch.delete()
    run("stepi")
    report("behind the store", last=last, there=value(place))
    gdb.Breakpoint(f"*{STARTUP:#x}")
    run("reverse-continue")
    report("startup")
    there_and_back("startup")
    run("kill")


main()
