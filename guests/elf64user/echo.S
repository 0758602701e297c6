/* A program for the kernel: says what COM1 brings, small letters as capitals, until a Ctrl-D comes; ends with 0. */
    .file   "elf64user/echo.S"
    .intel_syntax noprefix

#define CALL_READ       0
#define CALL_WRITE      1
#define CALL_EXIT_GROUP 231

#define END_OF_TEXT 4
#define ROOM        64

    .text
    .globl  user_start
    .type   user_start, @function
user_start:
    sub     rsp, ROOM
1:  xor     edi, edi
    mov     rsi, rsp
    mov     edx, ROOM
    mov     eax, CALL_READ
    syscall
    pause                       /* the kernel does not wait: 0 bytes mean none yet */
    test    rax, rax
    jle     1b
    lea     rcx, [rsi + rax]
2:  cmp     byte ptr [rsi], END_OF_TEXT
    je      4f
    cmp     byte ptr [rsi], 'a'
    jb      3f
    cmp     byte ptr [rsi], 'z'
    ja      3f
    sub     byte ptr [rsi], 'a' - 'A'
3:  inc     rsi
    cmp     rsi, rcx
    jne     2b
    call    write
    jmp     1b
4:  call    write
    xor     edi, edi
    mov     eax, CALL_EXIT_GROUP
    syscall
    ud2

/* What lies on the stack, up to RSI. */
write:
    mov     rdx, rsi
    lea     rsi, [rsp + 8]
    sub     rdx, rsi
    mov     edi, 1
    mov     eax, CALL_WRITE
    syscall
    ret
    .size   user_start, . - user_start

    .section .note.GNU-stack, "", @progbits
