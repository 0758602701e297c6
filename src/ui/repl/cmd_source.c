/* cmd_source.c - lsa and uf: a function's source and its code. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

enum { BEFORE = 5, AFTER = 5, SOURCE_LIMIT = 16 << 20, FUNCTION_LIMIT = 1 << 16 };

/* ---- source files ---- */

static bool read_source(struct prompt *p, const char *path, uint8_t **bytes)
{
	struct rs_error why;
	size_t size;
	return host_read_file(p->ui->host, path, SOURCE_LIMIT, bytes, &size, &why);
}

/* In each folder of .srcpath by its whole name, then by less and less of its beginning. */
static bool search_source(struct prompt *p, const char *file, uint8_t **bytes)
{
	char path[2 * SYMBOL_PATH];
	const char *folder = p->symbols.source_path;
	while (*folder) {
		size_t length = strcspn(folder, ":");
		for (const char *rest = file; rest; rest = strchr(rest, '/')) {
			rest += *rest == '/';
			int n = snprintf(path, sizeof(path), "%.*s/%s", (int)length, folder, rest);
			if (n < (int)sizeof(path) && read_source(p, path, bytes))
				return true;
		}
		folder += length + (folder[length] == ':');
	}
	return false;
}

static void show_source_line(struct prompt *p, const char *text, size_t length, unsigned line, bool here)
{
	out_printf(p->ui->out, "%c%5u: ", here ? '>' : ' ', line);
	for (size_t i = 0; i < length && text[i] != '\r'; i++)
		out_write(p->ui->out, word_is_control(text[i]) && text[i] != '\t' ? "?" : &text[i], 1);
	out_text(p->ui->out, "\n");
}

static bool show_source(struct prompt *p, const struct debug_place *place)
{
	uint8_t *bytes;
	if (!read_source(p, place->file, &bytes) && !search_source(p, place->file, &bytes))
		return prompt_fail(p, "lsa: %.300s is not there; .srcpath FOLDER says where it is", place->file);
	const char *text = (const char *)bytes;
	unsigned line = 1;
	for (; *text && line <= place->line + AFTER; line++) {
		size_t length = strcspn(text, "\n");
		if (line + BEFORE >= place->line)
			show_source_line(p, text, length, line, line == place->line);
		text += length + (text[length] == '\n');
	}
	host_release(p->ui->host, bytes);
	return line > place->line || prompt_fail(p, "lsa: %.300s has no line %u", place->file, place->line);
}

bool code_source(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = prompt_pc(p), bias;
	struct debug_place place;
	char where[ADDRESS_TEXT];
	(void)command;
	if ((*args && !prompt_value(p, &args, &address)) || !prompt_end(p, args))
		return false;
	if (symbols_place(&p->symbols, address, &place)) {
		out_printf(p->ui->out, "[%s @ %u]\n", place.file, place.line);
		return show_source(p, &place);
	}
	struct symbol_module *m = symbols_module(&p->symbols, address);
	if (m && !symbols_debug_at(&p->symbols, address, &bias))
		return prompt_fail(p, "lsa: no source lines for %s: %s", m->name, m->no_debug);
	return prompt_fail(p, "lsa: no source line is known for %s", address_text(address, where));
}

/* ---- a whole function ---- */

/* Up to its size, or to the next symbol where it has none. */
static uint64_t function_end(struct prompt *p, const struct symbol_row *row)
{
	const struct symbol_row *next = symbols_next(&p->symbols, row->address);
	uint64_t size = row->size ? row->size : next ? next->address - row->address : FUNCTION_LIMIT;
	return row->address + (size < FUNCTION_LIMIT ? size : FUNCTION_LIMIT);
}

bool code_function(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = prompt_pc(p);
	unsigned line = 0;
	struct debug_place place;
	(void)command;
	if ((*args && !prompt_value(p, &args, &address)) || !prompt_end(p, args))
		return false;
	const struct symbol_row *row = symbols_at(&p->symbols, address);
	if (!row)
		return prompt_fail(p, "uf: no function is known at %" PRIx64, address);
	uint64_t end = function_end(p, row);
	for (address = row->address; address < end;) {
		if (symbols_place(&p->symbols, address, &place) && place.line != line) {
			line = place.line;
			if (address != row->address) /* there the label says it */
				out_printf(p->ui->out, "%5u:\n", line);
		}
		if (!code_line(p, &address, address == row->address))
			return prompt_fail(p, "memory at %" PRIx64 " is not mapped", address);
	}
	return true;
}
