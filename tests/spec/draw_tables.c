/*
 * draw_tables.c - scenes for the transitions through tables: descriptor tables, gates and frames that mostly are good,
 * and in half of the scenes one thing that may not be.
 */
#include "draw_tables.h"

#include <string.h>

/* ---- the tables ---- */

struct kind_row {
	uint16_t gdt, ldt; /* selector of DPL 0; the other DPLs follow; 0 in the LDT: not there */
	uint8_t type;
	bool l, db;
};

static const struct kind_row kinds[KINDS] = {
	[CODE_64] = { 0x008, 0x04, 10, true, false },      [CODE_32] = { 0x028, 0x24, 10, false, true },
	[CONFORMING_64] = { 0x048, 0, 14, true, false },   [CONFORMING_32] = { 0x068, 0, 14, false, true },
	[DATA_32] = { 0x088, 0x44, 2, false, true },       [DATA_16] = { 0x0a8, 0, 2, false, false },
	[DATA_EXPAND_DOWN] = { 0x0c8, 0, 6, false, true }, [DATA_READ_ONLY] = { 0x188, 0, 0, false, true },
};

uint16_t selector_of(struct draw *d, enum kind kind, unsigned dpl, unsigned requested)
{
	const struct kind_row *row = &kinds[kind];
	unsigned first = row->ldt && draw_once_in(d, 3) ? row->ldt : row->gdt;
	return (uint16_t)(first + 8 * dpl + requested);
}

uint64_t place_of(uint16_t selector)
{
	return (selector & 4 ? WORLD_LDT : WORLD_GDT) + (selector & 0xfff8u);
}

struct spec_segment segment_of(struct draw *d, enum kind kind, unsigned dpl)
{
	const struct kind_row *row = &kinds[kind];
	unsigned type = row->type | draw_below(d, 2);
	struct spec_segment seg =
	    row->type & 8 ? code_segment(type, dpl, row->l, row->db) : data_segment(type, dpl, row->db);
	if (kind == DATA_16)
		seg.base = WORLD_WINDOW, seg.limit = 0xffff, seg.g = 0;
	if (kind == DATA_EXPAND_DOWN)
		seg.limit = 0x7ff, seg.g = 0;
	seg.avl = draw_once_in(d, 2);
	return seg;
}

static void put_kind(struct draw *d, struct scene *s, enum kind kind)
{
	for (unsigned dpl = 0; dpl < 4; dpl++) {
		struct spec_segment seg = segment_of(d, kind, dpl);
		put_descriptor(s, WORLD_GDT + kinds[kind].gdt + 8 * dpl, &seg);
		seg = segment_of(d, kind, dpl);
		if (kinds[kind].ldt)
			put_descriptor(s, WORLD_LDT + (kinds[kind].ldt & 0xfff8u) + 8 * dpl, &seg);
	}
}

/* A code segment of 64 bits that a gate may lead to from `cpl`. */
static uint16_t draw_target(struct draw *d, unsigned cpl)
{
	bool conforming = draw_once_in(d, 4);
	return selector_of(d, conforming ? CONFORMING_64 : CODE_64, draw_below(d, cpl + 1), draw_below(d, 4));
}

uint64_t draw_canonical(struct draw *d, const struct scene *s)
{
	unsigned unused = s->state.cr4 & CR4_LA57 ? 7 : 16;
	return (uint64_t)((int64_t)(draw_address(d) << unused) >> unused);
}

/* Gates of 64 bits; where older ones have a parameter count there is something that must be ignored. */
static void put_call_gates(struct draw *d, struct scene *s)
{
	for (unsigned i = 0; i < CALL_GATES; i++) {
		struct spec_gate gate = { .offset = draw_canonical(d, s),
					  .selector = draw_target(d, s->state.cpl),
					  .ist = (uint8_t)draw_below(d, 32),
					  .type = 12,
					  .dpl = (uint8_t)(s->state.cpl + draw_below(d, 4 - s->state.cpl)),
					  .p = 1 };
		put_gate(s, WORLD_GDT + CALL_GATE + 16 * i, &gate);
	}
}

static void put_vector_gates(struct draw *d, struct scene *s)
{
	for (unsigned vector = 0; vector < 64; vector++) {
		struct spec_gate gate = { .offset = draw_canonical(d, s),
					  .selector = draw_target(d, s->state.cpl),
					  .ist = draw_once_in(d, 2) ? 0 : (uint8_t)draw_below(d, 8),
					  .type = (uint8_t)(14 + draw_below(d, 2)),
					  .dpl = draw_once_in(d, 6) ? (uint8_t)draw_below(d, 4) : 3,
					  .p = 1 };
		put_gate(s, WORLD_IDT + 16 * vector, &gate);
	}
	s->state.idtr = (struct spec_table_register){ WORLD_IDT, 0x3ff };
}

/* Stacks of the TSS: aligned or not, in both halves, each with room for what falls below it. */
static void put_stack_pointers(struct draw *d, struct scene *s)
{
	for (unsigned at = 4; at < 0x60; at += 8) {
		uint64_t high = draw_once_in(d, 2) ? 0 : draw_canonical(d, s) & ~(uint64_t)(WORLD_RAM - 1);
		put(s, WORLD_TSS + at, 8, high | (WORLD_STACKS + 0x2c00 + draw_below(d, 0x400)));
	}
}

