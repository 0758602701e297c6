/* model_card.c - the micro-steps of the last transition: all rows of the profile in the manual's order, and what became
 * of each. A fault has two parts: the transition whose check failed, and the delivery. */
#include "view/model_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/disasm.h"
#include "ui/rules.h"
#include "ui/status.h"
#include "ui/words.h"

struct telling {
	struct view_card *card;
	const char *cpu;
	const struct happening *h;
	const struct steps_made *made;
	char instruction[32]; /* mnemonic of what failed; "": nothing did */
	bool is_long;
};

static bool is_among(const uint16_t *steps, unsigned count, unsigned number)
{
	for (unsigned i = 0; i < count; i++)
		if (steps[i] == number)
			return true;
	return false;
}

/* The transition that has one of the steps. */
static int transition_of(const struct telling *t, unsigned number)
{
	struct rs_step_row row;
	for (size_t i = 0; i < rs_transition_count(); i++)
		for (size_t k = 0; rs_transition_row(i, k, t->cpu, &row); k++)
			if (row.number == number)
				return (int)i;
	return -1;
}

/* ---- one transition ---- */

static struct view_step *add(const struct telling *t, int transition, const struct rs_step_row *row)
{
	struct view_card *c = t->card;
	if (c->step_count == VIEW_STEPS)
		return NULL;
	struct view_step *s = &c->step[c->step_count++];
	*s = (struct view_step){ .transition = rs_transition_name((size_t)transition),
				 .about = rs_transition_about((size_t)transition),
				 .rule = rule_name(row->rule),
				 .text = row->text,
				 .section = row->section,
				 .outcome = row->outcome,
				 .is_check = row->outcome != NULL,
				 .state = VIEW_SKIPPED };
	return s;
}

/* Up to the last step made, a check has passed; what has no outcome and was not made is for another case. */
static void tell_done(const struct telling *t, int transition)
{
	const struct steps_made *m = t->made;
	struct rs_step_row row;
	size_t last = 0;
	for (size_t i = 0; rs_transition_row((size_t)transition, i, t->cpu, &row); i++)
		if (is_among(m->done, m->done_count, row.number))
			last = i;
	for (size_t i = 0; rs_transition_row((size_t)transition, i, t->cpu, &row); i++) {
		struct view_step *s = add(t, transition, &row);
		bool done = is_among(m->done, m->done_count, row.number) || (row.outcome && i < last);
		if (s && done)
			s->state = VIEW_DONE;
	}
}

static void tell_failed(const struct telling *t, int transition, unsigned failed)
{
	const struct steps_made *m = t->made;
	struct rs_step_row row;
	bool reached = true;
	for (size_t i = 0; rs_transition_row((size_t)transition, i, t->cpu, &row); i++) {
		struct view_step *s = add(t, transition, &row);
		bool here = row.number == failed;
		if (!s)
			return;
		if (here)
			s->state = VIEW_FAILED;
		else if (!reached)
			s->state = VIEW_NOT_REACHED;
		else if (row.outcome || is_among(m->tried, m->tried_count, row.number))
			s->state = VIEW_DONE;
		reached &= !here;
	}
}

/* ---- what failed ---- */

/* "SYSRET" of "sysretq" too. */
static bool is_of_instruction(const struct telling *t, int transition)
{
	const struct rs_name *n;
	const char *when;
	int part;
	for (size_t i = 0; (n = rs_name_info(i)); i++) {
		if (!word_begins(t->instruction, strlen(n->name), n->name))
			continue;
		for (size_t k = 0; (part = rs_name_part(i, k, &when)) >= 0; k++)
			if (part == transition)
				return true;
	}
	return false;
}

static bool is_of_mode(const struct telling *t, const char *transition)
{
	if (t->is_long)
		return !strstr(transition, "_PROTECTED") && !strstr(transition, "_LEGACY");
	return strcmp(transition, "INTERRUPT") != 0 && strcmp(transition, "CALL_GATE") != 0;
}

