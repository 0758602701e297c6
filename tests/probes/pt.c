/* pt.c - paging: the rules PT-01 to PT-33. */
#include "lab.h"

#define WINDOW 0x700000000000
#define PTE_A 0x20
#define PTE_D 0x40
#define PTE_G 0x100
#define CR4_PGE 0x80
#define CR4_PCIDE 0x20000
#define CR4_SMEP 0x100000
#define CR4_PKE 0x400000
#define USER_PAGE (PTE_U | PTE_W)

CODE64(load_here, AT "mov eax, [rbx]\n" NEXT DONE);
CODE64(store_here, AT "mov [rbx], eax\n" NEXT DONE);
CODE64(add_here, AT "add [rbx], eax\n" NEXT DONE);
CODE64(xchg_here, AT "xchg [rbx], eax\n" NEXT DONE);
CODE64(cmpxchg_here, AT "cmpxchg [rbx], ecx\n" NEXT DONE);
CODE64(cmp_here, AT "cmp [rbx], eax\n" NEXT DONE);
CODE64(bt_here, AT "bt dword ptr [rbx], 3\n" NEXT DONE);
CODE64(load8_here, AT "mov rax, [rbx]\n" NEXT DONE);
CODE64(store8_here, AT "mov [rbx], rax\n" NEXT DONE);
CODE64(jmp_here, AT "jmp rbx\n" NEXT DONE);
CODE64(ud2_here, AT "ud2\n" NEXT DONE);

/* Code at RBX = WINDOW, in a ring; the window is a page of data. */
static void access_window(const struct code *code, int cpl)
{
	flush();
	in.rbx = WINDOW, in.rax = 0;
	run(code, cpl);
	tell("%e", seen);
	if (seen->vector == 14)
		tell("cr2=%x", seen->cr2);
}

enum level { IN_PTE, IN_PDE, IN_PDPTE, IN_PML4E };

static u64 *entry_of(enum level level, u64 va)
{
	return level == IN_PTE ? pte(va) : level == IN_PDE ? pde(va) : level == IN_PDPTE ? pdpte(va) : pml4e(va);
}

/* Which entry, what to turn over in it: an argument of one word. */
#define TURN(level, bit) ((level) << 8 | (bit))

static void turn(u64 arg, u64 va)
{
	*entry_of(arg >> 8, va) ^= (u64)1 << (arg & 0xff);
}

static void window(u64 rights)
{
	map_page(WINDOW, SPARE, rights);
}

/* A bit of an entry turned over; a user reads. */
PROBE(user_load)
{
	window(USER_PAGE);
	turn(arg, WINDOW);
	access_window(&load_here, 3);
}

PROBE(user_store)
{
	window(USER_PAGE);
	turn(arg, WINDOW);
	access_window(&store_here, 3);
}

PROBE(user_fetch)
{
	window(USER_PAGE);
	turn(arg, WINDOW);
	flush();
	in.rbx = WINDOW;
	run(&jmp_here, 3);
	tell("vec=%x err=%x cr2=%x", seen->vector, seen->error, seen->cr2);
}

PROBE(absent_hides)
{
	window(USER_PAGE);
	*pte(WINDOW) |= (u64)1 << 51;
	*pde(WINDOW) &= ~(u64)PTE_P;
	access_window(&load_here, 3);
}

PROBE(reserved_hides)
{
	window(USER_PAGE);
	*pte(WINDOW) = 0;
	*pde(WINDOW) |= (u64)1 << 51;
	access_window(&load_here, 3);
}

/* arg: ring and code, for a page that is not there */
PROBE(absent)
{
	access_window((const struct code *)arg, 0);
	tell("user");
	access_window((const struct code *)arg, 3);
}

PROBE(absent_fetch)
{
	in.rbx = WINDOW;
	run(&jmp_here, arg);
	tell("vec=%x err=%x cr2=%x", seen->vector, seen->error, seen->cr2);
}

PROBE(read_only)
{
	window(PTE_U);
	access_window((const struct code *)arg, 3);
}

PROBE(fetch_without_nx)
{
	wrmsr(MSR_EFER, EFER_LAB & ~(u64)EFER_NXE);
	absent_fetch(arg);
}

PROBE(fetch_without_nx_smep)
{
	if (not_here(HAS_SMEP, "smep"))
		return;
	wrmsr(MSR_EFER, EFER_LAB & ~(u64)EFER_NXE);
	write_cr4(CR4_LAB | CR4_SMEP);
	in.rbx = WINDOW, in.rip = WINDOW, in.cs = U64, in.ss = UDATA;
	enter(1);
	tell("vec=%x err=%x", seen->vector, seen->error);
}

