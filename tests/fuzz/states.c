/* states.c - changed state files at the reader: each must load or be refused with a reason, and what loads must run.
 *
 *     build/tests/fuzz-states KERNEL[,USER] [RUNS [SEED]]
 *
 * Most changes are made to the content, which is then packed anew under a right checksum, so that the parser behind it
 * sees them; of RAM's pages few, since any byte is one there. The same numbers make the same files; a failure prints
 * what makes it again.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board/machine.h"
#include "board/state_stream.h"

enum { RUNS = 1000000, BASES = 4, ROOM = 1 << 20, SECTIONS_MAX = 16, PATIENCE = 30, MORE = 400 };

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

/* ---- files in memory ---- */

struct bytes {
	size_t size;
	uint8_t at[ROOM];
};

static struct bytes saved;

static int keep_open(void *arg, const char *path, enum rs_open how)
{
	(void)arg;
	saved.size = 0;
	return how == RS_OPEN_CREATE ? 1000 : rs_host_libc()->open(NULL, path, how);
}

static long keep_write(void *arg, int fd, const void *from, size_t size)
{
	(void)arg, (void)fd;
	if (saved.size + size > ROOM)
		return -28;
	memcpy(saved.at + saved.size, from, size);
	saved.size += size;
	return (long)size;
}

static int keep_close(void *arg, int fd)
{
	(void)arg;
	return fd == 1000 ? 0 : rs_host_libc()->close(NULL, fd);
}

static int keep_rename(void *arg, const char *from, const char *to)
{
	(void)arg, (void)from, (void)to;
	return 0;
}

static struct rs_host host;

/* ---- what is changed ---- */

struct base {
	struct bytes file, content;
	struct {
		size_t at, size; /* header and all */
	} section[SECTIONS_MAX];
	size_t sections;
};

static struct base bases[BASES];
static unsigned long passed, failed, loaded, refused;
static uint64_t number;

static void complain(const char *problem)
{
	failed++;
	printf("%" PRIu64 ": %s\n", number, problem);
}

static uint64_t word(const uint8_t *at)
{
	uint64_t w;
	memcpy(&w, at, sizeof w);
	return w;
}

static bool unpack(struct base *b)
{
	size_t packed = b->file.size - STATE_HEADER - STATE_CHECKSUM;
	b->content.size = ZSTD_decompress(b->content.at, ROOM, b->file.at + STATE_HEADER, packed);
	if (ZSTD_isError(b->content.size))
		return false;
	for (size_t at = 0; at + 16 <= b->content.size && b->sections < SECTIONS_MAX; b->sections++) {
		b->section[b->sections].at = at;
		b->section[b->sections].size = 16 + (size_t)word(b->content.at + at + 8);
		at += b->section[b->sections].size;
	}
	return b->sections == 9;
}

static void pack(struct bytes *file, const struct base *b, const struct bytes *content)
{
	static ZSTD_CCtx *zstd;
	if (!zstd)
		zstd = ZSTD_createCCtx();
	memcpy(file->at, b->file.at, STATE_HEADER);
	memcpy(file->at + 16, &(uint64_t){ content->size }, 8);
	size_t packed = ZSTD_compressCCtx(zstd, file->at + STATE_HEADER, ROOM - STATE_HEADER - STATE_CHECKSUM,
					  content->at, content->size, -5);
	file->size = STATE_HEADER + packed;
	memcpy(file->at + file->size, &(uint64_t){ XXH64(file->at, file->size, 0) }, 8);
	file->size += STATE_CHECKSUM;
}

/* ---- changes ---- */

static void change_bytes(struct bytes *b, size_t at, uint64_t *state)
{
	static const uint64_t values[] = { 0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x10000, UINT32_MAX, INT64_MAX, UINT64_MAX };
	size_t width = (size_t)1 << below(state, 4);
	uint64_t value = values[below(state, 10)];
	if (at + width > b->size)
		return;
	switch (below(state, 4)) {
	case 0:
		b->at[at] ^= (uint8_t)(1u << below(state, 8));
		break;
	case 1:
		b->at[at] = (uint8_t)next_number(state);
		break;
	case 2:
		memcpy(b->at + at, &value, width);
		break;
	default:
		value = next_number(state);
		memcpy(b->at + at, &value, width);
	}
}