/* The check with that rule that raises the vector. */
static bool check_of(const struct telling *t, int transition, unsigned vector, const char *rule, unsigned *number)
{
	char name[24];
	struct rs_step_row row;
	status_vector((uint8_t)vector, name, sizeof(name));
	for (size_t i = 0; rs_transition_row((size_t)transition, i, t->cpu, &row); i++)
		if (row.outcome && !strcmp(rule_name(row.rule), rule) && strstr(row.outcome, name)) {
			*number = row.number;
			return true;
		}
	return false;
}

static bool failed_check(const struct telling *t, int transition, unsigned *number)
{
	return check_of(t, transition, t->h->vector, t->h->cause, number);
}

/* With steps made before: their transition, at its check or else at the access that was made last. Without: the
 * instruction's transition that has the check. */
static int find_failed(const struct telling *t, unsigned *number)
{
	const struct steps_made *m = t->made;
	if (m->tried_count) {
		*number = m->tried[m->tried_count - 1];
		int transition = transition_of(t, *number);
		if (transition >= 0 && t->h->cause)
			failed_check(t, transition, number);
		return transition;
	}
	for (size_t i = 0; t->h->cause && i < rs_transition_count(); i++)
		if (is_of_mode(t, rs_transition_name(i)) && is_of_instruction(t, (int)i) &&
		    failed_check(t, (int)i, number))
			return (int)i;
	return -1;
}

/* ---- the card ---- */

/* A part begins where its first step stands among those made. */
static void tell_parts(const struct telling *t)
{
	const struct steps_made *m = t->made;
	bool told[64] = { false };
	for (unsigned i = 0; i < m->done_count; i++) {
		int transition = transition_of(t, m->done[i]);
		if (transition < 0 || transition >= 64 || told[transition])
			continue;
		told[transition] = true;
		tell_done(t, transition);
	}
}

static void take_title(const struct telling *t, bool failed)
{
	const struct happening *h = t->h;
	char text[80];
	happening_text(h, text, sizeof(text));
	snprintf(t->card->title, sizeof(t->card->title), "%s%s%s: CPL %u -> %u at n=%" PRIu64,
		 failed ? t->instruction : "", failed ? " fails, " : "", text, h->cpl_before, h->cpl_after, h->n);
}

static struct rs_segment segment_of(const struct cpu_state *s, const char *name)
{
	static const struct {
		const char *name;
		unsigned index;
	} segments[] = {
#define NUM(name, member, bits, group, about)
#define SEG(name, index, about) { name, index },
#define TAB(name, member, about)
#define WIDE(name, member, bits, group, about)
#include "cpu/state.def"
#undef NUM
#undef SEG
#undef TAB
#undef WIDE
	};
	for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
		const struct seg *v = &s->seg[segments[i].index];
		if (!strcmp(segments[i].name, name))
			return (struct rs_segment){ v->sel, v->attr, v->limit, v->base };
	}
	return (struct rs_segment){ .selector = 0 };
}

static void take_moved(struct view_card *c, const struct steps_made *made)
{
	const struct view_states s = { &made->before, &made->now };
	for (size_t i = 0; i < rs_field_count() && c->moved_count < sizeof(c->moved) / sizeof(c->moved[0]); i++) {
		struct view_field f = model_field(i, &s);
		if (!f.changed)
			continue;
		if (f.info->kind == RS_FIELD_SEGMENT)
			c->hidden[c->moved_count] =
			    (struct view_hidden){ segment_of(s.before, f.info->name), segment_of(s.now, f.info->name) };
		c->moved[c->moved_count++] = f;
	}
}

/* One that may not be the last is none. */
static bool has_event(const struct prompt *p)
{
	return p->has_event && !p->event_is_old;
}

static bool has_transition(const struct prompt *p)
{
	return p->has_transition && !p->transition_is_old;
}

static bool is_event_later(const struct prompt *p)
{
	return has_event(p) && (!has_transition(p) || rs_position_compare(p->event.at, p->transition.at) > 0);
}

