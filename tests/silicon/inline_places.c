/* inline_places.c - transcendental x87 instructions: how far the processor is from the rounded result.
 *
 * The manuals promise an error of less than one unit in the last place of the exact result [SDM vol. 1, 8.3.10; APM
 * vol. 1, 6.4.5], so the processor has ringstep's result, which is the exact one rounded, or its neighbour. C1 tells
 * how the processor rounded the number that it had [SDM vol. 1, 8.1.3.3], which is not the exact one: it is left open
 * where the result is an ordinary number. Of an exact result at an edge of the format the neighbour is beyond: so there
 * are OE and UE, if masked. The other flags, PE among them, are compared. */
#include "inline.h"

enum { EXPONENT = 0x7fff, FSW_IE = 1, FSW_OE = 8, FSW_UE = 16 };

/* The register of the result that was rounded last: C1 is its. FPTAN pushes a 1 on it. -1: another row. */
static int result_register(int16_t insn)
{
	switch (insn) {
	case INSN_FSIN:
	case INSN_FCOS:
	case INSN_FSINCOS:
	case INSN_FPATAN:
	case INSN_F2XM1:
	case INSN_FYL2X:
	case INSN_FYL2XP1:
		return 0;
	case INSN_FPTAN:
		return 1;
	default:
		return -1;
	}
}

/* The representable numbers from one to the other; far apart, or of different sign: all ones. */
static uint64_t places_between(uint16_t a_exponent, uint64_t a, uint16_t b_exponent, uint64_t b)
{
	const int apart = a_exponent - b_exponent;
	if ((a_exponent ^ b_exponent) == 1 && !((a_exponent | b_exponent) & EXPONENT & ~1))
		return a > b ? a - b : b - a; /* denormals have the least normal ones' unit */
	if (apart == 0)
		return a > b ? a - b : b - a;
	if (apart == 1 && a - b + (1ull << 63) < 1ull << 63)
		return a - b + (1ull << 63);
	if (apart == -1 && b - a + (1ull << 63) < 1ull << 63)
		return b - a + (1ull << 63);
	return ~0ull;
}

static bool is_ordinary(uint64_t significand, uint16_t sign_exponent)
{
	return (sign_exponent & EXPONENT) != EXPONENT && significand;
}

/* The flags that may be there or not: at the greatest number and the least normal one. */
static uint16_t edge_flags(uint64_t significand, uint16_t sign_exponent)
{
	const unsigned exponent = sign_exponent & EXPONENT;
	if (exponent >= EXPONENT - 1)
		return places_between(EXPONENT, 1ull << 63, (uint16_t)exponent, significand) <= 1 ? FSW_OE : 0;
	return exponent <= 1 && places_between(1, 1ull << 63, (uint16_t)exponent, significand) <= 1 ? FSW_UE : 0;
}

static bool settle_registers(struct places *p, struct xsave *model, const struct xsave *native)
{
	bool settled = false;
	for (unsigned i = 0; i < 8; i++) {
		const uint64_t distance = places_between(model->st[i].sign_exponent, model->st[i].significand,
							 native->st[i].sign_exponent, native->st[i].significand);
		p->largest = distance > p->largest ? distance : p->largest;
		if (distance != 1)
			continue;
		model->st[i] = native->st[i];
		settled = true;
	}
	return settled;
}

void places_settle(struct places *p, const struct test *t, struct xsave *model, const struct xsave *native)
{
	const int result = result_register(t->form->insn);
	if (result < 0 || ((native->fsw ^ t->x.fsw) & FSW_IE))
		return;
	const uint16_t edge = edge_flags(native->st[result].significand, native->st[result].sign_exponent);
	const uint16_t open = (uint16_t)(FSW_C1 | (edge & t->x.fcw));
	if (!edge && !is_ordinary(native->st[result].significand, native->st[result].sign_exponent))
		return;
	p->compared++;
	p->apart += settle_registers(p, model, native);
	p->c1 += ((model->fsw ^ native->fsw) & FSW_C1) != 0;
	model->fsw = (uint16_t)((model->fsw & ~open) | (native->fsw & open));
}
