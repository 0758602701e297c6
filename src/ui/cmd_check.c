/* cmd_check.c - ringstep check GOLDEN [IMAGE]: runs what a trace says and compares while running.
 *
 * The run is written by the same writer that made the golden, line by line into check_line(): as long as the bytes are
 * the golden's, nothing is parsed. From the first other line on, both sides are read as records. */
#include <stdio.h>
#include <string.h>

#include "cpu/state.h"
#include "trace/trace.h"
#include "ui/disasm.h"
#include "ui/ui.h"

#ifndef RS_GUEST_DIR
#define RS_GUEST_DIR "/usr/local/share/ringstep/guests" /* the build says where the guests are installed */
#endif

enum { GOLDEN_BYTES_MAX = 1 << 30, IMAGE_BYTES_MAX = 256 << 20, PATH = 2048 };

enum verdict { CHECK_GOING, CHECK_DIFFERS, CHECK_TROUBLE };

struct check {
	struct ui *ui;
	uint8_t *bytes; /* the golden */
	struct trace_header header;
	struct rs_file file[TRACE_FILES];
	struct rs_machine *machine;
	struct trace_writer writer;
	struct trace_compare compare;
	struct trace_reader start, golden, run;
	bool parsing; /* golden and run hold the state of each line */
	enum verdict verdict;
	struct rs_error why;
};

/* ---- line by line ---- */

/* Reads again what was equal so far, for the state and the line number. */
static void start_parsing(struct check *c)
{
	const char *at = c->golden.at;

	c->golden = c->start;
	while (c->golden.at < at && trace_read(&c->golden, &c->why) == TRACE_READ_LINE)
		;
	c->run = c->golden;
	c->run.name = "this run";
	c->parsing = true;
}

static void compare_records(struct check *c, const char *line, size_t size)
{
	c->verdict = CHECK_TROUBLE;
	if (trace_read(&c->golden, &c->why) != TRACE_READ_LINE)
		return;
	c->run.begin = c->run.at = line;
	c->run.end = line + size;
	if (trace_read(&c->run, &c->why) != TRACE_READ_LINE)
		return;
	c->verdict = CHECK_GOING;
	if (!trace_compare(&c->compare, &c->golden, &c->run, NULL, NULL))
		return;
	c->verdict = CHECK_DIFFERS;
	trace_report(c->ui->out, &c->compare, &c->golden, &c->run);
}

static void check_line(void *arg, const char *line, size_t size)
{
	struct check *c = arg;
	struct trace_reader *golden = &c->golden;

	if (c->verdict != CHECK_GOING)
		return;
	if (!c->parsing) {
		if ((size_t)(golden->end - golden->at) >= size && !memcmp(golden->at, line, size)) {
			golden->at += size;
			return;
		}
		start_parsing(c);
	}
	compare_records(c, line, size);
}

/* ---- files ---- */

/* A place where a file may lie. What is there decides by its hash alone; `why` keeps the best reason for a refusal. */
static bool try_file(struct check *c, const struct trace_file *f, struct rs_file *file, const char *path)
{
	struct rs_error why = { .code = RS_OK };
	char sha256[65] = "";

	if (!host_read_file(c->ui->host, path, IMAGE_BYTES_MAX, &file->bytes, &file->size, &why)) {
		if (why.code != RS_ERROR_NOT_FOUND && c->why.code == RS_OK)
			c->why = why;
		return false;
	}
	trace_sha256(file->bytes, file->size, sha256);
	if (file->size == f->size && !strcmp(sha256, f->sha256)) {
		file->name = f->name;
		return true;
	}
	host_release(c->ui->host, file->bytes);
	*file = (struct rs_file){ 0 };
	return error_set(&c->why, RS_ERROR_IMAGE,
			 "%.250s is not the file that the trace was made from (its sha256 is "
			 "another one)",
			 path);
}

