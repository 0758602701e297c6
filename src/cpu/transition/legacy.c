/* legacy.c - what the rows of transitions outside IA-32e mode call. */
#include "cpu/transition/legacy.h"

#include "cpu/operand.h"

bool is_idt_gate(const struct descriptor *gate)
{
	static const uint16_t types = 1 << TYPE_TASK_GATE | 1 << 6 | 1 << 7 | 1 << 14 | 1 << 15;
	return !desc_is_segment(gate) && (types >> desc_type(gate) & 1);
}

/* ---- events ---- */

enum { V86_WORDS = 4, STACK_WORDS = 2, RETURN_WORDS = 3, CODE_WORDS = 1, WORDS_MOST = 10 };

unsigned interrupt_words(const struct cpu *cpu, const struct event *e, unsigned cpl)
{
	return (cpu_is_v86(cpu) ? V86_WORDS : 0) + (cpl != cpu->st.cpl ? STACK_WORDS : 0) + RETURN_WORDS +
	       (e->code == NO_CODE ? 0 : CODE_WORDS);
}

bool push_interrupt(struct cpu *cpu, const struct event *e, unsigned cpl, struct frame *f)
{
	const struct seg *s = cpu->st.seg;
	const uint64_t words[WORDS_MOST] = {
		s[SEG_GS].sel,      s[SEG_FS].sel, s[SEG_DS].sel, s[SEG_ES].sel, s[SEG_SS].sel,
		cpu->st.gpr[RSP], e->rflags,     s[SEG_CS].sel, e->rip,        (uint32_t)e->code,
	};
	unsigned first = cpu_is_v86(cpu) ? 0 : cpl != cpu->st.cpl ? V86_WORDS : V86_WORDS + STACK_WORDS;
	return frame_push(cpu, f, words + first, interrupt_words(cpu, e, cpl));
}

void null_data_segments(struct cpu *cpu)
{
	static const uint8_t data[] = { SEG_GS, SEG_FS, SEG_DS, SEG_ES };
	for (size_t i = 0; i < sizeof data; i++)
		cpu->st.seg[data[i]] = seg_null(0, 0);
}

bool push_words(struct cpu *cpu, struct frame *f, uint64_t rflags, uint64_t rip)
{
	const uint64_t words[] = { rflags, cpu->st.seg[SEG_CS].sel, rip };
	return frame_push(cpu, f, words, 3);
}

bool push_return(struct cpu *cpu, struct frame *f, uint64_t rip)
{
	const uint64_t words[] = { cpu->st.seg[SEG_CS].sel, rip };
	return frame_push(cpu, f, words, 2);
}

/* ---- flags ---- */

/* The defined ones of bits 15:0, and those that a 32-bit image has besides VM, VIF and VIP. */
#define FLAGS_LOW 0x7fd5u
#define FLAGS_REAL 0x257fd5u

uint64_t virtual_flags(uint64_t rflags)
{
	return (rflags & ~(uint64_t)FLAG_IF) | FLAG_IOPL | (rflags & FLAG_VIF ? FLAG_IF : 0);
}

uint64_t popped_virtual_flags(const struct cpu *cpu, uint64_t image)
{
	const uint64_t loaded = FLAGS_LOW & ~(FLAG_IOPL | FLAG_IF);
	uint64_t kept = cpu_rflags(cpu) & ~(loaded | FLAG_VIF | FLAG_RF);
	return kept | (image & loaded) | (image & FLAG_IF ? FLAG_VIF : 0) | FLAG_1;
}

uint64_t iret_real_flags(const struct cpu *cpu, uint64_t image, unsigned size)
{
	uint64_t loaded = size == 2 ? FLAGS_LOW : FLAGS_REAL;
	if (cpu_is_v86(cpu))
		loaded &= ~(uint64_t)FLAG_IOPL;
	return (cpu_rflags(cpu) & ~loaded) | (image & loaded) | FLAG_1;
}

/* ---- virtual-8086 mode ---- */

bool peek_words(struct cpu *cpu, uint64_t offset, unsigned size, unsigned count, uint64_t *words)
{
	for (unsigned i = 0; i < count; i++)
		if (!stack_peek(cpu, offset + i * size, size, &words[i]))
			return false;
	return true;
}

void load_v86_segments(struct cpu *cpu, const uint64_t *words)
{
	static const struct {
		uint8_t seg, word;
	} order[] = { { SEG_CS, 1 }, { SEG_SS, 4 }, { SEG_ES, 5 }, { SEG_DS, 6 }, { SEG_FS, 7 }, { SEG_GS, 8 } };
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		cpu->st.seg[order[i].seg] = seg_paragraph(cpu, order[i].seg, (uint16_t)words[order[i].word]);
}
