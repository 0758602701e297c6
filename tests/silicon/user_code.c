/* user_code.c - random instructions that look at selectors, stacks, privilege and limits. */
#include "user.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum operand { NO_OPERAND, MEM, MEM_OR_REG, REG, IMM8, IMM16, IMM_FULL, REL8, FAR_POINTER, ENTER_OPERANDS };
enum { WIDE = 1, LEGACY = 2, ALL = 3 };

struct form {
	uint8_t opcode[4], size; /* with the mandatory prefix, or VEX */
	uint8_t modes, operand;
	uint8_t first, last; /* ModRM.reg */
};

static const struct form forms[] = {
	{ { 0xcf }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xcf }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xcf }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xcb }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xcb }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xca }, 1, ALL, IMM16, 0, 0 },
	{ { 0xff }, 1, ALL, MEM, 3, 3 },
	{ { 0xff }, 1, ALL, MEM, 5, 5 },
	{ { 0x9a }, 1, ALL, FAR_POINTER, 0, 0 },
	{ { 0xea }, 1, ALL, FAR_POINTER, 0, 0 },
	{ { 0xcd }, 1, ALL, IMM8, 0, 0 },
	{ { 0xcc }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xce }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xf1 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x8e }, 1, ALL, MEM_OR_REG, 0, 5 },
	{ { 0x8e }, 1, ALL, MEM_OR_REG, 0, 7 },
	{ { 0x8e }, 1, ALL, MEM_OR_REG, 2, 2 },
	{ { 0x07 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x17 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x1f }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0xa1 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0xa9 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0xb2 }, 2, ALL, MEM, 0, 7 },
	{ { 0x0f, 0xb4 }, 2, ALL, MEM, 0, 7 },
	{ { 0x0f, 0xb5 }, 2, ALL, MEM, 0, 7 },
	{ { 0xc4 }, 1, LEGACY, MEM, 0, 7 },
	{ { 0xc5 }, 1, LEGACY, MEM, 0, 7 },
	{ { 0x0f, 0x02 }, 2, ALL, MEM_OR_REG, 0, 7 },
	{ { 0x0f, 0x03 }, 2, ALL, MEM_OR_REG, 0, 7 },
	{ { 0x0f, 0x00 }, 2, ALL, MEM_OR_REG, 2, 7 },
	{ { 0x0f, 0x00 }, 2, ALL, MEM_OR_REG, 4, 5 },
	{ { 0x0f, 0x01, 0xf8 }, 3, ALL, NO_OPERAND, 0, 0 },
	{ { 0x9c }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x9d }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x9d }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xc8 }, 1, ALL, ENTER_OPERANDS, 0, 0 },
	{ { 0xc9 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x50 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x58 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x5c }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x06 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0e }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0xa0 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0xa8 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x8c }, 1, ALL, MEM_OR_REG, 0, 7 },
	{ { 0x8b }, 1, ALL, MEM, 0, 7 },
	{ { 0x89 }, 1, ALL, MEM, 0, 7 },
	{ { 0x88 }, 1, ALL, MEM, 0, 7 },
	{ { 0xa4 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xa5 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xaa }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xab }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xad }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xa7 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xaf }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xf4 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xfa }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xfb }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0x06 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0x20 }, 2, ALL, REG, 0, 7 },
	{ { 0x0f, 0x22 }, 2, ALL, REG, 0, 7 },
	{ { 0x0f, 0x21 }, 2, ALL, REG, 0, 7 },
	{ { 0x0f, 0x23 }, 2, ALL, REG, 0, 7 },
	{ { 0x0f, 0x30 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0x32 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0x35 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0x07 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0xec }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x6d }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x60 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x61 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x62 }, 1, LEGACY, MEM, 0, 7 },
	{ { 0x63 }, 1, LEGACY, MEM_OR_REG, 0, 7 },
	{ { 0xeb }, 1, ALL, REL8, 0, 0 },
	{ { 0xe3 }, 1, ALL, REL8, 0, 0 },
	{ { 0xe2 }, 1, ALL, REL8, 0, 0 },
	{ { 0xe8 }, 1, ALL, IMM_FULL, 0, 0 },
	{ { 0xc2 }, 1, ALL, IMM16, 0, 0 },
	{ { 0xc3 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0xff }, 1, ALL, MEM, 2, 2 },
	{ { 0xff }, 1, ALL, MEM_OR_REG, 4, 7 },
	{ { 0x8f }, 1, ALL, MEM, 0, 0 },
	{ { 0xd7 }, 1, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0xc7 }, 2, ALL, MEM, 1, 1 },
	{ { 0x0f, 0x0b }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x0f, 0x01 }, 2, ALL, MEM, 2, 3 },
	{ { 0x0f, 0x01 }, 2, ALL, MEM, 6, 7 },
	{ { 0x0f, 0x08 }, 2, ALL, NO_OPERAND, 0, 0 },
	{ { 0x87 }, 1, ALL, MEM, 0, 7 },
	{ { 0xcd }, 1, ALL, IMM8, 0, 0 },
	{ { 0xf3, 0x0f, 0xb8 }, 3, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xf3, 0x0f, 0xbc }, 3, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xf3, 0x0f, 0xbd }, 3, ALL, MEM_OR_REG, 0, 7 },
	{ { 0x66, 0x0f, 0x38, 0xf6 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xf3, 0x0f, 0x38, 0xf6 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0x0f, 0x38, 0xf0 }, 3, ALL, MEM, 0, 7 },
	{ { 0x0f, 0x38, 0xf1 }, 3, ALL, MEM, 0, 7 },
	{ { 0xc4, 0xe2, 0x70, 0xf2 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0xf0, 0xf3 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0x70, 0xf5 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0xf3, 0xf5 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0x72, 0xf5 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0xf3, 0xf6 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0x70, 0xf7 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0xf1, 0xf7 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0x72, 0xf7 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xe2, 0x74, 0xf7 }, 4, ALL, MEM_OR_REG, 0, 7 },
	{ { 0xc4, 0xc2, 0x73, 0xf7 }, 4, ALL, MEM_OR_REG, 0, 7 },
};

