/* sl_control.c - access protection, control registers, I/O rights and #AC: the rules SL-40 to SL-64. */
#include "lab.h"

#define CR4_SMEP 0x100000
#define CR4_SMAP 0x200000
#define CR4_PCIDE 0x20000
#define WINDOW 0x700000000000

CODE64(load_here, AT "mov eax, [rbx]\n" NEXT DONE);
CODE64(store_here, AT "mov [rbx], eax\n" NEXT DONE);
CODE64(stac_here, AT "stac\n" NEXT DONE);
CODE64(clac_here, AT "clac\n" NEXT DONE);
CODE64(mov_ds, AT "mov ds, eax\n" NEXT DONE);

static void smap_on(void)
{
	write_cr4(CR4_LAB | CR4_SMAP);
	in.rbx = USER_DATA;
}

PROBE(smap)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	smap_on();
	in.rflags = 2 | arg;
	run(&load_here, 0);
	tell("%e", seen);
}

PROBE(smap_store)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	smap_on();
	in.rflags = 2 | arg;
	run(&store_here, 0);
	tell("%e cr2=%x", seen, seen->cr2);
}

CODE64(nothing_here, "nop" DONE);

/* The code lies in a user page and is fetched all the same. */
PROBE(smap_fetch)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	smap_on();
	run(&nothing_here, 0);
	tell("%e", seen);
}

PROBE(stac_clac)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	in.rflags = arg == (u64)&stac_here ? 0x204cd7 : 0x244cd7;
	run((const struct code *)arg, 0);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(stac_ring3)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

/* The GDT seen at WINDOW too, with these rights, and used from there by ring 3. */
PROBE(gdt_page)
{
	if (arg & PTE_P)
		map_page(WINDOW, GDT_PAGE, arg);
	set_gdt(FREE, 0x00cff2000000ffff);
	load_gdtr(WINDOW, GDT_LIMIT);
	in.rax = FREE | 3;
	run(&mov_ds, 3);
	tell("%e rights=%x", seen, get_gdt(FREE) >> 40 & 0xff);
}

/* An implicit access of ring 3 to a user page, under SMAP: AC does not matter. */
PROBE(smap_implicit)
{
	if (not_here(HAS_SMAP, "smap"))
		return;
	map_page(WINDOW, SPARE, PTE_W);
	map_page(WINDOW + 0x1000, GDT_PAGE, PTE_W | PTE_U);
	copy(SPARE + 0x800, GDT_PAGE, 0x800);
	load_gdtr(WINDOW + 0x800, 0xfff);
	write_cr4(CR4_LAB | CR4_SMAP);
	in.rax = 0x800 + UDATA, in.rflags = 2 | arg;
	run(&mov_ds, 3);
	tell("%e", seen);
	if (seen->vector == 14)
		tell("cr2=%x", seen->cr2);
}

