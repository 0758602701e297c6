/* in.c - delivery of interrupts and exceptions in IA-32e mode: the gate, the code segment and the stack, rules IN-01 to
 * IN-19. */
#include "lab.h"

/* Gates that are not present, with DPL 0 and 3. */
#define ABSENT 0x0e
#define ABSENT_USER 0x6e

CODE64(int50, AT "int 0x50\n" NEXT DONE);
CODE64(ud2_here, AT "ud2\n" NEXT DONE);
CODE64(int1_here, AT ".byte 0xf1\n" NEXT DONE);
CODE64(int3_here, AT "int3\n" NEXT DONE);
CODE32(into_compat, AT ".byte 0xce\n" NEXT DONE);
CODE64(load_here, AT "mov eax, [rbx]\n" NEXT DONE);
CODE64(nop_here, AT "nop\n" NEXT DONE);

static void tell_event(void)
{
	tell("%e", seen);
}

/* ---- the gate ---- */

PROBE(idt_limit)
{
	load_idtr(IDT_PAGE, 0x50 * 16 + arg);
	run(&int50, 3);
	tell_event();
}

/* #AC is benign: what goes wrong in its delivery is told with EXT = 1. */
PROBE(idt_limit_ext)
{
	write_cr0(CR0_LAB | CR0_AM);
	load_idtr(IDT_PAGE, 17 * 16 + 14);
	in.rflags = 0x40002, in.rbx = USER_DATA + 1;
	run(&load_here, 3);
	tell_event();
}

/* arg: P, DPL, S and type of the gate of INT 50h */
PROBE(gate_type)
{
	GATE_TYPE(gate(0x50), arg);
	run(&int50, 3);
	tell_event();
}

PROBE(gate_type_ring0)
{
	GATE_TYPE(gate(0x50), arg);
	run(&int50, 0);
	tell_event();
}

PROBE(ud_gate_type)
{
	GATE_TYPE(gate(6), arg);
	run(&ud2_here, 3);
	tell_event();
}

PROBE(int3_gate_type)
{
	GATE_TYPE(gate(3), arg);
	run(&int3_here, 3);
	tell_event();
}

PROBE(int1_gate_type)
{
	GATE_TYPE(gate(1), arg);
	run(&int1_here, 3);
	tell_event();
}

PROBE(into_gate_type)
{
	GATE_TYPE(gate(4), arg);
	in.rflags = 0x802;
	run(&into_compat, 3);
	tell_event();
}

PROBE(step_gate_type)
{
	GATE_TYPE(gate(1), arg);
	in.rflags = 0x102;
	run(&nop_here, 3);
	tell_event();
}

/* ---- the code segment ---- */

/* arg: the gate's selector */
PROBE(code_selector)
{
	GATE_SELECTOR(gate(0x50), arg);
	run(&int50, 3);
	tell("%e", seen);
	if (seen->vector == 0x50)
		tell("handler=%x", seen->handler_cs);
}

PROBE(code_selector_ring0)
{
	GATE_SELECTOR(gate(0x50), arg);
	run(&int50, 0);
	tell_event();
}

PROBE(code_selector_ud)
{
	GATE_SELECTOR(gate(6), arg);
	run(&ud2_here, 3);
	tell_event();
}

/* arg: the descriptor */
PROBE(code_descriptor)
{
	set_gdt(FREE, arg);
	GATE_SELECTOR(gate(0x50), FREE);
	run(&int50, 3);
	tell_event();
}

PROBE(code_descriptor_ud)
{
	set_gdt(FREE, arg);
	GATE_SELECTOR(gate(6), FREE);
	run(&ud2_here, 3);
	tell_event();
}

/* ---- the stack ---- */

PROBE(stack_segment)
{
	run(&int50, arg);
	tell("%e handler-cs=%x handler-ss=%x", seen, seen->handler_cs, seen->handler_ss);
}

