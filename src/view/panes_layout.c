/* panes_layout.c - where the panes lie. The canvas is a stack of bands, a band a row of columns, a column a stack of
 * panes; at each level space is shared by the same rule from what the panes need. */
#include <string.h>

#include "view/panes_parts.h"

/* Sizes without the border; below `min` it is left out. `good` comes before anybody has more than that, `want` before
 * the rest is shared by weight. Small priorities are served first and left out last. */
struct need {
	int min, good, want, weight, priority;
	bool out;
	int size;
};

enum { BANDS = 4, COLUMNS = 4, ESSENTIAL = 3 };
/* Lines of the bits where flags are not broken; from which height on there is room for all bits; lines of the card of
 * SYSCALL. */
enum { FLAT = 8, HIGH = 28, SYSCALL = 12 };

struct home {
	enum pane pane;
	const char *title;
	struct need across, down;
	int band;
	int column[COLUMNS]; /* when the first band has 1, 2, 3, 4 of them */
};

/* In the order in which they are stacked. Registers need 41 columns for "*rcx before -> after", all flags beside each
 * other 68. */
static const struct home homes[PANES] = {
	{ PANE_CODE, "CODE", { 36, 38, 62, 3, 1, 0, 0 }, { 4, 10, 24, 3, 1, 0, 0 }, 0, { 0, 0, 0, 0 } },
	{ PANE_REGISTERS, "REGISTERS", { 41, 41, 41, 1, 2, 0, 0 }, { 4, 21, 24, 1, 2, 0, 0 }, 0, { 0, 1, 1, 1 } },
	{ PANE_CARD, "TRANSITION", { 34, 68, 72, 2, 3, 0, 0 }, { 4, 7, 24, 2, 3, 0, 0 }, 0, { 0, 0, 2, 2 } },
	{ PANE_BITS, "BITS", { 40, 68, 72, 1, 5, 0, 0 }, { 9, 9, 11, 1, 5, 0, 0 }, 0, { 0, 1, 2, 2 } },
	{ PANE_STACK, "STACK", { 34, 34, 58, 1, 7, 0, 0 }, { 4, 6, 12, 1, 7, 0, 0 }, 0, { 0, 0, 0, 3 } },
	{ PANE_SELECTORS, "SELECTORS", { 74, 80, 156, 1, 4, 0, 0 }, { 10, 12, 12, 0, 4, 0, 0 }, 1, { 0, 0, 0, 0 } },
	{ PANE_SYSCALLS, "MSRS", { 44, 46, 70, 1, 6, 0, 0 }, { 5, 9, 10, 0, 6, 0, 0 }, 1, { 1, 1, 1, 1 } },
	{ PANE_TIMELINE, "RINGS", { 40, 40, 80, 1, 3, 0, 0 }, { 3, 5, 5, 0, 3, 0, 0 }, 2, { 0, 0, 0, 0 } },
	{ PANE_PROMPT, "PROMPT", { 36, 42, 90, 2, 2, 0, 0 }, { 3, 6, 14, 1, 2, 0, 0 }, 3, { 0, 0, 0, 0 } },
	{ PANE_CONSOLE, "CONSOLE", { 30, 36, 82, 1, 8, 0, 0 }, { 2, 6, 14, 1, 8, 0, 0 }, 3, { 1, 1, 1, 1 } },
	{ PANE_MEMORY, "MEMORY", { 38, 38, 84, 1, 9, 0, 0 }, { 2, 6, 14, 1, 9, 0, 0 }, 3, { 2, 2, 2, 3 } },
};

/* Which columns each band has, and the panes in them. */
struct plan {
	int columns;    /* of the first band */
	enum pane keep; /* which is not to be left out; PANES: none */
};

