/*
 * draw_fast.c - scenes for SYSCALL, SYSRET, SYSENTER, SYSEXIT and SWAPGS.
 */
#include "draw.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Selectors of the fixed tables. */
enum { CODE_64 = 0x08, DATA = 0x10, CODE_32 = 0x18 };
enum { HANDLER = 0x30000, HANDLER_SEGMENT = 0x3000 };

static const enum scene_mode modes[] = { IN_64, IN_64, IN_64, IN_64,   IN_COMPATIBILITY, IN_COMPATIBILITY,
					 IN_32, IN_32, IN_16, IN_REAL, IN_VIRTUAL_8086 };

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
	draw_system_segments(s);
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
