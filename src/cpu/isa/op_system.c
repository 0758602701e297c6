/* op_system.c - descriptor-table registers, machine status word, interrupt flag, HLT, ports. */
#include "cpu/control.h"
#include "cpu/debug.h"
#include "cpu/interrupt.h"
#include "cpu/isa/op_common.h"
#include "cpu/monitor.h"
#include "cpu/operand.h"
#include "cpu/seg.h"
#include "cpu/tss.h"
#include "msr/msr.h"

/* User-mode instruction prevention: what shows where system structures lie (SL-38). */
static bool umip_denies(const struct cpu *cpu)
{
	return (cpu->st.cr4 & CR4_UMIP) && cpu->st.cpl > 0;
}

/* ---- LGDT, LIDT, SGDT, SIDT: a 16-bit limit, behind it the base ---- */

static unsigned base_bytes(const struct cpu *cpu)
{
	return cpu_is_64(cpu) ? 8 : 4;
}

static bool read_table(struct cpu *cpu, const struct uop *u, struct table_register *t)
{
	unsigned bytes = base_bytes(cpu);
	bool stack = u->flags & UOP_STACK_SEGMENT;
	uint64_t address;
	return ea_linear(cpu, u, 2 + bytes, SEG_FOR_READ, &address) &&
	       linear_read_slow(cpu, address, 2, MMU_READ, stack, &t->limit) &&
	       linear_read_slow(cpu, linear_wrap(cpu, address + 2), bytes, MMU_READ, stack, &t->base);
}

static bool load_table(struct cpu *cpu, const struct uop *u, struct table_register *into)
{
	struct table_register t = { 0 };
	if (!read_table(cpu, u, &t))
		return false;
	if (cpu_is_64(cpu) && !cpu_canonical_by_cpu(cpu, t.base))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_39);
	if (u->size == 2)
		t.base &= 0xffffff;
	*into = t;
	return true;
}

/* Both halves are probed before either is written; the base goes first, for its alignment is the stricter one. */
static bool store_table(struct cpu *cpu, const struct uop *u, const struct table_register *t)
{
	unsigned bytes = base_bytes(cpu);
	bool stack = u->flags & UOP_STACK_SEGMENT;
	uint64_t address, second;
	if (umip_denies(cpu))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_38);
	if (!ea_linear(cpu, u, 2 + bytes, SEG_FOR_WRITE, &address))
		return false;
	second = linear_wrap(cpu, address + 2);
	return linear_probe(cpu, address, 2, MMU_WRITE, stack) && linear_probe(cpu, second, bytes, MMU_WRITE, stack) &&
	       linear_write_slow(cpu, second, bytes, MMU_WRITE, stack, t->base) &&
	       linear_write_slow(cpu, address, 2, MMU_WRITE, stack, t->limit);
}

static OP(lgdt)
{
	if (!load_table(cpu, u, &cpu->st.gdtr))
		FAULTED();
	NEXT();
}

static OP(lidt)
{
	if (!load_table(cpu, u, &cpu->st.idtr))
		FAULTED();
	NEXT();
}

static OP(sgdt)
{
	if (!store_table(cpu, u, &cpu->st.gdtr))
		FAULTED();
	NEXT();
}

static OP(sidt)
{
	if (!store_table(cpu, u, &cpu->st.idtr))
		FAULTED();
	NEXT();
}

/* In 64-bit mode the operand size changes nothing; elsewhere 16 bits cut the base of LGDT and LIDT to 24 (SL-39). */
PICK(load_table)
{
	u->size = s->mode_64 ? 8 : s->operand_size;
	return arg ? op_lidt : op_lgdt;
}

/* Stores are the same for every operand size (SL-37). */
PICK(store_table)
{
	(void)s;
	(void)u;
	return arg ? op_sidt : op_sgdt;
}

/* ---- SLDT, STR, SMSW: all of a register, or two bytes of memory ---- */

static bool store_word(struct cpu *cpu, const struct uop *u, uint64_t value)
{
	if (umip_denies(cpu))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_38);
	return rm_write(cpu, u, u->flags & UOP_MEMORY ? 2 : u->size, value);
}

static OP(store_selector)
{
	if (!store_word(cpu, u, cpu->st.seg[u->src].sel))
		FAULTED();
	NEXT();
}

PICK(store_selector)
{
	(void)s;
	u->src = (uint8_t)arg;
	return op_store_selector;
}

static OP(smsw)
{
	if (!store_word(cpu, u, cpu->st.cr0))
		FAULTED();
	NEXT();
}

