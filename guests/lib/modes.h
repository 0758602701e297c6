/*
 * Constants of the older modes and of the ways into a kernel besides SYSCALL,
 * for C and assembler sources.
 */
#ifndef GUESTS_MODES_H
#define GUESTS_MODES_H

#include "lib/x86.h"

#define EFLAGS_FIXED RFLAGS_FIXED
#define EFLAGS_TF    RFLAGS_TF
#define EFLAGS_IF    0x00000200
#define EFLAGS_NT    0x00004000
#define EFLAGS_VM    0x00020000

/* Model-specific registers, SDM vol. 4. */
#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_CSTAR        0xc0000083

/* INT 80h has this vector in a frame of vectors.S or protected.S. */
#define INT80_FRAME 32

#endif
