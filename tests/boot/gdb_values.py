"""What the sessions that gdb runs (gdb -x) have in common: commands, and numbers from the machine."""

import json

import gdb


def run(command):
    return gdb.execute(command, to_string=True)


def value(expression):
    return int(gdb.parse_and_eval(expression)) & 0xFFFFFFFF


def registers(names):
    return {name: value(f"(unsigned)${name}") for name in names}


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)
