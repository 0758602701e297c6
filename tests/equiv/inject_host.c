/* inject_host.c - a host that fails on demand and counts what it gave. */
#include <errno.h>
#include <unistd.h>

#include "inject.h"

struct counts counts;

const char *const what_names[] = { "allocation", "I/O call" };

static bool fails(struct faulty *f, enum what what)
{
	unsigned long call = ++f->calls[what];
	bool now = f->fail_at && what == f->what && (f->on ? call >= f->fail_at : call == f->fail_at);
	f->failures += now;
	return now;
}

static void *faulty_alloc(void *arg, size_t bytes)
{
	struct faulty *f = arg;
	void *memory = fails(f, FAIL_ALLOC) ? NULL : f->libc->alloc(f->libc->arg, bytes);
	f->live += memory != NULL;
	return memory;
}

static void faulty_release(void *arg, void *memory)
{
	struct faulty *f = arg;
	f->live -= memory != NULL;
	f->libc->release(f->libc->arg, memory);
}

static int faulty_open(void *arg, const char *path, enum rs_open how)
{
	struct faulty *f = arg;
	int fd = fails(f, FAIL_IO) ? -EMFILE : f->libc->open(f->libc->arg, path, how);
	f->open_files += fd >= 0;
	return fd;
}

static long faulty_read(void *arg, int fd, void *to, size_t bytes)
{
	struct faulty *f = arg;
	return fails(f, FAIL_IO) ? -EIO : f->libc->read(f->libc->arg, fd, to, bytes);
}

static long faulty_write(void *arg, int fd, const void *from, size_t bytes)
{
	struct faulty *f = arg;
	const uint8_t *b = from;
	if (fails(f, FAIL_IO))
		return -ENOSPC;
	if (fd != STDOUT_FILENO && fd != STDERR_FILENO)
		return f->libc->write(f->libc->arg, fd, from, bytes);
	for (size_t i = 0; fd == STDOUT_FILENO && i < bytes; i++)
		f->out_hash = (f->out_hash ^ b[i]) * 0x100000001b3ull;
	f->out_bytes += fd == STDOUT_FILENO ? bytes : 0;
	return (long)bytes;
}

/* The descriptor is gone even if close fails. */
static int faulty_close(void *arg, int fd)
{
	struct faulty *f = arg;
	f->open_files--;
	int result = f->libc->close(f->libc->arg, fd);
	return fails(f, FAIL_IO) ? -EIO : result;
}

static int faulty_rename(void *arg, const char *from, const char *to)
{
	struct faulty *f = arg;
	return fails(f, FAIL_IO) ? -EACCES : f->libc->rename(f->libc->arg, from, to);
}

static int faulty_unlink(void *arg, const char *path)
{
	struct faulty *f = arg;
	return !f->on && fails(f, FAIL_IO) ? -EACCES : f->libc->unlink(f->libc->arg, path);
}

void faulty_init(struct faulty *f, enum what what, unsigned long fail_at, bool on)
{
	*f = (struct faulty){
		.libc = rs_host_libc(), .what = what, .fail_at = fail_at, .on = on, .out_hash = 0xcbf29ce484222325ull
	};
	f->host = (struct rs_host){ f,
				    faulty_alloc,
				    faulty_release,
				    faulty_open,
				    faulty_read,
				    faulty_write,
				    faulty_close,
				    faulty_rename,
				    faulty_unlink };
}

void heal(struct faulty *f)
{
	f->fail_at = 0;
}

void check_balance(const struct faulty *f, const char *name)
{
	if (f->live || f->open_files)
		COMPLAIN("%s: %s %lu%s fails: %ld allocations and %ld files are left", name, what_names[f->what],
			 f->fail_at, f->on ? " and all that follow" : "", f->live, f->open_files);
}
