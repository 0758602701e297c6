/* debug_info.c - see debug_info.h: opening a file, its entries, its source lines. */
#include "ui/debug/debug_internal.h"

#include <dlfcn.h>
#include <string.h>

#include "ui/words.h"

/* ---- libdw ---- */

static bool find_function(void *handle, const char *name, void *to)
{
	void *function = dlsym(handle, name);
	memcpy(to, &function, sizeof(function));
	return function;
}

static bool libdw_load(struct libdw *lib, struct rs_error *why)
{
	bool all = true;
	lib->handle = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!lib->handle)
		return error_set(why, RS_ERROR_NOT_FOUND, "libdw.so.1 (of elfutils) is not installed");
#define LIBDW(name) all &= find_function(lib->handle, #name, &lib->name);
#include "ui/debug/libdw.def"
#undef LIBDW
	return all || error_set(why, RS_ERROR_NOT_FOUND, "libdw.so.1 is too old");
}

/* ---- files ---- */

static bool open_dwarf(struct debug_info *d, const uint8_t *bytes, size_t size, struct rs_error *why)
{
	union {
		const uint8_t *read;
		char *taken;
	} image = { bytes }; /* libelf takes no const, and writes only with ELF_C_WRITE */
	if (!libdw_load(&d->lib, why))
		return false;
	d->lib.elf_version(EV_CURRENT);
	d->elf = d->lib.elf_memory(image.taken, size);
	if (d->elf)
		d->dwarf = d->lib.dwarf_begin_elf(d->elf, DWARF_C_READ, NULL);
	return d->dwarf || error_set(why, RS_ERROR_IMAGE, "no DWARF information in it");
}

struct debug_info *debug_open(const struct rs_host *host, const uint8_t *bytes, size_t size, struct rs_error *why)
{
	struct debug_info *d = host_alloc(host, sizeof(*d));
	if (!d) {
		error_set(why, RS_ERROR_MEMORY, "out of memory for debug information");
		return NULL;
	}
	d->host = host;
	if (open_dwarf(d, bytes, size, why))
		return d;
	debug_close(d);
	return NULL;
}

void debug_close(struct debug_info *d)
{
	if (!d)
		return;
	if (d->eh_frame)
		d->lib.dwarf_cfi_end(d->eh_frame);
	if (d->dwarf)
		d->lib.dwarf_end(d->dwarf);
	if (d->elf)
		d->lib.elf_end(d->elf);
	if (d->lib.handle)
		dlclose(d->lib.handle);
	host_release(d->host, d);
}

/* ---- entries ---- */

bool debug_at(struct debug_info *d, uint64_t offset, Dwarf_Die *die)
{
	return d->lib.dwarf_offdie(d->dwarf, offset, die);
}

bool debug_unit_next(struct debug_info *d, uint64_t *at, Dwarf_Die *unit)
{
	Dwarf_Off next;
	size_t header;
	while (!d->lib.dwarf_nextcu(d->dwarf, *at, &next, &header, NULL, NULL, NULL) && next > *at) {
		Dwarf_Off offset = *at + header;
		*at = next;
		if (debug_at(d, offset, unit))
			return true;
	}
	return false;
}

bool debug_unit_of(struct debug_info *d, uint64_t address, Dwarf_Die *unit)
{
	for (uint64_t at = 0; debug_unit_next(d, &at, unit);)
		if (d->lib.dwarf_haspc(unit, address) == 1)
			return true;
	return false;
}

bool debug_child(struct debug_info *d, Dwarf_Die *die, Dwarf_Die *child)
{
	return d->budget && d->budget-- && d->lib.dwarf_child(die, child) == 0;
}

bool debug_sibling(struct debug_info *d, Dwarf_Die *die)
{
	Dwarf_Off before = d->lib.dwarf_dieoffset(die);
	return d->budget && d->budget-- && d->lib.dwarf_siblingof(die, die) == 0 &&
	       d->lib.dwarf_dieoffset(die) > before;
}

/* What would steer the terminal is no name. */
static bool is_printable(const char *text)
{
	while (*text && !word_is_control(*text))
		text++;
	return !*text;
}

const char *debug_name(struct debug_info *d, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;
	if (d->lib.dwarf_attr_integrate(die, DW_AT_name, &attribute))
		name = d->lib.dwarf_formstring(&attribute);
	return name && is_printable(name) ? name : "";
}

bool debug_is_named(struct debug_info *d, Dwarf_Die *die, const char *name, size_t length)
{
	const char *text = debug_name(d, die);
	return strlen(text) == length && !memcmp(text, name, length);
}

bool debug_number(struct debug_info *d, Dwarf_Die *die, unsigned attribute, uint64_t *value)
{
	Dwarf_Attribute found;
	Dwarf_Word word;
	if (!d->lib.dwarf_attr_integrate(die, attribute, &found) || d->lib.dwarf_formudata(&found, &word))
		return false;
	*value = word;
	return true;
}

debug_handle debug_type_of(struct debug_info *d, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type;
	if (!d->lib.dwarf_attr_integrate(die, DW_AT_type, &attribute) || !d->lib.dwarf_formref_die(&attribute, &type))
		return 0;
	return d->lib.dwarf_dieoffset(&type);
}

/* ---- source lines ---- */

static bool place_from(struct debug_info *d, Dwarf_Line *line, struct debug_place *place)
{
	Dwarf_Addr address;
	int number;
	const char *file = d->lib.dwarf_linesrc(line, NULL, NULL);
	if (!file || !is_printable(file) || d->lib.dwarf_lineaddr(line, &address) ||
	    d->lib.dwarf_lineno(line, &number) || number <= 0)
		return false;
	*place = (struct debug_place){ file, (unsigned)number, address };
	return true;
}

bool debug_place_of(struct debug_info *d, uint64_t address, struct debug_place *place)
{
	Dwarf_Die unit;
	d->budget = DEBUG_BUDGET;
	if (!debug_unit_of(d, address, &unit))
		return false;
	Dwarf_Line *line = d->lib.dwarf_getsrc_die(&unit, address);
	return line && place_from(d, line, place);
}

/* "kernel.c" and "syscall64/kernel.c" are how "guests/syscall64/kernel.c" ends. */
static bool ends_with(const char *path, const char *end, size_t length)
{
	size_t n = strlen(path);
	if (n < length || memcmp(path + n - length, end, length))
		return false;
	return n == length || path[n - length - 1] == '/';
}

static bool is_better(const struct debug_place *a, const struct debug_place *b)
{
	return a->line != b->line ? a->line < b->line : a->address < b->address;
}

static void search_unit(struct debug_info *d, Dwarf_Die *unit, const char *file, size_t length, unsigned line,
			struct debug_place *best)
{
	Dwarf_Lines *lines;
	struct debug_place place;
	bool end;
	size_t count;
	if (d->lib.dwarf_getsrclines(unit, &lines, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		Dwarf_Line *row = d->lib.dwarf_onesrcline(lines, i);
		if (!row || d->lib.dwarf_lineendsequence(row, &end) || end || !place_from(d, row, &place))
			continue;
		if (place.line < line || !ends_with(place.file, file, length))
			continue;
		if (!best->file || is_better(&place, best))
			*best = place;
	}
}

bool debug_address_of(struct debug_info *d, const char *file, size_t length, unsigned line, struct debug_place *place)
{
	Dwarf_Die unit;
	*place = (struct debug_place){ .file = NULL };
	for (uint64_t at = 0; length && debug_unit_next(d, &at, &unit);)
		search_unit(d, &unit, file, length, line, place);
	return place->file;
}
