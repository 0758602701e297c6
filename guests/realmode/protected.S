/*
 * 32-bit protected mode, and a monitor for a task in virtual-8086 mode: SDM
 * vol. 3B section 20.2.
 */
#include "realmode/layout.h"
#include "realmode/tell.h"

    .file   "realmode/protected.S"
    .intel_syntax noprefix
    .code32

/* First visit: gives FS a limit of 4 GiB and goes back. */
    .text
    .globl  protected_mode
protected_mode:
    mov     eax, SEL_DATA32
    mov     ds, eax
    mov     ss, eax
    mov     fs, eax
    mov     esp, RING0_STACK
    mov     dword ptr [ABOVE], MARK
    say     "protected mode: 32 bits"
    ljmp    SEL_CODE16, offset to_real_mode

/* Second visit: IRETD with VM = 1 in the flags' image enters the task. */
    .globl  start_v86
start_v86:
    mov     eax, SEL_DATA32
    mov     ds, eax
    mov     ss, eax
    mov     esp, RING0_STACK
    lidt    [idtr]
    mov     eax, SEL_TASK
    ltr     ax
    push    0                   /* GS, FS, DS, ES */
    push    0
    push    0
    push    0
    push    0                   /* SS */
    push    V86_STACK
    push    EFLAGS_VM | EFLAGS_FIXED
    push    0                   /* CS */
    push    offset v86_task
    iretd

/* Offsets on the stack of a #GP from virtual-8086 mode, behind PUSHAD. */
#define FRAME_EIP    36 /* behind the error code at 32 */
#define FRAME_CS     40
#define FRAME_EFLAGS 44
#define FRAME_ESP    48
#define FRAME_SS     52
#define FRAME_DS     60

/*
 * IOPL is 0, so what could hurt is #GP(0). EBX becomes the linear address of
 * the instruction, EDI that of the task's stack.
 */
monitor:
    pushad
    mov     cx, ds              /* all null at a way in from this mode */
    mov     eax, SEL_DATA32
    mov     ds, eax
    mov     es, eax
    test    byte ptr [esp + FRAME_EFLAGS + 2], EFLAGS_VM >> 16
    jz      unexpected
    movzx   ebx, word ptr [esp + FRAME_CS]
    shl     ebx, 4
    add     ebx, [esp + FRAME_EIP]
    movzx   edi, word ptr [esp + FRAME_SS]
    shl     edi, 4
    add     edi, [esp + FRAME_ESP]
    mov     al, [ebx]
    cmp     al, 0xcd
    je      reflect_int
    cmp     al, 0xcf
    je      emulate_iret
    cmp     al, 0xfa
    je      refuse_cli
    cmp     al, 0xe4
    je      refuse_in
    cmp     al, 0xf4
    je      end_task
    jmp     unexpected

/* INT n: what real mode does, on the task's stack and by its vectors. */
reflect_int:
    or      ecx, [esp + 32]
    test    cx, cx
    expect  z, "monitor: INT 21h is #GP(0), DS null; reflected to the task"
    movzx   eax, byte ptr [ebx + 1]
    mov     ecx, [esp + FRAME_EIP]
    add     ecx, 2
    mov     edx, [esp + FRAME_CS]
    mov     [edi - 6], cx
    mov     [edi - 4], dx
    mov     edx, [esp + FRAME_EFLAGS]
    mov     [edi - 2], dx
    sub     dword ptr [esp + FRAME_ESP], 6
    movzx   ecx, word ptr [eax * 4]
    movzx   edx, word ptr [eax * 4 + 2]
    mov     [esp + FRAME_EIP], ecx
    mov     [esp + FRAME_CS], edx
    jmp     resume

emulate_iret:
    say     "monitor: IRET"
    movzx   ecx, word ptr [edi]
    movzx   edx, word ptr [edi + 2]
    mov     [esp + FRAME_EIP], ecx
    mov     [esp + FRAME_CS], edx
    add     dword ptr [esp + FRAME_ESP], 6
    jmp     resume

refuse_cli:
    say     "monitor: CLI"
    inc     dword ptr [esp + FRAME_EIP]
    jmp     resume

refuse_in:
    say     "monitor: IN from a port that the I/O map forbids"
    add     dword ptr [esp + FRAME_EIP], 2
resume:
    popad
    add     esp, 4              /* the error code */
    iretd

end_task:
    say     "monitor: HLT ends the task"
    jmp     to_long_mode

unexpected:
    or      byte ptr [failed], 1
    mov     byte ptr [holds], 0
    mov     esi, offset unexpected_text
    call    tell
    mov     al, 1
    out     PORT_EXIT, al
    hlt

    define_tell

    .section .texts
unexpected_text:
    .asciz  "unexpected exception\n"

    .data
    .balign 8
gdt:
    .quad   0
    .quad   0x00cf9b000000ffff  /* SEL_CODE32 */
    .quad   0x00cf93000000ffff  /* SEL_DATA32 */
    .quad   0x00009b000000ffff  /* SEL_CODE16 */
    .quad   0x000093000000ffff  /* SEL_DATA16 */
    .quad   0x00af9b000000ffff  /* SEL_CODE64 */
    .word   task_end - task - 1, task /* SEL_TASK: an available 32-bit TSS */
    .long   0x00008900
gdt_end:

    .globl  gdtr
gdtr:
    .word   gdt_end - gdt - 1
    .long   gdt

/* 32-bit interrupt gates. */
    .balign 8
idt:
    .rept   INT_GP
    .word   unexpected, SEL_CODE32, 0x8e00, 0
    .endr
    .word   monitor, SEL_CODE32, 0x8e00, 0
    .rept   32 - INT_GP - 1
    .word   unexpected, SEL_CODE32, 0x8e00, 0
    .endr
idt_end:
idtr:
    .word   idt_end - idt - 1
    .long   idt

/* SDM vol. 3A figure 7-2, with an I/O map that allows port E9h alone. */
    .balign 16
task:
    .long   0, RING0_STACK, SEL_DATA32
    .fill   22, 4, 0
    .word   0, io_map - task
io_map:
    .fill   PORT_DEBUG / 8, 1, 0xff
    .byte   0xff ^ (1 << (PORT_DEBUG & 7))
    .fill   32 - PORT_DEBUG / 8 - 1, 1, 0xff
    .byte   0xff                /* always read with the byte before */
task_end:

    .section .note.GNU-stack, "", @progbits
