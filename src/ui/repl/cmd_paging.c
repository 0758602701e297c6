/* cmd_paging.c - !pte, !vtop: how a linear address is translated, without a fault or an Accessed bit [SDM vol. 3, 4.3
 * to 4.6]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/system.h"

enum { COLUMN = 27, LEVELS = 5, LETTERS = 11 };

#define ENTRY_P 1ull
#define ENTRY_PDPTE_ADDRESS 0x000ffffffffff000ull

/* One column: an entry of the walk, or a PDPTE in its register. */
struct column {
	char name[4];
	char where[20];
	uint64_t value;
	bool large, pointer; /* pointer: a PDPTE of PAE paging, which has no rights */
};

struct columns {
	struct column column[LEVELS];
	unsigned count;
};

/* CR0.PG, CR4.PAE and not IA-32e mode: the processor holds four PDPTEs [SDM vol. 3, 4.4.1]. */
static bool has_pdptes(struct prompt *p)
{
	const struct cpu_state *st = rs_state(p->machine);
	return st->cr0 >> 31 & 1 && st->cr4 >> 5 & 1 && !system_is_long(p);
}

/* WinDbg's names of the levels; it has none for the fifth. */
static const char *level_name(const char *name)
{
	static const char *const names[][2] = {
		{ "PML5E", "P5E" }, { "PML4E", "PXE" }, { "PDPTE", "PPE" }, { "PDE", "PDE" }, { "PTE", "PTE" }
	};
	size_t i = 0;
	while (strcmp(names[i][0], name) != 0)
		i++;
	return names[i][1];
}

static struct columns columns_of(struct prompt *p, uint64_t address, const struct rs_walk *walk)
{
	struct columns c = { .count = 0 };
	if (has_pdptes(p)) {
		unsigned index = address >> 30 & 3;
		struct column *first = &c.column[c.count++];
		*first = (struct column){ "PPE", "", rs_state(p->machine)->pdpte[index], false, true };
		snprintf(first->where, sizeof(first->where), "in pdpte%u", index);
	}
	for (unsigned i = 0; i < walk->entry_count && c.count < LEVELS; i++) {
		const struct rs_walk_entry *e = &walk->entry[i];
		struct column *next = &c.column[c.count++];
		*next = (struct column){ .value = e->value };
		snprintf(next->name, sizeof(next->name), "%s", level_name(e->name));
		snprintf(next->where, sizeof(next->where), "at %" PRIx64, e->address);
		next->large = walk->mapped && i + 1 == walk->entry_count && strcmp(e->name, "PTE") != 0;
	}
	return c;
}

/* WinDbg's -GLDATNKWEV; the first place is its software's. Each level's letters are its own entry's. */
static const char *letters_of(struct prompt *p, const struct column *c, char *text)
{
	bool execute_disable = rs_state(p->machine)->efer >> 11 & 1;
	uint64_t v = c->value;
	const struct {
		bool set;
		char yes, no;
	} letters[LETTERS] = {
		{ false, 'C', '-' },
		{ v >> 8 & 1, 'G', '-' },
		{ c->large, 'L', '-' },
		{ v >> 6 & 1, 'D', '-' },
		{ v >> 5 & 1, 'A', '-' },
		{ v >> 4 & 1, 'N', '-' },
		{ v >> 3 & 1, 'T', '-' },
		{ v >> 2 & 1, 'U', c->pointer ? '-' : 'K' },
		{ v >> 1 & 1, 'W', c->pointer ? '-' : 'R' },
		{ !c->pointer && !(execute_disable && v >> 63), 'E', '-' },
		{ v & ENTRY_P, 'V', '-' },
	};
	for (unsigned i = 0; i < LETTERS; i++)
		text[i] = letters[i].set ? letters[i].yes : letters[i].no;
	text[LETTERS] = 0;
	return text;
}

/* The frame that an entry names: of a large page, its first. */
static uint64_t frame_of(const struct rs_walk *walk, const struct column *c)
{
	if (c->large)
		return (walk->physical & ~(walk->page_bytes - 1)) >> 12;
	return (c->value & ENTRY_PDPTE_ADDRESS) >> 12;
}

