/* user_make.c - random states around transitions: selectors, descriptors, frames on the stack, far pointers. */
#include <string.h>

#include "user.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* splitmix64: a seed names a test for ever. */
uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned random_below(struct random *r, unsigned n)
{
	return (unsigned)(random_next(r) >> 33) % n;
}

bool random_one_in(struct random *r, unsigned n)
{
	return random_below(r, n) == 0;
}

/* ---- selectors and descriptors ------------------------------------------------------------------------------ */

static const struct slot fixed_slots[LDT_FIXED] = {
	[LDT_DATA] = { .limit = 0xfffff, .wide = true, .pages = true },
	[LDT_CODE32] = { .base = 0x100000, .limit = 0xfff, .contents = 2, .wide = true },
	[LDT_CODE16] = { .base = 0x100000, .limit = 0xffff, .contents = 2 },
	[LDT_DATA16] = { .limit = 0xfffff, .pages = true },
	[LDT_SMALL] = { .base = 0x110000, .limit = 0xff, .wide = true },
	[LDT_DOWN] = { .limit = 0x110, .contents = 1, .wide = true, .pages = true },
	[LDT_WRAP] = { .base = 0x100100, .limit = 0x1ffff, .wide = true },
	{ .limit = 0xfffff, .wide = true, .pages = true, .not_present = true },
	{ .limit = 0xfffff, .contents = 2, .wide = true, .pages = true, .not_present = true },
	{ .limit = 0xfffff, .contents = 3, .wide = true, .pages = true, .not_present = true },
	{ .limit = 0xfffff, .contents = 2, .read_execute_only = true, .wide = true, .pages = true },
	{ .limit = 0xfffff, .read_execute_only = true, .wide = true, .pages = true },
	{ .read_execute_only = true, .not_present = true },
};

static struct slot random_slot(struct random *r)
{
	static const uint32_t bases[] = { 0, 0x100000, 0x110000, 0x110f00, 0x120000, 0xfffff000 };
	static const uint32_t limits[] = { 0, 1, 7, 0xff, 0xfff, 0x110, 0x121, 0xffff, 0xfffff };
	struct slot s = { .base = bases[random_below(r, COUNT(bases))],
			  .limit = limits[random_below(r, COUNT(limits))] };
	s.contents = (uint8_t)random_below(r, 4);
	s.wide = !random_one_in(r, 3);
	s.pages = random_one_in(r, 2);
	s.not_present = s.contents == 3 || random_one_in(r, 8); /* Linux has no present conforming segment */
	s.read_execute_only = random_one_in(r, 3);
	s.available = random_one_in(r, 4);
	return s;
}

uint16_t random_selector(struct random *r)
{
	static const uint16_t known[] = { 0x23, 0x2b, 0x33, 0x23, 0x2b, 0x33, 0,    1,    2,    3,    8,    0x10,  0x18,
					  0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x58, 0x60, 0x70, 0x80, 0xfff8 };
	if (random_one_in(r, 2))
		return (uint16_t)(random_below(r, LDT_SLOTS + 1) << 3 | 4 |
				  (random_one_in(r, 5) ? random_below(r, 4) : 3));
	uint16_t sel = known[random_below(r, COUNT(known))];
	return random_one_in(r, 6) ? sel ^ (uint16_t)random_below(r, 4) : sel;
}

/* One that a load accepts now, so that the test can begin with it. */
static uint16_t data_selector(struct random *r)
{
	static const uint16_t good[] = { 0x2b,
					 0x2b,
					 0x2b,
					 LDT_DATA << 3 | 7,
					 LDT_DATA16 << 3 | 7,
					 LDT_SMALL << 3 | 7,
					 LDT_DOWN << 3 | 7,
					 LDT_WRAP << 3 | 7,
					 LDT_CODE32 << 3 | 7 };
	return good[random_below(r, COUNT(good))];
}

/* ---- numbers ------------------------------------------------------------------------------------------------ */

static uint64_t random_address(struct random *r)
{
	static const uint64_t places[] = {
		0x110100, 0x110100, 0x111000,           0x111ffc,       0x112000,
		0x113010, 0x114010, 0x116020,           0x120700,       0x121ff8,
		0x10,     0xf8,     0x100040,           0x800000000000, 0x8000000000000000,
		0,        0xffffff, 0xffff800000010000, 0x7ffffffffffc,
		0xfffc,   0xfffffffc,
	};
	return places[random_below(r, COUNT(places))] + (random_one_in(r, 3) ? random_below(r, 16) - 8u : 0);
}

static uint64_t random_stack(struct random *r)
{
	static const uint64_t places[] = { 0x120000,       0x121fff, 0x122000, 0x121fe0,    0x121fd8,
					   0x800000000000, 0x110100, 0x113800, 0x1000120800 };
	uint64_t base = random_one_in(r, 4) ? places[random_below(r, COUNT(places))] : 0x120800;
	return base + (random_one_in(r, 4) ? random_below(r, 32) - 16u : 0);
}

uint64_t random_target(struct random *r)
{
	static const uint64_t places[] = { 0x100040,       0x100040,           0x100040,   0x101fff, 0x102000,
					   0x110000,       0x114000,           0x40,       0xfff,    0x1000,
					   0x800000000000, 0xffff800000000000, 0x100100040 };
	return places[random_below(r, COUNT(places))];
}

