"""A terminal's screen, as far as `step --tui` needs one: what it is sent, as rows of characters. What it does not know is
an error, so that nothing is sent which only some terminals know."""
import re

SEQUENCE = re.compile(rb"\x1b\[([<=>?]?)([0-9;]*)([@-~])|\x1b\]([^\x07]*)\x07")


class Screen:
    def __init__(self, width, height):
        self.modes, self.clipboard, self.rest, self.attributes = {}, None, b"", set()
        self.resize(width, height)

    def resize(self, width, height):
        self.width, self.height, self.x, self.y = width, height, 0, 0
        self.rows = [[" "] * width for _ in range(height)]

    def feed(self, data):
        data, self.rest = self.rest + data, b""
        while data:
            if data[0] == 0x1B:
                found = SEQUENCE.match(data)
                if not found:
                    self.rest = data
                    return
                self.sequence(found)
                data = data[found.end():]
                continue
            end = data.find(b"\x1b")
            text, data = (data, b"") if end < 0 else (data[:end], data[end:])
            data = self.text(text, data)

    def text(self, text, behind):
        """A character cut in two waits for its rest."""
        try:
            characters = text.decode()
        except UnicodeDecodeError as error:
            if behind or error.reason != "unexpected end of data":
                raise
            characters, self.rest = text[:error.start].decode(), text[error.start:]
        for c in characters:
            self.character(c)
        return behind

    def character(self, c):
        if c == "\r":
            self.x = 0
        elif c == "\n":
            self.y = min(self.y + 1, self.height - 1)
        elif ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0:
            raise ValueError(f"control character {c!r}")
        elif self.x < self.width and self.y < self.height:
            self.rows[self.y][self.x] = c
            self.x += 1

    def sequence(self, found):
        mark, parameters, final, command = found[1], (found[2] or b"").decode(), found[3], found[4]
        if command is not None:
            if not command.startswith(b"52;c;"):
                raise ValueError(f"command {command!r}")
            self.clipboard = command[5:]
        elif mark == b"?" and final in (b"h", b"l"):
            self.modes[int(parameters)] = final == b"h"
        elif not mark and final == b"H":
            y, x = (int(p) for p in parameters.split(";"))
            self.y, self.x = y - 1, x - 1
        elif not mark and final == b"J" and parameters == "2":
            self.rows = [[" "] * self.width for _ in range(self.height)]
        elif not mark and final == b"m":
            self.attributes.add(parameters)
        else:
            raise ValueError(f"sequence {found[0]!r}")

    def lines(self):
        return ["".join(row).rstrip() for row in self.rows]

    def find(self, pattern):
        """(column, row) of its first place, or None."""
        for y, line in enumerate(self.lines()):
            found = re.search(pattern, line)
            if found:
                return found.start(), y
        return None