static int home_band(const struct plan *plan, const struct home *h)
{
	return h->pane == PANE_MEMORY && plan->columns == COLUMNS ? 0 : h->band;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static void leave_out_one(struct need *n, int count)
{
	struct need *last = NULL;
	for (int i = 0; i < count; i++)
		if (!n[i].out && (!last || n[i].priority > last->priority))
			last = &n[i];
	last->out = true;
}

static int sum_of_least(const struct need *n, int count, int *shown)
{
	int sum = *shown = 0;
	for (int i = 0; i < count; i++)
		if (!n[i].out) {
			sum += n[i].min + 1;
			++*shown;
		}
	return sum;
}

/* Raises sizes up to a limit, one cell each in turn. */
static int raise_to_want(struct need *n, int count, int rest)
{
	for (bool more = true; more && rest;) {
		more = false;
		for (int i = 0; i < count && rest; i++)
			if (!n[i].out && n[i].size < n[i].want) {
				n[i].size++;
				rest--;
				more = true;
			}
	}
	return rest;
}

static int raise_to_good(struct need *n, int count, int rest)
{
	for (int priority = 0; priority <= PANES; priority++)
		for (int i = 0; i < count; i++)
			while (!n[i].out && n[i].priority == priority && n[i].size < n[i].good && rest) {
				n[i].size++;
				rest--;
			}
	return rest;
}

static void raise_by_weight(struct need *n, int count, int rest)
{
	bool any = false;
	for (int i = 0; i < count; i++)
		any |= !n[i].out && n[i].weight;
	while (rest)
		for (int i = 0; i < count && rest; i++)
			for (int k = n[i].out ? 0 : any ? n[i].weight : 1; k && rest; k--) {
				n[i].size++;
				rest--;
			}
}

/* Shares `total` cells, of which each takes one more for its border. */
static void share(struct need *n, int count, int total)
{
	int shown, sum = sum_of_least(n, count, &shown);
	for (; sum > total && shown > 1; sum = sum_of_least(n, count, &shown))
		leave_out_one(n, count);
	for (int i = 0; i < count; i++)
		n[i].size = n[i].out ? 0 : n[i].min;
	if (!shown)
		return;
	if (sum > total) {
		for (int i = 0; i < count; i++)
			n[i].size = n[i].out ? 0 : larger(total - 1, 0);
		return;
	}
	int rest = raise_to_good(n, count, total - sum);
	raise_by_weight(n, count, raise_to_want(n, count, rest));
}

static int priority_of(const struct plan *plan, const struct home *h)
{
	return h->pane == plan->keep ? 0 : h->down.priority;
}

/* What a column needs across: the most of its panes. */
static struct need column_need(const struct plan *plan, int band, int column)
{
	struct need n = { .priority = PANES, .out = true };
	for (int i = 0; i < PANES; i++) {
		const struct home *h = &homes[i];
		if (home_band(plan, h) != band || h->column[plan->columns - 1] != column)
			continue;
		n.out = false;
		n.min = larger(n.min, h->across.min);
		n.good = larger(n.good, h->across.good);
		n.want = larger(n.want, h->across.want);
		n.weight = larger(n.weight, h->across.weight);
		if (priority_of(plan, h) < n.priority)
			n.priority = priority_of(plan, h);
	}
	return n;
}

/* How many columns the first band can have: all of them only where none has to shrink. */
static int columns_for(int width)
{
	for (int columns = COLUMNS; columns > 1; columns--) {
		struct plan plan = { .columns = columns, .keep = PANES };
		int sum = 1;
		for (int i = 0; i < columns; i++) {
			struct need n = column_need(&plan, 0, i);
			sum += 1 + (columns == COLUMNS ? n.want : n.min);
		}
		if (sum <= width)
			return columns;
	}
	return 1;
}

/* What a band needs down: its highest column; the panes that are not essential may be missing. */
static struct need band_need(const struct plan *plan, int band, const struct need *column)
{
	struct need n = { .priority = PANES, .out = true };
	int essential = plan->keep == PANES ? ESSENTIAL : 0;
	for (int k = 0; k < COLUMNS; k++) {
		int least = -1, want = -1;
		for (int i = 0; i < PANES && !column[k].out; i++) {
			const struct home *h = &homes[i];
			if (home_band(plan, h) != band || h->column[plan->columns - 1] != k)
				continue;
			int priority = priority_of(plan, h);
			if (priority <= essential || least < 0)
				least += h->down.min + 1;
			want += h->down.want + 1;
			n.out = false;
			n.good = larger(n.good, h->down.good);
			n.weight = larger(n.weight, h->down.weight);
			n.priority = priority < n.priority ? priority : n.priority;
		}
		n.min = larger(n.min, least);
		n.want = larger(n.want, want);
	}
	return n;
}

/* Within a column the others are left out while an essential pane would have less than its good size. */
static void spare_essential(struct need n[PANES], int height)
{
	for (;;) {
		int sum = 0;
		struct need *last = NULL;
		for (int i = 0; i < PANES; i++) {
			if (n[i].out)
				continue;
			sum += 1 + (n[i].priority <= ESSENTIAL ? n[i].good : n[i].min);
			if (n[i].priority > ESSENTIAL && (!last || n[i].priority > last->priority))
				last = &n[i];
		}
		if (sum <= height || !last)
			return;
		last->out = true;
	}
}

/* All flags beside each other spare a line; on a low canvas the card has what that leaves, for all steps of SYSCALL. */
static struct need need_down(const struct home *h, int width, int height)
{
	struct need n = h->down;
	if (h->pane == PANE_BITS && width >= h->across.good) {
		n.min = n.good = FLAT;
		n.want = height < HIGH ? FLAT : n.want;
	} else if (h->pane == PANE_CARD && height >= SYSCALL + FLAT + 2) {
		n.good = SYSCALL;
	}
	return n;
}

static void place_column(struct rect area[PANES], const struct plan *plan, int band, int column, struct rect r)
{
	struct need n[PANES];
	for (int i = 0; i < PANES; i++) {
		n[i] = need_down(&homes[i], r.width - 2, r.height);
		n[i].priority = priority_of(plan, &homes[i]);
		n[i].out = home_band(plan, &homes[i]) != band || homes[i].column[plan->columns - 1] != column;
	}
	spare_essential(n, r.height);
	share(n, PANES, r.height);
	for (int i = 0; i < PANES; i++) {
		if (n[i].out || !n[i].size)
			continue;
		area[homes[i].pane] = (struct rect){ r.x, r.y, r.width, n[i].size + 1 };
		r.y += n[i].size + 1;
	}
}

static void place(struct rect area[PANES], struct plan *plan, int width, int height)
{
	struct need column[BANDS][COLUMNS], band[BANDS];
	for (int b = 0; b < BANDS; b++) {
		for (int k = 0; k < COLUMNS; k++)
			column[b][k] = column_need(plan, b, k);
		share(column[b], COLUMNS, width - 1);
		band[b] = band_need(plan, b, column[b]);
	}
	share(band, BANDS, height);
	struct rect r = { 0, 1, 0, 0 };
	for (int b = 0; b < BANDS; b++) {
		if (band[b].out)
			continue;
		r.x = 0;
		r.height = band[b].size + 1;
		for (int k = 0; k < COLUMNS; k++) {
			r.width = column[b][k].size + 2;
			if (!column[b][k].out) {
				place_column(area, plan, b, k, r);
				r.x += r.width - 1;
			}
		}
		r.y += r.height;
	}
}

void layout_make(struct rect area[PANES], int width, int height, enum pane focus)
{
	struct plan plan = { .columns = columns_for(width), .keep = PANES };
	memset(area, 0, PANES * sizeof(area[0]));
	if (width < 8 || height < 4)
		return;
	/* Above and below are the title bar and the key line. */
	place(area, &plan, width, height - 2);
	if (focus < PANES && !area[focus].width) {
		memset(area, 0, PANES * sizeof(area[0]));
		plan.keep = focus;
		place(area, &plan, width, height - 2);
	}
}

const char *pane_title(enum pane pane)
{
	for (int i = 0; i < PANES; i++)
		if (homes[i].pane == pane)
			return homes[i].title;
	return "";
}
