/* pictures.c - --shot and --record: what the window would show, without one. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/host.h"
#include "view/pixels.h"
#include "view/window.h"

/* A machine and what is being shown of it. */
struct album {
	struct ui *ui;
	struct view_engine *engine;
	struct commands commands; /* of a recording: the engine executes those of a single picture itself */
	struct control control;
	struct pixels pixels;
	unsigned count;
	bool lost;
};

static bool tell(struct album *a, const char *text)
{
	ui_fail(a->ui, EXIT_USAGE, "view: %s", text);
	a->lost = true;
	return false;
}

static bool tell_folder(struct album *a, const char *text, const char *reason)
{
	ui_fail(a->ui, EXIT_USAGE, "view: --record: %.400s: %s%s", a->ui->options.record, text, reason);
	a->lost = true;
	return false;
}

/* What has failed has been told by the prompt. */
static bool draw(struct album *a)
{
	engine_view_settle(a->engine);
	control_draw(&a->control, &a->pixels.canvas, true);
	a->lost |= a->control.model->failed;
	return !a->lost;
}

static bool keep(struct album *a, const char *path)
{
	struct rs_error why;
	if (!draw(a))
		return false;
	pixels_paint(&a->pixels);
	return picture_write(&a->pixels, path, &why) || tell(a, why.text);
}

static bool keep_next(struct album *a)
{
	char path[1024];
	int n = snprintf(path, sizeof(path), "%s/%06u.png", a->ui->options.record, a->count++);
	return (n < (int)sizeof(path) || tell_folder(a, "the folder's name is too long", "")) && keep(a, path);
}

static bool do_command(void *arg, const char *command)
{
	struct album *a = arg;
	engine_view_command(a->engine, command);
	return keep_next(a) && !a->control.model->quit;
}

/* Pictures of an earlier recording would be mixed up with these. */
static bool folder_is_empty(struct album *a)
{
	DIR *folder = opendir(a->ui->options.record);
	if (!folder)
		return tell_folder(a, "cannot read the folder: ", host_reason(-errno));
	bool empty = true;
	for (struct dirent *entry; empty && (entry = readdir(folder));)
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(folder);
	return empty || tell_folder(a, "the folder is not empty; name a new one", "");
}

static bool open_folder(struct album *a)
{
	if (!mkdir(a->ui->options.record, 0777))
		return true;
	return errno == EEXIST ? folder_is_empty(a) : tell_folder(a, "cannot create: ", host_reason(-errno));
}

/* A frame each `every` instructions; a breakpoint on the way makes one as well. */
static bool record_run(struct album *a, uint64_t every, uint64_t last)
{
	char command[40];
	const struct view_model *m = a->control.model;
	for (uint64_t n = m->n; !m->ended && !m->quit && n < last; n = m->n) {
		uint64_t steps = every < last - n ? every : last - n;
		snprintf(command, sizeof(command), "t %" PRIx64, steps);
		engine_view_command(a->engine, command);
		if (!keep_next(a))
			return false;
		m = a->control.model;
		if (m->n == n)
			break; /* halted for ever, or stopped by what cannot be executed */
	}
	return true;
}

static bool record(struct album *a)
{
	const struct options *o = &a->ui->options;
	if (!draw(a) || !open_folder(a) || !keep_next(a))
		return false;
	if (!script_each(a->ui, &a->commands, do_command, a))
		return a->control.model->quit && !a->lost;
	return !o->every || record_run(a, o->every, o->max_insns);
}

static bool make(struct album *a)
{
	const struct options *o = &a->ui->options;
	struct font font;
	int width = o->size.width ? (int)o->size.width : 1280, height = o->size.height ? (int)o->size.height : 800;
	font_bitmap(&font, o->zoom ? (unsigned)o->zoom : font_fitting_zoom(width, height));
	a->pixels.host = a->ui->host;
	if (!pixels_shape(&a->pixels, width, height, &font, theme_find(o->theme ? o->theme : "dark")))
		return tell(a, "no memory for a picture");
	return o->record ? record(a) : keep(a, o->shot);
}

int pictures_make(struct ui *ui)
{
	int code = EXIT_USAGE;
	struct album *a = host_alloc(ui->host, sizeof(*a));
	if (!a)
		return ui_fail(ui, EXIT_USAGE, "view: out of memory");
	a->ui = ui;
	if (ui->options.record)
		a->commands = commands_taken(ui);
	a->engine = engine_view_open(ui, &code);
	if (a->engine) {
		control_init(&a->control, a->engine);
		bool good = make(a);
		/* How the guest ended is what the picture is of; what the host could not write is a failure. */
		good &= engine_view_close(a->engine) != EXIT_USAGE;
		code = good ? 0 : EXIT_USAGE;
	}
	pixels_free(&a->pixels);
	host_release(ui->host, a);
	return code;
}