/* An earlier change may have left less than the base has: then neither of these does anything. */
static void take_out(struct bytes *b, size_t at, size_t size)
{
	if (at > b->size || size > b->size - at)
		return;
	memmove(b->at + at, b->at + at + size, b->size - at - size);
	b->size -= size;
}

static void put_in(struct bytes *b, size_t at, const uint8_t *from, size_t size)
{
	if (at > b->size || b->size + size > ROOM / 2)
		return;
	memmove(b->at + at + size, b->at + at, b->size - at);
	memcpy(b->at + at, from, size);
	b->size += size;
}

/* A section is missing, is there twice, has moved, or is as long as it is not. */
static void change_section(struct bytes *b, const struct base *from, uint64_t *state)
{
	size_t i = below(state, from->sections), k = below(state, from->sections);
	size_t at = from->section[i].at, size = from->section[i].size;
	switch (below(state, 4)) {
	case 0:
		take_out(b, at, size);
		break;
	case 1:
		put_in(b, from->section[k].at, from->content.at + at, size);
		break;
	case 2:
		take_out(b, at, size);
		put_in(b, from->section[k].at <= b->size ? from->section[k].at : 0, from->content.at + at, size);
		break;
	default:
		change_bytes(b, at + 8, state);
	}
}

/* A place within a section, header and all; within RAM's pages as seldom as in another section. */
static size_t any_place(const struct base *from, uint64_t *state)
{
	size_t i = below(state, from->sections);
	return from->section[i].at + below(state, from->section[i].size);
}

static void shift(struct bytes *b, const struct base *from, uint64_t *state)
{
	size_t at = any_place(from, state), size = 1 + below(state, 16);
	uint8_t noise[16] = { (uint8_t)next_number(state) };
	if (below(state, 2) && at + size <= b->size)
		take_out(b, at, size);
	else if (at <= b->size)
		put_in(b, at, noise, size);
}

static void change_content(struct bytes *b, const struct base *from, uint64_t *state)
{
	for (uint64_t i = 1 + below(state, 3); i > 0; i--)
		switch (below(state, 12)) {
		case 0:
			change_section(b, from, state);
			break;
		case 1:
			shift(b, from, state);
			break;
		default:
			change_bytes(b, any_place(from, state), state);
		}
}

/* ---- one run ---- */

static void judge_refusal(const struct rs_error *why)
{
	size_t length = strlen(why->text);
	refused++;
	if (why->code != RS_ERROR_IMAGE && why->code != RS_ERROR_MEMORY)
		complain("refused with a wrong code");
	else if (length < 20 || length >= sizeof why->text - 1)
		complain("refused with a reason that is no sentence, or is cut");
	else
		passed++;
}

/* It runs in both drivers, and can be saved and loaded. */
static void judge_machine(struct rs_machine *m, uint64_t *state)
{
	static struct rs_origin origin;
	struct rs_error why;
	uint64_t hash = rs_state_hash(m), n = rs_status(m)->instructions;
	loaded++;
	if (below(state, 8) == 0) {
		if (!rs_state_save(m, &origin, "again", &why)) {
			complain(why.text);
			return;
		}
		struct rs_file file = { "again", saved.at, saved.size };
		struct rs_machine *again = rs_state_load(&(struct rs_config){ .host = &host }, &file, NULL, &why);
		if (!again)
			complain(why.text);
		else if (rs_state_hash(again) != hash)
			complain("saved and loaded, it is another state");
		rs_free(again);
	}
	rs_step_always(m, below(state, 2));
	if (n < RS_FOREVER - MORE)
		rs_run(m, n + MORE);
	passed++;
}

