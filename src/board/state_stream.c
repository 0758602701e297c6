/* state_stream.c - see state_stream.h. */
#define ZSTD_STATIC_LINKING_ONLY /* for contexts whose memory is the host's */
#include "board/state_stream.h"

#include <stdio.h>
#include <string.h>
#include <zstd_errors.h>

/* As PNG's: no text begins so, and what a transfer does to text shows. */
static const uint8_t magic[8] = { 0x89, 'R', 'S', 'T', '\r', '\n', 0x1a, '\n' };
#define BYTE_ORDER_MARK 0x01020304u

enum { LEVEL = 3, WINDOW_LOG_MAX = 23 };

static void *zstd_alloc(void *host, size_t bytes)
{
	return host_alloc(host, bytes);
}

static void zstd_release(void *host, void *memory)
{
	host_release(host, memory);
}

static ZSTD_customMem memory_of(const struct rs_host *host)
{
	return (ZSTD_customMem){ zstd_alloc, zstd_release, (void *)(uintptr_t)host };
}

/* `bytes`: at most 8. */
static void store(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes && i < 8; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t fetch(const uint8_t *from, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << 8 * i;
	return value;
}

/* ---- writing ---- */

static void write_hashed(struct state_writer *w, const void *bytes, size_t size)
{
	XXH64_update(&w->hash, bytes, size);
	out_write(w->out, bytes, size);
}

bool state_writer_open(struct state_writer *w, const struct rs_host *host, const char *path, uint64_t content,
		       struct rs_error *why)
{
	uint8_t header[STATE_HEADER];
	w->host = host;
	w->path = path;
	w->zstd = ZSTD_createCCtx_advanced(memory_of(host));
	if (!w->zstd)
		return error_set(why, RS_ERROR_MEMORY, "%.250s: no memory to write a state file", path);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
	w->out = out_open(host, path, why);
	if (!w->out)
		return false;
	XXH64_reset(&w->hash, 0);
	memcpy(header, magic, sizeof magic);
	store(header + 8, STATE_VERSION, 4);
	store(header + 12, BYTE_ORDER_MARK, 4);
	store(header + 16, content, 8);
	write_hashed(w, header, sizeof header);
	return true;
}

static void compress(struct state_writer *w, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { w->in, w->waiting, 0 };
	size_t rest = 1;
	while (!w->failed && (in.pos < in.size || (how == ZSTD_e_end && rest))) {
		ZSTD_outBuffer to = { w->packed, sizeof w->packed, 0 };
		rest = ZSTD_compressStream2(w->zstd, &to, &in, how);
		if (ZSTD_isError(rest))
			w->failed = !error_set(&w->why, RS_ERROR_MEMORY, "%.250s: cannot compress: %s", w->path,
					       ZSTD_getErrorName(rest));
		else
			write_hashed(w, w->packed, to.pos);
	}
	w->waiting = 0;
}

bool state_writer_close(struct state_writer *w, struct rs_error *why)
{
	uint8_t checksum[STATE_CHECKSUM];
	if (w->out && !w->failed) {
		compress(w, ZSTD_e_end);
		store(checksum, XXH64_digest(&w->hash), sizeof checksum);
		out_write(w->out, checksum, sizeof checksum);
	}
	ZSTD_freeCCtx(w->zstd);
	if (!w->out)
		return false;
	if (!w->failed)
		return out_close(w->out, why);
	out_abandon(w->out);
	*why = w->why;
	return false;
}

void state_put(struct state_writer *w, const void *bytes, size_t size)
{
	const char *from = bytes;
	w->counted += size;
	while (w->out && size) {
		size_t room = sizeof w->in - w->waiting, part = size < room ? size : room;
		memcpy(w->in + w->waiting, from, part);
		w->waiting += part;
		from += part;
		size -= part;
		if (w->waiting == sizeof w->in)
			compress(w, ZSTD_e_continue);
	}
}

void state_put_number(struct state_writer *w, uint64_t value, unsigned bytes)
{
	uint8_t b[8];
	store(b, value, bytes);
	state_put(w, b, bytes);
}

void state_put_text(struct state_writer *w, const char *text)
{
	size_t length = strlen(text);
	state_put_number(w, length, 2);
	state_put(w, text, length);
}

/* ---- refusals ---- */

bool state_refuse(struct state_reader *r, const char *format, ...)
{
	char text[200], where[100] = "";
	va_list args;
	if (r->failed)
		return false;
	r->failed = true;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (r->section[0])
		snprintf(where, sizeof where, " (section %s, byte %llu of the content); save the state again",
			 r->section, (unsigned long long)r->at);
	return error_set(r->why, RS_ERROR_IMAGE, "%.80s: %s%s", r->name, text, where);
}

bool state_no_memory(struct state_reader *r)
{
	if (!r->failed)
		error_set(r->why, RS_ERROR_MEMORY, "%.250s: no memory to load this state", r->name);
	r->failed = true;
	return false;
}

/* ---- opening ---- */

bool rs_state_is(const uint8_t *bytes, size_t size)
{
	return size >= sizeof magic && !memcmp(bytes, magic, sizeof magic);
}

static bool check_header(struct state_reader *r, const uint8_t *bytes, size_t size)
{
	if (!rs_state_is(bytes, size))
		return state_refuse(r, "not a state file (bytes 0 to 7 are not its mark)");
	if (size < STATE_HEADER + STATE_CHECKSUM)
		return state_refuse(r, "cut off: %zu bytes are less than a header and a checksum; take another copy",
				    size);
	if (fetch(bytes + 12, 4) != BYTE_ORDER_MARK)
		return state_refuse(r, "bytes 12 to 15 are not 04 03 02 01: not a state file of this byte order");
	uint64_t version = fetch(bytes + 8, 4);
	if (version > STATE_VERSION)
		return state_refuse(r, "made by a newer ringstep (format %llu; this one reads %d): use that one",
				    (unsigned long long)version, STATE_VERSION);
	return version == STATE_VERSION || state_refuse(r, "of format %llu, and this ringstep reads %d: run it anew",
							(unsigned long long)version, STATE_VERSION);
}

static bool check_sum(struct state_reader *r, const uint8_t *bytes, size_t size)
{
	size_t at = size - STATE_CHECKSUM;
	uint64_t told = fetch(bytes + at, STATE_CHECKSUM), found = XXH64(bytes, at, 0);
	return told == found || state_refuse(r,
					     "cut off or altered: the checksum at byte %zu is %016llx, that of the "
					     "bytes before is %016llx; take another copy, or save the state again",
					     at, (unsigned long long)told, (unsigned long long)found);
}

bool state_reader_open(struct state_reader *r, const struct rs_host *host, const struct rs_file *file,
		       struct rs_error *why)
{
	r->name = file->name;
	r->host = host;
	r->why = why;
	if (!check_header(r, file->bytes, file->size) || !check_sum(r, file->bytes, file->size))
		return false;
	r->size = fetch(file->bytes + 16, 8);
	r->packed = (ZSTD_inBuffer){ file->bytes + STATE_HEADER, file->size - STATE_HEADER - STATE_CHECKSUM, 0 };
	r->zstd = ZSTD_createDCtx_advanced(memory_of(host));
	if (!r->zstd)
		return state_no_memory(r);
	ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return true;
}

void state_reader_close(struct state_reader *r)
{
	ZSTD_freeDCtx(r->zstd);
}

/* ---- reading ---- */

/* The next piece of the content; nothing comes behind the last one. */
static bool decompress(struct state_reader *r)
{
	ZSTD_outBuffer to = { r->piece, sizeof r->piece, 0 };
	size_t before = r->packed.pos;
	r->rest = ZSTD_decompressStream(r->zstd, &to, &r->packed);
	r->piece_at = 0;
	r->piece_size = to.pos;
	if (!ZSTD_isError(r->rest))
		return true;
	if (ZSTD_getErrorCode(r->rest) == ZSTD_error_memory_allocation)
		return state_no_memory(r);
	return state_refuse(r, "cannot be unpacked behind byte %zu: %s", STATE_HEADER + before,
			    ZSTD_getErrorName(r->rest));
}

static bool fill(struct state_reader *r)
{
	size_t before = r->packed.pos;
	return decompress(r) &&
	       (r->piece_size || before != r->packed.pos || state_refuse(r, "the packed content ends too early"));
}

/* Whatever section they are in. */
static void get_bytes(struct state_reader *r, void *to, size_t size)
{
	char *at = to;
	while (size && !r->failed) {
		if (r->piece_at == r->piece_size && !fill(r))
			break;
		size_t have = r->piece_size - r->piece_at, part = size < have ? size : have;
		memcpy(at, r->piece + r->piece_at, part);
		r->piece_at += part;
		r->at += part;
		at += part;
		size -= part;
	}
	memset(at, 0, size);
}

void state_get(struct state_reader *r, void *to, size_t size)
{
	if (size > state_left(r)) {
		state_refuse(r, "the section ends %llu bytes too early", (unsigned long long)(size - state_left(r)));
		memset(to, 0, size);
		return;
	}
	get_bytes(r, to, size);
}

uint64_t state_get_number(struct state_reader *r, unsigned bytes)
{
	uint8_t b[8];
	state_get(r, b, bytes);
	return fetch(b, bytes);
}

uint64_t state_get_up_to(struct state_reader *r, unsigned bytes, uint64_t most, const char *what)
{
	uint64_t value = state_get_number(r, bytes);
	if (value <= most)
		return value;
	state_refuse(r, "%s is %llu, and at most %llu can be", what, (unsigned long long)value,
		     (unsigned long long)most);
	return 0;
}

void state_get_text(struct state_reader *r, char *to, size_t room)
{
	size_t length = (size_t)state_get_up_to(r, 2, room - 1, "the length of a text");
	state_get(r, to, length);
	to[length] = 0;
	if (strlen(to) != length)
		state_refuse(r, "a text has a zero byte in it");
}

/* ---- sections ---- */

bool state_enter(struct state_reader *r, const char *name)
{
	uint8_t head[STATE_NAME + 8];
	if (r->failed)
		return false;
	snprintf(r->section, sizeof r->section, "%s", name);
	if (r->size - r->at < sizeof head)
		return state_refuse(r, "the section is missing");
	r->section_end = r->at + sizeof head;
	state_get(r, head, sizeof head);
	if (r->failed)
		return false;
	if (strncmp((const char *)head, name, STATE_NAME) != 0)
		return state_refuse(r, "another section stands in its place");
	uint64_t size = fetch(head + STATE_NAME, 8);
	if (size > r->size - r->at)
		return state_refuse(r, "the section's %llu bytes do not fit into the content's %llu",
				    (unsigned long long)size, (unsigned long long)r->size);
	r->section_end = r->at + size;
	return true;
}

bool state_leave(struct state_reader *r)
{
	if (state_left(r))
		return state_refuse(r, "%llu bytes too many", (unsigned long long)state_left(r));
	return !r->failed;
}

bool state_ends(struct state_reader *r)
{
	if (r->failed || (r->piece_at == r->piece_size && r->rest && !decompress(r)))
		return false;
	if (r->at != r->size || r->piece_at != r->piece_size || r->packed.pos != r->packed.size)
		return state_refuse(r, "something follows the last section");
	return !r->rest || state_refuse(r, "the packed content ends too early");
}
