/* legacy.S - out of long mode into protected mode without paging, into a probe's context there, and back again. */
#include "layout.h"
#include "lib/x86.h"

	.file	"legacy.S"
	.intel_syntax noprefix

	.text
/* legacy_enter(): IRETD to what `in` says, with LMA = 0; comes back with the first event in seen[0]. */
	.code64
	.globl	legacy_enter
legacy_enter:
	push	rbx
	push	rbp
	push	r12
	push	r13
	push	r14
	push	r15
	mov	[saved_rsp], rsp
	lgdt	[lab_gdtr]
	push	K32
	push	offset 1f
	rex.w retf
	.code32
1:	mov	eax, KDATA
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	esp, offset legacy_stack_top
	mov	eax, CR0_LAB & ~CR0_PG
	mov	cr0, eax
	mov	ecx, MSR_EFER
	rdmsr
	and	eax, ~EFER_LME
	wrmsr
	lidt	[legacy_idtr]
	mov	eax, TSS32
	ltr	ax
	test	dword ptr [in + REG_RFLAGS], 0x20000
	jz	2f
	.rept	4			/* GS, FS, DS and ES of virtual-8086 mode */
	push	dword ptr [v86_data]
	.endr
2:	push	dword ptr [in + REG_SS]
	push	dword ptr [in + REG_RSP]
	mov	eax, [in + REG_CS]
	and	eax, 3
	jnz	3f
	test	dword ptr [in + REG_RFLAGS], 0x20000
	jnz	3f
	mov	esp, [in + REG_RSP]	/* to the same ring: IRETD pops three words */
3:	push	dword ptr [in + REG_RFLAGS]
	push	dword ptr [in + REG_CS]
	push	dword ptr [in + REG_RIP]
	.macro	legacy_registers what
	.set	at, 0
	.irp	name, eax, ecx, edx, ebx, ebp, esi, edi
	.ifc	\what, load
	mov	\name, [in + at]
	.else
	mov	ss:[seen + at], \name
	.endif
	.set	at, at + 8
	.endr
	.endm
	legacy_registers load
	iretd

	.balign	16
	.globl	legacy_vectors
legacy_vectors:
	.set	vector, 0
	.rept	256
	.balign	16
	.byte	0x68			/* PUSH imm32 */
	.long	vector
	jmp	legacy_event
	.set	vector, vector + 1
	.endr

/* In ring 0 with a flat SS, whatever the other segments are. */
legacy_event:
	legacy_registers store
	mov	eax, KDATA
	mov	ds, eax
	mov	es, eax
	pop	eax
	mov	[seen + SEEN_VECTOR], eax
	cmp	eax, 32
	jae	1f
	bt	dword ptr [error_codes], eax
	jnc	1f
	pop	dword ptr [seen + SEEN_ERROR]
	mov	dword ptr [seen + SEEN_HAS_ERROR], 1
1:	pop	dword ptr [seen + REG_RIP]
	pop	dword ptr [seen + REG_CS]
	pop	dword ptr [seen + REG_RFLAGS]
	mov	eax, esp
	mov	ecx, ss
	mov	edx, [seen + REG_CS]
	and	edx, 3
	jnz	2f
	test	dword ptr [seen + REG_RFLAGS], 0x20000
	jz	3f
2:	pop	eax
	pop	ecx
3:	mov	[seen + REG_RSP], eax
	mov	[seen + REG_SS], ecx
	mov	eax, dr6
	mov	[seen + SEEN_DR6], eax
	lgdt	[boot_gdtr]
	mov	eax, CR4_LAB
	mov	cr4, eax
	mov	eax, PML4_PAGE
	mov	cr3, eax
	mov	ecx, MSR_EFER
	rdmsr
	or	eax, EFER_LME
	wrmsr
	mov	eax, CR0_LAB
	mov	cr0, eax
	ljmp	K64, offset legacy_leave
	.code64
legacy_leave:
	mov	eax, KDATA
	mov	ss, eax
	mov	rsp, [saved_rsp]
	push	RFLAGS_FIXED
	popfq
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbp
	pop	rbx
	ret

	.data
	.balign	8
error_codes:
	.long	0x40227d00
legacy_idtr:
	.word	0x7ff
	.long	IDT32_PAGE
	.globl	v86_data
v86_data:
	.quad	0

	.bss
	.balign	8
saved_rsp:
	.skip	8
	.balign	16
	.skip	1024
legacy_stack_top:

	.section .note.GNU-stack, "", @progbits
