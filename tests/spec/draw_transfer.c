/*
 * draw_transfer.c - the pointer of a far CALL or JMP, the frame of an IRET or far RET, and one thing that is wrong.
 */
#include "draw_tables.h"

/* What the instruction will look at, for the mistake to be made there. */
struct transfer {
	struct draw *d;
	struct scene *s;
	uint16_t code, stack; /* selectors */
	uint64_t rip, rsp, flags;
	uint64_t gate; /* place of the gate that it goes through; 0: none */
	unsigned target_cpl;
};

static bool is_return(const struct scene *s)
{
	return s->insn.transition & (IRET | RET_FAR);
}

static bool is_far_branch(const struct scene *s)
{
	return s->insn.transition & (CALL_FAR | JMP_FAR);
}

/* ---- good targets ---- */

static void draw_return(struct transfer *t)
{
	static const enum kind stacks[] = { DATA_32, DATA_32, DATA_16, DATA_EXPAND_DOWN };
	struct draw *d = t->d;
	unsigned cpl = t->s->state.cpl, outer = cpl + draw_below(d, 4 - cpl);
	enum kind kind = draw_below(d, 4);
	bool wide = kind == CODE_64 || kind == CONFORMING_64, conforming = kind >= CONFORMING_64;
	t->target_cpl = outer;
	t->code = selector_of(d, kind, conforming ? draw_below(d, outer + 1) : outer, outer);
	t->stack = selector_of(d, stacks[draw_below(d, 4)], outer, outer);
	if (wide && outer < 3 && draw_once_in(d, 3))
		t->stack = (uint16_t)outer;
	t->rip = wide ? draw_canonical(d, t->s) : draw_64(d) & 0xffffffff;
	t->rsp = draw_once_in(d, 2) ? WORLD_STACKS + 0x400 + draw_below(d, 0x2000) : draw_address(d);
	if (!wide)
		t->rsp &= 0xffffffff;
	t->flags = draw_64(d);
}

static void draw_branch(struct transfer *t)
{
	struct draw *d = t->d;
	unsigned cpl = t->s->state.cpl, number = draw_below(d, CALL_GATES);
	enum kind kind = draw_below(d, 4);
	bool conforming = kind >= CONFORMING_64;
	t->rip = draw_once_in(d, 2) ? draw_64(d) & 0x7fffffff : draw_canonical(d, t->s);
	t->code = selector_of(d, kind, conforming ? draw_below(d, cpl + 1) : cpl, draw_below(d, cpl + 1));
	if (draw_once_in(d, 2)) {
		t->gate = WORLD_GDT + CALL_GATE + 16 * number;
		t->code = (uint16_t)(CALL_GATE + 16 * number + draw_below(d, cpl + 1));
	}
}

static void draw_event(struct transfer *t)
{
	const struct spec_instruction *insn = &t->s->insn;
	unsigned vector = insn->transition == INT_N ? insn->vector : encodings[t->s->encoding].vector;
	t->gate = WORLD_IDT + 16 * vector;
}

/* ---- mistakes: each may happen to be none ---- */

static uint16_t gate_selector(const struct transfer *t)
{
	const uint8_t *bytes = t->s->window + (t->gate - WORLD_WINDOW);
	return (uint16_t)(bytes[2] | bytes[3] << 8);
}

