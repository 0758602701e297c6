/* op_kernel.c - vector instructions that take elements together: cryptography, permutations, tests, strings, bit
 * fields.
 */
#include "cpu/isa/crypto.h"
#include "cpu/isa/lanes.h"
#include "cpu/isa/op_common.h"
#include "cpu/isa/pcmpstr.h"
#include "cpu/isa/permute.h"
#include "cpu/isa/vector.h"

/* Handlers of the units that have XMM registers. */
#define XMM_HANDLERS(name, body)                                                                                       \
	VECTOR_HANDLER(name, UNIT_SSE, sse, body)                                                                      \
	VECTOR_HANDLER(name, UNIT_VEX128, vex128, body)                                                                \
	VECTOR_HANDLER(name, UNIT_VEX256, vex256, body)
/* The table by unit, from UNIT_SSE on, and memory. */
#define XMM_TABLE(name)                                                                                                \
	{                                                                                                              \
		{ op_##name##_sse_r, op_##name##_sse_m }, { op_##name##_vex128_r, op_##name##_vex128_m },              \
		    { op_##name##_vex256_r, op_##name##_vex256_m },                                                    \
	}

/* ---- kernels ---- */

static const struct kernel {
	lanes_fn *fn;
	uint8_t bytes;
} kernels[] = {
#define KERNEL(name, bytes) { kernel_##name, bytes },
#include "cpu/isa/kernel.def"
#undef KERNEL
};

/* Operands that are no whole vector need not be aligned. */
static __attribute__((noinline)) bool kernel(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory,
					     const struct kernel *k)
{
	union vector b, r = { 0 };
	const unsigned bytes = unit_bytes(unit);
	const enum vector_align align = k->bytes ? ALIGN_ELEMENT : vector_alignment(unit);
	if (!vector_source(cpu, u, unit, memory, k->bytes ? k->bytes : bytes, align, &b))
		return false;
	k->fn(&r, &cpu->st.vec[u->src], &b, bytes, (uint8_t)u->imm);
	vector_put(cpu, unit, u->dst, &r);
	return true;
}

XMM_HANDLERS(kernel, kernel(cpu, u, unit, memory, &kernels[insn_rows[u->insn].arg]))
XMM_HANDLERS(kernel_imm, kernel(cpu, u, unit, memory, &kernels[insn_rows[u->insn].arg + 1]))

PICK(kernel)
{
	static op_fn *const handlers[3][2] = XMM_TABLE(kernel);
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_SSE][shape_has_memory(s)];
}

/* With a vector that selects, or with an immediate: the kernel behind the row's. */
PICK(permil)
{
	static op_fn *const handlers[3][2] = XMM_TABLE(kernel_imm);
	if (s->op[2].kind != OPERAND_IMMEDIATE)
		return pick_kernel(s, arg, u);
	vector_settle(s, u);
	return handlers[s->unit - UNIT_SSE][shape_has_memory(s)];
}

/* From a register it is of AVX2 [SDM vol. 2, VBROADCAST]. */
PICK(broadcast_float)
{
	op_fn *const fn = pick_kernel(s, arg, u);
	return shape_is_memory(s, 1) || profile_has(s->profile, FEATURE_AVX2) ? fn : op_undefined;
}

/* ---- SHA256RNDS2: XMM0 is its third operand ---- */

static __attribute__((noinline)) bool sha256rnds2(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector b, r = { 0 };
	if (!vector_source(cpu, u, unit, memory, 16, ALIGN_OPERAND, &b))
		return false;
	crypto_sha256rnds2(&r, &cpu->st.vec[u->src], &b, &cpu->st.vec[0]);
	vector_put(cpu, unit, u->dst, &r);
	return true;
}

VECTOR_HANDLER(sha256rnds2, UNIT_SSE, sse, sha256rnds2(cpu, u, unit, memory))

PICK(sha256rnds2)
{
	(void)arg;
	vector_settle(s, u);
	return shape_has_memory(s) ? op_sha256rnds2_sse_m : op_sha256rnds2_sse_r;
}

/* ---- VEXTRACTF128 VEXTRACTI128 ---- */

static bool extract_half(struct cpu *cpu, const struct uop *u, bool memory)
{
	union vector r = { 0 };
	memcpy(&r, &cpu->st.vec[u->src].q[(u->imm & 1) * 2], 16);
	if (memory)
		return vector_store(cpu, u, 16, ALIGN_ELEMENT, &r);
	vector_put(cpu, UNIT_VEX128, u->dst, &r);
	return true;
}

HANDLER(extract_half_r, extract_half(cpu, u, false))
HANDLER(extract_half_m, extract_half(cpu, u, true))

PICK(extract_half)
{
	(void)arg;
	u->src = s->op[1].reg;
	return shape_is_memory(s, 0) ? op_extract_half_m : op_extract_half_r;
}

/* ---- PTEST VTESTPS VTESTPD ---- */

/* The bits that count in each 64. */
static const uint64_t test_masks[] = { ~0ull, 0x8000000080000000, 0x8000000000000000 };

static __attribute__((noinline)) bool vector_test(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector b;
	const union vector *a = &cpu->st.vec[u->src];
	const unsigned bytes = unit_bytes(unit);
	const uint64_t mask = test_masks[insn_rows[u->insn].arg];
	if (!vector_source(cpu, u, unit, memory, bytes, vector_alignment(unit), &b))
		return false;
	cpu->lf =
	    flags_from((test_and(a, &b, bytes, mask) ? 0 : FLAG_ZF) | (test_andn(a, &b, bytes, mask) ? 0 : FLAG_CF));
	return true;
}

XMM_HANDLERS(vector_test, vector_test(cpu, u, unit, memory))

PICK(vector_test)
{
	static op_fn *const handlers[3][2] = XMM_TABLE(vector_test);
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_SSE][shape_has_memory(s)];
}

