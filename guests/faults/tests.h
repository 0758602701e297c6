/* The memory of the tests and what they are. */
#ifndef GUESTS_FAULTS_TESTS_H
#define GUESTS_FAULTS_TESTS_H

#include "lib/x86.h"

/* From 1 GiB on, where neither entry has mapped anything else. */
#define USER_TEXT      0x40000000 /* user, RX */
#define USER_STACK     0x40001000 /* user, RW */
#define USER_STACK_END 0x40002000
#define USER_CONST     0x40002000 /* user, R */
#define ABSENT         0x40003000 /* not present */
#define SUPERVISOR     0x40004000 /* ring 0, RW */
#define RESERVED       0x40200000 /* a 2-MiB page with a reserved bit set */

#define NONCANONICAL 0x0000800000000000

/* Software interrupts with special gates (tables.S). */
#define INT_IST7    30 /* its stack lies beyond the end of the TSS */
#define INT_ABSENT  31 /* gate not present */
#define INT_NONE    32 /* ends a test that has not faulted */
#define INT_BEYOND  33 /* beyond the limit of the IDT */

/* Data segments that are not present, DPL 0 and 3; a slot beyond the GDT. */
#define SEL_ABSENT      0x08
#define SEL_ABSENT_USER 0x3b
#define SEL_BEYOND      0x58

/* A gate that a test wants to be not present meanwhile, or none. */
#define ALL_GATES 0xff

/* Error-code bits: SDM vol. 3A section 6.13, and 4.7 for page faults. */
#define ERR_EXT    0x01
#define ERR_IDT    0x02
#define ERR_PF_P   0x01
#define ERR_PF_W   0x02
#define ERR_PF_U   0x04
#define ERR_PF_RSV 0x08
#define ERR_PF_I   0x10

#ifndef __ASSEMBLER__

/* What the macro test of tests.S makes. */
struct test {
    u64 code;        /* address */
    u64 rip;         /* expected, like the following */
    u64 cr2;         /* of #PF and #DF */
    u16 error;
    u8 vector;
    u8 cpl;          /* of the test */
    u8 closed_gate;  /* or ALL_GATES */
    u8 text_length;
    u16 unused;
    const char *text;
};

extern const struct test tests[], tests_end[];

/*
 * Run code in ring 0 or 3 until an exception, whose handler must continue at
 * test_recover with RSP = test_rsp in ring 0; then these return.
 */
void run_kernel_test(u64 code);
void run_user_test(u64 code);
void test_recover(void);
extern u64 test_rsp;

#endif
#endif
