/* in_frame.c - delivery of interrupts and exceptions in IA-32e mode: frames and nested faults, rules IN-20 to IN-41. */
#include "lab.h"

/* Gates that are not present, with DPL 0 and 3. */
#define ABSENT 0x0e
#define ABSENT_USER 0x6e

#define GAP 0xffffffff80000000 /* nothing is mapped there */

CODE64(int50, AT "int 0x50\n" NEXT DONE);
CODE64(int90, AT "int 0x90\n" NEXT DONE);
CODE64(ud2_here, AT "ud2\n" NEXT DONE);
CODE64(int1_here, AT ".byte 0xf1\n" NEXT DONE);
CODE64(int3_here, AT "int3\n" NEXT DONE);
CODE64(into64, AT ".byte 0xce\n" NEXT DONE);
CODE32(into_compat, AT ".byte 0xce\n" NEXT DONE);
CODE64(divide, "xor ecx, ecx\n" AT "div ecx\n" NEXT DONE);
CODE64(load_here, AT "mov eax, [rbx]\n" NEXT DONE);
CODE64(load_ss, AT "mov ss, eax\n" NEXT DONE);
CODE64(load_ds, AT "mov ds, eax\n" NEXT DONE);
CODE64(nop_here, AT "nop\n" NEXT DONE);
CODE64(hlt_here, AT "hlt\n" NEXT DONE);
CODE32(int50_compat, AT "int 0x50\n" NEXT DONE);
CODE32(ud2_compat, AT "ud2\n" NEXT DONE);

static void tell_event(void)
{
	tell("%e", seen);
}

/* ---- the frame ---- */

PROBE(frame)
{
	in.rflags = 0x246, in.rsp = USER_STACK - 5;
	run(arg ? &int50 : &int50_compat, 3);
	const u64 *f = mem64(seen->frame);

	tell("%e %a %x %x %x %x", seen, f[0], f[1], f[2], f[3], f[4]);
}

PROBE(frame_with_code)
{
	in.rsp = USER_STACK - 5;
	run(&hlt_here, 3);
	const u64 *f = mem64(seen->frame);

	tell("%e %x %a %x %x %x frame=%x", seen, f[0], f[1], f[2], f[4], f[5], seen->frame);
}

