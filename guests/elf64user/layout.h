/* Where things lie, and what entry.S and the C sources share. */
#ifndef GUESTS_ELF64USER_LAYOUT_H
#define GUESTS_ELF64USER_LAYOUT_H

/* A program's own addresses, and what is handed to it, as without ASLR. */
#define USER_START   0x10000
#define USER_END     0x7ffffffff000
#define USER_STACK   0x7fffff7ff000 /* 8 MiB below the end */
#define MMAP_TOP     0x7ffff7fff000
#define PIE_BASE     0x555555554000
#define STACK_BYTES  (USER_END - USER_STACK)

/* All of RAM, for the kernel. */
#define DIRECT_MAP   0xffff888000000000

/* struct cpu_block, at the kernel's GS base. */
#define CPU_USER_RSP  0
#define CPU_STACK_TOP 8

/* The vector of a system call in struct trap_frame; it holds no more. */
#define VECTOR_SYSCALL 0x100

/* Vectors that lib/x86.h does not name. */
#define VEC_MF 16
#define VEC_XM 19

#endif
