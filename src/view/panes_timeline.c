/* panes_timeline.c - lanes of the privilege levels over instructions, what happened when, and where the machine is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/panes_parts.h"

enum { LABEL = 6, LEVELS = 4 }; /* columns of "CPL 3 " */

/* Columns of the canvas and what they stand for: column i for n from axis_n(i) up to, without it, axis_n(i + 1). */
struct axis {
	int x, width;
	uint64_t from, range;
};

static uint64_t axis_n(const struct axis *a, int column)
{
	uint64_t w = (uint64_t)a->width, i = (uint64_t)column;
	return a->from + a->range / w * i + a->range % w * i / w;
}

/* The last column that begins at or before n. */
static int axis_column(const struct axis *a, uint64_t n)
{
	int low = 0, high = a->width - 1;
	while (low < high) {
		int middle = (low + high + 1) / 2;
		if (axis_n(a, middle) <= n)
			low = middle;
		else
			high = middle - 1;
	}
	/* With more columns than instructions several begin at the same n: the first of them. */
	while (low > 0 && axis_n(a, low - 1) == axis_n(a, low))
		low--;
	return low;
}

/* All of time, or the part around here that the zoom leaves. */
static struct axis make_axis(const struct rect *inside, const struct view_timeline *t, double zoom)
{
	uint64_t end = t->frontier > t->here ? t->frontier : t->here;
	uint64_t range = end > t->start ? end - t->start : 0;
	struct axis a = { inside->x + LABEL, inside->width - LABEL, t->start, range < UINT64_MAX ? range + 1 : range };
	if (a.width < 1)
		a.width = 1;
	if (!(zoom > 1))
		return a;
	double part = (double)a.range / zoom;
	uint64_t shown = part < 8 ? 8 : (uint64_t)part, before = shown / 2;
	if (shown >= a.range)
		return a;
	uint64_t here = t->here > t->start ? t->here - t->start : 0;
	uint64_t first = here > before ? here - before : 0;
	if (first > a.range - shown)
		first = a.range - shown;
	a.from += first;
	a.range = shown;
	return a;
}

/* Levels 3 and 0 always have a lane, the others when they are used. */
static int lanes_of(const struct view_timeline *t, int lane[LEVELS])
{
	bool used[LEVELS] = { true, false, false, true };
	int count = 0;
	for (unsigned i = 0; i < t->span_count; i++)
		used[t->span[i].cpl & 3] = true;
	for (int level = LEVELS; level-- > 0;)
		lane[level] = used[level] ? count++ : -1;
	return count;
}

/* What of a column's time a span takes: nothing, a part, all. */
enum { NONE, PART, ALL };

struct cover {
	uint8_t of[LEVELS][CANVAS_WIDEST];
};

static void cover_span(struct cover *cover, const struct axis *a, const struct view_span *s)
{
	if (s->to <= s->from || s->to <= a->from || (s->from > a->from && s->from - a->from >= a->range))
		return;
	for (int i = s->from <= a->from ? 0 : axis_column(a, s->from); i < a->width && i < CANVAS_WIDEST; i++) {
		uint64_t low = axis_n(a, i), high = axis_n(a, i + 1);
		high = high > low ? high : low + 1;
		if (low >= s->to)
			break;
		uint8_t *c = &cover->of[s->cpl & 3][i];
		*c = s->from <= low && high <= s->to ? ALL : *c > PART ? *c : PART;
	}
}

static void draw_bar(struct pen *p, const struct axis *a, const struct cover *cover, int level, int y)
{
	for (int i = 0; i < a->width && i < CANVAS_WIDEST; i++) {
		struct rect cell = { a->x + i, y, 1, 1 };
		if (cover->of[level][i])
			canvas_fill(p->c, &cell, cover->of[level][i] == ALL ? 0x2588 : 0x2592,
				    (enum style)(STYLE_RING0 + level));
	}
}

