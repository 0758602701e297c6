"""LOCK where it may stand and where it may not, prefixes in odd orders and numbers, hints and fences, what is #UD."""
from . import flags
from .case import DATA
from .encode import RAX, RBX, RCX, RDX, Mem, codes, encode, little

LOCK = b"\xf0"
RSI = 6


def mem(f):
    return Mem(RSI, addr=32, native=32) if f.compat else Mem(RSI)


def lockable(f):
    """(name, opcode, digit or None for a register operand, immediate bytes, undefined flags)"""
    names = ["add", "or", "adc", "sbb", "and", "sub", "xor"]
    for i, name in enumerate(names):
        undefined = flags.LOGIC if name in ("or", "and", "xor") else 0
        yield name, 8 * i, None, 0, undefined
        yield name + ".imm", 0x80, i, -1, undefined
    for name, op, digit in (("inc", 0xFE, 0), ("dec", 0xFE, 1), ("not", 0xF6, 2), ("neg", 0xF6, 3)):
        yield name, op, digit, 0, 0
    yield "xchg", 0x86, None, 0, 0


def locked(f):
    for name, op, digit, imm, undefined in lockable(f):
        for size in f.sizes:
            opcode = bytes([op + (size != 8)])
            bytes_behind = little(f.value(min(size, 32)), min(size, 32)) if imm else b""
            c = f.case(f"lock.{name}{size}").operand(mem(f), size, f.value(size)).set(RCX, size, f.value(size))
            c.emit(encode(opcode, RCX if digit is None else digit, mem(f), size, bytes_behind, LOCK, byte_reg=False),
                   undefined)
    for size in f.wide:
        for i, name in enumerate(["bts", "btr", "btc"]):
            c = f.case(f"lock.{name}{size}").set(RCX, size, f.rng.randrange(-64, 64)).aim(mem(f), DATA)
            c.emit(encode(bytes([0x0F, 0xAB + 8 * i]), RCX, mem(f), size, prefix=LOCK), flags.BIT_TEST)
            c = f.case(f"lock.{name}{size}.imm").aim(mem(f), DATA)
            c.emit(encode(b"\x0f\xba", 5 + i, mem(f), size, b"\x05", LOCK), flags.BIT_TEST)


def locked_exchanges(f):
    for size in f.sizes:
        wide = size != 8
        c = f.case(f"lock.xadd{size}").operand(mem(f), size, f.value(size)).set(RCX, size, f.value(size))
        c.emit(encode(bytes([0x0F, 0xC0 + wide]), RCX, mem(f), size, prefix=LOCK))
        c = f.case(f"lock.cmpxchg{size}").operand(mem(f), size, 5).set(RAX, size, 5)
        c.emit(encode(bytes([0x0F, 0xB0 + wide]), RCX, mem(f), size, prefix=LOCK))
    for size in f.wide[1:]:
        c = f.case(f"lock.cmpxchg{2 * size // 8}b").aim(mem(f), DATA).set(RBX, size, 1).set(RDX, size, 0)
        c.emit(encode(b"\x0f\xc7", 1, mem(f), size, prefix=LOCK))
        c = f.case(f"lock.cmpxchg{2 * size // 8}b.fault").aim(mem(f), 0x113000)
        c.emit(encode(b"\x0f\xc7", 1, mem(f), size, prefix=LOCK))
    for target in (0x111FFE, 0x113000, 0x112000):
        c = f.case("lock.add.fault").aim(mem(f), target)
        c.emit(encode(b"\x01", RCX, mem(f), 32, prefix=LOCK))


def lock_refused(f):
    """#UD: a register as destination, or an instruction that LOCK may not precede."""
    for opcode, reg in ((b"\x01", 0), (b"\x81", 0), (b"\x83", 4), (b"\xff", 0), (b"\xf7", 3), (b"\x87", 0),
                        (b"\x0f\xc1", 0), (b"\x0f\xb1", 0), (b"\x0f\xab", 0)):
        imm = {b"\x81": 4, b"\x83": 1}.get(opcode, 0)
        f.case("lock.register").emit(encode(opcode, reg, RDX, 32, b"\1" * imm, LOCK))
    memory = [("03", 0, 0), ("39", 0, 0), ("85", 0, 0), ("81", 7, 4), ("89", 0, 0), ("8b", 0, 0), ("c7", 0, 4),
              ("8d", 0, 0), ("0fa3", 0, 0), ("0fba", 4, 1), ("d1", 4, 0), ("c1", 0, 1), ("f7", 0, 4), ("f7", 4, 0),
              ("f7", 6, 0), ("0fa5", 0, 0), ("0faf", 0, 0), ("0fb6", 0, 0), ("ff", 2, 0), ("ff", 4, 0), ("ff", 6, 0),
              ("8f", 0, 0), ("0f94", 0, 0), ("0f44", 0, 0), ("0f1f", 0, 0), ("0fbc", 0, 0)]
    for opcode, reg, imm in memory:
        c = f.case("lock.memory").aim(mem(f), DATA)
        c.emit(encode(bytes.fromhex(opcode), reg, mem(f), 32, b"\1" * imm, LOCK))
    for code in codes("90 50 58 9c 9d a4 ab c3 c9 e800000000 eb00 7400 98 99 f8 fc 9e d7 b801000000 0fc8 c8000000 "
                      "0faef0 e200"):
        f.case("lock.other").emit(LOCK + code)
    for opcode in (b"\x39", b"\x0f\xa3"):  # #UD wins over the fault of the operand
        f.case("lock.absent").aim(mem(f), 0x112000).emit(encode(opcode, 0, mem(f), 32, prefix=LOCK))