PROBE(cr2_kept)
{
	write_cr2(0x1234);
	in.rbx = 0x0000900000000000;
	run((const struct code *)arg, 0);
	tell("%e cr2=%x", seen, seen->cr2);
}

PROBE(crossing)
{
	window(USER_PAGE);
	mem64(SPARE)[511] = 0x1111111111111111;
	in.rbx = WINDOW + 0xffc, in.rax = -1;
	run((const struct code *)arg, 3);
	tell("%e cr2=%x left=%x", seen, seen->cr2, mem64(SPARE)[511]);
}

PROBE(nx_reserved)
{
	window(USER_PAGE);
	turn(TURN(arg, 63), WINDOW);
	wrmsr(MSR_EFER, EFER_LAB & ~(u64)EFER_NXE);
	access_window(&load_here, 3);
}

/* A page of 2 MiB or 1 GiB, the bit arg set in its entry. */
PROBE(large)
{
	*pde(WINDOW) = USER_PAGE | PTE_P | PTE_PS | (u64)1 << arg;
	access_window(&load_here, 3);
}

PROBE(huge)
{
	if (not_here(HAS_1GB, "1gb"))
		return;
	*pdpte(WINDOW) = USER_PAGE | PTE_P | PTE_PS | (u64)1 << arg;
	access_window(&load_here, 3);
}

PROBE(accessed_dirty)
{
	window(USER_PAGE);
	access_window((const struct code *)arg, 3);
	for (int level = IN_PML4E; level >= IN_PTE; level--)
		tell("%x", *entry_of(level, WINDOW) & (PTE_A | (level == IN_PTE ? PTE_D : 0)));
}

PROBE(dirty_not_on_fault)
{
	window(PTE_U);
	access_window(&store_here, 3);
	tell("dirty=%x", *pte(WINDOW) & PTE_D);
}

PROBE(made_present)
{
	access_window(&load_here, 3);
	*pte(WINDOW) = SPARE | USER_PAGE | PTE_P;
	in.rbx = WINDOW;
	run(&load_here, 3);
	tell("then %e", seen);
}

/* ---- invalidation ---- */

CODE64(invlpg_here, AT "invlpg [rbx]\n" NEXT DONE);
CODE64(invlpg_register, AT ".byte 0x0f, 0x01, 0xff\n" NEXT DONE);

PROBE(invlpg)
{
	in.rbx = WINDOW;
	run(&invlpg_here, arg);
	tell("%e", seen);
}

PROBE(invlpg_not_canonical)
{
	in.rbx = 0x0000900000000000;
	run(&invlpg_here, 0);
	tell("%e", seen);
}

PROBE(invlpg_no_memory)
{
	run(&invlpg_register, 0);
	tell("%e", seen);
}

/* RBX the window, RCX its entry, RDX what becomes of the entry: reads, changes, invalidates in some way, reads. */
#define CHANGE(name, way) CODE64(name, "mov eax, [rbx]\nmov [rcx], rdx\n" way "\nmov esi, [rbx]" DONE)
CHANGE(by_invlpg, "invlpg [rbx]");
CHANGE(by_invlpg_inside, "lea rdi, [rbx + 0x1ff000]\ninvlpg [rdi]");
CHANGE(by_cr3, "mov rdi, cr3\nmov cr3, rdi");
CHANGE(by_pge, "mov rdi, cr4\nxor rdi, 0x80\nmov cr4, rdi");

static void change(const struct code *code, u64 *entry, u64 to)
{
	flush();
	*mem64(SPARE) = 0x1111, *mem64(SPARE + 0x1000) = 0x2222;
	in.rbx = WINDOW, in.rcx = (u64)entry, in.rdx = to;
	run(code, 0);
	tell("%e %x %x", seen, seen->rax, seen->rsi);
}

PROBE(changed)
{
	window(PTE_W);
	change((const struct code *)arg, pte(WINDOW), (SPARE + 0x1000) | PTE_W | PTE_P);
}

PROBE(changed_large)
{
	u64 *entry = pde(WINDOW);

	*entry = PTE_P | PTE_W | PTE_PS | 0x600000;
	*mem64(0x600000) = 0x3333, *mem64(0x800000) = 0x4444;
	change(&by_invlpg_inside, entry, PTE_P | PTE_W | PTE_PS | 0x800000);
}

