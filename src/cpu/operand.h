/* operand.h - how handlers read and write registers and memory.
 *
 * Sizes are bytes: 1, 2, 4, 8; called with a constant they fold. Registers are byte offsets into state.gpr, so that AH
 * is an operand like any other. Memory words return false with the fault filled in.
 */
#ifndef RS_CPU_OPERAND_H
#define RS_CPU_OPERAND_H

#include "cpu/engine/uop.h"
#include "mem/bytes.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define INLINE static inline __attribute__((always_inline))

/* ---- registers ---- */

INLINE uint64_t reg_get(const struct cpu *cpu, unsigned offset, unsigned size)
{
	return host_load((const uint8_t *)cpu->st.gpr + offset, size);
}

/* A 32-bit write clears the upper half; 8- and 16-bit writes keep it [SDM vol. 1, 3.4.1.1]. */
INLINE void reg_set(struct cpu *cpu, unsigned offset, unsigned size, uint64_t value)
{
	char *at = (char *)cpu->st.gpr + offset;
	uint64_t zero_extended = (uint32_t)value;
	switch (size) {
	case 8:
		memcpy(at, &value, 8);
		break;
	case 4:
		memcpy(at, &zero_extended, 8);
		break;
	case 2:
		memcpy(at, &value, 2);
		break;
	default:
		memcpy(at, &value, 1);
	}
}

/* EDX:EAX as one number; a write clears the upper halves. */
INLINE uint64_t edx_eax(const struct cpu *cpu)
{
	return cpu->st.gpr[RDX] << 32 | (uint32_t)cpu->st.gpr[RAX];
}

INLINE void set_edx_eax(struct cpu *cpu, uint64_t value)
{
	cpu->st.gpr[RAX] = (uint32_t)value;
	cpu->st.gpr[RDX] = value >> 32;
}

INLINE uint64_t size_mask(unsigned size)
{
	return ~0ull >> (64 - 8 * size);
}

INLINE int64_t sign_extend(uint64_t v, unsigned size)
{
	unsigned unused = 64 - 8 * size;
	return (int64_t)(v << unused) >> unused;
}

/* ---- addresses ---- */

/* The effective address before segmentation, in the address size of the instruction. */
INLINE uint64_t ea_offset(const struct cpu *cpu, const struct uop *u)
{
	return cpu->st.gpr[u->base] + (cpu->st.gpr[u->index] << u->scale) + (uint64_t)u->disp;
}

uint64_t ea_truncate(const struct uop *u, uint64_t offset);

/* LEA's result. */
INLINE uint64_t ea_effective(const struct cpu *cpu, const struct uop *u)
{
	uint64_t offset = ea_offset(cpu, u);
	return likely(u->ea <= EA_64) ? offset : ea_truncate(u, offset);
}

enum seg_use { SEG_FOR_READ, SEG_FOR_WRITE };

/* Segment checks outside 64-bit mode, and the linear address. */
bool seg_linear(struct cpu *cpu, unsigned seg, uint64_t offset, unsigned size, enum seg_use use, uint64_t *linear);
bool ea_linear_slow(struct cpu *cpu, const struct uop *u, unsigned size, enum seg_use use, uint64_t *linear);

/* An address that needs no look at its segment. */
INLINE uint64_t ea_plain(const struct cpu *cpu, const struct uop *u)
{
	if (unlikely(u->ea == EA_FLAT))
		return (uint32_t)ea_offset(cpu, u);
	return ea_offset(cpu, u) + cpu->st.seg[u->seg].base;
}

INLINE bool ea_linear(struct cpu *cpu, const struct uop *u, unsigned size, enum seg_use use, uint64_t *linear)
{
	if (unlikely(u->ea == EA_SLOW))
		return ea_linear_slow(cpu, u, size, use, linear);
	*linear = ea_plain(cpu, u);
	return true;
}

/* ---- linear memory ---- */

/* Outside 64-bit mode linear addresses wrap at 4 GiB (PT-27). */
INLINE uint64_t linear_wrap(const struct cpu *cpu, uint64_t address)
{
	return cpu_is_64(cpu) ? address : (uint32_t)address;
}

/* `stack`: a non-canonical address is #SS(0). */
bool linear_read_slow(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack, uint64_t *value);
bool linear_write_slow(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack, uint64_t value);
bool linear_probe(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack);

/* Any number of bytes up to a page; `align` is a power of two: what #AC, where it is on, wants the address to be a
 * multiple of. */
bool linear_read_bytes(struct cpu *cpu, uint64_t address, unsigned size, unsigned align, bool stack, void *bytes);
bool linear_write_bytes(struct cpu *cpu, uint64_t address, unsigned size, unsigned align, bool stack,
			const void *bytes);

