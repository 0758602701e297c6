"""BT BTS BTR BTC, registers and bit strings in memory; BSF BSR; BSWAP."""
from . import flags
from .case import DATA
from .encode import MASK, Mem, encode, little, short

TESTS = {"bt": (0xA3, 4), "bts": (0xAB, 5), "btr": (0xB3, 6), "btc": (0xBB, 7)}


def register_tests(f, name, size):
    op, digit = TESTS[name]
    for offset in (0, 1, size - 1, size, size + 3, 0x85, MASK[size]):
        reg, rm = f.pair(size)
        c = f.case(f"{name}.r{size}").set(reg, size, offset).set(rm, size, f.value(size))
        c.emit(encode(bytes([0x0F, op]), reg, rm, size), flags.BIT_TEST)
    for offset in (0, 7, size - 1, size + 1, 0xFF):
        rm = f.register(size)
        c = f.case(f"{name}.r{size}-imm").set(rm, size, f.value(size))
        c.emit(encode(b"\x0f\xba", digit, rm, size, little(offset, 8)), flags.BIT_TEST)


def memory_tests(f, name, size):
    """With a register the offset is signed and may lead far from the operand; an immediate stays inside it."""
    op, digit = TESTS[name]
    for offset in (0, size - 1, size, 5 * size + 3, 0x1234, -1, -size, -size - 1, -0x1001):
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"{name}.m{size}").set(reg, size, offset).aim(mem, DATA)
        c.emit(encode(bytes([0x0F, op]), reg, mem, size), flags.BIT_TEST)
    for offset in (0, 9, size - 1, size + 1, 0xFF):
        mem = f.mem()
        c = f.case(f"{name}.m{size}-imm").operand(mem, size, f.value(size))
        c.emit(encode(b"\x0f\xba", digit, mem, size, little(offset, 8)), flags.BIT_TEST)


def far_bits(f):
    """All 64 bits of the offset count, and the address wraps."""
    for offset in (1 << 40, -(1 << 40), 1 << 31, -(1 << 31)):
        mem = Mem(3)
        c = f.case("bts.m64.far").set(1, 64, offset).aim(mem, DATA - (offset >> 6) * 8)
        c.emit(encode(b"\x0f\xab", 1, mem, 64), flags.BIT_TEST)


def scans(f, name, op, size):
    for value in [*f.values(size, 6), 1 << f.rng.randrange(size)]:
        reg, rm = f.pair(size)
        c = f.case(f"{name}.r{size}").set(rm, size, value)
        scan(c, op, reg, rm, size, value)
    for value in (0, f.rng.getrandbits(size), 1 << f.rng.randrange(size)):
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"{name}.m{size}").operand(mem, size, value)
        scan(c, op, reg, mem, size, value)


def scan(c, op, reg, rm, size, value):
    if value == 0:  # "... the content of the destination operand is undefined" [SDM vol. 2, BSF]
        c.ignore[reg] = MASK[64] if size == 32 and not c.compat else MASK[size]
    c.emit(encode(bytes([0x0F, op]), reg, rm, size), flags.BIT_SCAN)


def generate(f):
    for name in TESTS:
        for size in f.wide:
            register_tests(f, name, size)
            memory_tests(f, name, size)
    if not f.compat:
        far_bits(f)
    for size in f.wide:
        scans(f, "bsf", 0xBC, size)
        scans(f, "bsr", 0xBD, size)
    for size in f.wide[1:]:
        for reg in (0, 3, 4, 5) if f.compat else (0, 3, 4, 5, 8, 15):
            f.case(f"bswap{size}").set(reg, size, f.rng.getrandbits(size)).emit(short(b"\x0f\xc8", reg, size))
