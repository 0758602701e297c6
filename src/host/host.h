/* host.h - what the library asks of the world, and small words over it. Everything goes through struct rs_host, so that
 * a test can make any allocation and any I/O call fail. */
#ifndef RS_HOST_H
#define RS_HOST_H

#include <stdarg.h>

#include "ringstep.h"

/* Zeroed memory or NULL. */
void *host_alloc(const struct rs_host *host, size_t bytes);
void host_release(const struct rs_host *host, void *memory);
/* A copy of the text, or NULL. */
char *host_strdup(const struct rs_host *host, const char *text);

/* Fills `why` and returns false, so that a caller can `return error_set(...)`. */
bool error_set(struct rs_error *why, enum rs_error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What a failed call of the host means, in words: `result` is the negated errno value that it returned. */
const char *host_reason(long result);

/* Reads a whole file of at most `limit` bytes; *bytes is host memory with one zero byte behind the content. */
bool host_read_file(const struct rs_host *host, const char *path, size_t limit, uint8_t **bytes, size_t *size,
                    struct rs_error *why);

/* A buffered output. With a path it is written beside its final name and renamed at out_close, so that a failure leaves
 * no partial file; a path of "/dev/..." is written in place. The first failure sticks and is told at out_close. */
struct out {
	const struct rs_host *host;
	int fd;
	bool owned;    /* the fd is ours to close */
	bool replaces; /* a temporary that out_close renames */
	bool failed;
	size_t used;
	struct out *copy; /* gets everything as well; NULL: none. Who sets it takes it back before either is closed */
	struct rs_error why;
	char path[1024], temporary[1040];
	char buffer[1 << 16];
};

/* NULL with the reason when the file cannot be made. */
struct out *out_open(const struct rs_host *host, const char *path, struct rs_error *why);
/* On an fd that stays the caller's (1: standard output). */
struct out *out_fd(const struct rs_host *host, int fd, const char *name, struct rs_error *why);
void out_write(struct out *o, const void *bytes, size_t size);
void out_text(struct out *o, const char *text);
void out_printf(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_vprintf(struct out *o, const char *format, va_list args);
void out_flush(struct out *o);
/* Flushes, closes, renames and frees; false with the reason when anything was lost. */
bool out_close(struct out *o, struct rs_error *why);
/* Throws the output away: nothing is left on disk. */
void out_abandon(struct out *o);

#endif