INLINE bool linear_read(struct cpu *cpu, uint64_t address, unsigned size, bool stack, uint64_t *value)
{
	const uint8_t *host = mmu_hit_read(&cpu->mmu, address, size);
	if (unlikely(!host))
		return linear_read_slow(cpu, address, size, MMU_READ, stack, value);
	*value = host_load(host, size);
	return true;
}

INLINE bool linear_write(struct cpu *cpu, uint64_t address, unsigned size, bool stack, uint64_t value)
{
	uint8_t *host = mmu_hit_write(&cpu->mmu, address, size);
	if (unlikely(!host))
		return linear_write_slow(cpu, address, size, MMU_WRITE, stack, value);
	host_store(host, size, value);
	return true;
}

INLINE uint8_t *linear_hit_write_as(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind)
{
	return mmu_hit_write_in(tlb_set(&cpu->mmu.tlb, mmu_set_of(&cpu->mmu, kind)), address, size);
}

INLINE const uint8_t *linear_hit_read_as(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind)
{
	return mmu_hit_read_in(tlb_set(&cpu->mmu.tlb, mmu_set_of(&cpu->mmu, kind)), address, size);
}

/* The same for what the CPU itself reads and writes: descriptors, the TSS, frames (`kind` of mmu.h). */
INLINE bool linear_read_as(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack, uint64_t *value)
{
	const uint8_t *host = linear_hit_read_as(cpu, address, size, kind);
	if (unlikely(!host))
		return linear_read_slow(cpu, address, size, kind, stack, value);
	*value = host_load(host, size);
	return true;
}

/* ---- the memory operand ---- */

/* How far an accessor goes before it gives up. The hot body of a handler gives up at whatever is no inline hit, with
 * nothing changed, and the whole body is then done by a function of its own: so the hot one calls nothing and saves no
 * register. */
enum reach {
	REACH_BASE, /* an inline hit at base + displacement (EA_BASE) */
	REACH_HIT,  /* an inline hit at any address that needs no look at its segment */
	REACH_ALL,
};

INLINE bool ea_linear_by(struct cpu *cpu, const struct uop *u, unsigned size, enum seg_use use, enum reach reach,
                         uint64_t *linear)
{
	if (reach == REACH_BASE) {
		*linear = cpu->st.gpr[u->base] + (uint64_t)u->disp;
		return true;
	}
	if (reach == REACH_HIT && unlikely(u->ea == EA_SLOW))
		return false;
	return ea_linear(cpu, u, size, use, linear);
}

INLINE bool mem_read_by(struct cpu *cpu, const struct uop *u, unsigned size, enum reach reach, uint64_t *value)
{
	uint64_t address;
	if (!ea_linear_by(cpu, u, size, SEG_FOR_READ, reach, &address))
		return false;
	const uint8_t *host = mmu_hit_read(&cpu->mmu, address, size);
	if (likely(host)) {
		*value = host_load(host, size);
		return true;
	}
	return reach == REACH_ALL &&
	       linear_read_slow(cpu, address, size, MMU_READ, u->flags & UOP_STACK_SEGMENT, value);
}

INLINE bool mem_write_by(struct cpu *cpu, const struct uop *u, unsigned size, enum reach reach, uint64_t value)
{
	uint64_t address;
	if (!ea_linear_by(cpu, u, size, SEG_FOR_WRITE, reach, &address))
		return false;
	uint8_t *host = mmu_hit_write(&cpu->mmu, address, size);
	if (likely(host)) {
		host_store(host, size, value);
		return true;
	}
	return reach == REACH_ALL &&
	       linear_write_slow(cpu, address, size, MMU_WRITE, u->flags & UOP_STACK_SEGMENT, value);
}

INLINE bool mem_read(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *value)
{
	return mem_read_by(cpu, u, size, REACH_ALL, value);
}

/* The same, `by` bytes behind the operand. An operand of two parts is two accesses, each with an offset cut to the
 * address size and a limit check of its own (measured on an Intel core). */
bool mem_read_behind(struct cpu *cpu, const struct uop *u, unsigned by, unsigned size, uint64_t *value);

INLINE bool mem_write(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t value)
{
	return mem_write_by(cpu, u, size, REACH_ALL, value);
}

/* Where a read-modify-write puts its result; `host` is NULL when it is no inline hit. */
struct place {
	uint64_t address;
	uint8_t *host;
};

