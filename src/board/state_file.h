/* state_file.h - the sections of a state file: state_file.c has those that say what the machine is, state_parts.c those
 * of its parts. docs/state-file.md is the format. */
#ifndef RS_BOARD_STATE_FILE_H
#define RS_BOARD_STATE_FILE_H

#include "board/snapshot.h"
#include "board/state_stream.h"

/* Each writes what stands behind the section's name and length. */
void state_put_cpu(struct state_writer *w, const struct rs_snapshot *s);
void state_put_board(struct state_writer *w, const struct rs_snapshot *s);
void state_put_memory(struct state_writer *w, const struct rs_machine *m, const struct rs_snapshot *s);
void state_put_tlb(struct state_writer *w, const struct rs_snapshot *s);
void state_put_walked(struct state_writer *w, const struct rs_snapshot *s);

/* Each reads it into the snapshot, memory into the machine. What a snapshot of this machine cannot hold is refused. */
void state_get_cpu(struct state_reader *r, struct rs_snapshot *s);
void state_get_board(struct state_reader *r, struct rs_snapshot *s);
void state_get_memory(struct state_reader *r, struct rs_machine *m);
void state_get_tlb(struct state_reader *r, struct rs_machine *m, struct rs_snapshot *s);
void state_get_walked(struct state_reader *r, struct rs_machine *m, struct rs_snapshot *s);

#endif
