/* symbols.h - names for addresses: of the kernel and of each user program. Losing them costs names, not the run. */
#ifndef RS_UI_SYMBOLS_H
#define RS_UI_SYMBOLS_H

#include "ui/ui.h"

enum { SYMBOL_MODULES = UI_USERS + 1, MODULE_NAME = 64 };

struct symbol_row {
	const char *name; /* inside a file's bytes */
	uint64_t address, size;
	unsigned module;
};

struct symbols {
	const struct rs_host *host;
	struct symbol_row *row; /* by address */
	size_t count, room;
	char module[SYMBOL_MODULES][MODULE_NAME];
	size_t module_count;
	uint8_t *sibling; /* the ELF64 beside a Multiboot image without symbols */
};

/* Reads the symbols of the session's image and users. A Multiboot file X.mb.elf without any takes those of X.elf beside
 * it. False only when memory or I/O fails. */
bool symbols_load(struct symbols *y, struct ui *ui, const struct session *s, struct rs_error *why);
void symbols_free(struct symbols *y);

/* The symbol that covers the address, or NULL. A plain label covers what follows it. */
const struct symbol_row *symbols_at(const struct symbols *y, uint64_t address);
/* The first symbol behind the address, or NULL. */
const struct symbol_row *symbols_next(const struct symbols *y, uint64_t address);
/* "name" or "module!name", letter case counts; false when there is none. */
bool symbols_find(const struct symbols *y, const char *name, size_t length, uint64_t *address);

/* "module!name+0x12"; "" when no symbol covers the address. */
const char *symbols_text(const struct symbols *y, uint64_t address, char *text, size_t size);

#endif
