/* cmd_trace.c - ringstep trace IMAGE [-o FILE]: runs an image and writes every record. */
#include <string.h>

#include "cpu/state.h"
#include "trace/trace.h"
#include "ui/console.h"
#include "ui/disasm.h"
#include "ui/state.h"
#include "ui/status.h"

struct tracing {
	struct ui *ui;
	struct console console;
	struct session session;
	struct trace_header header;
	struct trace_writer writer;
	struct out *out;
};

static void to_out(void *arg, const char *line, size_t size)
{
	out_write(arg, line, size);
}

/* With --until, the run stops there; and a full disk shall not cost the rest of a long run. */
static bool trace_ends(void *arg, struct rs_machine *m)
{
	const struct tracing *t = arg;

	return t->out->failed || (t->header.has_until && rs_status(m)->rip == t->header.until);
}

static bool copy_text(char *to, size_t room, const char *text, struct rs_error *why)
{
	size_t n = strlen(text);

	if (n >= room)
		return error_set(why, RS_ERROR_ARGUMENT, "a trace holds at most %zu bytes of arguments", room - 1);
	memcpy(to, text, n + 1);
	return true;
}

bool trace_header_of(struct trace_header *h, const struct ui *ui, const struct session *s, struct rs_error *why)
{
	const struct options *o = &ui->options;
	size_t timing = ui_timing(ui) ? (size_t)rs_timing_find(ui_timing(ui)) : 0;

	h->memory = o->memory ? o->memory : RS_MEMORY_DEFAULT;
	h->timing_version = rs_timing_version(timing);
	h->limit = o->max_insns;
	h->cycle_limit = o->max_cycles;
	h->has_until = o->until;
	h->until = s->until;
	h->key_interval = TRACE_KEY_INTERVAL;
	h->key_lines_only = o->key_lines_only;
	h->start = o->start;
	h->input = s->input.bytes;
	h->input_size = s->input.size;
	h->injection_count = o->injection_count;
	memcpy(h->injection, s->injection, sizeof(h->injection));
	if (!copy_text(h->cpu, sizeof(h->cpu), ui_cpu(ui), why) ||
	    !copy_text(h->timing, sizeof(h->timing), rs_timing_name(timing), why) ||
	    !copy_text(h->arguments, sizeof(h->arguments), s->command_line, why))
		return false;
	if (s->state.name[0]) { /* it has the files, arguments and input */
		h->arguments[0] = 0;
		h->file[h->file_count++] = s->state;
		return true;
	}
	if (!trace_header_add(h, "kernel", &s->image, why))
		return false;
	for (size_t i = 0; i < s->user_count; i++)
		if (!trace_header_add(h, "user", &s->user[i], why))
			return false;
	return true;
}

/* The lines of a run from its start state to its end. */
static void write_run(struct tracing *t)
{
	struct rs_machine *m = t->session.machine;
	struct trace_writer *w = &t->writer;

	trace_write_header(&t->header, to_out, t->out);
	w->disassemble = t->ui->options.disasm ? ui_disassemble : NULL;
	trace_writer_start(w, &t->header, rs_state(m), to_out, t->out);
	rs_observe(m, trace_observe, w);
	rs_break_when(m, trace_ends, t);
	uint64_t first = state_first_limit(&t->ui->options, t->header.limit);
	enum rs_stop stop = rs_run(m, first);
	if (state_snapshot(&t->session) && stop == RS_STOP_LIMIT && first < t->header.limit &&
	    rs_status(m)->instructions == first)
		rs_run(m, t->header.limit);
	rs_observe(m, NULL, NULL);
	trace_write_end(w, rs_status(m), rs_state_hash(m));
}

static const char *limit_name(const struct rs_status *status, const struct options *o)
{
	return status->why == RS_STOP_BREAK   ? "--until reached"
	       : status->why == RS_STOP_LIMIT ? status_limit(status, o)
					      : NULL;
}

/* A trace without its last line is none, so memory that ran out leaves no file. */
static int finish(struct tracing *t)
{
	const struct rs_status *status = rs_status(t->session.machine);
	int code = stop_exit_code(status);
	struct rs_error why;
	char text[512];

	if (t->session.snapshot_failed) {
		if (t->out != t->ui->out)
			out_abandon(t->out);
		return EXIT_USAGE;
	}
	if (t->out != t->ui->out && status->why == RS_STOP_NO_MEMORY)
		out_abandon(t->out);
	else if (t->out != t->ui->out && !out_close(t->out, &why))
		return ui_fail(t->ui, EXIT_USAGE, "%s", why.text);
	if (t->ui->out_terminal && t->out != t->ui->out)
		console_end_line(&t->console);
	session_tell_injections(&t->session, t->ui);
	const char *limit = limit_name(status, &t->ui->options);
	return ui_fail(t->ui, code, "%s", status_text(status, t->ui, limit, text, sizeof(text)));
}

static int trace_session(struct tracing *t)
{
	const char *path = t->ui->options.output;
	struct rs_error why;
	int code = session_until(&t->session, t->ui);

	if (code)
		return code;
	if (!trace_header_of(&t->header, t->ui, &t->session, &why))
		return ui_fail(t->ui, EXIT_USAGE, "%s", why.text);
	t->out = path && strcmp(path, "-") != 0 ? out_open(t->ui->host, path, &why) : t->ui->out;
	if (!t->out)
		return ui_fail(t->ui, EXIT_USAGE, "%s", why.text);
	write_run(t);
	return finish(t);
}

int cmd_trace(struct ui *ui)
{
	const struct options *o = &ui->options;
	bool to_file = o->output && strcmp(o->output, "-") != 0;
	struct tracing *t = host_alloc(ui->host, sizeof(*t));
	int code;

	if (!t)
		return ui_fail(ui, EXIT_USAGE, "no memory for a trace");
	t->ui = ui;
	t->console = (struct console){ .out = ui->out, .inert = ui->out_terminal, .prompt = ui->out_terminal };
	code = session_open(&t->session, ui, o->operand[0], to_file ? console_put : NULL, &t->console);
	if (!code) {
		code = trace_session(t);
		session_close(&t->session, ui);
	}
	host_release(ui->host, t);
	return code;
}