/* A handler in ring 1, which says so by another INT. */
PROBE(to_ring1)
{
	GATE_SELECTOR(gate(0x50), R1_64);
	GATE_IST(gate(0x50), arg);
	set_gate_offset(gate(0x50), done64.start);
	run(&int50, 3);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

PROBE(to_rsp0)
{
	GATE_IST(gate(0x50), 0);
	run(&int50, 3);
	tell("%e frame=%x", seen, seen->frame);
}

PROBE(to_ist)
{
	GATE_IST(gate(0x50), arg);
	run(&int50, 3);
	tell("%e frame=%x", seen, seen->frame);
}

PROBE(to_ist_ring0)
{
	GATE_IST(gate(0x50), arg);
	run(&int50, 0);
	tell("%e frame=%x handler-ss=%x", seen, seen->frame, seen->handler_ss);
}

PROBE(same_stack)
{
	GATE_IST(gate(0x50), 0);
	in.rsp = IST_TOP(7) - arg;
	run(&int50, 0);
	tell("%e frame=%x rsp=%x ss=%x", seen, seen->frame, seen->rsp, seen->ss);
}

/* Conforming code, DPL 0: the handler stays in ring 3 and on its stack. */
PROBE(conforming_handler)
{
	set_gdt(FREE, 0x00af9f000000ffff);
	GATE_SELECTOR(gate(0x50), FREE);
	GATE_IST(gate(0x50), 0);
	set_gate_offset(gate(0x50), done64.start);
	run(&int50, 3);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

/* A TSS that ends before the IST; #TS itself comes by RSP0. */
static void short_tss(u16 limit)
{
	set_gdt16(FREE, 0x0000890000000000 | (u64)TSS_PAGE << 16 | limit, 0);
	__asm__ volatile("ltr %w0" : : "r"(FREE));
	GATE_IST(gate(10), 0);
}

PROBE(tss_limit)
{
	short_tss(0x23);
	run(&int50, 3);
	tell_event();
}

PROBE(tss_limit_ext)
{
	short_tss(0x23);
	run(&ud2_here, 3);
	tell_event();
}

PROBE(tss_limit_rsp1)
{
	short_tss(0x12);
	GATE_SELECTOR(gate(0x50), R1_64);
	GATE_IST(gate(0x50), 0);
	run(&int50, 3);
	tell_event();
}

PROBE(rsp0_not_canonical)
{
	*tss_field(4) = 0x0000900000000000;
	GATE_IST(gate(0x50), 0), GATE_IST(gate(6), 0);
	run((const struct code *)arg, 3);
	tell_event();
}

PROBE(ist_not_canonical)
{
	*tss_field(28 + 8 * 7) = 0x0000900000000000;
	GATE_IST(gate(0x50), 7), GATE_IST(gate(6), 7);
	run((const struct code *)arg, 0);
	tell_event();
}

PROBE(rsp_not_canonical)
{
	in.rsp = 0x0000900000000000;
	GATE_IST(gate(0x50), 0), GATE_IST(gate(6), 0);
	run((const struct code *)arg, 0);
	tell_event();
}

PROBE(offset_not_canonical)
{
	set_gate_offset(gate(0x50), 0x0000900000000000);
	set_gate_offset(gate(6), 0x0000900000000000);
	run((const struct code *)arg, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBES{
	{ "IN-01.short", idt_limit, 14 },
	{ "IN-01.enough", idt_limit, 15 },
	{ "IN-01.none", idt_limit, (u64)-1 },
	{ "IN-01.ext", idt_limit_ext, 0 },
	{ "IN-02.task", gate_type, 0xe5 },
	{ "IN-02.int16", gate_type, 0xe6 },
	{ "IN-02.call", gate_type, 0xec },
	{ "IN-02.s", gate_type, 0xfe },
	{ "IN-02.ext", ud_gate_type, 0xe6 },
	{ "IN-03.int", gate_type, 0x8e },
	{ "IN-03.int3", int3_gate_type, 0xae },
	{ "IN-03.into", into_gate_type, 0xce },
	{ "IN-03.absent", gate_type, 0x0e },
	{ "IN-03.ring0", gate_type_ring0, 0x8e },
	{ "IN-04.int1", int1_gate_type, 0x8e },
	{ "IN-04.ud", ud_gate_type, 0x8e },
	{ "IN-05.int", gate_type, ABSENT_USER },
	{ "IN-05.ud", ud_gate_type, ABSENT },
	{ "IN-06.int", gate_type_ring0, ABSENT },
	{ "IN-06.int3", int3_gate_type, ABSENT_USER },
	{ "IN-06.into", into_gate_type, ABSENT_USER },
	{ "IN-06.int1", int1_gate_type, ABSENT_USER },
	{ "IN-06.step", step_gate_type, ABSENT },
	{ "IN-07.int", code_selector, 0 },
	{ "IN-07.rpl", code_selector, 3 },
	{ "IN-07.ext", code_selector_ud, 0 },
	{ "IN-08.int", code_selector, 0x200 },
	{ "IN-08.ldt", code_selector, 0x204 },
	{ "IN-08.ext", code_selector_ud, 0x204 },
	{ "IN-09.data", code_selector, KDATA },
	{ "IN-09.data-ext", code_selector_ud, KDATA },
	{ "IN-09.outer", code_selector_ring0, U64 },
	{ "IN-09.rpl", code_selector, K64 | 3 },
	{ "IN-10.l", code_selector, K32 },
	{ "IN-10.d", code_descriptor, 0x00ef9b000000ffff },
	{ "IN-10.absent", code_descriptor, 0x00cf1b000000ffff },
	{ "IN-10.ext", code_selector_ud, K32 },
	{ "IN-11.int", code_descriptor, 0x00af1b000000ffff },
	{ "IN-11.ext", code_descriptor_ud, 0x00af1b000000ffff },
	{ "IN-12.ring3", stack_segment, 3 },
	{ "IN-12.ring1", to_ring1, 0 },
	{ "IN-13.rsp0", to_rsp0, 0 },
	{ "IN-13.ist7", to_ist, 7 },
	{ "IN-13.ist2", to_ist, 2 },
	{ "IN-13.ring1-ist", to_ring1, 6 },
	{ "IN-14.same", same_stack, 0 },
	{ "IN-14.conforming", conforming_handler, 0 },
	{ "IN-15", to_ist_ring0, 6 },
	{ "IN-16.int", tss_limit, 0 },
	{ "IN-16.ext", tss_limit_ext, 0 },
	{ "IN-16.rsp1", tss_limit_rsp1, 0 },
	{ "IN-17.rsp0", rsp0_not_canonical, (u64)&int50 },
	{ "IN-17.rsp0-ext", rsp0_not_canonical, (u64)&ud2_here },
	{ "IN-17.ist", ist_not_canonical, (u64)&int50 },
	{ "IN-17.current", rsp_not_canonical, (u64)&int50 },
	{ "IN-17.current-ext", rsp_not_canonical, (u64)&ud2_here },
	{ "IN-18.int", offset_not_canonical, (u64)&int50 },
	{ "IN-18.ext", offset_not_canonical, (u64)&ud2_here },
	{ "IN-19.1", same_stack, 1 },
	{ "IN-19.15", same_stack, 15 },
};