static uint64_t random_flags(struct random *r)
{
	static const uint32_t odd[] = { FLAG_TF, FLAG_AC, FLAG_DF,  FLAG_RF,  FLAG_NT, FLAG_IOPL,
					FLAG_VM, FLAG_ID, FLAG_VIF, FLAG_VIP, FLAG_IF };
	uint64_t flags = FLAG_1 | FLAG_IF | (random_next(r) & FLAGS_ARITHMETIC);
	for (unsigned n = random_below(r, 3); n; n--)
		flags ^= odd[random_below(r, COUNT(odd))];
	return flags;
}

static uint64_t random_number(struct random *r)
{
	switch (random_below(r, 6)) {
	case 0:
		return random_selector(r);
	case 1:
		return random_next(r);
	case 2:
		return random_below(r, 16);
	default:
		return random_address(r);
	}
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static bool patch_at(struct patch *p, uint64_t address, unsigned size)
{
	static const uint32_t areas[][2] = { { 0x110000, 0x112000 }, { 0x116000, 0x118000 }, { 0x120000, 0x122000 } };
	for (size_t i = 0; i < COUNT(areas); i++)
		if (address >= areas[i][0] && address + size <= areas[i][1]) {
			p->address = (uint32_t)address;
			p->size = (uint8_t)size;
			return true;
		}
	return false;
}

/* What IRET would pop, with slots of 2, 4 or 8 bytes; a far return's frame is its beginning without the flags. */
static void make_frame(struct random *r, uint64_t rsp, struct patch *p)
{
	unsigned width = 2u << random_below(r, 3), at = 0;
	bool flags = !random_one_in(r, 4);
	uint64_t value[5] = { random_target(r), random_selector(r), random_flags(r), random_stack(r),
			      random_selector(r) };
	if (random_one_in(r, 2))
		value[4] = data_selector(r);
	if (!patch_at(p, rsp & (random_one_in(r, 8) ? UINT64_MAX : UINT32_MAX), 5 * width))
		return;
	for (unsigned i = 0; i < 5; i++)
		if (flags || i != 2)
			put_le(p->bytes + width * at++, width, value[i]);
	for (; at < 5; at++)
		put_le(p->bytes + width * at, width, random_number(r));
}

/* An offset and a selector. */
static void make_pointer(struct random *r, uint64_t address, struct patch *p)
{
	unsigned width = 2u << random_below(r, 3);
	if (!patch_at(p, address & UINT32_MAX, width + 2))
		return;
	put_le(p->bytes, width, random_one_in(r, 2) ? random_target(r) : random_number(r));
	put_le(p->bytes + width, 2, random_selector(r));
	if (random_one_in(r, 3))
		put_le(p->bytes, 2, random_selector(r));
}

/* ---- the state ---------------------------------------------------------------------------------------------- */

static void make_segments(struct random *r, struct user_test *t)
{
	static const uint16_t code[] = { 0x33, 0x33, 0x33, 0x33, 0x23, 0x23, LDT_CODE32 << 3 | 7, LDT_CODE16 << 3 | 7 };
	static const uint16_t stacks[] = {
		0x2b, 0x2b, 0x2b, 0x2b, LDT_DATA << 3 | 7, LDT_DATA16 << 3 | 7, LDT_DOWN << 3 | 7
	};
	t->sel[SEG_CS] = code[random_below(r, COUNT(code))];
	t->sel[SEG_SS] = stacks[random_below(r, COUNT(stacks))];
	for (unsigned i = 0; i < 6; i++)
		if (i != SEG_CS && i != SEG_SS)
			t->sel[i] = random_one_in(r, 12) ? 0 : data_selector(r);
	t->base[0] = 0x116000;
	t->base[1] = 0x117000;
	for (unsigned i = 0; i < LDT_SLOTS; i++)
		t->ldt[i] = i < LDT_FIXED ? fixed_slots[i] : random_slot(r);
}

static void make_registers(struct random *r, struct user_test *t)
{
	bool wide = t->sel[SEG_CS] == 0x33;
	for (unsigned i = 0; i < 16; i++)
		t->gpr[i] = random_number(r);
	t->gpr[RCX] = random_one_in(r, 3) ? random_number(r) : random_below(r, 20);
	t->gpr[RSP] = random_stack(r);
	for (unsigned i = 0; i < 16 && !wide; i++)
		t->gpr[i] = i < 8 ? (uint32_t)t->gpr[i] : 0;
	t->rip = t->sel[SEG_CS] & 4 ? 0 : ENV_USER;
	t->rflags = random_flags(r) & (FLAGS_ARITHMETIC | FLAG_TF | FLAG_AC | FLAG_DF | FLAG_RF);
	t->rflags |= FLAG_1 | FLAG_IF;
}

void user_make(struct random *r, struct user_test *t)
{
	memset(t, 0, sizeof *t);
	make_segments(r, t);
	make_registers(r, t);
	make_frame(r, t->gpr[RSP], &t->patch[0]);
	make_pointer(r, t->gpr[RBX], &t->patch[1]);
	make_pointer(r, t->gpr[RBP], &t->patch[2]);
	for (unsigned i = 0; i == 0 || (i < TEST_INSTRUCTIONS && random_one_in(r, 3)); i++)
		user_make_instruction(r, t, i);
}
