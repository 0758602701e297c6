/* run_both.c - `run --both A,B`: two machines in step, and the first record in which they differ. Each record is
 * compared as the line that a trace would have; only the first two that differ are read back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/state.h"
#include "trace/trace.h"
#include "ui/console.h"
#include "ui/disasm.h"
#include "ui/rules.h"
#include "ui/status.h"

enum { NAME_WIDTH = 12, VALUE_WIDTH = 34, VALUE = 320 };

struct side {
	const char *cpu;
	struct session session;
	struct trace_writer writer;
	struct cpu_state before; /* the record */
	struct trace_reader reader;
	enum rs_stop stop;
	size_t size;
	char line[TRACE_LINE]; /* of the last record; none when size is 0 */
};

struct both {
	struct ui *ui;
	struct console console;
	struct side side[2];
};

/* ---- in step ---- */

static void keep_line(void *arg, const char *line, size_t size)
{
	struct side *s = arg;
	memcpy(s->line, line, size);
	s->size = size;
}

static void observe(void *arg, struct rs_machine *m, const struct rs_record *record)
{
	struct side *s = arg;
	trace_write_record(&s->writer, rs_state(m), record);
}

/* What the two start with is not told: registers that one of them does not have differ from the beginning. */
static void start(struct side *s, const struct ui *ui)
{
	struct rs_machine *m = s->session.machine;
	const char *timing = ui_timing(ui);
	const struct trace_header h = { .timing_version =
					    timing ? rs_timing_version((size_t)rs_timing_find(timing)) : 0 };
	trace_writer_start(&s->writer, &h, rs_state(m), keep_line, s);
	rs_observe(m, observe, s);
	s->reader.cycles = s->writer.cycles;
}

static void step(struct side *s)
{
	struct rs_machine *m = s->session.machine;
	s->size = 0;
	s->before = *rs_state(m);
	s->stop = rs_step(m);
}

static bool stops_alike(const struct side *s)
{
	char word[2][VALUE];
	for (int i = 0; i < 2; i++)
		*trace_put_stop(word[i], rs_status(s[i].session.machine)) = 0;
	return s[0].stop == s[1].stop && (s[0].stop == RS_STOP_NONE || !strcmp(word[0], word[1]));
}

/* The next word that tells what was done: not by which rule. */
static struct trace_span next_effect(struct trace_span *line)
{
	struct trace_span word;
	do {
		const char *space = line->size ? memchr(line->text, ' ', line->size) : NULL;
		word = (struct trace_span){ line->text, space ? (size_t)(space - line->text) : line->size };
		size_t used = word.size + (space != NULL);
		*line = (struct trace_span){ line->text + used, line->size - used };
	} while ((word.size > 5 && !memcmp(word.text, "rule=", 5)) || (word.size > 3 && !memcmp(word.text, "by=", 3)));
	return word;
}

/* Two processors may do the same by other rules. */
static bool same_effect(const struct side *s)
{
	struct trace_span a = { s[0].line, s[0].size - 1 }, b = { s[1].line, s[1].size - 1 };
	while (a.size || b.size) {
		struct trace_span x = next_effect(&a), y = next_effect(&b);
		if (x.size != y.size || memcmp(x.text, y.text, x.size))
			return false;
	}
	return true;
}

static bool are_alike(const struct side *s)
{
	bool same = s[0].size == s[1].size && !memcmp(s[0].line, s[1].line, s[0].size);
	return (same || (s[0].size && s[1].size && same_effect(s))) && stops_alike(s);
}

/* Why both end here although both could go on; NULL: they go on. */
static const char *limit_of(const struct both *b)
{
	const struct options *o = &b->ui->options;
	const struct session *s = &b->side[0].session;
	const struct rs_status *status = rs_status(s->machine);
	if (o->until && status->rip == s->until)
		return "--until reached";
	return status_limit(status, o);
}

/* ---- the difference ---- */

