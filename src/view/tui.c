/* tui.c - see tui.h. One thread waits here for keys, signals and the engine's copies; the engine has its own. */
#include "view/tui.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "view/control.h"
#include "view/kept.h"
#include "view/settings.h"
#include "view/tui_keys.h"
#include "view/tui_screen.h"
#include "view/tui_terminal.h"

enum {
	LEAST_WIDTH = 80,
	LEAST_HEIGHT = 24,
	ESCAPE_MS = 50, /* what follows an ESC of the same key comes sooner, over most lines */
	DOUBLE_MS = 400,
	PASTE_MS = 2000, /* of silence: its end has been lost on the way */
	INPUT = 256,
	PASTED = 4096, /* as much as the engine takes of what is typed */
};

struct tui {
	struct ui *ui;
	struct view_engine *engine;
	struct control control;
	struct terminal terminal;
	struct screen screen;
	struct settings settings;
	struct canvas canvas;
	enum tui_keyboard keyboard;
	int fresh[2]; /* a pipe: the engine has a new copy */
	char input[INPUT];
	size_t input_size;
	char pasted[PASTED];
	size_t pasted_size;
	bool pasting, pasted_too_much;
	int64_t input_ms; /* when the last of it came */
	int64_t tick_ms;  /* when the animation went on */
	int click_x, click_y;
	int64_t click_ms; /* when the last click was */
	int fatal;        /* the signal that ends it; 0: none */
	bool lost;        /* the terminal is gone */
	struct cell cells[CANVAS_WIDEST * CANVAS_HIGHEST], shown[CANVAS_WIDEST * CANVAS_HIGHEST];
};

/* ---- what is shown ---- */

static bool is_too_small(const struct tui *t)
{
	return t->canvas.width < LEAST_WIDTH || t->canvas.height < LEAST_HEIGHT;
}

static void resize(struct tui *t)
{
	int width, height;
	terminal_size(&width, &height);
	t->canvas.width = width < CANVAS_WIDEST ? width : CANVAS_WIDEST;
	t->canvas.height = height < CANVAS_HIGHEST ? height : CANVAS_HIGHEST;
	screen_forget(&t->screen);
	t->control.redraw = true;
}

static void draw_too_small(struct tui *t)
{
	const struct rect all = { 0, 0, t->canvas.width, t->canvas.height };
	canvas_clear(&t->canvas);
	canvas_printf(&t->canvas, &all, 0, 0, STYLE_WARNING, "! %dx%d is too small: %dx%d at least", all.width,
		      all.height, LEAST_WIDTH, LEAST_HEIGHT);
	canvas_text(&t->canvas, &all, 0, 1, STYLE_TEXT, "q leaves; `ringstep step` needs no size");
	t->canvas.cursor_x = t->canvas.cursor_y = -1;
	screen_draw(&t->screen, &t->canvas);
}

static void draw(struct tui *t)
{
	t->screen.theme = theme_info(t->control.theme);
	bool always = t->screen.drawn != t->screen.theme;
	if (is_too_small(t) && always)
		draw_too_small(t);
	else if (!is_too_small(t) && control_draw(&t->control, &t->canvas, always))
		screen_draw(&t->screen, &t->canvas);
}

/* ---- what a key asked the painter for ---- */

static void write_cells(const struct tui *t, struct out *o)
{
	for (int y = 0; y < t->canvas.height; y++) {
		int end = t->canvas.width;
		while (end && t->shown[y * t->canvas.width + end - 1].character == ' ')
			end--;
		for (int x = 0; x < end; x++)
			screen_put_character(o, t->shown[y * t->canvas.width + x].character);
		out_text(o, "\n");
	}
}

/* As text; the prompt says where it went. */
static void keep_shot(struct tui *t)
{
	char name[KEPT_NAME];
	struct rs_error why;
	struct out *o = NULL;
	if (kept_name(t->ui->host, t->control.n, ".txt", name, &why))
		o = out_open(t->ui->host, name, &why);
	if (o)
		write_cells(t, o);
	bool good = o && out_close(o, &why);
	kept_tell(t->engine, good, name, &why);
}

static void serve_wishes(struct tui *t)
{
	struct control *c = &t->control;
	if (c->has_copied)
		terminal_copy(&t->terminal, c->copied);
	if (c->shot && !is_too_small(t))
		keep_shot(t);
	c->has_copied = c->shot = false;
}