/* Where several fall into one column, the weightiest is drawn. */
static const struct {
	const char *glyph, *about;
	unsigned weight;
} signs[VIEW_MARK_KINDS] = {
	[VIEW_SYSCALL] = { "v", "SYSCALL", 4 },     [VIEW_RETURN] = { "^", "return", 3 },
	[VIEW_SOFTWARE] = { "n", "INT n", 5 },      [VIEW_EXCEPTION] = { "!", "exception", 8 },
	[VIEW_INTERRUPT] = { "i", "interrupt", 6 }, [VIEW_TASK] = { "t", "task switch", 7 },
	[VIEW_SHUTDOWN] = { "X", "shutdown", 9 },   [VIEW_SWAPGS] = { "x", "SWAPGS", 1 },
	[VIEW_BREAK] = { SIGN_BREAK, "stop", 2 },
};

void timeline_signs(const struct view_timeline *t, int room, char *text, size_t size)
{
	bool used[VIEW_MARK_KINDS] = { false };
	char one[40];
	text[0] = 0;
	for (unsigned i = 0; i < t->mark_count; i++)
		used[t->mark[i].what] = true;
	for (unsigned kind = 0; kind < VIEW_MARK_KINDS; kind++) {
		snprintf(one, sizeof(one), " %s %s ", signs[kind].glyph, signs[kind].about);
		const size_t length = strlen(text);
		if (used[kind] && (int)(text_width(text) + text_width(one)) <= room && length + strlen(one) < size)
			strcpy(text + length, one);
	}
}

static enum style style_of(const struct view_mark *m)
{
	return m->what == VIEW_EXCEPTION || m->what == VIEW_SHUTDOWN ? STYLE_BAD : STYLE_TITLE;
}

static int level_at(const struct view_timeline *t, uint64_t n)
{
	for (unsigned i = 0; i < t->span_count; i++)
		if (n >= t->span[i].from && n < t->span[i].to)
			return t->span[i].cpl & 3;
	return t->span_count ? t->span[t->span_count - 1].cpl & 3 : 0;
}

/* The weightiest mark of each column, in the lane in which it happened. */
static void draw_marks(struct pen *p, const struct axis *a, const int lane[LEVELS], int high)
{
	const struct view_timeline *t = &p->m->timeline;
	const struct view_mark *best[CANVAS_WIDEST] = { NULL };
	for (unsigned i = 0; i < t->mark_count; i++) {
		const struct view_mark *m = &t->mark[i];
		if (m->n < a->from || m->n - a->from >= a->range)
			continue;
		int column = axis_column(a, m->n);
		if (column < CANVAS_WIDEST &&
		    (!best[column] || signs[m->what].weight > signs[best[column]->what].weight))
			best[column] = m;
	}
	for (int i = 0; i < a->width && i < CANVAS_WIDEST; i++) {
		if (!best[i])
			continue;
		int y = p->r.y + lane[level_at(t, best[i]->n)] * high;
		struct rect room = { a->x + i, y, 1, 1 };
		if (y < p->r.y + p->r.height)
			canvas_text(p->c, &room, room.x, y, style_of(best[i]), signs[best[i]->what].glyph);
	}
}

/* "0   ^ here 1204   frontier 5000", "0, samples before 900": numbers that would run into each other are left out. */
static void draw_axis(struct pen *p, const struct axis *a)
{
	const struct view_timeline *t = &p->m->timeline;
	char left[80], right[64], here[64];
	uint64_t last = a->from + (a->range - 1);
	uint64_t end = t->frontier > t->here ? t->frontier : t->here;
	int y = pen_y(p), at = axis_column(a, t->here), edge = p->r.x + p->r.width;
	snprintf(left, sizeof(left), t->known > a->from ? "%" PRIu64 ", samples before %" PRIu64 : "%" PRIu64, a->from,
		 t->known < last ? t->known : last);
	snprintf(right, sizeof(right), last == end ? "frontier %" PRIu64 : "%" PRIu64, last);
	snprintf(here, sizeof(here), SIGN_HERE " here %" PRIu64, t->here);
	int width = (int)text_width(here), x = a->x + at;
	if (t->here >= a->from && t->here <= last) {
		if (x + width > edge) {
			snprintf(here, sizeof(here), "here %" PRIu64 " " SIGN_HERE, t->here);
			x = x + 1 - width;
		}
		if (x < p->r.x) {
			snprintf(here, sizeof(here), SIGN_HERE);
			width = 1;
			x = a->x + at;
		}
		canvas_text(p->c, &p->r, x, y, STYLE_SELECTED, here);
	} else {
		x = edge;
		width = 0;
	}
	if (a->x + (int)strlen(left) < x)
		canvas_text(p->c, &p->r, a->x, y, STYLE_DIM, left);
	int from = edge - (int)strlen(right);
	if ((from > x + width || x >= edge) && from > a->x + (int)strlen(left))
		canvas_text(p->c, &p->r, from, y, STYLE_DIM, right);
}

