/* ir.c - IRET: the rules IR-01 to IR-32. */
#include "lab.h"

#define FRAME (USER_DATA + 0x800)
#define IRETQ "iretq\n"
#define IRETD ".byte 0xcf\n"
#define IRETW ".byte 0x66, 0xcf\n"
#define HIGH 0xffff800000000000

CODE64(iretq_here, AT IRETQ NEXT DONE);
CODE64(iretd_here, AT IRETD NEXT DONE);
CODE64(iretw_here, AT IRETW NEXT DONE);
CODE32(iretd_compat, AT IRETD NEXT DONE);

/* What IRET is to pop: RIP, CS, RFLAGS, RSP, SS. */
struct image {
	u64 rip, cs, rflags, rsp, ss;
};

/* Puts the image, in words of that many bytes, where RSP will be. */
static void push_image(struct image i, unsigned size)
{
	const u64 *word = &i.rip;
	u64 at = FRAME;

	for (int n = 0; n < 5; n++, at += size)
		for (unsigned b = 0; b < size; b++)
			((u8 *)at)[b] = word[n] >> 8 * b;
	in.rsp = FRAME;
}

static void iretq_from(int cpl, struct image i)
{
	push_image(i, 8);
	run(&iretq_here, cpl);
}

static struct image to_user(void)
{
	return (struct image){ target(&done64), U64, 2, USER_STACK - 64, UDATA };
}

static struct image to_kernel(void)
{
	return (struct image){ target(&done64), K64, 2, USER_STACK - 64, KDATA };
}

static struct image to_compat(void)
{
	return (struct image){ target(&done32), U32, 2, USER_STACK - 64, UDATA };
}

