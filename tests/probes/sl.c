/* sl.c - segment loads and addresses: the rules SL-01 to SL-21. */
#include "lab.h"

#define BAD 0x0000900000000000

CODE64(mov_cs, AT ".byte 0x8e, 0xc8\n" NEXT DONE);
CODE64(mov_seg6, AT ".byte 0x8e, 0xf0\n" NEXT DONE);
CODE64(mov_seg7, AT ".byte 0x8e, 0xf8\n" NEXT DONE);
CODE64(push_cs, AT ".byte 0x0e\n" NEXT DONE);
CODE64(pop_ds, AT ".byte 0x1f\n" NEXT DONE);
CODE64(push_es, AT ".byte 0x06\n" NEXT DONE);
CODE64(pop_ss, AT ".byte 0x17\n" NEXT DONE);
CODE64(push_pop_fs, "push fs\npop gs" DONE);
CODE64(mov_ds, AT "mov ds, eax\n" NEXT DONE);
CODE64(mov_es, AT "mov es, eax\n" NEXT DONE);
CODE64(mov_fs, AT "mov fs, eax\n" NEXT DONE);
CODE64(mov_gs, AT "mov gs, eax\n" NEXT DONE);
CODE64(mov_ss, AT "mov ss, eax\n" NEXT DONE);
CODE32(mov_ss_compat, AT "mov ss, eax\n" NEXT DONE);
CODE64(load_all, "mov ds, eax\nmov es, ecx\nmov fs, edx\nmov gs, ebx" DONE);

