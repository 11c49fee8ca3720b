"""embed_rom.py OUT NAME=FILE...: C++ functions NAME() that return the bytes of ROM images (boot_rom.hpp)."""

import sys

OPENING = """// Generated from roms/ by embed_rom.py.
#include "roms/boot_rom.hpp"

#include <array>

namespace calque {
"""
FUNCTION = """
std::span<const std::uint8_t> {name}() {{
    static constexpr std::array<std::uint8_t, {size}> bytes = {{{{
{rows}
    }}}};
    return bytes;
}}
"""


def rows(content: bytes) -> str:
    lines = (content[i : i + 20] for i in range(0, len(content), 20))
    return "\n".join("        " + " ".join(f"{byte}," for byte in line) for line in lines)


def main() -> None:
    target, *pairs = sys.argv[1:]
    text = OPENING
    for name, path in (pair.split("=", 1) for pair in pairs):
        with open(path, "rb") as file:
            content = file.read()
        text += FUNCTION.format(name=name, size=len(content), rows=rows(content))
    with open(target, "w", encoding="ascii") as file:
        file.write(text + "\n}  // namespace calque\n")


main()
