/* view_main.c - the program ringstep-view, which `ringstep view` becomes. */
#include "view/theme.h"
#include "view/window.h"

static int refuse(struct ui *ui, const char *text)
{
	return ui_fail(ui, EXIT_USAGE, "view: %s", text);
}

static int view(struct ui *ui)
{
	const struct options *o = &ui->options;
	if (o->theme && !theme_find(o->theme))
		return ui_fail(ui, EXIT_USAGE, "view: --theme: '%s' is not dark, light or contrast", o->theme);
	if (o->zoom > FONT_ZOOMS)
		return refuse(ui, "--zoom: from 1 to 6");
	if (o->shot && o->record)
		return refuse(ui, "--shot is one picture, --record many: give one of them");
	if (o->every && !o->record)
		return refuse(ui, "--every belongs to --record");
	if (o->every && o->max_insns == RS_FOREVER && o->max_cycles == RS_FOREVER)
		return refuse(ui, "--every makes pictures until the guest ends, which it may never do: "
				  "--max-insns N or --max-cycles N says how far at most");
	return o->shot || o->record ? pictures_make(ui) : window_run(ui);
}

int main(int argc, char **argv)
{
	return ui_main_of(rs_host_libc(), argc, argv, "view", view);
}
