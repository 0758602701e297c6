/* Exceptions as C code sees them. */
#ifndef GUESTS_TRAP_H
#define GUESTS_TRAP_H

#include "lib/console.h"

/* What vectors.S and the processor push, lowest address first. */
struct trap_frame {
    u64 r15, r14, r13, r12, r11, r10, r9, r8;
    u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
    u64 vector;
    u64 error; /* 0 where the processor pushes none */
    u64 rip, cs, rflags, rsp, ss;
};

/* Each kernel's own; the frame is what vectors.S returns to. */
void exception(struct trap_frame *frame);

/* Whether the processor pushes an error code, SDM vol. 3A table 6-1. */
#define HAS_ERROR_CODE(vector) (0x40227d00u >> ((vector) & 31) & 1)

extern const char exception_names[32][4];

/* #PF and the like; "none" for software interrupts. */
static inline char *put_vector(char *p, u64 vector)
{
    if (vector >= 32)
        return put_text(p, "none");
    __builtin_memcpy(p, exception_names[vector], 4);
    return p + 3;
}

#endif