static void show_column(struct prompt *p, unsigned index, const struct columns *c, const char *text)
{
	out_printf(p->ui->out, "%-*s", index + 1 < c->count ? COLUMN : 0, text);
	if (index + 1 == c->count)
		out_text(p->ui->out, "\n");
}

static void show_columns(struct prompt *p, const struct rs_walk *walk, const struct columns *c)
{
	char text[40], letters[LETTERS + 1];
	for (unsigned i = 0; i < c->count; i++) {
		snprintf(text, sizeof(text), "%s %s", c->column[i].name, c->column[i].where);
		show_column(p, i, c, text);
	}
	for (unsigned i = 0; i < c->count; i++) {
		snprintf(text, sizeof(text), "contains %016" PRIX64, c->column[i].value);
		show_column(p, i, c, text);
	}
	for (unsigned i = 0; i < c->count; i++) {
		const struct column *e = &c->column[i];
		snprintf(text, sizeof(text), "pfn %-9" PRIx64 " %s", frame_of(walk, e), letters_of(p, e, letters));
		show_column(p, i, c, e->value & ENTRY_P ? text : "not valid");
	}
}

static const char *size_text(uint64_t bytes, char *text, size_t size)
{
	static const char units[] = "KMG";
	unsigned unit = bytes >= 1 << 30 ? 2 : bytes >= 1 << 20 ? 1 : 0;
	snprintf(text, size, "%u %ciB", (unsigned)(bytes >> (10 * (unit + 1))), units[unit]);
	return text;
}

/* What all levels together make of it, as paging alone sees it. */
static void show_result(struct prompt *p, const struct rs_walk *walk)
{
	char size[24];
	out_printf(p->ui->out, "physical %" PRIx64, walk->physical);
	if (!walk->entry_count) {
		out_text(p->ui->out, ": no paging\n");
		return;
	}
	out_printf(p->ui->out, ", a page of %s: %s, %s, %s\n", size_text(walk->page_bytes, size, sizeof(size)),
		   walk->user ? "user" : "kernel", walk->writable ? "writable" : "read-only",
		   walk->executable ? "executable" : "no execution");
}

/* Whether linear addresses have so many bits in this mode; the user is told if not. */
static bool is_linear(struct prompt *p, uint64_t address)
{
	unsigned bits = system_address_bits(p);
	if (bits ? is_canonical(address, bits) : address <= UINT32_MAX)
		return true;
	if (bits)
		out_printf(p->ui->out, "not canonical in %u bits\n", bits);
	else
		out_text(p->ui->out, "linear addresses have 32 bits in this mode\n");
	return false;
}

static void show_failure(struct prompt *p, const struct rs_walk *walk)
{
	if (walk->reserved)
		out_printf(p->ui->out, "not mapped: reserved bits %" PRIx64 " of the last entry are set\n",
			   walk->reserved);
	else
		out_text(p->ui->out, "not mapped: the last entry is not present\n");
}

bool system_pte(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = prompt_pc(p);
	char text[ADDRESS_TEXT];
	struct rs_walk walk;
	(void)command;
	if ((*args && !prompt_value(p, &args, &address)) || !prompt_end(p, args))
		return false;
	attended_look(p, LOOK_WALK, address);
	rs_walk(p->machine, address, &walk);
	struct columns c = columns_of(p, address, &walk);
	out_printf(p->ui->out, "%*sVA %s\n", c.count > 2 ? COLUMN * (int)(c.count - 1) / 2 : 0, "",
		   address_text(address, text));
	if (!is_linear(p, address))
		return true;
	show_columns(p, &walk, &c);
	if (walk.mapped)
		show_result(p, &walk);
	else
		show_failure(p, &walk);
	return true;
}

bool system_vtop(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address, physical;
	(void)command;
	if (!prompt_value(p, &args, &address) || !prompt_end(p, args))
		return false;
	attended_look(p, LOOK_WALK, address);
	if (!rs_translate(p->machine, address, &physical))
		return prompt_fail(p, "memory at %" PRIx64 " is not mapped", address);
	out_printf(p->ui->out, "Virtual address %" PRIx64 " translates to physical address %" PRIx64 ".\n", address,
		   physical);
	return true;
}
