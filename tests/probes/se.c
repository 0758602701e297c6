/* se.c - SYSENTER: the rules SE-01 to SE-16. */
#include "lab.h"

CODE64(sysenter64, AT "sysenter\n" NEXT DONE);
CODE32(sysenter32, AT "sysenter\n" NEXT DONE);

/* arg: SYSENTER_CS */
PROBE(null_cs)
{
	wrmsr(0x174, arg);
	run(&sysenter64, 3);
	tell("%e", seen);
}

PROBE(null_cs_compat)
{
	wrmsr(0x174, arg);
	run(&sysenter32, 3);
	tell("%e", seen);
}

PROBE(from_ring)
{
	run(&sysenter64, arg);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

PROBE(from_compat)
{
	run(&sysenter32, arg);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

PROBE(all_64_bits)
{
	map_page(0xffff800000000000, USER_DATA, PTE_W);
	*(u16 *)(USER_DATA + 0x123) = 0x43cd;
	wrmsr(0x175, 0xffff900000000008);
	wrmsr(0x176, 0xffff800000000123);
	run(arg ? &sysenter64 : &sysenter32, 3);
	tell("%e rip=%x rsp=%x", seen, seen->rip, seen->rsp);
}

PROBE(flags)
{
	in.rflags = arg;
	run(&sysenter64, 3);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(single_step)
{
	in.rflags = 0x102;
	run(arg ? &sysenter64 : &sysenter32, 3);
	tell("%e dr6=%x rsp=%x fl=%x", seen, seen->dr6, seen->rsp, seen->rflags);
}

PROBE(nothing_saved)
{
	in.rcx = 0x1111, in.rdx = 0x2222, in.r11 = 0x3333;
	run(&sysenter64, 3);
	tell("%e rcx=%x rdx=%x r11=%x", seen, seen->rcx, seen->rdx, seen->r11);
}

PROBE(selectors)
{
	wrmsr(0x174, arg);
	run(&sysenter64, 3);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

CODE64(count_at_entry, ".byte 0x48, 0xff, 0xc0\nint 0x43");

PROBE(code_cache)
{
	set_gdt(FREE, 0x00cffb000000ffff);
	wrmsr(0x174, FREE);
	wrmsr(0x176, count_at_entry.start);
	in.rax = 0xffffffff;
	run(arg ? &sysenter64 : &sysenter32, 3);
	tell("%e rax=%x", seen, seen->rax);
}

CODE32(push_in_compat, "push 0x1234567\npop ebx" DONE);
CODE64(to_compat_at_entry, "push 0x38\nmov eax, offset push_in_compat_start\npush rax\nrex.w retf");

PROBE(stack_cache)
{
	set_gdt(FREE, 0x00af9b000000ffff);
	set_gdt(FREE + 8, 0x0000910000000000);
	wrmsr(0x174, FREE);
	wrmsr(0x176, to_compat_at_entry.start);
	run(&sysenter64, 3);
	tell("%e rbx=%x rsp=%x", seen, seen->rbx, seen->rsp);
}

CODE64(lock_sysenter, AT ".byte 0xf0\nsysenter\n" NEXT DONE);

PROBE(locked)
{
	run(&lock_sysenter, 3);
	tell("%e", seen);
}

CODE64(mov_ss_sysenter, "mov ss, [rbx]\n" AT "sysenter\n" NEXT DONE);

PROBE(mov_ss_watched)
{
	*mem64(USER_DATA) = UDATA;
	in.rbx = USER_DATA;
	watch(USER_DATA);
	run(&mov_ss_sysenter, 3);
	tell("%e dr6=%x rsp=%x", seen, seen->dr6, seen->rsp);
}

PROBES{
	{ "SE-02.0", null_cs, 0, INTEL },           { "SE-02.3", null_cs, 3, INTEL },
	{ "SE-02.upper", null_cs, 0x10000, INTEL }, { "SE-02.compat", null_cs_compat, 2, INTEL },
	{ "SE-03.64", from_ring, 3, AMD },          { "SE-03.ring0", from_ring, 0, AMD },
	{ "SE-03.compat", from_compat, 3, AMD },    { "SE-03.null", null_cs, 0, AMD },
	{ "SE-04.ring3", from_ring, 3, INTEL },     { "SE-04.ring0", from_ring, 0, INTEL },
	{ "SE-04.ring1", from_ring, 1, INTEL },     { "SE-04.compat0", from_compat, 0, INTEL },
	{ "SE-05.stack", from_compat, 3, INTEL },   { "SE-05.64", all_64_bits, 1, INTEL },
	{ "SE-05.compat", all_64_bits, 0, INTEL },  { "SE-07.all", flags, FLAGS_ALL, INTEL },
	{ "SE-07.rf", flags, 0x10202, INTEL },      { "SE-08.64", single_step, 1, INTEL },
	{ "SE-08.compat", single_step, 0, INTEL },  { "SE-09", nothing_saved, 0, INTEL },
	{ "SE-10", selectors, 0x0b, INTEL },        { "SE-10.wrap", selectors, 0xfffd, INTEL },
	{ "SE-11.64", code_cache, 1, INTEL },       { "SE-11.compat", code_cache, 0, INTEL },
	{ "SE-12", stack_cache, 0, INTEL },         { "SE-15", locked, 0, INTEL },
	{ "SE-16", mov_ss_watched, 0, INTEL },
};
