/* out.c - buffered output that either is there whole or is not there at all. */
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TEMPORARY_SUFFIX ".rs-partial"

_Static_assert(sizeof(((struct out *)0)->temporary) >= sizeof(((struct out *)0)->path) + sizeof(TEMPORARY_SUFFIX) - 1,
               "a temporary's name always fits");

/* The first failure is the one that explains the others. */
static void out_fail(struct out *o, enum rs_error_code code, const char *doing, const char *reason)
{
	if (o->failed)
		return;
	o->failed = true;
	error_set(&o->why, code, "%.250s: cannot %s: %s", o->path, doing, reason);
}

static struct out *out_new(const struct rs_host *host, const char *path, struct rs_error *why)
{
	if (strlen(path) >= sizeof(((struct out *)0)->path)) {
		error_set(why, RS_ERROR_ARGUMENT,
			  "%.100s...: the file name is longer than %zu bytes; use a shorter one", path,
			  sizeof(((struct out *)0)->path) - 1);
		return NULL;
	}
	struct out *o = host_alloc(host, sizeof(*o));
	if (!o) {
		error_set(why, RS_ERROR_MEMORY, "%.250s: no memory for an output buffer", path);
		return NULL;
	}
	o->host = host;
	strcpy(o->path, path);
	return o;
}

struct out *out_open(const struct rs_host *host, const char *path, struct rs_error *why)
{
	struct out *o = out_new(host, path, why);

	if (!o)
		return NULL;
	o->owned = true;
	o->replaces = strncmp(path, "/dev/", 5) != 0;
	snprintf(o->temporary, sizeof(o->temporary), "%s" TEMPORARY_SUFFIX, path);
	o->fd = host->open(host->arg, o->replaces ? o->temporary : o->path, RS_OPEN_CREATE);
	if (o->fd >= 0)
		return o;
	error_set(why, o->fd == -ENOENT ? RS_ERROR_NOT_FOUND : RS_ERROR_IO, "%.250s: cannot create: %s", path,
	          host_reason(o->fd));
	host_release(host, o);
	return NULL;
}

struct out *out_fd(const struct rs_host *host, int fd, const char *name, struct rs_error *why)
{
	struct out *o = out_new(host, name, why);

	if (o)
		o->fd = fd;
	return o;
}

/* A write of nothing would be tried for ever; it counts as a failure. */
static void write_through(struct out *o, const char *from, size_t size)
{
	while (size && !o->failed) {
		long put = o->host->write(o->host->arg, o->fd, from, size);
		if (put <= 0) {
			out_fail(o, RS_ERROR_IO, "write", put ? host_reason(put) : "the device takes no more");
			return;
		}
		from += put;
		size -= (size_t)put;
	}
}

void out_flush(struct out *o)
{
	write_through(o, o->buffer, o->used);
	o->used = 0;
	if (o->copy)
		out_flush(o->copy);
}

void out_write(struct out *o, const void *bytes, size_t size)
{
	if (o->copy)
		out_write(o->copy, bytes, size);
	if (size > sizeof(o->buffer) - o->used)
		out_flush(o);
	if (size > sizeof(o->buffer)) {
		write_through(o, bytes, size);
		return;
	}
	memcpy(o->buffer + o->used, bytes, size);
	o->used += size;
}

void out_text(struct out *o, const char *text)
{
	out_write(o, text, strlen(text));
}

void out_vprintf(struct out *o, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	size_t room = sizeof(o->buffer) - o->used;
	int length = vsnprintf(o->buffer + o->used, room, format, args);
	if (length >= 0 && (size_t)length >= room) {
		out_flush(o);
		room = sizeof(o->buffer);
		length = vsnprintf(o->buffer, room, format, again);
	}
	va_end(again);
	if (length < 0 || (size_t)length >= room)
		out_fail(o, RS_ERROR_ARGUMENT, "write", "a text of more than 64 KiB at once");
	else {
		if (o->copy)
			out_write(o->copy, o->buffer + o->used, (size_t)length);
		o->used += (size_t)length;
	}
}

void out_printf(struct out *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	out_vprintf(o, format, args);
	va_end(args);
}

/* Some file systems tell only at close() that the bytes did not reach the disk. */
static void close_file(struct out *o)
{
	if (!o->owned)
		return;
	int result = o->host->close(o->host->arg, o->fd);
	if (result < 0)
		out_fail(o, RS_ERROR_IO, "close", host_reason(result));
}

static void name_file(struct out *o)
{
	const struct rs_host *host = o->host;

	if (!o->replaces)
		return;
	if (!o->failed) {
		int result = host->rename(host->arg, o->temporary, o->path);
		if (result >= 0)
			return;
		out_fail(o, RS_ERROR_IO, "rename the finished file to its name", host_reason(result));
	}
	host->unlink(host->arg, o->temporary);
}

bool out_close(struct out *o, struct rs_error *why)
{
	out_flush(o);
	close_file(o);
	name_file(o);
	bool whole = !o->failed;
	if (!whole && why)
		*why = o->why;
	host_release(o->host, o);
	return whole;
}

void out_abandon(struct out *o)
{
	if (!o)
		return;
	o->failed = true;
	close_file(o);
	name_file(o);
	host_release(o->host, o);
}
