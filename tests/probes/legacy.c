/* legacy.c - tables of protected mode, and the contexts that are entered there. */
#include "legacy.h"

extern char legacy_vectors[];
extern u64 v86_data;
void legacy_enter(void);

/* SS0 of the next entry's TSS. */
static u16 ss0 = KDATA;

void set_ss0(u16 selector)
{
	ss0 = selector;
}

static void make_tables(void)
{
	u32 *tss = (u32 *)(TSS_PAGE + 0x800);

	for (u64 i = 0; i < 256; i++) {
		u64 offset = (u64)legacy_vectors + 16 * i, rights = i >= 32 || i == 3 || i == 4 ? 0xee : 0x8e;

		mem64(IDT32_PAGE)[i] = (offset & 0xffff) | (u64)K32 << 16 | rights << 40 | (offset >> 16) << 48;
	}
	tss[1] = LEGACY_ESP0, tss[2] = ss0;
	tss[0x66 / 4] = 0x68 << 16;
	set_gdt(TSS32, 0x0000890000000067 | (u64)(TSS_PAGE + 0x800) << 16);
}

static void enter_legacy(void)
{
	for (u64 i = 0; i < sizeof *seen / 8; i++)
		((u64 *)seen)[i] = 0;
	make_tables();
	legacy_enter();
	ss0 = KDATA;
	reload();
}

void run_legacy(const struct code *code, int cpl)
{
	set_current(code);
	in.cs = cpl ? U32 : K32, in.ss = cpl ? UDATA : KDATA;
	in.rip = code->start;
	enter_legacy();
}

void run_v86(const struct code *code)
{
	set_current(code);
	copy(0x8000, code->start, code->end - code->start);
	in.cs = 0x800, in.rip = 0, in.ss = 0x800, in.rsp = 0xff0;
	in.rflags |= 0x20000;
	v86_data = 0x800;
	enter_legacy();
}
