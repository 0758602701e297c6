/* rules.c - see rules.h. */
#include "ui/rules.h"

#include <string.h>

enum { WIDTH = 100 };

void out_wrap(struct out *o, const char *text, int indent)
{
	int column = indent;
	while (*text) {
		int length = (int)strcspn(text, " ");
		if (column > indent && column + length >= WIDTH) {
			out_printf(o, "\n%*s", indent, "");
			column = indent;
		}
		out_printf(o, "%s%.*s", column > indent ? " " : "", length, text);
		column += length + 1;
		text += length + (text[length] == ' ');
	}
	out_text(o, "\n");
}

const char *rule_name(uint16_t rule)
{
	const struct rs_rule *r = rs_rule_info(rule);
	return r ? r->id : "";
}
