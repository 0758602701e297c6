/* cmd_state.c - r, rM, rdmsr, wrmsr, !why, and what every stop shows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/disasm.h"
#include "ui/repl/commands.h"
#include "ui/rules.h"
#include "ui/status.h"
#include "ui/words.h"

#define ALL_GROUPS 0x7eeu
#define USUAL_GROUPS 0x7aau

unsigned state_mode(const struct cpu_state *state)
{
	uint16_t attributes = state->seg[SEG_CS].attr;
	if (attributes & SEG_L && state->efer & EFER_LMA)
		return 64;
	return attributes & SEG_DB ? 32 : 16;
}

unsigned prompt_mode(struct prompt *p)
{
	return state_mode(rs_state(p->machine));
}

uint64_t prompt_pc(struct prompt *p)
{
	uint64_t rip = rs_get(p->machine, p->fields.rip);
	if (prompt_mode(p) == 64)
		return rip;
	return (uint32_t)(rip + rs_get_segment(p->machine, p->fields.cs).base);
}

/* ---- the registers as WinDbg shows them ---- */

static uint64_t named(struct prompt *p, const char *name)
{
	struct reg reg;
	return reg_find(name, strlen(name), &reg) ? reg_read(p->machine, &reg) : 0;
}

static const char *flags_text(uint64_t rflags, char *text, size_t size)
{
	static const struct {
		unsigned bit;
		const char *set, *clear;
	} flags[] = { { 11, "ov", "nv" }, { 10, "dn", "up" }, { 9, "ei", "di" }, { 7, "ng", "pl" },
		      { 6, "zr", "nz" },  { 4, "ac", "na" },  { 2, "pe", "po" }, { 0, "cy", "nc" } };
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, " %s",
					 rflags >> flags[i].bit & 1 ? flags[i].set : flags[i].clear);
	return text;
}

/* Hidden state that decides what the next step does; nothing in the usual case. */
static void show_hidden(struct prompt *p)
{
	static const char *const shadows[] = { "", " shadow of STI", " shadow of MOV SS" };
	uint64_t shadow = named(p, "shadow");
	out_printf(p->ui->out, "%s%s%s%s\n", shadow < 3 ? shadows[shadow] : "", named(p, "halted") ? " halted" : "",
		   named(p, "nmi_blocked") ? " NMI blocked" : "", named(p, "pending_db") ? " #DB pending" : "");
}

static void show_registers(struct prompt *p)
{
	static const char *const rows[][3] = {
		{ "rax", "rbx", "rcx" }, { "rdx", "rsi", "rdi" }, { "rip", "rsp", "rbp" },
		{ "r8", "r9", "r10" },   { "r11", "r12", "r13" }, { "r14", "r15", NULL },
	};
	struct out *o = p->ui->out;
	char flags[40];
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (size_t i = 0; i < 3; i++)
			if (rows[row][i])
				out_printf(o, "%3s=%016" PRIx64 "%s", rows[row][i], named(p, rows[row][i]),
					   i < 2 && rows[row][i + 1] ? " " : "\n");
	uint64_t rflags = rs_get(p->machine, p->fields.rflags);
	out_printf(o, "iopl=%u        %s   cpl=%u n=%" PRIu64, (unsigned)(rflags >> 12 & 3),
		   flags_text(rflags, flags, sizeof(flags)), (unsigned)named(p, "cpl"),
		   rs_status(p->machine)->instructions);
	if (ui_timing(p->ui))
		out_printf(o, " cyc=%" PRIu64, rs_status(p->machine)->cycles);
	show_hidden(p);
	out_printf(o, "cs=%04x  ss=%04x  ds=%04x  es=%04x  fs=%04x  gs=%04x             efl=%08x\n",
		   (unsigned)named(p, "cs"), (unsigned)named(p, "ss"), (unsigned)named(p, "ds"),
		   (unsigned)named(p, "es"), (unsigned)named(p, "fs"), (unsigned)named(p, "gs"), (unsigned)rflags);
}

static void show_place(struct prompt *p)
{
	uint64_t pc = prompt_pc(p);
	char address[ADDRESS_TEXT];
	if (!code_line(p, &pc, true))
		out_printf(p->ui->out, "%s ??              not mapped\n", address_text(pc, address));
}

void state_show(struct prompt *p)
{
	show_registers(p);
	show_place(p);
}

void state_stop(struct prompt *p)
{
	if (!p->attendant)
		show_registers(p);
	show_place(p);
}

/* ---- what a step changed ---- */

