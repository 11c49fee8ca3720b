"""Reads the PNG files that calque writes: eight-bit RGB, not interlaced."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BYTES_A_PIXEL = 3


def _chunks(data):
    position = len(SIGNATURE)
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        yield kind, data[position + 8 : position + 8 + size]
        position += 12 + size


def _paeth(left, above, corner):
    estimate = left + above - corner
    return min((abs(estimate - left), 0, left), (abs(estimate - above), 1, above), (abs(estimate - corner), 2, corner))[2]


PREDICTORS = {
    1: lambda left, above, corner: left,
    2: lambda left, above, corner: above,
    3: lambda left, above, corner: (left + above) // 2,
    4: _paeth,
}


def _unfilter(kind, row, previous):
    if not kind or not any(row) and kind == 2 and not any(previous):
        return row
    predict = PREDICTORS[kind]
    row = bytearray(row)
    for i, above in enumerate(previous):
        near = i >= BYTES_A_PIXEL
        left, corner = (row[i - BYTES_A_PIXEL], previous[i - BYTES_A_PIXEL]) if near else (0, 0)
        row[i] = (row[i] + predict(left, above, corner)) & 0xFF
    return bytes(row)


class Picture:
    """`rows`: of each line of the screen its pixels, three bytes each."""

    def __init__(self, path):
        data = path.read_bytes()
        if not data.startswith(SIGNATURE):
            raise ValueError(f"{path} is not a PNG file")
        chunks = list(_chunks(data))
        self.width, self.height, depth, colours = struct.unpack_from(">IIBB", dict(chunks)[b"IHDR"])
        if (depth, colours) != (8, 2):
            raise ValueError(f"{path} is not eight-bit RGB")
        self.rows = self._rows(zlib.decompress(b"".join(part for kind, part in chunks if kind == b"IDAT")))

    def _rows(self, data):
        size = self.width * BYTES_A_PIXEL
        rows, previous = [], bytes(size)
        for start in range(0, self.height * (size + 1), size + 1):
            previous = _unfilter(data[start], data[start + 1 : start + 1 + size], previous)
            rows.append(previous)
        return rows

    @property
    def size(self):
        return self.width, self.height

    def share_lit(self):
        """The share of pixels that are not black."""
        lit = sum(any(row[i : i + BYTES_A_PIXEL]) for row in self.rows for i in range(0, len(row), BYTES_A_PIXEL))
        return lit / (self.width * self.height)
