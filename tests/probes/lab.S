/* lab.S - the way into long mode, into a probe's context, and out of it by whatever event comes. */
#include "layout.h"
#include "lib/x86.h"

	.file	"lab.S"
	.intel_syntax noprefix

/* Multiboot specification 0.6.96 section 3.1. */
#define HEADER_MAGIC 0x1badb002
#define HEADER_FLAGS 0x00000003
	.section .multiboot, "a"
	.balign	4
	.long	HEADER_MAGIC
	.long	HEADER_FLAGS
	.long	-(HEADER_MAGIC + HEADER_FLAGS)

/* EBX = Multiboot information; flat segments, no paging (SDM vol. 3A section 9.8.5 for the rest). */
	.text
	.code32
	.globl	start32
start32:
	cli
	cld
	mov	[multiboot_info], ebx
	mov	eax, CR4_PAE
	mov	cr4, eax
	mov	eax, offset boot_pml4
	mov	cr3, eax
	mov	ecx, MSR_EFER
	rdmsr
	or	eax, EFER_LME | EFER_NXE | EFER_SCE
	wrmsr
	mov	eax, CR0_LAB
	mov	cr0, eax
	lgdt	[boot_gdtr]
	ljmp	K64, offset start64

	.code64
	.globl	start64
start64:
	mov	eax, KDATA
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	esp, offset boot_stack_top
	mov	edi, [multiboot_info]
	call	lab_main

	.data
	.balign	4096
	.globl	boot_pml4
boot_pml4:
	.quad	boot_pdpt + (PTE_P | PTE_W)
	.fill	511, 8, 0
boot_pdpt:
	.quad	boot_pd + (PTE_P | PTE_W)
	.fill	511, 8, 0
boot_pd:
	.set	frame, 0
	.rept	512
	.quad	frame + (PTE_P | PTE_W | PTE_PS)
	.set	frame, frame + 0x200000
	.endr

	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* K64 */
	.quad	0x00cf93000000ffff	/* KDATA */
	.globl	boot_gdtr
boot_gdtr:
	.word	boot_gdtr - boot_gdt - 1
	.quad	boot_gdt
	.globl	lab_gdtr, short_gdtr, no_gdtr
lab_gdtr:
	.word	GDT_LIMIT
	.quad	GDT_PAGE
short_gdtr:				/* K64 and KDATA only */
	.word	0x17
	.quad	GDT_PAGE
no_gdtr:
	.word	0
	.quad	GDT_PAGE
	.balign	8
	.globl	multiboot_info
multiboot_info:
	.quad	0

	.text
/* lab_enter(): IRETQ to what `in` says; comes back when seen[] is full as far as events_left says. */
	.globl	lab_enter
lab_enter:
	push	rbx
	push	rbp
	push	r12
	push	r13
	push	r14
	push	r15
	mov	[kernel_rsp], rsp
	mov	byte ptr [running], 1
	mov	r15, offset in
	jmp	resume

/* R15 = struct regs of the context to enter. */
resume:
	push	qword ptr [r15 + REG_SS]
	push	qword ptr [r15 + REG_RSP]
	push	qword ptr [r15 + REG_RFLAGS]
	push	qword ptr [r15 + REG_CS]
	push	qword ptr [r15 + REG_RIP]
	.macro	general what, base=r15
	.set	at, 0
	.irp	name, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14
	.ifc	\what, load
	mov	\name, [r15 + at]
	.else
	mov	[r15 + at], \name
	.endif
	.set	at, at + 8
	.endr
	.endm
	general	load
	mov	r15, [r15 + REG_R15]
	iretq

/* Each vector's stub has 16 bytes; the error code, if there is one, lies below the vector. */
	.balign	16
	.globl	lab_vectors
lab_vectors:
	.set	vector, 0
	.rept	256
	.balign	16
	.byte	0x68			/* PUSH imm32, whatever the number */
	.long	vector
	jmp	event
	.set	vector, vector + 1
	.endr

event:
	mov	[spilled], r15
	mov	r15, [cursor]
	general	store
	mov	rax, [spilled]
	mov	[r15 + REG_R15], rax
	pushfq
	pop	[r15 + SEEN_FLAGS]
	cld
	pop	[r15 + SEEN_VECTOR]
	mov	[r15 + SEEN_FRAME], rsp
	/* The processor aligned RSP to 16 and pushed five words or six (SDM vol. 3A section 6.14.2). */
	xor	eax, eax
	mov	[r15 + SEEN_ERROR], rax
	test	esp, 8
	jnz	1f
	pop	[r15 + SEEN_ERROR]
	inc	eax
1:	mov	[r15 + SEEN_HAS_ERROR], rax
	pop	[r15 + REG_RIP]
	pop	[r15 + REG_CS]
	pop	[r15 + REG_RFLAGS]
	pop	[r15 + REG_RSP]
	pop	[r15 + REG_SS]
	mov	rax, cr2
	mov	[r15 + SEEN_CR2], rax
	mov	rax, dr6
	mov	[r15 + SEEN_DR6], rax
	mov	eax, DR6_CLEAR
	mov	dr6, rax
	mov	eax, cs
	mov	[r15 + SEEN_CS], rax
	mov	eax, ss
	mov	[r15 + SEEN_SS], rax
	.set	at, SEEN_DS
	.irp	name, ds, es, fs, gs
	mov	eax, \name
	mov	[r15 + at], rax
	.set	at, at + 8
	.endr
	.irp	msr, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE
	mov	ecx, \msr
	rdmsr
	shl	rdx, 32
	or	rax, rdx
	mov	[r15 + at], rax
	.set	at, at + 8
	.endr
	cmp	byte ptr [running], 0
	je	wild
	cmp	qword ptr [cursor], offset seen + (SEEN_EVENTS - 1) * SEEN_SIZE
	je	leave
	add	qword ptr [cursor], SEEN_SIZE
	dec	qword ptr [events_left]
	jnz	resume

/* Back to the caller of lab_enter, by IRETQ so that NMIs are open again. */
leave:
	mov	rsp, [kernel_rsp]	/* what the processor pushed stays as it is */
	call	calm
	mov	rax, rsp
	push	KDATA
	push	rax
	push	RFLAGS_FIXED
	push	K64
	push	offset 1f
	iretq
1:	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbp
	pop	rbx
	ret

/* An event where none belongs, in the kernel itself. */
wild:
	mov	esp, offset boot_stack_top
	call	calm
	mov	rdi, r15
	mov	rax, rsp
	push	KDATA
	push	rax
	push	RFLAGS_FIXED
	push	K64
	push	offset lab_wild
	iretq

/* Control registers and GDTR as the kernel wants them, whatever a probe has made of them. */
calm:
	mov	byte ptr [running], 0
	lgdt	[boot_gdtr]
	mov	eax, CR4_LAB
	mov	cr4, rax
	mov	eax, PML4_PAGE
	mov	cr3, rax
	mov	eax, CR0_LAB
	mov	cr0, rax
	mov	eax, DR7_CLEAR
	mov	dr7, rax
	ret

	.bss
	.balign	8
kernel_rsp:
	.skip	8
spilled:
	.skip	8
	.globl	running, cursor, events_left
running:
	.skip	8
cursor:
	.skip	8
events_left:
	.skip	8
	.balign	4096
	.skip	16384
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