/* ---- keys and the mouse ---- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void serve_press(struct tui *t, const struct tui_event *e)
{
	int64_t now = now_ms();
	bool again = e->x == t->click_x && e->y == t->click_y && now - t->click_ms < DOUBLE_MS;
	t->click_x = e->x;
	t->click_y = e->y;
	t->click_ms = again ? -DOUBLE_MS : now;
	control_click(&t->control, &t->canvas, e->x, e->y, e->button, again);
}

static bool is_on_canvas(const struct tui *t, const struct tui_event *e)
{
	return !is_too_small(t) && t->screen.drawn && e->x < t->canvas.width && e->y < t->canvas.height;
}

static void suspend(struct tui *t)
{
	t->pasting = false;
	if (terminal_suspend(&t->terminal))
		resize(t);
}

static void serve_key(struct tui *t, const char *key)
{
	if (!strcmp(key, "Ctrl-Z"))
		suspend(t);
	else if (!strcmp(key, "Ctrl-L"))
		resize(t);
	else
		control_key(&t->control, key);
}

/* What comes between the brackets of a paste is text, whatever keys it looks like. */
static void keep_pasted(struct tui *t, const char *text)
{
	size_t n = strlen(text);
	t->pasted_too_much |= t->pasted_size + n >= PASTED;
	if (t->pasted_too_much)
		return;
	memcpy(t->pasted + t->pasted_size, text, n + 1);
	t->pasted_size += n;
}

static void begin_paste(struct tui *t)
{
	t->pasting = true;
	t->pasted_too_much = false;
	t->pasted_size = 0;
}

/* All of it or nothing: the beginning of a text means something else. */
static void end_paste(struct tui *t)
{
	char line[80];
	t->pasting = false;
	if (t->pasted_too_much) {
		snprintf(line, sizeof(line), ".echo \"nothing was pasted: more than %d bytes\"", PASTED - 1);
		engine_view_command(t->engine, line);
	} else if (t->pasted_size && !is_too_small(t)) {
		control_paste(&t->control, t->pasted);
	}
}

static bool is_way_out(const struct tui_event *e)
{
	return e->kind == TUI_KEY && (!strcmp(e->text, "Ctrl-C") || !strcmp(e->text, "Ctrl-Q"));
}

static void serve_pasted(struct tui *t, const struct tui_event *e)
{
	if (e->kind == TUI_TEXT)
		keep_pasted(t, e->text);
	else if (e->kind == TUI_KEY && (!strcmp(e->text, "Enter") || !strcmp(e->text, "Tab")))
		keep_pasted(t, e->text[0] == 'E' ? "\n" : "\t");
	else if (e->kind == TUI_PASTE_END)
		end_paste(t);
}

static void serve_event(struct tui *t, const struct tui_event *e)
{
	if (t->pasting && is_way_out(e))
		t->pasting = false;
	if (t->pasting)
		serve_pasted(t, e);
	else if (e->kind == TUI_PASTE)
		begin_paste(t);
	else if (e->kind == TUI_TEXT && is_too_small(t))
		t->control.quit |= !strcmp(e->text, "q");
	else if (e->kind == TUI_TEXT)
		control_text(&t->control, e->text);
	else if (e->kind == TUI_KEY)
		serve_key(t, e->text);
	else if (e->kind == TUI_PRESS && is_on_canvas(t, e))
		serve_press(t, e);
	else if (e->kind == TUI_WHEEL && is_on_canvas(t, e))
		control_wheel(&t->control, &t->canvas, e->x, e->y, e->lines);
	serve_wishes(t);
}

/* `all`: an ESC at the end has waited long enough for what could have followed it. */
static void serve_input(struct tui *t, bool all)
{
	struct tui_event e;
	size_t at = 0, n;
	while (!t->control.quit && (n = tui_event_read(t->input + at, t->input_size - at, all, t->keyboard, &e))) {
		at += n;
		serve_event(t, &e);
	}
	memmove(t->input, t->input + at, t->input_size - at);
	t->input_size -= at;
}

static void read_input(struct tui *t)
{
	const struct rs_host *host = t->ui->host;
	long n = host->read(host->arg, STDIN_FILENO, t->input + t->input_size, INPUT - t->input_size);
	if (n <= 0) {
		t->lost = true;
		return;
	}
	t->input_size += (size_t)n;
	t->input_ms = now_ms();
	serve_input(t, false);
}

/* ---- signals ---- */

static void serve_signal(struct tui *t, int number)
{
	if (number == SIGWINCH)
		resize(t);
	else if (number == SIGTSTP)
		suspend(t);
	else if (number == SIGCONT) {
		terminal_close(&t->terminal); /* stopped without having been asked: a shell has changed it since */
		terminal_open(&t->terminal);
		resize(t);
	} else if (number)
		t->fatal = number;
}

/* ---- waiting ---- */

/* In the engine's thread. A full pipe says it already. */
static void tell_fresh(void *arg)
{
	const struct tui *t = arg;
	ssize_t written = write(t->fresh[1], "", 1);
	(void)written;
}

static void empty_pipe(const struct tui *t)
{
	char bytes[64];
	while (read(t->fresh[0], bytes, sizeof(bytes)) > 0)
		;
}

/* Copies of a run come all the time: what is waited for has a moment, not a silence. */
static bool is_due(int64_t since, int wait)
{
	return now_ms() - since >= wait;
}

