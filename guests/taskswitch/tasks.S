/* The instructions that switch tasks. All else is in the TSS meanwhile. */
#include "taskswitch/tasks.h"

    .file   "taskswitch/tasks.S"
    .intel_syntax noprefix

.macro function name
    .globl  \name
    .type   \name, @function
\name:
.endm

/* To the second task and, when somebody switches to this one, on. */
    .text
function jump_to_second
    mov     edx, MARK
    ljmp    SEL_SECOND, 0       /* the offset is not used */
    .globl  behind_jump
behind_jump:
    ret

function call_second
    mov     edx, MARK
    lcall   SEL_SECOND, 0
    .globl  behind_call
behind_call:
    ret

/* And from there. */
function jump_to_main
    ljmp    SEL_MAIN, 0
    ret

function return_to_caller
    iretd                       /* NT = 1: to the task of the back link */
    .globl  behind_iret
behind_iret:
    ret

/* Recursion without end; the task of #DF lets it end in overflow_ended. */
function overflow
    push    ebp
    mov     ebp, esp
    mov     esp, SMALL_STACK_TOP
    .globl  overflow_at
overflow_at:
    call    overflow_at
    .globl  overflow_ended
overflow_ended:
    mov     esp, ebp
    pop     ebp
    ret

/* The processor has pushed the error code of #DF on this task's stack. */
function double_fault_task
    call    double_fault        /* (error code) */
    add     esp, 4
    iretd
    jmp     double_fault_task   /* where a second #DF would come in */

    .section .note.GNU-stack, "", @progbits
