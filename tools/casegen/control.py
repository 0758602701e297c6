"""Jcc JMP CALL RET LOOP JCXZ, near: all of them, their faults, and the operand-size prefix."""
from .case import CODE, DATA, STACK
from .encode import RAX, RCX, Mem, encode, little
from .move import CONDITIONS, FLAG_SETS

MIDDLE = CODE + 0x800
ABSENT = CODE + 0x2000  # not present
NO_EXECUTE = 0x114000
NOT_CANONICAL = (0x800000000000, 0xFFFF7FFFFFFFFFFF, 0x8000000000000000)


def case(f, name, flags=0):
    c = f.case(name, flags)
    c.rip = MIDDLE
    return c


def relative(c, opcode, target, bits, prefix=b""):
    length = len(prefix) + len(opcode) + bits // 8
    return prefix + opcode + little(target - c.rip - length, bits)


def conditional(f):
    for code, name in enumerate(CONDITIONS):
        for flags in FLAG_SETS:
            c = case(f, f"j{name}.short", flags)
            c.emit(relative(c, bytes([0x70 + code]), MIDDLE + f.rng.choice([-100, -1, 3, 99]), 8))
        for flags in f.rng.sample(FLAG_SETS, 4):
            c = case(f, f"j{name}.near", flags)
            c.emit(relative(c, bytes([0x0F, 0x80 + code]), CODE + f.rng.choice([0x10, 0x7FF, 0x1FF0]), 32))
    for flags in (0x202, 0x242):  # a fault of the fetch, not of the jump
        c = case(f, "jz.absent", flags)
        c.emit(relative(c, b"\x0f\x84", ABSENT + 0x10, 32))


def loops(f):
    native = 32 if f.compat else 64
    for name, op in (("loopne", 0xE0), ("loope", 0xE1), ("loop", 0xE2), ("jrcxz", 0xE3)):
        for count in (0, 1, 2, 0x100000000, 0xFFFFFFFF, 0x100000001):
            if count >> native:
                continue
            for flags in (0x202, 0x242):
                for prefix in (b"",) if f.compat else (b"", b"\x67"):
                    c = case(f, name + (".addr32" if prefix else ""), flags).set(RCX, native, count)
                    c.emit(relative(c, bytes([op]), MIDDLE + 0x40, 8, prefix))


def jumps(f):
    for target in (MIDDLE + 2, MIDDLE + 0x7F, MIDDLE - 0x70):
        c = case(f, "jmp.short")
        c.emit(relative(c, b"\xeb", target, 8))
    for target in (CODE, CODE + 0x1FF0, ABSENT, NO_EXECUTE, 0x7FFFF000 + CODE):
        for name, opcode in (("jmp", b"\xe9"), ("call", b"\xe8")):
            c = case(f, f"{name}.near")
            c.emit(relative(c, opcode, target, 32))


def indirect(f):
    size = 32 if f.compat else 64
    targets = [CODE + 0x10, CODE + 0x1FFF, ABSENT, NO_EXECUTE] + ([] if f.compat else list(NOT_CANONICAL))
    for digit, name in ((4, "jmp"), (2, "call")):
        for target in targets:
            reg = f.register(32, exclude=(4,))
            c = case(f, f"{name}.reg").set(reg, size, target)
            c.emit(encode(b"\xff", digit, reg, 32))
            mem = f.mem()
            c = case(f, f"{name}.mem").operand(mem, size, target)
            c.emit(encode(b"\xff", digit, mem, 32))
        mem = Mem(5, addr=32, native=32) if f.compat else Mem(5)
        case(f, f"{name}.mem.fault").aim(mem, 0x112000).emit(encode(b"\xff", digit, mem, 32))
    c = case(f, "call.rsp").set(4, size, STACK)
    c.emit(encode(b"\xff", 2, Mem(4, **({"addr": 32, "native": 32} if f.compat else {})), 32))
    if not f.compat:
        mem = Mem(rip=True)
        case(f, "jmp.rip").aim(mem, DATA, 6).poke(DATA, 64, CODE + 0x77).emit(encode(b"\xff", 4, mem, 32))
        case(f, "jmp.rexw").set(RAX, 64, CODE + 0x55).emit(encode(b"\xff", 4, RAX, 64))


