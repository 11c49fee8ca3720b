"""seal_rom.py IN OUT: pads an option ROM to 512-byte units and fills in its length and its two checksums."""

import struct
import sys


def balance(rom: bytearray, start: int, end: int, at: int) -> None:
    """Sets one byte so that the bytes of a range add up to 0."""
    rom[at] = 0
    rom[at] = -sum(rom[start:end]) & 0xFF


def seal(image: bytes) -> bytes:
    units = len(image) // 512 + 1  # at least one byte is left for the checksum
    if units > 255 or image[:2] != b"\x55\xaa":
        raise SystemExit("seal_rom: not an option ROM")
    rom = bytearray(image.ljust(units * 512, b"\0"))
    rom[2] = units
    (pnp,) = struct.unpack_from("<H", rom, 0x1A)
    if rom[pnp : pnp + 4] != b"$PnP":
        raise SystemExit("seal_rom: no PnP expansion header")
    balance(rom, pnp, pnp + rom[pnp + 5] * 16, pnp + 9)
    balance(rom, 0, len(rom), len(rom) - 1)
    return bytes(rom)


def main() -> None:
    source, target = sys.argv[1:]
    with open(source, "rb") as file:
        rom = seal(file.read())
    with open(target, "wb") as file:
        file.write(rom)


main()
