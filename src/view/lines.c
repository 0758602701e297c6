/* lines.c - see lines.h. */
#include "view/lines.h"

#include <string.h>

enum { TAB = 8 };

bool lines_open(struct line_keeper *k, const struct rs_host *host, unsigned room)
{
	*k = (struct line_keeper){ .room = room };
	k->line = host_alloc(host, room * sizeof(k->line[0]));
	return k->line;
}

void lines_close(struct line_keeper *k, const struct rs_host *host)
{
	host_release(host, k->line);
	k->line = NULL;
}

static char *last_line(struct line_keeper *k)
{
	return k->line[(k->first + k->count - 1) % k->room];
}

static void begin_line(struct line_keeper *k)
{
	if (k->count == k->room)
		k->first = (k->first + 1) % k->room;
	else
		k->count++;
	k->used = 0;
	k->open = true;
	last_line(k)[0] = 0;
}

/* UTF-8: behind the first byte of a character. */
static bool is_inner_byte(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

/* In the next line; a character that has begun in this one goes along. */
static void go_on(struct line_keeper *k, char c)
{
	char *line = last_line(k), begun[4];
	unsigned n = 0;
	while (is_inner_byte(c) && n < sizeof(begun) - 1 && is_inner_byte(line[k->used - 1 - n]))
		n++;
	n += is_inner_byte(c);
	memcpy(begun, line + k->used - n, n);
	line[k->used - n] = 0;
	begin_line(k);
	memcpy(last_line(k), begun, n);
	k->used = n;
}

static void put(struct line_keeper *k, char c)
{
	if (!k->open)
		begin_line(k);
	else if (k->used == VIEW_TEXT - 1)
		go_on(k, c);
	char *line = last_line(k);
	line[k->used++] = c;
	line[k->used] = 0;
}

void lines_put(struct line_keeper *k, const char *bytes, size_t size)
{
	k->version += size > 0;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			if (!k->open)
				begin_line(k);
			k->open = false;
		} else if (bytes[i] == '\t') {
			do
				put(k, ' ');
			while (k->used % TAB);
		} else if (bytes[i] && bytes[i] != '\r') {
			put(k, bytes[i]);
		}
	}
}

void lines_copy(const struct line_keeper *k, struct view_lines *to)
{
	if (to->version == k->version)
		return;
	to->version = k->version;
	for (unsigned i = 0; i < k->count; i++)
		memcpy(to->line[i], k->line[(k->first + i) % k->room], sizeof(to->line[i]));
	to->count = k->count;
}
