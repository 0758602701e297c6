/* cmd_tss.c - !tss: the stacks that a change of ring loads, the task's registers, the ports it may use [SDM vol. 3,
 * 7.2.1, 7.6, 7.7 and vol. 1, 19.5.2]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/system.h"

enum { IO_MAP_BASE = 0x66, PORTS = 0x10000, PORT_RANGES = 16 };

/* A member of a TSS; `stack`: its last bytes are where the processor would push, `code`: a code address. */
struct member {
	const char *name;
	uint8_t offset, bytes;
	char kind;
};

static const struct member tss64[] = {
	{ "RSP0", 0x04, 8, 's' }, { "RSP1", 0x0c, 8, 's' }, { "RSP2", 0x14, 8, 's' }, { "IST1", 0x24, 8, 's' },
	{ "IST2", 0x2c, 8, 's' }, { "IST3", 0x34, 8, 's' }, { "IST4", 0x3c, 8, 's' }, { "IST5", 0x44, 8, 's' },
	{ "IST6", 0x4c, 8, 's' }, { "IST7", 0x54, 8, 's' }, { NULL, 0, 0, 0 },
};

static const struct member tss32[] = {
	{ "link", 0x00, 2, 0 }, { "ESP0", 0x04, 4, 0 }, { "SS0", 0x08, 2, 0 }, { "ESP1", 0x0c, 4, 0 },
	{ "SS1", 0x10, 2, 0 },  { "ESP2", 0x14, 4, 0 }, { "SS2", 0x18, 2, 0 }, { "CR3", 0x1c, 4, 0 },
	{ "EIP", 0x20, 4, 0 },  { "EFL", 0x24, 4, 0 },  { "EAX", 0x28, 4, 0 }, { "ECX", 0x2c, 4, 0 },
	{ "EDX", 0x30, 4, 0 },  { "EBX", 0x34, 4, 0 },  { "ESP", 0x38, 4, 0 }, { "EBP", 0x3c, 4, 0 },
	{ "ESI", 0x40, 4, 0 },  { "EDI", 0x44, 4, 0 },  { "ES", 0x48, 2, 0 },  { "CS", 0x4c, 2, 0 },
	{ "SS", 0x50, 2, 0 },   { "DS", 0x54, 2, 0 },   { "FS", 0x58, 2, 0 },  { "GS", 0x5c, 2, 0 },
	{ "LDT", 0x60, 2, 0 },  { "trap", 0x64, 2, 0 }, { NULL, 0, 0, 0 },
};

static const struct member tss16[] = {
	{ "link", 0x00, 2, 0 }, { "SP0", 0x02, 2, 0 }, { "SS0", 0x04, 2, 0 }, { "SP1", 0x06, 2, 0 },
	{ "SS1", 0x08, 2, 0 },  { "SP2", 0x0a, 2, 0 }, { "SS2", 0x0c, 2, 0 }, { "IP", 0x0e, 2, 0 },
	{ "FL", 0x10, 2, 0 },   { "AX", 0x12, 2, 0 },  { "CX", 0x14, 2, 0 },  { "DX", 0x16, 2, 0 },
	{ "BX", 0x18, 2, 0 },   { "SP", 0x1a, 2, 0 },  { "BP", 0x1c, 2, 0 },  { "SI", 0x1e, 2, 0 },
	{ "DI", 0x20, 2, 0 },   { "ES", 0x22, 2, 0 },  { "CS", 0x24, 2, 0 },  { "SS", 0x26, 2, 0 },
	{ "DS", 0x28, 2, 0 },   { "LDT", 0x2a, 2, 0 }, { NULL, 0, 0, 0 },
};

/* ---- members ---- */

/* NULL, or why the bytes are not there. */
static const char *read_tss(struct prompt *p, const struct rs_segment *tss, uint32_t offset, unsigned bytes,
			    uint64_t *value)
{
	uint8_t raw[8] = { 0 };
	*value = 0;
	if (offset + bytes - 1 > tss->limit)
		return "beyond the limit";
	uint64_t at = tss->base + offset;
	if (rs_read_linear(p->machine, system_is_long(p) ? at : at & UINT32_MAX, raw, bytes) < bytes)
		return "not mapped";
	for (unsigned i = bytes; i > 0; i--)
		*value = *value << 8 | raw[i - 1];
	return NULL;
}

/* A stack pointer of 64 bits, and whether the first push would find memory of the kernel's. */
static void show_stack(struct prompt *p, const struct rs_segment *tss, const struct member *m)
{
	char text[ADDRESS_TEXT], symbol[200] = "";
	uint64_t value;
	const char *problem = read_tss(p, tss, m->offset, m->bytes, &value);
	if (problem) {
		out_printf(p->ui->out, "  %s %s\n", m->name, problem);
		return;
	}
	if (value) {
		symbols_text(&p->symbols, value, symbol, sizeof(symbol));
		problem = system_address_problem(p, (value & ~15ull) - 8);
	}
	out_printf(p->ui->out, "  %s %s%s%s%s%s\n", m->name, address_text(value, text), symbol[0] ? " " : "", symbol,
		   problem && problem[0] ? "  ! its pushes would be " : "", problem ? problem : "");
}