def bad_stacks(f):
    """Nothing moves. (Whether a target that is not canonical or the stack is looked at first: as measured, Intel.)"""
    size = 32 if f.compat else 64
    stacks = [0x120000, 0x120004, 0x113008, 0x122000] + ([] if f.compat else [0x800000000004, 0x800000000000 + 8])
    for stack in stacks:
        c = case(f, "call.stack").set(4, size, stack)
        c.emit(relative(c, b"\xe8", MIDDLE + 0x20, 32))
        case(f, "call.stack.reg").set(4, size, stack).set(RAX, size, CODE).emit(encode(b"\xff", 2, RAX, 32))
    if not f.compat:
        for stack in (0x120000, 0x800000000008):
            c = case(f, "call.stack.not-canonical").set(4, size, stack).set(RAX, 64, 1 << 63)
            c.emit(encode(b"\xff", 2, RAX, 32), cpu="intel")


def returns(f):
    size = 32 if f.compat else 64
    targets = [CODE + 0x10, MIDDLE + 0x10, ABSENT, NO_EXECUTE] + ([] if f.compat else list(NOT_CANONICAL))
    for target in targets:
        case(f, "ret").poke(STACK, size, target).emit(b"\xc3")
        for pop in (0, 8, 0xFFFF):
            case(f, "ret.imm").poke(STACK, size, target).emit(b"\xc2" + little(pop, 16))
    for stack in (0x121FF8, 0x121FFC, 0x122000, 0x11FFFC) + (() if f.compat else (0x800000000000, 0x7FFFFFFFFFFC)):
        case(f, "ret.stack").set(4, size, stack).emit(b"\xc3")
    if not f.compat:
        case(f, "ret.rexw").poke(STACK, 64, CODE + 0x33).emit(b"\x48\xc3")
    for prefix in (b"\xf2", b"\xf3"):
        case(f, "ret.rep").poke(STACK, size, CODE + 0x33).emit(prefix + b"\xc3")


def operand_size_prefix(f):
    """66h on near branches in 64-bit mode: ignored by Intel (SL-62)."""
    c = case(f, "jmp.66")
    c.emit(relative(c, b"\xe9", MIDDLE + 0x123, 32, b"\x66"), cpu="intel")
    c = case(f, "call.66")
    c.emit(relative(c, b"\xe8", MIDDLE + 0x123, 32, b"\x66"), cpu="intel")
    c = case(f, "jz.66", 0x242)
    c.emit(relative(c, b"\x0f\x84", MIDDLE + 0x123, 32, b"\x66"), cpu="intel")
    c = case(f, "jz.short.66", 0x242)
    c.emit(relative(c, b"\x74", MIDDLE + 0x23, 8, b"\x66"), cpu="intel")
    case(f, "ret.66").poke(STACK, 64, CODE + 0x33).emit(b"\x66\xc3", cpu="intel")
    case(f, "jmp.reg.66").set(RAX, 64, CODE + 0x44).emit(b"\x66\xff\xe0", cpu="intel")
    case(f, "call.reg.66").set(RAX, 64, CODE + 0x44).emit(b"\x66\xff\xd0", cpu="intel")


def compat_operand_size(f):
    """66h cuts EIP to 16 bits outside 64-bit mode, on both; the target is not mapped."""
    c = case(f, "jmp.66")
    c.emit(b"\x66\xe9" + little(0x123, 16))
    c = case(f, "call.66")
    c.emit(b"\x66\xe8" + little(0x123, 16))
    c = case(f, "jz.66", 0x242)
    c.emit(b"\x66\x0f\x84" + little(0x123, 16))
    case(f, "jz.66.not-taken").emit(b"\x66\x0f\x84" + little(0x123, 16))
    case(f, "ret.66").poke(STACK, 16, 0xE321).emit(b"\x66\xc3")
    case(f, "jmp.reg.66").set(RAX, 32, 0x1234E321).emit(b"\x66\xff\xe0")
    for count in (0, 0x10000, 0x10001):
        c = case(f, "jcxz").set(RCX, 32, count)
        c.emit(relative(c, b"\xe3", MIDDLE + 0x40, 8, b"\x67"))
        c = case(f, "loop.addr16").set(RCX, 32, count)
        c.emit(relative(c, b"\xe2", MIDDLE + 0x40, 8, b"\x67"))


def generate(f):
    conditional(f)
    loops(f)
    jumps(f)
    indirect(f)
    bad_stacks(f)
    returns(f)
    if f.compat:
        compat_operand_size(f)
    else:
        operand_size_prefix(f)
