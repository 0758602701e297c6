/* view_noted.h - an engine that only notes what it is told, a model and a canvas made by hand: for tests of keys,
 * typing and clicks. */
#ifndef RS_TESTS_VIEW_NOTED_H
#define RS_TESTS_VIEW_NOTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "view/control.h"
#include "view/theme.h"

/* ---- an engine that notes ---- */

struct view_engine {
	struct view_model model;
	bool fresh;
	char said[4096]; /* each line with '|' behind it; typed: "<bytes>", interrupt "!" */
	struct view_place place;
	unsigned looks, draws;
	const char *words[80];
};

static inline void say(struct view_engine *e, const char *before, const char *text, const char *behind)
{
	size_t used = strlen(e->said);
	snprintf(e->said + used, sizeof(e->said) - used, "%s%s%s", before, text, behind);
}

void engine_view_command(struct view_engine *e, const char *line)
{
	say(e, "", line, "|");
}

void engine_view_interrupt(struct view_engine *e)
{
	say(e, "!", "", "");
}

void engine_view_type(struct view_engine *e, const char *bytes, size_t size)
{
	char text[32];
	snprintf(text, sizeof(text), "%.*s", (int)size, bytes);
	say(e, "<", text, ">");
}

void engine_view_look_at(struct view_engine *e, const struct view_place *place)
{
	e->place = *place;
	e->looks++;
}

const struct view_model *engine_view_model(struct view_engine *e, bool *fresh)
{
	*fresh = e->fresh;
	e->fresh = false;
	return &e->model;
}

size_t engine_view_complete(struct view_engine *e, const char *line, char words[][64], size_t room)
{
	const char *blank = strrchr(line, ' '), *word = blank ? blank + 1 : line;
	size_t count = 0;
	for (size_t i = 0; i < 80 && e->words[i]; i++)
		if (!strncmp(e->words[i], word, strlen(word)) && count < room)
			snprintf(words[count++], 64, "%s", e->words[i]);
	return count;
}

/* ---- panes made by hand: pane p has the rows 4p to 4p+3 ---- */

void panes_draw(struct canvas *c, const struct view_model *m, const struct view_state *s)
{
	(void)m, (void)s;
	for (int p = 0; p < PANES; p++)
		c->area[p] = (struct rect){ 0, 4 * p, c->width, 4 };
}

/* Of the keys five lines are not shown at first. */
int panes_help_most(const struct canvas *c)
{
	(void)c;
	return 5;
}

int panes_at(const struct canvas *c, int x, int y)
{
	return x < 0 || y < 0 || x >= c->width || y >= 4 * PANES ? -1 : y / 4;
}

/* All of a pane, whatever the frame. */
bool panes_is_marked(const struct canvas *c, const struct marked *m, int x, int y)
{
	return m->is_any && panes_at(c, x, y) == (int)m->pane && y == m->y && x >= m->x && x <= m->to_x;
}

bool panes_timeline_n(const struct canvas *c, const struct view_model *m, const struct view_state *s, int x, int y,
		      uint64_t *n)
{
	(void)c, (void)m, (void)s, (void)y;
	*n = (uint64_t)x * 10;
	return true;
}

const char *canvas_command_at(const struct canvas *c, int x, int y)
{
	const char *command = NULL;
	for (int i = 0; i < c->hit_count; i++) {
		const struct hit *h = &c->hit[i];
		if (x >= h->x && x < h->x + h->width && y >= h->y && y < h->y + h->height)
			command = h->command;
	}
	return command;
}

const struct theme *theme_info(unsigned index)
{
	static const struct theme theme = { .name = "" };
	return index < 3 ? &theme : NULL;
}

/* ---- the world of a test ---- */

enum { WIDTH = 40, HEIGHT = 4 * PANES };

struct world {
	struct view_engine engine;
	struct control control;
	struct canvas canvas;
	struct cell cell[WIDTH * HEIGHT];
};

static inline void make_code(struct view_model *m)
{
	m->code_count = 5;
	for (unsigned i = 0; i < m->code_count; i++)
		m->code[i] = (struct view_code){ .address = 0x1000 + i * 4, .event = -1 };
	m->code[2].current = true;
}

static inline void make_timeline(struct view_model *m)
{
	struct view_timeline *t = &m->timeline;
	t->span[0] = (struct view_span){ 0, 100, 0 };
	t->span[1] = (struct view_span){ 100, 150, 3 };
	t->span[2] = (struct view_span){ 150, 200, 0 };
	t->span_count = 3;
	t->mark[0] = (struct view_mark){ .n = 99 };
	t->mark[1] = (struct view_mark){ .n = 149 };
	t->mark[2] = (struct view_mark){ .n = 180 };
	t->mark_count = 3;
	t->here = 160;
	t->frontier = 200;
}

static struct world world;

static inline struct control *begin(void)
{
	struct world *w = &world;
	memset(w, 0, sizeof(*w));
	make_code(&w->engine.model);
	make_timeline(&w->engine.model);
	w->engine.model.n = 160;
	w->engine.model.log.count = 50;
	w->engine.model.console.count = 20;
	w->engine.model.stack_count = 10;
	w->engine.model.card.step_count = 3;
	w->engine.model.memory_count = 1;
	w->engine.model.memory[0].address = 0x8000;
	w->engine.fresh = true;
	w->canvas = (struct canvas){ .width = WIDTH, .height = HEIGHT, .cell = w->cell };
	control_init(&w->control, &w->engine);
	assert_true(control_draw(&w->control, &w->canvas, false));
	return &w->control;
}

/* What the engine has been told since it was asked last. */
static inline void assert_said(const char *text)
{
	assert_string_equal(world.engine.said, text);
	world.engine.said[0] = 0;
}

static inline void key(const char *name)
{
	assert_true(control_key(&world.control, name));
}

static inline void to_prompt(const char *text)
{
	world.control.state.focus = PANE_PROMPT;
	control_text(&world.control, text);
}

static inline void enter(const char *line)
{
	to_prompt(line);
	key("Enter");
}

#endif
