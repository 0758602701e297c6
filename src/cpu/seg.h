/* seg.h - selectors, descriptors and the hidden caches they fill. */
#ifndef RS_CPU_SEG_H
#define RS_CPU_SEG_H

#include "cpu/cpu.h"

#define SELECTOR_RPL 3u
#define SELECTOR_TI 4u
#define SELECTOR_BYTES 2u /* of a stack slot or a pointer that are read: what is above is not looked at */

/* The selector as an error code carries it: RPL cleared; EXT comes on top. */
static inline int32_t selector_code(uint16_t selector)
{
	return selector & 0xfffc;
}

/* The same for a fault while an event is delivered (IN-06). */
static inline int32_t selector_code_ext(uint16_t selector, int32_t ext)
{
	return selector_code(selector) + ext;
}

static inline bool selector_is_null(uint16_t selector)
{
	return (selector & 0xfffc) == 0;
}

/* A descriptor as it stands in memory; `high` is the second half of a 16-byte one. */
struct descriptor {
	uint64_t address; /* linear */
	uint64_t low, high;
};

/* System descriptor types [SDM vol. 3, table 3-2]. */
enum {
	TYPE_LDT = 2,
	TYPE_TSS16_FREE = 1,
	TYPE_TSS16_BUSY = 3,
	TYPE_CALL_GATE16 = 4,
	TYPE_TASK_GATE = 5,
	TYPE_TSS_FREE = 9,
	TYPE_TSS_BUSY = 11,
	TYPE_CALL_GATE = 12,
	TYPE_INTERRUPT_GATE = 14,
	TYPE_TRAP_GATE = 15
};

/* Where the `bytes` of the descriptor lie; false when they are not all inside the table's limit, or TI = 1 and LDTR is
 * null. Raises no fault. */
static inline bool desc_locate(const struct cpu *cpu, uint16_t selector, unsigned bytes, uint64_t *address)
{
	const struct seg *ldtr = &cpu->st.seg[SEG_LDTR];
	bool local = selector & SELECTOR_TI;
	uint64_t offset = selector & 0xfff8;
	if (local && !(ldtr->attr & SEG_P))
		return false;
	uint64_t limit = local ? ldtr->limit : cpu->st.gdtr.limit;
	*address = (local ? ldtr->base : cpu->st.gdtr.base) + offset;
	return offset + bytes - 1 <= limit;
}
/* Reads 8 or 16 bytes as the CPU itself does (SL-42). False: page fault. */
bool desc_read(struct cpu *cpu, uint64_t address, unsigned bytes, struct descriptor *d);
bool desc_set_accessed(struct cpu *cpu, struct descriptor *d);

/* Sets the accessed bit in memory if it is 0 (SL-12, GT-11). */
static inline bool desc_touch(struct cpu *cpu, struct descriptor *d)
{
	return (d->low >> 40 & 1) || desc_set_accessed(cpu, d);
}

static inline unsigned desc_type(const struct descriptor *d)
{
	return d->low >> 40 & 15;
}

static inline bool desc_is_segment(const struct descriptor *d)
{
	return d->low >> 44 & 1;
}

static inline unsigned desc_dpl(const struct descriptor *d)
{
	return d->low >> 45 & 3;
}

static inline bool desc_present(const struct descriptor *d)
{
	return d->low >> 47 & 1;
}

static inline bool desc_l(const struct descriptor *d)
{
	return d->low >> 53 & 1;
}

static inline bool desc_db(const struct descriptor *d)
{
	return d->low >> 54 & 1;
}

static inline bool desc_is_code(const struct descriptor *d)
{
	return desc_is_segment(d) && (desc_type(d) & SEG_CODE);
}

static inline bool desc_is_writable_data(const struct descriptor *d)
{
	return desc_is_segment(d) && (desc_type(d) & (SEG_CODE | SEG_WRITABLE)) == SEG_WRITABLE;
}

static inline bool desc_is_readable(const struct descriptor *d)
{
	return desc_is_segment(d) && !((desc_type(d) & SEG_CODE) && !(desc_type(d) & SEG_READABLE));
}

static inline bool desc_is_conforming(const struct descriptor *d)
{
	return desc_is_code(d) && (desc_type(d) & SEG_CONFORMING);
}

/* Byte limit, scaled by G. */
static inline uint32_t desc_limit(const struct descriptor *d)
{
	uint32_t raw = (uint32_t)(d->low & 0xffff) | (uint32_t)(d->low >> 32 & 0xf0000);
	return d->low >> 55 & 1 ? raw << 12 | 0xfff : raw;
}

static inline uint16_t desc_attributes(const struct descriptor *d)
{
	return d->low >> 40 & 0xf0ff;
}

/* 32-bit base of a code or data descriptor. */
static inline uint64_t desc_base(const struct descriptor *d)
{
	return (d->low >> 16 & 0xffffff) | (d->low >> 32 & 0xff000000);
}

/* The hidden part that a load of `selector` makes; the base is zero-extended (SL-14). */
static inline struct seg desc_cache(const struct descriptor *d, uint16_t selector)
{
	return (struct seg){
		.base = desc_base(d), .limit = desc_limit(d), .sel = selector, .attr = desc_attributes(d)
	};
}

/* Selector and cache of a stack segment that is loaded with a null selector. */
static inline struct seg seg_null(uint16_t selector, unsigned dpl)
{
	return (struct seg){ .sel = selector, .attr = (uint16_t)(dpl << SEG_DPL_SHIFT) };
}

/* The fixed caches of table T of the ledger: SYSCALL and its kin load them without reading a table. */
static inline struct seg seg_flat(uint16_t selector, unsigned dpl, unsigned attributes)
{
	return (struct seg){ .limit = 0xffffffff, .sel = selector,
	                     .attr = (uint16_t)(attributes | SEG_G | SEG_P | SEG_S | SEG_ACCESSED |
	                                        dpl << SEG_DPL_SHIFT) };
}

static inline struct seg seg_flat_code64(uint16_t selector, unsigned dpl)
{
	return seg_flat(selector, dpl, SEG_L | SEG_CODE | SEG_READABLE);
}

static inline struct seg seg_flat_code32(uint16_t selector, unsigned dpl)
{
	return seg_flat(selector, dpl, SEG_DB | SEG_CODE | SEG_READABLE);
}

static inline struct seg seg_flat_stack(uint16_t selector, unsigned dpl)
{
	return seg_flat(selector, dpl, SEG_DB | SEG_WRITABLE);
}

/* Puts a cache into a register and derives what follows. CS goes with the CPL. */
void seg_set(struct cpu *cpu, unsigned seg, struct seg value);

/* What real or virtual-8086 mode makes of a selector: base = selector * 16. */
struct seg seg_paragraph(const struct cpu *cpu, unsigned seg, uint16_t selector);

/* Whether all of `size` bytes from `offset` lie inside the limit (above it, for an expand-down segment). Base 0 and
 * limit FFFFFFFFh have no end: what begins below goes on at 0. The manual leaves that open [SDM vol. 3, 5.3]; so it was
 * measured on an Intel core, and with any other base the limit holds. */
bool seg_inside(const struct seg *s, uint64_t offset, unsigned size);

/* MOV, POP, LxS into ES, SS, DS, FS, GS with all checks and the accessed bit; false: faulted, nothing changed. */
bool seg_load(struct cpu *cpu, unsigned seg, uint16_t selector);

/* After a return to an outer level: ES, DS, FS, GS that the new CPL may not use become null (GT-30, IR-18, IR-29). */
void seg_null_inner(struct cpu *cpu);

#endif
