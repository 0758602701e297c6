/* debug_frame.c - see debug_info.h: call frame information, and the expressions in it. */
#include <stdlib.h>

#include "ui/debug/debug_internal.h"

/* ---- expressions ---- */

enum { STACK = 64 };

struct stack {
	const struct debug_expression *e;
	uint64_t value[STACK];
	size_t depth;
};

static bool push(struct stack *s, uint64_t value)
{
	if (s->depth == STACK)
		return false;
	s->value[s->depth++] = value;
	return true;
}

static bool push_register(struct stack *s, uint64_t number, uint64_t offset)
{
	const struct debug_frame *f = s->e->frame;
	if (!f || number >= DEBUG_REGISTERS || !(f->known >> number & 1))
		return false;
	uint64_t value = f->value[number] + offset;
	return push(s, f->word == 4 ? (uint32_t)value : value);
}

static bool load(struct stack *s, uint64_t size)
{
	uint64_t value = 0;
	if (!s->depth || !s->e->memory || !size || size > 8)
		return false;
	if (!s->e->memory->read(s->e->memory->arg, s->value[s->depth - 1], &value, (size_t)size))
		return false;
	s->value[s->depth - 1] = value;
	return true;
}

static bool binary(struct stack *s, unsigned atom)
{
	if (s->depth < 2)
		return false;
	uint64_t b = s->value[--s->depth], *a = &s->value[s->depth - 1];
	switch (atom) {
	case DW_OP_plus:
		*a += b;
		return true;
	case DW_OP_minus:
		*a -= b;
		return true;
	case DW_OP_mul:
		*a *= b;
		return true;
	case DW_OP_and:
		*a &= b;
		return true;
	case DW_OP_or:
		*a |= b;
		return true;
	case DW_OP_xor:
		*a ^= b;
		return true;
	case DW_OP_shl:
		*a = b < 64 ? *a << b : 0;
		return true;
	case DW_OP_shr:
		*a = b < 64 ? *a >> b : 0;
		return true;
	case DW_OP_ge:
		*a = (int64_t)*a >= (int64_t)b;
		return true;
	default:
		return false;
	}
}

static bool unary(struct stack *s, unsigned atom)
{
	if (!s->depth)
		return false;
	uint64_t *a = &s->value[s->depth - 1];
	switch (atom) {
	case DW_OP_dup:
		return push(s, *a);
	case DW_OP_drop:
		s->depth--;
		return true;
	case DW_OP_neg:
		*a = -*a;
		return true;
	case DW_OP_not:
		*a = ~*a;
		return true;
	default:
		return binary(s, atom);
	}
}

static bool step(struct stack *s, const Dwarf_Op *op)
{
	const struct debug_expression *e = s->e;
	unsigned atom = op->atom;
	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		return push(s, atom - DW_OP_lit0);
	if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		return push_register(s, atom - DW_OP_breg0, op->number);
	switch (atom) {
	case DW_OP_bregx:
		return push_register(s, op->number, op->number2);
	case DW_OP_addr:
	case DW_OP_const1u:
	case DW_OP_const1s:
	case DW_OP_const2u:
	case DW_OP_const2s:
	case DW_OP_const4u:
	case DW_OP_const4s:
	case DW_OP_const8u:
	case DW_OP_const8s:
	case DW_OP_constu:
	case DW_OP_consts:
		return push(s, op->number);
	case DW_OP_plus_uconst:
		return push(s, op->number) && binary(s, DW_OP_plus);
	case DW_OP_fbreg:
		return e->has_base && push(s, e->base + op->number);
	case DW_OP_call_frame_cfa:
		return e->has_cfa && push(s, e->cfa);
	case DW_OP_deref:
		return e->frame && load(s, e->frame->word);
	case DW_OP_deref_size:
		return load(s, op->number);
	case DW_OP_nop:
		return true;
	default:
		return unary(s, atom);
	}
}

/* A register alone is a place, not an address. */
static bool is_register(const Dwarf_Op *op, uint64_t *number)
{
	*number = op->atom == DW_OP_regx ? op->number : (uint64_t)op->atom - DW_OP_reg0;
	return op->atom == DW_OP_regx || (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31);
}

