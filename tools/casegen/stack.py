"""PUSH POP PUSHF POPF ENTER LEAVE PUSHA POPA."""
from .case import DATA, STACK
from .encode import Mem, encode, fixed, little, short

RBP = 5
SP = 4


def stack_sizes(f):
    return (16, 32) if f.compat else (16, 64)


def mem(f, *args, **kwargs):
    return Mem(*args, **kwargs, **({"addr": 32, "native": 32} if f.compat else {}))


def enc(opcode, digit, rm, size):
    """64 bits are the default: no REX.W."""
    return encode(opcode, digit, rm, 16 if size == 16 else 32)


def registers(f):
    for size in stack_sizes(f):
        for reg in range(8 if f.compat else 16):
            f.case(f"push{size}", 0).emit(short(b"\x50", reg, size, default64=True))
            f.case(f"pop{size}", 0).emit(short(b"\x58", reg, size, default64=True))
        for reg in (0, 4, 5):
            f.case(f"push{size}.ff", 0).emit(enc(b"\xff", 6, reg, size))
            f.case(f"pop{size}.8f", 0).emit(enc(b"\x8f", 0, reg, size))


def memory(f):
    for size in stack_sizes(f):
        for _ in range(6):
            m = f.mem()
            f.case(f"push{size}.mem", 0).operand(m, size, f.value(size)).emit(enc(b"\xff", 6, m, size))
            m = f.mem()
            f.case(f"pop{size}.mem", 0).aim(m, DATA).emit(enc(b"\x8f", 0, m, size))
        for disp in (0, 8, -8, 0x40, -0x40):  # POP counts RSP after the pop
            f.case(f"pop{size}.rsp-based", 0).emit(enc(b"\x8f", 0, mem(f, SP, disp=disp), size))
            f.case(f"push{size}.rsp-based", 0).emit(enc(b"\xff", 6, mem(f, SP, disp=disp), size))
        if not f.compat:
            m = Mem(rip=True)
            f.case(f"pop{size}.rip", 0).aim(m, DATA, len(enc(b"\x8f", 0, m, size))).emit(enc(b"\x8f", 0, m, size))


def immediates(f):
    for value in (0, 0x7F, 0x80, 0xFF):
        f.case("push.imm8", 0).emit(b"\x6a" + little(value, 8))
        f.case("push16.imm8", 0).emit(b"\x66\x6a" + little(value, 8))
    for value in (0x12345678, 0x80000000):
        f.case("push.imm32", 0).emit(b"\x68" + little(value, 32))
        f.case("push16.imm16", 0).emit(b"\x66\x68" + little(value >> 16, 16))
    if not f.compat:
        f.case("push.imm32.rexw", 0).emit(b"\x66\x48\x68" + little(0x89ABCDEF, 32))


def selectors(f):
    for size in stack_sizes(f):
        prefix = b"\x66" if size == 16 else b""
        for name, op in (("fs", b"\x0f\xa0"), ("gs", b"\x0f\xa8")):
            push_selector(f, size, name, prefix + op)
        for name, op in (("es", b"\x06"), ("cs", b"\x0e"), ("ss", b"\x16"), ("ds", b"\x1e")):
            push_selector(f, size, name, prefix + op)  # #UD in 64-bit mode
        for name, op in (("es", b"\x07"), ("ds", b"\x1f"), ("fs", b"\x0f\xa1"), ("gs", b"\x0f\xa9")):
            pop_selector(f, size, name, prefix + op)


def push_selector(f, size, name, code):
    """32 bits: "all recent Intel Core and Intel Atom processors perform a 16-bit move" [SDM vol. 2, PUSH]."""
    f.case(f"push{size}.{name}", 0).emit(code, cpu="intel" if size == 32 else "both")


def pop_selector(f, size, name, code):
    exists = f.compat or name in ("fs", "gs")
    for selector in (0x2B, 0x18, 0xFFF8):
        c = f.case(f"pop{size}.{name}", 0).poke(STACK, 64, 0x8877665544330000 | selector)
        if selector == 0x2B and exists:
            c.extra.append(f"{name}=2b")
        c.emit(code)