static void name_instruction(struct telling *t, const struct scene *s)
{
	char text[120];
	ui_disassemble(s->code, s->code_size, s->state.rip, state_mode(&s->state), text, sizeof(text));
	snprintf(t->instruction, sizeof(t->instruction), "%.*s", (int)strcspn(text, " "), text);
	for (char *c = t->instruction; *c; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
}

static void tell_card(struct view_card *c, struct prompt *p, bool event)
{
	struct telling t = {
		.card = c,
		.cpu = ui_cpu(p->ui),
		.h = event ? &p->event : &p->transition,
		.made = event ? &p->event_steps : &p->transition_steps,
	};
	unsigned number = 0;
	int failed = -1;
	t.is_long = t.made->before.efer & EFER_LMA;
	*c = (struct view_card){ .n = t.h->n };
	if (event) {
		name_instruction(&t, &p->scene);
		failed = find_failed(&t, &number);
	}
	if (failed >= 0)
		tell_failed(&t, failed, number);
	tell_parts(&t);
	take_title(&t, failed >= 0);
	take_moved(c, t.made);
}

/* ---- what a step writes ---- */

/* "RCX" of RCX; "IF" of RFLAGS, of which it is not all. */
static bool is_name_of(const char *word, size_t length, const struct rs_field *f, bool *all)
{
	static const struct {
		const char *word, *field;
		bool all;
	} others[] = { { "ESP", "rsp", true },       { "SP", "rsp", true },
		       { "EIP", "rip", true },       { "IP", "rip", true },
		       { "EFLAGS", "rflags", true }, { "FLAGS", "rflags", true },
		       { "TF", "rflags", false },    { "IF", "rflags", false },
		       { "NT", "rflags", false },    { "RF", "rflags", false },
		       { "VM", "rflags", false },    { "AC", "rflags", false },
		       { "VIF", "rflags", false },   { "KERNEL_GS_BASE", "kgs", true } };
	*all = true;
	if (word_same(word, length, f->name))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i].field, f->name) && word_same(word, length, others[i].word)) {
			*all = others[i].all;
			return true;
		}
	return false;
}

/* "CS", "CS cache", "GS.base", "DR7.L0-L3 and LE", "inner ES", "selectors": what of the field that is. */
static unsigned parts_of(const char *item, size_t size, const struct rs_field *f, bool *all)
{
	static const char inner[] = "inner ", cache[] = " cache", base[] = ".base";
	size_t length = 0;
	if (size > strlen(inner) && !strncmp(item, inner, strlen(inner))) {
		item += strlen(inner);
		size -= strlen(inner);
	}
	*all = true;
	if (word_same(item, size, "selectors"))
		return f->kind == RS_FIELD_SEGMENT && strcmp(f->name, "tr") != 0 ? VIEW_VALUE : 0;
	if (word_same(item, size, "general registers"))
		return !strcmp(f->group, "general") ? VIEW_VALUE : 0;
	while (length < size && word_is_name(item[length]))
		length++;
	if (!is_name_of(item, length, f, all))
		return 0;
	const char *rest = item + length;
	size -= length;
	if (!size)
		return VIEW_VALUE;
	*all &= size == strlen(cache) || size == strlen(base);
	if (f->kind == RS_FIELD_SEGMENT)
		return size >= strlen(cache) && !strncmp(rest, cache, strlen(cache)) ? VIEW_HIDDEN
		       : word_same(rest, size, base)                                 ? VIEW_HIDDEN_BASE
										     : 0;
	*all = false;
	return *rest == '.' ? VIEW_VALUE : 0;
}

/* Of "from legacy mode: IF, VM, RF <- 0" what stands in front of the arrow, but for the condition. */
static unsigned target_parts(const char *clause, const char *arrow, const struct rs_field *f, bool *all)
{
	const char *item = clause;
	for (const char *c = clause; c + 1 < arrow; c++)
		if (c[0] == ':' && c[1] == ' ')
			item = c + 1;
	while (item < arrow) {
		item += strspn(item, " ");
		size_t size = 0;
		while (item + size < arrow && item[size] != ',')
			size++;
		const char *next = item + size + 1;
		while (size && item[size - 1] == ' ')
			size--;
		const unsigned parts = parts_of(item, size, f, all);
		if (parts)
			return parts;
		item = next;
	}
	return 0;
}