PICK_ONE(smsw)

/* ---- LMSW, CLTS ---- */

/* PE can be set, not cleared (SL-60). */
static bool load_status_word(struct cpu *cpu, const struct uop *u)
{
	const uint64_t loaded = CR0_MP | CR0_EM | CR0_TS;
	uint64_t word;
	if (!rm_read(cpu, u, 2, &word))
		return false;
	return cpu_write_cr(cpu, 0, (cpu->st.cr0 & ~loaded) | (word & (loaded | CR0_PE)));
}

static OP(lmsw)
{
	if (!load_status_word(cpu, u))
		FAULTED();
	NEXT();
}

PICK_ONE(lmsw)

static OP(clts)
{
	if (!cpu_write_cr(cpu, 0, cpu->st.cr0 & ~(uint64_t)CR0_TS))
		FAULTED();
	NEXT();
}

PICK_ONE(clts)

/* ---- CLI, STI, CLAC, STAC, HLT ---- */

/* The program with VIF in place of IF is refused only an STI that would let a waiting interrupt in (NM-35). */
static bool set_virtual_if(struct cpu *cpu, bool on)
{
	if (!cpu_has_virtual_if(cpu) || (on && (cpu->st.rflags & FLAG_VIP)))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NM_35);
	cpu->st.rflags = (cpu->st.rflags & ~(uint64_t)FLAG_VIF) | (on ? FLAG_VIF : 0);
	return true;
}

static bool clear_if(struct cpu *cpu)
{
	if (cpu->st.cpl > cpu_iopl(cpu))
		return set_virtual_if(cpu, false);
	cpu->st.rflags &= ~(uint64_t)FLAG_IF;
	return true;
}

/* Only an STI that turns IF on has a shadow (NM-04). */
static bool set_if(struct cpu *cpu)
{
	if (cpu->st.cpl > cpu_iopl(cpu))
		return set_virtual_if(cpu, true);
	if (!(cpu->st.rflags & FLAG_IF)) {
		cpu->st.rflags |= FLAG_IF;
		cpu->st.shadow = SHADOW_STI;
		cpu_update_armed(cpu);
	}
	return true;
}

HANDLER(cli, clear_if(cpu))
PICK_ONE(cli)
HANDLER(sti, set_if(cpu))
PICK_ONE(sti)

static OP(clac)
{
	if (cpu->st.cpl > 0)
		FAULT(VEC_UD, NO_CODE, RULE_SL_41);
	cpu->st.rflags &= ~(uint64_t)FLAG_AC;
	cpu_update_mmu(cpu);
	NEXT();
}

static OP(stac)
{
	if (cpu->st.cpl > 0)
		FAULT(VEC_UD, NO_CODE, RULE_SL_41);
	cpu->st.rflags |= FLAG_AC;
	cpu_update_mmu(cpu);
	NEXT();
}

PICK(ac)
{
	(void)s;
	(void)u;
	return arg ? op_stac : op_clac;
}

static OP(hlt)
{
	cpu->st.halted = HALTED_HLT;
	cpu_update_armed(cpu);
	NEXT();
}

PICK_ONE(hlt)

/* ---- MONITOR, MWAIT ---- */

/* At CPL 0, or where HWCR lets users [SDM vol. 2, APM vol. 3: MONITOR, MWAIT]. */
static bool may_monitor(struct cpu *cpu)
{
	const bool by_level = cpu->st.cpl == 0 || (cpu->st.hwcr & HWCR_MON_MWAIT_USER_EN);
	return (by_level && monitor_is_enabled(cpu)) || cpu_fault(cpu, VEC_UD, NO_CODE, RULE_NONE);
}

static uint64_t extensions(const struct cpu *cpu)
{
	return reg_get(cpu, RCX * 8, cpu_is_64(cpu) ? 8 : 4);
}

/* Checked and walked as a load of one byte; there are no extensions, and hints do nothing. */
static bool set_monitor(struct cpu *cpu, const struct uop *u)
{
	uint64_t unused, address, physical;
	if (!may_monitor(cpu))
		return false;
	if (extensions(cpu))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	if (!mem_read(cpu, u, 1, &unused) || !ea_linear(cpu, u, 1, SEG_FOR_READ, &address))
		return false;
	if (mmu_translate(&cpu->mmu, linear_wrap(cpu, address), &physical))
		monitor_arm(cpu, physical);
	return true;
}

HANDLER(monitor, set_monitor(cpu, u))
PICK_ONE(monitor)

