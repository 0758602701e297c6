/* cmd_idt.c - !idt: gates with their handlers, stacks and flaws; the vectors of real mode [SDM vol. 3, 6.10 to 6.14 and
 * 20.1.4]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/system.h"

enum { VECTORS_MAXIMUM = 256, TSS64_IST1 = 0x24 };

/* Where the gates are, and how large one is. */
struct idt {
	uint64_t base;
	uint32_t limit;
	unsigned bytes;
	bool real, wide;
};

static struct idt idt_of(struct prompt *p)
{
	const struct cpu_state *st = rs_state(p->machine);
	bool real = !(st->cr0 & 1), wide = system_is_long(p);
	return (struct idt){ st->idtr.base, (uint32_t)st->idtr.limit, real ? 4 : wide ? 16 : 8, real, wide };
}

/* NULL, or why the gate cannot be read. */
static const char *read_gate(struct prompt *p, const struct idt *idt, unsigned vector, uint8_t *bytes)
{
	uint64_t offset = (uint64_t)vector * idt->bytes, at = idt->base + offset;
	memset(bytes, 0, DESCRIPTOR_BYTES);
	if (offset + idt->bytes - 1 > idt->limit)
		return "beyond the limit of the IDT";
	if (!idt->wide)
		at &= UINT32_MAX;
	return rs_read_linear(p->machine, at, bytes, idt->bytes) < idt->bytes ? "the IDT is not mapped there" : NULL;
}

/* ---- what a gate leads to ---- */

/* The code segment that the gate names: what delivery would refuse in it, but for the CPL of then (IN-09 .. IN-11). */
static const char *code_problem(struct prompt *p, uint16_t selector)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	const char *problem = system_descriptor(p, selector, bytes);
	unsigned a = descriptor_decode(bytes, false).attributes;
	if (problem)
		return "its selector has no descriptor";
	if (!(a & SEG_S) || !(a & SEG_CODE))
		return "its selector is not one of code";
	if (!(a & SEG_P))
		return "its code segment is not present";
	if (system_is_long(p) && (a & (SEG_L | SEG_DB)) != SEG_L)
		return "its code segment is not of 64 bits";
	return "";
}

/* Bit 1 of the type is Busy: a switch to a task that runs is refused. */
static const char *task_problem(struct prompt *p, uint16_t selector)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	const char *problem = system_descriptor(p, selector, bytes);
	unsigned a = descriptor_decode(bytes, false).attributes;
	if (problem || selector & 4)
		return "its selector has no descriptor in the GDT";
	if ((a & (SEG_S | SEG_TYPE) & ~(SEG_CODE | 2u)) != 1)
		return "its selector is not one of a TSS";
	return !(a & SEG_P) ? "its TSS is not present" : a & 2 ? "its TSS is busy" : "";
}

/* The linear address of the handler: behind the base of the code segment outside of IA-32e mode. */
static uint64_t handler_of(struct prompt *p, const struct gate *g)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	if (system_is_long(p) || system_descriptor(p, g->selector, bytes))
		return g->target;
	return (uint32_t)(descriptor_decode(bytes, false).base + g->target);
}

static void show_stack(struct prompt *p, unsigned ist)
{
	struct rs_segment tr = rs_get_segment(p->machine, p->fields.tr);
	unsigned at = TSS64_IST1 + (ist - 1) * 8;
	uint8_t bytes[8];
	char text[ADDRESS_TEXT];
	uint64_t stack = 0;
	out_printf(p->ui->out, "  IST %u", ist);
	if (at + 7 > tr.limit || rs_read_linear(p->machine, tr.base + at, bytes, 8) < 8) {
		out_text(p->ui->out, " not in the TSS");
		return;
	}
	for (unsigned i = 8; i > 0; i--)
		stack = stack << 8 | bytes[i - 1];
	out_printf(p->ui->out, " stack %s", address_text(stack, text));
}

static bool is_task_gate(const struct gate *g)
{
	return (g->attributes & (SEG_S | SEG_TYPE)) == 5;
}

