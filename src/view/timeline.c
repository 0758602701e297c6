/* timeline.c - see timeline.h. Both lists are sorted by n; what is told again takes the place of what is there. */
#include "view/timeline.h"

#include <string.h>

/* ---- spans ---- */

static void drop_oldest(struct view_timeline *t)
{
	t->span_count -= VIEW_SPANS / 4;
	memmove(t->span, t->span + VIEW_SPANS / 4, t->span_count * sizeof(t->span[0]));
}

/* How many spans begin at n or before. */
static unsigned spans_until(const struct view_timeline *t, uint64_t n)
{
	unsigned low = 0, high = t->span_count;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (t->span[middle].from <= n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert_span(struct view_timeline *t, unsigned at, struct view_span span)
{
	memmove(&t->span[at + 1], &t->span[at], (t->span_count - at) * sizeof(t->span[0]));
	t->span[at] = span;
	t->span_count++;
}

/* Neighbours of one CPL that touch are one. */
static void merge_next(struct view_timeline *t, unsigned at)
{
	struct view_span *s = &t->span[at];
	if (at + 1 >= t->span_count || s->to != s[1].from || s->cpl != s[1].cpl)
		return;
	s->to = s[1].to;
	t->span_count--;
	memmove(s + 1, s + 2, (t->span_count - at - 1) * sizeof(*s));
}

/* [n, n + 1) has this CPL. */
void timeline_seen(struct view_timeline *t, uint64_t n, unsigned cpl)
{
	unsigned at = spans_until(t, n);
	if (at && t->span[at - 1].to > n && t->span[at - 1].cpl == cpl)
		return;
	if (at && at == t->span_count && t->span[at - 1].to == n && t->span[at - 1].cpl == cpl) {
		t->span[at - 1].to = n + 1;
		return;
	}
	if (t->span_count + 2 > VIEW_SPANS) {
		drop_oldest(t);
		at = spans_until(t, n);
	}
	if (at && t->span[at - 1].to > n) { /* of another CPL: it is cut */
		struct view_span rest = { n + 1, t->span[at - 1].to, t->span[at - 1].cpl };
		t->span[at - 1].to = n;
		if (rest.from < rest.to)
			insert_span(t, at, rest);
		if (t->span[at - 1].from == n) { /* nothing of it is left */
			t->span_count--;
			memmove(&t->span[at - 1], &t->span[at], (t->span_count - at + 1) * sizeof(t->span[0]));
			at--;
		}
	}
	insert_span(t, at, (struct view_span){ n, n + 1, (uint8_t)cpl });
	merge_next(t, at);
	if (at)
		merge_next(t, at - 1);
}

void timeline_start(struct view_timeline *t, uint64_t n, unsigned cpl)
{
	t->span_count = t->mark_count = 0;
	t->start = t->here = t->frontier = n;
	timeline_seen(t, n, cpl);
}

/* ---- marks ---- */

static bool mark_same(const struct view_mark *a, const struct view_mark *b)
{
	return a->n == b->n && a->what == b->what && a->vector == b->vector;
}

static void add_mark(struct view_timeline *t, struct view_mark mark)
{
	unsigned at = t->mark_count;
	while (at && t->mark[at - 1].n >= mark.n) {
		if (mark_same(&t->mark[at - 1], &mark))
			return;
		at--;
	}
	while (at < t->mark_count && t->mark[at].n == mark.n)
		at++;
	if (t->mark_count == VIEW_MARKS) {
		if (!at)
			return;
		t->mark_count--;
		at--;
		memmove(t->mark, t->mark + 1, t->mark_count * sizeof(t->mark[0]));
	}
	memmove(&t->mark[at + 1], &t->mark[at], (t->mark_count - at) * sizeof(t->mark[0]));
	t->mark[at] = mark;
	t->mark_count++;
}

/* By the bytes: an entry and its return may keep the CPL. */
static bool mark_of(const struct happening *h, struct view_mark *mark)
{
	*mark = (struct view_mark){ .n = h->n };
	if (h->kind == RS_RECORD_EVENT) {
		mark->vector = h->vector;
		mark->what = h->external ? VIEW_INTERRUPT : VIEW_EXCEPTION;
		return true;
	}
	if (!h->rule_count || !h->length)
		return false;
	const uint8_t *op = opcode_of(h);
	if (op + 3 == h->bytes + h->length && op[0] == 0x0f && op[1] == 0x01 && op[2] == 0xf8)
		mark->what = VIEW_SWAPGS;
	else if (opcode_vector(h) >= 0)
		*mark = (struct view_mark){ h->n, VIEW_EXCEPTION, (uint8_t)opcode_vector(h) };
	else if (h->cpl_after > h->cpl_before || opcode_goes_back(op))
		mark->what = VIEW_RETURN;
	else if ((op[0] == 0x0f && (op[1] == 0x05 || op[1] == 0x34)) || h->cpl_after < h->cpl_before)
		mark->what = VIEW_SYSCALL;
	else
		return false;
	return true;
}

void timeline_record(struct view_timeline *t, const struct prompt *p)
{
	const struct happening *h = &p->last;
	struct view_mark mark;
	timeline_seen(t, h->n, h->cpl_before);
	if (mark_of(h, &mark))
		add_mark(t, mark);
}

void timeline_stopped(struct view_timeline *t, uint64_t n)
{
	add_mark(t, (struct view_mark){ .n = n, .what = VIEW_BREAK });
}