static void show_row(struct out *o, const char *name, const char *before, const char *a, const char *b)
{
	if (before)
		out_printf(o, "  %-*s %-*s %-*s (before: %s)\n", NAME_WIDTH, name, VALUE_WIDTH, a, VALUE_WIDTH, b,
			   before);
	else
		out_printf(o, "  %-*s %-*s %s\n", NAME_WIDTH, name, VALUE_WIDTH, a, b);
}

static const char *span_text(struct trace_span s, char text[VALUE])
{
	snprintf(text, VALUE, "%.*s", (int)s.size, s.size ? s.text : "");
	return s.size ? text : "(none)";
}

static void show_spans(struct out *o, const char *name, struct trace_span a, struct trace_span b)
{
	char text[2][VALUE];
	const char *left = span_text(a, text[0]), *right = span_text(b, text[1]);
	if (strcmp(left, right))
		show_row(o, name, NULL, left, right);
}

static bool is_told(const struct side *s, size_t field)
{
	return s->reader.line.printed[field / 64] >> field % 64 & 1;
}

/* Fields that neither record changes are as before. */
static void show_fields(struct out *o, const struct side *s)
{
	for (size_t i = 0; i < state_field_count; i++) {
		const struct state_field *f = &state_fields[i];
		char text[3][VALUE];
		if (!is_told(&s[0], i) && !is_told(&s[1], i) && strcmp(f->name, "rip"))
			continue;
		*trace_put_field(text[0], &s[0].before, f) = 0;
		*trace_put_field(text[1], &s[0].reader.state, f) = 0;
		*trace_put_field(text[2], &s[1].reader.state, f) = 0;
		if (strcmp(text[1], text[2]))
			show_row(o, f->name, text[0], text[1], text[2]);
	}
}

static const char *write_text(const struct trace_line *l, unsigned i, char text[VALUE])
{
	const struct trace_line_write *w = &l->write[i];
	if (i >= l->write_count)
		return "(none)";
	snprintf(text, VALUE, "%" PRIx64 "=%.*s", w->address, (int)w->value.size, w->value.text);
	return text;
}

static void show_writes(struct out *o, const struct trace_line *a, const struct trace_line *b)
{
	char text[2][VALUE];
	for (unsigned i = 0; i < a->write_count || i < b->write_count; i++) {
		const char *left = write_text(a, i, text[0]), *right = write_text(b, i, text[1]);
		if (strcmp(left, right))
			show_row(o, "memory", NULL, left, right);
	}
}

static void show_cycles(struct out *o, const struct trace_line *a, const struct trace_line *b)
{
	char text[2][24];
	snprintf(text[0], sizeof(text[0]), "%" PRIu64, a->cycles);
	snprintf(text[1], sizeof(text[1]), "%" PRIu64, b->cycles);
	if (a->cycles != b->cycles)
		show_row(o, "cycles", NULL, text[0], text[1]);
}

/* A machine that has stopped made no record. */
static void show_stops(struct out *o, const struct side *s)
{
	char word[2][VALUE];
	for (int i = 0; i < 2; i++) {
		*trace_put_stop(word[i], rs_status(s[i].session.machine)) = 0;
		if (s[i].stop == RS_STOP_NONE)
			snprintf(word[i], sizeof(word[i]), "(goes on)");
	}
	if (strcmp(word[0], word[1]))
		show_row(o, "stop", NULL, word[0], word[1]);
}

/* ---- the rules behind it ---- */

/* The next of rule ids with commas between them, or an empty one. */
static struct trace_span next_rule(struct trace_span *ids)
{
	const char *comma = ids->size ? memchr(ids->text, ',', ids->size) : NULL;
	struct trace_span id = { ids->text, comma ? (size_t)(comma - ids->text) : ids->size };
	size_t used = id.size + (comma != NULL);
	*ids = (struct trace_span){ ids->text + used, ids->size - used };
	return id;
}

static bool has_rule(struct trace_span ids, struct trace_span wanted)
{
	while (ids.size) {
		struct trace_span id = next_rule(&ids);
		if (id.size == wanted.size && !memcmp(id.text, wanted.text, id.size))
			return true;
	}
	return false;
}

