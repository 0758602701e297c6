/* cmd_until.c - pt tt pc tc pa ta, tsys psys tring: on to a return, a call, an address, a system call, another ring. */
#include "ui/repl/commands.h"
#include "ui/repl/go.h"

/* ---- instruction by instruction ---- */

/* The instruction that comes next; false when none is there. */
static bool next_opcode(struct prompt *p, uint8_t bytes[16], const uint8_t **op)
{
	size_t there = rs_read_linear(p->machine, prompt_pc(p), bytes, 15);
	*op = opcode_in(bytes, there, prompt_mode(p));
	return there;
}

static bool is_at_return(struct prompt *p)
{
	uint8_t bytes[16] = { 0 };
	const uint8_t *op;
	return next_opcode(p, bytes, &op) && opcode_goes_back(op);
}

/* SYSENTER too: where it comes back is the kernel's business, but it is a call. */
static bool is_at_call(struct prompt *p)
{
	uint8_t bytes[16] = { 0 };
	const uint8_t *op;
	return next_opcode(p, bytes, &op) && (opcode_comes_back(op) || (op[0] == 0x0f && op[1] == 0x34));
}

typedef enum rs_stop stride_fn(struct prompt *p);

/* `show`: each instruction on the way, as pa and ta do. */
static bool stride_to(struct prompt *p, stride_fn *stride, enough_fn *there, bool show)
{
	enum rs_stop stop;
	for (;;) {
		stop = stride(p);
		if (go_is_over(p, stop) || there(p))
			return go_arrived(p, stop);
		uint64_t pc = prompt_pc(p);
		if (show)
			code_line(p, &pc, true);
	}
}

bool until_return(struct prompt *p, const struct prompt_command *command, const char *args)
{
	if (!prompt_end(p, args) || !go_may(p))
		return false;
	return stride_to(p, command->flavour == 'p' ? go_over_one : go_step, is_at_return, false);
}

bool until_call(struct prompt *p, const struct prompt_command *command, const char *args)
{
	if (!prompt_end(p, args) || !go_may(p))
		return false;
	return stride_to(p, command->flavour == 'p' ? go_over_one : go_step, is_at_call, false);
}

static bool at_target(struct prompt *p)
{
	return prompt_pc(p) == p->go.target;
}

bool until_address(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address;
	if (!*args)
		return prompt_fail(p, "%s: to where? Give an address or a symbol", command->name);
	if (!prompt_value(p, &args, &address) || !prompt_end(p, args) || !go_may(p))
		return false;
	p->go.target = address;
	return stride_to(p, command->flavour == 'p' ? go_over_one : go_step, at_target, true);
}

/* ---- rings ---- */

/* Tells the record at which the run has arrived. */
static bool arrived_behind(struct prompt *p, enum rs_stop stop)
{
	p->go.behind |=
	    stop == RS_STOP_BREAK && p->go.hit < 0 && p->has_last && p->last.cpl_before != p->last.cpl_after;
	return go_arrived(p, stop);
}

static bool is_other_ring(struct prompt *p)
{
	return rs_get(p->machine, p->fields.cpl) != p->go.cpl;
}

bool until_ring(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args) || !go_may(p))
		return false;
	return arrived_behind(p, go_until(p, is_other_ring));
}

/* SYSCALL, SYSENTER, INT n, a call gate: an instruction, not an event, has raised the privilege. */
static bool has_entered(struct prompt *p)
{
	return p->has_last && p->last.kind == RS_RECORD_INSTRUCTION && p->last.cpl_after < p->last.cpl_before;
}

static bool is_back_in_ring(struct prompt *p)
{
	return rs_get(p->machine, p->fields.cpl) >= p->go.target;
}

/* psys lets the call return to the ring that it came from. */
static enum rs_stop to_system_call(struct prompt *p, bool over)
{
	enum rs_stop stop = go_until(p, has_entered);
	if (!over || go_is_over(p, stop))
		return stop;
	p->go.target = p->last.cpl_before;
	return go_until(p, is_back_in_ring);
}

bool until_system_call(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	if (!go_count(p, args, &count) || !go_may(p))
		return false;
	enum rs_stop stop = RS_STOP_NONE;
	while (count--) {
		stop = to_system_call(p, command->flavour == 'p');
		if (go_is_over(p, stop))
			break;
		if (count)
			state_transition(p, &p->last);
	}
	return arrived_behind(p, stop);
}
