/* input.c - see input.h. */
#include "ui/input.h"

#include <string.h>

enum { CHUNK = 64 << 10, LIMIT = 64 << 20 };

static bool grow(struct input *in, const struct rs_host *host, size_t more_bytes)
{
	size_t room = in->room ? in->room * 2 : CHUNK;
	while (room < in->size + more_bytes)
		room *= 2;
	uint8_t *more = host_alloc(host, room);

	if (!more)
		return false;
	if (in->size)
		memcpy(more, in->bytes, in->size);
	host_release(host, in->bytes);
	in->bytes = more;
	in->room = room;
	return true;
}

bool input_read(struct input *in, const struct rs_host *host, struct rs_error *why)
{
	if (in->size == in->room && !grow(in, host, 1))
		return error_set(why, RS_ERROR_MEMORY, "standard input: out of memory");
	long n = host->read(host->arg, 0, in->bytes + in->size, in->room - in->size);
	if (n < 0)
		return error_set(why, RS_ERROR_IO, "standard input: %s", host_reason(n));
	in->size += (size_t)n;
	in->ended = n == 0;
	return in->size <= LIMIT || error_set(why, RS_ERROR_IO, "standard input: more than 64 MiB");
}

bool input_append(struct input *in, const struct rs_host *host, const void *bytes, size_t size)
{
	if (in->size + size > in->room && !grow(in, host, size))
		return false;
	memcpy(in->bytes + in->size, bytes, size);
	in->size += size;
	return true;
}

bool input_read_all(struct input *in, const struct rs_host *host, struct rs_error *why)
{
	while (!in->ended)
		if (!input_read(in, host, why))
			return false;
	return true;
}

const uint8_t *input_more(void *arg, size_t *size)
{
	struct session *s = arg;

	out_flush(s->ui->out);
	out_flush(s->ui->err);
	if (!s->input.ended && !input_read(&s->input, s->ui->host, &s->input_failure))
		s->input.ended = true;
	*size = s->input.size;
	return s->input.bytes;
}
