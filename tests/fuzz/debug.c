/* debug.c - debug information that is cut and changed: every question about it must end, with an answer or without.
 *
 *     build/tests/fuzz-debug FILE [MUTATIONS [SEED]]
 *
 * A file ends where a page ends behind which nothing is mapped, so that a read beyond it ends the program in any build.
 * The same numbers make the same files; with one MUTATION and its SEED a failure can be made again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "ui/debug/debug_info.h"

enum { MUTATIONS = 2000, CHANGES = 12, ADDRESSES = 24, STEPS = 300 };

/* xorshift64* */
static uint64_t next_number(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
	return next_number(state) % limit;
}

struct fuzz {
	const uint8_t *original;
	size_t size, mapped;
	uint8_t *map;
	uint64_t state;
	unsigned long opened, refused, places, frames, types, members, locals;
};

/* ---- questions ---- */

/* A stack of anything. */
static bool any_memory(void *arg, uint64_t address, void *to, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = (uint8_t)(address >> 3);
	return arg || address % 7;
}

static void ask_type(struct fuzz *f, struct debug_info *d, debug_handle type)
{
	struct debug_type t;
	struct debug_member m;
	uint64_t cursor = 0, value = 0;
	if (!debug_type(d, type, &t))
		return;
	f->types++;
	for (unsigned i = 0; i < STEPS && debug_member_next(d, type, &cursor, &m); i++) {
		f->members++;
		debug_type(d, m.type, &t);
	}
	cursor = 0;
	for (unsigned i = 0; i < STEPS && debug_enumerator_next(d, type, &cursor, &value); i++)
		debug_enumerator(d, type, value);
}

static void ask_frame(struct fuzz *f, struct debug_info *d, uint64_t address, unsigned word)
{
	struct debug_memory memory = { NULL, any_memory };
	struct debug_frame frame = { .word = word, .known = (1u << DEBUG_REGISTERS) - 1 };
	struct debug_local local;
	uint64_t cursor = 0;
	for (unsigned i = 0; i < DEBUG_REGISTERS; i++)
		frame.value[i] = 0x7000 + 64 * i;
	frame.value[DEBUG_PC] = address;
	for (unsigned i = 0; i < STEPS && debug_local_next(d, &frame, false, &memory, &cursor, &local); i++) {
		f->locals++;
		ask_type(f, d, local.type);
	}
	f->frames += debug_unwind(d, &frame, true, &memory);
}

static void ask(struct fuzz *f, struct debug_info *d)
{
	static const char *const names[] = { "sample", "rs_boot", "trap_frame", "color", "int", "table", "list_node" };
	struct debug_place place;
	debug_handle type;
	uint64_t address;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (debug_type_find(d, names[i], strlen(names[i]), &type))
			ask_type(f, d, type);
		if (debug_variable_find(d, names[i], strlen(names[i]), &address, &type))
			ask_type(f, d, type);
	}
	for (unsigned i = 0; i < 4; i++)
		if (debug_address_of(d, "sample.c", 8, 5 * i, &place) ||
		    debug_address_of(d, "kernel.c", 8, 30 * i, &place))
			ask_frame(f, d, place.address, 8);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		address = (i & 1 ? 0xffffffff80100000 : 0x1000) + below(&f->state, 0x2000);
		f->places += debug_place_of(d, address, &place);
		ask_frame(f, d, address, i & 2 ? 8 : 4);
	}
}

/* ---- files ---- */

static void map_file(struct fuzz *f)
{
	long page = sysconf(_SC_PAGESIZE);
	f->mapped = (f->size + (size_t)page - 1) / (size_t)page * (size_t)page;
	f->map = mmap(NULL, f->mapped + (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->map == MAP_FAILED || mprotect(f->map + f->mapped, (size_t)page, PROT_NONE))
		abort();
}

static void change(struct fuzz *f, uint8_t *bytes, size_t size)
{
	static const uint8_t likely[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7e, 0x0a, 0x10 };
	uint64_t count = 1 + below(&f->state, CHANGES);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t how = below(&f->state, 4);
		size_t at = (size_t)below(&f->state, how ? size : size < 64 ? size : 64);
		if (how == 1)
			bytes[at] ^= (uint8_t)(1u << below(&f->state, 8));
		else if (how == 2)
			bytes[at] = likely[below(&f->state, sizeof(likely))];
		else
			bytes[at] = (uint8_t)next_number(&f->state);
	}
}

/* Every fourth is cut as well. */
static void one(struct fuzz *f, uint64_t seed)
{
	struct rs_error why = { .code = RS_OK };
	f->state = seed * 0x9e3779b97f4a7c15ull + 1;
	size_t size = below(&f->state, 4) ? f->size : (size_t)(1 + below(&f->state, f->size));
	uint8_t *bytes = f->map + f->mapped - size;
	memcpy(bytes, f->original, size);
	change(f, bytes, size);
	struct debug_info *d = debug_open(rs_host_libc(), bytes, size, &why);
	if (d) {
		f->opened++;
		ask(f, d);
		debug_close(d);
	} else if (why.code == RS_OK || !why.text[0]) {
		printf("seed %" PRIu64 ": refused without a reason\n", seed);
		exit(1);
	} else {
		f->refused++;
	}
}

int main(int argc, char **argv)
{
	struct fuzz f = { .size = 0 };
	struct rs_error why;
	uint8_t *bytes;
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : MUTATIONS,
		 seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
	if (argc < 2 || !host_read_file(rs_host_libc(), argv[1], 64u << 20, &bytes, &f.size, &why)) {
		fprintf(stderr, "fuzz-debug: %s\n", argc < 2 ? "which file?" : why.text);
		return 2;
	}
	f.original = bytes;
	map_file(&f);
	for (uint64_t i = 0; i < count; i++) {
		if (getenv("FUZZ_TELL"))
			fprintf(stderr, "%" PRIu64 "\n", seed + i);
		one(&f, seed + i);
	}
	printf("%" PRIu64
	       " files: %lu opened, %lu refused; %lu places, %lu frames, %lu locals, %lu types, %lu members\n",
	       count, f.opened, f.refused, f.places, f.frames, f.locals, f.types, f.members);
	printf("%" PRIu64 " passed, 0 failed\n", count);
	host_release(rs_host_libc(), bytes);
	munmap(f.map, f.mapped);
	return 0;
}
