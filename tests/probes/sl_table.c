/* sl_table.c - LLDT, LTR, LAR, LSL, VERR, VERW, table registers: the rules SL-22 to SL-39. */
#include "lab.h"

#define BAD 0x0000900000000000
#define SLOT FREE

CODE64(lldt_here, AT "lldt ax\n" NEXT DONE);
CODE64(ltr_here, AT "ltr ax\n" NEXT DONE);
CODE32(lldt_compat, AT "lldt ax\n" NEXT DONE);
CODE64(lar_here, AT "lar eax, ecx\n" NEXT DONE);
CODE64(lar16_here, AT "lar ax, cx\n" NEXT DONE);
CODE64(lsl_here, AT "lsl eax, ecx\n" NEXT DONE);
CODE32(lar_compat, AT "lar eax, ecx\n" NEXT DONE);
CODE64(verr_here, AT "verr cx\n" NEXT DONE);
CODE64(verw_here, AT "verw cx\n" NEXT DONE);

static void slot(u64 low, u64 high)
{
	set_gdt16(SLOT, low, high);
}

#define LDT_DESCRIPTOR 0x82404000000f /* base 404000h, 2 descriptors */
#define TSS_DESCRIPTOR 0x894020000067 /* base 402000h */

PROBE(in_ring)
{
	in.rax = 0;
	run(&lldt_here, arg);
	tell("%e", seen);
}

PROBE(ltr_in_ring)
{
	in.rax = TSS;
	run(&ltr_here, arg);
	tell("%e", seen);
}

CODE64(lldt_load, "lldt ax\n" AT "mov ds, ecx\n" NEXT DONE);

/* arg: the selector for LLDT; 4 is looked up in the LDT then */
PROBE(lldt_then_load)
{
	slot(LDT_DESCRIPTOR, 0);
	mem64(LDT_PAGE)[0] = 0x00cf93000000ffff;
	in.rax = arg, in.rcx = 4;
	run(&lldt_load, 0);
	tell("%e ds=%x", seen, seen->ds);
}

PROBE(lldt_selector)
{
	in.rax = arg;
	run(&lldt_here, 0);
	tell("%e", seen);
}

PROBE(lldt_descriptor)
{
	slot(arg, 0);
	lldt_selector(SLOT);
}

PROBE(lldt_base)
{
	slot(LDT_DESCRIPTOR, arg);
	lldt_selector(SLOT);
}

PROBE(lldt_past_limit)
{
	set_gdt(GDT_LIMIT - 7, LDT_DESCRIPTOR);
	lldt_selector(GDT_LIMIT - 7);
}

PROBE(lldt_past_limit_compat)
{
	set_gdt(GDT_LIMIT - 7, LDT_DESCRIPTOR);
	in.rax = GDT_LIMIT - 7;
	run(&lldt_compat, 0);
	tell("%e", seen);
}

PROBE(ltr_selector)
{
	in.rax = arg;
	run(&ltr_here, 0);
	tell("%e", seen);
}

PROBE(ltr_descriptor)
{
	slot(arg, 0);
	ltr_selector(SLOT);
}

PROBE(ltr_upper)
{
	slot(TSS_DESCRIPTOR, arg);
	ltr_selector(SLOT);
}

PROBE(ltr_busy)
{
	slot(TSS_DESCRIPTOR, 0);
	ltr_selector(SLOT);
	tell("rights=%x then", get_gdt(SLOT) >> 40 & 0xff);
	ltr_selector(SLOT);
}

/* ---- LAR, LSL, VERR, VERW ---- */

/* Bit n of the result: ZF with a system descriptor of type n. */
static u64 accepted(const struct code *code, u64 rights)
{
	u64 found = 0;

	for (u64 type = 0; type < 16; type++) {
		slot((rights | type) << 40 | 0x67, 0);
		in.rflags = 2, in.rcx = SLOT | 3;
		run(code, 3);
		found |= (seen->rflags >> 6 & 1) << type;
	}
	return found;
}

PROBE(system_types)
{
	tell("types=%x", accepted((const struct code *)arg, 0xe0));
}

