/* SYSENTER's target, and a SYSEXIT that must fault. */
#include "lib/protected.h"

    .file   "sysenter32/entry.S"
    .intel_syntax noprefix

/*
 * Arrives with CS, SS, ESP and EIP from the MSRs, IF = 0, and nothing saved:
 * SDM vol. 2B, "SYSENTER".
 */
    .text
    .globl  sysenter_entry
    .type   sysenter_entry, @function
sysenter_entry:
    push    edx                 /* struct call in kernel.c */
    push    ecx
    pushfd
    push    ebx
    push    eax
    mov     eax, ss             /* PUSH SS may leave upper bits as they are */
    push    eax
    mov     eax, cs
    push    eax
    push    esp
    call    sysenter_call
    add     esp, 24
    pop     ecx
    pop     edx
    sti                         /* not before the instruction after the next */
    sysexit                     /* EIP = EDX, ESP = ECX; EFLAGS stays */
    .size   sysenter_entry, . - sysenter_entry

/* Returns after the #GP that it is to raise. */
    .globl  try_sysexit
    .type   try_sysexit, @function
try_sysexit:
    sysexit
    .globl  try_sysexit_done
try_sysexit_done:
    ret
    .size   try_sysexit, . - try_sysexit

    .section .note.GNU-stack, "", @progbits
