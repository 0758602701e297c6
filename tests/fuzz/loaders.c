/* loaders.c - every loader with files that are cut, changed and joined: each must load or be refused with a reason.
 *
 *     build/tests/fuzz-loaders [MUTATIONS [SEED]]
 *
 * A file ends where a page ends behind which nothing is mapped, so that a read beyond it ends the program in any build.
 * The same numbers make the same files; a failure prints what makes it again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "board/boot.h"
#include "../unit/image_maker.h"

enum { MUTATIONS = 120000, CHANGES = 6, MAPPED = 8192 };

/* ---- numbers: xorshift64* ---------------------------------------------------------------------------------------- */

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

/* ---- one file ---------------------------------------------------------------------------------------------------- */

struct fuzz {
	uint8_t *page_end; /* nothing is mapped from here on */
	struct phys ram;
	unsigned long passed, failed, loaded[RS_FORMAT_FLAT + 1], refused;
	const char *what;
	uint64_t number;
};

static void complain(struct fuzz *f, const char *problem)
{
	f->failed++;
	printf("%s, %" PRIu64 ": %s\n", f->what, f->number, problem);
}

/* What a file can ask for without being refused. */
static const char *image_problem(const struct image *image, size_t size)
{
	bool entered = false;

	if (image->segment_count == 0 || image->segment_count > IMAGE_SEGMENTS)
		return "no segments, or too many";
	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		if (s->offset > size || s->file_size > size - s->offset || s->file_size > s->memory_size)
			return "a segment's bytes leave the file";
		if (s->paddr > RAM || s->memory_size > RAM - s->paddr || s->memory_size == 0)
			return "a segment leaves RAM";
		uint64_t start = image->mode == 64 ? s->vaddr : s->paddr;
		entered |= s->executable && image->entry >= start && image->entry - start < s->file_size;
	}
	return entered ? NULL : "the entry is not in what was loaded";
}

static const char *state_problem(const struct cpu_state *st, const struct image *image)
{
	uint64_t cr0 = image->mode == 64 ? 0x80010031 : image->mode == 32 ? 0x11 : 0x10;

	if (st->cr0 != cr0 || st->rflags != 2 || st->cpl != 0)
		return "the start state is not that of its mode";
	if (st->rip + st->seg[SEG_CS].base != image->entry)
		return "the start is not at the entry";
	bool by_protocol = image->format >= RS_FORMAT_MULTIBOOT && image->format <= RS_FORMAT_PVH;
	uint64_t info = by_protocol ? st->gpr[RBX] : st->gpr[RSI];
	return info > 0 && info < RAM && !(info & 7) ? NULL : "the boot information is not in RAM";
}

static void touch_symbol(void *arg, const struct symbol *symbol)
{
	*(size_t *)arg += strlen(symbol->name);
}

/* What `info` reads besides. */
static void read_along(const uint8_t *bytes, size_t size, const struct image *image)
{
	struct image_tag tag = {.at = 0};
	size_t length = 0;

	image_symbols(bytes, size, touch_symbol, &length);
	if (image->format == RS_FORMAT_MULTIBOOT2)
		while (image_next_tag(bytes, image, &tag))
			;
}

static const char *loaded_problem(struct fuzz *f, const struct rs_start *start, const uint8_t *bytes, size_t size,
                                  const struct cpu_state *st)
{
	struct rs_error why;
	struct image image;

	if (!image_parse(start, bytes, size, RAM, &image, &why))
		return "loaded, but not parsed";
	f->loaded[image.format]++;
	read_along(bytes, size, &image);
	const char *problem = image_problem(&image, size);
	return problem ? problem : state_problem(st, &image);
}

static const char *refused_problem(const struct rs_error *why, const struct cpu_state *st)
{
	static const struct cpu_state untouched;

	if (why->code != RS_ERROR_IMAGE)
		return "refused with a wrong code";
	if (strlen(why->text) < 30 || strlen(why->text) >= sizeof(why->text) - 1)
		return "refused with a reason that is no sentence, or is cut";
	return memcmp(st, &untouched, sizeof(*st)) ? "refused, but the state was changed" : NULL;
}

static void try_file(struct fuzz *f, const struct rs_start *start, const uint8_t *content, size_t size)
{
	uint8_t module[100] = {1}, *bytes = f->page_end - size;
	struct rs_file image = {"k", bytes, size}, modules[] = {{"m", module, sizeof(module)}};
	struct cpu_state st = {0};
	struct rs_error why = {0};

	memcpy(bytes, content, size);
	bool good = boot_load(&f->ram, &st, start, &image, modules, 1, "x", &why);
	const char *problem = good ? loaded_problem(f, start, bytes, size, &st) : refused_problem(&why, &st);
	f->refused += !good;
	if (problem)
		complain(f, problem);
	else
		f->passed++;
}

