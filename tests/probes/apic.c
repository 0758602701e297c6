/* apic.c - the local APIC of a probe: xAPIC mode, at its usual place. */
#include "apic.h"

#define APIC_ID (APIC + 0x20)
#define APIC_TPR (APIC + 0x80)
#define APIC_EOI (APIC + 0xb0)
#define APIC_SPURIOUS (APIC + 0xf0)
#define PTE_PCD 0x10

CODE64(open_window, "sti\nnop\nnop\ncli" DONE);

static volatile u32 *reg(u64 address)
{
	return (volatile u32 *)address;
}

int apic_on(void)
{
	if (not_here(HAS_APIC, "apic"))
		return 0;
	map_page(APIC, APIC, PTE_W | PTE_PCD);
	*reg(APIC_SPURIOUS) = 0x1ff;
	*reg(APIC_TPR) = 0;
	return 1;
}

static void wait(void)
{
	for (volatile int i = 0; i < 2000; i++)
		;
}

void send_irq(void)
{
	*reg(APIC_ICR) = ICR_SELF;
	wait();
}

void apic_drain(void)
{
	for (int i = 0; i < 4; i++) {
		*reg(APIC_EOI) = 0;
		in.rflags = 2, in.rsp = USER_STACK;
		run(&open_window, 0);
		if (seen->vector == VEC_DONE)
			break;
	}
}

void prepare_nmi(const struct code *handler)
{
	struct gate *g = gate(2);

	in.r8 = APIC_ICR, in.r9 = ICR_NMI;
	*reg(APIC_ICR + 0x10) = *reg(APIC_ID) & 0xff000000;
	in.r10 = g->low, in.r11 = (u64)&g->low;
	set_gate_offset(g, handler->start);
}
