"""ROL ROR RCL RCR SHL SHR SAR (and /6, which is SHL), SHLD SHRD."""
from . import flags
from .encode import MASK, RCX, encode, little

NAMES = ["rol", "ror", "rcl", "rcr", "shl", "shr", "sal6", "sar"]
COUNTS = [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 0x80, 0xFF]


def undefined(name, count, size):
    if name in NAMES[:4]:
        return flags.rotate(count, size)
    return flags.shift(count, size, name == "sar")


def one_case(f, name, form, opcode, size, count, imm):
    """The operand is a register two times out of three."""
    rm = f.register(size, exclude=(RCX,)) if f.rng.random() < 0.66 else f.mem(exclude=(RCX,))
    c = f.case(f"{name}.{form}{size}").operand(rm, size, f.value(size))
    if form == "cl":
        c.set(RCX, 8, count)
    c.emit(encode(opcode, NAMES.index(name), rm, size, imm, byte_reg=False), undefined(name, count, size))


def shifts(f, name, size):
    wide = size != 8
    for _ in range(4):
        one_case(f, name, "one", bytes([0xD0 + wide]), size, 1, b"")
    for count in COUNTS:
        one_case(f, name, "cl", bytes([0xD2 + wide]), size, count, b"")
    for count in f.rng.sample(COUNTS, 8):
        one_case(f, name, "imm", bytes([0xC0 + wide]), size, count, little(count, 8))


def by_itself(f):
    """SHL CL, CL and SHL ECX, CL: the count is the old value."""
    for count in (0, 1, 3, 9):
        c = f.case("shl.cl-cl").set(RCX, 8, count)
        c.emit(encode(b"\xd2", 4, RCX, 8, byte_reg=False), undefined("shl", count, 8))
        c = f.case("rcr.ecx-cl").set(RCX, 32, 0x80000000 + count)
        c.emit(encode(b"\xd3", 3, RCX, 32), undefined("rcr", count, 32))


def double_case(f, name, opcode, size, count, form):
    if f.rng.random() < 0.66:
        reg, rm = f.register(size, exclude=(RCX,)), f.register(size, exclude=(RCX,))
    else:
        reg, rm = f.register(size, exclude=(RCX,)), None
        rm = f.mem(exclude=(RCX, reg))
    c = f.case(f"{name}.{form}{size}").set(reg, size, f.value(size)).operand(rm, size, f.value(size))
    masked = count & (63 if size == 64 else 31)
    if masked > size:  # "If the count is greater than the operand size, the result is undefined."
        if not isinstance(rm, int):
            return
        c.ignore[rm] = MASK[size]
    imm = little(count, 8) if form == "imm" else b""
    if form == "cl":
        c.set(RCX, 8, count)
    c.emit(encode(opcode, reg, rm, size, imm), flags.double_shift(count, size))


def generate(f):
    for name in NAMES:
        for size in f.sizes:
            shifts(f, name, size)
    by_itself(f)
    for name, opcode in (("shld", 0xA4), ("shrd", 0xAC)):
        for size in f.wide:
            for count in COUNTS:
                double_case(f, name, bytes([0x0F, opcode]), size, count, "imm")
                double_case(f, name, bytes([0x0F, opcode + 1]), size, count, "cl")
