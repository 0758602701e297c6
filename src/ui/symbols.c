/* symbols.c - see symbols.h. */
#include "ui/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/image.h"
#include "ui/words.h"

#define FILE_LIMIT (256u << 20)

void symbols_warn(struct symbols *y, const struct rs_error *why)
{
	y->lost |= why->code == RS_ERROR_MEMORY;
	out_flush(y->ui->out);
	out_text(y->ui->err, "ringstep: warning: ");
	for (const char *c = why->text; *c; c++)
		out_write(y->ui->err, word_is_control(*c) ? "?" : c, 1);
	out_text(y->ui->err, "; going on without these symbols\n");
	out_flush(y->ui->err);
}

/* ---- modules ---- */

/* A module is called by its file's name up to the first dot; what expressions cannot read becomes an underscore. */
static void name_module(char *to, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	snprintf(to, MODULE_NAME, "%.*s", (int)strcspn(name, "."), name);
	for (; *to; to++)
		if (!word_is_name(*to))
			*to = '_';
}

static struct symbol_module *new_module(struct symbols *y, const char *path)
{
	if (y->module_count == SYMBOL_MODULES)
		return NULL;
	struct symbol_module *m = &y->module[y->module_count++];
	*m = (struct symbol_module){ .owned = false };
	snprintf(m->path, sizeof(m->path), "%s", path);
	name_module(m->name, path);
	return m;
}

static void release_module(struct symbols *y, struct symbol_module *m)
{
	debug_close(m->debug);
	if (m->owned)
		host_release(y->host, m->bytes);
	if (m->names)
		host_release(y->host, m->names);
	m->names = NULL;
	m->debug = NULL;
	m->asked = m->owned = false;
	m->bytes = NULL;
	m->size = m->count = 0;
	m->low = m->high = 0;
}

static bool read_module(struct symbols *y, struct symbol_module *m, struct rs_error *why)
{
	if (!host_read_file(y->host, m->path, FILE_LIMIT, &m->bytes, &m->size, why))
		return false;
	m->owned = true;
	return true;
}

static void count_symbol(void *arg, const struct symbol *symbol)
{
	(void)symbol;
	++*(size_t *)arg;
}

/* The symbols of a file are read once to count them and once to keep them. */
static bool count_symbols(struct symbol_module *m, struct rs_error *why)
{
	m->count = 0;
	m->low = m->high = 0;
	if (symbol_file_read(m, count_symbol, &m->count, why)) {
		symbol_file_extent(m);
		return true;
	}
	m->count = 0;
	return false;
}

/* ---- the table ---- */

/* A name that would steer the terminal is no name. */
static bool is_printable(const char *name)
{
	while (*name && !word_is_control(*name))
		name++;
	return !*name;
}

struct adding {
	struct symbols *y;
	unsigned module;
};

static void add_symbol(void *arg, const struct symbol *symbol)
{
	struct adding *a = arg;
	struct symbols *y = a->y;
	if (y->count < y->room && is_printable(symbol->name))
		y->row[y->count++] = (struct symbol_row){ symbol->name, symbol->address + y->module[a->module].bias,
							  symbol->size, a->module };
}

/* A total order, so that the table does not depend on the sort; at one address the larger comes last and wins. */
static int by_address(const void *a, const void *b)
{
	const struct symbol_row *x = a, *y = b;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->module != y->module)
		return x->module > y->module ? -1 : 1;
	return -strcmp(x->name, y->name);
}

static void drop_table(struct symbols *y)
{
	if (y->row)
		host_release(y->host, y->row);
	y->row = NULL;
	y->count = y->room = 0;
}

/* Room for the rows, and for the names of texts. */
static bool make_room(struct symbols *y)
{
	for (size_t i = 0; i < y->module_count; i++) {
		struct symbol_module *m = &y->module[i];
		y->room += m->count;
		if (m->count && !m->names && symbol_file_is_text(m) && !(m->names = host_alloc(y->host, m->size + 1)))
			return false;
	}
	y->row = host_alloc(y->host, (y->room + 1) * sizeof(y->row[0]));
	return y->row;
}

static bool make_table(struct symbols *y, struct rs_error *why)
{
	struct rs_error none;
	drop_table(y);
	y->version++;
	if (!make_room(y)) {
		size_t room = y->room;
		drop_table(y);
		return error_set(why, RS_ERROR_MEMORY, "out of memory for %zu symbols", room);
	}
	for (size_t i = 0; i < y->module_count; i++) {
		struct adding a = { y, (unsigned)i };
		if (y->module[i].count)
			symbol_file_read(&y->module[i], add_symbol, &a, &none);
	}
	qsort(y->row, y->count, sizeof(y->row[0]), by_address);
	return true;
}

/* ---- loading ---- */

/* "dir/x.mb.elf" -> "dir/x.elf"; false when the name has no ".mb" in it. */
static bool sibling_name(const char *image, char *text, size_t size)
{
	const char *slash = strrchr(image, '/');
	const char *dot = strstr(slash ? slash : image, ".mb");
	if (!dot || (dot[3] && dot[3] != '.'))
		return false;
	return snprintf(text, size, "%.*s.elf", (int)(dot - image), image) < (int)size;
}

