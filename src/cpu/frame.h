/* frame.h - the stack that a transfer outside IA-32e mode pushes to: a segment that need not be loaded yet. */
#ifndef RS_CPU_FRAME_H
#define RS_CPU_FRAME_H

#include "cpu/seg.h"

struct frame {
	struct seg ss;
	uint64_t sp;   /* only the part that SS.B tells moves */
	unsigned size; /* bytes of a push: 2 or 4 */
	unsigned kind; /* MMU_WRITE, with whose rights the pushes are made */
	int32_t code;  /* error code of #SS when a push lies outside the limit */
};

/* The current stack, pushed to with the current rights. */
struct frame frame_here(const struct cpu *cpu, unsigned size, int32_t code);
/* The stack of an inner level, as a descriptor and a TSS give it; pushed to with the rights of `cpl`. */
struct frame frame_inner(const struct descriptor *d, uint16_t ss, uint64_t sp, unsigned size, unsigned cpl,
                         int32_t ext);

/* Whether `count` pushes lie inside the limit; false: #SS. Nothing is written before this has been asked. */
bool frame_has_room(struct cpu *cpu, const struct frame *f, unsigned count);
/* Whether the pages take those pushes: for transfers that store nothing if they fault. False: page fault. */
bool frame_is_paged(struct cpu *cpu, const struct frame *f, unsigned count);
/* One after the other, the last one at the lowest address. False: page fault; bytes may have been stored (IN-24). */
bool frame_push(struct cpu *cpu, struct frame *f, const uint64_t *values, unsigned count);

#endif
