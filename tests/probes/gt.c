/* gt.c - far JMP, far CALL and far RET without a gate: the rules GT-01 to GT-12 and GT-26 to GT-33. */
#include "gt.h"

CODE64(jmp_here, AT JMP NEXT DONE);
CODE64(call_here, AT CALL NEXT DONE);
CODE64(call16_here, AT ".byte 0x66\n" CALL NEXT DONE);
CODE64(jmpq_here, AT REXW JMP NEXT DONE);
CODE64(callq_here, AT REXW CALL NEXT DONE);
CODE32(jmp_compat, AT JMP NEXT DONE);
CODE32(call_compat, AT CALL NEXT DONE);
CODE64(jmp_direct, AT ".byte 0xea, 0, 0, 0, 0, 0x08, 0\n" NEXT DONE);
CODE64(call_direct, AT ".byte 0x9a, 0, 0, 0, 0, 0x08, 0\n" NEXT DONE);
CODE64(retf_here, AT RETF NEXT DONE);
CODE64(retfq_here, AT REXW RETF NEXT DONE);
CODE64(retfq16_here, AT REXW ".byte 0xca, 0x10, 0\n" NEXT DONE);
CODE32(retf_compat, AT RETF NEXT DONE);

PROBE(direct)
{
	run((const struct code *)arg, 0);
	tell("%e", seen);
}

/* Where: any code of the right size, ring and kind of instruction, by a selector that is wrong. */
static void jump_to(u16 selector, int cpl)
{
	far_pointer(target(&done64), selector);
	run(&jmp_here, cpl);
	tell("%e", seen);
}

PROBE(selector)
{
	jump_to(arg, 0);
}

PROBE(selector_ring3)
{
	jump_to(arg, 3);
}

PROBE(call_selector)
{
	far_pointer(target(&done64), arg);
	run(&call_here, 0);
	tell("%e rsp=%x", seen, seen->rsp);
}

/* arg: the descriptor at CODE_SLOT */
PROBE(descriptor)
{
	set_gdt(CODE_SLOT, arg);
	set_gdt(CODE_SLOT + 8, 0);
	jump_to(CODE_SLOT, 0);
}

PROBE(descriptor_call)
{
	set_gdt(CODE_SLOT, arg);
	call_selector(CODE_SLOT);
}

PROBE(descriptor_ring3)
{
	set_gdt(CODE_SLOT, arg);
	jump_to(CODE_SLOT, 3);
	tell("cs=%x", seen->cs);
}