void put_tables(struct draw *d, struct scene *s)
{
	struct spec_segment available_tss = { .base = WORLD_TSS, .limit = 0x67, .type = 9, .p = 1 };
	for (unsigned kind = 0; kind < KINDS; kind++)
		put_kind(d, s, kind);
	put_descriptor(s, WORLD_GDT + AVAILABLE_TSS, &available_tss);
	/* The processor does not use the null descriptor, good as it may look (SDM vol. 3, 3.5.1). */
	struct spec_segment null = segment_of(d, draw_below(d, KINDS), s->state.cpl);
	put_descriptor(s, WORLD_GDT, &null);
	put_call_gates(d, s);
	put_vector_gates(d, s);
	put_stack_pointers(d, s);
	draw_system_segments(s);
	s->state.seg[LDTR].limit = 0x7f;
	s->state.gdtr = (struct spec_table_register){ WORLD_GDT, 0x3ff };
}

/* ---- CS and SS of the instruction ---- */

static bool may_have_16_bits(const struct scene *s)
{
	return s->mode == IN_COMPATIBILITY && !(s->insn.transition & (CALL_FAR | JMP_FAR));
}

static void draw_own_code(struct draw *d, struct scene *s)
{
	struct spec_segment *cs = &s->state.seg[CS];
	enum kind kind = s->mode == IN_64 ? CODE_64 : CODE_32;
	*cs = segment_of(d, kind, s->state.cpl);
	cs->type |= 1;
	cs->selector = selector_of(d, kind, s->state.cpl, s->state.cpl);
	if (may_have_16_bits(s) && draw_once_in(d, 4))
		cs->db = 0, cs->base = WORLD_CODE, cs->limit = 0xffff, cs->g = 0;
}

static void draw_own_stack(struct draw *d, struct scene *s)
{
	static const enum kind stacks[] = { DATA_32, DATA_32, DATA_16, DATA_EXPAND_DOWN };
	struct spec_segment *ss = &s->state.seg[SS];
	enum kind kind = stacks[draw_below(d, 4)];
	uint64_t place = WORLD_STACKS + 0x400 + draw_below(d, 0x2700);
	*ss = segment_of(d, kind, s->state.cpl);
	ss->type |= 1;
	ss->selector = selector_of(d, kind, s->state.cpl, s->state.cpl);
	s->state.rsp = place;
	if (s->mode == IN_64 && draw_once_in(d, 2))
		s->state.rsp |= draw_canonical(d, s) & ~(uint64_t)(WORLD_RAM - 1);
	if (s->mode == IN_64 && s->state.cpl < 3 && draw_once_in(d, 3))
		*ss = (struct spec_segment){ .selector = (uint16_t)s->state.cpl, .null = true };
}

/* ---- all of it ---- */

/* A far CALL or JMP outside 64-bit mode reads its pointer through DS. */
static void draw_flat_data(struct draw *d, struct scene *s)
{
	struct spec_segment *ds = &s->state.seg[DS];
	*ds = segment_of(d, DATA_32, 3);
	ds->type |= 1;
	ds->selector = selector_of(d, DATA_32, 3, 3);
}

/* An interrupt or NMI comes in place of the INT n, through its gate; nothing holds it back. */
static void draw_interrupt(struct draw *d, struct scene *s)
{
	bool is_nmi = draw_once_in(d, 2);
	uint8_t vector = is_nmi ? NMI : s->insn.vector;
	memcpy(s->window + (WORLD_IDT - WORLD_WINDOW) + 16 * vector,
	       s->window + (WORLD_IDT - WORLD_WINDOW) + 16 * s->insn.vector, 16);
	s->insn.transition = DELIVERY;
	s->insn.event = (struct spec_event){ .vector = vector, .external = true, .return_rip = s->state.rip };
	s->state.rflags |= FLAG_IF;
	s->state.nmi_blocked = s->state.nmi_blocked && !is_nmi;
	s->shadow = 0;
}

void draw_tables(struct draw *d, struct scene *s, const struct scene_cpu *cpu)
{
	*s = (struct scene){ .cpu = cpu, .mode = draw_once_in(d, 3) ? IN_COMPATIBILITY : IN_64 };
	draw_common(d, s);
	draw_instruction(d, s, INT_N, RET_FAR);
	s->state.cpl = draw_below(d, 4);
	if (!draw_once_in(d, 8))
		s->state.rflags &= ~(uint64_t)FLAG_NT;
	put_tables(d, s);
	draw_data_segments(d, s);
	if (s->insn.transition & (CALL_FAR | JMP_FAR))
		draw_flat_data(d, s);
	draw_own_code(d, s);
	draw_own_stack(d, s);
	draw_place(d, s);
	draw_transfer(d, s);
	if (s->insn.transition == INT_N && s->insn.vector >= 0x20 && draw_once_in(d, 2))
		draw_interrupt(d, s);
}