/* Of its extensions leaf 5 shows that masked interrupts end it too [SDM vol. 2, CPUID]. */
static bool knows_extensions(const struct cpu *cpu, uint64_t wanted)
{
	const uint32_t masked_interrupts = 2;
	uint32_t leaf[4];
	profile_cpuid(cpu->profile, 5, 0, leaf);
	return !(wanted & ~(leaf[2] & masked_interrupts ? 1ull : 0));
}

/* What is not armed, or has been triggered, lets it pass at once. */
static bool wait_for_monitor(struct cpu *cpu)
{
	if (!may_monitor(cpu))
		return false;
	if (!knows_extensions(cpu, extensions(cpu)))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	if (!cpu->st.monitor)
		return true;
	cpu->st.halted = extensions(cpu) ? HALTED_MWAIT_MASKED : HALTED_MWAIT;
	cpu_update_armed(cpu);
	return true;
}

HANDLER(mwait, wait_for_monitor(cpu))
PICK_ONE(mwait)

/* ---- ports ---- */

/* Two bytes are read whatever the access, so that it may straddle them; hence the map needs another byte, of ones,
 * behind its last [SDM vol. 1, 19.5.2]. */
static bool io_map_allows(struct cpu *cpu, uint16_t port, unsigned size)
{
	uint64_t base, map;
	uint64_t wanted = ((1u << size) - 1) << (port & 7);
	if (!tss_has_maps(cpu))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_63);
	if (!tss_read(cpu, TSS_IO_MAP_BASE, 2, &base) || !tss_read(cpu, (uint32_t)base + port / 8, 2, &map))
		return false;
	return !(map & wanted) || cpu_fault(cpu, VEC_GP, 0, RULE_SL_63);
}

/* Virtual-8086 mode asks the map whatever IOPL is. */
bool io_allowed(struct cpu *cpu, uint16_t port, unsigned size)
{
	bool by_level = !cpu_is_v86(cpu) && cpu->st.cpl <= cpu_iopl(cpu);
	return by_level || io_map_allows(cpu, port, size);
}

/* An access may trap behind the instruction, and may change what the board does next. */
static void io_done(struct cpu *cpu, uint16_t port, unsigned size)
{
	if (cpu->st.dr7 & 0xff)
		cpu->data_hits |= debug_port_hits(cpu, port, size);
	interrupt_look_at_board(cpu);
}

uint32_t io_read(struct cpu *cpu, const struct uop *u, uint16_t port, unsigned size)
{
	cpu->access_time = uop_now(cpu, u);
	uint32_t value = bus_in(cpu->bus, port, size);
	io_done(cpu, port, size);
	return value;
}

void io_write(struct cpu *cpu, const struct uop *u, uint16_t port, unsigned size, uint32_t value)
{
	cpu->access_time = uop_now(cpu, u);
	bus_out(cpu->bus, port, size, value);
	io_done(cpu, port, size);
}

static bool port_in(struct cpu *cpu, const struct uop *u, uint16_t port)
{
	if (!io_allowed(cpu, port, u->size))
		return false;
	reg_set(cpu, u->dst, u->size, io_read(cpu, u, port, u->size));
	return true;
}

static bool port_out(struct cpu *cpu, const struct uop *u, uint16_t port)
{
	if (!io_allowed(cpu, port, u->size))
		return false;
	io_write(cpu, u, port, u->size, (uint32_t)reg_get(cpu, u->src, u->size));
	return true;
}

static OP(in_immediate)
{
	if (!port_in(cpu, u, u->imm & 0xff))
		FAULTED();
	NEXT();
}

static OP(in_dx)
{
	if (!port_in(cpu, u, (uint16_t)cpu->st.gpr[RDX]))
		FAULTED();
	NEXT();
}

static OP(out_immediate)
{
	if (!port_out(cpu, u, u->imm & 0xff))
		FAULTED();
	NEXT();
}

static OP(out_dx)
{
	if (!port_out(cpu, u, (uint16_t)cpu->st.gpr[RDX]))
		FAULTED();
	NEXT();
}

PICK(in)
{
	(void)arg;
	(void)u;
	return s->op[1].kind == OPERAND_IMMEDIATE ? op_in_immediate : op_in_dx;
}

/* The first operand is the port, so the size is that of the second. */
PICK(out)
{
	(void)arg;
	u->size = s->op[1].size;
	return s->op[0].kind == OPERAND_IMMEDIATE ? op_out_immediate : op_out_dx;
}
