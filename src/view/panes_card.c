/* panes_card.c - the last transition, micro-step by micro-step; while it is animated, values on their way. */
#include <ctype.h>
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

bool card_is_pending(const struct view_model *m, const struct view_state *s, const struct view_field *f)
{
	const unsigned shown = steps_shown(m, s);
	if (!is_animated(m, s) || s->animation == (int)model_card_moments(&m->card))
		return false;
	for (unsigned i = 0; i < shown; i++)
		if (m->card.step[i].state == VIEW_DONE && model_step_writes(&m->card.step[i], f->info))
			return false;
	for (unsigned i = 0; i < m->card.moved_count; i++)
		if (m->card.moved[i].info == f->info)
			return true;
	return false;
}

bool card_is_pending_name(const struct view_model *m, const struct view_state *s, const char *name)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (!strcasecmp(m->field[i].info->name, name))
			return card_is_pending(m, s, &m->field[i]);
	return false;
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
	bool skipped; /* also steps for other modes */
	bool whole;   /* texts over as many lines as they need */
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

static void draw_step(struct pen *p, const struct view_step *step, bool whole)
{
	enum style style = step->state == VIEW_DONE ? STYLE_TEXT : step->state == VIEW_FAILED ? STYLE_BAD : STYLE_DIM;
	char text[400];
	int end = p->r.width;
	draw_mark(p, step);
	if (step->section && *step->section && p->r.width >= WIDE) {
		end = p->r.width - (int)text_width(step->section) - 3;
		pen_value(p, end + 1, STYLE_DIM, "[%s]", step->section);
	}
	step_text(step, text, sizeof(text));
	/* The fault is always told in full. */
	if (step->state == VIEW_FAILED || whole) {
		struct pen part = *p;
		part.r.width = end;
		pen_paragraph(&part, TEXT, style, text);
		p->line = part.line;
	} else {
		pen_words(p, TEXT, end, style, text);
		p->line++;
	}
}

/* "RIP 0000000000401014 ==> ffff800000001000": what the step has just moved. */
static void draw_moving(struct pen *p, const struct view_step *step)
{
	for (unsigned i = 0; i < p->m->card.moved_count; i++) {
		const struct view_field *f = &p->m->card.moved[i];
		if (!model_step_writes(step, f->info))
			continue;
		const char *source = strstr(step->text, "<-") + 2;
		char name[24];
		size_t k = 0;
		for (; f->info->name[k] && k < sizeof(name) - 1; k++)
			name[k] = (char)toupper((unsigned char)f->info->name[k]);
		name[k] = 0;
		pen_words(p, 3, p->r.width - 25, STYLE_LABEL, source + (*source == ' '));
		pen_value(p, p->r.width - 25, STYLE_CHANGED, " ==> %s", name);
		p->line++;
		pen_value(p, 3, STYLE_BEFORE, "%016" PRIx64, f->before[0]);
		pen_value(p, p->r.width - 25, STYLE_CHANGED, " ==> %016" PRIx64, f->now[0]);
		p->line++;
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
				pen_value(p, 0, STYLE_TITLE, "then %s", step->transition);
				p->line++;
			}
			transition = step->transition;
		}
		if (step->state == VIEW_SKIPPED && !detail.skipped) {
			left_out++;
			continue;
		}
		draw_step(p, step, detail.whole);
		const bool here = animated && i + 1 == shown;
		if (here)
			draw_moving(p, step);
		if (here || step->state == VIEW_FAILED)
			p->wanted = p->line - 1;
	}
	if (left_out) {
		pen_words(p, 0, p->r.width, STYLE_DIM,
			  left_out == 1 ? "1 step of other modes" : "steps of other modes left out");
		p->line++;
	}
}

static int lines_with(const struct pen *p, struct detail detail)
{
	struct pen dry = *p;
	dry.r.height = 0;
	draw_steps(&dry, detail);
	return dry.line;
}

/* With the place of the animation at its right. */
static void draw_title(struct pen *p)
{
	int end = p->r.width;
	if (is_animated(p->m, p->s)) {
		char text[40];
		snprintf(text, sizeof(text), "step %d of %u", p->s->animation, model_card_moments(&p->m->card));
		end -= (int)strlen(text);
		pen_value(p, end, STYLE_SELECTED, "%s", text);
		end--;
	}
	pen_words(p, 0, end, STYLE_TITLE, p->m->card.title);
}

/* The title is always the highest line; the steps scroll below it. All of it where there is room; else without steps of
 * other modes, and then with texts that are cut, but not while the pane has the keyboard, with which it can be
 * scrolled. */
void pane_card(struct pen *p)
{
	static const struct detail details[] = { { true, true }, { false, true }, { false, false } };
	size_t i = 0, least = p->s->focus == PANE_CARD ? 1 : 2;
	struct pen title = *p, list = *p;
	if (!p->m->card.title[0]) {
		pen_paragraph(p, 0, STYLE_DIM, "no change of ring yet; tring (F4) runs to the next one");
		return;
	}
	title.scroll = 0;
	draw_title(&title);
	if (list.r.height) {
		list.r.y++;
		list.r.height--;
	}
	while (i < least && 1 + lines_with(&list, details[i]) > p->height)
		i++;
	draw_steps(&list, details[i]);
	p->line = list.line + 1;
	p->wanted = list.wanted < 0 ? -1 : list.wanted + 1;
}
