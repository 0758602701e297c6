"""MOV MOVZX MOVSX MOVSXD XCHG XADD CMPXCHG CMPXCHG8B CMPXCHG16B SETcc CMOVcc LAHF SAHF XLAT, flag instructions."""
from .case import DATA
from .encode import RAX, RBX, RCX, RDX, Mem, encode, fixed, little, short

CONDITIONS = ["o", "no", "b", "nb", "z", "nz", "be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle"]
# Every condition is true and false in some of these.
FLAG_SETS = [0x202, 0x203, 0x206, 0x242, 0x282, 0xA02, 0xA82, 0x243, 0xAD7, 0xA42]


def moves(f, size):
    wide = size != 8
    for op, form in ((0x88, "rm-r"), (0x8A, "r-rm")):
        opcode = bytes([op + wide])
        for _ in range(6):
            reg, rm = f.pair(size)
            c = f.case(f"mov{size}.{form}", 0).set(reg, size, f.value(size)).set(rm, size, f.value(size))
            c.emit(encode(opcode, reg, rm, size))
            reg, mem = f.reg_and_mem(size)
            c = f.case(f"mov{size}.{form}.mem", 0).set(reg, size, f.value(size)).operand(mem, size, f.value(size))
            c.emit(encode(opcode, reg, mem, size))
    for _ in range(4):
        imm = little(f.value(min(size, 32)), min(size, 32))
        opcode = bytes([0xC6 + wide])
        f.case(f"mov{size}.rm-imm", 0).emit(encode(opcode, 0, f.register(size), size, imm, byte_reg=False))
        mem = f.mem()
        f.case(f"mov{size}.mem-imm", 0).aim(mem, DATA).emit(encode(opcode, 0, mem, size, imm, byte_reg=False))


def short_immediates(f, size):
    for reg in (0, 3, 4, 5, 7) + (() if f.compat else (8, 12, 15)) + ((20, 23) if size == 8 else ()):
        if f.compat and size == 8 and reg in (4, 5, 7):
            continue
        imm = little(f.rng.getrandbits(size), size)
        opcode = b"\xb0" if size == 8 else b"\xb8"
        f.case(f"mov{size}.short", 0).emit(short(opcode, reg, size, imm))


def offsets(f, size):
    """A0-A3: an absolute address of the address size."""
    wide = size != 8
    native = 32 if f.compat else 64
    for op in (0xA0, 0xA2):
        opcode = bytes([op + wide])
        c = f.case(f"mov{size}.moffs", 0).set(RAX, size, f.value(size))
        c.emit(fixed(opcode, size, imm=little(DATA, native)))
        if not f.compat:
            high = little(0x600000000008, 64)
            f.case(f"mov{size}.moffs.high", 0).emit(fixed(opcode, size, imm=high))
            f.case(f"mov{size}.moffs32", 0).emit(fixed(opcode, size, b"\x67", little(DATA, 32)))
        f.case(f"mov{size}.moffs.fs", 0).emit(fixed(opcode, size, b"\x64", little(0x20, native)))


def extensions(f):
    for opcode, name, source in ((b"\x0f\xb6", "movzx", 8), (b"\x0f\xb7", "movzx", 16), (b"\x0f\xbe", "movsx", 8),
                                 (b"\x0f\xbf", "movsx", 16), (b"\x63", "movsxd", 32)):
        if name == "movsxd" and f.compat:
            continue
        for size in f.wide:
            if name == "movsxd" and size == 16:
                continue  # the processors disagree about the size of its memory operand
            extension(f, opcode, name, source, size)


def extension(f, opcode, name, source, size):
    for value in f.values(source, 4):
        byte = source == 8
        rm = f.register(source)
        reg = f.register(size) if rm < 20 else f.rng.randrange(8)
        high_needs_no_rex = rm >= 20 and size == 64
        if not high_needs_no_rex:
            c = f.case(f"{name}{source}.r{size}", 0).set(rm, source, value)
            c.emit(encode(opcode, reg, rm, size, byte_reg=False, byte_rm=byte))
        mem = f.mem()
        c = f.case(f"{name}{source}.m{size}", 0).operand(mem, source, value)
        c.emit(encode(opcode, f.register(size), mem, size, byte_reg=False, byte_rm=byte))


def exchanges(f, size):
    wide = size != 8
    for opcode, name in ((bytes([0x86 + wide]), "xchg"), (bytes([0x0F, 0xC0 + wide]), "xadd")):
        for _ in range(4):
            reg, rm = f.pair(size)
            c = f.case(f"{name}.r{size}").set(reg, size, f.value(size)).set(rm, size, f.value(size))
            c.emit(encode(opcode, reg, rm, size))
            reg, mem = f.reg_and_mem(size)
            c = f.case(f"{name}.m{size}").set(reg, size, f.value(size)).operand(mem, size, f.value(size))
            c.emit(encode(opcode, reg, mem, size))
        reg = f.register(size)
        f.case(f"{name}.same{size}").set(reg, size, f.value(size)).emit(encode(opcode, reg, reg, size))
    if wide:
        for reg in (1, 3, 4, 7) + (() if f.compat else (8, 15)):
            f.case(f"xchg.short{size}").set(RAX, size, f.value(size)).emit(short(b"\x90", reg, size))


def compare_exchanges(f, size):
    opcode = bytes([0x0F, 0xB0 + (size != 8)])
    for equal in (True, False, True, False):
        value = f.value(size)
        old = value if equal else f.value(size)
        while True:
            reg, rm = f.pair(size)
            if 0 not in (reg % 20, rm % 20):
                break
        c = f.case(f"cmpxchg.r{size}").set(RAX, size, old).set(reg, size, f.value(size)).set(rm, size, value)
        c.emit(encode(opcode, reg, rm, size))
        while True:
            reg, mem = f.reg_and_mem(size)
            if 0 not in mem.registers() and reg % 20:
                break
        c = f.case(f"cmpxchg.m{size}").set(RAX, size, old).set(reg, size, f.value(size)).operand(mem, size, value)
        c.emit(encode(opcode, reg, mem, size))


