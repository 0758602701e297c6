"""Memory operands: every shape of ModRM, SIB, displacement, address size and segment, by MOV, LEA and ADD."""
from .case import DATA, STACK
from .encode import Mem, encode

LOAD, STORE, LEA, ADD = b"\x8b", b"\x89", b"\x8d", b"\x01"
HIGH = 0x600000000010  # above 4 GiB


def sizes(f, addr=None):
    native = 32 if f.compat else 64
    return {"addr": addr or native, "native": native}


def use(f, name, mem, target, reg=None):
    """A load, an LEA and now and then a store or an ADD by way of one operand."""
    reg = f.register(32, exclude=mem.registers()) if reg is None else reg
    size = f.rng.choice(f.wide)
    shape = [(LOAD, "mov"), (LEA, "lea")]
    if f.rng.random() < 0.3:
        shape.append(f.rng.choice([(STORE, "store"), (ADD, "add")]))
    for opcode, word in shape:
        c = f.case(f"{word}.{name}", flags=0)
        length = len(encode(opcode, reg, mem, size))
        c.aim(mem, target, length)
        c.emit(encode(opcode, reg, mem, size), 0)


def bases(f):
    for base in range(8 if f.compat else 16):
        target = STACK if base == 4 else DATA
        use(f, "base", Mem(base, **sizes(f)), target)
        use(f, "base.disp8", Mem(base, disp=f.rng.randrange(-128, 128), width=8, **sizes(f)), target)
        use(f, "base.disp32", Mem(base, disp=f.rng.randrange(-1 << 31, 1 << 31), width=32, **sizes(f)), target)
        use(f, "base.sib", Mem(base, sib=True, **sizes(f)), target)


def indexes(f):
    count = 8 if f.compat else 16
    for index in range(count):
        if index == 4:
            continue
        for scale in (1, 2, 4, 8):
            base = f.register(32, exclude=(4, index))
            width = f.rng.choice([0, 8, 32])
            disp = {0: 0, 8: f.rng.randrange(-128, 128), 32: f.rng.randrange(-1 << 31, 1 << 31)}[width]
            use(f, "index", Mem(base, index, scale, disp, width, **sizes(f)), DATA)
    for base in range(count):
        index = f.register(32, exclude=(4, base))
        mem = Mem(base, index, 2, f.rng.randrange(-128, 128), **sizes(f))
        use(f, "base.index", mem, STACK if base == 4 else DATA)


def index_only(f):
    """No base: a displacement of 32 bits, sign-extended."""
    for index in (0, 1, 5, 7) if f.compat else (0, 5, 9, 12, 13):
        for scale in (2, 8):
            mem = Mem(None, index, scale, **sizes(f))
            reg = f.register(32, exclude=(index,))
            c = f.case("mov.index-only", flags=0).set(index, 64 if not f.compat else 32, f.rng.randrange(1 << 16))
            c.aim(mem, DATA).emit(encode(LOAD, reg, mem, 32))


