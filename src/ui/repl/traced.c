/* traced.c - step -o: the trace of what the session ran. A record is written when it is made for the first time; what
 * comes again after going back is in it already. */
#include "trace/trace.h"
#include "ui/repl/repl.h"

struct traced {
	struct trace_header header;
	struct trace_writer writer;
	struct out *out;
	struct rs_position written; /* up to here */
};

static void to_out(void *arg, const char *line, size_t size)
{
	out_write(arg, line, size);
}

static bool begin(struct prompt *p, struct traced *t)
{
	struct rs_error why;
	if (p->ui->options.max_cycles != RS_FOREVER)
		return prompt_fail(p, "-o: not with --max-cycles here: what has not ended could not be repeated; use "
				      "--max-insns");
	if (!trace_header_of(&t->header, p->ui, &p->session, &why) ||
	    !(t->out = out_open(p->ui->host, p->ui->options.output, &why)))
		return prompt_lost(p, why.text);
	trace_write_header(&t->header, to_out, t->out);
	trace_writer_start(&t->writer, &t->header, rs_state(p->machine), to_out, t->out);
	t->written = rs_position(p->machine);
	p->trace = t;
	return true;
}

bool traced_open(struct prompt *p)
{
	if (!p->ui->options.output)
		return true;
	struct traced *t = host_alloc(p->ui->host, sizeof(*t));
	if (!t)
		return prompt_lost(p, "no memory for a trace");
	if (begin(p, t))
		return true;
	host_release(p->ui->host, t);
	return false;
}

void traced_record(struct prompt *p, const struct rs_record *record)
{
	struct rs_position here = rs_position(p->machine);
	if (!p->trace || rs_position_compare(here, p->trace->written) <= 0)
		return;
	p->trace->written = here;
	trace_observe(&p->trace->writer, p->machine, record);
}

/* A run that has not ended ends at a limit, as `check` can repeat it: behind the instruction that events beyond the
 * last one belong to. The guest's console has nothing to say any more. */
static void run_to_boundary(struct prompt *p)
{
	struct rs_position at = rs_position(p->machine);
	p->console.silent = true;
	rs_history_run(p->history, at.events ? at.n + 1 : at.n);
	p->console.silent = false;
}

/* The end line tells of the farthest state, so the guest goes there. */
static bool end(struct prompt *p, struct traced *t, struct rs_error *why)
{
	struct rs_history_status s;
	rs_history_status(p->history, &s);
	p->settling = true;
	if (rs_position_compare(rs_position(p->machine), s.frontier) && !rs_history_seek(p->history, s.frontier, why)) {
		out_abandon(t->out);
		return false;
	}
	if (!prompt_has_ended(p))
		run_to_boundary(p);
	trace_write_end(&t->writer, rs_status(p->machine), rs_state_hash(p->machine));
	return out_close(t->out, why);
}

bool prompt_may_change(struct prompt *p, const char *command)
{
	return !p->trace || prompt_fail(p,
					"%s: a trace (-o) cannot hold what is changed by hand, and `check` would not "
					"repeat it; leave -o out (--nmi-at and its kin are in the trace)",
					command);
}

bool traced_close(struct prompt *p)
{
	struct traced *t = p->trace;
	struct rs_error why;
	if (!t)
		return true;
	bool good = end(p, t, &why);
	p->trace = NULL;
	host_release(p->ui->host, t);
	return good || prompt_lost(p, why.text);
}