static void tell_return(void)
{
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

PROBE(nested_task)
{
	in.rflags = 0x4002;
	iretq_from(arg, to_user());
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(nested_task_compat)
{
	in.rflags = 0x4002;
	push_image(to_compat(), 4);
	run(&iretd_compat, arg);
	tell("%e", seen);
}

PROBE(size_64)
{
	iretq_from(0, to_user());
	tell_return();
}

PROBE(size_32)
{
	push_image(to_user(), 4);
	run(&iretd_here, 0);
	tell_return();
}

/* IP has 16 bits: the target is a page at 8000h. */
static struct image to_low(u16 cs, u16 ss)
{
	map_page(0x8000, USER_DATA, PTE_U | PTE_W);
	*(u16 *)(USER_DATA + 0x10) = 0x40cd;
	return (struct image){ 0x8010, cs, 2, 0x8ff0, ss };
}

PROBE(size_16)
{
	push_image(to_low(U64, UDATA), 2);
	run(&iretw_here, 0);
	tell_return();
}

PROBE(same_ring_32)
{
	push_image(to_kernel(), 4);
	run(&iretd_here, 0);
	tell_return();
}

PROBE(same_ring_16)
{
	push_image(to_low(K64, KDATA), 2);
	run(&iretw_here, 0);
	tell_return();
}

PROBE(same_ring_64)
{
	iretq_from(arg, arg ? to_user() : to_kernel());
	tell_return();
}

PROBE(compat_same_ring)
{
	push_image(to_compat(), 4);
	run(&iretd_compat, 3);
	tell_return();
}

PROBE(compat_outer_ring)
{
	push_image(to_compat(), 4);
	run(&iretd_compat, 0);
	tell_return();
}

/* arg: the CS of the image; FREE has the descriptor in `spare`. */
static void bad_cs(u16 cs, u64 spare, int cpl)
{
	struct image i = to_user();

	set_gdt(FREE, spare);
	i.cs = cs;
	iretq_from(cpl, i);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(cs_selector)
{
	bad_cs(arg, 0, 0);
}

PROBE(cs_selector_ring3)
{
	bad_cs(arg, 0, 3);
}

PROBE(cs_descriptor)
{
	bad_cs(FREE | 3, arg, 0);
}

PROBE(cs_descriptor_ring0)
{
	bad_cs(FREE, arg, 0);
}

PROBE(vm_in_image)
{
	struct image i = arg == 3 ? to_user() : to_kernel();

	i.rflags = 0x20002;
	push_image(i, 8);
	run(&iretq_here, arg);
	tell("%s vm=%x", seen->vector == VEC_DONE ? "done" : "elsewhere", seen->rflags >> 17 & 1);
}

PROBE(vm_in_image_32)
{
	struct image i = arg == 3 ? to_user() : to_kernel();

	i.rflags = 0x20002;
	push_image(i, 4);
	run(&iretd_here, arg);
	tell("%s vm=%x", seen->vector == VEC_DONE ? "done" : "elsewhere", seen->rflags >> 17 & 1);
}

PROBE(ss_null)
{
	struct image i = to_kernel();

	i.ss = arg;
	iretq_from(0, i);
	tell("%e ss=%x", seen, seen->ss);
}

PROBE(ss_null_ring1)
{
	struct image i = to_kernel();

	i.cs = R1_64, i.ss = arg;
	iretq_from(0, i);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(ss_null_ring3)
{
	struct image i = arg == 64 ? to_user() : to_compat();

	i.ss = 3;
	iretq_from(0, i);
	tell("%e", seen);
}

PROBE(ss_null_compat0)
{
	struct image i = to_compat();

	i.cs = K32, i.ss = 0;
	iretq_from(0, i);
	tell("%e", seen);
}

PROBE(ss_selector)
{
	struct image i = to_user();

	i.ss = arg;
	iretq_from(0, i);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(ss_descriptor)
{
	struct image i = to_user();

	set_gdt(FREE, arg);
	i.ss = FREE | 3;
	iretq_from(0, i);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(rip_not_canonical)
{
	struct image i = arg == 3 ? to_user() : to_kernel();

	i.rip = 0x0000800000000000;
	iretq_from(arg, i);
	tell("%e cs=%x rsp=%x", seen, seen->cs, seen->rsp);
}

PROBE(rip_outer)
{
	struct image i = to_user();

	i.rip = 0xfffe800000000000;
	iretq_from(0, i);
	tell("%e cs=%x rsp=%x", seen, seen->cs, seen->rsp);
}

PROBE(rip_past_limit)
{
	struct image i = to_compat();

	set_gdt(FREE, 0x0040fb000000ffff); /* 64 KiB of 32-bit code */
	i.cs = FREE | 3;
	iretq_from(0, i);
	tell("%e", seen);
}

CODE64(push_here, AT "push rax\n" NEXT DONE);

PROBE(rsp_not_canonical)
{
	struct image i = to_user();

	i.rsp = 0x0000900000000000;
	if (arg)
		i.rip = target(&push_here);
	iretq_from(0, i);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(flags)
{
	struct image i = to_user();

	i.rflags = arg;
	iretq_from(0, i);
	tell("%e fl=%x", seen, seen->rflags);
}

/* arg: RFLAGS before */
PROBE(flags_ring3)
{
	struct image i = to_user();

	i.rflags = 0x3c7ed7;
	in.rflags = arg;
	iretq_from(3, i);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(flags_16)
{
	struct image i = to_low(U64, UDATA);

	i.rflags = arg;
	in.rflags = 0x240002;
	push_image(i, 2);
	run(&iretw_here, 0);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(segments_nulled)
{
	set_gdt(FREE, 0x00af9f000000ffff); /* conforming, DPL 0 */
	load_segments(KDATA, UDATA, R1DATA & ~3, FREE);
	size_64(0);
	tell("ds=%x es=%x fs=%x gs=%x", seen->ds, seen->es, seen->fs, seen->gs);
}

PROBE(null_selectors)
{
	load_segments(3, 2, 1, 3);
	size_64(0);
	tell("ds=%x es=%x fs=%x gs=%x", seen->ds, seen->es, seen->fs, seen->gs);
}

PROBE(null_selectors_same_ring)
{
	load_segments(3, 2, 1, 3);
	same_ring_64(0);
	tell("ds=%x es=%x fs=%x gs=%x", seen->ds, seen->es, seen->fs, seen->gs);
}

PROBE(small_stack)
{
	struct image i = to_compat();

	set_gdt(FREE, 0x0000f3000000ffff);
	i.ss = FREE | 3, i.rsp = 0x1234;
	iretq_from(0, i);
	tell_return();
}

PROBE(compat_rip)
{
	struct image i = to_compat();

	i.rip |= 0x100000000;
	iretq_from(0, i);
	tell("%e", seen);
}

CODE64(nop_here, "nop\n" AT "nop" DONE);

PROBE(step_over)
{
	in.rflags = 0x102;
	iretq_from(0, to_user());
	tell("%e dr6=%x fl=%x", seen, seen->dr6, seen->rflags);
}

PROBE(step_behind)
{
	struct image i = to_user();

	i.rip = target(&nop_here);
	i.rflags = 0x102;
	iretq_from(0, i);
	tell("%e dr6=%x", seen, seen->dr6);
}

PROBE(breakpoint_at_target)
{
	struct image i = to_user();

	i.rflags = arg;
	break_at(done64.start);
	iretq_from(0, i);
	tell("%e dr6=%x", seen, seen->dr6);
}

PROBE(nothing_changed)
{
	struct image i = to_user();

	set_gdt(FREE, 0x00cf73000000ffff);
	load_segments(KDATA, KDATA, KDATA, KDATA);
	i.ss = FREE | 3;
	in.rflags = 0x246;
	iretq_from(0, i);
	tell("%e cs=%x ss=%x rsp=%x ds=%x gs=%x", seen, seen->cs, seen->ss, seen->rsp, seen->ds, seen->gs);
}

PROBE(zero_extended)
{
	map_page(HIGH, USER_DATA, PTE_U | PTE_W);
	push_image(to_kernel(), 4);
	in.rsp = HIGH + 0x800;
	run(&iretd_here, 0);
	tell_return();
}

PROBE(zero_extended_16)
{
	map_page(HIGH, USER_DATA, PTE_U | PTE_W);
	push_image(to_low(K64, KDATA), 2);
	in.rsp = HIGH + 0x800;
	run(&iretw_here, 0);
	tell_return();
}

PROBES{
	{ "IR-01.ring0", nested_task, 0 },
	{ "IR-01.compat", nested_task_compat, 3 },
	{ "IR-03.64", size_64, 0 },
	{ "IR-03.32", size_32, 0 },
	{ "IR-03.16", size_16, 0 },
	{ "IR-04.64", same_ring_64, 0 },
	{ "IR-04.32", same_ring_32, 0 },
	{ "IR-04.16", same_ring_16, 0 },
	{ "IR-05.same", compat_same_ring, 0 },
	{ "IR-05.outer", compat_outer_ring, 0 },
	{ "IR-06.0", cs_selector, 0 },
	{ "IR-06.3", cs_selector, 3 },
	{ "IR-07.limit", cs_selector, 0x203 },
	{ "IR-07.ldt", cs_selector, 0x17 },
	{ "IR-07.data", cs_selector, UDATA },
	{ "IR-07.tss", cs_selector, TSS | 3 },
	{ "IR-07.inner", cs_selector_ring3, K64 },
	{ "IR-07.l-and-d", cs_descriptor, 0x00effb000000ffff },
	{ "IR-07.dpl", cs_selector, U64 & ~3 },
	{ "IR-07.dpl-below", cs_selector, K64 | 3 },
	{ "IR-07.conforming", cs_descriptor_ring0, 0x00afff000000ffff },
	{ "IR-07.absent", cs_descriptor, 0x00af7b000000ffff },
	{ "IR-07.l-and-d-absent", cs_descriptor, 0x00ef7b000000ffff },
	{ "IR-08.64", vm_in_image, 0 },
	{ "IR-08.64-ring3", vm_in_image, 3 },
	{ "IR-08.32", vm_in_image_32, 0 },
	{ "IR-08.32-ring3", vm_in_image_32, 3 },
	{ "IR-09.ring0", ss_null, 0 },
	{ "IR-09.ring1", ss_null_ring1, 1 },
	{ "IR-09.ring3", ss_null_ring3, 64 },
	{ "IR-09.compat3", ss_null_ring3, 32 },
	{ "IR-09.compat0", ss_null_compat0, 0 },
	{ "IR-10.ring0", ss_null, 3, INTEL },
	{ "IR-10.ring1", ss_null_ring1, 0, INTEL },
	{ "IR-11.limit", ss_selector, 0x203 },
	{ "IR-11.rpl", ss_selector, UDATA & ~3 },
	{ "IR-11.code", ss_selector, U64 },
	{ "IR-11.read-only", ss_descriptor, 0x00cff1000000ffff },
	{ "IR-11.dpl", ss_selector, KDATA | 3 },
	{ "IR-12", ss_descriptor, 0x00cf73000000ffff },
	{ "IR-13.ring0", rip_not_canonical, 0 },
	{ "IR-13.outer", rip_outer, 0 },
	{ "IR-13.limit", rip_past_limit, 0 },
	{ "IR-14.load", rsp_not_canonical, 0 },
	{ "IR-14.push", rsp_not_canonical, 1 },
	{ "IR-15.all", flags, 0x3c7ed7 },
	{ "IR-15.none", flags, 0 },
	{ "IR-16.iopl0", flags_ring3, 2 },
	{ "IR-16.iopl3", flags_ring3, 0x3002 },
	{ "IR-16.kept", flags_ring3, 0x180002 },
	{ "IR-17.all", flags_16, 0x7ed7 },
	{ "IR-17.none", flags_16, 0 },
	{ "IR-18", segments_nulled, 0 },
	{ "IR-20", small_stack, 0 },
	{ "IR-21", compat_rip, 0 },
	{ "IR-22.before", step_over, 0 },
	{ "IR-22.image", step_behind, 0 },
	{ "IR-23.rf", breakpoint_at_target, 0x10002 },
	{ "IR-23.no-rf", breakpoint_at_target, 2 },
	{ "IR-26", nothing_changed, 0 },
	{ "IR-29", null_selectors, 0 },
	{ "IR-29.same", null_selectors_same_ring, 0 },
	{ "IR-30", flags, 0xffffffffffc08028 },
	{ "IR-31.32", zero_extended, 0 },
	{ "IR-31.16", zero_extended_16, 0 },
	{ "IR-32", same_ring_64, 3 },
	{ "IR-32.nt", nested_task, 3 },
	{ "IR-32.rip", rip_not_canonical, 3 },
};
