"""MOVS STOS LODS SCAS CMPS: sizes, REP prefixes, direction, segments, address sizes, and faults half-way."""
from .encode import MASK, RAX, RCX, little

RSI, RDI = 6, 7
SOURCE, TARGET = 0x110400, 0x116800
OPCODES = {"movs": 0xA4, "cmps": 0xA6, "stos": 0xAA, "lods": 0xAC, "scas": 0xAE}
DF = 0x400
PREFIXES = {"": b"", "rep": b"\xf3", "repne": b"\xf2"}


def native(f):
    return 32 if f.compat else 64


def code(name, size, prefix, before=b""):
    out = before + prefix + (b"\x66" if size == 16 else b"") + (b"\x48" if size == 64 else b"")
    return out + bytes([OPCODES[name] + (size != 8)])


def case(f, word, size, flags, source=SOURCE, target=TARGET, count=None):
    c = f.case(word, flags).set(RSI, native(f), source).set(RDI, native(f), target)
    if count is not None:
        c.set(RCX, native(f), count)
    return c


def plain(f, name, size):
    for df in (0, DF):
        c = case(f, f"{name}{size}", size, 0x202 | df | f.rng.choice([0, 0x8D5]))
        if name in ("cmps", "scas"):
            c.poke(TARGET, size, f.value(size)).poke(SOURCE, size, f.value(size)).set(RAX, size, f.value(size))
        c.emit(code(name, size, b""))


def repeated(f, name, size):
    """MOVS, STOS and LODS: REPNE does the same as REP."""
    step = size // 8
    for count in (0, 1, 2, 5, 16):
        for df in (0, DF):
            word = f.rng.choice(["rep", "rep", "repne"])
            c = case(f, f"{word}.{name}{size}", size, 0x202 | df, count=count)
            c.set(RAX, size, f.rng.getrandbits(size))
            c.emit(code(name, size, PREFIXES[word]))
    if name == "movs":
        for distance in (-step, -1, 1, step, 3):  # a copy onto itself goes element by element
            c = case(f, f"rep.movs{size}.overlap", size, 0x202, SOURCE, SOURCE + distance, 6)
            c.emit(code(name, size, b"\xf3"))
            c = case(f, f"rep.movs{size}.overlap", size, 0x602, SOURCE, SOURCE + distance, 6)
            c.emit(code(name, size, b"\xf3"))


def compared(f, name, size):
    """CMPS and SCAS with REPE and REPNE end at a difference, a match or the count."""
    step = size // 8
    for word in ("rep", "repne"):
        for count in (0, 1, 4, 7):
            for where in (None, 0, 2, 6):
                df = f.rng.choice([0, 0, DF])
                c = case(f, f"{word}.{name}{size}", size, 0x202 | df | f.rng.choice([0, 0x8D5]), count=count)
                fill_compared(f, c, name, size, step, word, where, df)
                c.emit(code(name, size, PREFIXES[word]))


def fill_compared(f, c, name, size, step, word, where, df):
    """Elements equal (REPE) or different (REPNE) up to that number `where`."""
    value = f.rng.getrandbits(size)
    c.set(RAX, size, value)
    same = word == "rep"
    source = [value if name == "scas" else f.rng.getrandbits(size) for _ in range(8)]
    target = []
    for i, element in enumerate(source):
        equal = same if where is None or i != where else not same
        target.append(element if equal else element ^ (1 << f.rng.randrange(size)))
    for base, elements in ((TARGET, target), (SOURCE, source)):
        if base == SOURCE and name == "scas":
            continue
        ordered = elements[::-1] if df else elements
        start = base - 7 * step if df else base
        c.patches[start] = b"".join(little(v, size) for v in ordered)


