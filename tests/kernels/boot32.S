/* A 32-bit Multiboot kernel's start and interrupt entries. */
	.file "tests/kernels/boot32.S"
	.section .multiboot, "a"
	.balign 4
	.long 0x1badb002
	.long 0x00000003
	.long -(0x1badb002 + 0x00000003)

	.text
	.globl _start
_start:
	cli
	movl $stack_top, %esp
	movl %ebx, boot_info
	lgdt gdtr
	ljmp $0x08, $1f
1:	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	call kmain
	pushl $98
	call quit

	.globl isr_stubs
	.balign 16
isr_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	pushl $vector
	jmp isr_common
	.set vector, vector + 1
	.endr

/* isr() is given the stack and says on which to go on. */
isr_common:
	pushal
	cld
	pushl %esp
	call isr
	movl %eax, %esp
	popal
	addl $4, %esp
	iretl

	.data
	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9a000000ffff
	.quad 0x00cf92000000ffff
gdtr:
	.word gdtr - gdt - 1
	.long gdt

	.bss
	.balign 16
	.skip 16384
stack_top:
	.globl boot_info
boot_info:
	.skip 4
	.section .note.GNU-stack, "", @progbits
