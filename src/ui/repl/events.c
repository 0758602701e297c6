/* events.c - see events.h. One judgement serves both directions of time: a record with the state before it and the
 * state behind it. */
#include "ui/repl/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/disasm.h"
#include "ui/repl/commands.h"
#include "ui/status.h"
#include "ui/words.h"

/* ---- which event a record makes ---- */

struct judged {
	const struct happening *h;
	const struct cpu_state *before, *now;
};

static bool is_instruction(const struct judged *j)
{
	return j->h->kind != RS_RECORD_EVENT;
}

static uint64_t edx_eax(const struct cpu_state *s)
{
	return s->gpr[RDX] << 32 | (uint32_t)s->gpr[RAX];
}

static bool hits_msr(const struct event *e, const struct judged *j)
{
	const uint8_t *op = opcode_of(j->h);
	if (!is_instruction(j) || !j->h->length || op[0] != 0x0f || (op[1] != 0x30 && op[1] != 0x32))
		return false;
	bool write = op[1] == 0x30;
	if (!(write ? e->write : e->read) || (!e->any && (uint32_t)j->before->gpr[RCX] != e->address))
		return false;
	return !((edx_eax(write ? j->before : j->now) ^ e->value) & e->mask);
}

static bool hits_cpl(const struct event *e, const struct judged *j)
{
	int from = j->h->cpl_before, to = j->h->cpl_after;
	return from != to && (e->from == EVENT_ANY || e->from == from) && (e->to == EVENT_ANY || e->to == to);
}

static bool hits_vector(const struct event *e, const struct judged *j)
{
	if (e->vector == EVENT_EXTERNAL)
		return j->h->external;
	return e->vector == (is_instruction(j) ? opcode_vector(j->h) : j->h->vector);
}

static bool hits_segment(const struct event *e, const struct judged *j)
{
	const struct seg *a = &j->before->seg[e->segment], *b = &j->now->seg[e->segment];
	bool changed = a->sel != b->sel || a->base != b->base || a->limit != b->limit || a->attr != b->attr;
	return changed || opcode_loads(j->h, e->segment) || (!is_instruction(j) && e->segment == SEG_CS);
}

/* The mnemonic stands first, or behind words for prefixes. */
static bool hits_mnemonic(const struct event *e, const struct judged *j)
{
	const struct happening *h = j->h;
	char text[120];
	if (!is_instruction(j) || !h->length)
		return false;
	ui_disassemble(h->bytes, h->length, h->rip, h->mode, text, sizeof(text));
	for (const char *word = text; *word; word = skip_blanks(word)) {
		size_t length = strcspn(word, " ");
		if (word_same(word, length, e->text))
			return true;
		if (strncmp(word, "rep", 3) != 0 && strncmp(word, "lock", 4) != 0 && strncmp(word, "bnd", 3) != 0)
			return false;
		word += length;
	}
	return false;
}

static bool hits_port(const struct event *e, const struct judged *j)
{
	struct port_access a;
	if (!is_instruction(j) || !opcode_port(j->h, j->before->gpr[RDX], &a))
		return false;
	return (a.write ? e->write : e->read) && e->address >= a.port && e->address - a.port < a.size;
}

static bool is_made(const struct event *e, const struct judged *j, unsigned number)
{
	switch (e->kind) {
	case EVENT_DATA:
		return j->h->watched >> number & 1;
	case EVENT_MSR:
		return hits_msr(e, j);
	case EVENT_CPL:
		return hits_cpl(e, j);
	case EVENT_VECTOR:
		return hits_vector(e, j);
	case EVENT_SEGMENT:
		return hits_segment(e, j);
	case EVENT_INSTRUCTION:
		return hits_mnemonic(e, j);
	case EVENT_PORT:
		return hits_port(e, j);
	default:
		return false;
	}
}

/* ---- which of them stops ---- */

/* A condition that cannot be told stops, so that its fault is seen. */
static bool condition_holds(struct prompt *p, const struct event *e)
{
	uint64_t value;
	return !e->condition[0] || !prompt_whole_value(p, e->condition, &value) || value;
}

/* One hit: whether it ends the run. */
static bool count(struct prompt *p, struct event *e)
{
	if (!condition_holds(p, e))
		return false;
	e->hits++;
	if (e->left > 1) {
		e->left--;
		return false;
	}
	if (e->notify) {
		char text[120];
		console_end_line(&p->console);
		out_printf(p->ui->out, "Event %x: %s, n=%" PRIu64 "\n", (unsigned)(e - p->events),
			   event_text(e, text, sizeof(text)), rs_status(p->machine)->instructions);
	}
	return !e->notify;
}

static bool is_code_here(const struct event *e, uint64_t pc)
{
	return e->used && e->enabled && !e->unresolved && e->kind == EVENT_CODE && e->address == pc;
}

static bool is_made_by_last(struct prompt *p, const struct event *e)
{
	const struct judged j = { &p->last, state_before(p), state_now(p) };
	return e->used && e->enabled && !e->unresolved && is_made(e, &j, (unsigned)(e - p->events));
}