PROBE(changed_global)
{
	write_cr4(CR4_LAB | CR4_PGE);
	window(PTE_W | PTE_G);
	change((const struct code *)arg, pte(WINDOW), (SPARE + 0x1000) | PTE_W | PTE_P | PTE_G);
}

CODE64(invpcid_here, AT "invpcid rax, [rbx]\n" NEXT DONE);

static void invpcid(u64 type, u64 pcid, u64 address, int cpl)
{
	if (not_here(HAS_INVPCID, "invpcid"))
		return;
	mem64(USER_DATA)[0] = pcid, mem64(USER_DATA)[1] = address;
	in.rax = type, in.rbx = USER_DATA;
	run(&invpcid_here, cpl);
	tell("%e", seen);
}

PROBE(invpcid_type)
{
	invpcid(arg, 0, 0, 0);
}

PROBE(invpcid_ring3)
{
	invpcid(2, 0, 0, 3);
}

PROBE(invpcid_pcid)
{
	invpcid(1, arg, 0, 0);
}

PROBE(invpcid_address)
{
	invpcid(0, 0, arg, 0);
}

/* ---- other ---- */

CODE32(wrap_here, AT "mov eax, [ebx + 0x3d0001]\n" NEXT DONE);

PROBE(wrap)
{
	*mem64(USER_DATA) = 0x12345678;
	in.rbx = 0xffffffff;
	run(&wrap_here, 3);
	tell("%e rax=%x", seen, seen->rax);
}

CODE64(to_cr3, "mov cr3, rax\nmov rcx, cr3" DONE);

PROBE(cr3_low_bits)
{
	in.rax = PML4_PAGE | 0x18;
	run(&to_cr3, 0);
	tell("%e cr3=%x", seen, seen->rcx);
}

CODE64(rdpkru_here, AT ".byte 0x0f, 0x01, 0xee\n" NEXT DONE);
CODE64(wrpkru_here, AT ".byte 0x0f, 0x01, 0xef\n" NEXT DONE);
CODE64(key_load, ".byte 0x0f, 0x01, 0xef\n" AT "mov eax, [rbx]\n" NEXT DONE);
CODE64(key_store, ".byte 0x0f, 0x01, 0xef\n" AT "mov [rbx], eax\n" NEXT DONE);