/* FOLDER/NAME, with the name as it stands in the trace or its last part only. */
static bool try_folder(struct check *c, const struct trace_file *f, struct rs_file *file, const char *folder,
		       size_t length, bool last_part)
{
	const char *slash = strrchr(f->name, '/');
	const char *name = last_part && slash ? slash + 1 : f->name;
	const char *between = length && folder[length - 1] != '/' ? "/" : "";
	char path[PATH];

	if (last_part ? !slash : f->name[0] == '/')
		return false; /* tried already, or not a name that a trace may carry */
	int n = snprintf(path, sizeof(path), "%.*s%s%s", (int)length, folder, between, name);
	return n < PATH && try_file(c, f, file, path);
}

static bool try_both(struct check *c, const struct trace_file *f, struct rs_file *file, const char *folder,
		     size_t length)
{
	return try_folder(c, f, file, folder, length, false) || try_folder(c, f, file, folder, length, true);
}

static bool search_file(struct check *c, const struct trace_file *f, struct rs_file *file)
{
	const char *golden = c->ui->options.operand[0], *images = c->ui->options.images;
	const char *slash = strrchr(golden, '/');

	if (images && try_both(c, f, file, images, strlen(images)))
		return true;
	if (try_both(c, f, file, golden, slash ? (size_t)(slash + 1 - golden) : 0))
		return true;
	return try_both(c, f, file, "", 0) || try_both(c, f, file, RS_GUEST_DIR, strlen(RS_GUEST_DIR));
}

static bool find_file(struct check *c, size_t i)
{
	const struct trace_file *f = &c->header.file[i];
	const char *image = i == 0 ? c->ui->options.operand[1] : NULL;

	c->why.code = RS_OK;
	if (image ? try_file(c, f, &c->file[i], image) : search_file(c, f, &c->file[i]))
		return true;
	if (c->why.code != RS_OK)
		return false;
	if (image)
		return error_set(&c->why, RS_ERROR_NOT_FOUND, "%.250s: no such file", image);
	return error_set(&c->why, RS_ERROR_NOT_FOUND,
			 "%.250s: neither beside the trace nor in %.100s; say where with "
			 "--images FOLDER",
			 f->name, RS_GUEST_DIR);
}

static bool find_files(struct check *c)
{
	const struct trace_header *h = &c->header;

	if (!h->file_count || strcmp(h->file[0].role, "kernel") != 0)
		return error_set(&c->why, RS_ERROR_IMAGE, "%.250s: names no kernel to run", c->start.name);
	for (size_t i = 0; i < h->file_count; i++)
		if (!find_file(c, i))
			return false;
	return true;
}

/* ---- the run ---- */

/* Ends the run where the trace says, or where the comparison has ended. */
static bool check_ends(void *arg, struct rs_machine *m)
{
	const struct check *c = arg;

	return c->verdict != CHECK_GOING || (c->header.has_until && rs_status(m)->rip == c->header.until);
}

/* The costs may have changed since the trace was made. */
static bool can_repeat_cycles(struct check *c)
{
	const struct trace_header *h = &c->header;
	int timing = rs_timing_find(h->timing);

	if (timing < 0 || rs_timing_version((size_t)timing) == h->timing_version || c->compare.ignore_cycles)
		return true;
	return error_set(&c->why, RS_ERROR_ARGUMENT,
			 "%.250s: made by version %u of the cycle model %s, and this is version %u; make it again, or "
			 "say --ignore cycles",
			 c->start.name, h->timing_version, h->timing, rs_timing_version((size_t)timing));
}

