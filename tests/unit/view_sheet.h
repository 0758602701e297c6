/* view_sheet.h - a canvas of any size for tests, with guards around its cells, and what is written on it as text.
 * To be included behind cmocka.h. */
#ifndef VIEW_SHEET_H
#define VIEW_SHEET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/panes_parts.h"
#include "view_models.h"

enum { GUARD = 700, MOST = CANVAS_WIDEST * CANVAS_HIGHEST };

struct sheet {
	struct canvas canvas;
	struct cell *all; /* with guards before and behind */
	char *text;       /* of the canvas, UTF-8, a line a row */
};

static const struct cell guard = { 0xdeadbeef, 0xa5 };

static inline void sheet_open(struct sheet *s)
{
	memset(s, 0, sizeof(*s));
	s->all = malloc((MOST + 2 * GUARD) * sizeof(*s->all));
	s->text = malloc(MOST * 3 + CANVAS_HIGHEST + 1);
	assert_non_null(s->all);
	assert_non_null(s->text);
}

static inline void sheet_close(struct sheet *s)
{
	free(s->all);
	free(s->text);
}

static inline size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* The cells of a part of the canvas as lines, without blanks at their ends. */
static inline const char *sheet_text(struct sheet *s, struct rect r)
{
	char *to = s->text;
	for (int y = r.y; y < r.y + r.height; y++) {
		char *end = to;
		for (int x = r.x; x < r.x + r.width; x++) {
			uint32_t c = s->canvas.cell[y * s->canvas.width + x].character;
			to += put_utf8(to, c);
			if (c != ' ')
				end = to;
		}
		to = end;
		*to++ = '\n';
	}
	*to = 0;
	return s->text;
}

static inline const char *sheet_all(struct sheet *s)
{
	return sheet_text(s, (struct rect){ 0, 0, s->canvas.width, s->canvas.height });
}

static inline const char *pane_text(struct sheet *s, enum pane pane)
{
	return sheet_text(s, s->canvas.area[pane]);
}

static inline void draw(struct sheet *s, const struct view_model *m, const struct view_state *state, int width,
			int height)
{
	size_t cells = (size_t)width * (size_t)height;
	s->canvas.width = width;
	s->canvas.height = height;
	s->canvas.cell = s->all + GUARD;
	for (size_t i = 0; i < cells + 2 * GUARD; i++)
		s->all[i] = guard;
	panes_draw(&s->canvas, m, state);
}

static inline void expect_in(struct sheet *s, enum pane pane, const char *text)
{
	if (!strstr(pane_text(s, pane), text)) {
		print_error("%dx%d: %s has no '%s':\n%s", s->canvas.width, s->canvas.height, pane_title(pane), text,
			    pane_text(s, pane));
		fail();
	}
}

/* Scrolls through a pane; true when the text is somewhere in it. */
static inline bool found_scrolling(struct sheet *s, const struct view_model *m, struct view_state state, enum pane pane,
				   int width, int height, const char *text)
{
	for (int by = 0; by < 400; by += s->canvas.area[pane].height - 1) {
		state.scroll[pane] = by;
		draw(s, m, &state, width, height);
		assert_true(s->canvas.area[pane].height > 1);
		if (!s->canvas.area[pane].width || strstr(pane_text(s, pane), text))
			return true;
	}
	return false;
}

#endif