PROBE(segment_types)
{
	tell("types=%x", accepted((const struct code *)arg, 0xf0));
}

PROBE(inner_types)
{
	tell("types=%x", accepted((const struct code *)arg, 0x90));
}

/* What LAR and the like make of a selector; the destination is EEEEEEEEh before. */
static void look_at(const struct code *code, u16 selector, int cpl)
{
	in.rflags = 2, in.rcx = selector, in.rax = 0xeeeeeeee;
	run(code, cpl);
	tell("%e zf=%x rax=%x", seen, seen->rflags >> 6 & 1, seen->rax);
}

PROBE(lar)
{
	look_at(&lar_here, arg, 3);
}

PROBE(lsl)
{
	look_at(&lsl_here, arg, 3);
}

PROBE(lar_rpl)
{
	look_at(&lar_here, KDATA | 3, 0);
}

PROBE(lar_absent)
{
	slot(0x00c073000000ffff, 0);
	look_at(&lar_here, SLOT | 3, 3);
}

PROBE(upper_type)
{
	slot(TSS_DESCRIPTOR | (u64)0x6000 << 32, (u64)arg << 40);
	look_at(&lar_here, SLOT, 3);
}

PROBE(upper_past_limit)
{
	set_gdt(GDT_LIMIT - 7, TSS_DESCRIPTOR | (u64)0x6000 << 32);
	look_at(&lsl_here, GDT_LIMIT - 7, 3);
}

PROBE(lar_value)
{
	slot(0x12d5f3789abcffff, 0);
	in.rflags = 2, in.rcx = SLOT | 3, in.rax = -1;
	run(arg == 16 ? &lar16_here : &lar_here, 3);
	tell("%e zf=%x rax=%x", seen, seen->rflags >> 6 & 1, seen->rax & ~0xf0000ul);
}

PROBE(limit)
{
	slot(arg, 0);
	look_at(&lsl_here, SLOT | 3, 3);
}

PROBE(verify)
{
	in.rflags = 2, in.rcx = KDATA;
	run((const struct code *)arg, 3);
	tell("%e zf=%x", seen, seen->rflags >> 6 & 1);
}

/* ---- table registers ---- */

CODE64(sgdt_here, AT "sgdt [rbx]\n" NEXT DONE);
CODE64(sidt16_here, AT ".byte 0x66, 0x0f, 0x01, 0x0b\n" NEXT DONE);
CODE32(sgdt_compat, AT "sgdt [ebx]\n" NEXT DONE);
CODE64(sldt_here, AT "sldt eax\n" NEXT DONE);
CODE64(str_here, AT "str eax\n" NEXT DONE);
CODE64(smsw_here, AT "smsw eax\n" NEXT DONE);
CODE64(lgdt_here, AT "lgdt [rbx]\n" NEXT DONE);
CODE64(lidt_here, AT "lidt [rbx]\n" NEXT DONE);

PROBE(stored)
{
	mem64(USER_DATA)[0] = mem64(USER_DATA)[1] = -1;
	in.rbx = USER_DATA;
	run((const struct code *)arg, 3);
	tell("%e %x %x", seen, mem64(USER_DATA)[0], mem64(USER_DATA)[1]);
}

