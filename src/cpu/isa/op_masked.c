/* op_masked.c - vector moves that touch only the elements that a mask selects, gathers, and MOVNTQ.
 *
 * What the manuals leave to the processor (the order of accesses, what CR2 says, that vectors in memory are not judged
 * for alignment) is as measured on an Intel core.
 */
#include "cpu/isa/op_common.h"
#include "cpu/isa/vector.h"

/* The element as an operand of its own, in its segment and cut to its address size. */
static bool element_linear(struct cpu *cpu, const struct uop *u, uint64_t offset, unsigned size, enum seg_use use,
			   uint64_t *address)
{
	struct uop element = *u;
	element.disp = (int64_t)((uint64_t)u->disp + offset);
	return ea_linear(cpu, &element, size, use, address);
}

static bool element_read(struct cpu *cpu, const struct uop *u, uint64_t offset, unsigned size, void *to)
{
	uint64_t address;
	return element_linear(cpu, u, offset, size, SEG_FOR_READ, &address) &&
	       linear_read_bytes(cpu, address, size, 1, u->flags & UOP_STACK_SEGMENT, to);
}

static bool is_selected(const union vector *mask, unsigned i, unsigned size)
{
	return mask->b[i * size + size - 1] & 0x80;
}

/* ---- VMASKMOVPS VMASKMOVPD VPMASKMOVD VPMASKMOVQ ---- */

/* The bytes from the first element that is selected to the last one. */
struct span {
	unsigned at, size;
	uint64_t address, last; /* linear, of its first and last byte */
};

/* False: no element is selected. */
static bool select_span(const union vector *mask, unsigned bytes, unsigned size, struct span *span)
{
	*span = (struct span){ 0 };
	for (unsigned i = 0; i < bytes / size; i++)
		if (is_selected(mask, i, size)) {
			span->at = span->size ? span->at : i * size;
			span->size = (i + 1) * size - span->at;
		}
	return span->size;
}

/* In 64-bit mode only the address of the whole operand is cut to the address size. */
static bool span_address(struct cpu *cpu, const struct uop *u, enum seg_use use, struct span *span)
{
	if (!(cpu->mode & MODE_64))
		return element_linear(cpu, u, span->at, span->size, use, &span->address);
	bool known = ea_linear(cpu, u, span->size, use, &span->address);
	span->address += span->at;
	return known;
}

/* All of the span is judged by its segment and for canonical form before any page is looked up. */
static bool span_linear(struct cpu *cpu, const struct uop *u, enum seg_use use, struct span *span)
{
	if (!span_address(cpu, u, use, span))
		return false;
	span->last = linear_wrap(cpu, span->address + span->size - 1);
	if (!cpu->mmu.context.long_mode || mmu_canonical(&cpu->mmu, span->last))
		return true;
	return linear_probe(cpu, span->last, 1, MMU_READ, u->flags & UOP_STACK_SEGMENT);
}

static uint64_t span_element(const struct cpu *cpu, const struct span *span, unsigned at)
{
	return linear_wrap(cpu, span->address + (at - span->at));
}

/* Elements that are not selected are 0, and not read. */
static bool masked_load(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned size)
{
	union vector r = { 0 };
	const union vector *mask = &cpu->st.vec[u->src];
	const bool stack = u->flags & UOP_STACK_SEGMENT;
	struct span span;
	if (select_span(mask, bytes, size, &span) && !span_linear(cpu, u, SEG_FOR_READ, &span))
		return false;
	for (unsigned at = 0; at < bytes; at += size)
		if (is_selected(mask, at / size, size) &&
		    !linear_read_bytes(cpu, span_element(cpu, &span, at), size, 1, stack, &r.b[at]))
			return false;
	vector_put_vex(cpu, u->dst, &r, bytes);
	return true;
}

/* What is stored to is found before a byte moves. Of a second page CR2 tells the last byte. */
static bool masked_store(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned size)
{
	const union vector *mask = &cpu->st.vec[u->src], *from = &cpu->st.vec[u->dst];
	const bool stack = u->flags & UOP_STACK_SEGMENT;
	struct span span;
	if (!select_span(mask, bytes, size, &span))
		return true;
	if (!span_linear(cpu, u, SEG_FOR_WRITE, &span) || !linear_probe(cpu, span.address, 1, MMU_WRITE, stack) ||
	    !linear_probe(cpu, span.last, 1, MMU_WRITE, stack))
		return false;
	for (unsigned at = 0; at < bytes; at += size)
		if (is_selected(mask, at / size, size) &&
		    !linear_write_bytes(cpu, span_element(cpu, &span, at), size, 1, stack, &from->b[at]))
			return false;
	return true;
}

HANDLER(masked_load, masked_load(cpu, u, u->size, insn_rows[u->insn].arg))
HANDLER(masked_store, masked_store(cpu, u, u->size, insn_rows[u->insn].arg))

/* The mask is the second operand of both. */
PICK(masked_move)
{
	const bool store = shape_is_memory(s, 0);
	(void)arg;
	u->dst = s->op[store ? 2 : 0].reg;
	u->src = s->op[1].reg;
	u->size = (uint8_t)unit_bytes(s->unit);
	return store ? op_masked_store : op_masked_load;
}

/* ---- MASKMOVQ MASKMOVDQU: bytes at DS:rDI ---- */

