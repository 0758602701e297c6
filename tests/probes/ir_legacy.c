/* ir_legacy.c - IRET outside long mode: halves of the rules IR-01 to IR-08. */
#include "legacy.h"

CODE32(iretd32, AT "iretd\n" NEXT DONE);

/* VM in the image of an IRETD in ring 3 is not looked at. */
PROBE(vm_in_ring3)
{
	u32 *w = (u32 *)(USER_DATA + 0x800);

	w[0] = target(&done32), w[1] = U32, w[2] = 0x20002;
	in.rsp = (u64)w;
	run_legacy(&iretd32, 3);
	tell("%s vm=%x", seen->vector == VEC_DONE ? "done" : "elsewhere", seen->rflags >> 17 & 1);
}

/* To virtual-8086 mode by IRETD in ring 0: nine doublewords. An INT 40h lies at 800h:0. */
PROBE(vm_in_ring0)
{
	u32 *w = (u32 *)(USER_DATA + 0x800);

	*(u16 *)0x8000 = 0x40cd;
	w[0] = 0, w[1] = 0x800, w[2] = 0x23002, w[3] = 0xff0, w[4] = 0x800;
	w[5] = w[6] = w[7] = w[8] = 0x800;
	in.rsp = (u64)w;
	run_legacy(&iretd32, 0);
	tell("%e cs=%x ss=%x rsp=%x fl=%x", seen, seen->cs, seen->ss, seen->rsp, seen->rflags);
}

PROBES{
	{ "IR-08.protected3", vm_in_ring3, 0 },
	{ "IR-08.protected0", vm_in_ring0, 0 },
};