/* The instruction's mnemonic in capitals, or the event's name and error code. */
const char *happening_text(const struct happening *h, char *text, size_t size)
{
	char words[120] = "";
	if (h->kind == RS_RECORD_EVENT) {
		status_vector(h->vector, words, sizeof(words));
		if (h->has_error_code)
			snprintf(text, size, "%s, error code %" PRIx32, words, h->error_code);
		else
			snprintf(text, size, "%s", words);
		return text;
	}
	ui_disassemble(h->bytes, h->length, h->rip, h->mode, words, sizeof(words));
	words[strcspn(words, " ")] = 0;
	for (char *c = words; *c; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	snprintf(text, size, "%s", words);
	return text;
}

static void show_rules(struct prompt *p, const struct happening *h)
{
	const char *separator = ": ";
	if (h->cause)
		out_printf(p->ui->out, ", raised by %s", h->cause);
	for (unsigned i = 0; i < h->rule_count; i++, separator = " ")
		out_printf(p->ui->out, "%s%s", separator, rs_rule_info(h->rules[i])->id);
	out_text(p->ui->out, "\n");
}

static void show_heading(struct prompt *p, const struct happening *h)
{
	char text[160];
	happening_text(h, text, sizeof(text));
	if (h->cpl_before != h->cpl_after)
		out_printf(p->ui->out, "-- CPL %u -> %u by %s", h->cpl_before, h->cpl_after, text);
	else
		out_printf(p->ui->out, "-- %s at CPL %u", text, h->cpl_before);
	show_rules(p, h);
}

void state_transition(struct prompt *p, const struct happening *h)
{
	struct field_value before, now;
	char old[80], new[80];
	show_heading(p, h);
	for (size_t i = 0; !p->attendant && i < rs_field_count(); i++) {
		field_read(state_before(p), i, &before);
		field_read(state_now(p), i, &now);
		if (i != p->fields.cpl && !field_same(&before, &now))
			out_printf(p->ui->out, "   %-7s %s -> %s\n", rs_field_info(i)->name,
				   field_text(i, &before, old, sizeof(old)), field_text(i, &now, new, sizeof(new)));
	}
}

static void show_rule(struct prompt *p, const char *id)
{
	char text[1600];
	if (cause_text(id, text, sizeof(text)))
		out_printf(p->ui->out, "   %s  %s\n", id, text);
}

static bool told_before(const struct happening *h, unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (h->rules[i] == h->rules[index])
			return true;
	return false;
}

static void show_happening(struct prompt *p, const struct happening *h)
{
	char address[ADDRESS_TEXT], symbol[200];
	show_heading(p, h);
	symbols_text(&p->symbols, h->rip, symbol, sizeof(symbol));
	out_printf(p->ui->out, "   at %s%s%s, n=%" PRIu64 "\n", address_text(h->rip, address), symbol[0] ? " " : "",
		   symbol, h->n);
	if (h->kind == RS_RECORD_EVENT)
		scene_show(p, h);
	if (h->cause)
		show_rule(p, h->cause);
	for (unsigned i = 0; i < h->rule_count; i++)
		if (!told_before(h, i))
			show_rule(p, rs_rule_info(h->rules[i])->id);
}

/* Without a record: the faults of the shutdown, and the instruction in which it began. */
static void show_shutdown(struct prompt *p)
{
	const struct rs_status *status = rs_status(p->machine);
	const struct rs_record record = { .rip = status->rip };
	const struct happening first = { .vector = status->vectors[0], .cause = status->rules[0] };
	char text[512];
	out_printf(p->ui->out, "-- %s\n", status_text(status, p->ui, NULL, text, sizeof(text)));
	p->scene.state = *state_now(p);
	scene_keep(&p->scene, p->machine, &record);
	scene_show(p, &first);
	for (unsigned i = 0; i < status->fault_count; i++)
		if (status->rules[i] && (!i || !status->rules[i - 1] || strcmp(status->rules[i], status->rules[i - 1])))
			show_rule(p, status->rules[i]);
}

bool state_why(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args))
		return false;
	if (rs_status(p->machine)->why == RS_STOP_TRIPLE_FAULT) {
		show_shutdown(p);
		return true;
	}
	if (!recall_why(p))
		return false;
	if (p->has_event)
		show_happening(p, &p->event);
	if (p->has_transition)
		show_happening(p, &p->transition);
	if (!p->has_event && !p->has_transition)
		out_text(p->ui->out, "no exception, interrupt or privilege transition so far\n");
	return true;
}

/* ---- r and rM ---- */

static bool find_register(struct prompt *p, const char *name, size_t length, struct reg *reg)
{
	if (length && *name == '@') {
		name++;
		length--;
	}
	return reg_find(name, length, reg) ||
	       prompt_fail(p, "no register '%.*s'; rM lists them", (int)(length < 60 ? length : 60), name);
}

static bool set_register(struct prompt *p, const char *name, size_t length, const char *expression)
{
	struct reg reg;
	uint64_t value;
	if (!find_register(p, name, length, &reg) || !prompt_value(p, &expression, &value) ||
	    !prompt_end(p, expression))
		return false;
	if (reg.bits && reg.bits < 64 && value >> reg.bits)
		return prompt_fail(p, "%" PRIx64 " does not fit into %.*s", value, (int)length, name);
	if (!prompt_may_change(p, "r"))
		return false;
	if (!reg_write(p->machine, &reg, value))
		return prompt_fail(p, "%.*s cannot be set; it is loaded from a descriptor or by an instruction",
				   (int)length, name);
	p->next.has_code = false;
	return true;
}

