"""Pictures as ringstep writes them, and screens as Xvfb keeps them: width, height and rows of RGB bytes."""
import struct
import zlib


class Picture:
    def __init__(self, width, height, rows):
        self.width, self.height, self.rows = width, height, rows

    def part(self, x, y, width, height):
        return Picture(width, height, [row[3 * x:3 * (x + width)] for row in self.rows[y:y + height]])


def read_png(path):
    """8-bit RGB without filters and interlacing, which is what libpng is asked for."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path}: no PNG")
    at, packed, size = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height = size[:2]
    if size[2:] != (8, 2, 0, 0, 0):
        raise ValueError(f"{path}: not 8-bit RGB")
    raw, stride = zlib.decompress(packed), 3 * width + 1
    if len(raw) != stride * height or any(raw[y * stride] for y in range(height)):
        raise ValueError(f"{path}: rows with filters, or too few")
    return Picture(width, height, [raw[y * stride + 1:(y + 1) * stride] for y in range(height)])


def read_screen(path):
    """The file of Xvfb's -fbdir: XWD version 7, 32 bits a pixel."""
    with open(path, "rb") as f:
        data = f.read()
    header = struct.unpack(">25I", data[:100])
    width, height, msb_first, stride = header[4], header[5], header[7], header[12]
    start = header[0] + 12 * header[19]
    rows = []
    for y in range(height):
        row = data[start + y * stride:start + y * stride + 4 * width]
        pixels = bytearray(3 * width)
        for i in range(3):
            pixels[i::3] = row[1 + i::4] if msb_first else row[2 - i::4]
        rows.append(bytes(pixels))
    return Picture(width, height, rows)


def difference(a, b):
    """In words; "" when they are the same."""
    if (a.width, a.height) != (b.width, b.height):
        return f"{a.width}x{a.height} and {b.width}x{b.height} pixels"
    lines = [y for y in range(a.height) if a.rows[y] != b.rows[y]]
    if not lines:
        return ""
    columns = [x for y in lines for x in range(a.width) if a.rows[y][3 * x:3 * x + 3] != b.rows[y][3 * x:3 * x + 3]]
    return (f"{len(columns)} pixels differ, from column {min(columns)} to {max(columns)} and line {lines[0]} to "
            f"{lines[-1]}")
