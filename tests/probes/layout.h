/* layout.h - selectors, places in memory and offsets that C and assembler sources of the probes share. */
#ifndef PROBES_LAYOUT_H
#define PROBES_LAYOUT_H

/* The GDT: what SYSCALL, SYSRET, SYSENTER and SYSEXIT demand of its order, then a pair for each middle ring. */
#define K64 0x08
#define KDATA 0x10
#define U32 0x1b
#define UDATA 0x23
#define U64 0x2b
#define UDATA2 0x33
#define K32 0x38
#define R1_64 0x41
#define R1DATA 0x49
#define R2_64 0x52
#define R2DATA 0x5a
#define TSS 0x60
#define LDT 0x70
#define TSS32 0x1e0
#define FREE 0x80 /* the probe's own, up to GDT_LIMIT */
#define GDT_LIMIT 0x1ff
#define TSS_LIMIT 0x67

/* The boot GDT, out of a probe's reach, in which the kernel runs between probes, has K64 and KDATA too. */

/* Seen by ring 3: the code of .utext, data and a stack. */
#define USER_START 0x200000
#define USER_DATA 0x3d0000
#define USER_STACK 0x3f0000 /* its top */
#define SYSENTER_STACK 0x3e8000

/* Supervisor pages: tables, a stack of 8 KiB for each of the TSS's fields, pages for a probe's own use. */
#define GDT_PAGE 0x400000
#define IDT_PAGE 0x401000
#define TSS_PAGE 0x402000
#define LDT_PAGE 0x404000
#define IDT32_PAGE 0x405000
#define IST_TOP(n) (0x410000 + (n)*0x2000)         /* 1 to 7 */
#define RSP_TOP(n) (0x420000 + ((n) + 1) * 0x2000) /* 0 to 2 */
#define SPARE 0x440000
#define PAGES 0x500000 /* page tables */
#define PML4_PAGE PAGES
#define PDPT_PAGE (PAGES + 0x1000)
#define PD_PAGE (PAGES + 0x2000)
#define PT_PAGES (PAGES + 0x3000) /* for 0, 2 and 4 MiB */
#define PAGE_POOL (PAGES + 0x6000)

/* Vectors by which code says where it is. */
#define VEC_DONE 0x40
#define VEC_LSTAR 0x41
#define VEC_CSTAR 0x42
#define VEC_SYSENTER 0x43

/* The image ends by these. */
#define PORT_BOCHS 0x8900 /* the word Shutdown */

/* struct regs, struct seen */
#define REG_R15 0x70
#define REG_RIP 0x78
#define REG_CS 0x80
#define REG_RFLAGS 0x88
#define REG_RSP 0x90
#define REG_SS 0x98
#define SEEN_VECTOR 0xa0
#define SEEN_ERROR 0xa8
#define SEEN_HAS_ERROR 0xb0
#define SEEN_FRAME 0xb8
#define SEEN_CR2 0xc0
#define SEEN_DR6 0xc8
#define SEEN_FLAGS 0xd0
#define SEEN_CS 0xd8
#define SEEN_SS 0xe0
#define SEEN_DS 0xe8
#define SEEN_FS_BASE 0x108
#define SEEN_SIZE 0x120
#define SEEN_EVENTS 16

#define DR6_CLEAR 0xffff0ff0
#define DR7_CLEAR 0x400
#define CR0_LAB (CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG)
#define CR4_LAB CR4_PAE
#define EFER_LMA 0x400
#define EFER_LAB (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

#endif
