/* tss.h - stacks that the TSS in TR names for inner transfers [SDM vol. 3, 7.2, 7.7]. */
#ifndef RS_CPU_TSS_H
#define RS_CPU_TSS_H

#include "cpu/seg.h"

/* The stack pointer at `offset` of the 64-bit TSS (IN-13, IN-16). False: #TS(TR selector + ext) when it lies past the
 * limit, or a page fault. */
bool tss_stack(struct cpu *cpu, unsigned offset, int32_t ext, uint64_t *rsp);

/* SSn:ESPn of the legacy TSS in TR, 16- or 32-bit by its type, for privilege level `cpl`. False: as above. */
bool tss_legacy_stack(struct cpu *cpu, unsigned cpl, int32_t ext, uint16_t *ss, uint64_t *esp);

/* The stack descriptor that an inner transfer outside IA-32e mode will load: null, limit, RPL, DPL = cpl, writable ->
 * #TS(ss + ext); not present -> #SS(ss + ext) (GT-32). Reads it into *d; nothing is changed. */
bool seg_inner_stack(struct cpu *cpu, uint16_t ss, unsigned cpl, int32_t ext, struct descriptor *d);

#endif