PROBE(umip)
{
	if (not_here(HAS_UMIP, "umip"))
		return;
	write_cr4(CR4_LAB | 0x800);
	in.rbx = USER_DATA;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(umip_ring0)
{
	if (not_here(HAS_UMIP, "umip"))
		return;
	write_cr4(CR4_LAB | 0x800);
	in.rbx = USER_DATA;
	run(&sgdt_here, 0);
	tell("%e", seen);
}

PROBE(load_table_ring3)
{
	in.rbx = USER_DATA;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(load_table_base)
{
	*(u16 *)USER_DATA = 0xfff;
	copy(USER_DATA + 2, (u64) & (const u64){ BAD }, 8);
	in.rbx = USER_DATA;
	run((const struct code *)arg, 0);
	tell("%e", seen);
}

PROBES{
	{ "SL-22.ring3", in_ring, 3 },
	{ "SL-22.ring1", in_ring, 1 },
	{ "SL-22.null", lldt_then_load, 0 },
	{ "SL-22.null-3", lldt_then_load, 3 },
	{ "SL-22.loaded", lldt_then_load, SLOT },
	{ "SL-23.ti", lldt_selector, 0x84 },
	{ "SL-23.limit", lldt_selector, 0x200 },
	{ "SL-23.type", lldt_selector, TSS },
	{ "SL-23.data", lldt_selector, KDATA },
	{ "SL-23.absent", lldt_descriptor, 0x2404000000f },
	{ "SL-24.64", lldt_past_limit, 0 },
	{ "SL-24.compat", lldt_past_limit_compat, 0 },
	{ "SL-25.bad", lldt_base, 0x00009000 },
	{ "SL-25.good", lldt_base, 0xffff8000 },
	{ "SL-26.0", ltr_selector, 0 },
	{ "SL-26.3", ltr_selector, 3 },
	{ "SL-27.ring3", ltr_in_ring, 3 },
	{ "SL-27.ti", ltr_selector, TSS | 4 },
	{ "SL-27.limit", ltr_selector, 0x200 },
	{ "SL-27.data", ltr_selector, KDATA },
	{ "SL-27.busy", ltr_selector, TSS },
	{ "SL-27.type1", ltr_descriptor, 0x814020000067 },
	{ "SL-27.ldt", ltr_selector, LDT },
	{ "SL-27.absent", ltr_descriptor, 0x94020000067 },
	{ "SL-28", ltr_upper, 0x090000000000 },
	{ "SL-29", ltr_busy, 0 },
	{ "SL-31.lar", system_types, (u64)&lar_here },
	{ "SL-31.lsl", system_types, (u64)&lsl_here },
	{ "SL-31.compat", system_types, (u64)&lar_compat },
	{ "SL-32.null", lar, 0 },
	{ "SL-32.null-lsl", lsl, 3 },
	{ "SL-32.limit", lar, 0x203 },
	{ "SL-32.cpl", lsl, KDATA },
	{ "SL-32.rpl", lar_rpl, 0 },
	{ "SL-32.lar-types", segment_types, (u64)&lar_here },
	{ "SL-32.lar-inner", inner_types, (u64)&lar_here },
	{ "SL-32.lsl-inner", inner_types, (u64)&lsl_here },
	{ "SL-32.absent", lar_absent, 0 },
	{ "SL-33.type", upper_type, 1 },
	{ "SL-33.no-type", upper_type, 0 },
	{ "SL-33.limit", upper_past_limit, 0 },
	{ "SL-34.32", lar_value, 32 },
	{ "SL-34.16", lar_value, 16 },
	{ "SL-35.bytes", limit, 0x004af30000001234 },
	{ "SL-35.pages", limit, 0x00caf30000001234 },
	{ "SL-36.verr", segment_types, (u64)&verr_here },
	{ "SL-36.verw", segment_types, (u64)&verw_here },
	{ "SL-36.verr-inner", inner_types, (u64)&verr_here },
	{ "SL-36.verw-inner", inner_types, (u64)&verw_here },
	{ "SL-36.system", system_types, (u64)&verr_here },
	{ "SL-36.cpl", verify, (u64)&verr_here },
	{ "SL-37.gdt", stored, (u64)&sgdt_here },
	{ "SL-37.idt-66", stored, (u64)&sidt16_here },
	{ "SL-37.compat", stored, (u64)&sgdt_compat },
	{ "SL-38.sgdt", umip, (u64)&sgdt_here },
	{ "SL-38.sidt", umip, (u64)&sidt16_here },
	{ "SL-38.sldt", umip, (u64)&sldt_here },
	{ "SL-38.str", umip, (u64)&str_here },
	{ "SL-38.smsw", umip, (u64)&smsw_here },
	{ "SL-38.ring0", umip_ring0, 0 },
	{ "SL-39.lgdt", load_table_ring3, (u64)&lgdt_here },
	{ "SL-39.lidt", load_table_ring3, (u64)&lidt_here },
	{ "SL-39.lgdt-base", load_table_base, (u64)&lgdt_here },
	{ "SL-39.lidt-base", load_table_base, (u64)&lidt_here },
};
