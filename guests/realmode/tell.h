/*
 * Lines for the console, in whatever mode the including file is: it sets the
 * mode first and puts define_tell somewhere in its code.
 */
#ifndef GUESTS_REALMODE_TELL_H
#define GUESTS_REALMODE_TELL_H

#include "lib/modes.h"

/* Prints the line; if the condition does not hold, with FAIL before it. */
.macro expect condition, line
    set\condition byte ptr [holds]
    .pushsection .texts
8:  .asciz  "\line\n"
    .popsection
    mov     esi, offset 8b
    call    tell
.endm

.macro say line
    test    al, 0
    expect  z, "\line"
.endm

/* ESI = text, which LODSB reads by SI, ESI or RSI, as the mode has it. */
.macro define_tell
tell:
    cmp     byte ptr [holds], 0
    jne     1f
    mov     byte ptr [failed], 1
    .irp    letter, 0x46, 0x41, 0x49, 0x4c, 0x20 /* "FAIL " */
    mov     al, \letter
    out     PORT_DEBUG, al
    .endr
1:  lodsb
    test    al, al
    jz      2f
    out     PORT_DEBUG, al
    jmp     1b
2:  ret
.endm

#endif
