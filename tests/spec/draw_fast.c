/*
 * draw_fast.c - scenes for SYSCALL, SYSRET, SYSENTER, SYSEXIT and SWAPGS.
 */
#include <string.h>

#include "draw.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Selectors of the fixed tables. */
enum { CODE_64 = 0x08, DATA = 0x10, CODE_32 = 0x18 };
enum { HANDLER = 0x30000, HANDLER_SEGMENT = 0x3000 };

static const enum scene_mode modes[] = { IN_64, IN_64, IN_64, IN_64,   IN_COMPATIBILITY, IN_COMPATIBILITY,
					 IN_32, IN_32, IN_16, IN_REAL, IN_VIRTUAL_8086 };

/* Null with each RPL, TI, low bits, and sums that leave 16 bits. */
static uint16_t draw_selector(struct draw *d)
{
	static const uint16_t selectors[] = { 0,      1,      2,      3,      4,      8,      0xb,
					      0x10,   0x13,   0x18,   0x1b,   0x23,   0x33,   0x2b,
					      0xffe0, 0xffe8, 0xfff0, 0xfff3, 0xfff8, 0xfffc, 0xffff };
	unsigned i = draw_below(d, COUNT(selectors) + 1);
	return i < COUNT(selectors) ? selectors[i] : (uint16_t)draw_64(d);
}

/* ---- entry registers ---- */

static uint64_t draw_flag_mask(struct draw *d)
{
	switch (draw_below(d, 5)) {
	case 0:
		return 0;
	case 1:
		return 0xffffffff;
	case 2:
		return UINT64_C(1) << draw_below(d, 32);
	case 3:
		return 0x47700;
	default:
		return draw_64(d) & 0xffffffff;
	}
}

static uint64_t draw_saved_flags(struct draw *d)
{
	switch (draw_below(d, 4)) {
	case 0:
		return UINT64_MAX;
	case 1:
		return UINT64_C(1) << draw_below(d, 64);
	case 2:
		return 0x202;
	default:
		return draw_64(d);
	}
}

/* IA32_SYSENTER_ESP is often where a frame can be pushed. */
static uint64_t draw_entry_stack(struct draw *d)
{
	return WORLD_STACKS + 0x400 + draw_below(d, 0x2800);
}

static void draw_entry_registers(struct draw *d, struct scene *s)
{
	struct spec_state *st = &s->state;
	st->star = (uint64_t)draw_selector(d) << 48 | (uint64_t)draw_selector(d) << 32 | (draw_64(d) & 0xffffffff);
	st->lstar = draw_msr_address(d, s->cpu);
	st->cstar = draw_msr_address(d, s->cpu);
	st->kernel_gs_base = draw_msr_address(d, s->cpu);
	st->fmask = draw_flag_mask(d);
	st->sysenter_cs = draw_selector(d) | (draw_once_in(d, 4) ? 0xabcd0000 : 0);
	st->sysenter_esp = draw_once_in(d, 2) ? draw_entry_stack(d) : draw_msr_address(d, s->cpu);
	st->sysenter_eip = draw_msr_address(d, s->cpu);
	if (!s->cpu->is_intel) /* MS-20 */
		st->sysenter_esp &= 0xffffffff, st->sysenter_eip &= 0xffffffff;
	st->r11 = draw_saved_flags(d) & (s->mode <= IN_COMPATIBILITY ? UINT64_MAX : UINT32_MAX);
}

/* ---- segments ---- */

/* A cache that no descriptor needs to have: odd base and limit, expand-down, 16-bit, null. */
static struct spec_segment draw_cache(struct draw *d, unsigned dpl)
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

static void draw_data_segments(struct draw *d, struct scene *s)
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

static void paragraph(struct spec_segment *seg, uint16_t selector, unsigned dpl)
{
	*seg = (struct spec_segment){ .selector = selector,
				      .base = (uint32_t)selector << 4,
				      .limit = 0xffff,
				      .type = 3,
				      .s = 1,
				      .dpl = (uint8_t)dpl,
				      .p = 1 };
}

static void draw_paragraphs(struct draw *d, struct scene *s)
{
	struct spec_segment *seg = s->state.seg;
	for (unsigned i = ES; i <= GS; i++)
		paragraph(&seg[i], draw_selector(d), s->state.cpl);
	paragraph(&seg[CS], WORLD_CODE >> 4, s->state.cpl);
	paragraph(&seg[SS], WORLD_STACKS >> 4, s->state.cpl);
	s->state.rsp = 0x400 + draw_below(d, 0x2800);
}

static void draw_code_segment(struct draw *d, struct scene *s)
{
	struct spec_segment *cs = &s->state.seg[CS];
	*cs = code_segment(11, s->state.cpl, s->mode == IN_64, s->mode != IN_64 && s->mode != IN_16);
	cs->selector = (uint16_t)(0x40 + 8 * draw_below(d, 4) + s->state.cpl);
	if (s->mode == IN_16 || (s->mode != IN_64 && draw_once_in(d, 4)))
		cs->base = WORLD_CODE, cs->limit = 0xffff, cs->g = 0;
}

