/* boot.h - from image to start state; docs/boot.md is the promise that it keeps.
 *
 * Everything is laid out before the first byte is written, so that an image is either refused or loaded:
 *
 *     kernel | modules, each on its page | page tables | GDT, info, list, map, strings
 *            ^ highest physical end, page aligned  ^ or, for Multiboot 2, sections that no segment holds
 */
#ifndef RS_BOARD_BOOT_H
#define RS_BOARD_BOOT_H

#include "board/image.h"
#include "cpu/state.h"
#include "mem/phys.h"

/* Loads the image and its modules into RAM, builds the boot tables, and puts `*st` into the image's start state. `*st`
 * comes zeroed but for the reset values of MSRs; only what the start state says is changed. */
bool boot_load(struct phys *ram, struct cpu_state *st, const struct rs_start *start, const struct rs_file *image,
               const struct rs_file *modules, size_t module_count, const char *command_line, struct rs_error *why);

/* ---- between the boot*.c files ----------------------------------------------------------------------------------- */

struct boot {
	struct phys *ram;
	struct cpu_state *st;
	const struct rs_start *start;
	const struct rs_file *file, *modules;
	size_t module_count;
	const char *command_line;
	struct rs_error *why;
	struct image image;
	struct image_sections sections; /* that a Multiboot 2 kernel is told of */
	/* where things go, and the size of RAM that they need */
	uint64_t modules_at, tables_at, gdt_at, info_at, list_at, map_at, strings_at, end;
	bool lost; /* a byte did not reach RAM: the host has no memory */
};

/* Sizes that the layout reserves for whatever kind of boot information. */
enum { BOOT_GDT = 24, BOOT_INFO = 128, BOOT_LIST_ENTRY = 32, BOOT_MAP = 72 };
enum { BOOT_RANGES = 3 };

#define BOOT_LOADER "ringstep"

#define BOOT_CODE32 0x00cf9b000000ffffu
#define BOOT_CODE64 0x00af9b000000ffffu
#define BOOT_DATA 0x00cf93000000ffffu

/* Where a PC keeps its extended BIOS data, video memory and ROM: the end of low memory, and where RAM goes on. */
#define BOOT_LOWER_END 0x9fc00ull
#define BOOT_UPPER_START 0x100000ull

/* A range of the memory map that a kernel is told; the types are those of E820. */
struct boot_range {
	uint64_t start, size;
	unsigned type;
};

/* How many of the ranges there are: none above 1 MiB in the smallest machine. */
size_t boot_memory_map(const struct boot *b, struct boot_range ranges[BOOT_RANGES]);

/* Writes `size` bytes of a number, little-endian; bytes as they are. */
void boot_put(struct boot *b, uint64_t pa, uint64_t value, unsigned size);
void boot_put_bytes(struct boot *b, uint64_t pa, const void *bytes, size_t size);
/* A new string with its zero byte among the strings, and its address; text behind the newest one. */
uint64_t boot_string(struct boot *b, const char *text);
void boot_append(struct boot *b, const char *text);
/* A file's name without its directories: where a file lies must not change what the guest sees. */
const char *boot_name(const struct rs_file *file);
/* The address of module `index`. */
uint64_t boot_module(const struct boot *b, size_t index);
/* The GDT with code 08h and data 10h, and both in the segment registers. */
void boot_segments(struct boot *b, uint64_t code);
/* 32-bit protected mode without paging, flat segments, at the image's entry. */
void boot_protected(struct boot *b);

/* Bytes of page tables that the image needs, or 0 with the reason when it cannot be mapped; then the tables themselves,
 * and the address of the root. */
uint64_t boot_paging_bytes(struct boot *b);
uint64_t boot_paging(struct boot *b);
/* Bytes of the sections that no segment holds. */
uint64_t boot_section_bytes(const struct boot *b);

/* The start states, each with its boot information. */
void boot_direct(struct boot *b);
void boot_multiboot(struct boot *b);
void boot_multiboot2(struct boot *b);
void boot_pvh(struct boot *b);

#endif