def flags(f):
    for size in stack_sizes(f):
        prefix = b"\x66" if size == 16 else b""
        for value in (0x202, 0xAD7, 0x602, 0x40202):
            f.case(f"pushf{size}", value).emit(prefix + b"\x9c")
        for value in (0, 0xFFFFFEFF, 0x8D5, 0x40000, 0x200000, 0x4000, 0x3000, 0x10000, 0x20000, 0x180000, 0x400,
                      0x200):
            c = f.case(f"popf{size}", 0x202).poke(STACK, 64, 0xFFFFFFFF00000000 | value)
            c.emit(prefix + b"\x9d")


def frames(f):
    for size in stack_sizes(f):
        prefix = b"\x66" if size == 16 else b""
        for level in (0, 1, 2, 3, 8, 31, 32, 0xE1):
            for amount in (0, 0x10, 0x123):
                c = f.case(f"enter{size}", 0).set(RBP, 64, 0x121400)
                c.emit(prefix + b"\xc8" + little(amount, 16) + little(level, 8))
        f.case(f"leave{size}", 0).set(RBP, 64, 0x120F00).emit(prefix + b"\xc9")
        f.case(f"leave{size}.fault", 0).set(RBP, 64, 0x112000).emit(prefix + b"\xc9")
        f.case(f"enter{size}.fault", 0).set(SP, 64, 0x120000).set(RBP, 64, 0x121400).emit(prefix + b"\xc8\0\0\0")
        f.case(f"enter{size}.fault", 0).set(RBP, 64, 0x112000).emit(prefix + b"\xc8\0\0\2")
        f.case(f"enter{size}.fault", 0).set(SP, 64, 0x120010).set(RBP, 64, 0x121400).emit(prefix + b"\xc8\0\0\4")


def faults(f):
    """Nothing moves when the stack or the operand cannot be reached."""
    stacks = [0x120000, 0x120004, 0x113010] + ([] if f.compat else [0x800000000004, 0x800000000008])
    native = 32 if f.compat else 64
    for stack in stacks:
        f.case("push.stack", 0).set(SP, native, stack).emit(b"\x50")
        f.case("push.imm.stack", 0).set(SP, native, stack).emit(b"\x6a\x01")
        f.case("pushf.stack", 0).set(SP, native, stack).emit(b"\x9c")
        c = f.case("push.mem.stack", 0).set(SP, native, stack).set(6, native, DATA)
        c.emit(encode(b"\xff", 6, mem(f, 6), 32))
    not_canonical = [] if f.compat else [0x800000000000, 0x7FFFFFFFFFFC, 0xFFFF7FFFFFFFFFF8]
    for stack in [0x121FFC, 0x122000, 0x121FFE] + not_canonical:
        f.case("pop.stack", 0).set(SP, native, stack).emit(b"\x58")
        f.case("popf.stack", 0).set(SP, native, stack).emit(b"\x9d")
        f.case("leave.stack", 0).set(RBP, native, stack).emit(b"\xc9")
    for target in (0x112000, 0x113000):
        f.case("pop.mem.fault", 0).set(6, native, target).emit(encode(b"\x8f", 0, mem(f, 6), 32))
        f.case("push.mem.fault", 0).set(6, native, target).emit(encode(b"\xff", 6, mem(f, 6), 32))
    c = f.case("push.mem.both", 0).set(6, native, 0x112000).set(SP, native, 0x120000)
    c.emit(encode(b"\xff", 6, mem(f, 6), 32))
    c = f.case("pop.mem.both", 0).set(6, native, 0x112000).set(SP, native, 0x122000)
    c.emit(encode(b"\x8f", 0, mem(f, 6), 32))


def all_registers(f):
    """PUSHA and POPA: not in 64-bit mode."""
    for size in f.wide[:2]:
        f.case(f"pusha{size}", 0).emit(fixed(b"\x60", size))
        f.case(f"popa{size}", 0).emit(fixed(b"\x61", size))
        if f.compat:
            f.case(f"pusha{size}.fault", 0).set(SP, 32, 0x120008).emit(fixed(b"\x60", size))
            f.case(f"popa{size}.fault", 0).set(SP, 32, 0x121FF8).emit(fixed(b"\x61", size))


def generate(f):
    registers(f)
    memory(f)
    immediates(f)
    selectors(f)
    flags(f)
    frames(f)
    faults(f)
    all_registers(f)
