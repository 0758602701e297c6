/* in_irq.c - external interrupts through the gates of IA-32e mode: halves of the rules IN-04 to IN-33. */
#include "apic.h"

CODE64(nop_here, AT "nop\n" NEXT "nop" DONE);

static struct gate good;

static void irq(void)
{
	in.rflags = 0x202;
	run(&nop_here, 3);
	tell("%e", seen);
	*gate(IRQ) = good;
	apic_drain();
}

/* arg: P, DPL, S and type of the gate */
PROBE(gate_type)
{
	if (!apic_on())
		return;
	send_irq();
	good = *gate(IRQ);
	GATE_TYPE(gate(IRQ), arg);
	irq();
}

PROBE(code_selector)
{
	if (!apic_on())
		return;
	send_irq();
	good = *gate(IRQ);
	GATE_SELECTOR(gate(IRQ), arg);
	irq();
}

PROBE(no_stack)
{
	if (!apic_on())
		return;
	send_irq();
	good = *gate(IRQ);
	*tss_field(28 + 8 * 7) = arg;
	GATE_IST(gate(IRQ), 7);
	irq();
}

PROBES{
	{ "IN-04.irq", gate_type, 0x8e },
	{ "IN-06.irq", gate_type, 0x0e },
	{ "IN-07.irq", code_selector, 0 },
	{ "IN-08.irq", code_selector, 0x200 },
	{ "IN-17.irq", no_stack, 0x0000900000000000 },
	{ "IN-27.irq", gate_type, 0xee },
	{ "IN-33.irq", no_stack, 0xffffffff80001000 },
};
