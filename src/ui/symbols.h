/* symbols.h - names for addresses: of the kernel, of each user program, of files that the user names. Losing them costs
 * names, not the run: a file that cannot be read is told of on standard error and has no symbols. */
#ifndef RS_UI_SYMBOLS_H
#define RS_UI_SYMBOLS_H

#include "ui/debug/debug_info.h"
#include "ui/ui.h"

enum { SYMBOL_FILES = UI_SYMBOLS, SYMBOL_MODULES = UI_USERS + 1 + SYMBOL_FILES, MODULE_NAME = 64, SYMBOL_PATH = 1024 };

struct symbol_row {
	const char *name; /* inside a file's bytes */
	uint64_t address, size;
	unsigned module;
};

/* A file with symbols: an ELF file, or a text of lines ADDRESS NAME [SIZE]. */
struct symbol_module {
	char name[MODULE_NAME], path[SYMBOL_PATH];
	uint8_t *bytes;
	size_t size;
	char *names;   /* of a text: a copy in which names end with a zero */
	bool owned;    /* the bytes are ours to release */
	bool added;    /* by the user: .reload reads it again */
	uint64_t bias; /* what is added to the file's addresses */
	uint64_t low, high;
	size_t count;
	bool asked; /* for `debug` */
	struct debug_info *debug;
	char no_debug[120]; /* why there is none */
};

struct symbols {
	struct ui *ui;
	const struct rs_host *host;
	struct symbol_row *row; /* by address */
	size_t count, room;
	unsigned version; /* another one: other names and lines */
	struct symbol_module module[SYMBOL_MODULES];
	size_t module_count;
	bool lost; /* memory failed: some names or lines are missing that could be there */
	/* folders, separated by ':', in which added files and source files are looked for */
	char path[SYMBOL_PATH], source_path[SYMBOL_PATH];
};

/* Reads the symbols of the session's image and users, and of --symbols. A Multiboot file X.mb.elf without any takes
 * those of X.elf beside it. False only when memory fails. */
bool symbols_load(struct symbols *y, struct ui *ui, const struct session *s, struct rs_error *why);
void symbols_free(struct symbols *y);
/* One more file: "PATH" or "PATH@ADDRESS", or anew if it is there already. False: told, and without symbols. */
bool symbols_add(struct symbols *y, const char *file);
/* Reads the added files again. */
void symbols_reload(struct symbols *y);

/* The symbol that covers the address, or NULL. A plain label covers what follows it. */
const struct symbol_row *symbols_at(const struct symbols *y, uint64_t address);
/* The same, but a function with a size comes before labels inside it. */
const struct symbol_row *symbols_function(const struct symbols *y, uint64_t address);
/* The first symbol behind the address, or NULL. */
const struct symbol_row *symbols_next(const struct symbols *y, uint64_t address);
/* "name" or "module!name", letter case counts; "file.c:123" is the code of a line. False when there is none. */
bool symbols_find(struct symbols *y, const char *name, size_t length, uint64_t *address);
/* The row of "name" or "module!name". */
const struct symbol_row *symbols_row(const struct symbols *y, const char *name, size_t length);

/* "module!name+0x12"; "" when no symbol covers the address. */
const char *symbols_text(const struct symbols *y, uint64_t address, char *text, size_t size);

/* The same for where a CALL returns to, which may be behind the function's end. */
const char *symbols_return_text(const struct symbols *y, uint64_t address, char *text, size_t size);

/* The module of an address: that of its symbol, else the one that holds it; NULL. */
struct symbol_module *symbols_module(struct symbols *y, uint64_t address);
/* Its debug information, opened when it is first asked for, or NULL with the reason in `no_debug`. */
struct debug_info *symbols_debug(struct symbols *y, struct symbol_module *module);
/* The debug information that covers an address, and what was added to its addresses; NULL. */
struct debug_info *symbols_debug_at(struct symbols *y, uint64_t address, uint64_t *bias);
/* The source line of an address; `place->address` is the guest's. */
bool symbols_place(struct symbols *y, uint64_t address, struct debug_place *place);

/* "ringstep: warning: TEXT" on standard error. */
void symbols_warn(struct symbols *y, const struct rs_error *why);

/* Calls `each` for each symbol of the module; false with the reason. The names of a text are whole once `names` has
 * room for it: symbol_file_is_text. */
struct symbol;
bool symbol_file_read(struct symbol_module *m, void (*each)(void *arg, const struct symbol *symbol), void *arg,
		      struct rs_error *why);
bool symbol_file_is_text(const struct symbol_module *m);
/* The addresses that the module takes up. */
void symbol_file_extent(struct symbol_module *m);

#endif
