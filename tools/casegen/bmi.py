"""POPCNT LZCNT TZCNT, ADCX ADOX, MOVBE, BMI1 and BMI2: results, and what prefixes and VEX fields are refused."""
from . import flags
from .case import DATA
from .encode import RAX, RBX, RCX, RDX, SEGMENT_PREFIX, Mem, codes, encode, little

COUNTS = {"popcnt": (0xB8, 0), "lzcnt": (0xBD, flags.COUNT_ZEROES), "tzcnt": (0xBC, flags.COUNT_ZEROES)}
# name: (VEX.pp, opcode of map 2, undefined flags); VEX.vvvv is the control, then the first source, then the destination
NONE, P66, PF3, PF2 = range(4)
CONTROLLED = {"bextr": (NONE, 0xF7, flags.BEXTR), "bzhi": (NONE, 0xF5, flags.BMI), "shlx": (P66, 0xF7, 0),
              "sarx": (PF3, 0xF7, 0), "shrx": (PF2, 0xF7, 0)}
MASKED = {"andn": (NONE, 0xF2, flags.BMI), "pdep": (PF2, 0xF5, 0), "pext": (PF3, 0xF5, 0)}
LOWEST = {"blsr": (1, flags.BMI), "blsmsk": (2, flags.BMI), "blsi": (3, flags.BMI)}


def vex(opcode, reg, vvvv, rm, size, pp=NONE, opmap=2, imm=b"", length=0, prefix=b"", w=None):
    """The three-byte form."""
    head, mem = bytearray(prefix), isinstance(rm, Mem)
    if mem:
        head += bytes([SEGMENT_PREFIX[rm.seg]]) if rm.seg else b""
        head += b"\x67" if rm.addr != rm.native else b""
        mod, low, sib, disp, x, b = rm.encode()
    else:
        mod, low, sib, disp, x, b = 3, rm & 7, b"", b"", 0, rm >> 3
    wide = size == 64 if w is None else w
    head += bytes([0xC4, (~(reg >> 3 << 2 | x << 1 | b) & 7) << 5 | opmap,
                   wide << 7 | (~vvvv & 15) << 3 | length << 2 | pp, opcode, mod << 6 | (reg & 7) << 3 | low])
    return bytes(head) + sib + disp + imm


def sizes(f):
    return f.sizes[2:]


def three(f, size, memory):
    """A register, another and r/m; some are one register."""
    if memory:
        reg, mem = f.reg_and_mem(size)
        return reg, f.register(size, exclude=mem.registers()), mem
    return f.register(size), f.register(size), f.register(size)


def counts(f, name, size):
    op, undefined = COUNTS[name]
    for value in [*f.values(size, 8), 0, 1 << f.rng.randrange(size)]:
        reg, rm = f.pair(size)
        c = f.case(f"{name}.r{size}").set(rm, size, value)
        c.emit(encode(bytes([0x0F, op]), reg, rm, size, mandatory=b"\xf3"), undefined)
    for value in (0, f.value(size), f.rng.getrandbits(size)):
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"{name}.m{size}").operand(mem, size, value)
        c.emit(encode(bytes([0x0F, op]), reg, mem, size, mandatory=b"\xf3"), undefined)


def carries(f, name, prefix, size):
    for i in range(10):
        reg, rm = f.pair(size) if i % 3 else f.reg_and_mem(size)
        c = f.case(f"{name}.{'r' if i % 3 else 'm'}{size}").set(reg, size, f.value(size))
        c.operand(rm, size, f.value(size)).emit(encode(b"\x0f\x38\xf6", reg, rm, size, mandatory=prefix))
    c = f.case(f"{name}.self").set(RAX, size, 1 << (size - 1))
    c.emit(encode(b"\x0f\x38\xf6", RAX, RAX, size, mandatory=prefix))


def swaps(f, size):
    for _ in range(4):
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"movbe.load{size}").operand(mem, size, f.rng.getrandbits(size))
        c.emit(encode(b"\x0f\x38\xf0", reg, mem, size))
        reg, mem = f.reg_and_mem(size)
        c = f.case(f"movbe.store{size}").set(reg, size, f.rng.getrandbits(size)).aim(mem, DATA)
        c.emit(encode(b"\x0f\x38\xf1", reg, mem, size))
    for op in (0xF0, 0xF1):
        mem = Mem(RBX, **({"addr": 32, "native": 32} if f.compat else {}))
        for target in (0x112000, 0x111FFF, 0x113000):
            c = f.case(f"movbe.fault{size}").aim(mem, target)
            c.emit(encode(bytes([0x0F, 0x38, op]), RCX, mem, size))