/* The column of here through all lanes, where no mark stands. */
static void draw_here(struct pen *p, const struct axis *a, int rows)
{
	const struct view_timeline *t = &p->m->timeline;
	if (t->here < a->from || t->here - a->from >= a->range)
		return;
	int x = a->x + axis_column(a, t->here);
	for (int y = p->r.y; y < p->r.y + rows && y < p->r.y + p->r.height; y++) {
		struct cell *cell = x < p->c->width ? &p->c->cell[y * p->c->width + x] : NULL;
		if (cell && (cell->character == ' ' || cell->character == 0x2588 || cell->character == 0x2592))
			*cell = (struct cell){ 0x2502, STYLE_SELECTED };
	}
}

static void make_hits(struct pen *p, const struct axis *a)
{
	for (int i = 0, next; i < a->width; i = next) {
		uint64_t n = axis_n(a, i);
		for (next = i + 1; next < a->width && axis_n(a, next) == n; next++)
			;
		struct rect r = { a->x + i, p->r.y, next - i, p->r.height };
		canvas_hit(p->c, &r, "!tt %" PRIu64, n);
	}
}

void pane_timeline(struct pen *p)
{
	const struct view_timeline *t = &p->m->timeline;
	int lane[LEVELS], count = lanes_of(t, lane), top = p->line;
	int high = p->height > count + 1 ? (p->height - 1) / count : 1;
	high = high > 2 ? 2 : high;
	p->line = top + count * high + 1;
	if (!p->r.height || p->r.width <= LABEL)
		return;
	struct axis a = make_axis(&p->r, t, p->s->timeline_zoom);
	struct cover cover;
	memset(&cover, 0, sizeof(cover));
	for (unsigned i = 0; i < t->span_count; i++)
		cover_span(&cover, &a, &t->span[i]);
	for (int level = 0; level < LEVELS; level++)
		for (int k = 0; lane[level] >= 0 && k < high; k++) {
			p->line = lane[level] * high + k;
			if (p->line >= p->height - 1)
				continue;
			if (!k)
				pen_value(p, 0, (enum style)(STYLE_RING0 + level), "CPL %d", level);
			draw_bar(p, &a, &cover, level, pen_y(p));
		}
	draw_marks(p, &a, lane, high);
	draw_here(p, &a, count * high);
	p->line = count * high < p->height ? count * high : p->height - 1;
	draw_axis(p, &a);
	make_hits(p, &a);
	p->line = top + count * high + 1;
}

bool panes_timeline_n(const struct canvas *c, const struct view_model *m, const struct view_state *s, int x, int y,
		      uint64_t *n)
{
	const struct rect *area = &c->area[PANE_TIMELINE];
	struct rect inside = { area->x + 1, area->y + 1, area->width - 2, area->height - 1 };
	if (area->width <= LABEL + 2 || y < inside.y || y >= inside.y + inside.height)
		return false;
	struct axis a = make_axis(&inside, &m->timeline, s->timeline_zoom);
	if (x < a.x || x >= a.x + a.width)
		return false;
	*n = axis_n(&a, x - a.x);
	return true;
}
