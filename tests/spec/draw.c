/*
 * draw.c - the generator, and what every scene has: instruction, registers, segments, tables.
 */
#include "draw.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

uint64_t draw_64(struct draw *d)
{
	uint64_t z = d->seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

unsigned draw_below(struct draw *d, unsigned n)
{
	return (unsigned)((draw_64(d) >> 32) * n >> 32);
}

bool draw_once_in(struct draw *d, unsigned n)
{
	return draw_below(d, n) == 0;
}

/* ---- instructions ---- */

const struct encoding encodings[] = {
	{ SYSCALL, { 0x0f, 0x05 }, 2, .rex_w = false },
	{ SYSCALL, { 0x48, 0x0f, 0x05 }, 3, .rex_w = true },
	{ SYSCALL, { 0x66, 0x0f, 0x05 }, 3, .operand_66 = true },
	{ SYSCALL, { 0xf0, 0x0f, 0x05 }, 3, .lock = true },
	{ SYSRET, { 0x0f, 0x07 }, 2, .rex_w = false },
	{ SYSRET, { 0x48, 0x0f, 0x07 }, 3, .rex_w = true },
	{ SYSRET, { 0x66, 0x48, 0x0f, 0x07 }, 4, .operand_66 = true, .rex_w = true },
	{ SYSRET, { 0x66, 0x0f, 0x07 }, 3, .operand_66 = true },
	{ SYSRET, { 0xf0, 0x0f, 0x07 }, 3, .lock = true },
	{ SYSENTER, { 0x0f, 0x34 }, 2, .rex_w = false },
	{ SYSENTER, { 0x48, 0x0f, 0x34 }, 3, .rex_w = true },
	{ SYSENTER, { 0x66, 0x0f, 0x34 }, 3, .operand_66 = true },
	{ SYSENTER, { 0xf0, 0x0f, 0x34 }, 3, .lock = true },
	{ SYSEXIT, { 0x0f, 0x35 }, 2, .rex_w = false },
	{ SYSEXIT, { 0x48, 0x0f, 0x35 }, 3, .rex_w = true },
	{ SYSEXIT, { 0x66, 0x48, 0x0f, 0x35 }, 4, .operand_66 = true, .rex_w = true },
	{ SYSEXIT, { 0x66, 0x0f, 0x35 }, 3, .operand_66 = true },
	{ SYSEXIT, { 0xf0, 0x0f, 0x35 }, 3, .lock = true },
	{ SWAPGS, { 0x0f, 0x01, 0xf8 }, 3, .rex_w = false },
	{ SWAPGS, { 0x48, 0x0f, 0x01, 0xf8 }, 4, .rex_w = true },
	{ SWAPGS, { 0x66, 0x0f, 0x01, 0xf8 }, 4, .operand_66 = true },
	{ SWAPGS, { 0xf0, 0x0f, 0x01, 0xf8 }, 4, .lock = true },
	{ INT_N, { 0xcd, 0x20 }, 2, .vector = 0x20 },
	{ INT_N, { 0xcd, 0x01 }, 2, .vector = 0x01 },
	{ INT_N, { 0xcd, 0x08 }, 2, .vector = 0x08 },
	{ INT_N, { 0xcd, 0x0e }, 2, .vector = 0x0e },
	{ INT_N, { 0x48, 0xcd, 0x3f }, 3, .vector = 0x3f, .rex_w = true },
	{ INT_N, { 0x66, 0xcd, 0x21 }, 3, .vector = 0x21, .operand_66 = true },
	{ INT3, { 0xcc }, 1, .vector = 3 },
	{ INT1, { 0xf1 }, 1, .vector = 1 },
	{ INTO, { 0xce }, 1, .vector = 4 },
	{ IRET, { 0xcf }, 1, .rex_w = false },
	{ IRET, { 0x48, 0xcf }, 2, .rex_w = true },
	{ IRET, { 0x66, 0xcf }, 2, .operand_66 = true },
	{ CALL_FAR, { 0xff, 0x1c, 0x25, 0x80, 0x07, 0x01, 0x00 }, 7, .rex_w = false },
	{ CALL_FAR, { 0x48, 0xff, 0x1c, 0x25, 0x80, 0x07, 0x01, 0x00 }, 8, .rex_w = true },
	{ CALL_FAR, { 0x66, 0xff, 0x1c, 0x25, 0x80, 0x07, 0x01, 0x00 }, 8, .operand_66 = true },
	{ CALL_FAR, { 0x9a }, 7, .direct = true },
	{ JMP_FAR, { 0xff, 0x2c, 0x25, 0x80, 0x07, 0x01, 0x00 }, 7, .rex_w = false },
	{ JMP_FAR, { 0x48, 0xff, 0x2c, 0x25, 0x80, 0x07, 0x01, 0x00 }, 8, .rex_w = true },
	{ JMP_FAR, { 0x66, 0xff, 0x2c, 0x25, 0x80, 0x07, 0x01, 0x00 }, 8, .operand_66 = true },
	{ JMP_FAR, { 0xea }, 7, .direct = true },
	{ RET_FAR, { 0xcb }, 1, .rex_w = false },
	{ RET_FAR, { 0x48, 0xcb }, 2, .rex_w = true },
	{ RET_FAR, { 0x66, 0xcb }, 2, .operand_66 = true },
	{ RET_FAR, { 0xca, 0x30, 0x00 }, 3, .immediate = 0x30 },
	{ RET_FAR, { 0x48, 0xca, 0x18, 0x00 }, 4, .rex_w = true, .immediate = 0x18 },
};
const unsigned encoding_count = sizeof(encodings) / sizeof(encodings[0]);

void scene_code(struct world *w)
{
	for (unsigned i = 0; i < encoding_count; i++)
		world_code(w, WORLD_CODE + 64 * i, encodings[i].bytes, encodings[i].length);
}

/* ---- addresses ---- */

bool fits(uint64_t address, unsigned bits)
{
	unsigned unused = 64 - bits;
	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

/* Both edges of the hole, for 48 and for 57 bits, and what lies well inside each part. */
uint64_t draw_address(struct draw *d)
{
	static const uint64_t addresses[] = {
		0,
		0x401000,
		0xffffffff,
		0x100000000,
		0x7ffffffffffe,
		0x7fffffffffff,
		0x800000000000,
		0x00ffffffffffffff,
		0x0100000000000000,
		0x8000000000000000,
		0xfeffffffffffffff,
		0xff00000000000000,
		0xffff7fffffffffff,
		0xffff800000000000,
		0xffffffff81000000,
		0xffffffffffffffff,
		0x1234567887654321,
	};
	const unsigned count = sizeof(addresses) / sizeof(addresses[0]);
	unsigned i = draw_below(d, count + 3);
	if (i < count)
		return addresses[i];
	return i == count ? draw_64(d) : (uint64_t)((int64_t)draw_64(d) >> (i == count + 1 ? 16 : 7));
}

uint64_t draw_msr_address(struct draw *d, const struct scene_cpu *cpu)
{
	uint64_t address = draw_address(d);
	unsigned bits = cpu->has_la57 ? 57 : 48;
	return fits(address, bits) ? address : (uint64_t)((int64_t)(address << (64 - bits)) >> (64 - bits));
}

/* ---- tables ---- */

void put(struct scene *s, uint64_t address, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		s->window[address - WORLD_WINDOW + i] = (uint8_t)(value >> 8 * i);
}

void put_descriptor(struct scene *s, uint64_t address, const struct spec_segment *seg)
{
	uint32_t limit = seg->g ? seg->limit >> 12 : seg->limit;
	unsigned attributes = seg->type | seg->s << 4 | seg->dpl << 5 | seg->p << 7 | (limit >> 16 & 15) << 8 |
			      seg->avl << 12 | seg->l << 13 | seg->db << 14 | (unsigned)seg->g << 15;
	put(s, address, 2, limit);
	put(s, address + 2, 3, seg->base);
	put(s, address + 5, 2, attributes);
	put(s, address + 7, 1, seg->base >> 24);
}

void put_gate(struct scene *s, uint64_t address, const struct spec_gate *gate)
{
	put(s, address, 2, gate->offset);
	put(s, address + 2, 2, gate->selector);
	put(s, address + 4, 1, gate->ist);
	put(s, address + 5, 1, (unsigned)(gate->type | gate->s << 4 | gate->dpl << 5 | gate->p << 7));
	put(s, address + 6, 6, gate->offset >> 16);
	put(s, address + 12, 4, (unsigned)gate->upper_type << 8);
}

static struct spec_segment flat_segment(unsigned type, unsigned dpl, bool l, bool db)
{
	return (struct spec_segment){ .limit = 0xffffffff,
				      .type = (uint8_t)type,
				      .s = 1,
				      .dpl = (uint8_t)dpl,
				      .p = 1,
				      .l = l,
				      .db = db,
				      .g = 1 };
}

struct spec_segment code_segment(unsigned type, unsigned dpl, bool l, bool db)
{
	return flat_segment(type, dpl, l, db);
}

struct spec_segment data_segment(unsigned type, unsigned dpl, bool db)
{
	return flat_segment(type, dpl, false, db);
}

/* ---- segments ---- */

/* Null with each RPL, TI, low bits, and sums that leave 16 bits. */
uint16_t draw_selector(struct draw *d)
{
	static const uint16_t selectors[] = { 0,      1,      2,      3,      4,      8,      0xb,
					      0x10,   0x13,   0x18,   0x1b,   0x23,   0x33,   0x2b,
					      0xffe0, 0xffe8, 0xfff0, 0xfff3, 0xfff8, 0xfffc, 0xffff };
	unsigned i = draw_below(d, COUNT(selectors) + 1);
	return i < COUNT(selectors) ? selectors[i] : (uint16_t)draw_64(d);
}

/* A cache that no descriptor needs to have: odd base and limit, expand-down, 16-bit, null. */
struct spec_segment draw_cache(struct draw *d, unsigned dpl)
{
	struct spec_segment seg = data_segment(3, dpl, true);
	switch (draw_below(d, 6)) {
	case 0:
		return (struct spec_segment){ .null = true };
	case 1:
		seg.base = WORLD_STACKS + 1;
		seg.limit = 0x2345;
		seg.db = 0, seg.g = 0;
		break;
	case 2:
		seg.type = 7;
		seg.limit = 0x7ff;
		seg.db = draw_once_in(d, 2), seg.g = 0;
		break;
	case 3:
		seg.base = draw_64(d) & 0xffffffff;
		seg.avl = 1;
		seg.type = 1;
		break;
	default:
		break;
	}
	return seg;
}

void draw_data_segments(struct draw *d, struct scene *s)
{
	static const enum spec_segment_register data[] = { ES, DS, FS, GS };
	for (unsigned i = 0; i < COUNT(data); i++) {
		struct spec_segment *seg = &s->state.seg[data[i]];
		*seg = draw_cache(d, draw_below(d, 4));
		seg->selector = seg->null ? (uint16_t)draw_below(d, 4) : (uint16_t)(draw_selector(d) | 8);
		if (data[i] >= FS)
			seg->base = s->mode <= IN_COMPATIBILITY ? draw_msr_address(d, s->cpu) : seg->base;
	}
}

void draw_system_segments(struct scene *s)
{
	s->state.seg[LDTR] =
	    (struct spec_segment){ .selector = 0x70, .base = WORLD_LDT, .limit = 0xff, .type = 2, .p = 1 };
	s->state.seg[TR] =
	    (struct spec_segment){ .selector = 0x60, .base = WORLD_TSS, .limit = 0x67, .type = 11, .p = 1 };
}

/* ---- where the instruction lies ---- */

static uint64_t draw_half(struct draw *d, const struct scene *s)
{
	static const uint64_t halves[] = { 0, 0, 0x7fffffc00000, 0xffff800000000000, 0xffffffff80000000 };
	uint64_t half = halves[draw_below(d, COUNT(halves))];
	return s->state.cr4 & CR4_LA57 && draw_once_in(d, 4) ? 0xff12345600000000 : half;
}

/* Up against the end of the lower half, or of everything. */
static void draw_edge(struct draw *d, struct scene *s)
{
	uint64_t end = s->state.cr4 & CR4_LA57 ? 0x0100000000000000 : 0x800000000000;
	s->state.rip = (draw_once_in(d, 2) ? end : 0) - s->insn.length;
	s->is_written = true;
}

void draw_place(struct draw *d, struct scene *s)
{
	uint64_t place = WORLD_CODE + 64 * s->encoding;
	s->is_written = false;
	if (s->mode == IN_64 && draw_once_in(d, 16))
		draw_edge(d, s);
	else if (s->mode == IN_64)
		s->state.rip = draw_half(d, s) | place;
	else
		s->state.rip = place - s->state.seg[CS].base;
}

/* ---- what every scene has ---- */

static void draw_encoding(struct scene *s, unsigned number)
{
	const struct encoding *e = &encodings[number];
	s->encoding = number;
	s->insn = (struct spec_instruction){ .transition = e->transition,
					     .length = e->length,
					     .lock = e->lock,
					     .operand_66 = e->operand_66,
					     .rex_w = e->rex_w,
					     .direct = e->direct,
					     .vector = e->vector,
					     .immediate = e->immediate,
					     .pointer = WORLD_POINTER };
}

static void draw_flags(struct draw *d, struct scene *s)
{
	s->state.rflags = (draw_64(d) & FLAG_DEFINED & ~(uint64_t)(FLAG_VM | FLAG_TF)) | FLAG_FIXED;
	if (draw_once_in(d, 3))
		s->state.rflags |= FLAG_TF;
	if (s->mode == IN_VIRTUAL_8086)
		s->state.rflags |= FLAG_VM;
}

static void draw_control(struct draw *d, struct scene *s)
{
	enum { PROTECTED = 0x10033, PAE = 1 << 5, LME = 1 << 8, NXE = 1 << 11 };
	struct spec_state *st = &s->state;
	bool ia32e = s->mode <= IN_COMPATIBILITY, la57 = ia32e && s->cpu->has_la57 && draw_once_in(d, 2);
	st->cr0 = s->mode == IN_REAL ? PROTECTED & ~(uint64_t)CR0_PE : PROTECTED;
	st->cr0 |= ia32e ? 1u << 31 : 0;
	st->cr2 = draw_address(d);
	st->cr3 = la57 ? WORLD_PML5 : WORLD_PML4;
	st->cr4 = PAE | (la57 ? CR4_LA57 : 0);
	st->efer = (ia32e ? LME | EFER_LMA : 0) | (draw_once_in(d, 2) ? NXE : 0);
	st->efer |= draw_once_in(d, 8) ? 0 : EFER_SCE;
	st->dr6 = 0xffff0ff0 | (draw_once_in(d, 4) ? DR6_BS : 0);
	st->dr7 = 0x400;
	s->address_mask = ia32e ? WORLD_RAM - 1 : UINT64_MAX;
}

/* In legacy modes the registers have 32 bits; in compatibility mode the upper halves are what 64-bit mode left. */
static void draw_registers(struct draw *d, struct scene *s)
{
	uint64_t mask = s->mode <= IN_COMPATIBILITY ? UINT64_MAX : UINT32_MAX;
	for (unsigned i = 0; i < 16; i++)
		s->state.gpr[i] = draw_64(d) & mask;
	s->state.rcx = draw_address(d) & mask;
	s->state.rdx = draw_address(d) & mask;
	s->state.nmi_blocked = draw_once_in(d, 2);
	s->shadow = (uint8_t)draw_below(d, 3);
}

static void draw_cpl(struct draw *d, struct scene *s)
{
	s->state.cpl = draw_once_in(d, 2) ? 0 : draw_below(d, 4);
	if (s->mode >= IN_REAL)
		s->state.cpl = s->mode == IN_REAL ? 0 : 3;
}

static enum spec_transition draw_transition_of(enum spec_transition first, enum spec_transition last, struct draw *d)
{
	unsigned count = (unsigned)__builtin_ctz(last) - (unsigned)__builtin_ctz(first) + 1;
	return (enum spec_transition)((unsigned)first << draw_below(d, count));
}

/* REX.W is an INC or DEC outside 64-bit mode. */
static bool can_be(const struct scene *s, const struct encoding *e, enum spec_transition t)
{
	return e->transition == t && (!e->rex_w || s->mode == IN_64);
}

void draw_instruction(struct draw *d, struct scene *s, enum spec_transition first, enum spec_transition last)
{
	enum spec_transition t = draw_transition_of(first, last, d);
	unsigned number;
	do
		number = draw_below(d, encoding_count);
	while (!can_be(s, &encodings[number], t) || (encodings[number].lock && !draw_once_in(d, 4)));
	draw_encoding(s, number);
}

void draw_common(struct draw *d, struct scene *s)
{
	draw_cpl(d, s);
	draw_flags(d, s);
	draw_control(d, s);
	draw_registers(d, s);
}