PROBE(pushes_at_cpl3)
{
	GATE_SELECTOR(gate(0x50), U64);
	GATE_IST(gate(0x50), 0);
	set_gate_offset(gate(0x50), done64.start);
	if (arg)
		in.rsp = arg;
	run(&int50, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(handler_flags)
{
	GATE_TYPE(gate(0x50), arg);
	in.rflags = FLAGS_ALL | 0x3000;
	run(&int50, 3);
	tell("%e fl=%x handler=%x", seen, seen->rflags, seen->handler_flags);
}

PROBE(handler_flags_tf)
{
	GATE_TYPE(gate(0x50), 0xef);
	in.rflags = 0x10102;
	run(&int50, 3);
	tell("%e fl=%x handler=%x", seen, seen->rflags, seen->handler_flags);
}

PROBE(code_accessed)
{
	set_gdt(FREE, 0x00af9a000000ffff);
	GATE_SELECTOR(gate(0x50), FREE | 3);
	run(&int50, 3);
	tell("%e rights=%x handler=%x", seen, get_gdt(FREE) >> 40 & 0xff, seen->handler_cs);
}

PROBE(fault_in_pushes)
{
	*tss_field(4) = GAP + 0x1000;
	GATE_IST(gate(0x50), 0);
	in.rsp = USER_STACK - 8;
	run(&int50, 3);
	tell("%e cr2=%x rsp=%x ss=%x", seen, seen->cr2, seen->rsp, seen->ss);
}

/* ---- error codes and return addresses ---- */

PROBE(has_code)
{
	in.rax = FREE, in.rbx = USER_DATA + 1;
	set_gdt(FREE, 0x00cf130000000000);
	run((const struct code *)arg, 0);
	tell_event();
}

PROBE(page_fault_code)
{
	in.rbx = GAP;
	run(&load_here, 0);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(alignment_code)
{
	write_cr0(CR0_LAB | CR0_AM);
	in.rflags = 0x40002, in.rbx = USER_DATA + 1;
	run(&load_here, 3);
	tell_event();
}

/* INT n of a vector that has an error code as an exception; the code is made here. */
PROBE(int_without_code)
{
	*mem64(USER_DATA) = 0xcd | arg << 8 | 0x40cd0000;
	in.cs = K64, in.ss = KDATA, in.rip = USER_DATA;
	enter(1);
	tell("vec=%x code=%x rip=%x", seen->vector, seen->has_error, seen->rip);
}

PROBE(where)
{
	in.rflags = arg == (u64)&into_compat ? 0x802 : 2;
	run((const struct code *)arg, 3);
	tell_event();
}

PROBE(step_where)
{
	in.rflags = 0x102;
	run(&nop_here, 3);
	tell_event();
}

PROBE(into_in_64)
{
	in.rflags = 0x802;
	run(&into64, arg);
	tell_event();
}

/* The second half of the IDT lies where arg says: beyond the canonical half, or in a page that is not there. */
PROBE(idt_in_two_pages)
{
	copy(SPARE + 0x800, IDT_PAGE, 0x800);
	map_page(arg, SPARE, PTE_W);
	load_idtr(arg + 0x800, 0xfff);
	run(&int90, 3);
	tell("%e cr2=%x", seen, seen->vector == 14 ? seen->cr2 : 0);
}

/* ---- one fault on top of another ---- */

/* A vector whose stack is not there. */
static void without_stack(u8 vector)
{
	*tss_field(28 + 8 * 7) = GAP + 0x1000;
	GATE_IST(gate(vector), 7);
}

PROBE(benign_then_np)
{
	GATE_TYPE(gate(6), ABSENT);
	run(&ud2_here, 3);
	tell_event();
}

PROBE(de_then_np)
{
	GATE_TYPE(gate(0), ABSENT);
	run(&divide, 3);
	tell_event();
}

PROBE(gp_then_np)
{
	GATE_TYPE(gate(13), ABSENT);
	run(&hlt_here, 3);
	tell_event();
}

PROBE(gp_then_pf)
{
	without_stack(13);
	run(&hlt_here, 3);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(pf_then_np)
{
	GATE_TYPE(gate(14), ABSENT);
	in.rbx = GAP + 0x123;
	run(&load_here, 3);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(pf_then_pf)
{
	without_stack(14);
	in.rbx = GAP + 0x123;
	run(&load_here, 3);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(benign_then_pf)
{
	without_stack(6);
	run(&ud2_here, 3);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(int_then_pf)
{
	without_stack(0x50);
	run(&int50, 3);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(int_then_np)
{
	GATE_TYPE(gate(0x50), ABSENT_USER);
	run(&int50, 3);
	tell_event();
}

/* INT 14 is no page fault: another one on top of it is a first one. */
CODE64(int14, AT "int 14\n" NEXT DONE);

PROBE(int14_then_np)
{
	GATE_TYPE(gate(14), ABSENT_USER);
	run(&int14, 3);
	tell_event();
}

PROBE(triple)
{
	GATE_TYPE(gate(13), ABSENT);
	GATE_TYPE(gate(8), ABSENT);
	run(&hlt_here, 3);
	tell_event();
}

/* ---- other ---- */

CODE64(int51, "int 0x51");

PROBE(ist_again)
{
	set_gate_offset(gate(0x50), int51.start);
	run(&int50, 3);
	tell("vec=%x cs=%x rsp=%x frame=%x", seen->vector, seen->cs, seen->rsp, seen->frame);
}

CODE64(load_in_handler, "mov eax, [rbx]" DONE);

PROBE(handler_keeps_ac)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	write_cr4(CR4_LAB | 1 << 21);
	set_gate_offset(gate(0x50), target(&load_in_handler));
	in.rbx = USER_DATA, in.rflags = arg;
	run(&int50, 3);
	tell_event();
}

PROBE(compat_there_and_back)
{
	in.rflags = 0x202;
	run_events(&int50_compat, 3, 2);
	tell("%e cs=%x then %e cs=%x fl=%x", seen, seen->cs, &seen[1], seen[1].cs, seen[1].rflags);
}

PROBE(compat_fault)
{
	run(&ud2_compat, 3);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

PROBES{
	{ "IN-20.64", frame, 1 },
	{ "IN-20.compat", frame, 0 },
	{ "IN-20.code", frame_with_code, 0 },
	{ "IN-21.user", pushes_at_cpl3, 0 },
	{ "IN-21.supervisor", pushes_at_cpl3, SPARE + 0x1000 },
	{ "IN-22.interrupt", handler_flags, 0xee },
	{ "IN-22.trap", handler_flags, 0xef },
	{ "IN-22.tf", handler_flags_tf, 0 },
	{ "IN-23", code_accessed, 0 },
	{ "IN-24", fault_in_pushes, 0 },
	{ "IN-25.de", has_code, (u64)&divide },
	{ "IN-25.np", has_code, (u64)&load_ds },
	{ "IN-25.ss", has_code, (u64)&load_ss },
	{ "IN-25.pf", page_fault_code, 0 },
	{ "IN-25.ac", alignment_code, 0 },
	{ "IN-26.8", int_without_code, 8 },
	{ "IN-26.10", int_without_code, 10 },
	{ "IN-26.13", int_without_code, 13 },
	{ "IN-26.14", int_without_code, 14 },
	{ "IN-26.17", int_without_code, 17 },
	{ "IN-26.21", int_without_code, 21 },
	{ "IN-27.ud", where, (u64)&ud2_here },
	{ "IN-27.int", where, (u64)&int50 },
	{ "IN-27.int3", where, (u64)&int3_here },
	{ "IN-27.int1", where, (u64)&int1_here },
	{ "IN-27.into", where, (u64)&into_compat },
	{ "IN-27.step", step_where, 0 },
	{ "IN-28.ring3", into_in_64, 3 },
	{ "IN-28.ring0", into_in_64, 0 },
	{ "IN-29", idt_in_two_pages, 0x00007ffffffff000 },
	{ "IN-32.benign-np", benign_then_np, 0 },
	{ "IN-32.de-np", de_then_np, 0 },
	{ "IN-32.gp-np", gp_then_np, 0 },
	{ "IN-32.gp-pf", gp_then_pf, 0 },
	{ "IN-32.pf-np", pf_then_np, 0 },
	{ "IN-32.pf-pf", pf_then_pf, 0 },
	{ "IN-32.benign-pf", benign_then_pf, 0 },
	{ "IN-33.pf", int_then_pf, 0 },
	{ "IN-33.np", int_then_np, 0 },
	{ "IN-33.int14", int14_then_np, 0 },
	{ "IN-34", triple, 0 },
	{ "IN-36", pf_then_pf, 0 },
	{ "IN-37", idt_in_two_pages, 0x0000700000000000 },
	{ "IN-39", ist_again, 0 },
	{ "IN-40.ac", handler_keeps_ac, 0x40002 },
	{ "IN-40.no-ac", handler_keeps_ac, 2 },
	{ "IN-41.and-back", compat_there_and_back, 0 },
	{ "IN-41.fault", compat_fault, 0 },
};