def lengths(f):
    """Fifteen bytes are an instruction, sixteen are #GP(0)."""
    f.case("length.15").emit(b"\x66" * 14 + b"\x90")
    f.case("length.16").emit(b"\x66" * 15 + b"\x90")
    f.case("length.15.seg").emit(b"\x2e" * 13 + b"\x01\xc8")
    f.case("length.16.seg").emit(b"\x2e" * 14 + b"\x01\xc8")
    f.case("length.15.rep").emit(b"\xf3" * 14 + b"\x90")
    f.case("length.all-prefixes").emit(b"\x66" * 16)
    f.case("length.16.ud").emit(b"\x66" * 14 + b"\x0f\x0b")
    c = f.case("length.cut").aim(mem(f), DATA)
    c.emit(b"\x2e" * 9 + encode(b"\xc7", 0, mem(f), 32, b"\1\2\3\4"))
    c = f.case("length.cut").aim(mem(f), DATA)
    c.emit(b"\x2e" * 10 + encode(b"\xc7", 0, mem(f), 32, b"\1\2\3\4"))


def at_the_end(f):
    """Instructions that end with the page, and that reach into the next, which is not there."""
    for code in codes("90 01c8 0501020304 0f1f440000"):
        c = f.case("end.fits")
        c.rip = 0x102000 - len(code)
        c.emit(code)
    for code in codes("01 05010203 0f 66 81c0 0f1f84"):
        c = f.case("end.cut")
        c.rip = 0x102000 - len(code)
        c.emit(code)
    c = f.case("end.between-pages")
    c.rip = 0x100FFE
    c.emit(b"\x05\1\2\3\4")


def orders(f):
    """REX counts only right before the opcode; of several REX the last; of several segments the last."""
    if not f.compat:
        for code in codes("486601c8 664801c8 414801c8 484001c8 482e01c8 4f01c8 48f201c8 4090 4890 664190 4990"):
            f.case("order.rex").emit(code)
    for code in codes("6465 6564 643e 3e64 642e 2e3665"):
        seg_last = "fs" if code[-1] == 0x64 else "gs" if code[-1] == 0x65 else None
        target = {"fs": 0x20, "gs": 0x28, None: DATA}[seg_last]
        if not f.compat and seg_last is None:
            target = 0x20 if 0x64 in code else 0x28  # a null prefix does not take FS or GS back
        f.case("order.segment").set(RSI, 32 if f.compat else 64, target).emit(code + b"\x8b\x06")
    for prefix in (b"\xf2", b"\xf3", b"\x66\xf3", b"\xf2\xf3", b"\x3e", b"\x2e", b"\x67", b"\x66\x66", b"\x67\x67"):
        f.case("prefix.add").emit(prefix + b"\x01\xc8")
        f.case("prefix.nop").emit(prefix + b"\x0f\x1f\xc0")
        f.case("prefix.mov").emit(prefix + b"\x88\xc8")


def hints(f):
    """NOP of all lengths, PAUSE, ENDBR, hint NOPs and prefetches: no access, no fault, no change."""
    absent = 0x112000
    for code in codes("90 6690 0f1f00 0f1f4000 0f1f440000 660f1f440000 0f1f8000000000 0f1f840000000000 "
                      "660f1f840000000000 662e0f1f840000000000 66662e0f1f840000000000 f390 f30f1efa f30f1efb 0f1fc8 "
                      "0f19c0 0f1dc0 0f1ec1"):
        f.case("nop").set(RAX, 32, absent).emit(code)
    for digit in range(8):
        f.case("nop.hint").set(RSI, 32 if f.compat else 64, absent).emit(encode(b"\x0f\x1f", digit, mem(f), 32))
        if digit < 4:
            f.case("prefetch").aim(mem(f), absent).emit(encode(b"\x0f\x18", digit, mem(f), 32))
    f.case("prefetchw").aim(mem(f), absent).emit(encode(b"\x0f\x0d", 1, mem(f), 32))
    for name, code in (("lfence", b"\x0f\xae\xe8"), ("mfence", b"\x0f\xae\xf0"), ("sfence", b"\x0f\xae\xf8")):
        f.case(name).emit(code)
    f.case("clflush").aim(mem(f), DATA).emit(encode(b"\x0f\xae", 7, mem(f), 32))
    f.case("clflush.absent").aim(mem(f), absent).emit(encode(b"\x0f\xae", 7, mem(f), 32))
    f.case("clflush.read-only").aim(mem(f), 0x113040).emit(encode(b"\x0f\xae", 7, mem(f), 32))


def undefined_opcodes(f):
    for code in codes("0f0b 0fb9c0 0fffc0 0f04 0f0a 0f0c 0f25c0 0f27c0 0fa6c0 0fa7c0 8dc0 fed0 fef8 fff8 c6c801 "
                      "c7c801020304 0fbac001 0fbad801 0fc7c8 ffd8 ffe8 0fb2c1 0fb4c1"):
        f.case("ud").emit(code)
    if f.compat:
        return
    for code in codes("06 07 0e 16 17 1e 1f 27 2f 37 3f 60 61 82c001 9a010203040506 ce d40a d50a d6 ea010203040506"):
        f.case("ud.64-bit-mode").emit(code)


def privileged(f):
    """#GP(0) at CPL 3 (and IOPL 0)."""
    for code in codes("f4 fa fb ec ee e460 e660 0f06 0f08 0f09 0f20c0 0f22c0 0f21c0 0f23c0 0f30 0f32 6c 6e 0f01f0"):
        f.case("privileged").set(RCX, 32, 0x10).emit(code)


def generate(f):
    locked(f)
    locked_exchanges(f)
    lock_refused(f)
    lengths(f)
    at_the_end(f)
    orders(f)
    hints(f)
    undefined_opcodes(f)
    privileged(f)
