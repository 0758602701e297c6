/* engine_parts.h - the engine's insides. What stands under "shared" is touched with the lock held. */
#ifndef RS_VIEW_ENGINE_PARTS_H
#define RS_VIEW_ENGINE_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "ui/repl/repl.h"
#include "view/engine.h"
#include "view/lines.h"
#include "view/model_parts.h"
#include "view/timeline.h"

enum { TYPED = 4096, COSTS = 4096 };

struct job {
	struct job *next;
	char line[PROMPT_LINE];
};

struct cost {
	uint64_t rip, cycles;
};

struct view_engine {
	const struct rs_host *outer; /* of the program */
	struct rs_host host;         /* the same, but for what is written to the prompt and the console */
	struct ui ui;
	struct prompt *prompt;
	struct attendant attendant;
	struct line_keeper console, log;
	struct out *console_out;
	struct out *errors; /* the program's */
	struct out *aloud;  /* complaints go there as well; NULL: nobody could read them */
	struct timeline timeline;
	struct cost cost[COSTS];            /* of instructions executed last, by address */
	uint64_t cycles;                    /* behind the last record */
	struct rs_position seen_from, seen; /* records were seen from there to here without a gap */
	struct view_kept *kept;
	uint64_t due, attended; /* the next copy while a run goes on, and the last look; host clock, ns */
	uint64_t attended_n;    /* instructions at the last look */
	char again[PROMPT_LINE];
	bool failed; /* a command, or --at */
	pthread_t thread;
	atomic_bool interrupt, leaving;

	/* shared */
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct job *first, *last;
	bool busy, looks;
	struct view_place place; /* what is shown */
	struct view_place asked; /* from outside, the last time */
	uint8_t typed[TYPED];
	size_t typed_count;
	struct view_model *model[3];
	unsigned writing, ready, reading; /* of `model` */
	bool fresh;
	void (*told)(void *arg);
	void *told_arg;
};

/* engine_host.c: the streams of the engine's own struct ui, as lines. */
bool engine_streams_open(struct view_engine *e, const struct ui *ui, struct rs_error *why);
void engine_streams_flush(struct view_engine *e);
void engine_streams_close(struct view_engine *e);

#endif
