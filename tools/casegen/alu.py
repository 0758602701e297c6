"""ADD OR ADC SBB AND SUB XOR CMP TEST INC DEC NEG NOT in all their forms."""
from . import flags
from .encode import RAX, encode, fixed, little, short

NAMES = ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"]
LOGIC = {"or", "and", "xor"}


def undefined(name):
    return flags.LOGIC if name in LOGIC or name.startswith("test") else 0


def two_operands(f, name, opcode, size, to_memory, count):
    """opcode rm, reg (or reg, rm): registers, then memory."""
    form = f"{name}.rm{size}-r{size}" if to_memory else f"{name}.r{size}-rm{size}"
    for a, b in zip(f.values(size, count), f.values(size, count)):
        reg, rm = f.pair(size)
        c = f.case(form).set(reg, size, a).set(rm, size, b)
        c.emit(encode(opcode, reg, rm, size), undefined(name))
        reg, mem = f.reg_and_mem(size)
        c = f.case(form + ".mem").set(reg, size, f.value(size)).operand(mem, size, f.value(size))
        c.emit(encode(opcode, reg, mem, size), undefined(name))


def same_register(f, name, opcode, size):
    reg = f.register(size)
    c = f.case(f"{name}.same{size}").set(reg, size, f.value(size))
    c.emit(encode(opcode, reg, reg, size), undefined(name))


def immediate(f, name, opcode, digit, size, width, count):
    form = f"{name}.rm{size}-imm{width}"
    for value in f.values(width, count):
        rm = f.register(size)
        c = f.case(form).set(rm, size, f.value(size))
        c.emit(encode(opcode, digit, rm, size, little(value, width), byte_reg=False), undefined(name))
    mem = f.mem()
    c = f.case(form + ".mem").operand(mem, size, f.value(size))
    c.emit(encode(opcode, digit, mem, size, little(f.value(width), width), byte_reg=False), undefined(name))


def accumulator(f, name, opcode, size, count):
    width = min(size, 32)
    for value in f.values(width, count):
        c = f.case(f"{name}.acc{size}").set(RAX, size, f.value(size))
        c.emit(fixed(opcode, size, imm=little(value, width)), undefined(name))


def binary(f, i, name):
    for size in f.sizes:
        wide = size != 8
        two_operands(f, name, bytes([8 * i + wide]), size, True, 4)
        two_operands(f, name, bytes([8 * i + 2 + wide]), size, False, 3)
        same_register(f, name, bytes([8 * i + wide]), size)
        accumulator(f, name, bytes([8 * i + 4 + wide]), size, 2)
        immediate(f, name, bytes([0x80 + wide]), i, size, min(size, 32), 2)
        if wide:
            immediate(f, name, b"\x83", i, size, 8, 3)


def test(f):
    for size in f.sizes:
        wide = size != 8
        two_operands(f, "test", bytes([0x84 + wide]), size, True, 3)
        accumulator(f, "test", bytes([0xA8 + wide]), size, 2)
        for digit in (0, 1):  # /1 does what /0 does
            immediate(f, f"test{digit}", bytes([0xF6 + wide]), digit, size, min(size, 32), 2)


def unary(f, name, opcode, digit, size):
    for value in f.values(size, 6):
        rm = f.register(size)
        f.case(f"{name}.r{size}").set(rm, size, value).emit(encode(opcode, digit, rm, size, byte_reg=False))
    for value in f.values(size, 3):
        mem = f.mem()
        f.case(f"{name}.m{size}").operand(mem, size, value).emit(encode(opcode, digit, mem, size, byte_reg=False))


def short_forms(f):
    """40-4F, which are REX in 64-bit mode."""
    for size in f.wide:
        for reg in range(8):
            f.case(f"inc.short{size}").set(reg, size, f.value(size)).emit(short(b"\x40", reg, size))
            f.case(f"dec.short{size}").set(reg, size, f.value(size)).emit(short(b"\x48", reg, size))


def opcode_82(f):
    """The same as 80, outside 64-bit mode only."""
    for i, name in enumerate(NAMES):
        c = f.case(f"{name}.82").set(3, 8, f.value(8))
        c.emit(encode(b"\x82", i, 3, 8, little(f.value(8), 8), byte_reg=False), undefined(name))


def generate(f):
    for i, name in enumerate(NAMES):
        binary(f, i, name)
    test(f)
    for size in f.sizes:
        wide = size != 8
        unary(f, "not", bytes([0xF6 + wide]), 2, size)
        unary(f, "neg", bytes([0xF6 + wide]), 3, size)
        unary(f, "inc", bytes([0xFE + wide]), 0, size)
        unary(f, "dec", bytes([0xFE + wide]), 1, size)
    if f.compat:
        short_forms(f)
        opcode_82(f)
