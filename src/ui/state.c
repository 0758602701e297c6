/* state.c - see state.h. */
#include "ui/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "board/machine.h"
#include "trace/trace.h"
#include "ui/find_file.h"

#define STATE_LIMIT ((size_t)64 << 30)
#define IMAGE_LIMIT ((size_t)256 << 20)

/* ---- from a file ---- */

/* What only an image can be given. */
static bool check_options(const struct options *o, const char *path, struct rs_error *why)
{
	const struct {
		bool given;
		const char *option;
	} words[] = {
		{ o->user_count, "--user" },
		{ o->input, "--input" },
		{ o->argument_count, "a command line for the guest" },
		{ o->start.format != RS_FORMAT_ANY, "--format, --load, --entry or --mode" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].given)
			return error_set(
			    why, RS_ERROR_ARGUMENT,
			    "%.200s: a state file goes on where it was saved, with what it had: leave out %s", path,
			    words[i].option);
	return true;
}

/* Symbols are read from the files that the state was made of, where they can be found; a loss is told when they are
 * asked for. */
static void find_files(struct session *s, const char *path)
{
	const struct file_search search = { s->ui, s->ui->options.images, path, "the state" };
	for (size_t i = 0; i < s->origin.file_count; i++) {
		const struct rs_origin_file *f = &s->origin.file[i];
		struct rs_file file = { .name = f->name };
		if (!file_find(&search, f, &file, &s->missing))
			continue;
		s->missing.code = RS_OK;
		if (!strcmp(f->role, "kernel") && !s->image.bytes)
			s->image = file;
		else if (s->user_count < UI_USERS)
			s->user[s->user_count++] = file;
		else
			host_release(s->ui->host, file.bytes);
	}
}

/* The options are as if they had been given, for all who look at them. */
static void take_options(struct session *s)
{
	const struct rs_config *c = rs_config_of(s->machine);
	struct options *o = &s->ui->options;
	o->cpu = c->cpu;
	o->timing = c->timing;
	o->memory = c->memory;
}

static bool load(struct session *s, const struct rs_config *config, const struct rs_file *file, struct rs_error *why)
{
	bool came;
	s->machine = rs_state_load(config, file, &s->origin, why);
	if (!s->machine || !trace_name_file(&s->state, "state", file, why))
		return false;
	s->command_line = host_strdup(s->ui->host, s->origin.command_line);
	if (!s->command_line)
		return error_set(why, RS_ERROR_MEMORY, "out of memory for the guest's arguments");
	while (rs_injection_info(s->machine, s->injected_before, &came))
		s->injected_before++;
	take_options(s);
	find_files(s, file->name);
	return true;
}

bool state_read(struct ui *ui, const char *path, struct rs_file *file, struct rs_error *why)
{
	*file = (struct rs_file){ .name = path };
	size_t limit = ui->options.state ? STATE_LIMIT : IMAGE_LIMIT;
	return host_read_file(ui->host, path, limit, &file->bytes, &file->size, why);
}

bool state_is(const struct ui *ui, const struct rs_file *file)
{
	return ui->options.state || rs_state_is(file->bytes, file->size);
}

bool state_open(struct session *s, const struct rs_config *config, struct rs_error *why)
{
	const struct options *o = &s->ui->options;
	struct rs_config c = *config;
	struct rs_file file = s->image; /* its place is the kernel's */
	s->image = (struct rs_file){ .name = NULL };
	c.cpu = o->cpu;
	c.timing = o->timing;
	bool good = check_options(o, file.name, why) && load(s, &c, &file, why);
	host_release(s->ui->host, file.bytes);
	return good;
}

/* ---- into a file ---- */

static bool name_origin(struct session *s, struct rs_origin *o, struct rs_error *why)
{
	if (s->state.name[0]) {
		*o = s->origin;
		return true;
	}
	if (strlen(s->command_line) >= sizeof(o->command_line))
		return error_set(why, RS_ERROR_ARGUMENT, "a state holds at most %zu bytes of arguments",
				 sizeof(o->command_line) - 1);
	strcpy(o->command_line, s->command_line);
	if (!trace_name_file(&o->file[0], "kernel", &s->image, why))
		return false;
	o->file_count = 1;
	for (size_t i = 0; i < s->user_count; i++)
		if (!trace_name_file(&o->file[o->file_count++], "user", &s->user[i], why))
			return false;
	return true;
}

