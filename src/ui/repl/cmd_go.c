/* cmd_go.c - t, p, g, gu, tring: every way of letting the guest go on. */
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/status.h"

/* ---- what a step did ---- */

void go_observe(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct prompt *p = arg;
	struct happening *h = &p->last;
	*h = (struct happening){
		.kind = r->kind,
		.n = r->n,
		.rip = r->rip,
		.mode = p->mode,
		.length = r->length,
		.vector = r->vector,
		.cpl_before = r->cpl,
		.cpl_after = (uint8_t)rs_get(m, p->fields.cpl),
		.has_error_code = r->has_error_code,
		.error_code = r->error_code,
		.cause = r->cause,
		.rule_count = r->rule_count,
	};
	memcpy(h->bytes, r->bytes, sizeof(r->bytes));
	memcpy(h->rules, r->rules, sizeof(h->rules[0]) * r->rule_count);
	p->has_last = true;
	if (h->kind == RS_RECORD_EVENT) {
		p->event = *h;
		p->has_event = true;
		p->scene.state = p->previous;
		scene_keep(&p->scene, m, r);
	} else if (h->rule_count) {
		p->transition = *h;
		p->has_transition = true;
	}
	p->mode = prompt_mode(p);
	p->previous = *rs_state(m);
}

static bool is_worth_a_line(const struct happening *h)
{
	return h->kind == RS_RECORD_EVENT || h->rule_count || h->cpl_before != h->cpl_after;
}

/* ---- ends ---- */

bool prompt_has_ended(struct prompt *p)
{
	switch (rs_status(p->machine)->why) {
	case RS_STOP_EXIT:
	case RS_STOP_TRIPLE_FAULT:
	case RS_STOP_UNIMPLEMENTED:
	case RS_STOP_HALTED:
		return true;
	default:
		return false;
	}
}

/* What is unimplemented or halted can be tried again after the user has changed something. */
static bool may_go(struct prompt *p)
{
	enum rs_stop why = rs_status(p->machine)->why;
	if (why == RS_STOP_EXIT || why == RS_STOP_TRIPLE_FAULT)
		return prompt_fail(p, "the guest has ended; look around, or leave with q");
	p->mode = prompt_mode(p);
	p->previous = *rs_state(p->machine);
	return true;
}

static void tell_status(struct prompt *p, const char *limit)
{
	char text[512];
	console_end_line(&p->console);
	out_printf(p->ui->out, "-- %s\n", status_text(rs_status(p->machine), p->ui, limit, text, sizeof(text)));
}

/* After every stop: why, if it is not that all was done, and where. */
static bool arrived(struct prompt *p, enum rs_stop stop)
{
	p->next.has_code = false;
	console_end_line(&p->console);
	if (stop == RS_STOP_NO_MEMORY)
		return prompt_lost(p, "out of memory; the step was not made");
	if (p->go.hit >= 0)
		out_printf(p->ui->out, "Breakpoint %x hit\n", (unsigned)p->go.hit);
	if (prompt_has_ended(p))
		tell_status(p, NULL);
	else if (stop == RS_STOP_LIMIT)
		tell_status(p, status_limit(rs_status(p->machine), &p->ui->options));
	if (stop != RS_STOP_EXIT && stop != RS_STOP_TRIPLE_FAULT)
		state_show(p);
	return true;
}

/* ---- one step at a time ---- */

static void note_break(struct prompt *p)
{
	p->go.hit = breaks_at(p, prompt_pc(p));
	if (p->go.hit >= 0)
		p->breaks[p->go.hit].hits++;
}

static enum rs_stop one_step(struct prompt *p)
{
	if (status_limit(rs_status(p->machine), &p->ui->options))
		return RS_STOP_LIMIT;
	state_keep(p, p->before);
	p->has_last = false;
	enum rs_stop stop = rs_step(p->machine);
	if (p->has_last && is_worth_a_line(&p->last))
		state_transition(p, &p->last);
	p->go.hit = -1;
	if (stop == RS_STOP_NONE)
		note_break(p);
	return stop;
}

static bool count_argument(struct prompt *p, const char *args, uint64_t *count)
{
	*count = 1;
	return (!*args || prompt_value(p, &args, count)) && prompt_end(p, args);
}

/* Steps between the first and the last show the instruction that comes next, not all registers. */
bool go_trace(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	(void)command;
	if (!count_argument(p, args, &count) || !may_go(p))
		return false;
	enum rs_stop stop = RS_STOP_NONE;
	while (count--) {
		stop = one_step(p);
		if (stop != RS_STOP_NONE || p->go.hit >= 0)
			break;
		uint64_t pc = prompt_pc(p);
		if (count)
			code_line(p, &pc, true);
	}
	return arrived(p, stop);
}

/* ---- running ---- */

/* Before each instruction of a run (rs_break_fn). A breakpoint under the first one has been seen already. */
static bool is_enough(void *arg, struct rs_machine *m)
{
	struct prompt *p = arg;
	struct go *go = &p->go;
	(void)m;
	if (!go->first) {
		note_break(p);
		if (go->hit >= 0 || (go->enough && go->enough(p)))
			return true;
	}
	go->first = false;
	if (go->keep)
		state_keep(p, p->before);
	return false;
}