/* Up to a comma outside of parentheses, behind which details stand; none with another arrow. */
static void take_source(struct view_write *w, const char *text, const char *end)
{
	int depth = 0, size = 0;
	text += strspn(text, " ");
	for (const char *c = text; c + 1 < end; c++)
		if (c[0] == '<' && c[1] == '-')
			return;
	for (; text + size < end && (text[size] != ',' || depth); size++)
		depth += (text[size] == '(') - (text[size] == ')');
	w->source = text;
	w->source_size = size;
}

/* One clause behind the other: "EFLAGS <- popped; CPL <- RPL of CS". */
static struct view_write write_of(const struct view_step *step, const struct rs_field *field)
{
	struct view_write w = { .parts = 0 };
	for (const char *clause = step->text ? step->text : ""; *clause;) {
		const size_t length = strcspn(clause, ";");
		const char *arrow = strstr(clause, "<-");
		bool all = false;
		const unsigned parts = arrow && arrow < clause + length ? target_parts(clause, arrow, field, &all) : 0;
		if (parts && w.parts)
			w.source = NULL;
		else if (parts && all)
			take_source(&w, arrow + 2, clause + length);
		w.parts |= parts;
		clause += length + (clause[length] == ';');
	}
	return w;
}

struct view_write model_step_write(const struct view_card *card, unsigned step, const struct rs_field *field)
{
	struct view_write w = write_of(&card->step[step], field);
	if (field->kind != RS_FIELD_SEGMENT || !(w.parts & VIEW_VALUE))
		return w;
	for (unsigned i = 0; i < card->step_count; i++) {
		const struct view_step *s = &card->step[i];
		if (s->state == VIEW_DONE && !strcmp(s->transition, card->step[step].transition) &&
		    write_of(s, field).parts & VIEW_HIDDEN)
			return w;
	}
	w.parts |= VIEW_HIDDEN;
	return w;
}

/* ---- a shutdown: no record tells of it, but its faults are known ---- */

static const char *vector_name(unsigned vector)
{
	const struct rs_exception *e;
	for (size_t i = 0; (e = rs_exception_info(i)); i++)
		if (e->vector == vector)
			return e->name;
	return "an interrupt";
}

static const char *delivery_name(unsigned vector)
{
	static const char *const names[32] = {
#define EXCEPTION(vector, name, kind, code, about) [vector] = "delivery of " name,
#include "cpu/exceptions.def"
#undef EXCEPTION
	};
	return vector < 32 && names[vector] ? names[vector] : "delivery of an interrupt";
}

/* A step that no transition has: its text is the rule's. */
static void add_rule(const struct telling *t, const char *part, const char *rule, const char *outcome, bool failed)
{
	struct view_card *c = t->card;
	const int known = rule ? rs_rule_find(rule) : -1;
	const struct rs_rule *r = known >= 0 ? rs_rule_info((size_t)known) : NULL;
	if (c->step_count == VIEW_STEPS)
		return;
	c->step[c->step_count++] = (struct view_step){ .transition = part,
						       .about = part,
						       .rule = rule ? rule : "",
						       .text = r ? r->text : "as the manual says of the instruction",
						       .section = r ? r->source : "",
						       .outcome = outcome,
						       .state = failed ? VIEW_FAILED : VIEW_DONE };
}

/* Checks that it has passed, and the one that raised the next fault; an access to memory that did is none of them. */
static void tell_delivery(const struct telling *t, const char *part, unsigned vector, const char *rule)
{
	const bool real = !(t->made->before.cr0 & CR0_PE);
	const int transition = rs_transition_find(t->is_long ? "INTERRUPT"
						  : real     ? "INTERRUPT_REAL"
							     : "INTERRUPT_PROTECTED");
	struct rs_step_row row;
	unsigned number = 0;
	if (!rule || !check_of(t, transition, vector, rule, &number)) {
		add_rule(t, part, rule, vector_name(vector), true);
		return;
	}
	for (size_t i = 0; rs_transition_row((size_t)transition, i, t->cpu, &row); i++) {
		struct view_step *s = row.outcome ? add(t, transition, &row) : NULL;
		if (!s)
			continue;
		s->transition = s->about = part;
		s->state = row.number == number ? VIEW_FAILED : VIEW_DONE;
		if (row.number == number)
			return;
	}
}

