/*
 * spec_tables.c - descriptors, gates and stacks.
 */
#include "spec_tables.h"

#include <stddef.h>

/* Where the bytes lie; NULL outside. */
static uint8_t *bytes_at(struct spec_memory *memory, uint64_t address, unsigned size)
{
	uint64_t offset = (address & memory->mask) - memory->base;
	if (offset > memory->size - size) {
		memory->strayed = true;
		return NULL;
	}
	return memory->bytes + offset;
}

uint64_t spec_read(struct spec_memory *memory, uint64_t address, unsigned size)
{
	const uint8_t *bytes = bytes_at(memory, address, size);
	uint64_t value = 0;
	for (unsigned i = 0; bytes && i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

void spec_write(struct spec_memory *memory, uint64_t address, unsigned size, uint64_t value)
{
	uint8_t *bytes = bytes_at(memory, address, size);
	for (unsigned i = 0; bytes && i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

/* ---- descriptors ---- */

static bool in_ldt(unsigned selector)
{
	return selector & 4;
}

bool is_within(const struct spec_state *s, unsigned selector)
{
	if (in_ldt(selector))
		return !s->seg[LDTR].null && (selector | 7) <= s->seg[LDTR].limit;
	return (selector | 7) <= s->gdtr.limit;
}

uint64_t descriptor_address(const struct spec_state *s, uint16_t selector)
{
	return (in_ldt(selector) ? s->seg[LDTR].base : s->gdtr.base) + (selector & 0xfff8);
}

/* SDM vol. 3, figure 3-8; APM vol. 2, figure 4-14. */
static struct spec_segment decode(uint64_t d)
{
	struct spec_segment seg = { .base = (d >> 16 & 0xffffff) | (d >> 56) << 24,
				    .limit = (uint32_t)((d & 0xffff) | (d >> 32 & 0xf0000)),
				    .type = d >> 40 & 15,
				    .s = d >> 44 & 1,
				    .dpl = d >> 45 & 3,
				    .p = d >> 47 & 1,
				    .avl = d >> 52 & 1,
				    .l = d >> 53 & 1,
				    .db = d >> 54 & 1,
				    .g = d >> 55 & 1 };
	if (seg.g)
		seg.limit = seg.limit << 12 | 0xfff;
	return seg;
}

struct spec_segment read_descriptor(struct spec_context *c, uint16_t selector)
{
	return decode(spec_read(c->memory, descriptor_address(c->old, selector), 8));
}

struct spec_gate read_gate(struct spec_context *c, uint64_t address)
{
	uint64_t low = spec_read(c->memory, address, 8), high = spec_read(c->memory, address + 8, 8);
	return (struct spec_gate){ .offset = (low & 0xffff) | (low >> 48 & 0xffff) << 16 | high << 32,
				   .selector = (uint16_t)(low >> 16),
				   .ist = low >> 32 & 7,
				   .type = low >> 40 & 15,
				   .s = low >> 44 & 1,
				   .dpl = low >> 45 & 3,
				   .p = low >> 47 & 1,
				   .upper_type = high >> 40 & 31 };
}

static void load(struct spec_context *c, struct spec_segment *seg, uint16_t selector, const struct spec_segment *from)
{
	*seg = *from;
	seg->selector = selector;
	if (!(from->type & 1))
		spec_write(c->memory, descriptor_address(c->old, selector) + 5, 1,
			   spec_read(c->memory, descriptor_address(c->old, selector) + 5, 1) | 1);
	seg->type |= 1;
}

void load_code(struct spec_context *c, uint16_t selector, const struct spec_segment *from)
{
	c->now->cpl = c->work.new_cpl;
	load(c, &c->now->seg[CS], (uint16_t)(selector_code(selector) | c->work.new_cpl), from);
}

void load_stack(struct spec_context *c, uint16_t selector, const struct spec_segment *from)
{
	load(c, &c->now->seg[SS], selector, from);
}

void load_null(struct spec_segment *seg, uint16_t selector)
{
	*seg = (struct spec_segment){ .selector = selector, .null = true };
}

static bool is_inner(const struct spec_segment *seg, unsigned cpl)
{
	return seg->dpl < cpl && !is_conforming(seg);
}

void null_outer_segments(struct spec_state *now)
{
	static const enum spec_segment_register data[] = { ES, DS, FS, GS };
	for (unsigned i = 0; i < 4; i++) {
		struct spec_segment *seg = &now->seg[data[i]];
		if (seg->null)
			seg->selector = 0;
		else if (is_inner(seg, now->cpl))
			load_null(seg, 0);
	}
}

/* ---- events ---- */

struct spec_event software(const struct spec_context *c, uint8_t vector)
{
	return (struct spec_event){ .vector = vector, .return_rip = next_rip(c) };
}

bool takes_tss_stack(const struct spec_context *c)
{
	return c->work.gate.ist || c->work.new_cpl != c->old->cpl;
}

/* SDM vol. 3, figure 7-11: RSPn from 4, ISTn from 36. */
unsigned tss_stack_offset(const struct spec_context *c)
{
	return c->work.gate.ist ? 28u + 8 * c->work.gate.ist : 4 + 8 * c->work.new_cpl;
}

void push_8(struct spec_context *c, uint64_t value)
{
	c->work.new_rsp -= 8;
	spec_write(c->memory, c->work.new_rsp, 8, value);
}

unsigned class_of(bool is_exception, unsigned vector)
{
	bool contributory = vector == DE || (vector >= TS && vector <= GP) || vector == 21;
	return !is_exception ? 0 : contributory ? 1 : vector == PF ? 2 : 0;
}

/* ---- stacks ---- */

static unsigned size_without_rex(const struct spec_context *c)
{
	bool is_32 = is_64_bit(c->old) || c->old->seg[CS].db;
	return is_32 != c->insn->operand_66 ? 4 : 2;
}

unsigned operand_size(const struct spec_context *c)
{
	return c->insn->rex_w ? 8 : size_without_rex(c);
}

unsigned pointer_size(const struct spec_context *c)
{
	return c->cpu->far_pointer_of_64_bits ? operand_size(c) : size_without_rex(c);
}

static uint64_t stack_mask(const struct spec_state *s)
{
	return is_64_bit(s) ? UINT64_MAX : s->seg[SS].db ? 0xffffffff : 0xffff;
}

static uint64_t stack_address(const struct spec_state *s, uint64_t moved_by)
{
	uint64_t offset = (s->rsp + moved_by) & stack_mask(s);
	return is_64_bit(s) ? offset : (uint32_t)(s->seg[SS].base + offset);
}

/* SDM vol. 3, 5.3: an expand-down segment holds what lies above its limit. */
static bool is_in_segment(const struct spec_segment *seg, uint64_t offset, unsigned size)
{
	uint64_t last = offset + size - 1;
	if (!(seg->type & 8) && seg->type & 4)
		return offset > seg->limit && last <= (seg->db ? 0xffffffff : 0xffff);
	return last <= seg->limit;
}

static bool can_access(const struct spec_state *s, uint64_t moved_by, unsigned size)
{
	uint64_t offset = (s->rsp + moved_by) & stack_mask(s);
	if (is_64_bit(s))
		return is_canonical(s, offset) && is_canonical(s, offset + size - 1);
	return is_in_segment(&s->seg[SS], offset, size);
}

static unsigned item_offset(const struct spec_context *c, unsigned number)
{
	bool past_immediate = c->insn->transition == RET_FAR && number >= 2;
	return number * operand_size(c) + (past_immediate ? c->insn->immediate : 0);
}

static bool is_selector(const struct spec_context *c, unsigned number)
{
	return number == 1 || number == stack_items(c) + 1;
}

bool can_pop(const struct spec_context *c, unsigned first, unsigned count)
{
	bool all = true, words = c->cpu->pops_selectors_as_words;
	for (unsigned i = first; i < first + count; i++)
		all = all && can_access(c->old, item_offset(c, i), words && is_selector(c, i) ? 2 : operand_size(c));
	return all;
}

bool is_cut_by_limit(const struct spec_context *c, unsigned number)
{
	uint64_t at = item_offset(c, number);
	return can_access(c->old, at, 2) && !can_access(c->old, at, operand_size(c));
}

bool is_offset_good(const struct spec_context *c)
{
	const struct spec_work *w = &c->work;
	return w->code.l ? is_canonical(c->old, w->new_rip) : (uint32_t)w->new_rip <= w->code.limit;
}

uint64_t item(struct spec_context *c, unsigned number)
{
	return spec_read(c->memory, stack_address(c->old, item_offset(c, number)), operand_size(c));
}

unsigned first_items(const struct spec_context *c)
{
	return c->insn->transition == IRET ? 3 : 2;
}

unsigned stack_items(const struct spec_context *c)
{
	return first_items(c);
}

bool pops_stack(const struct spec_context *c)
{
	return c->work.new_cpl > c->old->cpl || (c->insn->transition == IRET && is_64_bit(c->old));
}

bool loads_stack(const struct spec_context *c)
{
	return pops_stack(c) && !is_null(c->work.stack_selector);
}

static struct spec_state pushing_state(const struct spec_context *c)
{
	struct spec_state s = *c->old;
	if (c->cpu->far_call_pushes_in_new_mode)
		s.seg[CS] = c->work.code;
	return s;
}

uint64_t push_address(const struct spec_context *c, unsigned count)
{
	struct spec_state s = pushing_state(c);
	return stack_address(&s, -(uint64_t)count * pointer_size(c));
}

bool can_push(const struct spec_context *c, unsigned count)
{
	struct spec_state s = pushing_state(c);
	bool all = true;
	for (unsigned i = 1; i <= count; i++)
		all = all && can_access(&s, -(uint64_t)i * pointer_size(c), pointer_size(c));
	return all;
}

void push_return_address(struct spec_context *c)
{
	struct spec_state s = pushing_state(c);
	spec_write(c->memory, push_address(c, 1), pointer_size(c), c->old->seg[CS].selector);
	spec_write(c->memory, push_address(c, 2), pointer_size(c), next_rip(c));
	move_stack_pointer(c->now, &s, -(uint64_t)2 * pointer_size(c));
}

/* SP is a part of ESP; ESP is all of RSP. */
static uint64_t merged(uint64_t rsp, uint64_t value, uint64_t mask)
{
	return mask == 0xffff ? (rsp & ~mask) | (value & mask) : value & mask;
}

static void set_stack_pointer(struct spec_state *now, uint64_t value, uint64_t mask)
{
	now->rsp = merged(now->rsp, value, mask);
}

void write_stack_pointer(struct spec_state *now, uint64_t value)
{
	set_stack_pointer(now, value, stack_mask(now));
}

void move_stack_pointer(struct spec_state *now, const struct spec_state *old, uint64_t bytes)
{
	set_stack_pointer(now, old->rsp + bytes, stack_mask(old));
}

void take_flags(struct spec_context *c, uint64_t mask)
{
	c->now->rflags = (c->now->rflags & ~mask) | (c->work.image & mask);
}

/* ---- delivery outside IA-32e mode ---- */

struct spec_gate read_gate_32(struct spec_context *c, uint64_t address)
{
	uint64_t d = spec_read(c->memory, address, 8);
	return (struct spec_gate){ .offset = (d & 0xffff) | (d >> 48) << 16,
				   .selector = (uint16_t)(d >> 16),
				   .type = d >> 40 & 15,
				   .dpl = d >> 45 & 3,
				   .p = d >> 47 & 1 };
}

static uint64_t width_of(const struct spec_segment *stack)
{
	return stack->db ? 0xffffffff : 0xffff;
}

bool has_room(const struct spec_context *c, unsigned items, unsigned size)
{
	const struct spec_segment *stack = &c->work.stack;
	bool all = !stack->null;
	for (unsigned i = 1; i <= items; i++)
		all = all && is_in_segment(stack, (c->work.new_rsp - i * size) & width_of(stack), size);
	return all;
}

void push_on(struct spec_context *c, unsigned size, uint64_t value)
{
	struct spec_work *w = &c->work;
	uint64_t mask = width_of(&w->stack);
	w->new_rsp = merged(w->new_rsp, w->new_rsp - size, mask);
	spec_write(c->memory, (uint32_t)(w->stack.base + (w->new_rsp & mask)), size, value);
}

unsigned frame_items(const struct spec_context *c)
{
	return 3 + (c->work.event.has_code ? 1 : 0) + (c->work.new_cpl != c->old->cpl ? 2 : 0);
}

/* SDM vol. 3, 20.1.1 and 20.1.4: in real mode only the selector and the base change. */
void load_paragraph(struct spec_segment *seg, uint16_t selector)
{
	seg->selector = selector;
	seg->base = (uint32_t)selector << 4;
}