static void try_file(const struct bytes *b, uint64_t *state)
{
	struct rs_error why = { .code = RS_OK };
	uint8_t *exact = malloc(b->size + 1); /* a sanitizer sees what is read behind it */
	memcpy(exact, b->at, b->size);
	struct rs_file file = { "changed", exact, b->size };
	struct rs_machine *m = rs_state_load(&(struct rs_config){ .host = &host }, &file, NULL, &why);
	if (m)
		judge_machine(m, state);
	else
		judge_refusal(&why);
	rs_free(m);
	free(exact);
}

static void one_run(uint64_t seed)
{
	static struct bytes content, file;
	uint64_t state = (seed + number) * 0x9e3779b97f4a7c15ull | 1;
	next_number(&state);
	const struct base *b = &bases[below(&state, BASES)];
	if (below(&state, 16) == 0) {
		file.size = b->file.size;
		memcpy(file.at, b->file.at, file.size);
		change_bytes(&file, below(&state, file.size), &state);
		if (below(&state, 2))
			file.size = below(&state, file.size);
	} else {
		content.size = b->content.size;
		memcpy(content.at, b->content.at, content.size);
		change_content(&content, b, &state);
		pack(&file, b, &content);
	}
	try_file(&file, &state);
}

/* ---- bases ---- */

static bool make_base(struct base *b, const char *kernel, const char *user, unsigned how)
{
	const struct rs_config config = { .host = &host,
					  .cpu = how & 1 ? "amd-zen4" : "intel-skylake",
					  .timing = how & 2 ? "unit" : NULL,
					  .memory = 4 << 20,
					  .input = (const uint8_t *)"input",
					  .input_size = 5 };
	static const struct rs_origin origin = { .file = { { "kernel", "k", 1, "00" } }, .file_count = 1 };
	static const struct rs_injection nmi = { .signal = RS_SIGNAL_NMI, .at = 1000000 };
	struct rs_file files[2] = { { 0 } };
	struct rs_error why;
	struct rs_machine *m = rs_new(&config, &why);
	bool good = m && rs_file_read(m, kernel, &files[0], &why) &&
		    (!user || rs_file_read(m, user, &files[1], &why)) &&
		    rs_load(m, &files[0], &files[1], user != NULL, "", &why) && rs_inject(m, &nmi, &why);
	if (good) {
		rs_run(m, 300 + 400 * how);
		good = rs_state_save(m, &origin, "base", &why);
		rs_file_release(m, &files[0]);
		rs_file_release(m, &files[1]);
	}
	if (!good)
		printf("%s\n", why.text);
	b->file = saved;
	rs_free(m);
	return good && unpack(b);
}

static void too_late(int signal)
{
	char text[80];
	int n = snprintf(text, sizeof text, "%" PRIu64 ": takes too long\n0 passed, 1 failed\n", number);
	(void)signal;
	_exit(write(1, text, (size_t)n) == n ? 1 : 2);
}

int main(int argc, char **argv)
{
	uint64_t runs = argc > 2 ? strtoull(argv[2], NULL, 0) : RUNS, seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
	char *comma = argc > 1 ? strchr(argv[1], ',') : NULL;
	host = *rs_host_libc();
	host.open = keep_open;
	host.write = keep_write;
	host.close = keep_close;
	host.rename = keep_rename;
	if (comma)
		*comma = 0;
	for (unsigned i = 0; i < BASES; i++)
		if (argc < 2 || !make_base(&bases[i], argv[1], comma ? comma + 1 : NULL, i)) {
			printf("0 passed, 1 failed\n");
			return 1;
		}
	signal(SIGALRM, too_late);
	for (number = 0; number < runs && failed < 20; number++) {
		if (number % 64 == 0)
			alarm(PATIENCE);
		one_run(seed << 32);
	}
	printf("%lu loaded, %lu refused\n%lu passed, %lu failed\n", loaded, refused, passed, failed);
	return failed != 0;
}
