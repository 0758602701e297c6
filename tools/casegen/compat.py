"""What only 32-bit code has: decimal adjustment, BOUND, ARPL, INTO, SALC, LES, LDS, and 16-bit addressing."""
from . import flags
from .case import DATA
from .encode import RAX, RBX, RCX, RDX, SEGMENT_BASE, Mem, encode, little

RBP, RSI, RDI = 5, 6, 7
AF, CF, OF = flags.AF, flags.CF, flags.OF


def decimal(f):
    for name, op, undefined in (("aaa", 0x37, flags.AAA), ("aas", 0x3F, flags.AAA), ("daa", 0x27, flags.DAA),
                                ("das", 0x2F, flags.DAA)):
        for value in (0x0000, 0x0009, 0x000A, 0x00F9, 0x00FA, 0x00FF, 0x0199, 0x019A, 0x0066, 0xFF9F, 0x00A0, 0xFF05):
            for given in (0, AF, CF, AF | CF):
                f.case(name, 0x202 | given).set(RAX, 16, value).emit(bytes([op]), undefined)
    for name, op in (("aam", 0xD4), ("aad", 0xD5)):
        for base in (10, 16, 1, 7, 0xFF, 0):
            for value in (0, 0x0909, 0xFFFF, 0x00FF, 0x1234):
                undefined = 0 if name == "aam" and base == 0 else flags.AAD
                f.case(name).set(RAX, 16, value).emit(bytes([op, base]), undefined)


def bounds(f):
    memory = Mem(RSI, addr=32, native=32)
    for size in (16, 32):
        for low, high, value in ((0, 10, 5), (0, 10, 10), (0, 10, 11), (0, 10, -1), (-5, 5, -5), (-5, 5, -6),
                                 (1, 0, 0)):
            c = f.case(f"bound{size}", 0).aim(memory, DATA).set(RCX, size, value)
            c.patches[DATA] = little(low, size) + little(high, size)
            c.emit(encode(b"\x62", RCX, memory, size))
    f.case("bound.fault", 0).aim(memory, 0x111FFC).set(RCX, 32, 0x20000000).emit(encode(b"\x62", RCX, memory, 32))


def adjust_rpl(f):
    memory = Mem(RSI, addr=32, native=32)
    for a, b in ((0x10, 0x13), (0x13, 0x10), (0x12, 0x12), (0xFFFC, 0xFFFF), (0xFFFD, 0xFFFE)):
        f.case("arpl").set(RAX, 16, a).set(RCX, 16, b).emit(b"\x63\xc8")
        f.case("arpl.mem").aim(memory, DATA).poke(DATA, 16, a).set(RCX, 16, b).emit(encode(b"\x63", RCX, memory, 32))
    # Reads before it asks for the right to write, unlike other instructions that do both.
    f.case("arpl.fault").aim(memory, 0x112000).emit(encode(b"\x63", RCX, memory, 32), cpu="intel")


def small(f):
    for given in (0, OF, 0x8D5):
        f.case("into", 0x202 | given).emit(b"\xce")
    for given in (0, CF, 0x8D5):
        f.case("salc", 0x202 | given).emit(b"\xd6")


def far_pointers(f):
    memory = Mem(RSI, addr=32, native=32)
    for name, opcode in (("es", b"\xc4"), ("ds", b"\xc5"), ("fs", b"\x0f\xb4"), ("gs", b"\x0f\xb5")):
        for size in (16, 32):
            c = f.case(f"l{name}{size}", 0).aim(memory, DATA)
            c.patches[DATA] = little(0x89ABCDEF, size) + little(0x2B, 16)
            c.extra.append(f"{name}=2b")
            c.emit(encode(opcode, RDX, memory, size))
        for selector in (0x10, 0xFFF8):
            c = f.case(f"l{name}.fault", 0).aim(memory, DATA)
            c.patches[DATA] = little(0x89ABCDEF, 32) + little(selector, 16)
            c.emit(encode(opcode, RDX, memory, 32))


