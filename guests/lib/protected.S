/* Start, exceptions and the way to ring 3 of a 32-bit kernel. */
#include "lib/protected.h"

    .file   "lib/protected.S"
    .intel_syntax noprefix

/* Multiboot specification 0.6.96 section 3.1. */
#define HEADER_MAGIC 0x1badb002

    .section .multiboot, "a"
    .balign 4
    .long   HEADER_MAGIC
    .long   0
    .long   -HEADER_MAGIC

/* Flat segments, no paging, no stack. */
    .text
    .globl  start32
    .type   start32, @function
start32:
    cli
    cld
    mov     esp, offset boot_stack_top
    call    kernel_main
    .size   start32, . - start32

/*
 * load_segments(): DS, ES, FS and GS get the user data selector, which both
 * rings may hold, so that no way in or out of the kernel has to change them.
 */
    .globl  load_segments
    .type   load_segments, @function
load_segments:
    lgdt    [gdtr]
    lidt    [idtr]
    mov     eax, SEL32_TSS
    ltr     ax
    mov     eax, SEL32_UDATA
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     eax, SEL32_KDATA
    mov     ss, eax
    ljmp    SEL32_KCODE, offset 1f
1:  ret
    .size   load_segments, . - load_segments

/* enter_user(program) */
    .globl  enter_user
    .type   enter_user, @function
enter_user:
    mov     eax, [esp + 4]
    push    SEL32_UDATA
    push    USER32_STACK_TOP
    push    EFLAGS_FIXED | EFLAGS_IF
    push    SEL32_UCODE
    push    eax
    iretd
    .size   enter_user, . - enter_user

    .globl  machine_exit
    .type   machine_exit, @function
machine_exit:
    mov     al, [esp + 4]
    out     PORT_EXIT, al
1:  cli
    hlt
    jmp     1b
    .size   machine_exit, . - machine_exit

/*
 * The entries of vectors 0 to 31 and, as number 32, of VECTOR_INT80. A missing
 * error code is made up for, so that all frames are alike.
 */
    .section .rodata
    .balign 4
    .globl  vectors
vectors:
    .text
.macro  vector number
    .pushsection .rodata
    .long   vector_\number
    .popsection
vector_\number:
    .if     \number == 32 || !((0x40227d00 >> (\number & 31)) & 1)
    push    0
    .endif
    push    \number
    jmp     exception_entry
.endm
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    vector  \number
    .endr
    .irp    number, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vector  \number
    .endr
    vector  32

    .type   exception_entry, @function
exception_entry:
    pushad
    cld
    push    esp
    call    exception
    add     esp, 4
    popad
    add     esp, 8              /* vector, error code */
    iretd
    .size   exception_entry, . - exception_entry

    .bss
    .balign 16
    .skip   8192
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
