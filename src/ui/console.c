/* console.c - see console.h. */
#include "ui/console.h"

/* ESC and its like steer terminals, and so do the C1 controls above 7Fh. */
static bool is_plain(uint8_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t' || byte == '\r';
}

void console_put(void *arg, enum rs_port port, uint8_t byte)
{
	struct console *c = arg;
	(void)port;
	if (c->silent)
		return;
	if (!c->line_open && c->prefix)
		out_text(c->out, c->prefix);
	if (c->inert && !is_plain(byte))
		out_printf(c->out, "\\x%02x", byte);
	else
		out_write(c->out, &byte, 1);
	c->line_open = byte != '\n';
	if (c->prompt && !c->line_open)
		out_flush(c->out);
}

void console_end_line(struct console *c)
{
	if (c->line_open)
		out_text(c->out, "\n");
	c->line_open = false;
}