static int patience(const struct tui *t)
{
	if (t->input_size)
		return ESCAPE_MS;
	if (t->control.state.animation >= 0)
		return CONTROL_TICK_MS;
	return t->pasting ? PASTE_MS : -1;
}

static void serve_time(struct tui *t)
{
	if (t->input_size && is_due(t->input_ms, ESCAPE_MS))
		serve_input(t, true);
	if (t->pasting && is_due(t->input_ms, PASTE_MS)) {
		end_paste(t);
		serve_wishes(t);
	}
	if (t->control.state.animation >= 0 && is_due(t->tick_ms, CONTROL_TICK_MS)) {
		control_tick(&t->control);
		t->tick_ms = now_ms();
	}
}

static void wait_and_serve(struct tui *t)
{
	struct pollfd file[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				 { .fd = t->fresh[0], .events = POLLIN },
				 { .fd = t->terminal.signals, .events = POLLIN } };
	if (t->control.state.animation == 0)
		t->tick_ms = now_ms();
	int ready = poll(file, 3, patience(t));
	if (ready < 0)
		return;
	if (file[2].revents)
		serve_signal(t, terminal_signal(&t->terminal));
	if (file[1].revents)
		empty_pipe(t);
	if (file[0].revents)
		read_input(t);
	serve_time(t);
}

static void converse(struct tui *t)
{
	while (!t->control.quit && !t->fatal && !t->lost && !t->ui->out->failed) {
		draw(t);
		if (!t->control.quit)
			wait_and_serve(t);
	}
}

/* ---- the session ---- */

static void prepare(struct tui *t)
{
	const char *term = getenv("TERM");
	t->keyboard = term && !strncmp(term, "rxvt", 4) ? KEYBOARD_RXVT : KEYBOARD_XTERM;
	t->canvas.cell = t->cells;
	t->screen = (struct screen){
		.out = t->ui->out,
		.colours = screen_colours(term, getenv("COLORTERM"), getenv("NO_COLOR")),
		.utf8 = screen_is_utf8(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")),
		.shown = t->shown,
	};
	control_init(&t->control, t->engine);
	settings_use(&t->settings, t->ui->options.theme, &t->control);
	resize(t);
}

static int with_engine(struct tui *t)
{
	int code = EXIT_USAGE;
	const struct settings before = t->settings;
	t->engine = engine_view_open(t->ui, &code);
	if (!t->engine)
		return code;
	prepare(t);
	engine_view_on_fresh(t->engine, tell_fresh, t);
	bool opened = terminal_open(&t->terminal);
	if (opened)
		converse(t);
	terminal_close(&t->terminal);
	code = engine_view_close(t->engine);
	settings_learn(&t->settings, t->ui->options.theme, &t->control);
	settings_write(&t->settings, &before, t->ui);
	return opened ? code : ui_fail(t->ui, EXIT_USAGE, "step --tui: the terminal cannot be set");
}

static int with_pipe(struct tui *t)
{
	if (pipe2(t->fresh, O_NONBLOCK | O_CLOEXEC))
		return ui_fail(t->ui, EXIT_USAGE, "step --tui: the system has no pipe left");
	int code = with_engine(t);
	close(t->fresh[0]);
	close(t->fresh[1]);
	return code;
}

static int with_signals(struct tui *t)
{
	t->terminal.out = t->ui->out;
	int code = terminal_hold_signals(&t->terminal)
		       ? with_pipe(t)
		       : ui_fail(t->ui, EXIT_USAGE, "step --tui: the system has no file left");
	terminal_release_signals(&t->terminal);
	if (t->fatal)
		raise(t->fatal);
	return code;
}

/* What is missing in words; NULL: nothing. */
static const char *unfit(const struct ui *ui)
{
	const char *term = getenv("TERM");
	if (!ui->in_terminal)
		return "standard input is no terminal";
	if (!ui->out_terminal)
		return "standard output is no terminal";
	return term && !strcmp(term, "dumb") ? "this terminal cannot place its cursor (TERM=dumb)" : NULL;
}

int tui_run(struct ui *ui)
{
	const char *theme = ui->options.theme, *why = unfit(ui);
	if (theme && !theme_find(theme))
		return ui_fail(ui, EXIT_USAGE, "step --tui: --theme: '%s' is not dark, light or contrast", theme);
	if (why)
		return ui_fail(ui, EXIT_USAGE,
			       "step --tui: %s; `ringstep step` has a prompt of lines, and -x FILE and -c run its "
			       "commands without a terminal",
			       why);
	struct tui *t = host_alloc(ui->host, sizeof(*t));
	if (!t)
		return ui_fail(ui, EXIT_USAGE, "out of memory for the terminal's panes");
	t->ui = ui;
	settings_read(&t->settings, ui);
	int code = with_signals(t);
	host_release(ui->host, t);
	return code;
}
