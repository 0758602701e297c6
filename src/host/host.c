/* host.c - the host as libc sees it, and the words over struct rs_host. */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_ALIGN = 64, HOST_LAZY = 128 << 10, READ_FIRST = 64 << 10 };

/* ---- libc -------------------------------------------------------------------------------------------------------- */

/* Big memory comes from calloc, which leaves it to the kernel to zero a page when it is first touched. Small memory is
 * aligned by libc, so that it ends where its last byte ends and a sanitizer sees the first one behind it. Either way
 * the word before the result is what free() wants. */
static void *libc_alloc(void *arg, size_t bytes)
{
	char *base = NULL;

	(void)arg;
	if (bytes > SIZE_MAX - 2 * HOST_ALIGN)
		return NULL;
	if (bytes >= HOST_LAZY)
		base = calloc(1, bytes + 2 * HOST_ALIGN);
	else if (posix_memalign((void **)&base, HOST_ALIGN, bytes + HOST_ALIGN) == 0)
		memset(base, 0, bytes + HOST_ALIGN);
	else
		base = NULL;
	if (!base)
		return NULL;
	char *memory = base + HOST_ALIGN;
	memory += -(uintptr_t)memory % HOST_ALIGN;
	memcpy(memory - sizeof(base), &base, sizeof(base));
	return memory;
}

static void libc_release(void *arg, void *memory)
{
	char *base;

	(void)arg;
	if (!memory)
		return;
	memcpy(&base, (char *)memory - sizeof(base), sizeof(base));
	free(base);
}

static int libc_open(void *arg, const char *path, enum rs_open how)
{
	int flags = how == RS_OPEN_CREATE ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY;
	int fd;

	(void)arg;
	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static long libc_read(void *arg, int fd, void *to, size_t bytes)
{
	ssize_t got;

	(void)arg;
	do
		got = read(fd, to, bytes);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : (long)got;
}

static long libc_write(void *arg, int fd, const void *from, size_t bytes)
{
	ssize_t put;

	(void)arg;
	do
		put = write(fd, from, bytes);
	while (put < 0 && errno == EINTR);
	return put < 0 ? -errno : (long)put;
}

/* Not repeated after EINTR: the descriptor is gone already on Linux, and another thread may have got its number. */
static int libc_close(void *arg, int fd)
{
	(void)arg;
	return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

static int libc_rename(void *arg, const char *from, const char *to)
{
	(void)arg;
	return rename(from, to) < 0 ? -errno : 0;
}

static int libc_unlink(void *arg, const char *path)
{
	(void)arg;
	return unlink(path) < 0 ? -errno : 0;
}

const struct rs_host *rs_host_libc(void)
{
	static const struct rs_host libc = {
		.alloc = libc_alloc,
		.release = libc_release,
		.open = libc_open,
		.read = libc_read,
		.write = libc_write,
		.close = libc_close,
		.rename = libc_rename,
		.unlink = libc_unlink,
	};

	return &libc;
}

/* ---- memory and errors ------------------------------------------------------------------------------------------- */

void *host_alloc(const struct rs_host *host, size_t bytes)
{
	return host->alloc(host->arg, bytes);
}

void host_release(const struct rs_host *host, void *memory)
{
	if (memory)
		host->release(host->arg, memory);
}

char *host_strdup(const struct rs_host *host, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = host_alloc(host, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/* A reason may quote a file's name or content; a control character in it would be let loose on the user's terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

bool error_set(struct rs_error *why, enum rs_error_code code, const char *format, ...)
{
	va_list args;

	if (!why)
		return false;
	why->code = code;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	make_printable(why->text);
	return false;
}

/* Not strerror(): its words differ between C libraries and follow the locale. */
const char *host_reason(long result)
{
	static const struct {
		int number;
		const char *text;
	} reasons[] = {
		{ENOENT, "no such file or directory"},
		{EACCES, "permission denied"},
		{EPERM, "operation not permitted"},
		{EISDIR, "is a directory"},
		{ENOTDIR, "a part of the path is not a directory"},
		{EEXIST, "file exists"},
		{ENAMETOOLONG, "file name too long"},
		{ELOOP, "too many symbolic links"},
		{EMFILE, "too many open files"},
		{ENFILE, "too many open files in the system"},
		{ENOSPC, "no space left on device"},
		{EDQUOT, "disk quota exceeded"},
		{EFBIG, "file too large"},
		{EROFS, "read-only file system"},
		{EIO, "input/output error"},
		{EPIPE, "nobody reads the other end"},
		{ENXIO, "no such device"},
		{EBADF, "bad file descriptor"},
		{EBUSY, "device or file is busy"},
		{ETXTBSY, "the file is being executed"},
		{EXDEV, "different file systems"},
		{ENOMEM, "out of memory"},
		{EAGAIN, "would block"},
		{EINVAL, "invalid argument"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].number == -result)
			return reasons[i].text;
	return "unknown error of the host";
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* A file being read; the content grows by doubling, as its size is not known before (a pipe has none). */
struct reading {
	const struct rs_host *host;
	const char *path;
	size_t limit;
	uint8_t *bytes;
	size_t size, room; /* one byte more than `room` is allocated */
};

static bool reading_grow(struct reading *r, struct rs_error *why)
{
	size_t room = r->room ? r->room * 2 : READ_FIRST;
	uint8_t *bytes = host_alloc(r->host, room + 1);

	if (!bytes)
		return error_set(why, RS_ERROR_MEMORY, "%.250s: no memory for a file of more than %zu bytes", r->path,
				 r->size);
	if (r->size)
		memcpy(bytes, r->bytes, r->size);
	host_release(r->host, r->bytes);
	r->bytes = bytes;
	r->room = room;
	return true;
}

static bool read_all(struct reading *r, int fd, struct rs_error *why)
{
	for (;;) {
		if (r->size == r->room && !reading_grow(r, why))
			return false;
		long got = r->host->read(r->host->arg, fd, r->bytes + r->size, r->room - r->size);
		if (got < 0)
			return error_set(why, RS_ERROR_IO, "%.250s: cannot read: %s", r->path, host_reason(got));
		if (got == 0)
			break;
		r->size += (size_t)got;
		if (r->size > r->limit)
			return error_set(why, RS_ERROR_IO,
					 "%.250s: larger than %zu bytes, the most that is read; use a smaller file",
					 r->path, r->limit);
	}
	r->bytes[r->size] = 0;
	return true;
}

bool host_read_file(const struct rs_host *host, const char *path, size_t limit, uint8_t **bytes, size_t *size,
                    struct rs_error *why)
{
	struct reading r = {.host = host, .path = path, .limit = limit};
	int fd = host->open(host->arg, path, RS_OPEN_READ);

	if (fd < 0)
		return error_set(why, fd == -ENOENT ? RS_ERROR_NOT_FOUND : RS_ERROR_IO, "%.250s: cannot open: %s", path,
		                 host_reason(fd));
	bool read = read_all(&r, fd, why);
	host->close(host->arg, fd); /* nothing was written, so nothing can be lost by a failure */
	if (!read) {
		host_release(host, r.bytes);
		return false;
	}
	*bytes = r.bytes;
	*size = r.size;
	return true;
}
