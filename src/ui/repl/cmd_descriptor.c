/* cmd_descriptor.c - dg, !gdt, !ldt: descriptors in the tables beside the hidden caches that hold their selectors.
 * SYSCALL loads fixed caches and never reads the table, so the two may differ; dg says in what [SDM vol. 3, segment
 * descriptors]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/system.h"

#define SELECTOR_TI 4u
#define ATTR_AVL 0x1000u

/* ---- what the tables hold ---- */

bool system_is_long(struct prompt *p)
{
	return rs_state(p->machine)->efer >> 10 & 1;
}

unsigned system_address_bits(struct prompt *p)
{
	return !system_is_long(p) ? 0 : rs_state(p->machine)->cr4 >> 12 & 1 ? 57 : 48;
}

const char *system_address_problem(struct prompt *p, uint64_t address)
{
	unsigned bits = system_address_bits(p);
	struct rs_walk walk;
	if (bits && !is_canonical(address, bits))
		return "not canonical";
	rs_walk(p->machine, address, &walk);
	if (!walk.mapped)
		return "not mapped";
	return walk.entry_count && walk.user ? "in a user page" : "";
}

/* Where the descriptor lies; false when the table ends before it. */
static bool locate(struct prompt *p, unsigned selector, unsigned bytes, uint64_t *address)
{
	bool local = selector & SELECTOR_TI;
	size_t table = local ? p->fields.ldtr : p->fields.gdtr;
	uint64_t base = local ? rs_get_segment(p->machine, table).base : rs_get(p->machine, table);
	unsigned offset = selector & 0xfff8;
	*address = base + offset;
	if (!system_is_long(p))
		*address &= UINT32_MAX;
	return offset + bytes - 1 <= rs_get_limit(p->machine, table);
}

static bool has_ldt(struct prompt *p)
{
	return rs_get_segment(p->machine, p->fields.ldtr).attributes & SEG_P;
}

const char *system_descriptor(struct prompt *p, unsigned selector, uint8_t *bytes)
{
	uint64_t address;
	memset(bytes, 0, DESCRIPTOR_BYTES);
	if (!(selector & 0xfffc))
		return "the null selector has no descriptor";
	if (selector & SELECTOR_TI && !has_ldt(p))
		return "there is no LDT: LDTR is null";
	if (!locate(p, selector, 8, &address))
		return "beyond the limit of its table";
	if (rs_read_linear(p->machine, address, bytes, 8) < 8)
		return "its table is not mapped there";
	if (descriptor_bytes(descriptor_decode(bytes, false).attributes, system_is_long(p)) == 8)
		return NULL;
	if (!locate(p, selector, 16, &address))
		return "its second half is beyond the limit of its table";
	return rs_read_linear(p->machine, address, bytes, 16) < 16 ? "its second half is not mapped" : NULL;
}

bool system_selector(struct prompt *p, const struct prompt_command *command, const char **args, unsigned *selector)
{
	uint64_t value;
	if (!prompt_value(p, args, &value))
		return false;
	*selector = (unsigned)value & UINT16_MAX;
	return value <= UINT16_MAX ||
	       prompt_fail(p, "%s: %" PRIx64 " is not a selector: they have 16 bits", command->name, value);
}

/* ---- rows ---- */

void descriptor_heading(struct prompt *p)
{
	out_text(p->ui->out, "                                                    P Si Gr Pr Lo\n"
			     "Sel  From  Base              Limit    Type       Ac l ze an es ng Attr\n");
}

void descriptor_row(struct prompt *p, unsigned selector, const char *from, const struct rs_segment *s)
{
	char base[ADDRESS_TEXT];
	unsigned a = s->attributes;
	out_printf(p->ui->out, "%04x %-5s %s %08" PRIx32 " %-10s %-2s %u %-2s %-2s %-2s %-2s %04x", selector, from,
		   address_text(s->base, base), s->limit, descriptor_type_text(s->attributes),
		   a & SEG_S && a & SEG_ACCESSED ? "Ac" : "-", (a & SEG_DPL) >> SEG_DPL_SHIFT, a & SEG_DB ? "Bg" : "Nb",
		   a & SEG_G ? "Pg" : "By", a & SEG_P ? "P" : "NP", a & SEG_L ? "Lo" : "Nl", a);
}

