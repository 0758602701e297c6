/* panes_card.c - the last transition, micro-step by micro-step; while it is animated, values on their way. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "view/panes_parts.h"

/* Columns: "FAULT", the rule, the text; the section at the right where there is room. */
enum { RULE = 6, TEXT = 12, WIDE = 68 };

/* Whether an animation is at a step of this card. */
static bool is_animated(const struct view_model *m, const struct view_state *s)
{
	return s->animation >= 0 && s->animation <= (int)model_card_moments(&m->card);
}

/* Up to the one at which the animation is; those passed over on the way belong to it. */
static unsigned steps_shown(const struct view_model *m, const struct view_state *s)
{
	const struct view_card *c = &m->card;
	unsigned shown = 0;
	if (!is_animated(m, s))
		return c->step_count;
	for (int moment = 0; moment < s->animation; shown++)
		moment += c->step[shown].state == VIEW_DONE || c->step[shown].state == VIEW_FAILED;
	return shown;
}

static const struct view_field *moved_of(const struct view_card *c, const struct rs_field *f)
{
	for (unsigned i = 0; i < c->moved_count; i++)
		if (c->moved[i].info == f)
			return &c->moved[i];
	return NULL;
}

static bool is_pending(const struct view_model *m, const struct view_state *s, const struct rs_field *f, unsigned parts)
{
	const struct view_card *c = &m->card;
	const unsigned shown = steps_shown(m, s);
	if (!is_animated(m, s) || s->animation == (int)model_card_moments(c) || !moved_of(c, f))
		return false;
	for (unsigned i = 0; i < shown; i++)
		if (c->step[i].state == VIEW_DONE && model_step_write(c, i, f).parts & parts)
			return false;
	return true;
}

/* A selector that stays the same has changed with its cache. */
bool card_is_pending(const struct view_model *m, const struct view_state *s, const struct view_field *f)
{
	const bool is_hidden = f->info->kind == RS_FIELD_SEGMENT && f->before[0] == f->now[0];
	return is_pending(m, s, f->info, is_hidden ? VIEW_HIDDEN | VIEW_HIDDEN_BASE : VIEW_VALUE);
}

static const struct view_field *field_of(const struct view_model *m, const char *name, size_t length)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (strlen(m->field[i].info->name) == length && !strncasecmp(m->field[i].info->name, name, length))
			return &m->field[i];
	return NULL;
}

bool card_is_pending_cache(const struct view_model *m, const struct view_state *s, const char *name)
{
	const struct view_field *f = field_of(m, name, strlen(name));
	return f && is_pending(m, s, f->info, VIEW_HIDDEN | VIEW_HIDDEN_BASE);
}

bool card_is_pending_name(const struct view_model *m, const struct view_state *s, const char *name)
{
	const size_t length = strcspn(name, ".");
	const struct view_field *f =
	    strcasecmp(name, "KERNEL_GS_BASE") ? field_of(m, name, length) : field_of(m, "kgs", 3);
	if (!f)
		return false;
	return name[length] ? is_pending(m, s, f->info, VIEW_HIDDEN | VIEW_HIDDEN_BASE) : card_is_pending(m, s, f);
}

static void draw_mark(struct pen *p, const struct view_step *step)
{
	static const char *const marks[] = {
		[VIEW_DONE] = "ok", [VIEW_FAILED] = "FAULT", [VIEW_NOT_REACHED] = "-", [VIEW_SKIPPED] = "skip"
	};
	static const enum style styles[] = { [VIEW_DONE] = STYLE_GOOD,
					     [VIEW_FAILED] = STYLE_BAD,
					     [VIEW_NOT_REACHED] = STYLE_DIM,
					     [VIEW_SKIPPED] = STYLE_DIM };
	pen_value(p, 0, styles[step->state], "%s", marks[step->state]);
	if (step->rule)
		pen_value(p, RULE, STYLE_LABEL, "%s", step->rule);
}

/* How much of the steps is shown. */
struct detail {
	bool skipped;  /* also steps for other modes */
	bool sections; /* which explain tells too */
};