/* The half of the GDT behind 2048 is not there. */
PROBE(gdt_page_absent)
{
	map_page(WINDOW, SPARE, PTE_W);
	copy(SPARE + 0x800, GDT_PAGE, 0x800);
	load_gdtr(WINDOW + 0x800, 0xfff);
	in.rax = 0x803;
	run(&mov_ds, 3);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(write_protect)
{
	map_page(WINDOW, SPARE, arg & PTE_U);
	if (!(arg & PTE_W))
		write_cr0(CR0_LAB & ~CR0_WP);
	in.rbx = WINDOW;
	run(&store_here, arg >> 4);
	tell("%e", seen);
}

PROBE(smep)
{
	if (not_here(HAS_SMEP, "smep"))
		return;
	write_cr4(CR4_LAB | CR4_SMEP);
	run(&nothing_here, arg);
	tell("%e cr2=%a", seen, seen->vector == 14 ? seen->cr2 : 0);
}

/* An INT 40h in a page of its own; arg: rights of the page. */
PROBE(no_execute)
{
	map_page(WINDOW, USER_DATA, PTE_U | PTE_W | (arg & 1 ? PTE_NX : 0));
	if (arg & 2)
		*pde(WINDOW) |= PTE_NX, flush();
	*(u16 *)USER_DATA = 0x40cd;
	in.rip = WINDOW, in.cs = U64, in.ss = UDATA;
	enter(1);
	tell("%e", seen);
}

PROBE(no_execute_data)
{
	map_page(WINDOW, USER_DATA, PTE_U | PTE_W | PTE_NX);
	in.rbx = WINDOW;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

/* ---- control registers ---- */

CODE64(to_cr0, AT "mov cr0, rax\n" NEXT DONE);
CODE64(to_cr3, AT "mov cr3, rax\n" NEXT "mov rax, cr3" DONE);
CODE64(to_cr4, AT "mov cr4, rax\n" NEXT DONE);
CODE64(to_cr8, AT "mov cr8, rax\n" NEXT "mov rax, cr8" DONE);
CODE64(et_there_and_back, "mov cr0, rax\nmov rax, cr0" DONE);
CODE64(from_cr1, AT ".byte 0x0f, 0x20, 0xc8\n" NEXT DONE);
CODE64(to_cr5, AT ".byte 0x0f, 0x22, 0xe8\n" NEXT DONE);
CODE64(from_cr7, AT ".byte 0x0f, 0x20, 0xf8\n" NEXT DONE);
CODE64(from_cr9, AT ".byte 0x44, 0x0f, 0x20, 0xc8\n" NEXT DONE);
CODE64(from_cr15, AT ".byte 0x44, 0x0f, 0x20, 0xf8\n" NEXT DONE);
CODE64(from_cr0, AT "mov rax, cr0\n" NEXT DONE);
CODE64(from_cr8, AT "mov rax, cr8\n" NEXT DONE);
CODE64(lmsw_here, AT "lmsw ax\n" NEXT "mov rax, cr0" DONE);
CODE64(clts_here, AT "clts\n" NEXT DONE);
CODE64(smsw_here, AT "smsw eax\n" NEXT DONE);

static void write_control(const struct code *code, u64 value)
{
	in.rax = value;
	run(code, 0);
	tell("%e", seen);
}

PROBE(set_cr0)
{
	write_control(&to_cr0, arg);
}

PROBE(cr0_reserved)
{
	write_control(&et_there_and_back, arg);
	tell("cr0=%x", seen->rax);
}

PROBE(set_cr4)
{
	write_control(&to_cr4, arg);
}

PROBE(pcide)
{
	if (not_here(HAS_PCID, "pcid"))
		return;
	write_cr3(PML4_PAGE | arg);
	write_control(&to_cr4, CR4_LAB | CR4_PCIDE);
}

PROBE(set_cr3)
{
	write_control(&to_cr3, PML4_PAGE | arg);
}

PROBE(cr3_no_flush)
{
	if (not_here(HAS_PCID, "pcid"))
		return;
	write_cr4(CR4_LAB | CR4_PCIDE);
	write_control(&to_cr3, PML4_PAGE | 5 | (u64)1 << 63);
	tell("cr3=%x", seen->rax);
}

PROBE(set_cr8)
{
	write_control(&to_cr8, arg);
	tell("value=%x", seen->rax);
	in.rax = 0;
	run(&to_cr8, 0);
}

PROBE(no_register)
{
	run((const struct code *)arg, 0);
	tell("%e", seen);
}

PROBE(privileged)
{
	in.rax = CR0_LAB;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(lmsw)
{
	in.rax = arg;
	run(&lmsw_here, 0);
	tell("%e cr0=%x", seen, seen->rax);
	write_cr0(CR0_LAB);
}

/* ---- near branches with 66h ---- */

CODE64(ret_66, AT ".byte 0x66, 0xc3\n" NEXT DONE);

PROBE(near_jmp)
{
	map_page(0x8000, USER_DATA, PTE_U | PTE_W);
	*mem64(USER_DATA + 0x100) = 0x00000010e966; /* JMP, with 32 bits of displacement or with 16 */
	*(u16 *)(USER_DATA + 0x114) = 0x50cd;       /* 4 bytes and 10h further */
	*(u16 *)(USER_DATA + 0x116) = 0x51cd;       /* 6 bytes and 10h further */
	in.rip = 0x8100, in.cs = U64, in.ss = UDATA;
	enter(1);
	tell("vec=%x rip=%x", seen->vector, seen->rip);
}

PROBE(near_ret)
{
	map_page(0x8000, USER_DATA, PTE_U | PTE_W);
	*(u16 *)(USER_DATA + 0x100) = 0x40cd;
	*mem64(USER_DATA + 0x800) = 0x8100; /* as a quadword and as a word */
	in.rsp = USER_DATA + 0x800;
	run(&ret_66, 3);
	tell("%e rsp=%x", seen, seen->rsp);
}

/* ---- I/O rights and alignment ---- */

CODE64(in_al, AT "in al, dx\n" NEXT DONE);
CODE64(in_eax, AT "in eax, dx\n" NEXT DONE);
CODE64(out_al, AT "out dx, al\n" NEXT DONE);
CODE32(in_al_compat, AT "in al, dx\n" NEXT DONE);

/* A map of all ports but F0h, F1h, F2h, F3h. */
static void io_map(u16 limit)
{
	u64 low = 0x0000890000000000 | (u64)TSS_PAGE << 16 | limit;

	set_gdt16(FREE, low, 0);
	*(u16 *)(TSS_PAGE + 0x66) = 0x68;
	for (int i = 0; i < 64; i++)
		((u8 *)TSS_PAGE)[0x68 + i] = i == 0xf0 / 8 ? 0xf0 : 0xff;
	__asm__ volatile("ltr %w0" : : "r"(FREE));
}

static void in_from(const struct code *code, u16 port, int cpl)
{
	in.rdx = port;
	run(code, cpl);
	tell("%e", seen);
}

PROBE(io_denied)
{
	io_map(0x68 + 63);
	in_from(&in_al, arg, 3);
}

PROBE(io_four)
{
	io_map(0x68 + 63);
	in_from(&in_eax, arg, 3);
}

PROBE(io_out)
{
	io_map(0x68 + 63);
	in_from(&out_al, arg, 3);
}

PROBE(io_past_limit)
{
	io_map(0x68 + 0xf0 / 8);
	in_from(&in_al, 0xf0, 3);
}

PROBE(io_compat)
{
	io_map(0x68 + 63);
	in_from(&in_al_compat, arg, 3);
}

PROBE(io_iopl)
{
	in.rflags = arg;
	in_from(&in_al, 0xf5, 3);
}

PROBE(io_ring0)
{
	in_from(&in_al, 0xf5, 0);
}

PROBE(alignment)
{
	if (arg & 1)
		write_cr0(CR0_LAB | CR0_AM);
	in.rflags = arg & 2 ? 0x40002 : 2;
	in.rbx = USER_DATA + 1;
	run(&load_here, arg >> 4);
	tell("%e", seen);
}

#define AC_ON 3
#define RING(cpl) ((cpl) << 4)

PROBES{
	{ "SL-40.load", smap, 0 },
	{ "SL-40.ac", smap, 0x40000 },
	{ "SL-40.store", smap_store, 0 },
	{ "SL-40.fetch", smap_fetch, 0 },
	{ "SL-41.stac", stac_clac, (u64)&stac_here },
	{ "SL-41.clac", stac_clac, (u64)&clac_here },
	{ "SL-41.stac-3", stac_ring3, (u64)&stac_here },
	{ "SL-41.clac-3", stac_ring3, (u64)&clac_here },
	{ "SL-42.supervisor", gdt_page, PTE_P | PTE_W },
	{ "SL-42.user", gdt_page, PTE_P | PTE_W | PTE_U },
	{ "SL-42.absent", gdt_page_absent, 0 },
	{ "SL-43.ac", smap_implicit, 0x40000 },
	{ "SL-43.no-ac", smap_implicit, 0 },
	{ "SL-44.wp", write_protect, RING(0) | PTE_W },
	{ "SL-44.wp-user-page", write_protect, RING(0) | PTE_W | PTE_U },
	{ "SL-44.no-wp", write_protect, RING(0) },
	{ "SL-44.no-wp-user-page", write_protect, RING(0) | PTE_U },
	{ "SL-44.no-wp-ring3", write_protect, RING(3) | PTE_U },
	{ "SL-45.ring0", smep, 0 },
	{ "SL-45.ring3", smep, 3 },
	{ "SL-46.page", no_execute, 1 },
	{ "SL-46.directory", no_execute, 2 },
	{ "SL-46.none", no_execute, 0 },
	{ "SL-46.load", no_execute_data, (u64)&load_here },
	{ "SL-46.store", no_execute_data, (u64)&store_here },
	{ "SL-47.pe", set_cr0, CR0_LAB & ~CR0_PE },
	{ "SL-47.nw", set_cr0, CR0_LAB | 0x20000000 },
	{ "SL-47.upper", set_cr0, CR0_LAB | 0x100000000 },
	{ "SL-48.64", set_cr0, CR0_LAB & ~CR0_PG },
	{ "SL-51.et", cr0_reserved, CR0_LAB & ~CR0_ET },
	{ "SL-51.reserved", cr0_reserved, CR0_LAB | 0x1ffa0000 },
	{ "SL-52.31", set_cr4, CR4_LAB | 0x80000000 },
	{ "SL-52.15", set_cr4, CR4_LAB | 0x8000 },
	{ "SL-52.63", set_cr4, CR4_LAB | 0x8000000000000000 },
	{ "SL-53", set_cr4, CR4_LAB & ~CR4_PAE },
	{ "SL-54.0", pcide, 0 },
	{ "SL-54.low-bits", pcide, 8 },
	{ "SL-57.62", set_cr3, 0x4000000000000000 },
	{ "SL-57.63", set_cr3, 0x8000000000000000 },
	{ "SL-57.52", set_cr3, 0x0010000000000000 },
	{ "SL-57.no-flush", cr3_no_flush, 0 },
	{ "SL-58.4", set_cr8, 0x10 },
	{ "SL-58.63", set_cr8, 0x8000000000000000 },
	{ "SL-58.good", set_cr8, 0xa },
	{ "SL-59.cr1", no_register, (u64)&from_cr1 },
	{ "SL-59.cr5", no_register, (u64)&to_cr5 },
	{ "SL-59.cr7", no_register, (u64)&from_cr7 },
	{ "SL-59.cr9", no_register, (u64)&from_cr9 },
	{ "SL-59.cr15", no_register, (u64)&from_cr15 },
	{ "SL-60.from-cr0", privileged, (u64)&from_cr0 },
	{ "SL-60.to-cr0", privileged, (u64)&to_cr0 },
	{ "SL-60.cr8", privileged, (u64)&from_cr8 },
	{ "SL-60.lmsw", privileged, (u64)&lmsw_here },
	{ "SL-60.clts", privileged, (u64)&clts_here },
	{ "SL-60.smsw", privileged, (u64)&smsw_here },
	{ "SL-60.lmsw-pe", lmsw, 0 },
	{ "SL-60.lmsw-bits", lmsw, 0xffe2 },
	{ "SL-62.jmp", near_jmp, 0 },
	{ "SL-62.ret", near_ret, 0 },
	{ "SL-63.allowed", io_denied, 0xf1 },
	{ "SL-63.denied", io_denied, 0xf5 },
	{ "SL-63.four", io_four, 0xf0 },
	{ "SL-63.four-denied", io_four, 0xf1 },
	{ "SL-63.out", io_out, 0xf6 },
	{ "SL-63.limit", io_past_limit, 0 },
	{ "SL-63.compat", io_compat, 0xf1 },
	{ "SL-63.compat-denied", io_compat, 0xf5 },
	{ "SL-63.iopl3", io_iopl, 0x3002 },
	{ "SL-63.iopl0", io_iopl, 2 },
	{ "SL-63.ring0", io_ring0, 0 },
	{ "SL-64.ring3", alignment, RING(3) | AC_ON },
	{ "SL-64.ring0", alignment, RING(0) | AC_ON },
	{ "SL-64.ring2", alignment, RING(2) | AC_ON },
	{ "SL-64.no-am", alignment, RING(3) | 2 },
	{ "SL-64.no-ac", alignment, RING(3) | 1 },
};
