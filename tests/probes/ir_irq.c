/* ir_irq.c - IRET, SYSRET and SYSEXIT with something pending: the rules IR-02 and IR-24. */
#include "apic.h"

CODE64(iretq_here, AT "iretq\n" NEXT DONE);
CODE64(send_nmi, SEND_NMI "nop" DONE);

PROBE(irq_at_target)
{
	if (!apic_on())
		return;
	send_irq();
	u64 *w = mem64(USER_DATA + 0x800);

	w[0] = target(&done64), w[1] = U64, w[2] = arg, w[3] = USER_STACK, w[4] = UDATA;
	in.rsp = (u64)w;
	run(&iretq_here, 0);
	tell("%e", seen);
	apic_drain();
}

/* In the NMI's handler another is sent, then an IRET fails: CS is null. */
CODE64(iret_fails, OWN_GATE SEND_NMI "push 0\npush 0\npush 2\npush 0\npush 0\niretq");

PROBE(faulting_iret)
{
	if (!apic_on())
		return;
	prepare_nmi(&iret_fails);
	run_events(&send_nmi, 0, 2);
	tell("vec=%x then vec=%x", seen->vector, seen[1].vector);
}

PROBES{
	{ "IR-02.intel", faulting_iret, 0, INTEL },
	{ "IR-02.amd", faulting_iret, 0, AMD },
	{ "IR-24.if-1", irq_at_target, 0x202 },
	{ "IR-24.if-0", irq_at_target, 2 },
};
