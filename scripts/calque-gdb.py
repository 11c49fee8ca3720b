"""For gdb on a machine of Calque: `source scripts/calque-gdb.py`.

After each stop gdb disassembles as the processor would decode (16 or 32 bits), and a line tells mode and CS:EIP.

    where-am-i              mode, privilege, CS:EIP and SS:ESP, with the segments' bases
    seg-break SEG:OFF       a breakpoint at a logical address; SEG and OFF are expressions
    seg-x [/FMT] SEG:OFF    x at a logical address
    $linear(SEG, OFF)       its linear address: by the descriptor in protected mode, SEG * 16 + OFF else
"""

import gdb

WIDTHS = {"real16": 16, "vm86": 16, "protected16": 16, "protected32": 32, "real32": 32}
MASK = 0xFFFFFFFF


def register(name):
    return int(gdb.parse_and_eval(f"(unsigned)${name}")) & MASK


def mode():
    return str(gdb.parse_and_eval("$mode"))


def descriptor_base(selector):
    """The base in the selector's descriptor, by the GDT or the LDT."""
    table = register("ldtr_base") if selector & 4 else register("gdtr_base")
    low, high = (int.from_bytes(gdb.selected_inferior().read_memory(table + (selector & ~7) + i, 4).tobytes(), "little") for i in (0, 4))
    return low >> 16 | (high & 0xFF) << 16 | high & 0xFF000000


def linear(selector, offset):
    """A segment register that holds the selector knows its base best."""
    for name in ("cs", "ss", "ds", "es", "fs", "gs"):
        if register(name) == selector:
            return (register(f"{name}_base") + offset) & MASK
    base = descriptor_base(selector) if mode().startswith("protected") else selector << 4
    return (base + offset) & MASK


def follow_mode():
    """Lets gdb decode as the processor does; says nothing."""
    wanted = "i8086" if WIDTHS.get(mode()) == 16 else "i386"
    gdb.execute("set osabi none", to_string=True)
    if gdb.selected_inferior().architecture().name() != wanted:
        gdb.execute(f"set architecture {wanted}", to_string=True)


def place():
    return f"{mode()} {register('cs'):04x}:{register('ip'):04x}"


def on_stop(_):
    try:
        follow_mode()
        print(place())
    except gdb.error:  # a target of another kind
        pass


def logical_address(text):
    selector, colon, offset = text.partition(":")
    if not colon:
        raise gdb.GdbError("SEG:OFF is wanted")
    return linear(int(gdb.parse_and_eval(selector)) & 0xFFFF, int(gdb.parse_and_eval(offset)) & MASK)


class Linear(gdb.Function):
    """$linear(SEG, OFF): the linear address."""

    def __init__(self):
        super().__init__("linear")

    def invoke(self, selector, offset):
        return linear(int(selector) & 0xFFFF, int(offset) & MASK)


class WhereAmI(gdb.Command):
    """Tell mode, privilege, CS:EIP and SS:ESP."""

    def __init__(self):
        super().__init__("where-am-i", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        cs = f"{register('cs'):04x}:{register('ip'):08x} (base {register('cs_base'):08x})"
        ss = f"{register('ss'):04x}:{register('esp'):08x} (base {register('ss_base'):08x})"
        print(f"{mode()}, CPL {register('cpl')}, CS:EIP {cs}, SS:ESP {ss}")


class SegBreak(gdb.Command):
    """Set a breakpoint at SEG:OFF."""

    def __init__(self):
        super().__init__("seg-break", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, _from_tty):
        gdb.execute(f"break *{logical_address(argument):#x}")


class SegExamine(gdb.Command):
    """Examine memory at SEG:OFF, with x's format."""

    def __init__(self):
        super().__init__("seg-x", gdb.COMMAND_DATA)

    def invoke(self, argument, _from_tty):
        form, _, rest = argument.partition(" ") if argument.startswith("/") else ("", "", argument)
        gdb.execute(f"x{form} {logical_address(rest):#x}")


Linear()
WhereAmI()
SegBreak()
SegExamine()
gdb.events.stop.connect(on_stop)
