/* state_stream.h - the bytes of a state file: numbers in little-endian order, compressed, with a checksum behind them.
 * docs/state-file.md is the format.
 *
 * Writing never fails in between: a failure sticks and is told at the end. Nor does reading: after the first refusal
 * everything reads as 0, and a loop that asks `failed` ends.
 */
#ifndef RS_BOARD_STATE_STREAM_H
#define RS_BOARD_STATE_STREAM_H

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include "host/host.h"

enum { STATE_VERSION = 1, STATE_HEADER = 24, STATE_CHECKSUM = 8, STATE_PIECE = 16 << 10, STATE_NAME = 8 };

/* ---- writing ---- */

struct state_writer {
	struct out *out; /* NULL: bytes are only counted */
	uint64_t counted;
	const struct rs_host *host;
	const char *path;
	ZSTD_CCtx *zstd;
	XXH64_state_t hash;
	size_t waiting; /* bytes of `in` */
	uint8_t in[STATE_PIECE], packed[STATE_PIECE];
	bool failed;
	struct rs_error why;
};

/* The header, for a content of so many bytes. */
bool state_writer_open(struct state_writer *w, const struct rs_host *host, const char *path, uint64_t content,
		       struct rs_error *why);
/* The rest of the content, and the checksum; the file is there whole or not at all. */
bool state_writer_close(struct state_writer *w, struct rs_error *why);
void state_put(struct state_writer *w, const void *bytes, size_t size);
void state_put_number(struct state_writer *w, uint64_t value, unsigned bytes);
/* A text of less than 64 KiB. */
void state_put_text(struct state_writer *w, const char *text);

/* ---- reading ---- */

struct state_reader {
	const char *name;
	const struct rs_host *host;
	ZSTD_DCtx *zstd;
	ZSTD_inBuffer packed;
	size_t rest;          /* 0: the packed content has ended */
	uint64_t at, size;    /* of the content */
	uint64_t section_end; /* where the section ends */
	char section[STATE_NAME + 1];
	uint8_t piece[STATE_PIECE];
	size_t piece_at, piece_size;
	bool failed;
	struct rs_error *why;
};

/* Looks at header and checksum. */
bool state_reader_open(struct state_reader *r, const struct rs_host *host, const struct rs_file *file,
		       struct rs_error *why);
void state_reader_close(struct state_reader *r);
/* The next section, which must have that name. */
bool state_enter(struct state_reader *r, const char *name);
/* Its end, which must be here. */
bool state_leave(struct state_reader *r);
/* Nothing follows. */
bool state_ends(struct state_reader *r);
/* Bytes of the section that have not been read. */
static inline uint64_t state_left(const struct state_reader *r)
{
	return r->failed ? 0 : r->section_end - r->at;
}

void state_get(struct state_reader *r, void *to, size_t size);
uint64_t state_get_number(struct state_reader *r, unsigned bytes);
/* The same, up to `most`; `what` it is. */
uint64_t state_get_up_to(struct state_reader *r, unsigned bytes, uint64_t most, const char *what);
void state_get_text(struct state_reader *r, char *to, size_t room);
/* Always false. The first reason counts. */
bool state_refuse(struct state_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool state_no_memory(struct state_reader *r);

#endif
