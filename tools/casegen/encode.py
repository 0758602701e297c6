"""Instruction bytes. Forms are spelled out by hand: an assembler would always choose the same one of several."""

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI = range(8)
AH, CH, DH, BH = 20, 21, 22, 23  # byte registers that exist only without REX
MASK = {8: 0xFF, 16: 0xFFFF, 32: 0xFFFFFFFF, 64: 0xFFFFFFFFFFFFFFFF}
SEGMENT_PREFIX = {"es": 0x26, "cs": 0x2E, "ss": 0x36, "ds": 0x3E, "fs": 0x64, "gs": 0x65}
SEGMENT_BASE = {"fs": 0x116000, "gs": 0x117000}


def little(value, bits):
    return (value & MASK[bits]).to_bytes(bits // 8, "little")


def signed(value, bits):
    value &= MASK[bits]
    return value - (1 << bits) if value >> (bits - 1) else value


def codes(text):
    """Bytes of several instructions from hex words."""
    return [bytes.fromhex(word) for word in text.split()]


class Mem:
    """A memory operand. `width` is that of its displacement in bits, 0 for the shortest; `addr` is the address size,
    `native` the one that needs no 67h."""

    def __init__(self, base=None, index=None, scale=1, disp=0, width=0, rip=False, addr=64, native=64, seg=None,
                 sib=False):
        self.base, self.index, self.scale, self.disp, self.width = base, index, scale, disp, width
        self.rip, self.addr, self.native, self.seg, self.sib = rip, addr, native, seg, sib

    def registers(self):
        return {r for r in (self.base, self.index) if r is not None}

    def encode(self):
        """mod, the bytes behind ModRM with rm first, REX.X, REX.B"""
        if self.rip:
            return 0, 5, b"", little(self.disp, 32), 0, 0
        x = (self.index or 0) >> 3
        b = (self.base or 0) >> 3
        mod, disp = self.displacement()
        if self.base is None or self.index is not None or self.base & 7 == 4 or self.sib:
            index = 4 if self.index is None else self.index & 7
            base = 5 if self.base is None else self.base & 7
            scale = {1: 0, 2: 1, 4: 2, 8: 3}[self.scale]
            return mod, 4, bytes([scale << 6 | index << 3 | base]), disp, x, b
        return mod, self.base & 7, b"", disp, x, b

    def displacement(self):
        if self.base is None:
            return 0, little(self.disp, 32)
        width = self.width
        if not width and (self.disp or self.base & 7 == 5):
            width = 8 if -128 <= self.disp < 128 else 32
        return {0: 0, 8: 1, 32: 2}[width], little(self.disp, width) if width else b""


def encode(opcode, reg=0, rm=0, size=32, imm=b"", prefix=b"", rex=0, force_rex=False, byte_reg=None, byte_rm=None,
           mandatory=b""):
    """prefixes, REX, opcode, ModRM, SIB, displacement, immediate. `opcode` is bytes."""
    byte_reg = size == 8 if byte_reg is None else byte_reg
    byte_rm = size == 8 if byte_rm is None else byte_rm
    out = bytearray(prefix)
    if size == 16:
        out.append(0x66)
    if size == 64:
        rex |= 8
    if isinstance(rm, Mem):
        if rm.seg:
            out.append(SEGMENT_PREFIX[rm.seg])
        if rm.addr != rm.native:
            out.append(0x67)
        mod, low, sib, disp, x, b = rm.encode()
        rex |= x << 1 | b
    else:
        mod, sib, disp = 3, b"", b""
        low, rex = plain(rm, rex, 0)
        force_rex |= byte_rm and 4 <= rm < 8
    low_reg, rex = plain(reg, rex, 2)
    force_rex |= byte_reg and 4 <= reg < 8
    out += mandatory
    if rex or force_rex:
        out.append(0x40 | rex)
    return bytes(out) + opcode + bytes([mod << 6 | low_reg << 3 | low]) + sib + disp + imm


def plain(reg, rex, shift):
    """The three bits of a register, and REX with its fourth."""
    if reg >= 20:
        return reg - 16, rex
    return reg & 7, rex | (reg >> 3) << shift


def short(opcode, reg, size=32, imm=b"", prefix=b"", default64=False):
    """Opcodes with the register in their low three bits (B8+r, 50+r, 90+r)."""
    out = bytearray(prefix)
    if size == 16:
        out.append(0x66)
    rex = (8 if size == 64 and not default64 else 0) | reg >> 3 if reg < 20 else 0
    force = size == 8 and 4 <= reg < 8
    if rex or force:
        out.append(0x40 | rex)
    return bytes(out) + opcode[:-1] + bytes([opcode[-1] + (reg - 16 if reg >= 20 else reg & 7)]) + imm


def fixed(opcode, size=32, prefix=b"", imm=b""):
    """Opcodes without operands in their bytes."""
    out = bytearray(prefix)
    if size == 16:
        out.append(0x66)
    if size == 64:
        out.append(0x48)
    return bytes(out) + opcode + imm