static enum rs_stop run(struct prompt *p, enough_fn *enough)
{
	p->has_last = false;
	p->go.enough = enough;
	p->go.first = true;
	p->go.hit = -1;
	p->go.cpl = (uint8_t)rs_get(p->machine, p->fields.cpl);
	p->go.rsp = rs_get(p->machine, p->fields.rsp);
	p->go.depth = 0;
	out_flush(p->ui->out);
	rs_break_when(p->machine, is_enough, p);
	enum rs_stop stop = rs_run(p->machine, p->ui->options.max_insns);
	rs_break_when(p->machine, NULL, NULL);
	return stop;
}

static bool at_address(struct prompt *p)
{
	return prompt_pc(p) == p->go.address;
}

bool go_run(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool has_address = *args;
	(void)command;
	if ((has_address && !prompt_value(p, &args, &p->go.address)) || !prompt_end(p, args) || !may_go(p))
		return false;
	return arrived(p, run(p, has_address ? at_address : NULL));
}

static bool is_other_ring(struct prompt *p)
{
	return rs_get(p->machine, p->fields.cpl) != p->go.cpl;
}

bool go_ring(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args) || !may_go(p))
		return false;
	p->go.keep = true;
	enum rs_stop stop = run(p, is_other_ring);
	p->go.keep = false;
	if (stop == RS_STOP_BREAK && p->has_last && p->last.cpl_before != p->last.cpl_after)
		state_transition(p, &p->last);
	return arrived(p, stop);
}

/* ---- calls and returns ---- */

/* The opcode behind the prefixes. */
static const uint8_t *opcode(const uint8_t *bytes, size_t length, unsigned mode)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	size_t i = 0;
	while (i + 1 < length && memchr(prefixes, bytes[i], sizeof(prefixes)))
		i++;
	if (i + 1 < length && mode == 64 && (bytes[i] & 0xf0) == 0x40)
		i++;
	return bytes + i;
}

/* CALL in its forms, INT3, INT n, INTO, INT1, SYSCALL: what comes back to the next instruction. SYSENTER does not. */
static bool comes_back(const uint8_t *op)
{
	unsigned reg = op[1] >> 3 & 7;
	if (op[0] == 0xff)
		return reg == 2 || reg == 3;
	if (op[0] == 0x0f)
		return op[1] == 0x05;
	return op[0] == 0xe8 || op[0] == 0x9a || (op[0] >= 0xcc && op[0] <= 0xce) || op[0] == 0xf1;
}

/* RET and far RET with and without a number, IRET, SYSRET, SYSEXIT. */
static bool goes_back(const uint8_t *op)
{
	if (op[0] == 0x0f)
		return op[1] == 0x07 || op[1] == 0x35;
	return op[0] == 0xc2 || op[0] == 0xc3 || op[0] == 0xca || op[0] == 0xcb || op[0] == 0xcf;
}

static bool is_back(struct prompt *p)
{
	return at_address(p) && !is_other_ring(p) && rs_get(p->machine, p->fields.rsp) >= p->go.rsp;
}

static enum rs_stop over(struct prompt *p)
{
	uint8_t bytes[16] = { 0 };
	char text[120];
	uint64_t pc = prompt_pc(p);
	size_t length = code_at(p, pc, bytes, text, sizeof(text));
	if (!length || !comes_back(opcode(bytes, length, prompt_mode(p))))
		return one_step(p);
	p->go.address = pc + length;
	return run(p, is_back);
}

bool go_over(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	(void)command;
	if (!count_argument(p, args, &count) || !may_go(p))
		return false;
	enum rs_stop stop = RS_STOP_NONE;
	while (count--) {
		stop = over(p);
		if ((stop != RS_STOP_NONE && stop != RS_STOP_BREAK) || p->go.hit >= 0)
			break;
		uint64_t pc = prompt_pc(p);
		if (count)
			code_line(p, &pc, true);
	}
	return arrived(p, stop);
}

/* Whether the last record ended what the run began in. Calls and returns are counted in the ring of the beginning only:
 * the stack pointer says nothing, since an entry from user code has another one soon. Leaving the ring is a return. */
static bool has_returned(struct prompt *p)
{
	const struct happening *h = &p->last;
	struct go *go = &p->go;
	if (!p->has_last || h->cpl_before != go->cpl || h->cpl_after < go->cpl)
		return false;
	const uint8_t *op = opcode(h->bytes, h->length, h->mode);
	bool event = h->kind == RS_RECORD_EVENT;
	if (!event && goes_back(op))
		return h->cpl_after > go->cpl || !go->depth--;
	go->depth += event || comes_back(op);
	return false;
}

bool go_up(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args) || !may_go(p))
		return false;
	p->go.keep = true;
	enum rs_stop stop = run(p, has_returned);
	p->go.keep = false;
	if (stop == RS_STOP_BREAK && p->go.hit < 0 && is_worth_a_line(&p->last))
		state_transition(p, &p->last);
	return arrived(p, stop);
}
