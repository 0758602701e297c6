/* cmd_descriptor.c - dg: the descriptor in the table beside the hidden caches that hold its selector. SYSCALL loads
 * fixed caches and never reads the table, so the two may differ; dg says in what [SDM vol. 3, segment descriptors]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"

#define TYPE_ACCESSED 0x0001u
#define ATTR_TYPE 0x000fu
#define ATTR_S 0x0010u
#define ATTR_DPL 0x0060u
#define ATTR_P 0x0080u
#define ATTR_AVL 0x1000u
#define ATTR_L 0x2000u
#define ATTR_D 0x4000u
#define ATTR_G 0x8000u

static uint64_t bytes_to_number(const uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;
	for (unsigned i = count; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

struct rs_segment descriptor_decode(const uint8_t *bytes, bool wide)
{
	uint64_t low = bytes_to_number(bytes, 8);
	struct rs_segment s = {
		.attributes = (uint16_t)(low >> 40 & 0xf0ff),
		.limit = (uint32_t)((low & 0xffff) | (low >> 32 & 0xf0000)),
		.base = (low >> 16 & 0xffffff) | (low >> 32 & 0xff000000),
	};
	if (s.attributes & ATTR_G)
		s.limit = s.limit << 12 | 0xfff;
	if (wide && !(s.attributes & ATTR_S))
		s.base |= bytes_to_number(bytes + 8, 4) << 32;
	return s;
}

const char *descriptor_type_text(uint16_t attributes)
{
	static const char *const data[] = { "Data RO", "Data RW", "Data RO Ed", "Data RW Ed" };
	static const char *const code[] = { "Code EO", "Code RE", "Code EO Cf", "Code RE Cf" };
	static const char *const system[16] = {
		[1] = "TSS16",     [2] = "LDT",       [3] = "TSS16 Busy", [4] = "CallGate16",
		[5] = "TaskGate",  [6] = "IntGate16", [7] = "TrapGate16", [9] = "TSS",
		[11] = "TSS Busy", [12] = "CallGate", [14] = "IntGate",   [15] = "TrapGate"
	};
	unsigned type = attributes & ATTR_TYPE;
	if (!(attributes & ATTR_S))
		return system[type] ? system[type] : "Reserved";
	return type & 8 ? code[type >> 1 & 3] : data[type >> 1 & 3];
}

static void show_row(struct prompt *p, unsigned selector, const char *from, const struct rs_segment *s)
{
	char base[ADDRESS_TEXT];
	unsigned a = s->attributes;
	out_printf(p->ui->out, "%04x %-5s %s %08" PRIx32 " %-10s %-2s %u %-2s %-2s %-2s %-2s %04x", selector, from,
		   address_text(s->base, base), s->limit, descriptor_type_text(s->attributes),
		   a & ATTR_S && a & TYPE_ACCESSED ? "Ac" : "-", (a & ATTR_DPL) >> 5, a & ATTR_D ? "Bg" : "Nb",
		   a & ATTR_G ? "Pg" : "By", a & ATTR_P ? "P" : "NP", a & ATTR_L ? "Lo" : "Nl", a);
}

/* The names of the parts in which the cache differs from the table. */
static void show_difference(struct prompt *p, const struct rs_segment *table, const struct rs_segment *cache)
{
	static const struct {
		unsigned mask;
		const char *name;
	} parts[] = { { ATTR_TYPE & ~TYPE_ACCESSED, "type" },
		      { ATTR_S, "S" },
		      { ATTR_DPL, "DPL" },
		      { ATTR_P, "P" },
		      { ATTR_AVL, "AVL" },
		      { ATTR_L, "L" },
		      { ATTR_D, "D" },
		      { ATTR_G, "G" } };
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
		out_text(p->ui->out, different & TYPE_ACCESSED ? "  same but for the accessed bit\n" : "  same\n");
}

/* The caches that were loaded under this index, whatever the RPL. */
static void show_caches(struct prompt *p, unsigned selector, const struct rs_segment *table)
{
	bool any = false;
	for (size_t i = 0; i < rs_field_count(); i++) {
		const struct rs_field *f = rs_field_info(i);
		if (f->kind != RS_FIELD_SEGMENT)
			continue;
		struct rs_segment cache = rs_get_segment(p->machine, i);
		if ((cache.selector ^ selector) & 0xfffc)
			continue;
		show_row(p, cache.selector, f->name, &cache);
		if (table)
			show_difference(p, table, &cache);
		else
			out_text(p->ui->out, "  not from a descriptor that can be read\n");
		any = true;
	}
	if (!any)
		out_text(p->ui->out, "no segment register holds this selector\n");
}

/* Where the descriptor lies; false when the table ends before it. */
static bool locate(struct prompt *p, unsigned selector, uint64_t *address)
{
	bool local = selector & 4;
	size_t table = local ? p->fields.ldtr : p->fields.gdtr;
	uint64_t base = local ? rs_get_segment(p->machine, table).base : rs_get(p->machine, table);
	bool there = !local || rs_get_segment(p->machine, table).attributes & ATTR_P;
	*address = base + (selector & 0xfff8);
	return there && (selector | 7u) <= rs_get_limit(p->machine, table);
}

enum descriptor_result descriptor_read(struct prompt *p, unsigned selector, struct rs_segment *s)
{
	uint64_t address;
	uint8_t bytes[16] = { 0 };
	bool wide = rs_get(p->machine, p->fields.efer) >> 10 & 1;
	if (!(selector & 0xfffc))
		return DESCRIPTOR_NULL;
	if (!locate(p, selector, &address))
		return DESCRIPTOR_BEYOND;
	if (rs_read_linear(p->machine, address, bytes, sizeof(bytes)) < 8)
		return DESCRIPTOR_UNMAPPED;
	*s = descriptor_decode(bytes, wide);
	s->selector = (uint16_t)selector;
	return DESCRIPTOR_READ;
}

bool state_descriptor(struct prompt *p, const struct prompt_command *command, const char *args)
{
	static const char *const problems[] = { [DESCRIPTOR_NULL] = "the null selector has no descriptor",
						[DESCRIPTOR_BEYOND] = "beyond the limit of its table",
						[DESCRIPTOR_UNMAPPED] = "its table is not mapped there" };
	struct rs_segment table;
	uint64_t selector;
	(void)command;
	if (!prompt_value(p, &args, &selector) || !prompt_end(p, args))
		return false;
	if (selector > UINT16_MAX)
		return prompt_fail(p, "dg: %" PRIx64 " is not a selector: they have 16 bits", selector);
	enum descriptor_result result = descriptor_read(p, (unsigned)selector, &table);
	bool found = result == DESCRIPTOR_READ;
	out_text(p->ui->out, "                                                    P Si Gr Pr Lo\n"
			     "Sel  From  Base              Limit    Type       Ac l ze an es ng Attr\n");
	if (found) {
		show_row(p, (unsigned)selector, selector & 4 ? "LDT" : "GDT", &table);
		out_text(p->ui->out, "\n");
	} else {
		out_printf(p->ui->out, "%04x %s\n", (unsigned)selector, problems[result]);
	}
	show_caches(p, (unsigned)selector, found ? &table : NULL);
	return true;
}
