/* snapshot.h - what a snapshot is: inspect.c takes it and goes back to it, state_file.c writes it down. */
#ifndef RS_BOARD_SNAPSHOT_H
#define RS_BOARD_SNAPSHOT_H

#include "board/machine.h"
#include "mem/tlb.h"
#include "mem/walked.h"

struct rs_snapshot {
	struct cpu_state st;
	struct board_state board;
	struct rs_status status;
	struct inject_state injected;
	struct chunk **ram;
	uint64_t n, iteration, cycles, idle;
	struct rs_position noted;
	struct walked *walked; /* NULL without a cycle model */
	struct tlb_image *tlb;
};

#endif
