"""Flags that the manual leaves undefined: the cases must not depend on what this host's processor does with them.

Each row is taken from the section "Flags Affected" of the instruction in the SDM, vol. 2.
"""
CF, PF, AF, ZF, SF, DF, OF = 0x1, 0x4, 0x10, 0x40, 0x80, 0x400, 0x800
ARITHMETIC = CF | PF | AF | ZF | SF | OF

# "... The state of the AF flag is undefined."
LOGIC = AF
# MUL, IMUL: "The OF and CF flags are set ... the SF, ZF, AF, and PF flags are undefined."
MULTIPLY = SF | ZF | AF | PF
# DIV, IDIV: "The CF, OF, SF, ZF, AF, and PF flags are undefined."
DIVIDE = ARITHMETIC
# BT, BTS, BTR, BTC: "The ZF flag is unaffected ... The OF, SF, AF, and PF flags are undefined."
BIT_TEST = OF | SF | AF | PF
# BSF, BSR: "The CF, OF, SF, AF, and PF flags are undefined."
BIT_SCAN = CF | OF | SF | AF | PF
# LZCNT, TZCNT: "OF, SF, PF, and AF flags are undefined."
COUNT_ZEROES = OF | SF | PF | AF
# ANDN, BLSI, BLSMSK, BLSR, BZHI: "AF and PF flags are undefined."
BMI = AF | PF
# BEXTR: "The AF, SF, and PF flags are undefined."
BEXTR = AF | SF | PF
# AAA, AAS: "The OF, SF, ZF, and PF flags are undefined."
AAA = OF | SF | ZF | PF
# AAD, AAM: "The OF, AF, and CF flags are undefined."
AAD = OF | AF | CF
# DAA, DAS: "The OF flag is undefined."
DAA = OF


def rotate(count, size):
    """RCL/RCR/ROL/ROR: masked count 0: no flag affected; "The OF flag ... is undefined for multi-bit rotates"."""
    count &= 63 if size == 64 else 31
    return OF if count > 1 else 0


def shift(count, size, arithmetic):
    """SAL/SAR/SHL/SHR: count 0: no flag affected; AF undefined; OF only for 1-bit shifts; "The CF flag ... is
    undefined for SHL and SHR instructions where the count is greater than or equal to the size (in bits) of the
    destination"."""
    count &= 63 if size == 64 else 31
    if count == 0:
        return 0
    undefined = AF if count == 1 else AF | OF
    return undefined | CF if count >= size and not arithmetic else undefined


def double_shift(count, size):
    """SHLD, SHRD: count 0: no flag affected; AF undefined; OF for counts above 1; count above the operand size: all
    (and the destination)."""
    count &= 63 if size == 64 else 31
    if count == 0:
        return 0
    if count > size:
        return ARITHMETIC
    return AF if count == 1 else AF | OF
