/* stack.h - frames of calls, from the innermost outwards, through the changes of ring. */
#ifndef RS_UI_REPL_STACK_H
#define RS_UI_REPL_STACK_H

#include "ui/repl/repl.h"

/* How the caller of a frame was found. */
enum stack_way {
	STACK_END,
	STACK_CFI,     /* call frame information */
	STACK_POINTER, /* the chain of RBP */
	STACK_CALL,    /* a return address behind a CALL that leads to this function */
	STACK_RING,    /* the log of entries: it was interrupted, or called by SYSCALL */
};

struct stack_walk {
	struct prompt *p;
	struct debug_frame frame; /* where the walk stands */
	bool called;              /* its place is behind a CALL (or SYSCALL) */
	uint64_t stack_base;
	const struct ring_change *pending[RING_DEPTH];
	size_t pending_count;
	const struct ring_change *crossed; /* STACK_RING: by which entry the frame was left */
};

/* False: the user has been told. */
bool stack_begin(struct stack_walk *w, struct prompt *p);
/* To the caller of the frame; STACK_END: there is none to be found. */
enum stack_way stack_next(struct stack_walk *w);
/* The linear address of the frame's stack pointer. */
uint64_t stack_pointer(const struct stack_walk *w);
struct debug_memory stack_memory(struct stack_walk *w);

#endif
