/* From the 32-bit Multiboot state to long mode, the first 4 GiB mapped as they are; interrupt entries. */
	.file "tests/kernels/boot64.S"
	.section .multiboot, "a"
	.balign 4
	.long 0x1badb002
	.long 0x00000003
	.long -(0x1badb002 + 0x00000003)

	.text
	.code32
	.globl start32
start32:
	cli
	movl $stack_top, %esp
	movl $pd, %edi		/* 2048 pages of 2 MiB */
	movl $0x83, %eax
	movl $2048, %ecx
1:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	loop 1b
	movl $pd + 3, %eax
	movl $pdpt, %edi
	movl $4, %ecx
2:	movl %eax, (%edi)
	addl $0x1000, %eax
	addl $8, %edi
	loop 2b
	movl $pdpt + 3, pml4
	movl $pml4, %eax
	movl %eax, %cr3
	movl %cr4, %eax
	orl $0x20, %eax
	movl %eax, %cr4
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax
	wrmsr
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0
	lgdt gdtr
	ljmp $0x08, $start64

	.code64
	.globl start64
start64:
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $stack_top, %esp
	call kmain
	movl $98, %edi
	call quit

	.globl isr_stubs
	.balign 16
isr_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	pushq $vector
	jmp isr_common
	.set vector, vector + 1
	.endr

isr_common:
	.irp r, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	pushq %\r
	.endr
	cld
	movq %rsp, %rdi
	call isr
	movq %rax, %rsp
	.irp r, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	popq %\r
	.endr
	addq $8, %rsp
	iretq

	.data
	.balign 8
gdt:
	.quad 0
	.quad 0x00209a0000000000
	.quad 0x0000920000000000
gdtr:
	.word gdtr - gdt - 1
	.long gdt
	.long 0

	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
pd:	.skip 4 * 4096
	.skip 16384
stack_top:
	.section .note.GNU-stack, "", @progbits