static bool masked_write(struct cpu *cpu, const struct uop *u, unsigned at, const union vector *v)
{
	uint64_t address;
	return element_linear(cpu, u, at, 1, SEG_FOR_WRITE, &address) &&
	       linear_write(cpu, address, 1, u->flags & UOP_STACK_SEGMENT, v->b[at]);
}

/* Each 64 bits are one access, the higher one first, and are judged whatever the mask says. */
static bool masked_bytes(struct cpu *cpu, const struct uop *u, const union vector *v, const union vector *mask)
{
	uint64_t address;
	const bool stack = u->flags & UOP_STACK_SEGMENT;
	for (unsigned at = u->size; at; at -= 8)
		if (!element_linear(cpu, u, at - 8, 8, SEG_FOR_WRITE, &address) ||
		    !linear_probe(cpu, address, 8, MMU_WRITE, stack))
			return false;
	for (unsigned at = u->size; at--;)
		if (is_selected(mask, at, 1) && !masked_write(cpu, u, at, v))
			return false;
	return true;
}

static bool masked_xmm(struct cpu *cpu, const struct uop *u)
{
	return masked_bytes(cpu, u, &cpu->st.vec[u->dst], &cpu->st.vec[u->src]);
}

static bool masked_mmx(struct cpu *cpu, const struct uop *u)
{
	union vector v, mask;
	if (!x87_check_pending(cpu))
		return false;
	mmx_get(cpu, u->dst, &v);
	mmx_get(cpu, u->src, &mask);
	if (behaviour(cpu, mmx_store_transits_first))
		mmx_done(cpu);
	if (!masked_bytes(cpu, u, &v, &mask))
		return false;
	mmx_done(cpu);
	return true;
}

HANDLER(masked_xmm, masked_xmm(cpu, u))
HANDLER(masked_mmx, masked_mmx(cpu, u))

/* The decoder has taken the segment. */
PICK(masked_bytes)
{
	(void)arg;
	u->base = RDI;
	u->ea = s->mode_64 && s->address_size == 8 ? EA_64 : EA_SLOW;
	u->size = (uint8_t)unit_bytes(s->unit);
	return s->unit == UNIT_MMX ? op_masked_mmx : op_masked_xmm;
}

/* ---- MOVNTQ ---- */

static bool stream_mmx(struct cpu *cpu, const struct uop *u)
{
	union vector v;
	if (!x87_check_pending(cpu))
		return false;
	mmx_get(cpu, u->src, &v);
	mmx_store_begins(cpu);
	if (!mem_write(cpu, u, 8, v.q[0]))
		return false;
	mmx_done(cpu);
	return true;
}

HANDLER(stream_mmx, stream_mmx(cpu, u))
PICK_ONE(stream_mmx)

/* ---- gathers [SDM vol. 2, VPGATHERDD and its kin] ---- */

/* The mask is made all ones or zeroes in each element first. */
static void gather_prepare(union vector *mask, unsigned bytes, unsigned size)
{
	for (unsigned i = 0; i < bytes / size; i++)
		memset(&mask->b[i * size], is_selected(mask, i, size) ? 0xff : 0, size);
}

static uint64_t gather_offset(const struct cpu *cpu, const struct uop *u, unsigned i, bool index_32)
{
	const union vector *index = &cpu->st.vec[u->imm];
	return (index_32 ? (uint64_t)(int64_t)index->sd[i] : index->q[i]) << u->scale;
}

static void gather_clear_upper(union vector *v, unsigned bytes)
{
	memset(&v->b[bytes], 0, 32 - bytes);
}

/* From the lowest element up; what has been gathered when an element faults stays, and its mask is 0, so that the
 * instruction can go on. u->size is the width of the destination; that of the instruction is the indexes' where they
 * are wider than the elements. */
static bool gather(struct cpu *cpu, const struct uop *u, unsigned size, bool index_32)
{
	union vector *r = &cpu->st.vec[u->dst], *mask = &cpu->st.vec[u->src];
	const unsigned bytes = size == 4 && !index_32 ? 2 * u->size : u->size;
	uint64_t v;
	gather_prepare(mask, bytes, size);
	gather_clear_upper(mask, bytes);
	for (unsigned i = 0; i < u->size / size; i++) {
		if (!is_selected(mask, i, size))
			continue;
		if (!element_read(cpu, u, gather_offset(cpu, u, i, index_32), size, &v))
			return false;
		memcpy(&r->b[i * size], &v, size);
		memset(&mask->b[i * size], 0, size);
		gather_clear_upper(r, bytes);
	}
	gather_clear_upper(r, u->size);
	*mask = (union vector){ 0 };
	return true;
}

static bool gather_row(struct cpu *cpu, const struct uop *u)
{
	const unsigned arg = insn_rows[u->insn].arg;
	return gather(cpu, u, arg & ~(unsigned)GATHER_INDEX_32, arg & GATHER_INDEX_32);
}

HANDLER(gather, gather_row(cpu, u))

/* Registers that are not three are #UD. The decoder has put the index's number into the immediate. */
PICK(gather)
{
	(void)arg;
	u->dst = s->op[0].reg;
	u->src = s->op[2].reg;
	u->size = s->op[0].size;
	return u->dst == u->src || u->dst == u->imm || u->src == u->imm ? op_undefined : op_gather;
}