static void show_stacks(struct prompt *p, const struct rs_segment *tss)
{
	for (const struct member *m = tss64; m->name; m++)
		show_stack(p, tss, m);
}

static void show_members(struct prompt *p, const struct rs_segment *tss, const struct member *members)
{
	enum { ROW = 5, WIDTH = 8 };
	for (const struct member *m = members; m->name; m++) {
		uint64_t value;
		char text[24];
		bool last = (m - members) % ROW == ROW - 1 || !m[1].name;
		const char *problem = read_tss(p, tss, m->offset, m->bytes, &value);
		snprintf(text, sizeof(text), "%0*" PRIx64, m->bytes * 2, value);
		out_printf(p->ui->out, "%6s=%*s%s", m->name, last ? 0 : -WIDTH, problem ? "?" : text, last ? "\n" : "");
	}
}

/* ---- the I/O map ---- */

/* The processor reads two bytes, so that the byte behind a port's own must be within the limit, too (SL-63). */
static bool port_allowed(struct prompt *p, const struct rs_segment *tss, uint32_t map, unsigned port)
{
	uint64_t value;
	return !read_tss(p, tss, map + port / 8, 2, &value) && !(value >> port % 8 & 1);
}

static void show_ports(struct prompt *p, const struct rs_segment *tss, uint32_t map)
{
	unsigned ranges = 0;
	for (unsigned port = 0, begin; port < PORTS; port++) {
		if (!port_allowed(p, tss, map, port))
			continue;
		for (begin = port; port + 1 < PORTS && port_allowed(p, tss, map, port + 1);)
			port++;
		if (++ranges > PORT_RANGES) {
			out_text(p->ui->out, " ...");
			break;
		}
		out_printf(p->ui->out, begin == port ? " %x" : " %x-%x", begin, port);
	}
	out_text(p->ui->out, ranges ? "\n" : " none\n");
}

static void show_io_map(struct prompt *p, const struct rs_segment *tss)
{
	uint64_t map;
	const char *problem = read_tss(p, tss, IO_MAP_BASE, 2, &map);
	if (problem) {
		out_printf(p->ui->out, "  I/O map base %s\n", problem);
		return;
	}
	out_printf(p->ui->out, "  I/O map at %04" PRIx64, map);
	if (map + 1 > tss->limit) {
		out_text(p->ui->out, ", beyond the limit: no ports but by IOPL\n");
		return;
	}
	out_text(p->ui->out, ", ports beyond IOPL:");
	show_ports(p, tss, (uint32_t)map);
}

/* ---- !tss ---- */

static bool descriptor_of(struct prompt *p, unsigned selector, struct rs_segment *tss)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	const char *problem = system_descriptor(p, selector, bytes);
	if (problem)
		return prompt_fail(p, "!tss %x: %s", selector, problem);
	*tss = descriptor_decode(bytes, system_is_long(p));
	tss->selector = (uint16_t)selector;
	return true;
}

/* Bytes that a TSS of the type has at least; 0: it is none. Bit 1 of the type is Busy. */
static unsigned size_of(struct prompt *p, unsigned attributes)
{
	unsigned type = attributes & (SEG_S | SEG_TYPE) & ~2u;
	if (type == 1 && !system_is_long(p))
		return 0x2c;
	return type == 9 ? 0x68 : 0;
}

static void show_heading(struct prompt *p, const struct rs_segment *tss, unsigned size)
{
	char base[ADDRESS_TEXT];
	unsigned bits = system_is_long(p) ? 64 : size == 0x68 ? 32 : 16;
	out_printf(p->ui->out, "TSS%u at %s limit %04" PRIx32 ", selector %04x%s", bits, address_text(tss->base, base),
		   tss->limit, tss->selector, tss->attributes & 2 ? ", busy" : "");
	out_text(p->ui->out, tss->attributes & SEG_P ? "" : "  ! not present");
	if (tss->limit + 1ull < size)
		out_printf(p->ui->out, "  ! shorter than %x bytes", size);
	out_text(p->ui->out, "\n");
}

bool system_tss(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct rs_segment tss = rs_get_segment(p->machine, p->fields.tr);
	unsigned selector;
	bool given = *args;
	if (given && (!system_selector(p, command, &args, &selector) || !prompt_end(p, args) ||
		      !descriptor_of(p, selector, &tss)))
		return false;
	if (!given && !(tss.attributes & SEG_P)) {
		out_text(p->ui->out, "there is no TSS: TR is null\n");
		return true;
	}
	unsigned size = size_of(p, tss.attributes);
	if (!size)
		return prompt_fail(p, "!tss %x: %s is not a TSS of this mode", tss.selector,
				   descriptor_type_text(tss.attributes));
	show_heading(p, &tss, size);
	if (system_is_long(p))
		show_stacks(p, &tss);
	else
		show_members(p, &tss, size == 0x68 ? tss32 : tss16);
	if (size == 0x68)
		show_io_map(p, &tss);
	return true;
}