PROBE(pkru_off)
{
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(pkru_operands)
{
	if (not_here(HAS_PKU, "pku"))
		return;
	write_cr4(CR4_LAB | CR4_PKE);
	in.rcx = arg & 1, in.rdx = arg >> 1;
	run(&wrpkru_here, 3);
	tell("%e", seen);
}

/* arg: rights of key 1 (1 no access, 2 no write) and the ring behind them */
static void with_key(const struct code *code, u64 rights, int cpl)
{
	if (not_here(HAS_PKU, "pku"))
		return;
	write_cr4(CR4_LAB | CR4_PKE);
	window(USER_PAGE | (u64)1 << 59);
	in.rax = rights << 2, in.rbx = WINDOW;
	run(code, cpl);
	tell("%e", seen);
}

PROBE(key_loads)
{
	with_key(&key_load, arg & 3, arg >> 4);
}

PROBE(key_stores)
{
	with_key(&key_store, arg & 3, arg >> 4);
}

#define RING(cpl) ((cpl) << 4)

PROBES{
	{ "PT-01.absent", absent_hides, 0 },
	{ "PT-01.reserved", reserved_hides, 0 },
	{ "PT-02.load", absent, (u64)&load_here },
	{ "PT-02.store", absent, (u64)&store_here },
	{ "PT-02.fetch-0", absent_fetch, 0 },
	{ "PT-02.fetch-3", absent_fetch, 3 },
	{ "PT-03.pde", user_load, TURN(IN_PDE, 0) },
	{ "PT-03.pml4e", user_store, TURN(IN_PML4E, 0) },
	{ "PT-05.add", absent, (u64)&add_here },
	{ "PT-05.xchg", absent, (u64)&xchg_here },
	{ "PT-05.cmp", absent, (u64)&cmp_here },
	{ "PT-05.bt", absent, (u64)&bt_here },
	{ "PT-05.add-read-only", read_only, (u64)&add_here },
	{ "PT-05.xchg-read-only", read_only, (u64)&xchg_here },
	{ "PT-05.cmpxchg-read-only", read_only, (u64)&cmpxchg_here },
	{ "PT-05.cmp-read-only", read_only, (u64)&cmp_here },
	{ "PT-05.bt-read-only", read_only, (u64)&bt_here },
	{ "PT-06.no-nx", fetch_without_nx, 3 },
	{ "PT-06.smep", fetch_without_nx_smep, 0 },
	{ "PT-07", cr2_kept, (u64)&ud2_here },
	{ "PT-08.store", crossing, (u64)&store8_here },
	{ "PT-08.load", crossing, (u64)&load8_here },
	{ "PT-09.pte", user_load, TURN(IN_PTE, 51) },
	{ "PT-09.pde", user_load, TURN(IN_PDE, 51) },
	{ "PT-09.pdpte", user_store, TURN(IN_PDPTE, 51) },
	{ "PT-09.pml4e", user_fetch, TURN(IN_PML4E, 51) },
	{ "PT-10.pte", nx_reserved, IN_PTE },
	{ "PT-10.pde", nx_reserved, IN_PDE },
	{ "PT-10.pdpte", nx_reserved, IN_PDPTE },
	{ "PT-10.pml4e", nx_reserved, IN_PML4E },
	{ "PT-11.pml4e", user_load, TURN(IN_PML4E, 7) },
	{ "PT-12.2m-13", large, 13 },
	{ "PT-12.2m-20", large, 20 },
	{ "PT-12.2m-12", large, 12 },
	{ "PT-12.1g-13", huge, 13 },
	{ "PT-12.1g-29", huge, 29 },
	{ "PT-12.1g-12", huge, 12 },
	{ "PT-13", user_load, TURN(IN_PTE, 7) },
	{ "PT-14.u", user_load, TURN(IN_PDE, 2) },
	{ "PT-14.w", user_store, TURN(IN_PDPTE, 1) },
	{ "PT-14.xd", user_fetch, TURN(IN_PDPTE, 63) },
	{ "PT-15.pte", user_load, TURN(IN_PTE, 2) },
	{ "PT-15.pml4e", user_load, TURN(IN_PML4E, 2) },
	{ "PT-15.w-pte", user_store, TURN(IN_PTE, 1) },
	{ "PT-15.w-pml4e", user_store, TURN(IN_PML4E, 1) },
	{ "PT-16.load", accessed_dirty, (u64)&load_here },
	{ "PT-16.store", accessed_dirty, (u64)&store_here },
	{ "PT-17", dirty_not_on_fault, 0 },
	{ "PT-19", made_present, 0 },
	{ "PT-20.ring3", invlpg, 3 },
	{ "PT-20.ring1", invlpg, 1 },
	{ "PT-20.ring0", invlpg, 0 },
	{ "PT-20.canonical", invlpg_not_canonical, 0 },
	{ "PT-20.register", invlpg_no_memory, 0 },
	{ "PT-21.page", changed, (u64)&by_invlpg },
	{ "PT-21.large", changed_large, 0 },
	{ "PT-21.global", changed_global, (u64)&by_invlpg },
	{ "PT-22", changed, (u64)&by_cr3 },
	{ "PT-24", changed_global, (u64)&by_pge },
	{ "PT-25.type", invpcid_type, 4 },
	{ "PT-25.all", invpcid_type, 2 },
	{ "PT-25.ring3", invpcid_ring3, 0 },
	{ "PT-25.pcid", invpcid_pcid, 1 },
	{ "PT-25.reserved", invpcid_pcid, 0x1000 },
	{ "PT-25.canonical", invpcid_address, 0x0000900000000000 },
	{ "PT-27", wrap, 0 },
	{ "PT-28", cr3_low_bits, 0 },
	{ "PT-29.load", key_loads, RING(3) | 1 },
	{ "PT-29.load-0", key_loads, RING(0) | 1 },
	{ "PT-29.load-wd", key_loads, RING(3) | 2 },
	{ "PT-29.store", key_stores, RING(3) | 2 },
	{ "PT-29.store-0", key_stores, RING(0) | 2 },
	{ "PT-30.rdpkru", pkru_off, (u64)&rdpkru_here },
	{ "PT-30.wrpkru", pkru_off, (u64)&wrpkru_here },
	{ "PT-30.ecx", pkru_operands, 1 },
	{ "PT-30.edx", pkru_operands, 2 },
	{ "PT-32.pml4e", user_load, TURN(IN_PML4E, 8) },
	{ "PT-32.pdpte", user_load, TURN(IN_PDPTE, 8) },
	{ "PT-32.pde", user_load, TURN(IN_PDE, 8) },
	{ "PT-33", cr2_kept, (u64)&load_here },
};