/* Of the faults that led to it, the last came while a #DF was delivered [SDM vol. 3, 6.15, double fault]. */
static void tell_chain(const struct telling *t, const struct rs_status *s)
{
	for (unsigned i = 1; i < s->fault_count; i++) {
		const bool last = i + 1 == s->fault_count;
		const char *part = delivery_name(last ? VEC_DF : s->vectors[i - 1]);
		if (last)
			add_rule(t, part, "IN-32", vector_name(VEC_DF), false);
		tell_delivery(t, part, s->vectors[i], s->rules[i]);
	}
	add_rule(t, "shutdown", s->fault_count > 1 ? "IN-34" : s->rules[0], "shutdown", true);
}

static void shutdown_title(struct view_card *c, const struct rs_status *s, unsigned cpl)
{
	size_t used = (size_t)snprintf(c->title, sizeof(c->title), "shutdown by ");
	for (unsigned i = 0; i < s->fault_count; i++)
		used += (size_t)snprintf(c->title + used, sizeof(c->title) - used, "%s%s", i ? ", " : "",
					 vector_name(s->vectors[i]));
	snprintf(c->title + used, sizeof(c->title) - used, ": CPL %u at n=%" PRIu64, cpl, s->instructions);
}

static void tell_shutdown(struct view_card *c, struct prompt *p)
{
	const struct rs_status *s = rs_status(p->machine);
	const struct rs_record record = { .rip = s->rip };
	const struct happening h = { .n = s->instructions, .vector = s->vectors[0], .cause = s->rules[0] };
	const struct steps_made made = { .before = *rs_state(p->machine) };
	struct scene scene = { .state = made.before };
	struct telling t = {
		.card = c, .cpu = ui_cpu(p->ui), .h = &h, .made = &made, .is_long = made.before.efer & EFER_LMA
	};
	unsigned number = 0;
	*c = (struct view_card){ .n = h.n };
	scene_keep(&scene, p->machine, &record);
	name_instruction(&t, &scene);
	const int failed = find_failed(&t, &number);
	if (failed >= 0)
		tell_failed(&t, failed, number);
	else if (s->fault_count > 1)
		add_rule(&t, "INSTRUCTION", h.cause, vector_name(h.vector), true);
	tell_chain(&t, s);
	shutdown_title(c, s, made.before.cpl);
}

/* The card of the same as before is the same: while a guest runs, it is. */
static bool is_kept(const struct kept_card *k, const struct prompt *p, bool event)
{
	return k->card.title[0] && k->is_event == event &&
	       !memcmp(&k->what, event ? &p->event : &p->transition, sizeof(k->what)) &&
	       !memcmp(&k->made, event ? &p->event_steps : &p->transition_steps, sizeof(k->made)) &&
	       (!event || !memcmp(k->code, p->scene.code, sizeof(k->code)));
}

void model_take_card(struct view_model *m, struct prompt *p, struct view_kept *kept)
{
	struct kept_card *k = &kept->card;
	const bool event = is_event_later(p);
	if (rs_status(p->machine)->why == RS_STOP_TRIPLE_FAULT) {
		tell_shutdown(&m->card, p);
		return;
	}
	if (!has_event(p) && !has_transition(p)) {
		m->card = (struct view_card){ .n = 0 };
		return;
	}
	if (!is_kept(k, p, event)) {
		k->is_event = event;
		memcpy(&k->what, event ? &p->event : &p->transition, sizeof(k->what));
		memcpy(&k->made, event ? &p->event_steps : &p->transition_steps, sizeof(k->made));
		memcpy(k->code, p->scene.code, sizeof(k->code));
		tell_card(&k->card, p, event);
	}
	m->card = k->card;
}
