/* cmd_version.c - `version`. The same text from every compiler and on every machine. */
#include "ui/ui.h"

int cmd_version(struct ui *ui)
{
	if (!ui->options.missing) {
		out_printf(ui->out, "ringstep %s\n", RS_VERSION);
		return 0;
	}
	const char *text;
	for (size_t i = 0; (text = rs_missing(i)); i++)
		out_printf(ui->out, "%s\n", text);
	return 0;
}
