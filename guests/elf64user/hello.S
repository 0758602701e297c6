/* A program for the kernel: says hello, prints its arguments, ends with 0. */
    .file   "elf64user/hello.S"
    .intel_syntax noprefix

#define CALL_WRITE      1
#define CALL_EXIT_GROUP 231

/* RSP = argc, behind it argv and a null pointer. */
    .text
    .globl  user_start
    .type   user_start, @function
user_start:
    lea     rsi, [rip + hello]
    mov     edx, offset hello_end - hello
    call    write
    lea     rbx, [rsp + 16]     /* behind argc and argv[0] */
1:  mov     rsi, [rbx]
    test    rsi, rsi
    jz      3f
    mov     rdx, rsi
2:  inc     rdx
    cmp     byte ptr [rdx - 1], 0
    jne     2b
    sub     rdx, rsi
    dec     rdx
    call    write
    lea     rsi, [rip + newline]
    mov     edx, 1
    call    write
    add     rbx, 8
    jmp     1b
3:  xor     edi, edi
    mov     eax, CALL_EXIT_GROUP
    syscall
    ud2

/* write(RSI, RDX) */
write:
    mov     edi, 1
    mov     eax, CALL_WRITE
    syscall
    ret
    .size   user_start, . - user_start

    .section .rodata
hello:
    .ascii  "hello from ring 3\n"
hello_end:
newline:
    .ascii  "\n"

    .section .note.GNU-stack, "", @progbits
