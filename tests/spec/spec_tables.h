/*
 * spec_tables.h - descriptors, gates and stacks, for the rows of the transitions through tables.
 */
#ifndef SPEC_TABLES_H
#define SPEC_TABLES_H

#include "spec_rows.h"

static inline unsigned rpl(uint16_t selector)
{
	return selector & 3;
}

static inline bool is_null(uint16_t selector)
{
	return !(selector & 0xfffc);
}

/* The index and table of an error code (SDM vol. 3, 6.13). */
static inline uint32_t selector_code(uint16_t selector)
{
	return selector & 0xfffc;
}

static inline uint32_t ext(const struct spec_work *w)
{
	return w->event.external;
}

static inline uint32_t idt_code(const struct spec_work *w)
{
	return w->event.vector * 8u + 2 + ext(w);
}

static inline bool is_code(const struct spec_segment *seg)
{
	return seg->s && seg->type & 8;
}

static inline bool is_conforming(const struct spec_segment *seg)
{
	return is_code(seg) && seg->type & 4;
}

static inline bool is_writable_data(const struct spec_segment *seg)
{
	return seg->s && !(seg->type & 8) && seg->type & 2;
}

static inline unsigned iopl(const struct spec_state *s)
{
	return s->rflags >> 12 & 3;
}

/* All 8 bytes of the descriptor lie within its table (SDM vol. 3, 3.5.1); a null LDTR has no table. */
bool is_within(const struct spec_state *s, unsigned selector);
uint64_t descriptor_address(const struct spec_state *s, uint16_t selector);
struct spec_segment read_descriptor(struct spec_context *c, uint16_t selector);
struct spec_gate read_gate(struct spec_context *c, uint64_t address);

/* Loads of CS at the new CPL and of SS, with the accessed bit of the descriptor in memory. */
void load_code(struct spec_context *c, uint16_t selector, const struct spec_segment *from);
void load_stack(struct spec_context *c, uint16_t selector, const struct spec_segment *from);
void load_null(struct spec_segment *seg, uint16_t selector);
void null_outer_segments(struct spec_state *now);

struct spec_event software(const struct spec_context *c, uint8_t vector);
bool takes_tss_stack(const struct spec_context *c);
unsigned tss_stack_offset(const struct spec_context *c);
void push_8(struct spec_context *c, uint64_t value);

/* The same outside IA-32e mode, through gates of 8 bytes, on w->stack at w->new_rsp. */
struct spec_gate read_gate_32(struct spec_context *c, uint64_t address);
bool has_room(const struct spec_context *c, unsigned items, unsigned size);
void push_on(struct spec_context *c, unsigned size, uint64_t value);
unsigned frame_items(const struct spec_context *c);
void load_paragraph(struct spec_segment *seg, uint16_t selector);

/* Bits of bytes in memory about which nothing is said. */
static inline void leave_open(struct spec_context *c, uint64_t address, unsigned bytes, uint8_t bits)
{
	c->memory->open_at = address;
	c->memory->open_bytes = bytes;
	c->memory->open_bits = bits;
}

/* Bytes: 2, 4 or 8. */
unsigned operand_size(const struct spec_context *c);
unsigned pointer_size(const struct spec_context *c);

/* Items on the current stack, counted from its top; those of a far RET after the first two lie past its immediate. */
bool can_pop(const struct spec_context *c, unsigned first, unsigned count);
/* The selector in an item lies within the stack limit and the rest of the item does not. */
bool is_cut_by_limit(const struct spec_context *c, unsigned number);
uint64_t item(struct spec_context *c, unsigned number);
unsigned first_items(const struct spec_context *c);
unsigned stack_items(const struct spec_context *c);
bool pops_stack(const struct spec_context *c);
bool loads_stack(const struct spec_context *c);
/* Of a far CALL to a code segment: the current stack, or as the mode of that segment has it. */
uint64_t push_address(const struct spec_context *c, unsigned count);
/* w->new_rip is one for w->code. */
bool is_offset_good(const struct spec_context *c);
bool can_push(const struct spec_context *c, unsigned count);
void push_return_address(struct spec_context *c);

/* RSP, ESP or SP by the mode and SS of `now`, or of `old` for what stays on its stack. */
void write_stack_pointer(struct spec_state *now, uint64_t value);
void move_stack_pointer(struct spec_state *now, const struct spec_state *old, uint64_t bytes);
void take_flags(struct spec_context *c, uint64_t mask);

/* SDM vol. 3, table 6-4: 1 contributory, 2 page fault, 0 benign. */
unsigned class_of(bool is_exception, unsigned vector);

#endif
