/* rules.c - see rules.h. */
#include "ui/rules.h"

#include <stdio.h>
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

const char *cause_text(const char *cause, char *text, size_t size)
{
	static const char mark[] = "insn:";
	const size_t length = sizeof(mark) - 1;
	const int rule = rs_rule_find(cause);
	struct rs_instruction row;
	if (rule >= 0) {
		const struct rs_rule *r = rs_rule_info((size_t)rule);
		snprintf(text, size, "%s [%s]", r->text, r->source);
		return text;
	}
	if (strncmp(cause, mark, length) != 0)
		return NULL;
	const char *name = cause + length;
	for (size_t i = 0; rs_instruction_info(i, &row); i++)
		if (!strcmp(row.name, name)) {
			snprintf(text, size, "as the manual says of the instruction [SDM2:%s]", row.page);
			return text;
		}
	return NULL;
}