def long_runs(f):
    """Across lines and pages, up and down."""
    for size in f.sizes:
        step = size // 8
        for count in (0x60 // step, 0x20 // step):
            case(f, f"rep.movs{size}.page", size, 0x202, 0x110FD0, 0x116FE8, count).emit(code("movs", size, b"\xf3"))
            case(f, f"rep.movs{size}.page", size, 0x602, 0x111018, 0x117008, count).emit(code("movs", size, b"\xf3"))
            c = case(f, f"rep.stos{size}.page", size, 0x202, SOURCE, 0x116FE1, count)
            c.emit(code("stos", size, b"\xf3"))
            case(f, f"rep.lods{size}.page", size, 0x202, 0x110FE1, TARGET, count).emit(code("lods", size, b"\xf3"))
            case(f, f"rep.scas{size}.page", size, 0x202, SOURCE, 0x116FE1, count).emit(code("scas", size, b"\xf2"))
            case(f, f"rep.cmps{size}.page", size, 0x202, 0x110FD0, 0x110FD0, count).emit(code("cmps", size, b"\xf3"))


def faults(f):
    """An element that cannot be reached: those before it are done, and the instruction can go on from there."""
    for size in f.sizes:
        step = size // 8
        near = 0x112000 - 3 * step
        for name, prefix in (("movs", b"\xf3"), ("stos", b"\xf3"), ("lods", b"\xf3")):
            rep, one = code(name, size, prefix), code(name, size, b"")
            word = f"rep.{name}{size}"
            case(f, word + ".fault", size, 0x202, SOURCE, near, 8).emit(rep, partial=True)
            case(f, word + ".fault", size, 0x202, near, TARGET, 8).emit(rep, partial=True)
            if step > 1:
                case(f, word + ".split", size, 0x202, near + 1, near + 1, 8).emit(rep, partial=True)
            case(f, f"{name}{size}.fault", size, 0x202, 0x112000, 0x115000).emit(one, partial=True)
            case(f, word + ".none", size, 0x202, 0x112000, 0x115000, 0).emit(rep, partial=True)
            case(f, word + ".read-only", size, 0x202, SOURCE, 0x113000, 2).emit(rep, partial=True)
            case(f, word + ".down", size, 0x602, 0x110000 + step, 0x116000 + step, 6).emit(rep, partial=True)
        compared_faults(f, size, near)


def compared_faults(f, size, near):
    """"... the EFLAGS value is restored to the state prior to the execution of the instruction" [SDM vol. 2, REP]."""
    for flags in (0x202, 0xAD7):
        case(f, f"repe.cmps{size}.fault", size, flags, near, near, 8).emit(code("cmps", size, b"\xf3"), partial=True)
        c = case(f, f"repne.scas{size}.fault", size, flags, SOURCE, near, 8).set(RAX, size, 0)
        c.emit(code("scas", size, b"\xf2"), partial=True)
        case(f, f"cmps{size}.fault", size, flags, SOURCE, 0x112000).emit(code("cmps", size, b""), partial=True)
        # which operand is read first is the processor's business
        c = case(f, f"cmps{size}.both", size, flags, 0x115000, 0x112000)
        c.emit(code("cmps", size, b""), cpu="intel", partial=True)


def not_canonical(f):
    for name in OPCODES:
        for source, target in ((1 << 63, TARGET), (SOURCE, 0x800000000000), (0xFFFF7FFFFFFFFFFF, 0x800000000000)):
            case(f, f"{name}.not-canonical", 32, 0x202, source, target).emit(code(name, 32, b""), partial=True)


def segments(f):
    """An override moves the source only."""
    for name in ("movs", "lods", "cmps", "stos", "scas"):
        for prefix, segment in ((b"\x64", "fs"), (b"\x65", "gs"), (b"\x3e", "ds")):
            source = SOURCE if segment == "ds" else 0x40
            case(f, f"{name}.{segment}", 32, 0x202, source).emit(code(name, 32, b"", prefix), partial=True)
            c = case(f, f"rep.{name}.{segment}", 8, 0x202, source, count=3)
            c.emit(code(name, 8, b"\xf3", prefix), partial=True)


def addr32(f):
    """67h: ESI, EDI and ECX; writing them clears their upper halves, as any 32-bit result does. Whether that happens
    when nothing is moved is the processor's business."""
    high = 0x4400000000
    for name in OPCODES:
        c = case(f, f"{name}.addr32", 32, 0x202, SOURCE + high, TARGET + 2 * high)
        c.emit(code(name, 32, b"", b"\x67"))
        c = case(f, f"rep.{name}.addr32", 32, 0x202, SOURCE + high, TARGET + 2 * high, high + 3)
        c.emit(code(name, 32, b"\xf3", b"\x67"))
        c = case(f, f"rep.{name}.addr32.none", 32, 0x202, SOURCE + high, TARGET + 2 * high, high)
        open_halves(c).emit(code(name, 32, b"\xf3", b"\x67"))
        c = case(f, f"rep.{name}.addr32.end", 8, 0x202, 0xFFFFFFFE + high, 0xFFFFFFFE + high, high + 3)
        open_halves(c).emit(code(name, 8, b"\xf3", b"\x67"), partial=True)


def open_halves(c):
    for reg in (RCX, RSI, RDI):
        c.ignore[reg] = MASK[64] ^ MASK[32]
    return c


def generate(f):
    for size in f.sizes:
        for name in OPCODES:
            plain(f, name, size)
        for name in ("movs", "stos", "lods"):
            repeated(f, name, size)
        for name in ("cmps", "scas"):
            compared(f, name, size)
    long_runs(f)
    faults(f)
    segments(f)
    if not f.compat:
        not_canonical(f)
        addr32(f)