# mod 0 to 2, rm 0 to 7 of 16-bit addressing.
SHAPES = ((RBX, RSI), (RBX, RDI), (RBP, RSI), (RBP, RDI), (RSI,), (RDI,), (RBP,), (RBX,))


def encode16(opcode, reg, mod, rm, disp, seg):
    prefix = b"\x67" + (bytes([{"fs": 0x64, "gs": 0x65}[seg]]) if seg else b"")
    width = {0: 16 if rm == 6 else 0, 1: 8, 2: 16}[mod]
    return prefix + opcode + bytes([mod << 6 | reg << 3 | rm]) + (little(disp, width) if width else b"")


def addresses16(f):
    """Sums are cut to 16 bits; the base of FS leads them to where there is memory."""
    for mod in (0, 1, 2):
        for rm, registers in enumerate(SHAPES):
            for opcode, name in ((b"\x8b", "mov"), (b"\x8d", "lea"), (b"\x01", "add")):
                address16(f, opcode, name, mod, rm, registers)


def address16(f, opcode, name, mod, rm, registers):
    disp = {0: 0, 1: f.rng.randrange(-128, 128), 2: f.rng.randrange(-1 << 15, 1 << 15)}[mod]
    offset = f.rng.randrange(0x100, 0x1F00)
    absolute = mod == 0 and rm == 6
    c = f.case(f"{name}.addr16", 0)
    if not absolute:
        rest = offset - disp
        for reg in registers[1:]:
            part = f.rng.getrandbits(16)
            c.set(reg, 32, 0x77770000 | part)
            rest -= part
        c.set(registers[0], 32, 0x55550000 | (rest & 0xFFFF))
    c.emit(encode16(opcode, RCX, mod, rm, offset if absolute else disp, None if name == "lea" else "fs"))


def faults16(f):
    """Without an override the sums lie at the end of the first 64 KiB, where nothing is mapped."""
    for rm, registers in enumerate(SHAPES):
        if rm == 6:
            continue
        c = f.case("mov.addr16.fault", 0)
        for reg in registers:
            c.set(reg, 32, 0xE000 // len(registers) + 0x40 * reg)
        c.emit(encode16(b"\x8b", RCX, 0, rm, 0, None))


def strings16(f):
    """67h: SI, DI and CX only; upper halves stay."""
    for name, op in (("movs", 0xA5), ("stos", 0xAB), ("lods", 0xAD)):
        for count in (0, 1, 3):
            c = f.case(f"rep.{name}.addr16", 0).set(RCX, 32, 0x99990000 + count)
            c.set(RSI, 32, 0x12340100).set(RDI, 32, 0x43210200)
            c.emit(b"\x67\x64\xf3" + bytes([op]))  # ES:DI is not mapped: a store faults
    f.case("xlat.addr16", 0).set(RBX, 32, 0x12340100).set(RAX, 8, 5).emit(b"\x67\x64\xd7")


def limits(f):
    """The last bytes below 4 GiB (across the end "behavior is implementation-specific" [SDM vol. 3, limit checking]),
    and a segment base that carries the sum over it."""
    f.case("mov.end", 0).set(RBX, 32, 0xFFFFFFFC).emit(encode(b"\x8b", RAX, Mem(RBX, addr=32, native=32), 32))
    c = f.case("mov.fs.wrap", 0).set(RBX, 32, (DATA - SEGMENT_BASE["fs"]) & 0xFFFFFFFF)
    c.emit(encode(b"\x8b", RAX, Mem(RBX, addr=32, native=32, seg="fs"), 32))


def generate(f):
    decimal(f)
    bounds(f)
    adjust_rpl(f)
    small(f)
    far_pointers(f)
    addresses16(f)
    faults16(f)
    strings16(f)
    limits(f)
