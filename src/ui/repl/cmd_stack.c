/* cmd_stack.c - k, kb, kv, kp, dv: who called whom, through the changes of ring. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/stack.h"
#include "ui/repl/types.h"

enum { FRAMES = 20, FRAMES_MAXIMUM = 1000 };

/* "kernel!main+0x12", the bare address where no symbol is. */
static void show_site(struct prompt *p, const struct stack_walk *w, int flavour)
{
	uint64_t pc = w->frame.value[DEBUG_PC];
	char text[200], where[ADDRESS_TEXT];
	struct debug_place place;
	if (w->called)
		symbols_return_text(&p->symbols, pc, text, sizeof(text));
	else
		symbols_text(&p->symbols, pc, text, sizeof(text));
	out_text(p->ui->out, *text ? text : address_text(pc, where));
	if (flavour == 'p')
		types_show_parameters(p, w);
	if (symbols_place(&p->symbols, pc - w->called, &place))
		out_printf(p->ui->out, " [%s @ %u]", place.file, place.line);
}

/* What stands on the stack above the return address: the arguments of 32-bit code, whatever else in 64-bit code. */
static void show_arguments(struct prompt *p, const struct stack_walk *frame, const struct stack_walk *caller, bool same)
{
	unsigned word = frame->frame.word;
	uint64_t at = stack_pointer(same ? caller : frame);
	for (unsigned i = 0; i < (word == 8 ? 4u : 3u); i++) {
		uint64_t value = 0;
		char text[ADDRESS_TEXT];
		bool there = same && rs_read_linear(p->machine, at + i * word, &value, word) == word;
		if (word == 4)
			out_printf(p->ui->out, there ? "%s%08" PRIx64 : "%s????????", i ? " " : "", value);
		else
			out_printf(p->ui->out, "%s%s", i ? " " : "",
				   there ? address_text(value, text) : "????????`????????");
	}
	out_text(p->ui->out, " : ");
}

static const char *way_text(enum stack_way way)
{
	static const char *const texts[] = { "end", "CFI", "frame pointer", "CALL", "ring" };
	return texts[way];
}

static void show_header(struct prompt *p, int flavour)
{
	if (flavour == 'b' || flavour == 'v')
		out_printf(p->ui->out, " # %-17s : %-71s : Call Site\n", "RetAddr", "Args to Child");
	else
		out_printf(p->ui->out, " # %-17s %-17s Call Site\n", "Child-SP", "RetAddr");
}

static void show_frame(struct prompt *p, const struct stack_walk *frame, const struct stack_walk *caller,
		       enum stack_way way, unsigned number, int flavour)
{
	bool arguments = flavour == 'b' || flavour == 'v';
	char sp[ADDRESS_TEXT], back[ADDRESS_TEXT];
	address_text(way == STACK_END ? 0 : caller->frame.value[DEBUG_PC], back);
	if (arguments)
		out_printf(p->ui->out, "%02x %s : ", number, back);
	else
		out_printf(p->ui->out, "%02x %s %s ", number, address_text(stack_pointer(frame), sp), back);
	if (arguments)
		show_arguments(p, frame, caller, way != STACK_END && way != STACK_RING);
	show_site(p, frame, flavour);
	out_printf(p->ui->out, flavour == 'v' ? " (by %s)\n" : "\n", way_text(way));
}

/* The line between the frames of a handler and those of what it interrupted. */
static void show_crossing(struct prompt *p, const struct ring_change *c)
{
	char text[160], rip[ADDRESS_TEXT], rsp[ADDRESS_TEXT], frame[ADDRESS_TEXT];
	happening_text(&c->what, text, sizeof(text));
	out_printf(p->ui->out, "-- CPL %u -> %u by %s, n=%" PRIu64 ": rip=%s rsp=%s", c->what.cpl_before,
		   c->what.cpl_after, text, c->what.n, address_text(c->back, rip), address_text(c->gpr[RSP], rsp));
	if (c->what.kind == RS_RECORD_EVENT || !strncmp(text, "INT", 3))
		out_printf(p->ui->out, ", frame at %s", address_text(c->frame, frame));
	out_text(p->ui->out, "\n");
}

static bool frame_count(struct prompt *p, const char *args, uint64_t *count)
{
	*count = FRAMES;
	if ((*args && !prompt_value(p, &args, count)) || !prompt_end(p, args))
		return false;
	return (*count && *count <= FRAMES_MAXIMUM) || prompt_fail(p, "k: 1 to %x frames", FRAMES_MAXIMUM);
}

bool stack_show(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct stack_walk w;
	uint64_t count;
	if (!frame_count(p, args, &count))
		return false;
	if (prompt_mode(p) == 16)
		return prompt_fail(p, "k: 16-bit code keeps no frames that could be followed");
	if (!stack_begin(&w, p))
		return false;
	show_header(p, command->flavour);
	for (unsigned i = 0; i < count; i++) {
		struct stack_walk frame = w;
		enum stack_way way = stack_next(&w);
		show_frame(p, &frame, &w, way, i, command->flavour);
		if (way == STACK_END)
			return true;
		if (way == STACK_RING)
			show_crossing(p, w.crossed);
	}
	out_printf(p->ui->out, "(there are more; k N shows N frames)\n");
	return true;
}

/* Of frame N of `k`, or of the innermost. */
bool stack_locals(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct stack_walk w;
	uint64_t number = 0;
	(void)command;
	if ((*args && !prompt_value(p, &args, &number)) || !prompt_end(p, args))
		return false;
	if (!stack_begin(&w, p))
		return false;
	for (uint64_t i = 0; i < number; i++)
		if (i == FRAMES_MAXIMUM || stack_next(&w) == STACK_END)
			return prompt_fail(p, "dv: there is no frame %" PRIx64 "; k lists them", number);
	return types_show_locals(p, &w);
}