/* A gate has neither base nor limit: where it leads stands in their place. */
static void show_gate(struct prompt *p, unsigned selector, const char *from, const struct gate *g)
{
	char target[ADDRESS_TEXT], symbol[200];
	unsigned a = g->attributes;
	out_printf(p->ui->out, "%04x %-5s %s to %04x  %-10s -  %u           %-2s    %04x", selector, from,
		   address_text(g->target, target), g->selector, descriptor_type_text(g->attributes),
		   (a & SEG_DPL) >> SEG_DPL_SHIFT, a & SEG_P ? "P" : "NP", a);
	if (g->parameters)
		out_printf(p->ui->out, "  parameters %u", g->parameters);
	symbols_text(&p->symbols, g->target, symbol, sizeof(symbol));
	out_printf(p->ui->out, "%s%s", g->target && symbol[0] ? "  " : "", g->target ? symbol : "");
}

static void show_descriptor(struct prompt *p, unsigned selector, const uint8_t *bytes)
{
	char problems[DESCRIPTOR_TEXT];
	const char *from = selector & SELECTOR_TI ? "LDT" : "GDT";
	bool wide = system_is_long(p);
	struct rs_segment s = descriptor_decode(bytes, wide);
	struct gate g = gate_decode(bytes, wide);
	if (descriptor_is_gate(s.attributes))
		show_gate(p, selector, from, &g);
	else
		descriptor_row(p, selector, from, &s);
	descriptor_problems(bytes, system_address_bits(p), problems);
	out_printf(p->ui->out, "%s%s\n", problems[0] ? "  ! " : "", problems);
}

/* The names of the parts in which the cache differs from the table. */
void descriptor_difference(struct prompt *p, const struct rs_segment *table, const struct rs_segment *cache)
{
	static const struct {
		unsigned mask;
		const char *name;
	} parts[] = { { SEG_TYPE & ~SEG_ACCESSED, "type" },
		      { SEG_S, "S" },
		      { SEG_DPL, "DPL" },
		      { SEG_P, "P" },
		      { ATTR_AVL, "AVL" },
		      { SEG_L, "L" },
		      { SEG_DB, "D" },
		      { SEG_G, "G" } };
	unsigned different = table->attributes ^ cache->attributes;
	char text[80] = "";
	if (table->base != cache->base)
		strcat(text, " base");
	if (table->limit != cache->limit)
		strcat(text, " limit");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (different & parts[i].mask) {
			strcat(text, " ");
			strcat(text, parts[i].name);
		}
	if (text[0])
		out_printf(p->ui->out, "  differs:%s\n", text);
	else
		out_text(p->ui->out, different & SEG_ACCESSED ? "  same but for the accessed bit\n" : "  same\n");
}

/* The caches that were loaded under this index, whatever the RPL; how many. */
static unsigned show_caches(struct prompt *p, unsigned selector, const struct rs_segment *table)
{
	unsigned count = 0;
	for (size_t i = 0; i < rs_field_count(); i++) {
		const struct rs_field *f = rs_field_info(i);
		if (f->kind != RS_FIELD_SEGMENT)
			continue;
		struct rs_segment cache = rs_get_segment(p->machine, i);
		if ((cache.selector ^ selector) & 0xfffc)
			continue;
		descriptor_row(p, cache.selector, f->name, &cache);
		if (table)
			descriptor_difference(p, table, &cache);
		else
			out_text(p->ui->out, "  not from a descriptor that can be read\n");
		count++;
	}
	return count;
}

