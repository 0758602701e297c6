/* legacy.h - what the rows of transitions outside IA-32e mode call. */
#ifndef RS_CPU_TRANSITION_LEGACY_H
#define RS_CPU_TRANSITION_LEGACY_H

#include "cpu/frame.h"
#include "cpu/transition/transition.h"

/* Task, interrupt or trap gate of an IDT outside IA-32e mode. */
bool is_idt_gate(const struct descriptor *gate);

/* The frame of an event in protected or virtual-8086 mode: how many words, and pushing them. */
unsigned interrupt_words(const struct cpu *cpu, const struct event *e, unsigned cpl);
bool push_interrupt(struct cpu *cpu, const struct event *e, unsigned cpl, struct frame *f);
/* GS, FS, DS and ES of virtual-8086 mode mean nothing to its handler. */
void null_data_segments(struct cpu *cpu);

/* FLAGS, CS and IP; CS and IP. */
bool push_words(struct cpu *cpu, struct frame *f, uint64_t rflags, uint64_t rip);
bool push_return(struct cpu *cpu, struct frame *f, uint64_t rip);

/* FLAGS as a program of virtual-8086 mode with IOPL < 3 is shown them: IOPL = 3, IF = VIF. */
uint64_t virtual_flags(uint64_t rflags);
/* RFLAGS after a POPF or IRET of such a program. */
uint64_t popped_virtual_flags(const struct cpu *cpu, uint64_t image);
uint64_t iret_real_flags(const struct cpu *cpu, uint64_t image, unsigned size);

/* `count` words of `size` bytes from the stack pointer + offset on, each with the checks of a pop. */
bool peek_words(struct cpu *cpu, uint64_t offset, unsigned size, unsigned count, uint64_t *words);
/* From the frame of IRET to virtual-8086 mode: EIP CS EFLAGS ESP SS ES DS FS GS. */
void load_v86_segments(struct cpu *cpu, const uint64_t *words);

#endif