def same_twice(f):
    for reg, scale in ((3, 1), (5, 2), (6, 4), (7, 8)):
        disp = (DATA - (DATA // (scale + 1)) * (scale + 1))
        use(f, "same", Mem(reg, reg, scale, disp, **sizes(f)), DATA)


def absolute(f):
    use(f, "disp32", Mem(**sizes(f)), DATA)
    if f.compat:
        return
    use(f, "disp32.sib", Mem(sib=True), DATA)
    use(f, "rip", Mem(rip=True), DATA)
    use(f, "rip.back", Mem(rip=True), 0x100400)
    f.case("lea.disp32.negative", flags=0).emit(encode(LEA, 0, Mem(disp=-0x1000), 64))  # sign-extended


def with_immediate(f):
    """RIP-relative counts from the end of the instruction, its immediate included."""
    for size, imm in ((8, b"\x11"), (16, b"\x22\x33"), (32, b"\x44\x55\x66\x77"), (64, b"\x88\x99\xaa\x0b")):
        mem = Mem(rip=True)
        opcode = b"\xc6" if size == 8 else b"\xc7"
        c = f.case(f"mov.rip-imm{size}", flags=0)
        c.aim(mem, DATA, len(encode(opcode, 0, mem, size, imm)))
        c.emit(encode(opcode, 0, mem, size, imm))


def wide_addresses(f):
    """All 64 bits count, and sums wrap."""
    for base, disp in ((1, 0), (8, 127), (13, -0x80000000)):
        use(f, "high", Mem(base, disp=disp, width=32), HIGH)
    use(f, "high.index", Mem(3, 9, 8, 16), HIGH)
    c = f.case("mov.wrap", flags=0).set(1, 64, 0xFFFFFFFFFFF00000).set(2, 64, 0x100400 + DATA - 0x100400 + 0x100000)
    c.emit(encode(LOAD, 0, Mem(1, 2), 64))


def addr32(f):
    """67h: the sum is cut to 32 bits; upper halves do not count."""
    for base in (0, 3, 4, 5, 8, 12, 13):
        target = STACK if base == 4 else DATA
        mem = Mem(base, disp=f.rng.randrange(-128, 128), addr=32)
        reg = f.register(32, exclude=(base,))
        c = f.case("mov.addr32", flags=0)
        c.set(base, 64, f.rng.getrandbits(32) << 32).aim(mem, target)
        c.emit(encode(LOAD, reg, mem, 32))
        c = f.case("lea.addr32", flags=0)
        c.set(base, 64, f.rng.getrandbits(64))
        c.emit(encode(LEA, reg, mem, 64))
    mem = Mem(3, 6, 4, addr=32)
    for size in f.wide:
        c = f.case("lea.addr32.index", flags=0).set(3, 64, 0x1FFFFFFF0).set(6, 64, 0x340000008)
        c.emit(encode(LEA, 0, mem, size))
    for word, opcode in (("mov", LOAD), ("lea", LEA)):
        mem = Mem(rip=True, addr=32)
        c = f.case(f"{word}.addr32.rip", flags=0).aim(mem, DATA, len(encode(opcode, 0, mem, 64)))
        c.emit(encode(opcode, 0, mem, 64))


def segments(f):
    """In 64-bit mode FS and GS have a base, the others do nothing."""
    for seg in ("es", "cs", "ss", "ds", "fs", "gs"):
        target = {"fs": 0x116010, "gs": 0x117020}.get(seg, DATA)
        for base in (0, 5, 7):
            mem = Mem(base, disp=8, seg=seg, **sizes(f))
            c = f.case(f"mov.{seg}", flags=0).aim(mem, target)
            c.emit(encode(LOAD, 1, mem, 32))
            if seg not in ("fs", "gs"):
                continue
            c = f.case(f"lea.{seg}", flags=0).set(base, 32, 0x1234)  # LEA leaves the base out
            c.emit(encode(LEA, 1, mem, 32))
            c = f.case(f"store.{seg}", flags=0).aim(mem, target)
            c.emit(encode(STORE, 1, mem, 32))


def crossing(f):
    """Accesses that cross lines and pages."""
    for size in f.wide:
        for target in (0x11043F, 0x110FFF, 0x111001 - size // 8):
            mem = Mem(3, **sizes(f))
            f.case(f"mov.cross{size}", flags=0).aim(mem, target).emit(encode(LOAD, 0, mem, size))
            f.case(f"store.cross{size}", flags=0).aim(mem, target).emit(encode(STORE, 0, mem, size))
            c = f.case(f"add.cross{size}", flags=0).aim(mem, target)
            c.emit(encode(ADD, 0, mem, size))


def faults(f):
    """Not present, read-only, across into such a page, not canonical; the same with RBP and RSP as base. (Nothing in
    the upper half: Linux hides there which pages are present.)"""
    targets = [0x112000, 0x112FF8, 0x113000, 0x115123, 0x111FFD, 0x112FFE, 0x40000, 0x7FFFFFF0]
    if not f.compat:
        targets += [0x600000001000, 0x7FFF00000000 | 0x123, 0x800000000000, 0xFFFF7FFFFFFFFFFF, 0x8000000000000000,
                    0x7FFFFFFFFFFD]
    for target in targets:
        for base in (3, 5, 4):
            mem = Mem(base, **sizes(f))
            for word, opcode in (("mov", LOAD), ("store", STORE), ("add", ADD), ("lea", LEA)):
                if word == "lea" and base != 3:
                    continue
                c = f.case(f"{word}.fault", flags=0).set(base, 32 if f.compat else 64, target)
                c.emit(encode(opcode, 0, mem, 32))


def generate(f):
    bases(f)
    indexes(f)
    index_only(f)
    same_twice(f)
    absolute(f)
    segments(f)
    crossing(f)
    faults(f)
    if not f.compat:
        with_immediate(f)
        wide_addresses(f)
        addr32(f)
