/*
 * A small 32-bit kernel: segments, two-level paging, exceptions and the way
 * to ring 3. All addresses are linear and physical at once.
 */
#ifndef GUESTS_PROTECTED_H
#define GUESTS_PROTECTED_H

#include "lib/modes.h"

/*
 * Selectors. The order is what SYSENTER and SYSEXIT demand: kernel code,
 * kernel data, user code, user data (SDM vol. 2B, "SYSEXIT").
 */
#define SEL32_KCODE 0x08
#define SEL32_KDATA 0x10
#define SEL32_UCODE 0x1b
#define SEL32_UDATA 0x23
#define SEL32_TSS   0x28
#define SEL32_FREE  0x30 /* from here on the guest's own */

/* Ring 3 may use 2 MiB to 3 MiB; its program is linked at the start. */
#define USER32_START     0x200000
#define USER32_STACK_TOP 0x220000
#define USER32_END       0x300000

/* Tops of stacks that the kernel lets grow down in memory of no other use. */
#define TRAP_STACK_TOP   0x310000 /* TSS.ESP0 */
#define SPARE_STACK_TOP  0x320000 /* the guest's own */
#define GUARD_PAGE       0x330000 /* never mapped */

#define VECTOR_INT80 0x80

#ifndef __ASSEMBLER__

/* What protected.S and the processor push, lowest address first. */
struct trap32 {
    unsigned long edi, esi, ebp, unused, ebx, edx, ecx, eax;
    unsigned long vector;
    unsigned long error; /* 0 where the processor pushes none */
    unsigned long eip, cs, eflags;
    unsigned long esp, ss; /* only from ring 3 */
};

/* SDM vol. 3A figure 7-2. */
struct tss32 {
    u32 link;
    u32 esp0, ss0, esp1, ss1, esp2, ss2;
    u32 cr3, eip, eflags;
    u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
    u32 es, cs, ss, ds, fs, gs;
    u32 ldt;
    u16 trap, io_map;
};

extern u64 gdt[16];
extern u64 idt[VECTOR_INT80 + 1];
extern struct tss32 tss; /* of the kernel itself */
extern u32 page_table[1024];

/*
 * Descriptors, SDM vol. 3A sections 3.4.5, 5.8.3 and 6.11. Attributes are
 * bits 55:40 with the four limit bits as 0; a limit of more than 20 bits is
 * in pages.
 */
#define ATTR_KCODE      0xc09b
#define ATTR_KCODE_CONF 0xc09f /* conforming */
#define ATTR_KDATA      0xc093
#define ATTR_UCODE      0xc0fb
#define ATTR_UDATA      0xc0f3
#define ATTR_TSS        0x0089 /* available, DPL 0 */

#define SEGMENT(base, limit, attributes)                                      \
    ((u64)((base) & 0xff000000) << 32 | (u64)(attributes) << 40 |             \
     (u64)((limit) & 0xf0000) << 32 | (u64)((base) & 0xffffff) << 16 |        \
     ((limit) & 0xffff))

#define TYPE_INT_GATE       0x8e00
#define TYPE_TRAP_GATE_USER 0xef00 /* DPL 3 */
#define TYPE_CALL_GATE      0x8c00 /* parameter count in bits 4:0 */
#define TYPE_CALL_GATE_USER 0xec00 /* DPL 3 */
#define TYPE_TASK_GATE      0x8500

#define GATE(selector, offset, type)                                          \
    ((u64)((offset) & 0xffff0000) << 32 | (u64)(type) << 32 |                 \
     (u64)(selector) << 16 | ((offset) & 0xffff))

/* Loads segments, IDT and TR, turns paging on, masks the old PICs. */
void start_protected(void);

/* Runs a program in ring 3 with IF = 1 and the stack at its top. */
void enter_user(void (*program)(void)) __attribute__((noreturn));

/* Each kernel's own start and its exceptions; the frame is returned to. */
void kernel_main(void) __attribute__((noreturn));
void exception(struct trap32 *frame);

/* For an exception that no lesson wants. */
void unexpected(const struct trap32 *frame) __attribute__((noreturn));

#endif
#endif