static void show_gate(struct prompt *p, unsigned vector, const uint8_t *bytes)
{
	char problems[DESCRIPTOR_TEXT], text[ADDRESS_TEXT], symbol[200] = "";
	struct gate g = gate_decode(bytes, system_is_long(p));
	uint64_t handler = handler_of(p, &g);
	bool task = is_task_gate(&g);
	gate_problems(bytes, system_address_bits(p), problems);
	if (!problems[0])
		snprintf(problems, sizeof(problems), "%s",
			 task ? task_problem(p, g.selector) : code_problem(p, g.selector));
	if (!problems[0] && !task)
		snprintf(problems, sizeof(problems), "%s", system_address_problem(p, handler));
	if (!task)
		symbols_text(&p->symbols, handler, symbol, sizeof(symbol));
	out_printf(p->ui->out, "%02x: %s %-40s %-10s %04x DPL %u", vector, address_text(task ? 0 : g.target, text),
		   symbol, descriptor_type_text(g.attributes), g.selector, (g.attributes & SEG_DPL) >> SEG_DPL_SHIFT);
	if (g.ist)
		show_stack(p, g.ist);
	out_printf(p->ui->out, "%s%s\n", problems[0] ? "  ! " : "", problems);
}

/* Offset and segment of real mode. */
static void show_real(struct prompt *p, unsigned vector, const uint8_t *bytes)
{
	unsigned offset = bytes[0] | bytes[1] << 8, segment = bytes[2] | bytes[3] << 8;
	uint64_t handler = (uint64_t)segment * 16 + offset;
	char symbol[200];
	symbols_text(&p->symbols, handler, symbol, sizeof(symbol));
	out_printf(p->ui->out, "%02x: %04x:%04x = %06" PRIx64 "%s%s\n", vector, segment, offset, handler,
		   symbol[0] ? " " : "", symbol);
}

/* ---- the table ---- */

static void show_run(struct prompt *p, unsigned first, unsigned last, const char *what)
{
	if (first == last)
		out_printf(p->ui->out, "%02x: %s\n", first, what);
	else
		out_printf(p->ui->out, "%02x..%02x: %s\n", first, last, what);
}

/* Why there is nothing to show of a vector; NULL: there is. */
static const char *nothing(struct prompt *p, const struct idt *idt, unsigned vector, uint8_t *bytes)
{
	static const uint8_t zeroes[DESCRIPTOR_BYTES];
	const char *problem = read_gate(p, idt, vector, bytes);
	return problem || memcmp(bytes, zeroes, idt->bytes) ? problem : "empty";
}

static void show_vectors(struct prompt *p, const struct idt *idt, unsigned first, unsigned last)
{
	uint8_t bytes[DESCRIPTOR_BYTES], other[DESCRIPTOR_BYTES];
	for (unsigned v = first; v <= last; v++) {
		unsigned begin = v;
		const char *why = nothing(p, idt, v, bytes);
		while (why && v < last && nothing(p, idt, v + 1, other) == why)
			v++;
		if (why)
			show_run(p, begin, v, why);
		else if (idt->real)
			show_real(p, v, bytes);
		else
			show_gate(p, v, bytes);
	}
}

/* A length counts vectors. */
bool system_idt(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct idt idt = idt_of(p);
	struct range r = { .address = 0, .count = *args ? 1 : VECTORS_MAXIMUM };
	char text[ADDRESS_TEXT];
	(void)command;
	if (!prompt_range(p, args, &r))
		return false;
	if (r.has_last)
		r.count = r.last - r.address + 1;
	if (r.address >= VECTORS_MAXIMUM || r.count > VECTORS_MAXIMUM - r.address)
		return prompt_fail(p, "!idt: vectors are 0 to ff");
	out_printf(p->ui->out, "%s: %s limit %04" PRIx32 "\n", idt.real ? "Interrupt vectors" : "IDT",
		   address_text(idt.base, text), idt.limit);
	show_vectors(p, &idt, (unsigned)r.address, (unsigned)(r.address + r.count - 1));
	return true;
}