def controlled(f, name, size):
    pp, op, undefined = CONTROLLED[name]
    controls = [0, 1, size - 1, size, size + 1, 0xFF, 0x100, size << 8, (size + 1) << 8, 0x0804,
                (size // 2) << 8 | size // 2, size << 8 | 1, 0xFF00, 0xFFFF, 0x1_0000, f.rng.getrandbits(16),
                f.rng.getrandbits(12), f.rng.getrandbits(size)]
    for i, control in enumerate(controls):
        reg, other, rm = three(f, size, i % 3 == 0)
        value = f.rng.choice([f.value(size), f.rng.getrandbits(size), f.rng.getrandbits(size) | 1 << (size - 1)])
        c = f.case(f"{name}.{size}").operand(rm, size, value).set(other, size, control)
        c.emit(vex(op, reg, other, rm, size, pp), undefined)


def masked(f, name, size):
    pp, op, undefined = MASKED[name]
    for i in range(12):
        reg, other, rm = three(f, size, i % 3 == 0)
        c = f.case(f"{name}.{size}").operand(rm, size, f.value(size) if i % 2 else f.rng.getrandbits(size))
        c.set(other, size, f.rng.choice([f.value(size), f.rng.getrandbits(size)]))
        c.emit(vex(op, reg, other, rm, size, pp), undefined)


def lowest(f, name, size):
    digit, undefined = LOWEST[name]
    for i, value in enumerate([0, 1, 1 << (size - 1), *f.values(size, 6), f.rng.getrandbits(size)]):
        _, other, rm = three(f, size, i % 3 == 0)
        f.case(f"{name}.{size}").operand(rm, size, value).emit(vex(0xF3, digit, other, rm, size), undefined)


def rotates(f, size):
    for i, count in enumerate((0, 1, 5, size - 1, size, size + 3, 0xFF)):
        reg, _, rm = three(f, size, i % 3 == 0)
        c = f.case(f"rorx.{size}").operand(rm, size, f.rng.getrandbits(size))
        c.emit(vex(0xF0, reg, 0, rm, size, PF2, 3, little(count, 8)))


def products(f, size):
    for i in range(12):
        reg, other, rm = three(f, size, i % 3 == 0)
        c = f.case(f"mulx.{size}").operand(rm, size, f.value(size))
        if not isinstance(rm, Mem) or RDX not in rm.registers():
            c.set(RDX, size, f.value(size))
        c.emit(vex(0xF6, reg, other, rm, size, PF2))
    c = f.case(f"mulx.one{size}").set(RDX, size, f.rng.getrandbits(size)).set(RCX, size, f.rng.getrandbits(size))
    c.emit(vex(0xF6, RAX, RAX, RCX, size, PF2))
    c = f.case(f"mulx.rdx{size}").set(RDX, size, f.rng.getrandbits(size))
    c.emit(vex(0xF6, RDX, RCX, RDX, size, PF2))


def all_vex():
    """(name, pp, map, opcode, ModRM.reg or None, immediate, has vvvv, undefined flags)"""
    for name, (pp, op, undefined) in [*CONTROLLED.items(), *MASKED.items()]:
        yield name, pp, 2, op, None, b"", True, undefined
    for name, (digit, undefined) in LOWEST.items():
        yield name, NONE, 2, 0xF3, digit, b"", True, undefined
    yield "rorx", PF2, 3, 0xF0, None, b"\x05", False, 0
    yield "mulx", PF2, 2, 0xF6, None, b"", True, 0


def vex_fields(f):
    """VEX.L = 1, a vvvv that names nothing, prefixes that may not precede; outside 64-bit mode W, B and the top of vvvv
    count for nothing."""
    for name, pp, opmap, op, digit, imm, has_vvvv, undefined in all_vex():
        reg, vvvv = RAX if digit is None else digit, RBX if has_vvvv else 0
        for size in sizes(f):
            f.case(f"{name}.l1").emit(vex(op, reg, vvvv, RCX, size, pp, opmap, imm, length=1))
        for prefix in (b"\x66", b"\xf2", b"\xf3", b"\xf0") + (() if f.compat else (b"\x48", b"\x40")):
            f.case(f"{name}.prefix").emit(vex(op, reg, vvvv, RCX, 32, pp, opmap, imm, prefix=prefix))
        f.case(f"{name}.segment").emit(vex(op, reg, vvvv, RCX, 32, pp, opmap, imm, prefix=b"\x2e"), undefined)
        if not has_vvvv:
            f.case(f"{name}.vvvv").emit(vex(op, reg, 3, RCX, 32, pp, opmap, imm))
        if f.compat:
            f.case(f"{name}.w1").emit(vex(op, reg, vvvv, RCX, 32, pp, opmap, imm, w=1), undefined)
            f.case(f"{name}.b0").emit(vex(op, reg, vvvv, RCX | 8, 32, pp, opmap, imm), undefined)
            f.case(f"{name}.vvvv3").emit(vex(op, reg, vvvv | 8, RCX, 32, pp, opmap, imm), undefined if has_vvvv else 0)
    for digit in (0, 4, 5, 6, 7):
        f.case("group17").emit(vex(0xF3, digit, RBX, RCX, 32))
    for op, pp in ((0xF2, P66), (0xF2, PF3), (0xF3, P66), (0xF5, P66), (0xF6, NONE), (0xF6, P66)):
        f.case("vex.pp").emit(vex(op, RAX, RBX, RCX, 32, pp))


def other_prefixes(f):
    """LOCK is #UD; of F2 and F3 the last counts, 66h chooses 16 bits; MOVBE has no register form; B8h without F3 is
    none at all."""
    for code in codes("f0f30fb8c1 f0f30fbcc1 f0f30fbdc1 f0660f38f6c1 f0f30f38f6c1 f00f38f003 0fb8c1 660fb8c1 f20fb8c1 "
                      "0f38f0c1 0f38f1c1 0f38f6c1 f20f38f6c1 f30f38f003 f30f38f103"):
        f.case("ud").set(RBX, 32 if f.compat else 64, DATA).emit(code)
    for code in codes("f2f30fb8c1 66f30fb8c1 f3660fb8c1"):
        f.case("popcnt.prefix").emit(code)
    for code in codes("f2f30fbcc1 66f30fbcc1 f3660fbdc1 f2f30fbdc1"):
        f.case("zeroes.prefix").emit(code, flags.COUNT_ZEROES)
    for code in codes("f3f20fbcc1 f3f20fbdc1"):
        f.case("scan.prefix").emit(code, flags.BIT_SCAN)
    for code in codes("66f30f38f6c1 f3660f38f6c1"):
        f.case("adox.prefix").emit(code)


def faults(f):
    """The operand is read whole, before anything is written."""
    mem = Mem(RBX, **({"addr": 32, "native": 32} if f.compat else {}))
    for target in (0x112000, 0x111FFE):
        for code in (encode(b"\x0f\xb8", RCX, mem, 32, mandatory=b"\xf3"),
                     encode(b"\x0f\x38\xf6", RCX, mem, 32, mandatory=b"\x66"),
                     vex(0xF2, RCX, RAX, mem, 32), vex(0xF3, 3, RCX, mem, 32), vex(0xF6, RCX, RAX, mem, 32, PF2),
                     vex(0xF0, RCX, 0, mem, 32, PF2, 3, b"\1"), vex(0xF5, RCX, RAX, mem, 32, PF3)):
            f.case("fault").aim(mem, target).emit(code)


def generate(f):
    for name in COUNTS:
        for size in f.wide:
            counts(f, name, size)
    for size in f.wide:
        swaps(f, size)
    for size in sizes(f):
        carries(f, "adcx", b"\x66", size)
        carries(f, "adox", b"\xf3", size)
        for name in CONTROLLED:
            controlled(f, name, size)
        for name in MASKED:
            masked(f, name, size)
        for name in LOWEST:
            lowest(f, name, size)
        rotates(f, size)
        products(f, size)
    vex_fields(f)
    other_prefixes(f)
    faults(f)