enum debug_result debug_evaluate(const struct debug_expression *e, const Dwarf_Op *ops, size_t count, uint64_t *result)
{
	struct stack s = { .e = e };
	uint64_t number;
	bool is_value = count && ops[count - 1].atom == DW_OP_stack_value;
	if (count == 1 && is_register(ops, &number)) {
		if (!push_register(&s, number, 0))
			return DEBUG_NOWHERE;
		*result = s.value[0];
		return DEBUG_VALUE;
	}
	for (size_t i = 0; i < count - is_value; i++)
		if (!step(&s, &ops[i]))
			return DEBUG_NOWHERE;
	if (!s.depth)
		return DEBUG_NOWHERE;
	*result = s.value[s.depth - 1];
	return is_value ? DEBUG_VALUE : DEBUG_ADDRESS;
}

/* ---- frames ---- */

static Dwarf_Frame *find_frame(struct debug_info *d, uint64_t address)
{
	Dwarf_Frame *frame = NULL;
	if (!d->asked_frames) {
		d->debug_frame = d->lib.dwarf_getcfi(d->dwarf);
		d->eh_frame = d->lib.dwarf_getcfi_elf(d->elf);
		d->asked_frames = true;
	}
	if (d->debug_frame && !d->lib.dwarf_cfi_addrframe(d->debug_frame, address, &frame))
		return frame;
	if (d->eh_frame && !d->lib.dwarf_cfi_addrframe(d->eh_frame, address, &frame))
		return frame;
	return NULL;
}

static bool frame_cfa(struct debug_info *d, Dwarf_Frame *frame, struct debug_expression *e)
{
	Dwarf_Op *ops;
	size_t count;
	if (d->lib.dwarf_frame_cfa(frame, &ops, &count) || !count)
		return false;
	e->has_cfa = debug_evaluate(e, ops, count, &e->cfa) != DEBUG_NOWHERE;
	return e->has_cfa;
}

/* A register of the caller: in memory, computed, or as it was. */
static bool restore(struct debug_info *d, Dwarf_Frame *frame, const struct debug_expression *e, unsigned number,
		    uint64_t *value)
{
	const struct debug_frame *f = e->frame;
	Dwarf_Op memory[3], *ops = NULL;
	size_t count = 0;
	if (d->lib.dwarf_frame_register(frame, (int)number, memory, &ops, &count))
		return false;
	if (!count) { /* DW_CFA_undefined gives the array, DW_CFA_same_value gives none */
		*value = number < DEBUG_REGISTERS ? f->value[number] : 0;
		return !ops && number < DEBUG_REGISTERS && f->known >> number & 1;
	}
	enum debug_result result = debug_evaluate(e, ops, count, value);
	uint64_t address = *value;
	*value = 0;
	if (result == DEBUG_ADDRESS)
		return e->memory->read(e->memory->arg, address, value, f->word);
	*value = address;
	return result == DEBUG_VALUE;
}

static void restore_all(struct debug_info *d, Dwarf_Frame *frame, const struct debug_expression *e,
			struct debug_frame *to)
{
	unsigned count = to->word == 8 ? 16 : 8;
	for (unsigned i = 0; i < count; i++)
		if (restore(d, frame, e, i, &to->value[i]))
			to->known |= 1u << i;
	to->value[debug_stack_register(to)] = e->cfa;
	to->known |= 1u << debug_stack_register(to);
}

bool debug_unwind(struct debug_info *d, struct debug_frame *f, bool called, const struct debug_memory *memory)
{
	struct debug_frame next = { .word = f->word };
	struct debug_expression e = { .frame = f, .memory = memory };
	Dwarf_Frame *frame = find_frame(d, f->value[DEBUG_PC] - called);
	if (!frame)
		return false;
	bool good = frame_cfa(d, frame, &e);
	int address = d->lib.dwarf_frame_info(frame, NULL, NULL, NULL);
	good = good && address >= 0 && restore(d, frame, &e, (unsigned)address, &next.value[DEBUG_PC]);
	if (good) {
		next.known |= 1u << DEBUG_PC;
		restore_all(d, frame, &e, &next);
		*f = next;
	}
	free(frame); /* libdw's words: the caller frees it */
	return good;
}

bool debug_cfa(struct debug_info *d, const struct debug_frame *f, bool called, const struct debug_memory *memory,
	       uint64_t *cfa)
{
	struct debug_expression e = { .frame = f, .memory = memory };
	Dwarf_Frame *frame = find_frame(d, f->value[DEBUG_PC] - called);
	bool good = frame && frame_cfa(d, frame, &e);
	free(frame);
	*cfa = e.cfa;
	return good;
}
