/*
 * One kernel for every way to start in 32-bit protected mode: it tells by its
 * registers how it was started, finds command line, module and memory map as
 * that protocol has them, and prints the first two. All protocols must make it
 * print the same but for their names. WITH_MULTIBOOT puts headers of both
 * versions into it; the PVH note is always there.
 */
#include "lib/x86.h"

    .file   "formats/formats.S"
    .intel_syntax noprefix
    .code32

    .set    LOW_MEMORY, 0x9fc00

    .text
    .globl  start
    .type   start, @function
start:
    jmp     find_out
    .size   start, . - start

#ifdef WITH_MULTIBOOT
    .balign 4
    .long   0x1badb002, 3, -(0x1badb002 + 3)

    .balign 8
header2:
    .long   0xe85250d6, 0, header2_end - header2
    .long   -(0xe85250d6 + (header2_end - header2))
    .short  1, 0                    /* information request */
    .long   20, 1, 3, 6
    .balign 8
    .short  6, 0                    /* modules on pages */
    .long   8
    .short  0, 0
    .long   8
header2_end:
#endif

    .globl  find_out
    .type   find_out, @function
find_out:
    cld
    mov     esp, offset stack_end
    mov     ecx, cr0
    and     ecx, 0x80000001
    cmp     ecx, 1                  /* protected, not paged */
    jne     fail
    cmp     eax, 0x2badb002
    je      multiboot
    cmp     eax, 0x36d76289
    je      multiboot2
    cmp     edi, 0x676e6972
    je      direct
    test    ebx, ebx
    jz      fail
    cmp     dword ptr [ebx], 0x336ec578
    jne     fail

    mov     ebp, offset pvh_name
    mov     esi, [ebx + 24]
    mov     edi, [ebx + 16]
    mov     edi, [edi]
    mov     edx, [ebx + 40]
    mov     edx, [edx + 8]
    jmp     tell

/* Behind the kernel's name and a space are its arguments. */
multiboot:
    mov     ebp, offset multiboot_name
    mov     edi, [ebx + 24]
    mov     edi, [edi]
    mov     edx, [ebx + 48]
    mov     edx, [edx + 12]
    mov     esi, [ebx + 16]
1:  lodsb
    cmp     al, ' '
    ja      1b
    jmp     tell

multiboot2:
    mov     ebp, offset multiboot2_name
    lea     ecx, [ebx + 8]
1:  mov     eax, [ecx]
    cmp     eax, 1
    jne     2f
    lea     esi, [ecx + 8]
2:  cmp     eax, 3
    jne     3f
    mov     edi, [ecx + 8]
3:  cmp     eax, 6
    jne     4f
    mov     edx, [ecx + 24]
4:  test    eax, eax
    jz      tell
    mov     eax, [ecx + 4]
    add     eax, 7
    and     eax, -8
    add     ecx, eax
    jmp     1b

direct:
    mov     ebp, offset direct_name
    mov     edx, LOW_MEMORY
    mov     edi, [esi + 40]
    mov     edi, [edi]
    mov     esi, [esi + 24]

/* Name in EBP, command line in ESI, module in EDI, first memory range's size. */
tell:
    cmp     edx, LOW_MEMORY
    jne     fail
    xchg    esi, ebp
    call    print
    mov     esi, ebp
    call    print
    mov     al, 10
    out     PORT_DEBUG, al
    mov     esi, edi
1:  lodsb
    out     PORT_DEBUG, al
    cmp     al, 10
    jne     1b
    xor     eax, eax
    out     PORT_EXIT, al
fail:
    mov     al, 1
    out     PORT_EXIT, al
    hlt
    .size   find_out, . - find_out

    .type   print, @function
print:
    lodsb
    test    al, al
    jz      1f
    out     PORT_DEBUG, al
    jmp     print
1:  ret
    .size   print, . - print

direct_name:
    .asciz  "direct: "
multiboot_name:
    .asciz  "multiboot: "
multiboot2_name:
    .asciz  "multiboot2: "
pvh_name:
    .asciz  "pvh: "

    .section .note.Xen, "a", @note
    .balign 4
    .long   4, 4, 18
    .asciz  "Xen"
    .long   start

    .data
    .balign 16
    .skip   256
stack_end:

    .section .note.GNU-stack, "", @progbits
