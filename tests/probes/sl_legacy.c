/* sl_legacy.c - segments and tables outside long mode: the rules SL-04, SL-07, SL-30, SL-41 and SL-63. */
#include "legacy.h"

CODE32(null_ds32, "xor eax, eax\nmov ds, eax\n" AT "mov eax, [ebx]\n" NEXT DONE);
CODE32(mov_ss32, AT "mov ss, eax\n" NEXT DONE);
CODE16(v86_lldt, ".byte 0x0f, 0x00, 0xd0");
CODE16(v86_ltr, ".byte 0x0f, 0x00, 0xd8");
CODE16(v86_sldt, ".byte 0x0f, 0x00, 0xc0");
CODE16(v86_str, ".byte 0x0f, 0x00, 0xc8");
CODE16(v86_lar, "lar ax, cx");
CODE16(v86_lsl, "lsl ax, cx");
CODE16(v86_verr, ".byte 0x0f, 0x00, 0xe0");
CODE16(v86_verw, ".byte 0x0f, 0x00, 0xe8");
CODE16(v86_stac, ".byte 0x0f, 0x01, 0xcb");
CODE16(v86_in, "in al, 0x80");

PROBE(null_ds)
{
	in.rbx = USER_DATA;
	run_legacy(&null_ds32, arg);
	tell("%e", seen);
}

PROBE(null_ss)
{
	in.rax = arg;
	run_legacy(&mov_ss32, arg);
	tell("%e", seen);
}

PROBE(v86)
{
	tell_v86((const struct code *)arg);
}

/* IOPL does not matter in virtual-8086 mode, the map does: there is none. */
PROBE(v86_io)
{
	in.rflags = 0x3002;
	tell_v86(&v86_in);
}

PROBES{
	{ "SL-04.protected", null_ds, 3 },
	{ "SL-07.protected0", null_ss, 0 },
	{ "SL-07.protected3", null_ss, 3 },
	{ "SL-30.lldt", v86, (u64)&v86_lldt },
	{ "SL-30.ltr", v86, (u64)&v86_ltr },
	{ "SL-30.sldt", v86, (u64)&v86_sldt },
	{ "SL-30.str", v86, (u64)&v86_str },
	{ "SL-30.lar", v86, (u64)&v86_lar },
	{ "SL-30.lsl", v86, (u64)&v86_lsl },
	{ "SL-30.verr", v86, (u64)&v86_verr },
	{ "SL-30.verw", v86, (u64)&v86_verw },
	{ "SL-41.v86", v86, (u64)&v86_stac },
	{ "SL-63.v86", v86_io, 0 },
};
