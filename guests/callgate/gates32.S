/* Where the gates lead. */
#include "callgate/gates.h"
#include "lib/protected.h"

    .file   "callgate/gates32.S"
    .intel_syntax noprefix

/*
 * From ring 3. On the new stack lie SS, ESP, as many parameters as the gate
 * says, CS and EIP: SDM vol. 3A figure 5-13.
 */
    .text
    .globl  inner_entry
    .type   inner_entry, @function
inner_entry:
    mov     eax, ss
    push    eax                 /* struct inner_call in kernel32.c */
    mov     eax, cs
    push    eax
    push    esp
    call    inner_called
    add     esp, 12
    lret    8                   /* the parameters, from both stacks */
    .size   inner_entry, . - inner_entry

/* From ring 0: CS and EIP only. */
    .globl  same_entry
    .type   same_entry, @function
same_entry:
    mov     eax, ss
    push    eax                 /* struct same_call in kernel32.c */
    mov     eax, cs
    push    eax
    push    esp
    call    same_called
    add     esp, 12
    lret
    .size   same_entry, . - same_entry

/* call_same(): gives by how much ESP differs afterwards. */
    .globl  call_same
    .type   call_same, @function
call_same:
    push    ebp
    mov     ebp, esp
    lcall   GATE_SAME, 0        /* the offset is not used */
    mov     eax, ebp
    sub     eax, esp
    mov     esp, ebp
    pop     ebp
    ret
    .size   call_same, . - call_same

    .section .note.GNU-stack, "", @progbits
