/* machine.h - all state of a machine hangs from here; two of them share nothing. */
#ifndef RS_BOARD_MACHINE_H
#define RS_BOARD_MACHINE_H

#include "board/board.h"
#include "board/inject.h"
#include "cpu/cpu.h"
#include "cpu/record.h"
#include "cpu/wires.h"

struct rs_machine {
	struct rs_host host;
	struct rs_config config;
	struct phys ram;
	struct bus bus;
	struct board board;
	struct cpu cpu[1];
	struct recorder recorder;
	struct wires wires;
	struct rs_status status;
	struct inject inject;
	rs_break_fn *break_when;
	void *break_arg;
	bool step_always;
	struct rs_history *history;
	struct passages *passages; /* NULL: nobody has them kept */
	uint8_t *input; /* of a state file: the machine's own; else NULL */
};

/* Makes CPU and board known to each other (wiring.c); before board_init. */
void machine_connect(struct rs_machine *m);
/* Which pages of memory devices answer in, by IA32_APIC_BASE; the caller flushes. */
void machine_set_windows(struct rs_machine *m);
/* Installs a whole state. */
void rs_state_replace(struct rs_machine *m, const struct cpu_state *st);
struct phys *rs_ram(struct rs_machine *m);
/* Sets how many instructions count as completed. */
void rs_set_instructions(struct rs_machine *m, uint64_t n);
/* State or RAM was changed from outside (history.c). */
void machine_changed(struct rs_machine *m);
/* The same for the passages. */
void machine_note_change(struct rs_machine *m);
/* rs_signal as part of the run, not from outside. */
void machine_signal(struct rs_machine *m, enum rs_signal signal, uint8_t vector);
/* `address` is to be released. */
bool machine_make_stops(struct rs_machine *m, const uint64_t *addresses, size_t count, struct code_stops *stops);
/* Puts other code stops in the place of those that are. */
void machine_swap_stops(struct rs_machine *m, struct code_stops *stops);
/* Tests: snapshots at least so many instructions apart. */
void history_set_interval(struct rs_history *h, uint64_t instructions);
/* rs_snapshot_restore without telling. */
void machine_restore(struct rs_machine *m, const struct rs_snapshot *snapshot);
/* What it takes, but for pages. */
uint64_t machine_snapshot_bytes(const struct rs_machine *m, const struct rs_snapshot *snapshot);
/* Mutation builds: inverts that row or behaviour from now on. */
void rs_set_mutant(struct rs_machine *m, unsigned mutant);

#endif