PROBE(same_ring)
{
	far_pointer(target(&done64), arg);
	run(&jmp_here, 3);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

/* 64 KiB of 32-bit code: the target lies behind them. */
PROBE(past_limit)
{
	set_gdt(CODE_SLOT, 0x0040fb000000ffff);
	far_pointer(target(&done32), CODE_SLOT | 3);
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(not_canonical)
{
	*mem64(POINTER) = 0x0000900000000000;
	*mem64(POINTER + 8) = U64;
	in.rbx = POINTER;
	run(arg ? &callq_here : &jmpq_here, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(call_pushes_32)
{
	far_pointer(target(&done64), U64);
	run(&call_here, 3);
	const u32 *w = (u32 *)seen->rsp;

	tell("%e rsp=%x %a %x", seen, seen->rsp, (u64)w[0], (u64)w[1]);
}

PROBE(call_pushes_16)
{
	map_page(0x8000, USER_DATA, PTE_U | PTE_W);
	*(u16 *)(USER_DATA + 0x10) = 0x40cd;
	*(u32 *)(USER_DATA + 0x20) = 0x8010 | U64 << 16;
	in.rbx = USER_DATA + 0x20;
	run(&call16_here, 3);
	const u16 *w = (u16 *)seen->rsp;

	tell("%e rsp=%x same=%x %x", seen, seen->rsp, (u64)(w[0] == (u16)call16_here.next), (u64)w[1]);
}

PROBE(call_pushes_64)
{
	*mem64(POINTER) = target(&done64);
	*mem64(POINTER + 8) = U64;
	in.rbx = POINTER;
	run(&callq_here, 3);
	tell("%e rsp=%x %a %x", seen, seen->rsp, mem64(seen->rsp)[0], mem64(seen->rsp)[1]);
}

PROBE(call_stack_not_canonical)
{
	far_pointer(target(&done64), U64);
	in.rsp = 0x0000900000000000;
	run(&call_here, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(accessed)
{
	set_gdt(CODE_SLOT, 0x00affa000000ffff);
	far_pointer(target(&done64), CODE_SLOT | 3);
	run((const struct code *)arg, 3);
	tell("%e rights=%x", seen, get_gdt(CODE_SLOT) >> 40 & 0xff);
}

/* 48 FF C0 is INC RAX in 64-bit mode, and DEC EAX, INC EAX elsewhere. */
CODE64(count64, ".byte 0x48, 0xff, 0xc0" DONE);
CODE32(count32, ".byte 0x48, 0xff, 0xc0" DONE);

PROBE(to_64)
{
	in.rax = 0xffffffff;
	far_pointer(target(&count64), U64);
	run(&jmp_compat, 3);
	tell("%e cs=%x rax=%x", seen, seen->cs, seen->rax);
}

PROBE(to_compat)
{
	in.rax = 0xffffffff;
	far_pointer(target(&count32), U32);
	run(&jmp_here, 3);
	tell("%e cs=%x rax=%x", seen, seen->cs, seen->rax);
}

PROBE(to_compat_truncated)
{
	*mem64(POINTER) = target(&count32) | 0x500000000;
	*mem64(POINTER + 8) = U32;
	in.rbx = POINTER, in.rax = 0xffffffff;
	run(&jmpq_here, 3);
	tell("%e cs=%x rax=%x", seen, seen->cs, seen->rax);
}

PROBE(flags_kept)
{
	in.rflags = FLAGS_ALL;
	far_pointer(target(&done64), U64);
	run((const struct code *)arg, 3);
	tell("%e fl=%x", seen, seen->rflags);
}

/* ---- RET ---- */

#define STACK (USER_DATA + 0x800)

static void words64(u64 rip, u64 cs, u64 rsp, u64 ss)
{
	u64 *w = mem64(STACK);

	w[0] = rip, w[1] = cs, w[2] = rsp, w[3] = ss;
	in.rsp = STACK;
}

static void tell_return(void)
{
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

/* arg: CS of the image, for 64-bit code */
PROBE(ret_cs)
{
	words64(target(&done64), arg, USER_STACK - 64, UDATA);
	run(&retfq_here, 0);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(ret_cs_ring3)
{
	words64(target(&done64), arg, USER_STACK - 64, UDATA);
	run(&retfq_here, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(ret_descriptor)
{
	set_gdt(CODE_SLOT, arg);
	ret_cs(CODE_SLOT | 3);
}

PROBE(ret_outer)
{
	words64(target(&done64), U64, USER_STACK - 64, UDATA);
	run(&retfq_here, 0);
	tell_return();
}

PROBE(ret_outer_imm)
{
	words64(target(&done64), U64, 0, 0);
	mem64(STACK)[4] = USER_STACK - 64, mem64(STACK)[5] = UDATA;
	run(&retfq16_here, 0);
	tell_return();
}

PROBE(ret_same_imm)
{
	words64(target(&done64), K64, 0, 0);
	run(&retfq16_here, 0);
	tell_return();
}

PROBE(ret_rip)
{
	words64(0x0000900000000000, arg, USER_STACK - 64, UDATA);
	run(&retfq_here, 0);
	tell_return();
}

/* arg: SS of the image */
PROBE(ret_ss)
{
	words64(target(&done64), U64, USER_STACK - 64, arg);
	run(&retfq_here, 0);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(ret_ss_ring1)
{
	words64(target(&done64), R1_64, RSP_TOP(1) - 64, arg);
	run(&retfq_here, 0);
	tell_return();
}

PROBE(ret_ss_compat)
{
	words64(target(&done32), U32, USER_STACK - 64, arg);
	run(&retfq_here, 0);
	tell("%e", seen);
}

PROBE(ret_ss_descriptor)
{
	set_gdt(CODE_SLOT, arg);
	ret_ss(CODE_SLOT | 3);
}

PROBE(ret_nulls)
{
	if (arg)
		load_segments(3, 2, 1, 3);
	else
		load_segments(KDATA, UDATA, R1DATA & ~3, KDATA);
	words64(target(&done64), U64, USER_STACK - 64, UDATA);
	run(&retfq_here, 0);
	tell("%e ds=%x es=%x fs=%x gs=%x", seen, seen->ds, seen->es, seen->fs, seen->gs);
}

PROBE(ret_default_size)
{
	u32 *w = (u32 *)STACK;

	w[0] = target(&done64), w[1] = U64, w[2] = USER_STACK - 64, w[3] = UDATA;
	in.rsp = STACK;
	run(&retf_here, 0);
	tell_return();
}

PROBE(ret_compat)
{
	u32 *w = (u32 *)STACK;

	w[0] = target(&done32), w[1] = U32, w[2] = USER_STACK - 64, w[3] = UDATA;
	in.rsp = STACK;
	run(&retf_compat, arg);
	tell_return();
}

/* ---- REX.W ---- */

/* 16:32 at POINTER leads to 3D0100h, 16:64 to the same page 2B00000000h higher; an INT 40h lies there. */
PROBE(pointer_size)
{
	map_page(0x2b003d0000, USER_DATA, PTE_U | PTE_W);
	*(u16 *)(USER_DATA + 0x100) = 0x40cd;
	*mem64(POINTER) = 0x0000002b003d0100;
	*mem64(POINTER + 8) = U64;
	in.rbx = POINTER;
	run((const struct code *)arg, 3);
	tell("%e rip=%x rsp=%x", seen, seen->rip, seen->rsp);
}

CODE64(lfs_here, AT ".byte 0x48, 0x0f, 0xb4, 0x03\n" NEXT DONE);
CODE64(lgs_here, AT ".byte 0x48, 0x0f, 0xb5, 0x03\n" NEXT DONE);

PROBE(load_pointer_size)
{
	*mem64(POINTER) = 0x0000002376543210;
	*mem64(POINTER + 8) = UDATA2;
	in.rbx = POINTER;
	run((const struct code *)arg, 3);
	tell("%e rax=%x fs=%x gs=%x", seen, seen->rax, seen->fs, seen->gs);
}

PROBES{
	{ "GT-01.jmp", direct, (u64)&jmp_direct },
	{ "GT-01.call", direct, (u64)&call_direct },
	{ "GT-02.0", selector, 0 },
	{ "GT-02.3", selector, 3 },
	{ "GT-02.call", call_selector, 0 },
	{ "GT-03.limit", selector, 0x200 },
	{ "GT-03.ldt", selector, 0x204 },
	{ "GT-03.call", call_selector, 0x200 },
	{ "GT-04.tss", selector, TSS },
	{ "GT-04.data", selector, KDATA },
	{ "GT-04.gate16", descriptor, 0x0000840000080000 },
	{ "GT-04.task-gate", descriptor, 0x0000850000600000 },
	{ "GT-04.ldt", selector, LDT },
	{ "GT-05.rpl", selector, K64 | 3 },
	{ "GT-05.inner", selector_ring3, K64 },
	{ "GT-05.outer", selector, U64 & ~3 },
	{ "GT-05.conforming", descriptor_ring3, 0x00af9f000000ffff },
	{ "GT-05.conforming-outer", descriptor, 0x00afff000000ffff },
	{ "GT-06.jmp", descriptor, 0x00ef9b000000ffff },
	{ "GT-06.call", descriptor_call, 0x00ef9b000000ffff },
	{ "GT-06.absent", descriptor, 0x00ef1b000000ffff },
	{ "GT-07.jmp", descriptor, 0x00af1b000000ffff },
	{ "GT-07.call", descriptor_call, 0x00af1b000000ffff },
	{ "GT-07.dpl-first", descriptor, 0x00af7b000000ffff },
	{ "GT-08.jmp", past_limit, (u64)&jmp_here },
	{ "GT-08.call", past_limit, (u64)&call_here },
	{ "GT-08.canonical", not_canonical, 0, INTEL },
	{ "GT-08.canonical-call", not_canonical, 1, INTEL },
	{ "GT-09.32", call_pushes_32, 0 },
	{ "GT-09.16", call_pushes_16, 0 },
	{ "GT-09.64", call_pushes_64, 0, INTEL },
	{ "GT-09.stack", call_stack_not_canonical, 0 },
	{ "GT-10.rpl0", same_ring, U64 & ~3 },
	{ "GT-10.rpl3", same_ring, U64 },
	{ "GT-11.jmp", accessed, (u64)&jmp_here },
	{ "GT-11.call", accessed, (u64)&call_here },
	{ "GT-12.to-64", to_64, 0 },
	{ "GT-12.to-compat", to_compat, 0 },
	{ "GT-12.truncated", to_compat_truncated, 0, INTEL },
	{ "GT-25.jmp", flags_kept, (u64)&jmp_here },
	{ "GT-25.call", flags_kept, (u64)&call_here },
	{ "GT-26.null", ret_cs, 3 },
	{ "GT-26.limit", ret_cs, 0x203 },
	{ "GT-26.data", ret_cs, UDATA },
	{ "GT-26.inner", ret_cs_ring3, K64 },
	{ "GT-26.dpl", ret_cs, K64 | 3 },
	{ "GT-26.l-and-d", ret_descriptor, 0x00effb000000ffff },
	{ "GT-26.l-and-d-absent", ret_descriptor, 0x00ef7b000000ffff },
	{ "GT-26.absent", ret_descriptor, 0x00af7b000000ffff },
	{ "GT-26.rip", ret_rip, K64 },
	{ "GT-26.rip-outer", ret_rip, U64 },
	{ "GT-27", ret_outer, 0 },
	{ "GT-27.imm", ret_outer_imm, 0 },
	{ "GT-27.imm-same", ret_same_imm, 0 },
	{ "GT-28.ring1", ret_ss_ring1, 1 },
	{ "GT-28.ring3", ret_ss, 3 },
	{ "GT-28.compat", ret_ss_compat, 3 },
	{ "GT-29.limit", ret_ss, 0x203 },
	{ "GT-29.rpl", ret_ss, UDATA & ~3 },
	{ "GT-29.code", ret_ss, U64 },
	{ "GT-29.dpl", ret_ss, KDATA | 3 },
	{ "GT-29.read-only", ret_ss_descriptor, 0x00cff1000000ffff },
	{ "GT-29.absent", ret_ss_descriptor, 0x00cf73000000ffff },
	{ "GT-30.dpl", ret_nulls, 0 },
	{ "GT-30.null", ret_nulls, 1 },
	{ "GT-31.default", ret_default_size, 0 },
	{ "GT-31.compat3", ret_compat, 3 },
	{ "GT-31.compat0", ret_compat, 0 },
	{ "GT-33.jmp", pointer_size, (u64)&jmpq_here },
	{ "GT-33.call", pointer_size, (u64)&callq_here },
	{ "GT-33.lfs", load_pointer_size, (u64)&lfs_here },
	{ "GT-33.lgs", load_pointer_size, (u64)&lgs_here },
};
