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

/* `bytes` of the TSS at `offset`, as the CPU itself reads them for its bitmaps. False: #GP(0) when they lie past the
 * limit (SL-63), or a page fault. */
bool tss_read(struct cpu *cpu, uint32_t offset, unsigned bytes, uint64_t *value);
/* A 16-bit TSS has no bitmaps. */
bool tss_has_maps(const struct cpu *cpu);
/* Whether the redirection bitmap, 32 bytes below the I/O map, keeps INT `vector` in virtual-8086 mode [SDM vol. 3,
 * 20.3.3]. False: as tss_read. */
bool tss_redirects(struct cpu *cpu, unsigned vector, bool *stays);

enum { TSS_IO_MAP_BASE = 0x66, TSS_REDIRECTION_BYTES = 32 };

#endif