static bool make_machine(struct check *c)
{
	const struct trace_header *h = &c->header;
	struct rs_config config = {
		.host = c->ui->host,
		.cpu = h->cpu,
		.timing = h->timing,
		.memory = h->memory,
		.input = h->input,
		.input_size = h->input_size,
		.start = h->start,
	};

	c->machine = can_repeat_cycles(c) ? rs_new(&config, &c->why) : NULL;
	if (!c->machine || !rs_load(c->machine, &c->file[0], &c->file[1], h->file_count - 1, h->arguments, &c->why))
		return false;
	for (size_t i = 0; i < h->injection_count; i++)
		if (!rs_inject(c->machine, &h->injection[i], &c->why))
			return false;
	rs_step_always(c->machine, c->ui->options.driver_step);
	rs_limit_cycles(c->machine, h->cycle_limit);
	return true;
}

static enum rs_stop run(struct check *c)
{
	struct rs_machine *m = c->machine;

	trace_writer_start(&c->writer, &c->header, rs_state(m), check_line, c);
	rs_observe(m, trace_observe, &c->writer);
	rs_break_when(m, check_ends, c);
	rs_run(m, c->header.limit);
	rs_observe(m, NULL, NULL);
	if (c->verdict == CHECK_GOING && rs_status(m)->why != RS_STOP_NO_MEMORY)
		trace_write_end(&c->writer, rs_status(m), rs_state_hash(m));
	return rs_status(m)->why;
}

static int verdict(struct check *c, enum rs_stop stop)
{
	if (c->verdict == CHECK_TROUBLE)
		return ui_fail(c->ui, EXIT_TROUBLE, "%s", c->why.text);
	if (stop == RS_STOP_NO_MEMORY)
		return ui_fail(c->ui, EXIT_TROUBLE, "%s: no memory to run it again", c->start.name);
	if (c->verdict == CHECK_DIFFERS)
		return EXIT_DIFFERS;
	if (c->golden.at != c->golden.end)
		return ui_fail(c->ui, EXIT_TROUBLE, "%s: lines follow the e line", c->start.name);
	out_printf(c->ui->out, "%s: same, %llu instructions\n", c->start.name,
		   (unsigned long long)rs_status(c->machine)->instructions);
	return EXIT_SAME;
}

/* A session of the prompt has left the run before the limit that its header names: where its last line says. */
static void lower_limit(struct check *c, size_t size)
{
	struct trace_header *h = &c->header;
	uint64_t end;
	if (h->cycle_limit == RS_FOREVER && trace_ends_at_limit(c->bytes, size, &end) && end < h->limit)
		h->limit = end;
}

static bool open_golden(struct check *c, const char *path)
{
	size_t size;

	if (!host_read_file(c->ui->host, path, GOLDEN_BYTES_MAX, &c->bytes, &size, &c->why))
		return false;
	trace_reader_init(&c->start, path, c->bytes, size);
	if (!trace_read_header(&c->start, c->ui->host, &c->header, &c->why))
		return false;
	c->golden = c->start;
	lower_limit(c, size);
	return trace_is_whole(c->bytes, size) ||
	       error_set(&c->why, RS_ERROR_IMAGE,
			 "%.250s: cut off: no e line ends it; make it again with `ringstep trace`", path);
}

static void release(struct check *c)
{
	const struct rs_host *host = c->ui->host;

	rs_free(c->machine);
	for (size_t i = 0; i < TRACE_FILES; i++)
		host_release(host, c->file[i].bytes);
	trace_header_release(host, &c->header);
	host_release(host, c->bytes);
	host_release(host, c);
}

int cmd_check(struct ui *ui)
{
	struct check *c = host_alloc(ui->host, sizeof(*c));
	int code;

	if (!c)
		return ui_fail(ui, EXIT_TROUBLE, "no memory to check a trace");
	c->ui = ui;
	if (trace_compare_init(&c->compare, ui->options.ignore, &c->why) && open_golden(c, ui->options.operand[0]) &&
	    find_files(c) && make_machine(c)) {
		c->compare.disassemble = ui->options.disasm ? ui_disassemble : NULL;
		code = verdict(c, run(c));
	} else {
		code = ui_fail(ui, EXIT_TROUBLE, "%s", c->why.text);
	}
	release(c);
	return code;
}
