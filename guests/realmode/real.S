/*
 * Real mode: SDM vol. 3B chapter 20. The BIOS loads one sector, which loads
 * the others; a loader that brings them all is welcome too.
 */
#include "realmode/layout.h"
#include "realmode/tell.h"

    .file   "realmode/real.S"
    .intel_syntax noprefix
    .code16

    .section .boot, "ax"
boot:
    cli
    cld
    ljmp    0, offset 1f        /* some BIOSes enter at 7C0h:0 */
1:  xor     ax, ax
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     sp, REAL_STACK
    cmp     dword ptr [loaded_mark], MARK
    je      real_mode
    mov     ax, 0x200 + offset sectors_behind
    mov     bx, BOOT_START + 512
    mov     cx, 2               /* cylinder 0, sector 2 */
    xor     dh, dh              /* head 0; DL = drive */
    int     0x13
    jc      1f
    cmp     dword ptr [loaded_mark], MARK
    je      real_mode
1:  mov     al, 1
    out     PORT_EXIT, al
    hlt

.macro vector number, handler
    mov     word ptr [\number * 4], offset \handler
    mov     word ptr [\number * 4 + 2], 0
.endm

    .text
real_mode:
    mov     byte ptr [failed], 0
    vector  INT_SERVICE, service
    vector  INT_DIVIDE, divide_error
    vector  INT_GP, beyond_limit

    mov     dx, offset hello
    int     INT_SERVICE

    xor     cx, cx
divide_at:
    div     cx
    .globl  behind_divide
behind_divide:

    mov     bx, 0xffff          /* FFFFh + 2 is 1 */
    mov     al, [bx + 2]
    cmp     al, [1]
    expect  e, "real mode: 16-bit addresses wrap at 64 KiB"

    xor     di, di              /* counts */
    mov     bp, sp
limit_at:
    mov     ax, [0xffff]        /* its second byte is beyond the limit */
    cmp     di, 1
    expect  e, "real mode: a word across the limit of FFFFh is INT 13"
    jmp     to_protected_mode

/* INT 21h: prints the text at DX, as a well-known system does. */
service:
    mov     si, dx
    mov     byte ptr [holds], 1
    call    tell
    iret

/* A fault: the saved IP is that of the DIV. */
divide_error:
    mov     bp, sp
    cmp     word ptr [bp], offset divide_at
    expect  e, "real mode: #DE is INT 0, IP that of the DIV"
    mov     word ptr [bp], offset behind_divide
    iret

/* Goes on behind the MOV of 3 bytes; no error code lies on the stack. */
beyond_limit:
    pop     ax
    add     ax, 3
    push    ax
    inc     di
    iret

/* PE = 1 alone changes no segment: only the far JMP loads CS anew. */
to_protected_mode:
    lgdt    [gdtr]
    mov     eax, cr0
    or      al, CR0_PE
    mov     cr0, eax
    ljmp    SEL_CODE32, offset protected_mode

/* From 32-bit code: by 16-bit segments, whose limits real mode needs. */
    .globl  to_real_mode
to_real_mode:
    mov     ax, SEL_DATA16
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     eax, cr0
    and     al, ~CR0_PE
    mov     cr0, eax
    ljmp    0, offset 1f
1:  xor     ax, ax
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     fs, ax              /* changes the base only */
    mov     sp, REAL_STACK
    say     "real mode again"

    mov     esi, ABOVE
    cmp     dword ptr fs:[esi], MARK
    expect  e, "unreal mode: FS has kept its limit of 4 GiB"
    xor     di, di
    mov     esi, ABOVE
    mov     al, [esi]
    cmp     di, 1
    expect  e, "unreal mode: DS has not"
    cli
    mov     eax, cr0
    or      al, CR0_PE
    mov     cr0, eax
    ljmp    SEL_CODE32, offset start_v86

    define_tell

    .section .texts
hello:
    .asciz  "real mode: hello by INT 21h\n"

    .data
    .globl  holds, failed
holds:
    .byte   0
failed:
    .byte   0

    .section .note.GNU-stack, "", @progbits
