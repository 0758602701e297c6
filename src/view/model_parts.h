/* model_parts.h - the parts of model_take, each in a file of its own. */
#ifndef RS_VIEW_MODEL_PARTS_H
#define RS_VIEW_MODEL_PARTS_H

#include "ui/repl/repl.h"
#include "view/model.h"

/* The states that the model's "before" and "now" are. */
struct view_states {
	const struct cpu_state *before, *now;
};

/* What was told before, so that it need not be made again. */
enum { KEPT_LINES = 1024 };

struct kept_line {
	unsigned mode, version; /* of the code, of the symbols */
	bool is_told, has_place;
	struct debug_place place;
	struct view_code code; /* address, length and bytes; and the text once it is told */
};

struct kept_card {
	bool is_event;
	struct happening what;
	struct steps_made made;
	uint8_t code[SCENE_CODE + 1];
	struct view_card card;
};

struct view_kept {
	struct kept_line line[KEPT_LINES]; /* by address */
	struct kept_card card;
};

void model_take_selectors(struct view_model *m, struct prompt *p, const struct view_states *s);
void model_take_gs(struct view_model *m, struct prompt *p, const struct view_states *s);
void model_take_syscalls(struct view_model *m, struct prompt *p, const struct view_states *s);
void model_take_card(struct view_model *m, struct prompt *p, struct view_kept *kept);
void model_take_code(struct view_model *m, struct prompt *p, const struct view_place *place, struct view_kept *kept);
void model_take_stack(struct view_model *m, struct prompt *p, const struct view_states *s);
void model_take_memory(struct view_model *m, struct prompt *p, const struct view_place *place);
void model_take_walk(struct view_model *m, struct prompt *p, const struct view_place *place);

/* Whether this processor has the register; behind take_fields. */
bool model_has_field(const struct view_model *m, const char *name);
struct view_field model_field(size_t index, const struct view_states *s);

static inline bool model_is_protected(const struct cpu_state *s)
{
	return s->cr0 & CR0_PE && !(s->rflags & FLAG_VM);
}

#endif