/* Reads what is written back to *place: the right to write is checked first, so the write cannot fault (PT-05). */
INLINE bool mem_read_modify_by(struct cpu *cpu, const struct uop *u, unsigned size, enum reach reach,
                               struct place *place, uint64_t *value)
{
	if (!ea_linear_by(cpu, u, size, SEG_FOR_WRITE, reach, &place->address))
		return false;
	place->host = mmu_hit_write(&cpu->mmu, place->address, size);
	if (likely(place->host)) {
		*value = host_load(place->host, size);
		return true;
	}
	return reach == REACH_ALL &&
	       linear_read_slow(cpu, place->address, size, MMU_RMW, u->flags & UOP_STACK_SEGMENT, value);
}

INLINE bool mem_write_back_by(struct cpu *cpu, const struct uop *u, const struct place *place, unsigned size,
                              enum reach reach, uint64_t value)
{
	if (reach == REACH_ALL && unlikely(!place->host))
		return linear_write(cpu, place->address, size, u->flags & UOP_STACK_SEGMENT, value);
	host_store(place->host, size, value);
	return true;
}

INLINE bool mem_read_modify(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *address, uint64_t *value)
{
	struct place place;
	bool done = mem_read_modify_by(cpu, u, size, REACH_ALL, &place, value);
	*address = place.address;
	return done;
}

INLINE bool mem_write_back(struct cpu *cpu, const struct uop *u, uint64_t address, unsigned size, uint64_t value)
{
	return linear_write(cpu, address, size, u->flags & UOP_STACK_SEGMENT, value);
}

/* ---- r/m operands of handlers that serve both ---- */

INLINE bool rm_read(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *value)
{
	if (u->flags & UOP_MEMORY)
		return mem_read(cpu, u, size, value);
	*value = reg_get(cpu, u->dst, size);
	return true;
}

INLINE bool rm_write(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t value)
{
	if (u->flags & UOP_MEMORY)
		return mem_write(cpu, u, size, value);
	reg_set(cpu, u->dst, size, value);
	return true;
}

INLINE bool rm_read_modify(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *address, uint64_t *value)
{
	if (u->flags & UOP_MEMORY)
		return mem_read_modify(cpu, u, size, address, value);
	*value = reg_get(cpu, u->dst, size);
	return true;
}

INLINE bool rm_write_back(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t address, uint64_t value)
{
	if (u->flags & UOP_MEMORY)
		return mem_write_back(cpu, u, address, size, value);
	reg_set(cpu, u->dst, size, value);
	return true;
}

/* ---- the stack ---- */

/* Bytes of the stack pointer that stack instructions use: 8, 4 or 2. */
INLINE unsigned stack_width(const struct cpu *cpu)
{
	return likely(cpu->mode & MODE_64) ? 8 : cpu->mode & MODE_STACK32 ? 4 : 2;
}

uint64_t stack_truncate(const struct cpu *cpu, uint64_t rsp);
/* RSP moves by `delta` in the width of the stack. */
void stack_set(struct cpu *cpu, uint64_t rsp);
bool stack_linear_slow(struct cpu *cpu, uint64_t rsp, unsigned size, enum seg_use use, uint64_t *address);

INLINE bool stack_linear(struct cpu *cpu, uint64_t rsp, unsigned size, enum seg_use use, uint64_t *address)
{
	if (unlikely(!(cpu->mode & MODE_64))) {
		if ((cpu->mode & (MODE_FLAT | MODE_STACK32)) != (MODE_FLAT | MODE_STACK32))
			return stack_linear_slow(cpu, rsp, size, use, address);
		rsp = (uint32_t)rsp;
	}
	*address = rsp;
	return true;
}

/* The value at RSP + offset; RSP does not move. */
INLINE bool stack_peek(struct cpu *cpu, uint64_t offset, unsigned size, uint64_t *value)
{
	uint64_t address;
	return stack_linear(cpu, cpu->st.gpr[RSP] + offset, size, SEG_FOR_READ, &address) &&
	       linear_read(cpu, address, size, true, value);
}

/* Stores at RSP - offset; RSP does not move. */
INLINE bool stack_poke(struct cpu *cpu, uint64_t offset, unsigned size, uint64_t value)
{
	uint64_t address;
	return stack_linear(cpu, cpu->st.gpr[RSP] - offset, size, SEG_FOR_WRITE, &address) &&
	       linear_write(cpu, address, size, true, value);
}

INLINE void stack_move(struct cpu *cpu, uint64_t delta)
{
	if (likely(cpu->mode & MODE_64))
		cpu->st.gpr[RSP] += delta;
	else if (cpu->mode & MODE_STACK32)
		cpu->st.gpr[RSP] = (uint32_t)(cpu->st.gpr[RSP] + delta);
	else
		stack_set(cpu, cpu->st.gpr[RSP] + delta);
}

INLINE bool stack_push(struct cpu *cpu, unsigned size, uint64_t value)
{
	if (!stack_poke(cpu, size, size, value))
		return false;
	stack_move(cpu, -(uint64_t)size);
	return true;
}

#endif
