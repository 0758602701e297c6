/* symbols.c - see symbols.h. */
#include "ui/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/image.h"
#include "ui/words.h"

/* How far a label without a size reaches when no other symbol follows. */
#define LABEL_REACH 0x10000
/* Nested labels that are looked through for the function around them. */
#define LOOK_BACK 64
#define FILE_LIMIT (256u << 20)

static void count_symbol(void *arg, const struct symbol *symbol)
{
	(void)symbol;
	++*(size_t *)arg;
}

/* A name that would steer the terminal is no name. */
static bool is_printable(const char *name)
{
	while (*name && !word_is_control(*name))
		name++;
	return !*name;
}

static void add_symbol(void *arg, const struct symbol *symbol)
{
	struct symbols *y = arg;
	if (y->count < y->room && is_printable(symbol->name))
		y->row[y->count++] =
		    (struct symbol_row){ symbol->name, symbol->address, symbol->size, (unsigned)y->module_count };
}

static size_t symbols_of(const struct rs_file *file)
{
	size_t n = 0;
	image_symbols(file->bytes, file->size, count_symbol, &n);
	return n;
}

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

static void add_module(struct symbols *y, const struct rs_file *file)
{
	name_module(y->module[y->module_count], file->name);
	image_symbols(file->bytes, file->size, add_symbol, y);
	y->module_count++;
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

/* "dir/x.mb.elf" -> "dir/x.elf"; false when the name has no ".mb" in it. */
static bool sibling_name(const char *image, char *text, size_t size)
{
	const char *slash = strrchr(image, '/');
	const char *dot = strstr(slash ? slash : image, ".mb");
	if (!dot || (dot[3] && dot[3] != '.'))
		return false;
	return snprintf(text, size, "%.*s.elf", (int)(dot - image), image) < (int)size;
}

/* The file that has the kernel's symbols: the image itself, or the ELF64 that it was made from. */
static bool kernel_file(struct symbols *y, const struct session *s, struct rs_file *file, struct rs_error *why)
{
	char path[1024];
	size_t size;
	*file = s->image;
	if (symbols_of(file) || !sibling_name(s->image.name, path, sizeof(path)))
		return true;
	if (!host_read_file(y->host, path, FILE_LIMIT, &y->sibling, &size, why))
		return why->code == RS_ERROR_NOT_FOUND;
	file->bytes = y->sibling;
	file->size = size;
	return true;
}

bool symbols_load(struct symbols *y, struct ui *ui, const struct session *s, struct rs_error *why)
{
	struct rs_file kernel;
	*y = (struct symbols){ .host = ui->host };
	if (!kernel_file(y, s, &kernel, why))
		return false;
	y->room = symbols_of(&kernel);
	for (size_t i = 0; i < s->user_count; i++)
		y->room += symbols_of(&s->user[i]);
	y->row = host_alloc(y->host, (y->room + 1) * sizeof(y->row[0]));
	if (!y->row) {
		symbols_free(y);
		return error_set(why, RS_ERROR_MEMORY, "out of memory for %zu symbols", y->room);
	}
	add_module(y, &kernel);
	for (size_t i = 0; i < s->user_count; i++)
		add_module(y, &s->user[i]);
	qsort(y->row, y->count, sizeof(y->row[0]), by_address);
	return true;
}

void symbols_free(struct symbols *y)
{
	if (y->row)
		host_release(y->host, y->row);
	if (y->sibling)
		host_release(y->host, y->sibling);
	*y = (struct symbols){ .host = y->host };
}

/* Index of the first row behind the address. */
static size_t upper(const struct symbols *y, uint64_t address)
{
	size_t low = 0, high = y->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (y->row[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct symbol_row *symbols_at(const struct symbols *y, uint64_t address)
{
	size_t end = upper(y, address);
	for (size_t i = end; i > 0 && end - i < LOOK_BACK; i--) {
		const struct symbol_row *row = &y->row[i - 1];
		if (address - row->address < (row->size ? row->size : LABEL_REACH))
			return row;
	}
	return NULL;
}

const struct symbol_row *symbols_next(const struct symbols *y, uint64_t address)
{
	size_t i = upper(y, address);
	return i < y->count ? &y->row[i] : NULL;
}

static bool same(const char *text, size_t length, const char *name)
{
	return strlen(name) == length && !memcmp(text, name, length);
}

bool symbols_find(const struct symbols *y, const char *name, size_t length, uint64_t *address)
{
	const char *mark = memchr(name, '!', length);
	const char *bare = mark ? mark + 1 : name;
	size_t rest = length - (size_t)(bare - name);
	const struct symbol_row *best = NULL;
	for (size_t i = 0; i < y->count; i++) {
		const struct symbol_row *row = &y->row[i];
		bool of_module = !mark || same(name, (size_t)(mark - name), y->module[row->module]);
		if (of_module && same(bare, rest, row->name) && (!best || row->module < best->module))
			best = row;
	}
	if (best)
		*address = best->address;
	return best;
}

const char *symbols_text(const struct symbols *y, uint64_t address, char *text, size_t size)
{
	const struct symbol_row *row = symbols_at(y, address);
	if (!row)
		snprintf(text, size, "%s", "");
	else if (row->address == address)
		snprintf(text, size, "%s!%s", y->module[row->module], row->name);
	else
		snprintf(text, size, "%s!%s+0x%llx", y->module[row->module], row->name,
			 (unsigned long long)(address - row->address));
	return text;
}