static void show_register(struct prompt *p, const char *name, const struct reg *reg)
{
	struct field_value value;
	char text[80];
	bool whole = reg->part == REG_VALUE && reg->shift == 0;
	bool is_number = rs_field_info(reg->field)->kind == RS_FIELD_NUMBER;
	if (whole && !is_number) {
		field_read(rs_state(p->machine), reg->field, &value);
		out_printf(p->ui->out, "%s=%s\n", name, field_text(reg->field, &value, text, sizeof(text)));
	} else {
		int digits = is_number                ? (int)(reg->bits + 3) / 4
			     : reg->part == REG_BASE  ? 16
			     : reg->part == REG_LIMIT ? 8
						      : 4;
		out_printf(p->ui->out, "%s=%0*" PRIx64 "\n", name, digits, reg_read(p->machine, reg));
	}
}

bool state_registers(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct reg reg;
	char name[24];
	size_t length = strcspn(args, " \t=");
	const char *rest = args + length + strspn(args + length, " \t");
	(void)command;
	if (!*args) {
		state_show(p);
		return true;
	}
	if (*rest == '=')
		return set_register(p, args, length, rest + 1 + strspn(rest + 1, " \t"));
	if (!*rest && float_show(p, args + (*args == '@'), length - (*args == '@')))
		return true;
	if (!find_register(p, args, length, &reg) || !prompt_end(p, rest))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)length, args + (*args == '@'));
	show_register(p, name, &reg);
	return true;
}

static void show_group(struct prompt *p, const char *group)
{
	struct field_value value;
	char text[80];
	out_printf(p->ui->out, "%s:\n", group);
	for (size_t i = 0; i < rs_field_count(); i++) {
		const struct rs_field *f = rs_field_info(i);
		if (strcmp(f->group, group))
			continue;
		field_read(rs_state(p->machine), i, &value);
		out_printf(p->ui->out, "  %-12s %-50s %s\n", f->name, field_text(i, &value, text, sizeof(text)),
			   f->about);
	}
}

/* The mask's bits are those of WinDbg's rM where it has one for the group. */
bool state_groups(struct prompt *p, const struct prompt_command *command, const char *args)
{
	static const struct {
		unsigned mask;
		const char *group;
	} groups[] = { { 0x2, "general" }, { 0x4, "x87" },     { 0x8, "segment" },
		       { 0x20, "debug" },  { 0x40, "vector" }, { 0x80, "control" },
		       { 0x100, "table" }, { 0x200, "msr" },   { 0x400, "hidden" } };
	uint64_t mask = USUAL_GROUPS;
	(void)command;
	if ((*args && !prompt_value(p, &args, &mask)) || !prompt_end(p, args))
		return false;
	if (!(mask & ALL_GROUPS))
		return prompt_fail(p, "rM: no group has a bit in mask %" PRIx64 "; help rM lists them", mask);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (mask & groups[i].mask)
			show_group(p, groups[i].group);
	return true;
}

/* ---- MSRs ---- */

/* The name of a field would be read as its value: the RIP in LSTAR is not the number of LSTAR. */
/* By number, or by name where that is no number. */
static bool msr_number(struct prompt *p, const char **args, uint64_t *address)
{
	size_t length = strcspn(*args, " \t"), digits = 0;
	uint32_t named;
	while (word_hex_digit((*args)[digits]) >= 0)
		digits++;
	if (digits != length && msr_named(*args, length, &named)) {
		*address = named;
		*args = skip_blanks(*args + length);
		return true;
	}
	if (!prompt_value(p, args, address))
		return false;
	return *address <= UINT32_MAX ||
	       prompt_fail(p, "%" PRIx64 " is not an MSR: their numbers have 32 bits", *address);
}

bool state_rdmsr(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address, value;
	(void)command;
	if (!msr_number(p, &args, &address) || !prompt_end(p, args))
		return false;
	if (!rs_read_msr(p->machine, (uint32_t)address, &value))
		return prompt_fail(p, "rdmsr %" PRIx64 ": RDMSR would raise #GP(0): %s has no such MSR", address,
				   ui_cpu(p->ui));
	out_printf(p->ui->out, "msr[%" PRIx64 "] = %08" PRIx64 "`%08" PRIx64 "\n", address, value >> 32,
		   value & UINT32_MAX);
	return true;
}

bool state_wrmsr(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address, value;
	(void)command;
	if (!msr_number(p, &args, &address) || !prompt_value(p, &args, &value) || !prompt_end(p, args))
		return false;
	if (!prompt_may_change(p, "wrmsr"))
		return false;
	if (!rs_write_msr(p->machine, (uint32_t)address, value))
		return prompt_fail(p, "wrmsr %" PRIx64 ": WRMSR would raise #GP(0): no such MSR, or a value it refuses",
				   address);
	return true;
}