/* ---- PCMPESTRI PCMPESTRM PCMPISTRI PCMPISTRM ---- */

/* Explicit lengths are in rAX and rDX, of u->size bytes. */
static void strings_take_lengths(const struct cpu *cpu, const struct uop *u, bool is_explicit, struct strings *s)
{
	s->a_length = is_explicit ? strings_saturated(reg_get(cpu, RAX * 8, u->size), u->size, s->imm)
				  : strings_length(s->a, s->imm);
	s->b_length = is_explicit ? strings_saturated(reg_get(cpu, RDX * 8, u->size), u->size, s->imm)
				  : strings_length(s->b, s->imm);
}

static uint64_t strings_flags(const struct strings *s, unsigned result)
{
	const unsigned most = strings_elements(s->imm);
	return (result ? FLAG_CF : 0) | (s->b_length < most ? FLAG_ZF : 0) | (s->a_length < most ? FLAG_SF : 0) |
	       (result & 1 ? FLAG_OF : 0);
}

/* The operand in memory need not be aligned [SDM vol. 2, 4.1.4]. */
static __attribute__((noinline)) bool strings(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector b, mask;
	const unsigned arg = insn_rows[u->insn].arg;
	struct strings s = { .a = &cpu->st.vec[u->src], .b = &b, .imm = (uint8_t)u->imm };
	if (!vector_source(cpu, u, unit, memory, 16, ALIGN_ELEMENT, &b))
		return false;
	strings_take_lengths(cpu, u, arg & STRINGS_EXPLICIT, &s);
	const unsigned result = strings_result(&s);
	cpu->lf = flags_from(strings_flags(&s, result));
	if (!(arg & STRINGS_TO_MASK)) {
		reg_set(cpu, RCX * 8, 4, strings_index(result, s.imm));
		return true;
	}
	strings_mask(&mask, result, s.imm);
	vector_put(cpu, unit, 0, &mask);
	return true;
}

VECTOR_HANDLER(strings, UNIT_SSE, sse, strings(cpu, u, unit, memory))
VECTOR_HANDLER(strings, UNIT_VEX128, vex128, strings(cpu, u, unit, memory))

PICK(strings)
{
	static op_fn *const handlers[2][2] = { { op_strings_sse_r, op_strings_sse_m },
					       { op_strings_vex128_r, op_strings_vex128_m } };
	(void)arg;
	vector_settle(s, u);
	u->size = s->operand_size == 8 ? 8 : 4;
	return handlers[s->unit == UNIT_VEX128][shape_has_memory(s)];
}

/* ---- EXTRQ INSERTQ: length and index in two immediates, or in the second operand; bits 127:64 stay ---- */

static void extract_field(struct cpu *cpu, const struct uop *u, unsigned length, unsigned index)
{
	uint64_t *low = &cpu->st.vec[u->dst].q[0];
	*low = field_extract(*low, length, index);
}

static void insert_field(struct cpu *cpu, const struct uop *u, unsigned length, unsigned index)
{
	uint64_t *low = &cpu->st.vec[u->dst].q[0];
	*low = field_insert(*low, cpu->st.vec[u->src].q[0], length, index);
}

static OP(extract_field)
{
	const uint64_t v = cpu->st.vec[u->src].q[0];
	extract_field(cpu, u, (uint8_t)v, (uint8_t)(v >> 8));
	NEXT();
}

static OP(insert_field)
{
	const uint64_t v = cpu->st.vec[u->src].q[1];
	insert_field(cpu, u, (uint8_t)v, (uint8_t)(v >> 8));
	NEXT();
}

static OP(extract_field_imm)
{
	extract_field(cpu, u, (uint8_t)u->disp, (uint8_t)u->imm);
	NEXT();
}

static OP(insert_field_imm)
{
	insert_field(cpu, u, (uint8_t)u->disp, (uint8_t)u->imm);
	NEXT();
}

PICK(bit_field)
{
	static op_fn *const handlers[2][2] = { { op_extract_field, op_extract_field_imm },
					       { op_insert_field, op_insert_field_imm } };
	const bool immediate = s->op[s->count - 1].kind == OPERAND_IMMEDIATE;
	if (immediate)
		u->disp = s->first_immediate;
	return handlers[arg][immediate];
}

/* ---- VZEROALL VZEROUPPER: outside 64-bit mode of eight registers only ---- */

static OP(vector_zero)
{
	const bool all = insn_rows[u->insn].arg;
	for (unsigned i = 0; i < (cpu->mode & MODE_64 ? VECTORS : VECTORS / 2u); i++)
		memset(&cpu->st.vec[i].q[all ? 0 : 2], 0, all ? 32 : 16);
	NEXT();
}
PICK_ONE(vector_zero)
