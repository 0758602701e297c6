/* gate.h - what the rows of gate.def call. */
#ifndef RS_CPU_TRANSITION_GATE_H
#define RS_CPU_TRANSITION_GATE_H

#include "cpu/frame.h"

/* What a far transfer finds besides segments. In IA-32e mode only 64-bit call gates are left (GT-04). */
enum far_system { FAR_NEITHER, FAR_CALL_GATE, FAR_CALL_GATE_LEGACY, FAR_TASK };

enum far_system far_system_kind(const struct cpu *cpu, const struct descriptor *d);

/* A stack of IA-32e mode that need not be loaded yet: RSP is the linear address, a push has 8 bytes. `kind`: with whose
 * rights. Nothing is written before the room has been asked for; false: #SS(0) if not canonical, or a page fault. */
bool flat_has_room(struct cpu *cpu, uint64_t rsp, unsigned count, unsigned kind);
bool flat_push(struct cpu *cpu, uint64_t *rsp, unsigned kind, uint64_t first, uint64_t second);

/* The frame of a legacy call gate: SS and ESP of an inner call, the parameters, CS and EIP. */
enum { GATE_PARAMETERS = 31, GATE_WORDS = GATE_PARAMETERS + 4 };

struct gate_frame {
	uint64_t word[GATE_WORDS]; /* in the order of the pushes */
	unsigned count;
};

/* Parameters are read on the old stack with the size of a push (GT-22). False: #SS(0), or a page fault. */
bool gate_frame_parameters(struct cpu *cpu, struct gate_frame *g, unsigned count, unsigned size);
void gate_frame_add(struct gate_frame *g, uint64_t first, uint64_t second);

#endif