/* One selector; how many caches hold it. */
static unsigned show_one(struct prompt *p, unsigned selector)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	const char *problem = system_descriptor(p, selector, bytes);
	struct rs_segment table = descriptor_decode(bytes, system_is_long(p));
	if (problem)
		out_printf(p->ui->out, "%04x %s\n", selector, problem);
	else
		show_descriptor(p, selector, bytes);
	return show_caches(p, selector, problem ? NULL : &table);
}

/* ---- dg ---- */

/* Descriptors of 16 bytes take two places of the table. */
static unsigned next_selector(struct prompt *p, unsigned selector)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	if (system_descriptor(p, selector, bytes))
		return selector + 8;
	return selector + descriptor_bytes(descriptor_decode(bytes, false).attributes, system_is_long(p));
}

/* WinDbg takes both ends of a range; RPL and TI are those of the first. */
bool state_descriptor(struct prompt *p, const struct prompt_command *command, const char *args)
{
	unsigned first, last;
	if (!system_selector(p, command, &args, &first))
		return false;
	last = first;
	bool range = *args;
	if ((range && !system_selector(p, command, &args, &last)) || !prompt_end(p, args))
		return false;
	if (last < first)
		return prompt_fail(p, "%s: the range ends (%x) before it begins (%x)", command->name, last, first);
	descriptor_heading(p);
	unsigned held = 0;
	for (unsigned s = first; s <= last; s = next_selector(p, s))
		held += show_one(p, s);
	if (!range && !held)
		out_text(p->ui->out, "no segment register holds this selector\n");
	return true;
}

/* ---- !gdt and !ldt ---- */

static bool is_empty(struct prompt *p, unsigned selector)
{
	static const uint8_t zeroes[8];
	uint8_t bytes[DESCRIPTOR_BYTES];
	return !system_descriptor(p, selector, bytes) && !memcmp(bytes, zeroes, 8);
}

static void show_run(struct prompt *p, unsigned first, unsigned last, const char *what)
{
	if (first == last)
		out_printf(p->ui->out, "%04x       %s\n", first, what);
	else
		out_printf(p->ui->out, "%04x..%04x %s\n", first, last, what);
}

/* Places of zeroes, and those that cannot be read for one reason, are told in one line. */
static void show_table(struct prompt *p, unsigned first, unsigned limit)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	for (unsigned s = first, next; (s | 7) <= limit; s = next) {
		next = next_selector(p, s);
		const char *problem = system_descriptor(p, s, bytes);
		if (problem) {
			while ((next | 7) <= limit && system_descriptor(p, next, bytes) == problem)
				next += 8;
			show_run(p, s, next - 8, problem);
		} else if (is_empty(p, s)) {
			while ((next | 7) <= limit && is_empty(p, next))
				next += 8;
			show_run(p, s, next - 8, "empty");
		} else {
			show_descriptor(p, s, bytes);
		}
	}
}

bool system_table(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool local = command->flavour == 'l';
	size_t field = local ? p->fields.ldtr : p->fields.gdtr;
	struct rs_segment ldt = rs_get_segment(p->machine, p->fields.ldtr);
	uint64_t base = local ? ldt.base : rs_get(p->machine, field);
	uint32_t limit = rs_get_limit(p->machine, field);
	char text[ADDRESS_TEXT];
	if (*args && !local)
		return state_descriptor(p, command, args);
	if (!prompt_end(p, args))
		return false;
	if (local && !has_ldt(p)) {
		out_text(p->ui->out, "there is no LDT: LDTR is null\n");
		return true;
	}
	out_printf(p->ui->out, "%s: %s limit %04" PRIx32, local ? "LDT" : "GDT", address_text(base, text), limit);
	if (local)
		out_printf(p->ui->out, ", selector %04x", ldt.selector);
	out_text(p->ui->out, rs_state(p->machine)->cr0 & 1 ? "\n" : "; real mode does not use it\n");
	descriptor_heading(p);
	unsigned end = limit < UINT16_MAX ? limit : UINT16_MAX;
	show_table(p, local ? SELECTOR_TI : 8, end);
	return true;
}
