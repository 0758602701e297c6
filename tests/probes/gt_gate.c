/* gt_gate.c - call gates: the rules GT-13 to GT-24. */
#include "gt.h"

CODE64(jmp_here, AT JMP NEXT DONE);
CODE64(call_here, AT CALL NEXT DONE);
CODE32(call_compat, AT CALL NEXT DONE);

/* CALL through the gate with this selector; whatever offset the pointer has is not used. */
static void through(u16 selector, int cpl)
{
	far_pointer(0xdeadbeef, selector);
	run(&call_here, cpl);
}

static void tell_rsp(void)
{
	tell("%e rsp=%x", seen, seen->rsp);
}

/* arg: P, DPL and type of the gate */
PROBE(rights)
{
	call_gate(target(&done64), K64, arg);
	through(GATE | 3, 3);
	tell_rsp();
}

PROBE(rpl)
{
	call_gate(target(&done64), K64, 0x8c);
	through(GATE | arg, 0);
	tell("%e", seen);
}

PROBE(upper_type)
{
	call_gate(target(&done64), K64, GATE_USER);
	set_gdt(GATE + 8, get_gdt(GATE + 8) | arg);
	through(GATE | 3, 3);
	tell("%e", seen);
}

PROBE(upper_past_limit)
{
	set_gdt(GDT_LIMIT - 7, (u64)K64 << 16 | (u64)GATE_USER << 40);
	through((GDT_LIMIT - 7) | 3, 3);
	tell("%e", seen);
}

/* arg: the gate's code selector */
PROBE(code_selector)
{
	call_gate(target(&done64), arg, GATE_USER);
	through(GATE | 3, 3);
	tell("%e", seen);
}

PROBE(code_selector_ring0)
{
	call_gate(target(&done64), arg, GATE_USER);
	through(GATE, 0);
	tell("%e", seen);
}

PROBE(code_descriptor)
{
	set_gdt(CODE_SLOT, arg);
	code_selector(CODE_SLOT);
}

PROBE(jmp_descriptor)
{
	set_gdt(CODE_SLOT, arg);
	call_gate(target(&done64), CODE_SLOT, GATE_USER);
	far_pointer(0, GATE | 3);
	run(&jmp_here, 3);
	tell("%e cs=%x", seen, seen->cs);
}

PROBE(jmp_same_ring)
{
	call_gate(target(&done64), K64, GATE_USER);
	far_pointer(0, GATE);
	run(&jmp_here, 0);
	tell("%e cs=%x rsp=%x", seen, seen->cs, seen->rsp);
}

static void tell_frame(void)
{
	const u64 *w = mem64(seen->rsp);

	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
	if (seen->vector == VEC_DONE)
		tell("%a %x %x %x", w[0], w[1], w[2], w[3]);
}

PROBE(inner)
{
	call_gate(target(&done64), arg, GATE_USER);
	through(GATE | 3, 3);
	tell_frame();
}

PROBE(inner_compat)
{
	call_gate(target(&done64), K64, GATE_USER);
	far_pointer(0, GATE | 3);
	run(&call_compat, 3);
	tell_frame();
}

PROBE(not_aligned)
{
	*tss_field(4) = RSP_TOP(0) - 5;
	inner(K64);
}

PROBE(parameters)
{
	call_gate(target(&done64), K64, GATE_USER);
	set_gdt(GATE, get_gdt(GATE) | (u64)31 << 32);
	through(GATE | 3, 3);
	tell_rsp();
}

PROBE(tss_limit)
{
	set_gdt16(FREE + 0x40, 0x0000890000000000 | (u64)TSS_PAGE << 16 | 0x12, 0);
	__asm__ volatile("ltr %w0" : : "r"(FREE + 0x40));
	GATE_IST(gate(10), 0);
	call_gate(target(&done64), R1_64, GATE_USER);
	through(GATE | 3, 3);
	tell("%e", seen);
}

