/* sc_irq.c - an interrupt pending when SYSCALL is executed: the rule SC-21. */
#include "apic.h"

CODE64(sti_syscall, "sti\n" AT "syscall\n" NEXT DONE);

/* The shadow of STI holds the interrupt until SYSCALL is over. arg: FMASK */
PROBE(pending)
{
	if (!apic_on())
		return;
	wrmsr(MSR_FMASK, arg);
	send_irq();
	in.rflags = 0x3002;
	run(&sti_syscall, 3);
	tell("%e rsp=%x", seen, seen->rsp);
	apic_drain();
}

PROBES{
	{ "SC-21.open", pending, 0 },
	{ "SC-21.masked", pending, 0x200 },
};
