/* cmd_diff.c - ringstep diff A B */
#include <string.h>

#include "trace/trace.h"
#include "ui/disasm.h"
#include "ui/ui.h"

enum { TRACE_BYTES_MAX = 1 << 30 };

struct side {
	uint8_t *bytes;
	struct trace_header header;
	struct trace_reader reader;
};

static bool side_open(struct side *s, struct ui *ui, const char *path, struct rs_error *why)
{
	size_t size;

	if (!host_read_file(ui->host, path, TRACE_BYTES_MAX, &s->bytes, &size, why))
		return false;
	trace_reader_init(&s->reader, path, s->bytes, size);
	return trace_read_header(&s->reader, ui->host, &s->header, why);
}

static void side_close(struct side *s, struct ui *ui)
{
	if (!s->bytes)
		return;
	trace_header_release(ui->host, &s->header);
	host_release(ui->host, s->bytes);
}

static struct trace_span header_line(const char **at, const struct trace_reader *r)
{
	const char *start = *at, *newline = start < r->at ? memchr(start, '\n', (size_t)(r->at - start)) : NULL;

	if (!newline)
		return (struct trace_span){ start, 0 };
	*at = newline + 1;
	return (struct trace_span){ start, (size_t)(newline - start) };
}

/* How the runs were started is told, but does not count: comparing two processors is what diff is for. */
static void show_headers(struct out *o, const struct trace_reader *a, const struct trace_reader *b)
{
	const char *p = a->begin, *q = b->begin;

	while (p < a->at || q < b->at) {
		struct trace_span x = header_line(&p, a), y = header_line(&q, b);
		if (x.size == y.size && !memcmp(x.text, y.text, x.size))
			continue;
		if (x.size && x.text[0] != 'h')
			out_printf(o, "- %.*s\n", (int)x.size, x.text);
		if (y.size && y.text[0] != 'h')
			out_printf(o, "+ %.*s\n", (int)y.size, y.text);
	}
}

static int compare(struct ui *ui, struct trace_compare *c, struct side *a, struct side *b, struct rs_error *why)
{
	if (a->header.key_lines_only != b->header.key_lines_only) {
		error_set(why, RS_ERROR_ARGUMENT,
			  "%s and %s: one holds every record, the other key lines only; trace both the "
			  "same way",
			  a->reader.name, b->reader.name);
		return EXIT_TROUBLE;
	}
	c->skip_keys = a->header.key_interval != b->header.key_interval;
	show_headers(ui->out, &a->reader, &b->reader);
	return trace_diff(ui->out, ui->host, c, &a->reader, &b->reader, why);
}

int cmd_diff(struct ui *ui)
{
	const struct options *o = &ui->options;
	struct side *side;
	struct trace_compare c;
	struct rs_error why = { .code = RS_OK };
	int result = EXIT_TROUBLE;

	if (!trace_compare_init(&c, o->ignore, &why))
		return ui_fail(ui, EXIT_TROUBLE, "%s", why.text);
	c.disassemble = o->disasm ? ui_disassemble : NULL;
	side = host_alloc(ui->host, 2 * sizeof(*side));
	if (!side)
		return ui_fail(ui, EXIT_TROUBLE, "no memory to compare two traces");
	if (side_open(&side[0], ui, o->operand[0], &why) && side_open(&side[1], ui, o->operand[1], &why))
		result = compare(ui, &c, &side[0], &side[1], &why);
	side_close(&side[1], ui);
	side_close(&side[0], ui);
	host_release(ui->host, side);
	return result == EXIT_TROUBLE ? ui_fail(ui, result, "%s", why.text) : result;
}
