/* What the parts of the bench guest know of each other. */
#ifndef GUESTS_BENCH_H
#define GUESTS_BENCH_H

#include "lib/x86.h"

#define VEC_COUNT 32 /* INT of the int workload: counts and returns */
#define VEC_LEAVE 33 /* INT that ends the program in ring 3 */

/*
 * Where things lie in physical memory. In a space they are seen at WINDOW
 * plus that, in 4-KiB pages. The two buffers of `copy` are neighbours, those
 * of `alias` lie 32 MiB apart: in a direct-mapped TLB of up to 8192 entries
 * each pair of their pages shares one.
 */
#define WINDOW     0x8000000000
#define TABLES     0x400000
#define TABLES_END 0x1000000
#define BUFFER     0x1000000
#define NEAR       0x1010000
#define FAR        0x3000000
#define CODE       0x3800000

#define COPY_BYTES  0x10000
#define CHASE_BYTES 0x400000
#define CODE_PAGES  100000

/* USER_PAGE shows the code of user.S to ring 3; HOLE is not mapped. */
#define USER_PAGE 0x8000001000
#define HOLE      0x8000002000

#ifndef __ASSEMBLER__

/* Each workload does `count` times its work and gives a checksum of it. */
typedef u64 workload(u64 count);

/* program.c */
workload run_program;

/* loops.S */
workload run_loop;
u64 copy_words(u64 count, u64 to, u64 from, u64 bytes);
u64 copy_string(u64 count, u64 to, u64 from, u64 bytes);
u64 chase(u64 count, u64 node);
u64 visit_pages(u64 count, u64 first, u64 pages);

/* memory.c: the workloads on it, and what needs page tables of its own */
workload run_copy, run_alias, run_movsb, run_chase;

/* A root that maps all that the boot tables do and nothing in the window. */
u64 new_space(void);
void map(u64 space, u64 va, u64 pa, u64 bytes, u64 rights);
void use_space(u64 space);

/* rings.c */
workload run_syscall, run_int, run_fault;

/* changes.c */
workload run_codepages, run_codefew, run_selfmod, run_selfplain;
workload run_cr3, run_cr3plain;

#endif
#endif