PROBE(stack_not_canonical)
{
	*tss_field(4) = 0x0000900000000000;
	call_gate(target(&done64), K64, GATE_USER);
	through(GATE | 3, 3);
	tell_rsp();
}

PROBE(offset_not_canonical)
{
	call_gate(0x0000900000000000, K64, GATE_USER);
	through(GATE | 3, 3);
	tell_rsp();
}

PROBE(same_ring)
{
	call_gate(target(&done64), K64, GATE_USER);
	through(GATE, 0);
	tell("%e cs=%x ss=%x rsp=%x %a %x", seen, seen->cs, seen->ss, seen->rsp, mem64(seen->rsp)[0],
	     mem64(seen->rsp)[1]);
}

PROBE(conforming)
{
	set_gdt(CODE_SLOT, 0x00af9f000000ffff);
	call_gate(target(&done64), CODE_SLOT, GATE_USER);
	through(GATE | 3, 3);
	tell("%e cs=%x ss=%x rsp=%x %a %x", seen, seen->cs, seen->ss, seen->rsp, mem64(seen->rsp)[0],
	     mem64(seen->rsp)[1]);
}

PROBE(flags_kept)
{
	in.rflags = FLAGS_ALL;
	call_gate(target(&done64), K64, GATE_USER);
	through(GATE | 3, 3);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(accessed)
{
	set_gdt(CODE_SLOT, 0x00af9a000000ffff);
	call_gate(target(&done64), CODE_SLOT, GATE_USER);
	through(GATE | 3, 3);
	tell("%e rights=%x", seen, get_gdt(CODE_SLOT) >> 40 & 0xff);
}

PROBES{
	{ "GT-11.gate", accessed, 0 },
	{ "GT-13.dpl", rights, 0x8c },
	{ "GT-13.dpl2", rights, 0xcc },
	{ "GT-13.rpl", rpl, 3 },
	{ "GT-13.rpl0", rpl, 0 },
	{ "GT-14.absent", rights, 0x6c },
	{ "GT-14.dpl-first", rights, 0x0c },
	{ "GT-15.type", upper_type, 0x100000000000 },
	{ "GT-15.type-1", upper_type, 0x10000000000 },
	{ "GT-15.limit", upper_past_limit, 0 },
	{ "GT-16.null", code_selector, 0 },
	{ "GT-16.null-3", code_selector, 3 },
	{ "GT-16.limit", code_selector, 0x200 },
	{ "GT-16.rpl", code_selector, K64 | 3 },
	{ "GT-17.data", code_selector, KDATA },
	{ "GT-17.dpl", code_selector_ring0, U64 },
	{ "GT-17.l", code_selector, K32 },
	{ "GT-17.d", code_descriptor, 0x00ef9b000000ffff },
	{ "GT-17.l-absent", code_descriptor, 0x00cf1b000000ffff },
	{ "GT-18.call", code_descriptor, 0x00af1b000000ffff },
	{ "GT-18.jmp", jmp_descriptor, 0x00af7b000000ffff },
	{ "GT-19.ring0", inner, K64 },
	{ "GT-19.ring1", inner, R1_64 },
	{ "GT-19.compat", inner_compat, 0 },
	{ "GT-20", not_aligned, 0 },
	{ "GT-21.tss", tss_limit, 0 },
	{ "GT-21.canonical", stack_not_canonical, 0 },
	{ "GT-21.offset", offset_not_canonical, 0 },
	{ "GT-22", parameters, 0 },
	{ "GT-23.same", same_ring, 0 },
	{ "GT-23.conforming", conforming, 0 },
	{ "GT-24.inner", jmp_descriptor, 0x00af9b000000ffff },
	{ "GT-24.conforming", jmp_descriptor, 0x00af9f000000ffff },
	{ "GT-24.same", jmp_same_ring, 0 },
	{ "GT-25.gate", flags_kept, 0 },
};
