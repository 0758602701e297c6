/* boot.h - from image to start state; docs/boot.md is the promise that it keeps.
 *
 * Everything is laid out before the first byte is written, so that an image is either refused or loaded:
 *
 *     kernel | modules, each on its page | page tables (ELF64) | GDT, info, list, map, strings
 *            ^ highest physical end, page aligned
 */
#ifndef RS_BOARD_BOOT_H
#define RS_BOARD_BOOT_H

#include "board/image.h"
#include "cpu/state.h"
#include "mem/phys.h"

/* Loads the image and its modules into RAM, builds the boot tables, and puts `*st` into the image's start state. `*st`
 * comes zeroed but for the reset values of MSRs; only what the start state says is changed. */
bool boot_load(struct phys *ram, struct cpu_state *st, const struct rs_file *image, const struct rs_file *modules,
               size_t module_count, const char *command_line, struct rs_error *why);

/* ---- between the boot*.c files ----------------------------------------------------------------------------------- */

struct boot {
	struct phys *ram;
	struct cpu_state *st;
	const struct rs_file *file, *modules;
	size_t module_count;
	const char *command_line;
	struct rs_error *why;
	struct image image;
	/* where things go, and the size of RAM that they need */
	uint64_t modules_at, tables_at, gdt_at, info_at, list_at, map_at, strings_at, end;
	bool lost; /* a byte did not reach RAM: the host has no memory */
};

/* Sizes that the layout reserves for either kind of boot information. */
enum { BOOT_GDT = 24, BOOT_INFO = 128, BOOT_LIST_ENTRY = 32, BOOT_MAP = 72 };

#define BOOT_LOADER "ringstep"

#define BOOT_CODE32 0x00cf9b000000ffffu
#define BOOT_CODE64 0x00af9b000000ffffu
#define BOOT_DATA 0x00cf93000000ffffu

/* Writes `size` bytes of a number, little-endian. */
void boot_put(struct boot *b, uint64_t pa, uint64_t value, unsigned size);
/* A new string with its zero byte among the strings, and its address; text behind the newest one. */
uint64_t boot_string(struct boot *b, const char *text);
void boot_append(struct boot *b, const char *text);
/* A file's name without its directories: where a file lies must not change what the guest sees. */
const char *boot_name(const struct rs_file *file);
/* The address of module `index`. */
uint64_t boot_module(const struct boot *b, size_t index);
/* The GDT with code 08h and data 10h, and both in the segment registers. */
void boot_segments(struct boot *b, uint64_t code);

/* Bytes of page tables that the image needs, or 0 with the reason when it cannot be mapped. */
uint64_t boot_elf64_tables(struct boot *b);
void boot_elf64(struct boot *b);
void boot_multiboot(struct boot *b);

#endif
