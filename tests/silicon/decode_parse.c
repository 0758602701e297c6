/* decode_parse.c - the parts of an instruction, as far as opcode and ModRM [SDM vol. 2, 2.1, 2.3; APM vol. 3, 1.1]. */
#include <string.h>

#include "decode.h"

enum { LOOKAHEAD = 6 }; /* bytes behind the prefixes that are looked at */

static bool take_prefix(struct parsed *p, uint8_t byte)
{
	switch (byte) {
	case 0x66:
		p->operand16 = true;
		return true;
	case 0x67:
		p->address = true;
		return true;
	case 0xf0:
		p->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		p->repne = byte == 0xf2;
		p->rep = byte == 0xf3;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
		return true;
	default:
		return false;
	}
}

/* REX counts only in front of the opcode. */
static unsigned take_prefixes(struct parsed *p, const uint8_t *bytes, unsigned code_size)
{
	unsigned i = 0;
	for (; i < TEST_BYTES; i++) {
		bool rex = code_size == 64 && (bytes[i] & 0xf0) == 0x40;
		if (!rex && !take_prefix(p, bytes[i]))
			break;
		p->rex = rex;
		p->rex_w = rex && (bytes[i] & 8);
	}
	return i;
}

/* C5, C4, 62 and 8F are prefixes in 64-bit mode, or where a ModRM with mod 3 would follow; 8F only with a map that
 * POP's ModRM cannot be. */
static enum encoding encoding_of(const uint8_t *bytes, unsigned code_size)
{
	bool vector = code_size == 64 || bytes[1] >= 0xc0;
	if (vector && (bytes[0] | 1) == 0xc5)
		return VEX;
	if (vector && bytes[0] == 0x62)
		return EVEX;
	return bytes[0] == 0x8f && (bytes[1] & 0x1f) >= 8 ? XOP : LEGACY;
}

/* The last byte of the prefix holds vvvv, L and pp; that of EVEX has another order, which no row looks at. */
static unsigned take_vector_prefix(struct parsed *p, const uint8_t *bytes)
{
	bool two = p->encoding == VEX && bytes[0] == 0xc5;
	const uint8_t last = bytes[two ? 1 : 2];
	p->map = two ? 1 : bytes[1] & 0x1f;
	p->w = !two && last >> 7;
	p->vvvv = ~last >> 3 & 15;
	p->l = last >> 2 & 1;
	p->pp = last & 3;
	return two ? 2 : p->encoding == EVEX ? 4 : 3;
}

static unsigned take_escape(struct parsed *p, const uint8_t *bytes)
{
	if (bytes[0] != 0x0f)
		return 0;
	p->map = bytes[1] == 0x38 ? 2 : bytes[1] == 0x3a ? 3 : 1;
	return p->map == 1 ? 1 : 2;
}

/* What lies behind the last byte counts as 0: such an instruction is too long. */
struct parsed decode_parse(const uint8_t *bytes, unsigned code_size)
{
	struct parsed p = { .encoding = LEGACY };
	uint8_t padded[TEST_BYTES + LOOKAHEAD] = { 0 };
	memcpy(padded, bytes, TEST_BYTES);
	const uint8_t *at = padded + take_prefixes(&p, padded, code_size);
	p.encoding = (uint8_t)encoding_of(at, code_size);
	at += p.encoding == LEGACY ? take_escape(&p, at) : take_vector_prefix(&p, at);
	p.opcode = at[0];
	p.modrm = at[1];
	p.memory = p.modrm < 0xc0;
	p.reg = p.modrm >> 3 & 7;
	p.rm = p.modrm & 7;
	return p;
}
