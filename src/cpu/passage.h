/* passage.h - changes of privilege as they are made, kept for somebody who looks on while the chain runs. */
#ifndef RS_CPU_PASSAGE_H
#define RS_CPU_PASSAGE_H

#include "cpu/cpu.h"

struct passages {
	size_t count;
	uint64_t changed; /* the lowest n of a change from outside since somebody asked */
	struct rs_passage kept[RS_PASSAGES];
};

/* Behind it, so that CPL is the new one; `n`: of the instruction, or in front of which an event came. When there is no
 * room left nothing more is kept, and it costs nothing more. */
static inline void passage_note(struct cpu *cpu, uint64_t n, enum rs_passage_kind kind, unsigned vector)
{
	struct passages *p = cpu->passages;
	if (__builtin_expect(p == NULL, 1))
		return;
	p->kept[p->count] = (struct rs_passage){ n, (uint8_t)kind, cpu->st.cpl, (uint8_t)vector, cpu->switched };
	cpu->switched = false;
	if (++p->count == RS_PASSAGES)
		cpu->passages = NULL;
}

#endif