def double_exchange(f, size, name):
    """CMPXCHG8B (size 32) and CMPXCHG16B (size 64)."""
    mem_size = {"addr": 32, "native": 32} if f.compat else {}
    for equal in (True, False, True, False, "low", "high"):
        value, old = f.rng.getrandbits(2 * size), f.rng.getrandbits(2 * size)
        if equal is True:
            old = value
        elif equal:
            old = value ^ (1 << (3 if equal == "high" else size + 3))
        mem = Mem(6, **mem_size)
        c = f.case(name).aim(mem, DATA)
        c.patches[DATA] = value.to_bytes(size // 4, "little")
        c.set(RAX, size, old).set(RDX, size, old >> size)
        c.set(RBX, size, f.value(size)).set(RCX, size, f.value(size))
        c.emit(encode(b"\x0f\xc7", 1, mem, size))
    for target in (DATA + 1, DATA + 8, 0x111FFC, 0x113000, 0x112000):
        mem = Mem(6, **mem_size)
        f.case(f"{name}.at").aim(mem, target).emit(encode(b"\x0f\xc7", 1, mem, size))


def conditions(f):
    for code, name in enumerate(CONDITIONS):
        for flags in FLAG_SETS:
            reg = f.register(8)
            digit = f.rng.choice([0, 0, 5])  # not looked at
            f.case(f"set{name}", flags).emit(encode(bytes([0x0F, 0x90 + code]), digit, reg, 8, byte_reg=False))
        mem = f.mem()
        f.case(f"set{name}.mem").aim(mem, DATA).emit(encode(bytes([0x0F, 0x90 + code]), 0, mem, 8, byte_reg=False))
        for flags in FLAG_SETS:
            size = f.rng.choice(f.wide)
            reg, rm = f.pair(size)
            f.case(f"cmov{name}", flags).emit(encode(bytes([0x0F, 0x40 + code]), reg, rm, size))
        reg, mem = f.reg_and_mem(32)
        c = f.case(f"cmov{name}.mem").operand(mem, 32, f.value(32))
        c.emit(encode(bytes([0x0F, 0x40 + code]), reg, mem, 32))


def conditional_faults(f):
    """CMOV reads its source, whatever the condition says."""
    mem = Mem(6, addr=32, native=32) if f.compat else Mem(6)
    for flags in (0x202, 0x242):
        f.case("cmovz.fault", flags).aim(mem, 0x112000).emit(encode(b"\x0f\x44", 0, mem, 32))


def flag_instructions(f):
    for name, op in (("cmc", 0xF5), ("clc", 0xF8), ("stc", 0xF9), ("cld", 0xFC), ("std", 0xFD), ("lahf", 0x9F)):
        for flags in (0x202, 0xAD7, 0x602, 0xED7, 0x287):
            f.case(name, flags).emit(bytes([op]))
    for value in (0, 0xFF, 0xD5, 0x2A, 1, 4, 0x10, 0x40, 0x80):
        f.case("sahf").set(20, 8, value).emit(b"\x9e")


def xlat(f):
    native = 32 if f.compat else 64
    for index in (0, 0x7F, 0xFF):
        f.case("xlat", 0).set(RAX, 8, index).set(RBX, native, DATA).emit(b"\xd7")
        f.case("xlat.fs", 0).set(RAX, 8, index).set(RBX, native, 0x30).emit(b"\x64\xd7")
    if not f.compat:
        f.case("xlat.addr32", 0).set(RAX, 8, 0x40).set(RBX, 64, 0x7700000000000000 + DATA).emit(b"\x67\xd7")
    f.case("xlat.fault", 0).set(RAX, 8, 0x10).set(RBX, native, 0x111FF8).emit(b"\xd7")


def segment_registers(f):
    """Reads; loads of the flat data selector, and of those that no ring 3 may have."""
    for sreg in range(6):
        for size in f.wide:
            f.case("mov.r-sreg", 0).emit(encode(b"\x8c", sreg, f.register(size), size))
        mem = f.mem()
        f.case("mov.m-sreg", 0).aim(mem, DATA).emit(encode(b"\x8c", sreg, mem, 32))
    for sreg, name in ((0, "es"), (3, "ds"), (4, "fs"), (5, "gs")):
        c = f.case("mov.sreg", 0).set(RCX, 32, 0x7777002B)
        c.extra.append(f"{name}=2b")
        c.emit(encode(b"\x8e", sreg, RCX, 32))
        for selector in (0x10, 0x18, 0xFFF8):
            f.case("mov.sreg.fault", 0).set(RCX, 16, selector).emit(encode(b"\x8e", sreg, RCX, 32))
    for sreg in (1, 6, 7):
        f.case("mov.sreg.ud", 0).set(RCX, 16, 0x2B).emit(encode(b"\x8e", sreg, RCX, 32))
    for sreg in (6, 7):
        f.case("mov.r-sreg.ud", 0).emit(encode(b"\x8c", sreg, RCX, 32))


def generate(f):
    for size in f.sizes:
        moves(f, size)
        short_immediates(f, size)
        offsets(f, size)
        exchanges(f, size)
        compare_exchanges(f, size)
    extensions(f)
    double_exchange(f, 32, "cmpxchg8b")
    if not f.compat:
        double_exchange(f, 64, "cmpxchg16b")
    conditions(f)
    conditional_faults(f)
    flag_instructions(f)
    xlat(f)
    segment_registers(f)