/* The stack pointer is where a frame fits, or where only the segment says that it does not. */
static void draw_stack(struct draw *d, struct scene *s)
{
	struct spec_segment *ss = &s->state.seg[SS];
	uint64_t place = WORLD_STACKS + 0x400 + draw_below(d, 0x2800);
	*ss = draw_cache(d, s->state.cpl);
	ss->selector = (uint16_t)(ss->null ? s->state.cpl : (draw_selector(d) & 0xfffc) + 8 + s->state.cpl);
	if (s->mode > IN_COMPATIBILITY)
		ss->base = ss->null ? 0 : ss->base % 0x1000 + (ss->db ? 0 : WORLD_STACKS);
	s->state.rsp = place - (s->mode > IN_COMPATIBILITY ? ss->base : 0);
	if (s->mode == IN_64)
		s->state.rsp = draw_once_in(d, 16) ? draw_address(d) & ~UINT64_C(0x3fffff) : place;
	if (s->mode == IN_64)
		s->state.rsp |= s->state.rsp == place ? 0 : place;
}

static void draw_segments(struct draw *d, struct scene *s)
{
	if (s->mode >= IN_REAL) {
		draw_paragraphs(d, s);
	} else {
		draw_data_segments(d, s);
		draw_code_segment(d, s);
		draw_stack(d, s);
	}
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
	s->at_edge = true;
}

static void draw_place(struct draw *d, struct scene *s)
{
	uint64_t place = WORLD_CODE + 64 * s->encoding;
	s->at_edge = false;
	if (s->mode == IN_64 && draw_once_in(d, 16))
		draw_edge(d, s);
	else if (s->mode == IN_64)
		s->state.rip = draw_half(d, s) | place;
	else
		s->state.rip = place - s->state.seg[CS].base;
}

/* ---- tables ---- */

static void put_segments(struct draw *d, struct scene *s)
{
	struct spec_segment code_64 = code_segment(10 + draw_below(d, 2), 0, true, false);
	struct spec_segment code_32 = code_segment(10 + draw_below(d, 2), 0, false, true);
	struct spec_segment data = data_segment(2 + draw_below(d, 2), 0, true);
	put_descriptor(s, WORLD_GDT + CODE_64, &code_64);
	put_descriptor(s, WORLD_GDT + CODE_32, &code_32);
	put_descriptor(s, WORLD_GDT + DATA, &data);
	s->state.gdtr = (struct spec_table_register){ WORLD_GDT, 0x3ff };
}

static void put_tss(struct scene *s)
{
	bool ia32e = s->mode <= IN_COMPATIBILITY;
	for (unsigned i = 0; i < 3 && ia32e; i++)
		put(s, WORLD_TSS + 4 + 8 * i, 8, WORLD_STACKS + 0x2e00 + 0x28 * i);
	for (unsigned i = 1; i < 8 && ia32e; i++)
		put(s, WORLD_TSS + 28 + 8 * i, 8, WORLD_STACKS + 0x3000 - 0x18 * i);
	if (!ia32e)
		put(s, WORLD_TSS + 4, 8, (uint64_t)DATA << 32 | (WORLD_STACKS + 0x2e00));
}

static void put_vector(struct draw *d, struct scene *s, unsigned vector)
{
	struct spec_gate gate = { .offset = HANDLER + 16 * vector,
				  .selector = s->mode <= IN_COMPATIBILITY ? CODE_64 : CODE_32,
				  .ist = draw_once_in(d, 2) ? 0 : (uint8_t)draw_below(d, 8),
				  .type = (uint8_t)(14 + draw_below(d, 2)),
				  .dpl = (uint8_t)draw_below(d, 4),
				  .p = 1 };
	if (s->mode == IN_REAL) {
		put(s, WORLD_IDT + 4 * vector, 4, HANDLER_SEGMENT << 16 | vector << 4);
	} else if (s->mode <= IN_COMPATIBILITY) {
		gate.offset |= draw_once_in(d, 2) ? 0xffff800000000000 : 0;
		put_gate(s, WORLD_IDT + 16 * vector, &gate);
	} else {
		put(s, WORLD_IDT + 8 * vector, 8,
		    (gate.offset & 0xffff) | (uint64_t)CODE_32 << 16 | (uint64_t)gate.type << 40 |
			(uint64_t)gate.dpl << 45 | UINT64_C(1) << 47 | (uint64_t)(HANDLER >> 16) << 48);
	}
}

static void put_vectors(struct draw *d, struct scene *s)
{
	static const uint8_t vectors[] = { DB, UD, DF, TS, NP, SF, GP, PF };
	for (unsigned i = 0; i < COUNT(vectors); i++)
		put_vector(d, s, vectors[i]);
	s->state.idtr = (struct spec_table_register){ WORLD_IDT, 0x3ff };
}

void draw_fast(struct draw *d, struct scene *s, const struct scene_cpu *cpu)
{
	*s = (struct scene){ .cpu = cpu, .mode = modes[draw_below(d, COUNT(modes))] };
	draw_common(d, s);
	draw_instruction(d, s, SYSCALL, SWAPGS);
	draw_entry_registers(d, s);
	draw_segments(d, s);
	draw_place(d, s);
	put_segments(d, s);
	put_tss(s);
	put_vectors(d, s);
}