/* Flips one bit of the attributes of a descriptor: type, S, DPL, P, L, D. */
static void spoil_descriptor(struct transfer *t, uint64_t place)
{
	static const uint8_t bits[] = { 0, 1, 2, 3, 4, 5, 6, 7, 7, 13, 14 };
	unsigned bit = bits[draw_below(t->d, sizeof bits)];
	if (place + 8 <= WORLD_TSS && place >= WORLD_WINDOW)
		t->s->window[place - WORLD_WINDOW + 5 + bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void spoil_limit(struct transfer *t, uint64_t place)
{
	put(t->s, place, 2, draw_64(t->d));
	t->s->window[place - WORLD_WINDOW + 6] &= 0x70;
}

static uint64_t non_canonical(struct transfer *t)
{
	static const uint64_t edges[] = { 0x800000000000, 0x0100000000000000, 0xff7fffffffffffff, 0x1234567887654321 };
	return edges[draw_below(t->d, 4)] | (draw_64(t->d) & 0xffff);
}

static uint16_t any_selector(struct transfer *t)
{
	switch (draw_below(t->d, 5)) {
	case 0:
		return (uint16_t)draw_below(t->d, 4);
	case 1:
		return (uint16_t)(AVAILABLE_TSS + draw_below(t->d, 4));
	case 2:
		return (uint16_t)(0x400 + draw_below(t->d, 0x400));
	case 3:
		return (uint16_t)(draw_below(t->d, 0x30) << 2 | draw_below(t->d, 4));
	default:
		return selector_of(t->d, draw_below(t->d, KINDS), draw_below(t->d, 4), draw_below(t->d, 4));
	}
}

/* Of a gate: type and S, DPL, P, selector, offset, upper type field; or something of its segment. */
static void spoil_gate(struct transfer *t)
{
	uint8_t *gate = t->s->window + (t->gate - WORLD_WINDOW);
	uint64_t segment = place_of(gate_selector(t));
	switch (draw_below(t->d, 8)) {
	case 0:
		gate[5] ^= (uint8_t)(1 << draw_below(t->d, 8));
		break;
	case 1:
		gate[5] ^= 0x80;
		break;
	case 2:
		gate[5] = (uint8_t)((gate[5] & 0x9f) | draw_below(t->d, 4) << 5);
		break;
	case 3:
		put(t->s, t->gate + 2, 2, any_selector(t));
		break;
	case 4:
		put(t->s, t->gate + 6, 6, non_canonical(t) >> 16);
		break;
	case 5:
		if (is_far_branch(t->s)) /* IN-30: of an IDT gate it is an open point */
			gate[13] = (uint8_t)(1 << draw_below(t->d, 5));
		break;
	default:
		spoil_descriptor(t, segment);
		break;
	}
}

/* What the processor keeps: stack, limits of the tables, stacks of the TSS. */
static void spoil_registers(struct transfer *t)
{
	struct spec_state *st = &t->s->state;
	switch (draw_below(t->d, 8)) {
	case 0:
		st->gdtr.limit = (uint16_t)draw_below(t->d, 0x190);
		break;
	case 1:
		st->idtr.limit = (uint16_t)draw_below(t->d, 0x400);
		break;
	case 2:
		st->seg[TR].limit = draw_below(t->d, 0x68);
		break;
	case 3:
		for (unsigned at = 4; at < 0x60; at += 8)
			put(t->s, WORLD_TSS + at, 8, non_canonical(t));
		break;
	case 4:
		st->seg[LDTR] = (struct spec_segment){ .selector = (uint16_t)draw_below(t->d, 4), .null = true };
		break;
	case 5:
		st->seg[LDTR].limit = draw_below(t->d, 0x80);
		break;
	case 6:
		if (t->s->mode == IN_64)
			st->rsp = draw_once_in(t->d, 2) ? non_canonical(t)
							: UINT64_C(0x800000000000) - 8 * draw_below(t->d, 5);
		break;
	default:
		st->idtr.base = fits(0x7fffffffff80, t->s->cpu->has_la57 ? 57 : 48) ? 0x7fffffffff80 : 0;
		break;
	}
}

/* The stack ends somewhere in the frame, within an item more often than not. */
static void spoil_stack_segment(struct transfer *t)
{
	struct spec_segment *ss = &t->s->state.seg[SS];
	uint64_t top = ss->db ? t->s->state.rsp : t->s->state.rsp & 0xffff;
	if (t->s->mode == IN_COMPATIBILITY && !ss->null)
		ss->limit = (uint32_t)(top - 2 + draw_below(t->d, draw_once_in(t->d, 2) ? 0x18 : 0x48)), ss->g = 0;
}

static void spoil_return(struct transfer *t)
{
	switch (draw_below(t->d, 9)) {
	case 0:
		t->code = any_selector(t);
		break;
	case 1:
		t->code ^= (uint16_t)(1 + draw_below(t->d, 3));
		break;
	case 2:
		t->stack = any_selector(t);
		break;
	case 3:
		t->stack ^= (uint16_t)(1 + draw_below(t->d, 3));
		break;
	case 4:
		t->rip = non_canonical(t);
		break;
	case 5:
		spoil_descriptor(t, place_of(t->code));
		break;
	case 6:
		spoil_descriptor(t, place_of(t->stack));
		break;
	case 7:
		spoil_limit(t, place_of(t->code) >= WORLD_WINDOW + 8 ? place_of(t->code) : WORLD_GDT + 8);
		break;
	default:
		t->s->state.rflags |= FLAG_NT;
		break;
	}
}

static void spoil_branch(struct transfer *t)
{
	switch (draw_below(t->d, 6)) {
	case 0:
		t->code = any_selector(t);
		break;
	case 1:
		t->code ^= (uint16_t)(1 + draw_below(t->d, 3));
		break;
	case 2:
		t->rip = non_canonical(t);
		break;
	case 3:
		spoil_limit(t, place_of(t->code));
		break;
	case 4:
		t->s->state.gdtr.limit = (uint16_t)((t->code | 7u) + draw_below(t->d, 16) - 8);
		break;
	default:
		spoil_descriptor(t, place_of(t->code));
		break;
	}
}

static void spoil(struct transfer *t)
{
	unsigned how = draw_below(t->d, 8);
	if (is_return(t->s) && t->s->mode == IN_COMPATIBILITY && draw_once_in(t->d, 4))
		how = 1;
	if (how == 0)
		spoil_registers(t);
	else if (how == 1)
		spoil_stack_segment(t);
	else if (is_return(t->s))
		spoil_return(t);
	else if (t->gate && (how < 6 || !is_far_branch(t->s)))
		spoil_gate(t);
	else
		spoil_branch(t);
}

/* ---- into memory ---- */

static unsigned size_of_operand(const struct scene *s)
{
	bool is_32 = s->mode == IN_64 || s->state.seg[CS].db;
	return s->insn.rex_w ? 8 : is_32 != s->insn.operand_66 ? 4 : 2;
}

static uint64_t stack_place(const struct scene *s, uint64_t more)
{
	const struct spec_segment *ss = &s->state.seg[SS];
	uint64_t offset = s->state.rsp + more;
	if (s->mode == IN_64)
		return offset & (WORLD_RAM - 1);
	return (ss->base + (ss->db ? offset : offset & 0xffff)) & (WORLD_RAM - 1);
}

static void put_on_stack(struct scene *s, uint64_t more, unsigned size, uint64_t value)
{
	uint64_t place = stack_place(s, more);
	if (place >= WORLD_STACKS && place + size <= WORLD_STACKS_END)
		put(s, place, size, value);
}

static void put_frame(struct transfer *t)
{
	struct scene *s = t->s;
	unsigned size = size_of_operand(s), flags = s->insn.transition == IRET ? size : 0;
	unsigned stack = 2 * size + flags + s->insn.immediate;
	put_on_stack(s, 0, size, t->rip);
	put_on_stack(s, size, size, t->code | (draw_64(t->d) & ~UINT64_C(0xffff)));
	if (flags)
		put_on_stack(s, 2 * size, size, t->flags);
	put_on_stack(s, stack, size, t->rsp);
	put_on_stack(s, stack + size, size, t->stack);
}

/* The layout that the processor will read: Intel's 16:64 with REX.W, otherwise 16:32 or 16:16. */
static void put_pointer(struct transfer *t)
{
	struct scene *s = t->s;
	unsigned size = s->insn.rex_w && s->cpu->is_intel ? 8 : s->insn.operand_66 ? 2 : 4;
	put(s, WORLD_POINTER, 8, t->rip);
	put(s, WORLD_POINTER + size, 2, t->code);
	s->is_written = s->is_written || s->insn.direct;
}

void draw_transfer(struct draw *d, struct scene *s)
{
	struct transfer t = { .d = d, .s = s };
	if (is_return(s))
		draw_return(&t);
	else if (is_far_branch(s))
		draw_branch(&t);
	else
		draw_event(&t);
	if (draw_once_in(d, 2))
		spoil(&t);
	if (is_return(s))
		put_frame(&t);
	else if (is_far_branch(s))
		put_pointer(&t);
}
