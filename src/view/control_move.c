/* control_move.c - see control_move.h. */
#include "view/control_move.h"

#include <limits.h>
#include <string.h>

enum { ROW_BYTES = 16 };

void move_follow(struct control *c)
{
	bool moved = !c->place.follow || c->place.code;
	c->state.selected = 0;
	c->state.scroll[PANE_CODE] = 0;
	c->place.code = 0;
	c->place.follow = true;
	if (moved)
		engine_view_look_at(c->engine, &c->place);
}

/* ---- the code pane ---- */

/* The row of the selected instruction, or of the current one; -1: none. */
static int selected_row(const struct control *c)
{
	const struct view_model *m = c->model;
	for (unsigned i = 0; m && i < m->code_count; i++)
		if (c->state.selected ? m->code[i].address == c->state.selected : m->code[i].current)
			return (int)i;
	return -1;
}

const struct view_code *move_selected(const struct control *c)
{
	int row = selected_row(c);
	return row < 0 ? NULL : &c->model->code[row];
}

static void look_at_code(struct control *c, uint64_t address)
{
	c->place.code = address;
	c->place.follow = false;
	engine_view_look_at(c->engine, &c->place);
}

/* Where the model's instructions end it is asked for those around the last of them. */
static void select_row(struct control *c, int row)
{
	const struct view_model *m = c->model;
	if (!m || !m->code_count)
		return;
	int last = (int)m->code_count - 1, shown = row < 0 ? 0 : row > last ? last : row;
	c->state.selected = m->code[shown].address;
	if (row <= 0 || row >= last)
		look_at_code(c, c->state.selected);
}

static void select_lines(struct control *c, int lines)
{
	int row = selected_row(c);
	select_row(c, row < 0 ? 0 : row + lines);
}

/* ---- the others ---- */

static bool counts_up(enum pane pane)
{
	return pane == PANE_CONSOLE || pane == PANE_PROMPT;
}

/* Lines that a pane may have. */
static unsigned lines_of(const struct control *c, enum pane pane)
{
	const struct view_model *m = c->model;
	if (!m)
		return 0;
	switch (pane) {
	case PANE_CONSOLE:
		return m->console.count;
	case PANE_PROMPT:
		return m->log.count;
	case PANE_STACK:
		return m->stack_count;
	case PANE_CARD:
		return m->card.step_count;
	case PANE_REGISTERS:
		return m->field_count;
	default:
		return 32;
	}
}

static void scroll_to(struct control *c, enum pane pane, long line)
{
	long most = (long)lines_of(c, pane) - 1;
	line = line > most ? most : line;
	c->state.scroll[pane] = (int)(line < 0 ? 0 : line);
}

static void scroll_lines(struct control *c, enum pane pane, int lines)
{
	scroll_to(c, pane, (long)c->state.scroll[pane] + (counts_up(pane) ? -lines : lines));
}

static void zoom_timeline(struct control *c, int lines)
{
	double *zoom = &c->state.timeline_zoom;
	*zoom = lines < 0 ? *zoom * 2 : *zoom / 2;
	*zoom = *zoom < 1 ? 1 : *zoom > 1048576 ? 1048576 : *zoom;
}

uint64_t move_address(const struct control *c)
{
	const struct view_model *m = c->model;
	if (m && c->state.focus == PANE_STACK && m->stack_count)
		return m->stack[0].address;
	return m && m->memory_count ? m->memory[0].address : c->place.memory;
}

/* From what is shown, which the model may have chosen. */
static void scroll_memory(struct control *c, int lines)
{
	const struct view_model *m = c->model;
	uint64_t from = m && m->memory_count ? m->memory[0].address : c->place.memory;
	c->place.memory = from + (uint64_t)(int64_t)lines * ROW_BYTES;
	engine_view_look_at(c->engine, &c->place);
}

void move_lines(struct control *c, enum pane pane, int lines)
{
	if (pane == PANE_CODE)
		select_lines(c, lines);
	else if (pane == PANE_MEMORY)
		scroll_memory(c, lines);
	else if (pane == PANE_TIMELINE)
		zoom_timeline(c, lines);
	else
		scroll_lines(c, pane, lines);
}

void move_help(struct control *c, int lines)
{
	int64_t most = c->canvas ? panes_help_most(c->canvas) : 0, to = (int64_t)c->state.help_scroll + lines;
	c->state.help_scroll = (int)(to < 0 ? 0 : to > most ? most : to);
}

int move_page(const struct control *c)
{
	if (c->state.help)
		return c->canvas && c->canvas->height > 6 ? c->canvas->height - 5 : 1;
	int rows = c->canvas ? c->canvas->area[c->state.focus].height - 2 : 0; /* its border, and one line that stays */
	return rows < 1 ? 1 : rows;
}

void move_to_start(struct control *c)
{
	enum pane pane = c->state.focus;
	if (pane == PANE_CODE) {
		move_follow(c);
	} else if (pane == PANE_MEMORY) {
		c->place.memory = 0;
		engine_view_look_at(c->engine, &c->place);
	} else {
		scroll_to(c, pane, counts_up(pane) ? INT_MAX : 0);
	}
}

void move_to_end(struct control *c)
{
	enum pane pane = c->state.focus;
	if (pane == PANE_CODE)
		select_row(c, INT_MAX);
	else if (pane != PANE_MEMORY)
		scroll_to(c, pane, counts_up(pane) ? 0 : INT_MAX);
}

/* ---- the timeline ---- */

bool move_ring_before(const struct control *c, uint64_t *n)
{
	const struct view_timeline *t = c->model ? &c->model->timeline : NULL;
	for (unsigned i = t ? t->span_count : 0; i-- > 1;)
		if (t->span[i].from < t->here) {
			*n = t->span[i].from;
			return true;
		}
	return false;
}

bool move_mark_before(const struct control *c, uint64_t *n)
{
	const struct view_timeline *t = c->model ? &c->model->timeline : NULL;
	for (unsigned i = t ? t->mark_count : 0; i-- > 0;)
		if (t->mark[i].n < t->here) {
			*n = t->mark[i].n;
			return true;
		}
	return false;
}

bool move_mark_behind(const struct control *c, uint64_t *n)
{
	const struct view_timeline *t = c->model ? &c->model->timeline : NULL;
	for (unsigned i = 0; t && i < t->mark_count; i++)
		if (t->mark[i].n > t->here) {
			*n = t->mark[i].n;
			return true;
		}
	return false;
}
