"""A file of cases, its random numbers and its choices of registers, operands and values."""
import random

from .case import Case
from .encode import MASK, Mem

EDGES = {
    8: [0, 1, 2, 0x0F, 0x10, 0x7E, 0x7F, 0x80, 0x81, 0xF0, 0xFE, 0xFF],
    16: [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0x8001, 0xFFFE, 0xFFFF],
    32: [0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFF80, 0xFFFFFFFE, 0xFFFFFFFF],
    64: [0, 1, 0x80, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000,
         0x8000000000000001, 0xFFFFFFFF80000000, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF],
}


class Family:
    def __init__(self, name, about, oracle, compat=False):
        self.name, self.about, self.oracle, self.compat = name, about, oracle, compat
        self.rng = random.Random("ringstep " + name)  # the same cases each time
        self.sizes = (8, 16, 32) if compat else (8, 16, 32, 64)
        self.wide = self.sizes[1:]
        self.lines, self.count = [], {}
        self.thin = False

    def add(self, line):
        """In compatibility mode half of what was tried in 64-bit mode will do."""
        if not self.thin or self.rng.random() < 0.5:
            self.lines.append(line)

    def case(self, name, flags=None):
        """A case with the next number behind its name and, unless given, with arithmetic flags at random."""
        number = self.count[name] = self.count.get(name, 0) + 1
        c = Case(self, f"{name}.{number}", self.compat)
        c.rflags = 0x202 | (self.rng.choice([0, 0x8D5, self.rng.getrandbits(12) & 0x8D5]) if flags is None else flags)
        return c

    def value(self, size):
        if self.rng.random() < 0.6:
            return self.rng.choice(EDGES[size])
        return self.rng.getrandbits(size)

    def values(self, size, count):
        """Distinct values, the edges first in a random order."""
        pool = EDGES[size][:]
        self.rng.shuffle(pool)
        return (pool + [self.rng.getrandbits(size) for _ in range(count)])[:count]

    def register(self, size=64, exclude=()):
        """Any register of that size; for bytes the high ones too."""
        numbers = [r for r in range(8 if self.compat else 16) if r not in exclude]
        if size == 8:
            if self.compat:
                numbers = [r for r in numbers if r < 4]
            numbers += [r for r in range(20, 24) if r - 20 not in exclude]
        return self.rng.choice(numbers)

    def pair(self, size):
        """Two registers of one instruction: a high byte register and one that needs REX cannot meet."""
        while True:
            a, b = self.register(size), self.register(size)
            high = a >= 20 or b >= 20
            rex = any(4 <= r < 16 for r in (a, b)) if size == 8 else False
            if not (high and rex) and (a - 20 if a >= 20 else a) != (b - 20 if b >= 20 else b):
                return a, b

    def mem(self, exclude=()):
        """A memory operand of one of the common shapes. RSP as base is left to the cases that want it."""
        free = [r for r in range(8 if self.compat else 16) if r != 4 and r not in exclude]
        base, index = self.rng.sample(free, 2)
        size = {"addr": 32, "native": 32} if self.compat else {}
        shape = self.rng.randrange(5)
        if shape == 0:
            return Mem(base, **size)
        if shape == 1:
            return Mem(base, disp=self.rng.randrange(-128, 128), **size)
        if shape == 2:
            return Mem(base, disp=self.rng.randrange(-1 << 31, 1 << 31), width=32, **size)
        if shape == 3:
            return Mem(base, index, self.rng.choice([1, 2, 4, 8]), self.rng.randrange(-128, 128), **size)
        return Mem(base, index, self.rng.choice([1, 2, 4, 8]), **size)

    def reg_and_mem(self, size):
        """A register operand and a memory operand that does not use it; no high byte where REX is needed."""
        while True:
            reg = self.register(size)
            mem = self.mem(exclude=(reg - 20 if reg >= 20 else reg,))
            if reg < 20 or all(r < 8 for r in mem.registers()):
                return reg, mem

    def text(self):
        head = f"# {self.name}.case - {self.about}\n"
        head += "# Made by tools/make-cases: results are those of a processor; do not edit.\n"
        return head + "".join(line + "\n" for line in self.lines)


def mask(value, size):
    return value & MASK[size]
