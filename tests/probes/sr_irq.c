/* sr_irq.c - SYSRET with an interrupt or an NMI pending: the rules SR-18 and SR-19. */
#include "apic.h"

CODE64(sysretq_here, AT ".byte 0x48, 0x0f, 0x07\n" NEXT DONE);
CODE64(send_nmi, SEND_NMI "nop" DONE);
CODE64(nmi_sysret, OWN_GATE SEND_NMI "mov rcx, r12\nmov r11d, 2\n.byte 0x48, 0x0f, 0x07");

PROBE(irq_at_target)
{
	if (!apic_on())
		return;
	send_irq();
	in.rcx = target(&done64), in.r11 = arg;
	run(&sysretq_here, 0);
	tell("%e", seen);
	apic_drain();
}

/* The NMI that came in the handler of one stays held: the IRET behind INT 40h lets it in. */
PROBE(nmi_stays_blocked)
{
	if (!apic_on())
		return;
	prepare_nmi(&nmi_sysret);
	in.r12 = target(&done64);
	run_events(&send_nmi, 0, 2);
	tell("vec=%x cpl=%x then vec=%x", seen->vector, seen->cs & 3, seen[1].vector);
}

PROBES{
	{ "SR-18.if-1", irq_at_target, 0x202 },
	{ "SR-18.if-0", irq_at_target, 2 },
	{ "SR-19", nmi_stays_blocked, 0 },
};
