/* sc.c - SYSCALL: the rules SC-01 to SC-29. */
#include "lab.h"

#define CSTAR 0xc0000083

CODE64(syscall64, AT "syscall\n" NEXT "nop" DONE);
CODE32(syscall32, AT "syscall\n" NEXT "nop" DONE);

PROBE(sce0)
{
	wrmsr(MSR_EFER, EFER_LAB & ~EFER_SCE);
	in.rcx = 0x1111, in.r11 = 0x2222;
	run(&syscall64, arg);
	tell("%e rcx=%x r11=%x", seen, seen->rcx, seen->r11);
}

PROBE(sce0_compat)
{
	wrmsr(MSR_EFER, EFER_LAB & ~EFER_SCE);
	run(&syscall32, arg);
	tell("%e", seen);
}

PROBE(compat)
{
	run(&syscall32, arg);
	tell("%e", seen);
}

PROBE(compat_state)
{
	in.rflags = 0x246;
	wrmsr(MSR_FMASK, 0x200);
	run(&syscall32, 3);
	tell("%e", seen);
	if (seen->vector == VEC_CSTAR)
		tell("cs=%x ss=%x rcx=%a r11=%x fl=%x", seen->cs, seen->ss, seen->rcx, seen->r11, seen->rflags);
}

PROBE(from_ring)
{
	run(&syscall64, arg);
	tell("%e cs=%x ss=%x rcx=%a rsp=%x", seen, seen->cs, seen->ss, seen->rcx, seen->rsp);
}

PROBE(rcx_at_the_edge)
{
	map_page(0x7ffffffff000, USER_DATA, PTE_U | PTE_W);
	*(u16 *)(USER_DATA + 0xffe) = 0x050f;
	in.cs = U64, in.ss = UDATA, in.rip = 0x7ffffffffffe;
	enter(1);
	tell("%e rcx=%x", seen, seen->rcx);
}

PROBE(saved_flags)
{
	in.rflags = arg;
	in.r11 = -1;
	run(&syscall64, 3);
	tell("%e r11=%x", seen, seen->r11);
}

PROBE(mask)
{
	wrmsr(MSR_FMASK, arg);
	in.rflags = FLAGS_ALL;
	run(&syscall64, 3);
	tell("%e fl=%x r11=%x", seen, seen->rflags, seen->r11);
}

PROBE(saved_rf)
{
	in.rflags = 0x10002;
	run(&syscall64, 3);
	tell("%e r11=%x fl=%x", seen, seen->r11, seen->rflags);
}

PROBE(lstar_high)
{
	map_page(0xffff800000000000, USER_DATA, PTE_W);
	*(u16 *)(USER_DATA + 0x123) = 0x41cd;
	wrmsr(MSR_LSTAR, 0xffff800000000123);
	run(&syscall64, 3);
	tell("%e rip=%x", seen, seen->rip);
}