/* What raised the event of a record: the word behind "by=". */
static struct trace_span cause_of(const struct trace_line *l)
{
	static const char mark[] = " by=";
	const char *by = l->event.size ? memmem(l->event.text, l->event.size, mark, sizeof(mark) - 1) : NULL;
	if (!by)
		return (struct trace_span){ NULL, 0 };
	by += sizeof(mark) - 1;
	return (struct trace_span){ by, (size_t)(l->event.text + l->event.size - by) };
}

static void show_rule(struct out *o, struct trace_span id, const char *who)
{
	char name[40], text[1600], line[1700];
	snprintf(name, sizeof(name), "%.*s", (int)id.size, id.text);
	if (!cause_text(name, text, sizeof(text)))
		return;
	out_printf(o, "  %-*s ", NAME_WIDTH, name);
	snprintf(line, sizeof(line), "(%s) %s", who, text);
	out_wrap(o, line, NAME_WIDTH + 3);
}

/* The rules of `ids` that the other side does not have (or all of them); the result is how many. */
static unsigned show_rules(struct out *o, struct trace_span ids, const struct trace_line *other, const char *who)
{
	const char *first = ids.text;
	unsigned shown = 0;
	while (ids.size) {
		struct trace_span id = next_rule(&ids);
		bool again = has_rule((struct trace_span){ first, (size_t)(id.text - first) }, id);
		if (again || (other && (has_rule(other->rules, id) || has_rule(cause_of(other), id))))
			continue;
		show_rule(o, id, who);
		shown++;
	}
	return shown;
}

static void disassemble(const struct side *s, char *text, size_t size)
{
	struct rs_machine *m = s->session.machine;
	const struct trace_line *l = &s->reader.line;
	uint8_t bytes[16] = { 0 };
	size_t length = l->length;
	uint64_t base = trace_mode_bits(&s->before) == 64 ? 0 : s->before.seg[SEG_CS].base;
	memcpy(bytes, l->bytes, l->length);
	if (!length) /* it faulted: its bytes are still where they were */
		length = rs_read_linear(m, s->before.rip + base, bytes, sizeof(bytes) - 1);
	if (!ui_disassemble(bytes, length, s->before.rip, trace_mode_bits(&s->before), text, size))
		snprintf(text, size, "no instruction");
}

/* Not a transition and no fault: what a processor says of itself. */
static void show_answer(struct out *o, const struct side *s)
{
	char text[160];
	const char *name;
	uint16_t rule;
	disassemble(&s[0], text, sizeof(text));
	bool msr = !strcmp(text, "wrmsr") || !strcmp(text, "rdmsr");
	if (msr && rs_msr_info((uint32_t)s[0].before.gpr[RCX], &name, &rule))
		show_rule(o, (struct trace_span){ rule_name(rule), strlen(rule_name(rule)) }, name);
	else if (!strcmp(text, "cpuid"))
		out_text(o, "  no rule in either record; --same-cpuid makes both answer as the first\n");
	else
		out_printf(o, "  no rule in either record; `ringstep cpus --diff %s %s` lists how the two differ\n",
			   s[0].cpu, s[1].cpu);
}

/* First those that only one of them went by; where there is none, those of both. */
static void show_causes(struct out *o, const struct side *s)
{
	const struct trace_line *a = &s[0].reader.line, *b = &s[1].reader.line;
	unsigned shown = 0;
	for (int i = 0; i < 2; i++) {
		const struct trace_line *mine = i ? b : a, *other = i ? a : b;
		shown += show_rules(o, cause_of(mine), other, s[i].cpu);
		if (!mine->event.size || other->event.size) /* else it is not its delivery that differs */
			shown += show_rules(o, mine->rules, other, s[i].cpu);
	}
	if (!shown)
		shown = show_rules(o, cause_of(a), NULL, "both") + show_rules(o, a->rules, NULL, "both");
	if (!shown)
		show_answer(o, s);
}

