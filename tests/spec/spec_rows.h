/*
 * spec_rows.h - what the conditions and effects of the rows are written with.
 */
#ifndef SPEC_ROWS_H
#define SPEC_ROWS_H

#include "spec_run.h"

static inline bool is_protected(const struct spec_state *s)
{
	return s->cr0 & CR0_PE && !(s->rflags & FLAG_VM);
}

static inline bool is_ia32e(const struct spec_state *s)
{
	return s->efer & EFER_LMA;
}

static inline bool is_64_bit(const struct spec_state *s)
{
	return is_ia32e(s) && s->seg[CS].l;
}

/* SDM vol. 1, 3.3.7.1; APM vol. 2, 5.3.1: the bits above the implemented ones are copies of the highest of those. */
static inline bool is_canonical(const struct spec_state *s, uint64_t address)
{
	unsigned unused = s->cr4 & CR4_LA57 ? 7 : 16;
	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static inline uint64_t next_rip(const struct spec_context *c)
{
	uint64_t next = c->old->rip + c->insn->length;
	return is_64_bit(c->old) ? next : (uint32_t)next;
}

/* The fixed hidden parts (SDM vol. 2, SYSCALL, Operation). The limit FFFFFh with G=1 is FFFFFFFFh bytes. */
static inline void fixed(struct spec_segment *seg, unsigned type, unsigned dpl, bool l)
{
	uint16_t selector = seg->selector;
	*seg = (struct spec_segment){ .selector = selector,
				      .limit = 0xffffffff,
				      .type = (uint8_t)type,
				      .s = 1,
				      .dpl = (uint8_t)dpl,
				      .p = 1,
				      .l = l,
				      .db = !l,
				      .g = 1 };
}

static inline void fixed_code(struct spec_segment *seg, unsigned dpl, bool l)
{
	fixed(seg, 11, dpl, l);
}

static inline void fixed_stack(struct spec_segment *seg, unsigned dpl)
{
	fixed(seg, 3, dpl, false);
}

static inline struct spec_fault ud(void)
{
	return (struct spec_fault){ .vector = UD };
}

static inline struct spec_fault with_code(enum spec_vector vector, uint32_t code)
{
	return (struct spec_fault){ .vector = vector, .has_code = true, .code = code };
}

static inline struct spec_fault gp(uint32_t code)
{
	return with_code(GP, code);
}

#endif