/* arg: STAR[47:32] */
PROBE(selectors)
{
	wrmsr(MSR_STAR, arg << 32);
	run(&syscall64, 3);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(star_low_half)
{
	wrmsr(MSR_STAR, (u64)U32 << 48 | (u64)K64 << 32 | 0xdeadbeef);
	run(&syscall64, 3);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

/* 48 FF C0 is INC RAX in 64-bit mode, and DEC EAX, INC EAX elsewhere. */
CODE64(count_at_lstar, ".byte 0x48, 0xff, 0xc0\nint 0x41");
CODE64(count_at_cstar, ".byte 0x48, 0xff, 0xc0\nint 0x42");

PROBE(code_cache)
{
	set_gdt(FREE, 0x00cffb000000ffff); /* 32-bit code where STAR points: not looked at */
	wrmsr(MSR_STAR, (u64)FREE << 32);
	wrmsr(MSR_LSTAR, count_at_lstar.start);
	wrmsr(CSTAR, count_at_cstar.start);
	in.rax = 0xffffffff;
	run(arg ? &syscall64 : &syscall32, 3);
	tell("%e", seen);
	if (seen->vector != 6)
		tell("rax=%x", seen->rax);
}

/* Into compatibility mode with the stack segment that SYSCALL has made: base, limit, rights and size come into play. */
CODE32(push_in_compat, "push 0x1234567\npop ebx" DONE);
CODE64(to_compat_at_lstar, "push 0x38\nmov eax, offset push_in_compat_start\npush rax\nrex.w retf");

PROBE(stack_cache)
{
	set_gdt(FREE, 0x00af9b000000ffff);
	set_gdt(FREE + 8, 0x0000910000000000); /* a read-only byte where STAR + 8 points */
	wrmsr(MSR_STAR, (u64)FREE << 32);
	wrmsr(MSR_LSTAR, to_compat_at_lstar.start);
	run(&syscall64, 3);
	tell("%e rbx=%x rsp=%x", seen, seen->rbx, seen->rsp);
}

CODE64(syscall_without_gdt, "lgdt [no_gdtr]\n" AT "syscall\n" NEXT);
CODE64(gdt_at_lstar, "lgdt [lab_gdtr]\nint 0x41");

PROBE(no_gdt)
{
	wrmsr(MSR_LSTAR, gdt_at_lstar.start);
	run(&syscall_without_gdt, 0);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(garbage_in_gdt)
{
	set_gdt(FREE, 0x1234000056789abc);
	set_gdt(FREE + 8, 0x4321000056789abc);
	wrmsr(MSR_STAR, (u64)FREE << 32);
	run(&syscall64, 3);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(accessed_bit)
{
	set_gdt(FREE, 0x00af9a000000ffff);
	set_gdt(FREE + 8, 0x00cf92000000ffff);
	wrmsr(MSR_STAR, (u64)FREE << 32);
	run(&syscall64, 3);
	tell("%e code=%x stack=%x", seen, get_gdt(FREE) >> 40 & 0xff, get_gdt(FREE + 8) >> 40 & 0xff);
}

PROBE(what_stays)
{
	load_segments(UDATA, UDATA2, UDATA, UDATA2);
	wrmsr(MSR_FS_BASE, 0x111111111);
	wrmsr(MSR_GS_BASE, 0x222222222);
	wrmsr(MSR_KERNEL_GS_BASE, 0x333333333);
	in.rsp = 0x123456789abcdef0;
	run(&syscall64, 3);
	tell("%e rsp=%x ds=%x es=%x fs=%x gs=%x", seen, seen->rsp, seen->ds, seen->es, seen->fs, seen->gs);
	tell("fsb=%x gsb=%x kgs=%x", seen->fs_base, seen->gs_base, seen->kernel_gs);
}

/* arg: FMASK */
PROBE(single_step)
{
	wrmsr(MSR_FMASK, arg);
	in.rflags = 0x102;
	run(&syscall64, 3);
	tell("%e dr6=%x rsp=%x fl=%x", seen, seen->dr6, seen->rsp, seen->rflags);
}

PROBE(single_step_compat)
{
	wrmsr(MSR_FMASK, arg);
	in.rflags = 0x102;
	run(&syscall32, 3);
	tell("%e", seen);
}

CODE64(mov_ss_syscall, "mov ss, [rbx]\n" AT "syscall\n" NEXT "nop" DONE);

PROBE(mov_ss_watched)
{
	*mem64(USER_DATA) = UDATA;
	in.rbx = USER_DATA;
	watch(USER_DATA);
	run(&mov_ss_syscall, 3);
	tell("%e dr6=%x rsp=%x", seen, seen->dr6, seen->rsp);
}

CODE64(lock_syscall, AT ".byte 0xf0\nsyscall\n" NEXT DONE);
CODE64(osize_syscall, AT ".byte 0x66\nsyscall\n" NEXT DONE);
CODE64(rexw_syscall, AT ".byte 0x48\nsyscall\n" NEXT DONE);

PROBE(prefix)
{
	run((const struct code *)arg, 3);
	tell("%e rcx=%a", seen, seen->rcx);
}

PROBE(lstar_absent)
{
	wrmsr(MSR_LSTAR, 0xffffffff81000000);
	in.rflags = 0x202;
	run(&syscall64, 3);
	tell("%e cr2=%x rcx=%a r11=%x cs=%x ss=%x", seen, seen->cr2, seen->rcx, seen->r11, seen->cs, seen->ss);
}

PROBE(break_on_lstar)
{
	break_at(lstar_code.start);
	run(&syscall64, 3);
	tell("%e dr6=%x rsp=%x", seen, seen->dr6, seen->rsp);
}

CODE64(iret_at_lstar, "push 0x10\npush 0x3f0000\npush 2\npush 8\npush offset done64_start\n" AT "iretq");

PROBE(nt_reaches_iret)
{
	wrmsr(MSR_LSTAR, target(&iret_at_lstar));
	wrmsr(MSR_FMASK, arg);
	in.rflags = 0x4002;
	run(&syscall64, 3);
	tell("%e", seen);
}

CODE64(load_at_lstar, AT "mov eax, [rbx]\nint 0x41");

PROBE(ac_opens_smap)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	wrmsr(MSR_LSTAR, target(&load_at_lstar));
	wrmsr(MSR_FMASK, arg);
	write_cr4(CR4_LAB | 1 << 21);
	in.rbx = USER_DATA;
	in.rflags = 0x40002;
	run(&syscall64, 3);
	tell("%e", seen);
}

PROBES{
	{ "SC-01.ring3", sce0, 3 },
	{ "SC-01.ring0", sce0, 0 },
	{ "SC-01.compat", sce0_compat, 3 },
	{ "SC-02.compat3", compat, 3, INTEL },
	{ "SC-02.compat0", compat, 0, INTEL },
	{ "SC-03", compat_state, 0, AMD },
	{ "SC-06.ring0", from_ring, 0 },
	{ "SC-06.ring1", from_ring, 1 },
	{ "SC-06.ring2", from_ring, 2 },
	{ "SC-07", from_ring, 3 },
	{ "SC-08", rcx_at_the_edge, 0 },
	{ "SC-09.all", saved_flags, FLAGS_ALL },
	{ "SC-09.iopl", saved_flags, 0x3002 },
	{ "SC-09.rf", saved_rf, 0 },
	{ "SC-10.none", mask, 0 },
	{ "SC-10.some", mask, 0x44700 },
	{ "SC-10.all", mask, 0xffffffff },
	{ "SC-11", lstar_high, 0 },
	{ "SC-12", selectors, K64 },
	{ "SC-13", selectors, 0x000b },
	{ "SC-13.wrap", selectors, 0xfffc },
	{ "SC-14.64", code_cache, 1 },
	{ "SC-14.compat", code_cache, 0, AMD },
	{ "SC-15", stack_cache, 0 },
	{ "SC-16.limit", no_gdt, 0 },
	{ "SC-16.garbage", garbage_in_gdt, 0 },
	{ "SC-16.accessed", accessed_bit, 0 },
	{ "SC-17", what_stays, 0 },
	{ "SC-18", single_step, 0x100 },
	{ "SC-18.compat", single_step_compat, 0x100, AMD },
	{ "SC-19", single_step, 0 },
	{ "SC-20", mov_ss_watched, 0 },
	{ "SC-23.lock", prefix, (u64)&lock_syscall },
	{ "SC-23.66", prefix, (u64)&osize_syscall },
	{ "SC-23.rexw", prefix, (u64)&rexw_syscall },
	{ "SC-24", lstar_absent, 0 },
	{ "SC-25", star_low_half, 0 },
	{ "SC-27.null", selectors, 0 },
	{ "SC-27.ti", selectors, 0x0104 },
	{ "SC-28", break_on_lstar, 0 },
	{ "SC-29.nt", nt_reaches_iret, 0 },
	{ "SC-29.nt-masked", nt_reaches_iret, 0x4000 },
	{ "SC-29.ac", ac_opens_smap, 0 },
	{ "SC-29.ac-masked", ac_opens_smap, 0x40000 },
};
