/* timeline.c - see timeline.h. Lists are sorted by n; what is told again takes the place of what is there. */
#include "view/timeline.h"

#include <string.h>

/* ---- spans ---- */

/* How many spans end at n or before. */
static unsigned spans_before(const struct timeline *t, uint64_t n)
{
	unsigned low = 0, high = t->span_count;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (t->span[middle].to <= n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes room at that end which is farther from here. */
static void drop_farthest(struct timeline *t)
{
	const unsigned part = TIMELINE_SPANS / 4;
	t->span_count -= part;
	if (spans_before(t, t->here) >= t->span_count / 2)
		memmove(t->span, t->span + part, t->span_count * sizeof(t->span[0]));
}

/* `count` spans in the place of those from `first` to before `end`. */
static void replace(struct timeline *t, unsigned first, unsigned end, const struct view_span *by, unsigned count)
{
	memmove(&t->span[first + count], &t->span[end], (t->span_count - end) * sizeof(t->span[0]));
	memcpy(&t->span[first], by, count * sizeof(by[0]));
	t->span_count += count - (end - first);
}

/* [from, to) has this CPL, whatever was there. Of neighbours with the same one it becomes a part. */
static void fill(struct timeline *t, uint64_t from, uint64_t to, unsigned cpl)
{
	struct view_span by[3], span = { from, to, (uint8_t)cpl };
	unsigned count = 0;
	if (from >= to)
		return;
	if (t->span_count + 2 > TIMELINE_SPANS)
		drop_farthest(t);
	unsigned first = spans_before(t, from), end = first;
	if (first && t->span[first - 1].to == from && t->span[first - 1].cpl == cpl)
		span.from = t->span[--first].from;
	else if (first < t->span_count && t->span[first].from < from && t->span[first].cpl == cpl)
		span.from = t->span[first].from;
	else if (first < t->span_count && t->span[first].from < from)
		by[count++] = (struct view_span){ t->span[first].from, from, t->span[first].cpl };
	while (end < t->span_count && t->span[end].from < to)
		end++;
	struct view_span last = end > first ? t->span[end - 1] : span;
	if (end < t->span_count && t->span[end].from == to && t->span[end].cpl == cpl)
		last = t->span[end++];
	if (last.to > to && last.cpl == cpl)
		span.to = last.to;
	by[count++] = span;
	if (last.to > to && last.cpl != cpl)
		by[count++] = (struct view_span){ to, last.to, last.cpl };
	replace(t, first, end, by, count);
}

/* Spans of what is behind n. */
static void cut_spans(struct timeline *t, uint64_t n)
{
	while (t->span_count && t->span[t->span_count - 1].from >= n)
		t->span_count--;
	if (t->span_count && t->span[t->span_count - 1].to > n)
		t->span[t->span_count - 1].to = n;
}

static void cut_before(struct timeline *t, uint64_t n)
{
	const unsigned first = spans_before(t, n);
	t->span_count -= first;
	memmove(t->span, t->span + first, t->span_count * sizeof(t->span[0]));
	if (t->span_count && t->span[0].from < n)
		t->span[0].from = n;
}

/* ---- marks ---- */

static bool mark_same(const struct view_mark *a, const struct view_mark *b)
{
	return a->n == b->n && a->what == b->what && a->vector == b->vector;
}

/* Where a span is, every mark is: what loses its marks loses its spans. */
static void drop_marks(struct timeline *t)
{
	const bool oldest = t->here >= t->mark[VIEW_MARKS / 2].n;
	const uint64_t at = t->mark[oldest ? VIEW_MARKS / 4 : 3 * VIEW_MARKS / 4].n;
	unsigned first = 0;
	while (first < t->mark_count && t->mark[first].n < at)
		first++;
	if (oldest) {
		t->mark_count -= first;
		memmove(t->mark, t->mark + first, t->mark_count * sizeof(t->mark[0]));
		cut_before(t, at);
	} else {
		t->mark_count = first;
		cut_spans(t, at);
	}
}

static void add_mark(struct timeline *t, struct view_mark mark)
{
	if (t->mark_count == VIEW_MARKS)
		drop_marks(t);
	unsigned at = t->mark_count;
	while (at && t->mark[at - 1].n >= mark.n) {
		if (mark_same(&t->mark[at - 1], &mark))
			return;
		at--;
	}
	while (at < t->mark_count && t->mark[at].n == mark.n)
		at++;
	memmove(&t->mark[at + 1], &t->mark[at], (t->mark_count - at) * sizeof(t->mark[0]));
	t->mark[at] = mark;
	t->mark_count++;
}

void timeline_stopped(struct timeline *t, uint64_t n)
{
	add_mark(t, (struct view_mark){ .n = n, .what = VIEW_BREAK });
}

/* ---- records ---- */

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
		*mark = (struct view_mark){ h->n, VIEW_SOFTWARE, (uint8_t)opcode_vector(h) };
	else if (h->cpl_after > h->cpl_before || opcode_goes_back(op))
		mark->what = VIEW_RETURN;
	else if ((op[0] == 0x0f && (op[1] == 0x05 || op[1] == 0x34)) || h->cpl_after < h->cpl_before)
		mark->what = VIEW_SYSCALL;
	else
		return false;
	return true;
}

static bool is_among(unsigned number, const uint16_t *steps, unsigned count)
{
	while (count && steps[count - 1] != number)
		count--;
	return count;
}

/* By the row that loads the new task's registers: a fault behind it interrupts that task [SDM vol. 3, 7.3]. */
static bool switches_task(const struct prompt *p)
{
	const bool event = p->last.kind == RS_RECORD_EVENT;
	const struct steps_made *s = event ? &p->event_steps : &p->transition_steps;
	const int t = rs_transition_find("TASK_SWITCH");
	struct rs_step_row row;
	if (!event && !p->last.rule_count)
		return false;
	for (size_t i = 0; t >= 0 && rs_transition_row((size_t)t, i, ui_cpu(p->ui), &row); i++)
		if (!strcmp(row.name, "task_registers"))
			return is_among(row.number, s->done, s->done_count) ||
			       is_among(row.number, s->tried, s->tried_count);
	return false;
}

/* An event completes no instruction. */
void timeline_record(struct timeline *t, const struct prompt *p)
{
	const struct happening *h = &p->last;
	struct view_mark mark;
	t->here = h->n;
	if (h->kind == RS_RECORD_INSTRUCTION)
		fill(t, h->n, h->n + 1, h->cpl_before);
	if (mark_of(h, &mark))
		add_mark(t, mark);
	if (switches_task(p))
		add_mark(t, (struct view_mark){ .n = h->n, .what = VIEW_TASK });
}

/* ---- passages ---- */

/* What of n itself is still past: nothing but that a run stopped there; events; all, up to the shutdown. */
enum past { PAST_NOTHING, PAST_EVENTS, PAST_ALL };

static bool is_past(const struct view_mark *m, uint64_t n, enum past past)
{
	if (m->n != n || m->what == VIEW_BREAK)
		return m->n <= n;
	return past > (m->what == VIEW_SHUTDOWN ? PAST_EVENTS : PAST_NOTHING);
}

/* Nothing from n on is known any more, but for what came in front of it. */
static void cut(struct timeline *t, uint64_t n, enum past past)
{
	if (n == UINT64_MAX)
		return;
	cut_spans(t, n);
	while (t->sample_count && t->sample[t->sample_count - 1].to > n)
		t->sample_count--;
	unsigned kept = 0;
	for (unsigned i = 0; i < t->mark_count; i++)
		if (is_past(&t->mark[i], n, past))
			t->mark[kept++] = t->mark[i];
	t->mark_count = kept;
}

static void mark_passage(struct timeline *t, const struct rs_passage *p)
{
	struct view_mark mark = { .n = p->n, .vector = p->vector };
	switch ((enum rs_passage_kind)p->kind) {
	case RS_PASSAGE_ENTRY:
		mark.what = VIEW_SYSCALL;
		break;
	case RS_PASSAGE_RETURN:
		mark.what = VIEW_RETURN;
		break;
	case RS_PASSAGE_FAR: /* without another CPL nothing was crossed */
		if (!t->is_known || p->cpl == t->cpl)
			return;
		mark.what = p->cpl > t->cpl ? VIEW_RETURN : VIEW_SYSCALL;
		break;
	case RS_PASSAGE_SWAPGS:
		mark.what = VIEW_SWAPGS;
		break;
	case RS_PASSAGE_SOFTWARE:
		mark.what = VIEW_SOFTWARE;
		break;
	case RS_PASSAGE_INTERRUPT:
		mark.what = VIEW_INTERRUPT;
		break;
	case RS_PASSAGE_SHUTDOWN:
		mark.what = VIEW_SHUTDOWN;
		break;
	default:
		mark.what = VIEW_EXCEPTION;
	}
	add_mark(t, mark);
}

static bool is_of_instruction(const struct rs_passage *p)
{
	return p->kind < RS_PASSAGE_EXCEPTION;
}

/* Behind the passage the machine is at `t->n`. */
static void follow_one(struct timeline *t, const struct rs_passage *p)
{
	const uint64_t behind = p->n + is_of_instruction(p);
	if (t->is_known && p->kind != RS_PASSAGE_CAME)
		fill(t, t->n, behind, t->cpl);
	if (p->kind == RS_PASSAGE_CHANGED)
		cut(t, p->n, p->vector ? PAST_EVENTS : PAST_NOTHING);
	else if (p->kind < RS_PASSAGE_LEFT)
		mark_passage(t, p);
	if (p->task)
		add_mark(t, (struct view_mark){ .n = p->n, .what = VIEW_TASK });
	t->n = behind;
	t->cpl = p->cpl;
	t->is_known = p->kind != RS_PASSAGE_LEFT;
}

/* Every second one goes when there is no room: what is left is spread over the run as before. */
static void take_sample(struct timeline *t, struct view_span s)
{
	const struct view_span *last = t->sample_count ? &t->sample[t->sample_count - 1] : NULL;
	if (s.from >= s.to || (last && s.from < last->to) || ++t->sampled < t->apart)
		return;
	t->sampled = 0;
	if (t->sample_count == TIMELINE_SAMPLES) {
		t->sample_count /= 2;
		t->apart *= 2;
		for (unsigned i = 0; i < t->sample_count; i++)
			t->sample[i] = t->sample[2 * i];
	}
	t->sample[t->sample_count++] = s;
}

static void stand_at(struct timeline *t, struct rs_machine *m)
{
	t->here = t->n = rs_status(m)->instructions;
	t->cpl = rs_state(m)->cpl;
	t->is_known = true;
}

/* While a run goes on, one span of many is enough; and older ones than there is room for need not be read. */
void timeline_follow(struct timeline *t, struct rs_machine *m, bool runs)
{
	const uint64_t n = rs_status(m)->instructions;
	const struct rs_passage *p;
	const size_t count = rs_take_passages(m, &p);
	const bool lost = count == RS_PASSAGES;
	size_t i = runs && lost ? count : count > TIMELINE_SPANS ? count - TIMELINE_SPANS : 0;
	t->here = n;
	cut(t, rs_passage_changed(m), PAST_EVENTS);
	if (runs && t->is_known && (!count || p[0].kind < RS_PASSAGE_LEFT))
		take_sample(t, (struct view_span){ t->n, count ? p[0].n : n, t->cpl });
	t->is_known &= !i;
	for (; i < count; i++)
		follow_one(t, &p[i]);
	if (t->is_known && !lost)
		fill(t, t->n, n, t->cpl);
	stand_at(t, m);
}

void timeline_skip(struct timeline *t, struct rs_machine *m)
{
	const struct rs_passage *p;
	rs_take_passages(m, &p);
	cut(t, rs_passage_changed(m), PAST_EVENTS);
	stand_at(t, m);
}

bool timeline_start(struct timeline *t, struct rs_machine *m)
{
	*t =
	    (struct timeline){ .apart = 1, .n = rs_status(m)->instructions, .cpl = rs_state(m)->cpl, .is_known = true };
	return rs_keep_passages(m);
}

/* ---- what is shown ---- */

/* Samples stand where no span does. */
static void merge(const struct timeline *t, struct view_timeline *to)
{
	unsigned i = 0, k = 0;
	to->span_count = 0;
	while (i < t->span_count || k < t->sample_count) {
		const struct view_span *span = i < t->span_count ? &t->span[i] : NULL;
		const struct view_span *sample = k < t->sample_count ? &t->sample[k] : NULL;
		const uint64_t end = to->span_count ? to->span[to->span_count - 1].to : 0;
		if (!sample || (span && span->from < sample->to)) {
			to->span[to->span_count++] = *span;
			i++;
		} else if (sample->from >= end) {
			to->span[to->span_count++] = *sample;
			k++;
		} else {
			k++;
		}
	}
}

/* The spans without a gap that lead to `here`, or go on from there. */
static void find_known(const struct timeline *t, uint64_t here, struct view_timeline *to)
{
	unsigned first = spans_before(t, here), last = first;
	to->known = to->known_to = here;
	if (first < t->span_count && t->span[first].from <= here)
		to->known_to = t->span[last++].to;
	while (last < t->span_count && t->span[last].from == to->known_to)
		to->known_to = t->span[last++].to;
	if (first < t->span_count && t->span[first].from < here)
		to->known = t->span[first].from;
	while (first && t->span[first - 1].to == to->known)
		to->known = t->span[--first].from;
}

void timeline_show(struct timeline *t, uint64_t start, uint64_t here, uint64_t frontier, struct view_timeline *to)
{
	cut(t, frontier, PAST_ALL);
	merge(t, to);
	memcpy(to->mark, t->mark, t->mark_count * sizeof(t->mark[0]));
	to->mark_count = t->mark_count;
	to->start = start;
	to->here = here;
	to->frontier = frontier;
	find_known(t, here, to);
}