/* "CPL = 0, else #GP(0)"; failed: "CPL = 0: not so -> #GP(0)", and of what is no check "push SS, RSP: failed". */
static void step_text(const struct view_step *step, char *to, size_t size)
{
	const char *outcome = step->outcome ? step->outcome : "", *between = "";
	const bool failed = step->state == VIEW_FAILED;
	if (*outcome)
		between = !step->is_check ? " -> " : failed ? ": not so -> " : ", else ";
	else if (failed)
		between = ": failed";
	snprintf(to, size, "%s%s%s", step->text ? step->text : "", between, outcome);
}

static void draw_step(struct pen *p, const struct view_step *step, bool sections)
{
	enum style style = step->state == VIEW_DONE ? STYLE_TEXT : step->state == VIEW_FAILED ? STYLE_BAD : STYLE_DIM;
	char text[400];
	struct pen part = *p;
	draw_mark(p, step);
	if (sections && step->section && *step->section && p->r.width >= WIDE) {
		part.r.width -= (int)text_width(step->section) + 3;
		pen_value(p, part.r.width + 1, STYLE_DIM, "[%s]", step->section);
	}
	step_text(step, text, sizeof(text));
	pen_paragraph(&part, TEXT, style, text);
	p->line = part.line;
}

/* ---- what a step moves ---- */

enum { MOVED = 3, ARROW = 25 }; /* columns: from the left, and of the arrow from the right */

/* "LSTAR ==> RIP"; a source that is longer is in the step's text, right above. */
static void draw_source(struct pen *p, const struct view_write *w, const struct rs_field *field, const char *part)
{
	char source[120], to[16];
	field_name(field, to);
	snprintf(source, sizeof(source), "%.*s", w->source ? w->source_size : 0, w->source ? w->source : "");
	if (MOVED + (int)text_width(source) <= p->r.width - ARROW)
		pen_value(p, MOVED, STYLE_LABEL, "%s", source);
	pen_value(p, p->r.width - ARROW, STYLE_CHANGED, " ==> %s%s", to, part);
	p->line++;
}

static void draw_values(struct pen *p, int digits, uint64_t before, uint64_t now)
{
	pen_value(p, MOVED, STYLE_BEFORE, "%0*" PRIx64, digits, before);
	pen_value(p, p->r.width - ARROW, STYLE_CHANGED, " ==> %0*" PRIx64, digits, now);
	p->line++;
}

static void add_change(char *to, size_t size, const char *name, uint64_t before, uint64_t now)
{
	const size_t used = strlen(to);
	if (before != now)
		snprintf(to + used, size - used, "%s%s %" PRIx64 " ==> %" PRIx64, used ? ", " : "", name, before, now);
}

/* "DPL 3 ==> 0, L 0 ==> 1" [attributes: descriptor bits 55:40, SDM vol. 3, segment descriptors]. */
static void draw_cache(struct pen *p, const struct view_hidden *h)
{
	static const struct {
		const char *name;
		unsigned shift, mask;
	} attributes[] = { { "type", 0, 15 }, { "S", 4, 1 },  { "DPL", 5, 3 }, { "P", 7, 1 },
			   { "L", 13, 1 },    { "D", 14, 1 }, { "G", 15, 1 } };
	const struct rs_segment *b = &h->before, *n = &h->now;
	char text[200] = "";
	add_change(text, sizeof(text), "base", b->base, n->base);
	add_change(text, sizeof(text), "limit", b->limit, n->limit);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		add_change(text, sizeof(text), attributes[i].name,
			   b->attributes >> attributes[i].shift & attributes[i].mask,
			   n->attributes >> attributes[i].shift & attributes[i].mask);
	pen_paragraph(p, MOVED, *text ? STYLE_CHANGED : STYLE_DIM, *text ? text : "cache as it was");
}

static void draw_segment(struct pen *p, const struct view_write *w, const struct rs_field *field,
			 const struct view_hidden *h)
{
	if (w->parts & VIEW_VALUE) {
		draw_source(p, w, field, "");
		draw_values(p, 4, h->before.selector, h->now.selector);
	} else if (w->parts & VIEW_HIDDEN_BASE) {
		draw_source(p, w, field, ".base");
		draw_values(p, 16, h->before.base, h->now.base);
	} else {
		draw_source(p, w, field, " cache");
	}
	if (w->parts & VIEW_HIDDEN)
		draw_cache(p, h);
}