bool state_save(struct session *s, const char *path, struct rs_error *why)
{
	struct rs_origin *o = host_alloc(s->ui->host, sizeof(*o));
	if (!o)
		return error_set(why, RS_ERROR_MEMORY, "%.250s: no memory to save a state", path);
	bool good = name_origin(s, o, why) && rs_state_save(s->machine, o, path, why);
	host_release(s->ui->host, o);
	return good;
}

uint64_t state_first_limit(const struct options *o, uint64_t limit)
{
	return o->snapshot.path && o->snapshot.at < limit ? o->snapshot.at : limit;
}

bool state_snapshot(struct session *s)
{
	const struct options *o = &s->ui->options;
	struct rs_error why;
	if (!o->snapshot.path)
		return true;
	if (rs_status(s->machine)->instructions != o->snapshot.at)
		ui_fail(s->ui, 0, "--snapshot-at %" PRIu64 ": the run ended before", o->snapshot.at);
	else if (!state_save(s, o->snapshot.path, &why))
		s->snapshot_failed = ui_fail(s->ui, EXIT_USAGE, "%s", why.text);
	return !s->snapshot_failed;
}

/* ---- info ---- */

static void show_files(struct out *o, const struct rs_origin *origin)
{
	for (size_t i = 0; i < origin->file_count; i++)
		out_printf(o, "  %-8s  %s, %" PRIu64 " bytes, sha256 %s\n", origin->file[i].role, origin->file[i].name,
			   origin->file[i].size, origin->file[i].sha256);
	if (origin->command_line[0])
		out_printf(o, "  arguments %s\n", origin->command_line);
}

static void show_injections(struct out *o, struct rs_machine *m)
{
	const struct rs_injection *i;
	bool came;
	for (size_t k = 0; (i = rs_injection_info(m, k, &came)); k++) {
		out_printf(o, "  event     %s ", rs_signal_name(i->signal));
		if (i->arrival)
			out_printf(o, "at %" PRIx64 "#%" PRIu64, i->at, i->arrival);
		else
			out_printf(o, "behind instruction %" PRIu64, i->at);
		out_text(o, came ? ", has come\n" : "\n");
	}
}

static void show_machine(struct out *o, struct rs_machine *m)
{
	const struct rs_config *c = rs_config_of(m);
	const struct rs_position at = rs_position(m);
	const struct rs_status *status = rs_status(m);
	out_printf(o, "  cpu       %s, cycle model %s, %" PRIu64 " bytes of RAM, %zu pages of it in use\n", c->cpu,
		   c->timing, c->memory, rs_ram(m)->pages);
	out_printf(o, "  position  %" PRIu64 " instructions and %" PRIu64 " events, %" PRIu64 " cycles\n", at.n,
		   at.events, status->cycles);
	out_printf(o, "  rip       %016" PRIx64 " at CPL %u\n", status->rip, (unsigned)rs_state(m)->cpl);
	if (c->input_size)
		out_printf(o, "  input     %zu bytes\n", c->input_size);
	show_injections(o, m);
}

static bool show(struct ui *ui, const struct rs_file *file, struct rs_origin *origin, struct rs_error *why)
{
	struct rs_machine *m = rs_state_load(&(struct rs_config){ .host = ui->host }, file, origin, why);
	if (!m)
		return false;
	out_printf(ui->out, "%s: state file, %zu bytes\n", file->name, file->size);
	show_machine(ui->out, m);
	show_files(ui->out, origin);
	rs_free(m);
	return true;
}

bool state_tell(struct ui *ui, const struct rs_file *file, struct rs_error *why)
{
	struct rs_origin *origin = host_alloc(ui->host, sizeof(*origin));
	if (!origin)
		return error_set(why, RS_ERROR_MEMORY, "%.250s: no memory to load this state", file->name);
	bool good = show(ui, file, origin, why);
	host_release(ui->host, origin);
	return good;
}
