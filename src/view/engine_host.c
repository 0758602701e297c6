/* engine_host.c - a host that is the program's, but for three streams that become lines: what the prompt prints, what
 * it complains of, and what the guest writes. */
#include "view/engine_parts.h"

/* No file has these numbers. */
enum { STREAM_LOG = -2, STREAM_CONSOLE = -3, STREAM_ERRORS = -4 };

static void *host_alloc_outer(void *arg, size_t bytes)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	return h->alloc(h->arg, bytes);
}

static void host_release_outer(void *arg, void *memory)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	h->release(h->arg, memory);
}

static int host_open_outer(void *arg, const char *path, enum rs_open how)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	return h->open(h->arg, path, how);
}

static long host_read_outer(void *arg, int fd, void *to, size_t bytes)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	return h->read(h->arg, fd, to, bytes);
}

static long host_write_line(void *arg, int fd, const void *from, size_t bytes)
{
	struct view_engine *e = arg;
	if (fd >= 0)
		return e->outer->write(e->outer->arg, fd, from, bytes);
	lines_put(fd == STREAM_CONSOLE ? &e->console : &e->log, from, bytes);
	if (fd == STREAM_ERRORS && e->aloud) {
		out_write(e->aloud, from, bytes);
		out_flush(e->aloud);
	}
	return (long)bytes;
}

static int host_close_outer(void *arg, int fd)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	return h->close(h->arg, fd);
}

static int host_rename_outer(void *arg, const char *from, const char *to)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	return h->rename(h->arg, from, to);
}

static int host_unlink_outer(void *arg, const char *path)
{
	const struct rs_host *h = ((struct view_engine *)arg)->outer;
	return h->unlink(h->arg, path);
}

bool engine_streams_open(struct view_engine *e, const struct ui *ui, struct rs_error *why)
{
	e->outer = ui->host;
	e->errors = ui->err;
	e->aloud = ui->options.shot || ui->options.record ? ui->err : NULL;
	e->host = (struct rs_host){ e,
				    host_alloc_outer,
				    host_release_outer,
				    host_open_outer,
				    host_read_outer,
				    host_write_line,
				    host_close_outer,
				    host_rename_outer,
				    host_unlink_outer };
	e->ui = *ui;
	e->ui.host = &e->host;
	e->ui.out = e->ui.err = NULL; /* those are the program's */
	e->ui.in_terminal = e->ui.out_terminal = e->ui.err_terminal = false;
	if (!lines_open(&e->console, e->outer, VIEW_CONSOLE) || !lines_open(&e->log, e->outer, VIEW_LOG))
		return error_set(why, RS_ERROR_MEMORY, "no memory for the lines of the console");
	e->ui.out = out_fd(&e->host, STREAM_LOG, "the prompt", why);
	e->ui.err = e->ui.out ? out_fd(&e->host, STREAM_ERRORS, "the prompt", why) : NULL;
	e->console_out = e->ui.err ? out_fd(&e->host, STREAM_CONSOLE, "the console", why) : NULL;
	return e->console_out;
}

void engine_streams_flush(struct view_engine *e)
{
	out_flush(e->ui.out);
	out_flush(e->ui.err);
	out_flush(e->console_out);
}

void engine_streams_close(struct view_engine *e)
{
	out_abandon(e->console_out);
	out_abandon(e->ui.err);
	out_abandon(e->ui.out);
	lines_close(&e->console, e->outer);
	lines_close(&e->log, e->outer);
}