/* The values that the step has just moved. */
static void draw_moving(struct pen *p, unsigned step)
{
	const struct view_card *c = &p->m->card;
	for (unsigned i = 0; i < c->moved_count; i++) {
		const struct view_field *f = &c->moved[i];
		const struct view_write w = model_step_write(c, step, f->info);
		if (!w.parts)
			continue;
		if (f->info->kind == RS_FIELD_SEGMENT) {
			draw_segment(p, &w, f->info, &c->hidden[i]);
		} else {
			draw_source(p, &w, f->info, "");
			draw_values(p, f->info->bits < 16 ? 1 : 16, f->before[0], f->now[0]);
		}
	}
}

static void draw_steps(struct pen *p, struct detail detail)
{
	const struct view_card *card = &p->m->card;
	const bool animated = is_animated(p->m, p->s);
	unsigned shown = steps_shown(p->m, p->s), left_out = 0;
	const char *transition = NULL;
	for (unsigned i = 0; i < shown; i++) {
		const struct view_step *step = &card->step[i];
		if (step->transition && (!transition || strcmp(transition, step->transition))) {
			if (transition) {
				char text[200];
				snprintf(text, sizeof(text), "then %s", step->about);
				pen_paragraph(p, 0, STYLE_TITLE, text);
			}
			transition = step->transition;
		}
		if (step->state == VIEW_SKIPPED && !detail.skipped) {
			left_out++;
			continue;
		}
		draw_step(p, step, detail.sections);
		const bool here = animated && i + 1 == shown;
		if (here)
			draw_moving(p, i);
		if (here || step->state == VIEW_FAILED)
			p->wanted = p->line - 1;
	}
	if (left_out) {
		pen_words(p, 0, p->r.width, STYLE_DIM,
			  left_out == 1 ? "1 step of other modes" : "steps of other modes left out");
		p->line++;
	}
}

/* With the place of the animation at its right. Over more than one line while it leaves most of them to the steps. */
static void draw_title(struct pen *p)
{
	const char *title = p->m->card.title;
	struct pen part = *p;
	if (is_animated(p->m, p->s)) {
		char text[40];
		snprintf(text, sizeof(text), "step %d of %u", p->s->animation, model_card_moments(&p->m->card));
		part.r.width -= (int)strlen(text);
		pen_value(p, part.r.width, STYLE_SELECTED, "%s", text);
		part.r.width--;
	}
	if ((int)text_width(title) > part.r.width * (p->height / 4)) {
		pen_words(&part, 0, part.r.width, STYLE_TITLE, title);
		part.line++;
	} else {
		pen_paragraph(&part, 0, STYLE_TITLE, title);
	}
	if (p->m->running) {
		pen_words(&part, 0, part.r.width, STYLE_DIM, "before this run, which goes on");
		part.line++;
	}
	p->line = part.line;
}

/* Of all the steps, however few an animation shows yet: what is shown does not change its form meanwhile. */
static int lines_with(const struct pen *p, struct detail detail)
{
	struct view_state all = *p->s;
	struct pen dry = *p;
	all.animation = -1;
	dry.s = &all;
	dry.r.height = 0;
	draw_steps(&dry, detail);
	return dry.line;
}

/* All of it where there is room; else without steps of other modes, and without sections where these cost lines. */
static struct detail detail_for(const struct pen *p, int room)
{
	const struct detail all = { true, true }, done = { false, true }, plain = { false, false };
	const int lines = lines_with(p, done);
	if (lines_with(p, all) <= room)
		return all;
	return lines <= room || lines == lines_with(p, plain) ? done : plain;
}

/* The title is always the highest; the steps scroll below it: their texts are never cut. */
void pane_card(struct pen *p)
{
	static const char running[] = "running: where it stops, the last transition before is told";
	struct pen title = *p, list = *p;
	if (!p->m->card.title[0]) {
		pen_paragraph(p, 0, STYLE_DIM,
			      p->m->running ? running : "no change of ring yet; tring (F4) runs to the next one");
		return;
	}
	title.scroll = 0;
	draw_title(&title);
	if (list.r.height) {
		list.r.y += title.line;
		list.r.height -= title.line < list.r.height ? title.line : list.r.height;
	}
	draw_steps(&list, detail_for(&list, p->height - title.line));
	p->line = list.line + title.line;
	p->wanted = list.wanted < 0 ? -1 : list.wanted + title.line;
}
