/* The task in virtual-8086 mode: 16-bit code like that of real mode. */
#include "realmode/layout.h"
#include "lib/modes.h"

    .file   "realmode/v86.S"
    .intel_syntax noprefix
    .code16

    .text
    .globl  v86_task
v86_task:
    mov     dx, offset hello
    int     INT_SERVICE         /* real.S's own, in this mode */
    cli
    in      al, 0x70
    hlt

    .section .texts
hello:
    .asciz  "virtual-8086 mode: hello by INT 21h\n"

    .section .note.GNU-stack, "", @progbits
