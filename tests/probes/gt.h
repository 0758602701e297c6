/* gt.h - far pointers and call gates, for the two files of the area. */
#ifndef PROBES_GT_H
#define PROBES_GT_H

#include "lab.h"

#define GATE FREE /* 16 bytes */
#define CODE_SLOT (FREE + 0x20)
#define POINTER USER_DATA /* RBX leads there */

#define JMP ".byte 0xff, 0x2b\n"
#define CALL ".byte 0xff, 0x1b\n"
#define REXW ".byte 0x48\n"
#define RETF ".byte 0xcb\n"

static inline void far_pointer(u64 offset, u16 selector)
{
	*(u32 *)POINTER = offset;
	*(u16 *)(POINTER + 4) = selector;
	in.rbx = POINTER;
}

/* rights: P, DPL and type */
static inline void call_gate(u64 offset, u16 selector, u8 rights)
{
	set_gdt16(GATE, (offset & 0xffff) | (u64)selector << 16 | (u64)rights << 40 | (offset >> 16 & 0xffff) << 48,
		  offset >> 32);
}

#define GATE_USER 0xec /* present, DPL 3 */

#endif
