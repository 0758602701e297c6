/*
 * The boot sector of the disk images that tools/bench makes for Bochs, which
 * has no Multiboot loader of its own. Behind it on the disk follows what is
 * to lie at one place in memory; the kernel is then entered as Multiboot
 * demands (specification 0.6.96 section 3.2). tools/bench fills in the
 * parameters at their fixed places.
 */
    .file   "bench/bochsboot.S"
    .intel_syntax noprefix

#define MULTIBOOT_MAGIC 0x2badb002
#define MULTIBOOT_FLAGS 0x5 /* memory sizes, command line */

#define SECTOR     512

/* The first ATA channel, and its commands and status bits (ATA-4). */
#define ATA_DATA     0x1f0
#define ATA_COUNT    0x1f2
#define ATA_LBA0     0x1f3
#define ATA_DEVICE   0x1f6
#define ATA_COMMAND  0x1f7
#define ATA_READ     0x20
#define ATA_LBA_MODE 0xe0
#define ATA_BUSY     0x80
#define ATA_REQUEST  0x08

/* The BIOS enters at 0:7C00h in real mode. */
    .text
    .code16
    .globl  boot
boot:
    cli
    cld
    xor     eax, eax
    mov     ds, ax
    in      al, 0x92            /* A20 by the fast gate */
    or      al, 2
    out     0x92, al
    lgdt    [gdtr]
    mov     eax, cr0
    or      al, 1
    mov     cr0, eax
    ljmp    0x08, offset protected

    .code32
protected:
    mov     eax, 0x10
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     ss, eax
    mov     edi, [load_address]
    mov     ebx, 1              /* the sector behind this one */
    mov     ebp, [sectors]
1:  call    read_sector
    inc     ebx
    dec     ebp
    jnz     1b
    mov     ecx, [zero_bytes]   /* the memory that the file does not fill */
    xor     eax, eax
    rep stosb
    mov     eax, MULTIBOOT_MAGIC
    mov     ebx, offset information
    jmp     dword ptr [entry]

/* Sector EBX of the disk to EDI, which moves behind it. */
read_sector:
    mov     edx, ATA_COUNT
    mov     al, 1
    out     dx, al
    mov     eax, ebx
    mov     ecx, 3
2:  inc     edx                 /* ATA_LBA0 and the two behind it */
    out     dx, al
    shr     eax, 8
    loop    2b
    or      al, ATA_LBA_MODE
    inc     edx
    out     dx, al
    inc     edx
    mov     al, ATA_READ
    out     dx, al
3:  in      al, dx
    and     al, ATA_BUSY | ATA_REQUEST
    cmp     al, ATA_REQUEST
    jne     3b
    mov     edx, ATA_DATA
    mov     ecx, SECTOR / 2
    rep insw
    ret

    .balign 8
gdt:
    .quad   0
    .quad   0x00cf9b000000ffff  /* 08h code */
    .quad   0x00cf93000000ffff  /* 10h data */
gdtr:
    .word   gdtr - gdt - 1
    .long   gdt

/* For tools/bench to fill in. */
    .org    0x100
load_address:
    .long   0
sectors:
    .long   0
zero_bytes:                     /* behind the last sector */
    .long   0
entry:
    .long   0
information:
    .long   MULTIBOOT_FLAGS
    .long   639                 /* KiB of memory below 640 KiB */
memory_above:
    .long   0                   /* KiB above 1 MiB */
    .long   0
    .long   command_line
command_line:
    .org    0x1fe
    .word   0xaa55

    .section .note.GNU-stack, "", @progbits