struct writer {
	uint8_t *at;
	unsigned bits;      /* of the code segment */
	bool small_address; /* 16-bit addressing */
	bool small_operand;
};

static void put(struct writer *w, uint64_t value, unsigned size)
{
	put_le(w->at, size, value);
	w->at += size;
}

/* [rBX], [rBP+0], [rSP]; with 16-bit addresses [BX], [BP+0], [SI]. */
static void put_memory(struct writer *w, struct random *r, unsigned reg)
{
	unsigned which = random_below(r, 5), mod_rm = reg << 3;
	if (which == 0) {
		put(w, mod_rm | (w->small_address ? 0x46 : 0x45), 1);
		put(w, 0, 1);
	} else if (which == 1) {
		put(w, mod_rm | 4, 1);
		if (!w->small_address)
			put(w, 0x24, 1);
	} else {
		put(w, mod_rm | (w->small_address ? 7 : 3), 1);
	}
}

static void put_operand(struct writer *w, struct random *r, const struct form *f)
{
	static const uint8_t vectors[] = { 0, 1, 3, 4, 8, 0xd, 0xe, 0x20, 0x81, 0xff };
	unsigned reg = f->first + random_below(r, f->last - f->first + 1u);
	bool memory = f->operand == MEM || (f->operand == MEM_OR_REG && random_one_in(r, 2));
	if (memory)
		put_memory(w, r, reg);
	else if (f->operand == MEM_OR_REG || f->operand == REG)
		put(w, 0xc0 | reg << 3 | random_below(r, 8), 1);
	else if (f->operand == IMM8)
		put(w, vectors[random_below(r, COUNT(vectors))], 1);
	else if (f->operand == REL8)
		put(w, 0x10 + random_below(r, 0x30), 1);
	else if (f->operand == IMM16)
		put(w, random_below(r, 4) * 4, 2);
	else if (f->operand == IMM_FULL)
		put(w, 0x40, w->small_operand && w->bits != 64 ? 2 : 4);
	else if (f->operand == FAR_POINTER)
		put(w, random_target(r), w->small_operand ? 2 : 4), put(w, random_selector(r), 2);
	else if (f->operand == ENTER_OPERANDS)
		put(w, random_below(r, 0x20), 2), put(w, random_one_in(r, 2) ? 0 : random_below(r, 5), 1);
}

static void put_prefixes(struct writer *w, struct random *r, const struct form *f)
{
	static const uint8_t segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	bool operand = random_one_in(r, 5), address = w->bits == 16 || random_one_in(r, 10);
	bool near = f->operand == REL8 || f->operand == IMM_FULL || f->opcode[0] == 0xc2 || f->opcode[0] == 0xc3;
	if (w->bits == 64 && near)
		operand = false; /* whether 66h counts there is the vendor's */
	if (random_one_in(r, 5))
		put(w, segments[random_below(r, COUNT(segments))], 1);
	if (operand)
		put(w, 0x66, 1);
	if (address)
		put(w, 0x67, 1);
	if (random_one_in(r, 30))
		put(w, 0xf0, 1);
	if ((f->opcode[0] >= 0xa4 && f->opcode[0] <= 0xaf && random_one_in(r, 2)) || random_one_in(r, 40))
		put(w, 0xf2 + random_below(r, 2), 1);
	if (w->bits == 64 && random_one_in(r, 3))
		put(w, random_one_in(r, 4) ? 0x40 + random_below(r, 16) : 0x48, 1);
	w->small_operand = (w->bits == 16) != operand;
	w->small_address = w->bits == 32 ? address : w->bits == 16 && !address;
}

void user_make_instruction(struct random *r, struct user_test *t, unsigned index)
{
	unsigned bits = t->sel[SEG_CS] == 0x33 ? 64 : t->sel[SEG_CS] == LDT_CODE16_SEL ? 16 : 32;
	const struct form *f;
	unsigned start = user_code_size(t);
	struct writer w = { .at = t->code + start, .bits = bits };
	do
		f = &forms[random_below(r, COUNT(forms))];
	while (!(f->modes & (bits == 64 ? WIDE : LEGACY)));
	put_prefixes(&w, r, f);
	put(&w, f->opcode[0], 1);
	for (unsigned i = 1; i < f->size; i++)
		put(&w, f->opcode[i], 1);
	put_operand(&w, r, f);
	t->length[index] = (uint8_t)(w.at - t->code - start);
}
