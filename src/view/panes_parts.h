/* panes_parts.h - what the panes share: a pen that writes line under line, scrolled, and never outside of its pane. */
#ifndef RS_VIEW_PANES_PARTS_H
#define RS_VIEW_PANES_PARTS_H

#include "view/panes.h"

/* Frames and bars are U+2500.., U+2588, U+2592; besides them only these are used. */
#define SIGN_MORE "\u2026"   /* something is left out */
#define SIGN_BREAK "\u2022"  /* a breakpoint */
#define SIGN_CHOSEN "\u00bb" /* the selected instruction */
#define SIGN_HERE "\u25b2"   /* where the machine stands on the timeline */

struct pen {
	struct canvas *c;
	const struct view_model *m;
	const struct view_state *s;
	enum pane pane;
	struct rect r; /* inside of the frame */
	int line;      /* the next one, from 0 */
	int scroll;    /* lines above the pane */
	int wanted;    /* a line that should be seen when nobody has scrolled; -1: none */
	int height;    /* of the pane: `r` has none while lines are counted */
};

/* The row of the canvas that the line has. */
static inline int pen_y(const struct pen *p)
{
	return p->r.y + p->line - p->scroll;
}

/* At column x of the pane: all of it or, when it does not fit, only the sign that something is left out; the next x. */
int pen_value(struct pen *p, int x, enum style style, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Words, cut behind one of them; `end`: the column that they must not reach. */
int pen_words(struct pen *p, int x, int end, enum style style, const char *text);
/* Words over as many lines as they need; the pen stands on the line behind. */
void pen_paragraph(struct pen *p, int x, enum style style, const char *text);
/* Paints the whole line in a style, so that it stands out. */
void pen_band(struct pen *p, enum style style);
void pen_hit(struct pen *p, int x, int width, const char *format, ...) __attribute__((format(printf, 4, 5)));

unsigned text_width(const char *text); /* cells */
/* Bytes of the text that fill so many cells at most. */
size_t text_within(const char *text, int room);
/* Of "module!name" the name alone, where that is all that there is room for. */
const char *name_within(const char *symbol, int room);
bool text_fits(const struct pen *p, int x, const char *text);

/* ---- layout: a rule of sizes and priorities, see panes_layout.c ---- */

void layout_make(struct rect area[PANES], int width, int height, enum pane focus);
const char *pane_title(enum pane pane);

/* ---- the panes: each draws its lines from the pen's on ---- */

void pane_code(struct pen *p);
void pane_registers(struct pen *p);
void pane_bits(struct pen *p);
void pane_selectors(struct pen *p);
void pane_gs(struct pen *p);
void pane_syscalls(struct pen *p);
void pane_card(struct pen *p);
void pane_timeline(struct pen *p);
void pane_stack(struct pen *p);
void pane_memory(struct pen *p);
void pane_console(struct pen *p);
void pane_prompt(struct pen *p);

void panes_title_bar(struct canvas *c, const struct view_model *m);
void panes_key_line(struct canvas *c, const struct view_model *m);
void panes_help(struct canvas *c, const struct view_state *s);

/* The signs that stand on the timeline and what they mean, as many as there is room for: " v SYSCALL  ^ return ". */
void timeline_signs(const struct view_timeline *t, int room, char *text, size_t size);

/* The name as the manuals write it, where that is another one than in traces. */
void field_name(const struct rs_field *field, char to[16]);

/* Whether an animation has not come yet to the step that writes this field; of a segment the selector. The names
 * "FS.base" and "GS.base" are of a base alone, and KERNEL_GS_BASE is a name too. */
bool card_is_pending(const struct view_model *m, const struct view_state *s, const struct view_field *f);
bool card_is_pending_name(const struct view_model *m, const struct view_state *s, const char *name);
/* The same of the hidden cache of the selector with that name. */
bool card_is_pending_cache(const struct view_model *m, const struct view_state *s, const char *name);

#endif
