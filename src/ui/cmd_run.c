/* cmd_run.c - `run`: a guest from its entry to its end. */
#include <stdio.h>
#include <time.h>

#include "ui/console.h"
#include "ui/state.h"
#include "ui/status.h"

/* How many instructions pass between two looks at the clock when --timeout is given. */
#define SLICE (1u << 20)

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The host's clock decides where the run is cut, and nothing else. */
static void run_for(struct rs_machine *m, const struct options *o, uint64_t limit)
{
	double deadline = now() + o->timeout;
	uint64_t end = 0;
	do
		end = limit - end > SLICE ? end + SLICE : limit;
	while (rs_run(m, end) == RS_STOP_LIMIT && end < limit && !status_limit(rs_status(m), o) && now() < deadline);
}

static const char *limit_name(const struct options *o, const struct rs_status *status)
{
	if (status->why == RS_STOP_BREAK)
		return "--until reached";
	if (status->why != RS_STOP_LIMIT)
		return NULL;
	const char *reached = status_limit(status, o);
	return reached ? reached : "--timeout reached";
}

static void run_up_to(struct rs_machine *m, const struct options *o, uint64_t limit)
{
	if (o->timeout > 0)
		run_for(m, o, limit);
	else
		rs_run(m, limit);
}

const char *run_to_end(struct session *s)
{
	const struct options *o = &s->ui->options;
	uint64_t first = state_first_limit(o, o->max_insns);
	run_up_to(s->machine, o, first);
	const struct rs_status *status = rs_status(s->machine);
	if (state_snapshot(s) && status->why == RS_STOP_LIMIT && status->instructions == first && first < o->max_insns)
		run_up_to(s->machine, o, o->max_insns);
	return limit_name(o, status);
}

int run_told(struct ui *ui, const struct rs_status *status, const char *limit, int code)
{
	const struct options *o = &ui->options;
	struct status_report r = { status, o->operand[0], limit, NULL, code };
	return !o->status_json || status_write_json(ui, o->status_json, &r) ? code : EXIT_USAGE;
}

int run_not_begun(struct ui *ui, int code)
{
	const struct options *o = &ui->options;
	char error[sizeof(ui->failure)];
	snprintf(error, sizeof(error), "%s", ui->failure);
	struct status_report r = { NULL, o->operand[0], NULL, error, code };
	return !o->status_json || status_write_json(ui, o->status_json, &r) ? code : EXIT_USAGE;
}

static int report(struct ui *ui, struct session *s, struct console *c, const char *limit)
{
	const struct options *o = &ui->options;
	const struct rs_status *status = rs_status(s->machine);
	int code = stop_exit_code(status);
	char text[512];
	if (ui->out_terminal || (o->status_json && o->status_json[0] == '-'))
		console_end_line(c);
	if (s->snapshot_failed)
		return run_told(ui, status, limit, EXIT_USAGE);
	session_tell_injections(s, ui);
	ui_fail(ui, code, "%s", status_text(status, ui, limit, text, sizeof(text)));
	return run_told(ui, status, limit, code);
}

int cmd_run(struct ui *ui)
{
	const struct options *o = &ui->options;
	if (o->both[0])
		return run_both(ui);
	if (o->sweep)
		return run_sweep(ui);
	struct console console = { .out = ui->out, .inert = ui->out_terminal, .prompt = ui->out_terminal };
	struct session s;
	int code = session_open(&s, ui, o->operand[0], console_put, &console);
	if (code)
		return run_not_begun(ui, code);
	code = session_until(&s, ui);
	code = code ? run_not_begun(ui, code) : report(ui, &s, &console, run_to_end(&s));
	session_close(&s, ui);
	return code;
}