static void read_back(struct side *s)
{
	struct rs_error why;
	bool cycles = s->reader.cycles;
	trace_reader_init(&s->reader, s->cpu, s->line, s->size);
	s->reader.started = true;
	s->reader.cycles = cycles;
	s->reader.state = s->before;
	if (s->size)
		trace_read(&s->reader, &why); /* what trace_write_record has written */
}

static int report_difference(struct both *b)
{
	struct side *s = b->side;
	struct out *o = b->ui->err;
	char text[160], rip[24];
	read_back(&s[0]);
	read_back(&s[1]);
	const struct trace_line *left = &s[0].reader.line, *right = &s[1].reader.line;
	disassemble(left->length || !right->length ? &s[0] : &s[1], text, sizeof(text));
	snprintf(rip, sizeof(rip), "%" PRIx64, s[0].before.rip);
	uint64_t n = s[0].size ? left->n : right->n;
	ui_fail(b->ui, EXIT_DIFFERS, "%s and %s differ at n=%" PRIu64 ", CPL %u, %s: %s", s[0].cpu, s[1].cpu, n,
		s[0].before.cpl, rip, text);
	show_row(o, "", NULL, s[0].cpu, s[1].cpu);
	show_spans(o, "event", left->event, right->event);
	show_stops(o, s);
	show_fields(o, s);
	show_writes(o, left, right);
	show_cycles(o, left, right);
	show_spans(o, "rules", left->rules, right->rules);
	show_causes(o, s);
	return EXIT_DIFFERS;
}

/* ---- the command ---- */

static int report_alike(struct both *b, const char *limit)
{
	char who[160], text[512];
	snprintf(who, sizeof(who), "%s and %s alike", b->side[0].cpu, b->side[1].cpu);
	const struct rs_status *status = rs_status(b->side[0].session.machine);
	return ui_fail(b->ui, EXIT_SAME, "%s", status_text_of(status, b->ui, who, limit, text, sizeof(text)));
}

/* Where ringstep itself could not go on nothing is known of the processors; 0: it could on both. */
static int report_lost(struct both *b)
{
	for (int i = 0; i < 2; i++) {
		const struct side *s = &b->side[i];
		const struct rs_status *status = rs_status(s->session.machine);
		char text[512];
		if (s->stop == RS_STOP_UNIMPLEMENTED || s->stop == RS_STOP_NO_MEMORY)
			return ui_fail(b->ui, stop_exit_code(status), "%s",
				       status_text_of(status, b->ui, s->cpu, NULL, text, sizeof(text)));
	}
	return 0;
}

static int run_in_step(struct both *b)
{
	struct side *s = b->side;
	const char *limit = NULL;
	start(&s[0], b->ui);
	start(&s[1], b->ui);
	do {
		limit = limit_of(b);
		if (limit)
			break;
		step(&s[0]);
		step(&s[1]);
	} while (are_alike(s) && s[0].stop == RS_STOP_NONE);
	if (b->ui->out_terminal)
		console_end_line(&b->console);
	int lost = report_lost(b);
	if (lost)
		return lost;
	return limit || are_alike(s) ? report_alike(b, limit) : report_difference(b);
}

/* The console of the first is shown; the second one says the same for as long as they are alike. */
static int open_side(struct both *b, int i)
{
	struct ui *ui = b->ui;
	struct side *s = &b->side[i];
	s->cpu = ui->options.cpu = ui->options.both[i];
	int code = session_open(&s->session, ui, ui->options.operand[0], i ? NULL : console_put, &b->console);
	return code ? code : session_until(&s->session, ui);
}

int run_both(struct ui *ui)
{
	struct both *b = host_alloc(ui->host, sizeof(*b));
	if (!b)
		return ui_fail(ui, EXIT_USAGE, "no memory for two machines");
	b->ui = ui;
	b->console = (struct console){ .out = ui->out, .inert = ui->out_terminal, .prompt = ui->out_terminal };
	int code = open_side(b, 0);
	if (!code)
		code = open_side(b, 1);
	if (!code)
		code = run_in_step(b);
	session_close(&b->side[0].session, ui);
	session_close(&b->side[1].session, ui);
	host_release(ui->host, b);
	return code;
}