/* Each way in which a file may be read. */
static void try_all_formats(struct fuzz *f, const uint8_t *content, size_t size)
{
	for (int format = RS_FORMAT_ANY; format < RS_FORMAT_FLAT; format++) {
		struct rs_start start = {.format = (enum rs_format)format};
		try_file(f, &start, content, size);
	}
}

/* ---- many files -------------------------------------------------------------------------------------------------- */

/* Every prefix of every sample, also read as every other format. */
static void cut(struct fuzz *f)
{
	struct maker m;

	for (size_t i = 0; i < SAMPLES; i++) {
		samples[i].make(&m);
		f->what = samples[i].name;
		for (size_t size = 0; size <= m.size; size++) {
			f->number = size;
			try_file(f, &samples[i].start, m.bytes, size);
			try_all_formats(f, m.bytes, size);
		}
	}
}

static const uint64_t edges[] = {0,          1,         4,          8,        0x7fffffff, 0x80000000, 0xfffffff0,
                                 0xffffffff, INT64_MAX, UINT64_MAX, RAM,      RAM - 1,    0x100000,   HIGH,
                                 0x1badb002, 0xe85250d6, 18,        0x100000000};

static uint64_t an_edge(uint64_t *random)
{
	return edges[below(random, sizeof(edges) / sizeof(edges[0]))];
}

/* A byte, a bit, a number at the edge of something, or a piece of the file in another place. */
static void change(struct maker *m, uint64_t *random)
{
	size_t at = below(random, m->size), to = below(random, m->size);
	unsigned length = 1u << below(random, 4);

	switch (below(random, 4)) {
	case 0:
		m->bytes[at] = (uint8_t)next_number(random);
		return;
	case 1:
		m->bytes[at] ^= (uint8_t)(1 << below(random, 8));
		return;
	case 2:
		if (at + length <= m->size)
			put(m, at & ~(size_t)(length - 1), an_edge(random), length);
		return;
	default:
		length *= 4;
		if (at + length <= m->size && to + length <= m->size)
			memmove(m->bytes + to, m->bytes + at, length);
	}
}

/* Otherwise a changed header would hardly ever get past its checksum. */
static void seal(struct maker *m)
{
	for (size_t at = 0; at + 16 <= m->size; at += 4) {
		uint32_t word[3];
		memcpy(word, m->bytes + at, sizeof(word));
		if (word[0] == 0x1badb002)
			put(m, at + 8, -(word[0] + word[1]), 4);
		if (word[0] == 0xe85250d6)
			put(m, at + 12, -(word[0] + word[1] + word[2]), 4);
	}
}

/* The flat samples change in their options too: an edge for an address, any mode that there is. */
static struct rs_start changed_start(const struct rs_start *start, uint64_t *random)
{
	struct rs_start changed = *start;

	if (start->format != RS_FORMAT_FLAT || below(random, 2))
		return changed;
	changed.load = an_edge(random) + below(random, 3);
	changed.entry = changed.load + below(random, 0x70);
	changed.mode = 16u << below(random, 3);
	return changed;
}

static void mutate(struct fuzz *f, unsigned long count, uint64_t seed)
{
	f->what = "mutation";
	for (f->number = 0; f->number < count; f->number++) {
		uint64_t random = (seed + f->number) * 0x9e3779b97f4a7c15ull + 1;
		const struct sample *sample = &samples[f->number % SAMPLES];
		struct maker m;
		sample->make(&m);
		next_number(&random);
		for (uint64_t changes = 1 + below(&random, CHANGES); changes; changes--)
			change(&m, &random);
		if (below(&random, 2))
			seal(&m);
		struct rs_start start = changed_start(&sample->start, &random);
		try_file(f, &start, m.bytes, m.size - (below(&random, 4) ? 0 : below(&random, m.size)));
	}
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static bool open_fuzz(struct fuzz *f)
{
	uint8_t *pages = mmap(NULL, MAPPED * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages, MAPPED, PROT_READ | PROT_WRITE))
		return false;
	f->page_end = pages + MAPPED;
	return phys_init(&f->ram, rs_host_libc(), RAM);
}

/* A format that no changed file reaches any more would be tested no more. */
static void check_reach(struct fuzz *f)
{
	for (size_t i = RS_FORMAT_ELF32; i <= RS_FORMAT_FLAT; i++) {
		printf("%-10s %lu loaded\n", rs_format_name(i), f->loaded[i]);
		if (f->loaded[i] < 100)
			complain(f, "a format was hardly ever loaded");
	}
	printf("%-10s %lu\n", "refused", f->refused);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : MUTATIONS;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct fuzz f = {0};

	if (!open_fuzz(&f)) {
		puts("no memory");
		return 1;
	}
	cut(&f);
	mutate(&f, count, seed);
	check_reach(&f);
	phys_free(&f.ram);
	printf("%lu passed, %lu failed\n", f.passed, f.failed);
	return f.failed != 0;
}
