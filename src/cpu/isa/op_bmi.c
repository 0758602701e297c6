/* op_bmi.c - the integer extensions: POPCNT LZCNT TZCNT, CRC32, ADCX ADOX, MOVBE, BMI1 and BMI2, RDRAND RDSEED.
 */
#include "cpu/isa/bmi.h"
#include "cpu/isa/crypto.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

/* The r/m operand that is only read; `reg` is its register, if it is one. */
INLINE bool read_source(struct cpu *cpu, const struct uop *u, bool memory, unsigned reg, unsigned size, uint64_t *v)
{
	if (memory)
		return mem_read(cpu, u, size, v);
	*v = reg_get(cpu, reg, size);
	return true;
}

/* ---- POPCNT LZCNT TZCNT ---- */

INLINE bool count(struct cpu *cpu, const struct uop *u, count_fn *fn, bool memory, unsigned size)
{
	uint64_t v;
	if (!read_source(cpu, u, memory, u->src, size, &v))
		return false;
	reg_set(cpu, u->dst, size, fn(&cpu->lf, v, size));
	return true;
}

/* X(operation), in the order of enum COUNT_* */
#define COUNTS(X) X(popcnt) X(lzcnt) X(tzcnt)

#define COUNT_SIZE(name, size) \
	HANDLER(name##_r##size, count(cpu, u, bmi_##name, false, size)) \
	HANDLER(name##_m##size, count(cpu, u, bmi_##name, true, size))
#define COUNT_HANDLERS(name) COUNT_SIZE(name, 2) COUNT_SIZE(name, 4) COUNT_SIZE(name, 8)
COUNTS(COUNT_HANDLERS)

PICK(count)
{
#define COUNT_CELL(name) { SIZES_248(op_##name##_r), SIZES_248(op_##name##_m) },
	static op_fn *const handlers[][2][4] = { COUNTS(COUNT_CELL) };
#undef COUNT_CELL
	return handlers[arg][shape_is_memory(s, 1)][size_index(u->size)];
}

/* ---- CRC32: the destination has 32 or 64 bits, of which the upper half becomes 0 ---- */

INLINE bool crc32(struct cpu *cpu, const struct uop *u, bool memory, unsigned size)
{
	uint64_t v;
	if (!read_source(cpu, u, memory, u->src, size, &v))
		return false;
	reg_set(cpu, u->dst, 4, crypto_crc32((uint32_t)reg_get(cpu, u->dst, 4), v, size));
	return true;
}

#define CRC32_SIZE(size) \
	HANDLER(crc32_r##size, crc32(cpu, u, false, size)) \
	HANDLER(crc32_m##size, crc32(cpu, u, true, size))
CRC32_SIZE(1)
CRC32_SIZE(2)
CRC32_SIZE(4)
CRC32_SIZE(8)

PICK(crc32)
{
	static op_fn *const handlers[2][4] = { SIZES_1248(op_crc32_r), SIZES_1248(op_crc32_m) };
	(void)arg;
	(void)u;
	return handlers[shape_is_memory(s, 1)][size_index(s->op[1].size)];
}

/* ---- ADCX ADOX ---- */

INLINE bool adx(struct cpu *cpu, const struct uop *u, adx_fn *fn, bool memory, unsigned size)
{
	uint64_t b;
	if (!read_source(cpu, u, memory, u->src, size, &b))
		return false;
	reg_set(cpu, u->dst, size, fn(&cpu->lf, reg_get(cpu, u->dst, size), b, size));
	return true;
}

#define ADX_SIZE(name, size) \
	HANDLER(name##_r##size, adx(cpu, u, bmi_##name, false, size)) \
	HANDLER(name##_m##size, adx(cpu, u, bmi_##name, true, size))
ADX_SIZE(adcx, 4)
ADX_SIZE(adcx, 8)
ADX_SIZE(adox, 4)
ADX_SIZE(adox, 8)

/* Rows of handler tables of instructions with 32-bit and 64-bit operands only. */
#define SIZES_48(prefix) { prefix##4, prefix##8 }

PICK(adx)
{
	static op_fn *const handlers[2][2][2] = {
		{ SIZES_48(op_adcx_r), SIZES_48(op_adcx_m) },
		{ SIZES_48(op_adox_r), SIZES_48(op_adox_m) },
	};
	return handlers[arg][shape_is_memory(s, 1)][u->size == 8];
}

/* ---- MOVBE ---- */

INLINE uint64_t swapped(uint64_t v, unsigned size)
{
	return __builtin_bswap64(v) >> (64 - 8 * size);
}

INLINE bool movbe_load(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	if (!mem_read(cpu, u, size, &v))
		return false;
	reg_set(cpu, u->dst, size, swapped(v, size));
	return true;
}

#define MOVBE_SIZE(size) \
	HANDLER(movbe_load##size, movbe_load(cpu, u, size)) \
	HANDLER(movbe_store##size, mem_write(cpu, u, size, swapped(reg_get(cpu, u->src, size), size)))
MOVBE_SIZE(2)
MOVBE_SIZE(4)
MOVBE_SIZE(8)

PICK(movbe)
{
	static op_fn *const handlers[2][4] = { SIZES_248(op_movbe_load), SIZES_248(op_movbe_store) };
	(void)arg;
	return handlers[shape_is_memory(s, 0)][size_index(u->size)];
}

/* ---- with VEX: three operands ---- */

/* After this `dst` is the destination and `src` the source that is no r/m operand (MULX: the destination of the low
 * half). The r/m operand is memory or, where `base` has nothing else to say, the register at that offset. */
static void settle_vex(const struct shape *s, unsigned rm, struct uop *u)
{
	const unsigned other = rm == 1 ? 2 : 1;
	u->dst = s->op[0].reg;
	u->src = other < s->count ? s->op[other].reg : 0;
	if (!shape_is_memory(s, rm))
		u->base = s->op[rm].reg;
}

INLINE bool bmi(struct cpu *cpu, const struct uop *u, bmi_fn *fn, bool memory, uint64_t other, unsigned size)
{
	uint64_t v;
	if (!read_source(cpu, u, memory, u->base, size, &v))
		return false;
	reg_set(cpu, u->dst, size, fn(&cpu->lf, v, other, size));
	return true;
}

/* X(operation), in the order of enum BMI_*; RORX, the last, has its count in the immediate */
#define BMIS(X) X(andn) X(bextr) X(blsi) X(blsmsk) X(blsr) X(bzhi) X(sarx) X(shlx) X(shrx) X(pdep) X(pext)

#define BMI_SIZE(name, other, size) \
	HANDLER(name##_r##size, bmi(cpu, u, bmi_##name, false, other, size)) \
	HANDLER(name##_m##size, bmi(cpu, u, bmi_##name, true, other, size))
#define BMI_HANDLERS(name) \
	BMI_SIZE(name, reg_get(cpu, u->src, 4), 4) \
	BMI_SIZE(name, reg_get(cpu, u->src, 8), 8)
BMIS(BMI_HANDLERS)
BMI_SIZE(rorx, (uint64_t)u->imm, 4)
BMI_SIZE(rorx, (uint64_t)u->imm, 8)

/* Which operand is r/m depends on the instruction: of ANDN, PDEP and PEXT the last one, of the others the second. */
static unsigned bmi_rm(unsigned arg)
{
	return arg == BMI_ANDN || arg == BMI_PDEP || arg == BMI_PEXT ? 2 : 1;
}

PICK(bmi)
{
#define BMI_CELL(name) { SIZES_48(op_##name##_r), SIZES_48(op_##name##_m) },
	static op_fn *const handlers[][2][2] = { BMIS(BMI_CELL) BMI_CELL(rorx) };
#undef BMI_CELL
	const unsigned rm = bmi_rm(arg);
	settle_vex(s, rm, u);
	return handlers[arg][shape_is_memory(s, rm)][u->size == 8];
}

/* PDEP and PEXT have costs of their own. */
PICK(bit_gather)
{
	return pick_bmi(s, arg, u);
}

/* ---- MULX ---- */

__extension__ typedef unsigned __int128 uint128_t;

/* No flag changes. The high half is written last: it is what stays when both destinations are one register [SDM vol. 2,
 * MULX]. */
INLINE bool mulx(struct cpu *cpu, const struct uop *u, bool memory, unsigned size)
{
	uint64_t v;
	if (!read_source(cpu, u, memory, u->base, size, &v))
		return false;
	const uint128_t product = (uint128_t)v * reg_get(cpu, RDX * 8, size);
	reg_set(cpu, u->src, size, (uint64_t)product);
	reg_set(cpu, u->dst, size, (uint64_t)(product >> (8 * size)));
	return true;
}

#define MULX_SIZE(size) \
	HANDLER(mulx_r##size, mulx(cpu, u, false, size)) \
	HANDLER(mulx_m##size, mulx(cpu, u, true, size))
MULX_SIZE(4)
MULX_SIZE(8)

PICK(mulx)
{
	static op_fn *const handlers[2][2] = { SIZES_48(op_mulx_r), SIZES_48(op_mulx_m) };
	(void)arg;
	settle_vex(s, 2, u);
	return handlers[shape_is_memory(s, 2)][u->size == 8];
}

/* ---- RDRAND RDSEED ---- */

/* Both take from one sequence, which never runs dry: CF is always 1, the other five are cleared [SDM vol. 2, RDRAND,
 * RDSEED]. */
INLINE bool random_number(struct cpu *cpu, const struct uop *u, unsigned size)
{
	reg_set(cpu, u->dst, size, random_next(&cpu->st.random));
	cpu->lf = flags_from(FLAG_CF);
	return true;
}

HANDLER(random2, random_number(cpu, u, 2))
HANDLER(random4, random_number(cpu, u, 4))
HANDLER(random8, random_number(cpu, u, 8))

PICK(random)
{
	static op_fn *const handlers[] = SIZES_248(op_random);
	(void)s;
	(void)arg;
	return handlers[size_index(u->size)];
}
