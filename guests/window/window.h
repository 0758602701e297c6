/*
 * Five kernels about the first and the last instructions of a system call,
 * where CPL is 0 but stack and GS are still the program's. Each but the
 * debugger is compiled twice: with the mistake, and with FIXED.
 */
#ifndef GUESTS_WINDOW_H
#define GUESTS_WINDOW_H

#include "lib/x86.h"

/* Per-processor data, by GS; offsets as in syscall64/kpcr.h. */
#define KPCR_USER_RSP 0x010
#define KPCR_SELF     0x018
#define KPCR_RSP_BASE 0x1a8
#define KPCR_TRAPS    0x1b0 /* exceptions and interrupts so far */
#define KPCR_SIZE     0x1c0

/* The program: a page of code and one of stack, below which is nothing. */
#define USER_CODE      0x40000000
#define USER_STACK     0x40011000
#define USER_STACK_TOP 0x40012000
/* The last page that a program can have: code there may end with SYSCALL. */
#define USER_LAST      0x7ffffffff000

/* EAX; the argument is in RDI, the result in RAX. */
#define CALL_EXIT  0
#define CALL_COUNT 1 /* how many calls so far */
#define CALL_WATCH 2 /* (address) read or write there is a #DB from now on */
#define CALL_ROOT  3 /* whether the program may do everything */

#define RFLAGS_IF 0x00000200
#define FMASK_ALL 0x47700 /* AC, NT, IOPL, DF, IF, TF */

/* Interrupt stacks of the TSS; 0 is the stack of the moment. */
#ifdef FIXED
#define IST_NMI 1
#define IST_DB  2
#else
#define IST_NMI 0
#define IST_DB  0
#endif
#define IST_DF 3

#ifndef __ASSEMBLER__

#include "lib/boot.h"
#include "lib/trap.h"

extern char kpcr[], syscall_entry[], user_start[], user_last_phys[];
/* What a program must never be able to set. */
extern u64 is_root;

/* Each lesson's own. */
extern const char lesson_name[];
extern const u64 lesson_fmask, lesson_gs;
void lesson_begin(const struct rs_boot *boot);
/* False: nobody expected it. */
int lesson_trap(struct trap_frame *frame);

/* "NAME: text" as a line. */
void tell(const char *text);
void tell_at(const char *text, u64 number);

#endif
#endif
