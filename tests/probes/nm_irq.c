/* nm_irq.c - interrupts, NMIs and their shadows: the rules NM-01 to NM-05 and NM-32. */
#include "apic.h"

CODE64(sti_nop, "sti\n" AT "nop\n" NEXT "nop\nnop" DONE);
CODE64(sti_again, "sti\nsti\n" NEXT "nop\nnop" DONE);
CODE64(sti_cli, "sti\n" AT "cli\n" NEXT "nop" DONE);
CODE64(sti_hlt, "sti\n" AT "hlt\n" NEXT "nop" DONE);
CODE64(nop_here, AT "nop\n" NEXT "nop" DONE);
CODE64(popf_nop, "push 0x202\n" AT "popfq\n" NEXT "nop" DONE);
CODE64(send_nmi, SEND_NMI "nop" DONE);

PROBE(pending)
{
	if (!apic_on())
		return;
	send_irq();
	run((const struct code *)arg, 0);
	tell("%e", seen);
	apic_drain();
}

/* IF is 1 already: this STI has no shadow, and the interrupt has come before it. */
PROBE(pending_at_once)
{
	if (!apic_on())
		return;
	send_irq();
	in.rflags = arg;
	run(&nop_here, 3);
	tell("%e fl=%x", seen, seen->rflags);
	apic_drain();
}

CODE64(nothing, "nop");

PROBE(nmi)
{
	if (!apic_on())
		return;
	prepare_nmi(&nothing);
	gate(2)->low = in.r10;
	in.rflags = arg;
	run(&send_nmi, 0);
	tell("vec=%x code=%x cpl=%x", seen->vector, seen->has_error, seen->cs & 3);
}

/* In the NMI's handler two more are sent: one is remembered, and comes behind IRET. */
CODE64(two_more, OWN_GATE SEND_NMI SEND_NMI "nop\niretq");

PROBE(nmi_held)
{
	if (!apic_on())
		return;
	prepare_nmi(&two_more);
	run_events(&send_nmi, 0, 3);
	tell("vec=%x then vec=%x", seen->vector, seen[1].vector);
}

CODE64(one_more_int, OWN_GATE SEND_NMI "int 0x44\nnop\nint 0x44");

/* INT does not open NMIs, the IRET of its handler does. */
PROBE(nmi_not_by_int)
{
	if (!apic_on())
		return;
	prepare_nmi(&one_more_int);
	run_events(&send_nmi, 0, 2);
	tell("vec=%x then vec=%x", seen->vector, seen[1].vector);
}

PROBES{
	{ "NM-01.one", nmi_held, 0 },
	{ "NM-01.held", nmi_not_by_int, 0 },
	{ "NM-02", nmi, 2 },
	{ "NM-04.shadow", pending, (u64)&sti_nop },
	{ "NM-04.again", pending, (u64)&sti_again },
	{ "NM-04.popf", pending, (u64)&popf_nop },
	{ "NM-04.if-1", pending_at_once, 0x202 },
	{ "NM-04.if-0", pending_at_once, 2 },
	{ "NM-05.cli", pending, (u64)&sti_cli },
	{ "NM-05.hlt", pending, (u64)&sti_hlt },
	{ "NM-32.irq", pending, (u64)&sti_hlt },
};
