/* Architectural constants that C and assembler sources share. */
#ifndef GUESTS_X86_H
#define GUESTS_X86_H

/* Where a kernel is linked: physical 1 MiB, seen at KERNEL_BASE + 1 MiB. */
#define KERNEL_BASE  0xffffffff80000000
#define KERNEL_PHYS  0x100000
#define KERNEL_IMAGE 0xffffffff80100000

/* Ports of the machine. */
#define PORT_DEBUG 0xe9  /* a byte written here appears on the console */
#define PORT_EXIT  0xf4  /* a byte written here ends the run */
#define PORT_COM1  0x3f8 /* 16550 */

/* Control registers, SDM vol. 3A section 2.5. */
#define CR0_PE  0x00000001
#define CR0_ET  0x00000010
#define CR0_NE  0x00000020
#define CR0_WP  0x00010000
#define CR0_AM  0x00040000
#define CR0_PG  0x80000000
#define CR4_PAE 0x00000020

/* RFLAGS, SDM vol. 1 section 3.4.3. */
#define RFLAGS_FIXED 0x00000002
#define RFLAGS_TF    0x00000100
#define RFLAGS_AC    0x00040000

/* Model-specific registers, SDM vol. 4. */
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_FMASK          0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_NXE 0x800

/* Page-table entries, SDM vol. 3A section 4.5. */
#define PTE_P  0x001
#define PTE_W  0x002
#define PTE_U  0x004
#define PTE_PS 0x080
#define PTE_NX 0x8000000000000000

/* Exception vectors, SDM vol. 3A section 6.3. */
#define VEC_DE 0
#define VEC_DB 1
#define VEC_BP 3
#define VEC_UD 6
#define VEC_DF 8
#define VEC_TS 10
#define VEC_NP 11
#define VEC_SS 12
#define VEC_GP 13
#define VEC_PF 14
#define VEC_AC 17

/*
 * Selectors of every guest's GDT. The order of 20h, 28h and 30h is what
 * SYSRET demands: STAR[63:48] = 23h makes SS = 23h+8 and, for 64-bit user
 * code, CS = 23h+16.
 */
#define SEL_KCODE   0x10
#define SEL_KDATA   0x18
#define SEL_UCODE32 0x23
#define SEL_UDATA   0x2b
#define SEL_UCODE64 0x33
#define SEL_TSS     0x40

#ifndef __ASSEMBLER__
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64 __attribute__((mode(DI))); /* in 32-bit code too */
#endif

#endif
