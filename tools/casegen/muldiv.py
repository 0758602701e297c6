"""MUL IMUL DIV IDIV, and the conversions that precede a division."""
from . import flags
from .encode import AH, MASK, RAX, RDX, encode, fixed, little, signed

ONE_OPERAND = {"mul": 4, "imul": 5, "div": 6, "idiv": 7}


def opcode(size):
    return bytes([0xF6 + (size != 8)])


def multiply(f, name, size):
    for a, b in zip(f.values(size, 6), f.values(size, 6)):
        rm = f.register(size, exclude=(RAX,))
        c = f.case(f"{name}.r{size}").set(rm, size, b).set(RAX, size, a)
        c.emit(encode(opcode(size), ONE_OPERAND[name], rm, size, byte_reg=False), flags.MULTIPLY)
        mem = f.mem(exclude=(RAX,))
        c = f.case(f"{name}.m{size}").set(RAX, size, f.value(size)).operand(mem, size, f.value(size))
        c.emit(encode(opcode(size), ONE_OPERAND[name], mem, size, byte_reg=False), flags.MULTIPLY)


def two_operand_multiply(f, size):
    for a, b in zip(f.values(size, 5), f.values(size, 5)):
        reg, rm = f.pair(size)
        c = f.case(f"imul2.r{size}").set(reg, size, a).set(rm, size, b)
        c.emit(encode(b"\x0f\xaf", reg, rm, size), flags.MULTIPLY)
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"imul2.m{size}").set(reg, size, f.value(size)).operand(mem, size, f.value(size))
        c.emit(encode(b"\x0f\xaf", reg, mem, size), flags.MULTIPLY)


def three_operand_multiply(f, size, op, width):
    for value in f.values(width, 4):
        reg, rm = f.pair(size)
        c = f.case(f"imul3.r{size}-imm{width}").set(rm, size, f.value(size))
        c.emit(encode(op, reg, rm, size, little(value, width)), flags.MULTIPLY)
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"imul3.m{size}-imm{width}").operand(mem, size, f.value(size))
        c.emit(encode(op, reg, mem, size, little(f.value(width), width)), flags.MULTIPLY)


def dividend(c, size, value):
    if size == 8:
        return c.set(RAX, 16, value)
    return c.set(RAX, size, value).set(RDX, size, value >> size)


def fits(name, size, value, divisor):
    if divisor == 0:
        return False
    if name == "div":
        return value // divisor <= MASK[size]
    a, b = (value - (1 << 2 * size) if value >> (2 * size - 1) else value), signed(divisor, size)
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return -(1 << (size - 1)) <= quotient < 1 << (size - 1)


def dividends(f, name, size):
    """Pairs that fit, the last ones that just fit and just do not, and #DE."""
    half = 1 << (size - 1)
    minus = (1 << 2 * size) - 1
    pairs = [(0, 1), (minus, MASK[size]), (half, MASK[size]), (minus - half + 1, MASK[size]), (minus - half + 1, 1),
             (half * 2, 2), (half * 2, 1), (half * half * 2 - 1, half), (5, 0), (minus, 0), (half, half),
             (half - 1, half)]
    while len(pairs) < 20:
        divisor = f.value(size)
        quotient = f.rng.getrandbits(size - 1)
        value = (quotient * divisor + f.rng.randrange(max(divisor, 1))) & minus
        if f.rng.random() < 0.4:
            value = -value & minus
        pairs.append((value, divisor))
    return pairs


def divide(f, name, size):
    for value, divisor in dividends(f, name, size):
        undefined = flags.DIVIDE if fits(name, size, value, divisor) else 0
        if f.rng.random() < 0.6:
            rm = f.register(size, exclude=(RAX, RDX))
            c = dividend(f.case(f"{name}.r{size}"), size, value).set(rm, size, divisor)
        else:
            rm = f.mem(exclude=(RAX, RDX))
            c = dividend(f.case(f"{name}.m{size}"), size, value).operand(rm, size, divisor)
        c.emit(encode(opcode(size), ONE_OPERAND[name], rm, size, byte_reg=False), undefined)


def by_itself(f):
    """Operands that are also results: DIV AH, DIV DL with all in RAX."""
    f.case("div.ah").set(RAX, 16, 0x0203).emit(encode(b"\xf6", 6, AH, 8, byte_reg=False), flags.DIVIDE)
    f.case("div.eax").set(RAX, 32, 7).set(RDX, 32, 0).emit(encode(b"\xf7", 6, RAX, 32), flags.DIVIDE)
    f.case("div.edx").set(RAX, 32, 7).set(RDX, 32, 1).emit(encode(b"\xf7", 6, RDX, 32), 0)
    c = f.case("mul.edx").set(RAX, 32, 0x12345678).set(RDX, 32, 0x87654321)
    c.emit(encode(b"\xf7", 4, RDX, 32), flags.MULTIPLY)
    f.case("mul.ah").set(RAX, 16, 0x7F03).emit(encode(b"\xf6", 4, AH, 8, byte_reg=False), flags.MULTIPLY)


def conversions(f):
    names = {0x98: {16: "cbw", 32: "cwde", 64: "cdqe"}, 0x99: {16: "cwd", 32: "cdq", 64: "cqo"}}
    for op, by_size in names.items():
        for size in f.wide:
            name = by_size[size]
            for value in f.values(size, 6):
                f.case(name).set(RAX, size, value).emit(fixed(bytes([op]), size))


def generate(f):
    for size in f.sizes:
        for name in ("mul", "imul"):
            multiply(f, name, size)
        for name in ("div", "idiv"):
            divide(f, name, size)
    for size in f.wide:
        two_operand_multiply(f, size)
        three_operand_multiply(f, size, b"\x69", min(size, 32))
        three_operand_multiply(f, size, b"\x6b", 8)
    by_itself(f)
    conversions(f)