int events_before(struct prompt *p)
{
	uint64_t pc = prompt_pc(p);
	int first = -1;
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (is_code_here(&p->events[i], pc) && count(p, &p->events[i]) && first < 0)
			first = i;
	return first;
}

int events_behind(struct prompt *p)
{
	int first = -1;
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (is_made_by_last(p, &p->events[i]) && count(p, &p->events[i]) && first < 0)
			first = i;
	return first;
}

int events_stand_here(struct prompt *p)
{
	uint64_t pc = prompt_pc(p);
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (is_code_here(&p->events[i], pc) && !p->events[i].notify && condition_holds(p, &p->events[i]))
			return i;
	return -1;
}

int events_made_by_last(struct prompt *p)
{
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (is_made_by_last(p, &p->events[i]) && !p->events[i].notify && condition_holds(p, &p->events[i]))
			return i;
	return -1;
}

/* ---- the list ---- */

void events_follow(struct prompt *p)
{
	struct rs_watch watch[PROMPT_EVENTS] = { { 0 } };
	for (int i = 0; i < PROMPT_EVENTS; i++) {
		struct event *e = &p->events[i];
		if (e->used && e->unresolved && symbols_find(&p->symbols, e->text, strlen(e->text), &e->address))
			e->unresolved = false;
		if (e->used && e->enabled && e->kind == EVENT_DATA)
			watch[i] = (struct rs_watch){ e->address, e->size, e->read, e->write };
	}
	rs_watch(p->machine, watch, PROMPT_EVENTS);
}

struct event *events_new(struct prompt *p, const char *command)
{
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (!p->events[i].used) {
			p->events[i] = (struct event){ .used = true, .enabled = true, .passes = 1, .left = 1 };
			return &p->events[i];
		}
	prompt_fail(p, "%s: all %d places of the list are in use; bc clears some", command, PROMPT_EVENTS);
	return NULL;
}

static const char *access_text(const struct event *e)
{
	return e->read && e->write ? "rw" : e->write ? "w" : "r";
}

static const char *cpl_text(int cpl, char *text)
{
	snprintf(text, 2, "%c", cpl == EVENT_ANY ? '*' : '0' + cpl);
	return text;
}

const char *event_text(const struct event *e, char *text, size_t size)
{
	char from[2], to[2], vector[40];
	switch (e->kind) {
	case EVENT_DATA:
		snprintf(text, size, "%s%u", access_text(e), e->size);
		break;
	case EVENT_MSR:
		snprintf(text, size, e->mask ? "msr:%s %s %" PRIx64 " mask %" PRIx64 : "msr:%s %s", e->text,
			 access_text(e), e->value, e->mask);
		break;
	case EVENT_CPL:
		snprintf(text, size, "cpl %s->%s", cpl_text(e->from, from), cpl_text(e->to, to));
		break;
	case EVENT_VECTOR:
		if (e->vector == EVENT_EXTERNAL)
			snprintf(text, size, "vec irq");
		else
			snprintf(text, size, "vec %s", status_vector((uint8_t)e->vector, vector, sizeof(vector)));
		break;
	case EVENT_SEGMENT:
		snprintf(text, size, "seg %s", e->text);
		break;
	case EVENT_INSTRUCTION:
		snprintf(text, size, "insn %s", e->text);
		break;
	case EVENT_PORT:
		snprintf(text, size, "port %" PRIx64 " %s", e->address, access_text(e));
		break;
	default:
		text[0] = 0;
	}
	return text;
}

static void show_place(struct prompt *p, const struct event *e)
{
	char address[ADDRESS_TEXT], symbol[200];
	if (e->unresolved)
		out_printf(p->ui->out, "(%s)", e->text);
	else
		out_printf(p->ui->out, "%s %s", address_text(e->address, address),
			   symbols_text(&p->symbols, e->address, symbol, sizeof(symbol)));
}

void events_show(struct prompt *p, const struct event *e)
{
	struct out *o = p->ui->out;
	char text[160];
	bool has_place = e->kind == EVENT_CODE || e->kind == EVENT_DATA;
	out_printf(o, "%2x %c ", (unsigned)(e - p->events), !e->enabled ? 'd' : e->notify ? 'n' : 'e');
	event_text(e, text, sizeof(text));
	if (text[0])
		out_printf(o, "%s%s", text, has_place ? " " : "");
	if (has_place)
		show_place(p, e);
	out_printf(o, "  hits %" PRIu64, e->hits);
	if (e->passes > 1)
		out_printf(o, "  passes %" PRIx64 " (%" PRIx64 " left)", e->passes, e->left);
	if (e->once)
		out_text(o, "  once");
	if (e->condition[0])
		out_printf(o, "  if %s", e->condition);
	if (e->commands[0])
		out_printf(o, "  \"%s\"", e->commands);
	out_text(o, "\n");
}