/* A text that is no list of symbols is what a module may well be: it is not complained of. */
static void add_loaded(struct symbols *y, const struct rs_file *file)
{
	struct rs_error why;
	struct symbol_module *m = new_module(y, file->name);
	m->bytes = file->bytes;
	m->size = file->size;
	if (m->size >= 4 && !memcmp(m->bytes, "\177ELF", 4))
		count_symbols(m, &why);
}

/* The kernel's symbols are in the image itself, or in the ELF64 that it was made from. */
static void add_kernel(struct symbols *y, const struct rs_file *image)
{
	struct rs_error why;
	struct symbol_module *m;
	char path[SYMBOL_PATH];
	add_loaded(y, image);
	m = &y->module[0];
	if (m->count || !sibling_name(image->name, path, sizeof(path)))
		return;
	struct symbol_module own = *m;
	snprintf(m->path, sizeof(m->path), "%s", path);
	if (read_module(y, m, &why) && count_symbols(m, &why))
		return;
	if (why.code != RS_ERROR_NOT_FOUND)
		symbols_warn(y, &why);
	release_module(y, m);
	*m = own;
}

/* Where the file is: as it is named, or in a folder of .sympath. */
static bool open_module(struct symbols *y, struct symbol_module *m, struct rs_error *why)
{
	char name[SYMBOL_PATH];
	if (read_module(y, m, why))
		return true;
	snprintf(name, sizeof(name), "%s", m->path);
	for (const char *folder = y->path; *folder && name[0] != '/' && why->code == RS_ERROR_NOT_FOUND;) {
		struct rs_error other;
		size_t length = strcspn(folder, ":");
		int n = snprintf(m->path, sizeof(m->path), "%.*s/%s", (int)length, folder, name);
		if (n < (int)sizeof(m->path) && read_module(y, m, &other))
			return true;
		folder += length + (folder[length] == ':');
	}
	snprintf(m->path, sizeof(m->path), "%s", name);
	return false;
}

/* "PATH@ADDRESS": the last @ counts, if an address stands behind it. */
static uint64_t take_bias(char *path)
{
	uint64_t bias = 0;
	char *mark = strrchr(path, '@');
	if (mark && mark > path && word_address(mark + 1, &bias))
		*mark = 0;
	return bias;
}

static struct symbol_module *find_added(struct symbols *y, const char *path)
{
	for (size_t i = 0; i < y->module_count; i++)
		if (y->module[i].added && !strcmp(y->module[i].path, path))
			return &y->module[i];
	return NULL;
}

static bool fill_added(struct symbols *y, struct symbol_module *m)
{
	struct rs_error why;
	release_module(y, m);
	if (open_module(y, m, &why) && count_symbols(m, &why)) {
		if (m->count)
			return true;
		error_set(&why, RS_ERROR_IMAGE, "%.300s has no symbols", m->path);
	}
	symbols_warn(y, &why);
	release_module(y, m);
	return false;
}

static bool add_file(struct symbols *y, const char *file)
{
	char path[SYMBOL_PATH];
	snprintf(path, sizeof(path), "%s", file);
	uint64_t bias = take_bias(path);
	struct symbol_module *m = find_added(y, path);
	if (!m)
		m = new_module(y, path);
	if (!m) {
		struct rs_error why;
		error_set(&why, RS_ERROR_ARGUMENT, "more than %d symbol files", SYMBOL_FILES);
		symbols_warn(y, &why);
		return false;
	}
	m->added = true;
	m->bias = bias;
	return fill_added(y, m);
}

/* After a change the table is made anew: it points into the files. */
static bool renew(struct symbols *y)
{
	struct rs_error why;
	if (make_table(y, &why))
		return true;
	symbols_warn(y, &why);
	return false;
}

bool symbols_add(struct symbols *y, const char *file)
{
	drop_table(y);
	bool good = add_file(y, file);
	return renew(y) && good;
}

void symbols_reload(struct symbols *y)
{
	drop_table(y);
	for (size_t i = 0; i < y->module_count; i++)
		if (y->module[i].added)
			fill_added(y, &y->module[i]);
	renew(y);
}

bool symbols_load(struct symbols *y, struct ui *ui, const struct session *s, struct rs_error *why)
{
	*y = (struct symbols){ .ui = ui, .host = ui->host };
	if (s->missing.code != RS_OK)
		symbols_warn(y, &s->missing);
	if (s->image.bytes)
		add_kernel(y, &s->image);
	for (size_t i = 0; i < s->user_count; i++)
		add_loaded(y, &s->user[i]);
	for (size_t i = 0; i < ui->options.symbols_count; i++)
		add_file(y, ui->options.symbols[i]);
	if (make_table(y, why))
		return true;
	symbols_free(y);
	return false;
}

void symbols_free(struct symbols *y)
{
	drop_table(y);
	for (size_t i = 0; i < y->module_count; i++)
		release_module(y, &y->module[i]);
	y->module_count = 0;
}