PROBE(alone)
{
	in.rax = UDATA;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(fs_to_gs)
{
	load_segments(UDATA, UDATA, UDATA2, UDATA);
	run(&push_pop_fs, 3);
	tell("%e gs=%x", seen, seen->gs);
}

PROBE(null_data)
{
	in.rax = 0, in.rcx = 1, in.rdx = 2, in.rbx = 3;
	run(&load_all, arg);
	tell("%e ds=%x es=%x fs=%x gs=%x", seen, seen->ds, seen->es, seen->fs, seen->gs);
}

CODE32(null_ds_compat, "xor eax, eax\nmov ds, eax\n" AT "mov eax, [ebx]\n" NEXT DONE);
CODE64(null_ds_64, "xor eax, eax\nmov ds, eax\n" AT "mov eax, [rbx]\n" NEXT DONE);

PROBE(null_used)
{
	in.rbx = USER_DATA;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(null_base)
{
	wrmsr(MSR_FS_BASE, 0x123456789), wrmsr(MSR_GS_BASE, 0x987654321);
	in.rax = 0;
	run(arg ? &mov_gs : &mov_fs, 3);
	tell("%e fsb=%x gsb=%x", seen, seen->fs_base, seen->gs_base);
}

PROBE(null_ss)
{
	in.rax = arg & 3;
	run(&mov_ss, arg >> 4);
	tell("%e ss=%x", seen, seen->ss);
}

PROBE(null_ss_compat)
{
	in.rax = arg;
	run(&mov_ss_compat, arg);
	tell("%e", seen);
}

/* arg: the selector; in ring 0 or 3 */
PROBE(ss_ring0)
{
	in.rax = arg;
	run(&mov_ss, 0);
	tell("%e", seen);
}

PROBE(ss_ring3)
{
	in.rax = arg;
	run(&mov_ss, 3);
	tell("%e", seen);
}

PROBE(ss_descriptor)
{
	set_gdt(FREE, arg);
	ss_ring0(FREE);
}

PROBE(ds_ring0)
{
	in.rax = arg;
	run(&mov_ds, 0);
	tell("%e ds=%x", seen, seen->ds);
}

PROBE(ds_ring3)
{
	in.rax = arg;
	run(&mov_ds, 3);
	tell("%e ds=%x", seen, seen->ds);
}

/* arg: the descriptor at FREE, loaded by ring 3 with RPL 3 */
PROBE(ds_descriptor)
{
	set_gdt(FREE, arg);
	set_gdt(FREE + 8, 0);
	ds_ring3(FREE | 3);
}

PROBE(gs_descriptor)
{
	set_gdt(FREE, arg);
	in.rax = FREE;
	run(&mov_gs, 0);
	tell("%e gs=%x", seen, seen->gs);
}

PROBE(rpl_above_dpl)
{
	ds_ring0(KDATA | 3);
}

/* GDTR ends with the limit arg while a descriptor at FREE is loaded. */
PROBE(table_limit)
{
	set_gdt(FREE, 0x00cff3000000ffff);
	load_gdtr(GDT_PAGE, FREE + arg);
	ds_ring3(FREE | 3);
}

PROBE(accessed)
{
	set_gdt(FREE, 0x00cff2000000ffff);
	in.rax = FREE | 3;
	run((const struct code *)arg, 3);
	tell("%e rights=%x", seen, get_gdt(FREE) >> 40 & 0xff);
}

PROBE(accessed_not_on_fault)
{
	set_gdt(FREE, 0x00cf72000000ffff);
	in.rax = FREE | 3;
	run(&mov_ds, 3);
	tell("%e rights=%x", seen, get_gdt(FREE) >> 40 & 0xff);
}

PROBE(fault_keeps_base)
{
	wrmsr(MSR_FS_BASE, 0x123456789);
	set_gdt(FREE, 0x00cf73000000ffff);
	in.rax = FREE | 3;
	run(&mov_fs, 3);
	tell("%e fs=%x fsb=%x", seen, seen->fs, seen->fs_base);
}

PROBE(base_of_32_bits)
{
	wrmsr(MSR_FS_BASE, 0xffff800000000000), wrmsr(MSR_GS_BASE, 0xffff800000000000);
	set_gdt(FREE, 0xfecff3dcba98ffff);
	in.rax = FREE | 3;
	run(arg ? &mov_gs : &mov_fs, 3);
	tell("%e base=%x", seen, arg ? seen->gs_base : seen->fs_base);
}

CODE64(odd_ds_store, "mov ds, eax\n" AT "mov [rbx], ecx\n" NEXT DONE);

PROBE(odd_ds)
{
	*mem64(USER_DATA) = 0, *mem64(USER_DATA + 0x1000) = 0;
	set_gdt(FREE, 0x0040f10010000000); /* a read-only byte at 1000h */
	in.rax = FREE | 3, in.rbx = USER_DATA, in.rcx = 0x1234;
	run(&odd_ds_store, 3);
	tell("%e here=%x there=%x", seen, *mem64(USER_DATA), *mem64(USER_DATA + 0x1000));
}

CODE32(load_in_compat, AT "mov ecx, [ebx]\n" NEXT DONE);
CODE64(ds_to_compat, "mov ds, eax\npush 0x1b\nmov eax, offset load_in_compat_start\npush rax\nrex.w retf");

/* arg: a DS whose base and limit come into play in compatibility mode */
PROBE(ds_in_compat)
{
	set_gdt(FREE, arg);
	*mem64(USER_DATA) = 0x1111, *mem64(USER_DATA + 0x1000) = 0x2222;
	in.rax = FREE | 3, in.rbx = USER_DATA;
	target(&load_in_compat);
	run(&ds_to_compat, 3);
	tell("%e rcx=%x", seen, seen->rcx);
}

CODE64(fs_store, "mov fs, eax\n" AT "mov fs:[rbx], ecx\n" NEXT DONE);

PROBE(fs_without_limit)
{
	*mem64(USER_DATA + 0x1000) = 0;
	set_gdt(FREE, 0x0040f10010000000);
	in.rax = FREE | 3, in.rbx = USER_DATA, in.rcx = 0x1234;
	run(&fs_store, 3);
	tell("%e there=%x", seen, *mem64(USER_DATA + 0x1000));
}

CODE64(at_rbx, AT "mov eax, [rbx]\n" NEXT DONE);
CODE64(at_rbp, AT "mov eax, [rbp]\n" NEXT DONE);
CODE64(at_rsp, AT "mov eax, [rsp]\n" NEXT DONE);
CODE64(at_ss_rbx, AT ".byte 0x36, 0x8b, 0x03\n" NEXT DONE);
CODE64(at_ds_rbp, AT ".byte 0x3e, 0x8b, 0x45, 0\n" NEXT DONE);
CODE64(at_fs_rbp, AT ".byte 0x64, 0x8b, 0x45, 0\n" NEXT DONE);
CODE64(at_rbp_rbx, AT "mov eax, [rbp + rbx * 1]\n" NEXT DONE);
CODE64(push_here, AT "push rax\n" NEXT DONE);
CODE64(pop_here, AT "pop rax\n" NEXT DONE);
CODE64(call_here, AT ".byte 0xe8, 0, 0, 0, 0\n" NEXT DONE);
CODE64(ret_here, AT "ret\n" NEXT DONE);
CODE64(iretq_here, AT "iretq\n" NEXT DONE);
CODE64(jmp_rax, AT "jmp rax\n" NEXT DONE);
CODE64(call_rax, AT "call rax\n" NEXT DONE);

/* Bases that are not canonical, in whatever register the code looks. */
PROBE(not_canonical)
{
	in.rbx = in.rbp = in.rsp = BAD;
	if (arg == (u64)&at_rbp_rbx)
		in.rbx = 0;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(branch_to_nowhere)
{
	in.rax = BAD;
	run((const struct code *)arg, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(ret_to_nowhere)
{
	*mem64(USER_DATA + 0x800) = BAD;
	in.rsp = USER_DATA + 0x800;
	run(&ret_here, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

#define RING(cpl) ((cpl) << 4)

PROBES{
	{ "SL-01.cs", alone, (u64)&mov_cs },
	{ "SL-01.6", alone, (u64)&mov_seg6 },
	{ "SL-01.7", alone, (u64)&mov_seg7 },
	{ "SL-02.push-cs", alone, (u64)&push_cs },
	{ "SL-02.pop-ds", alone, (u64)&pop_ds },
	{ "SL-02.push-es", alone, (u64)&push_es },
	{ "SL-02.pop-ss", alone, (u64)&pop_ss },
	{ "SL-02.fs", fs_to_gs, 0 },
	{ "SL-03.ring3", null_data, 3 },
	{ "SL-03.ring0", null_data, 0 },
	{ "SL-04.compat", null_used, (u64)&null_ds_compat },
	{ "SL-04.64", null_used, (u64)&null_ds_64 },
	{ "SL-05.fs", null_base, 0 },
	{ "SL-05.gs", null_base, 1 },
	{ "SL-06.ring0", null_ss, RING(0) | 0 },
	{ "SL-06.ring0-rpl3", null_ss, RING(0) | 3 },
	{ "SL-06.ring1", null_ss, RING(1) | 1 },
	{ "SL-06.ring2-rpl0", null_ss, RING(2) | 0 },
	{ "SL-06.ring3", null_ss, RING(3) | 3 },
	{ "SL-07.ring0", null_ss_compat, 0 },
	{ "SL-07.ring3", null_ss_compat, 3 },
	{ "SL-08.limit", ss_ring0, 0x200 },
	{ "SL-08.ldt", ss_ring0, 0x204 },
	{ "SL-08.rpl", ss_ring3, UDATA & ~3 },
	{ "SL-08.dpl", ss_ring0, UDATA & ~3 },
	{ "SL-08.code", ss_ring0, K64 },
	{ "SL-08.system", ss_ring0, TSS },
	{ "SL-08.read-only", ss_descriptor, 0x00cf91000000ffff },
	{ "SL-08.absent", ss_descriptor, 0x00cf13000000ffff },
	{ "SL-08.dpl-first", ss_descriptor, 0x00cf73000000ffff },
	{ "SL-09.cpl", ds_ring3, KDATA },
	{ "SL-09.rpl", rpl_above_dpl, 0 },
	{ "SL-09.execute-only", ds_descriptor, 0x00aff9000000ffff },
	{ "SL-09.system", ds_descriptor, 0x0000e90000000067 },
	{ "SL-09.code", ds_descriptor, 0x00affb000000ffff },
	{ "SL-09.code-dpl", ds_ring3, K64 },
	{ "SL-09.conforming", ds_descriptor, 0x00af9f000000ffff },
	{ "SL-09.limit", ds_ring3, 0x203 },
	{ "SL-10.ds", ds_descriptor, 0x00cf73000000ffff },
	{ "SL-10.gs", gs_descriptor, 0x00cf13000000ffff },
	{ "SL-10.dpl-first", ds_descriptor, 0x00cf13000000ffff },
	{ "SL-11.short", table_limit, 6 },
	{ "SL-11.enough", table_limit, 7 },
	{ "SL-12.ds", accessed, (u64)&mov_ds },
	{ "SL-12.fs", accessed, (u64)&mov_fs },
	{ "SL-12.ss", accessed, (u64)&mov_ss },
	{ "SL-12.fault", accessed_not_on_fault, 0 },
	{ "SL-13", fault_keeps_base, 0 },
	{ "SL-14.fs", base_of_32_bits, 0 },
	{ "SL-14.gs", base_of_32_bits, 1 },
	{ "SL-15", odd_ds, 0 },
	{ "SL-16.base", ds_in_compat, 0x00cff3001000ffff },
	{ "SL-16.limit", ds_in_compat, 0x0040f3000000ffff },
	{ "SL-16.es", alone, (u64)&mov_es },
	{ "SL-17", fs_without_limit, 0 },
	{ "SL-18.ss", not_canonical, (u64)&at_ss_rbx },
	{ "SL-18.ds", not_canonical, (u64)&at_ds_rbp },
	{ "SL-19.rbx", not_canonical, (u64)&at_rbx },
	{ "SL-19.rbp", not_canonical, (u64)&at_rbp },
	{ "SL-19.rsp", not_canonical, (u64)&at_rsp },
	{ "SL-19.fs-rbp", not_canonical, (u64)&at_fs_rbp },
	{ "SL-19.rbp-rbx", not_canonical, (u64)&at_rbp_rbx },
	{ "SL-20.push", not_canonical, (u64)&push_here },
	{ "SL-20.pop", not_canonical, (u64)&pop_here },
	{ "SL-20.call", not_canonical, (u64)&call_here },
	{ "SL-20.ret", not_canonical, (u64)&ret_here },
	{ "SL-20.iret", not_canonical, (u64)&iretq_here },
	{ "SL-21.jmp", branch_to_nowhere, (u64)&jmp_rax },
	{ "SL-21.call", branch_to_nowhere, (u64)&call_rax },
	{ "SL-21.ret", ret_to_nowhere, 0 },
};
