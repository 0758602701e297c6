/* window.c - the SDL window: what comes from keyboard and mouse goes to the control, what it draws to the screen. Drawn
 * only when something has changed, and at most once in FRAME_MS. */
#include "view/window.h"

#include <SDL.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include "view/kept.h"

enum { FRAME_MS = 16, DOUBLE_CLICK = 2 };

struct window {
	struct ui *ui; /* its own: the engine's thread writes to the other one */
	struct view_engine *engine;
	struct control control;
	struct settings settings, settings_before;
	struct pixels pixels;
	struct smooth *smooth; /* NULL: the bitmap font */
	SDL_Window *window;
	uint32_t fresh;         /* the event that says so */
	SDL_atomic_t told;      /* one is on its way */
	uint64_t drawn, ticked; /* when */
	bool exposed;           /* what was on the screen is gone */
	bool down, dragged;     /* the left button, from the cell x, y on */
	int x, y;
	int zoom; /* of the control, when the shape was made */
	unsigned theme;
	char title[VIEW_TEXT * 2];
	bool lost;
};

static bool lose(struct window *w, const char *what)
{
	ui_fail(w->ui, EXIT_USAGE, "view: %s: %s", what, SDL_GetError());
	w->lost = true;
	return false;
}

/* ---- the shape: size, zoom and theme ---- */

static unsigned zoom_of(const struct window *w, int width, int height)
{
	int zoom = (int)font_fitting_zoom(width, height) + w->control.zoom;
	return (unsigned)(zoom < 1 ? 1 : zoom > FONT_ZOOMS ? FONT_ZOOMS : zoom);
}

/* Steps beyond the smallest and the largest letters are forgotten. */
static void keep_zoom(struct window *w, int width, int height)
{
	w->control.zoom = (int)zoom_of(w, width, height) - (int)font_fitting_zoom(width, height);
	w->zoom = w->control.zoom;
}

static bool shape(struct window *w)
{
	int width, height;
	struct font font;
	SDL_GetWindowSizeInPixels(w->window, &width, &height);
	keep_zoom(w, width, height);
	unsigned zoom = zoom_of(w, width, height);
	if (!w->smooth || !smooth_font(w->smooth, zoom, &font))
		font_bitmap(&font, zoom);
	w->theme = w->control.theme;
	if (!pixels_shape(&w->pixels, width, height, &font, theme_info(w->theme))) {
		SDL_SetError("out of memory");
		return lose(w, "no room for the window's pixels");
	}
	return w->exposed = true;
}

static bool shape_if_needed(struct window *w)
{
	int width, height;
	SDL_GetWindowSizeInPixels(w->window, &width, &height);
	if (width == w->pixels.width && height == w->pixels.height && w->zoom == w->control.zoom &&
	    w->theme == w->control.theme)
		return true;
	w->control.redraw = true;
	return shape(w);
}

/* ---- drawing ---- */

static void update_title(struct window *w)
{
	char title[sizeof(w->title)];
	const struct view_model *m = w->control.model;
	snprintf(title, sizeof(title), "%s - %s - %s%" PRIu64 " - ringstep", m->image, m->cpu,
		 m->running ? "running, n=" : "n=", m->n);
	if (!strcmp(title, w->title))
		return;
	memcpy(w->title, title, sizeof(title));
	SDL_SetWindowTitle(w->window, title);
}

static bool draw(struct window *w)
{
	if (!shape_if_needed(w))
		return false;
	w->pixels.changed_count = 0;
	if (control_draw(&w->control, &w->pixels.canvas, false)) {
		pixels_paint(&w->pixels);
		update_title(w);
	}
	if (!window_show(w->window, &w->pixels, w->exposed))
		return lose(w, "cannot draw in the window");
	w->exposed = false;
	w->drawn = SDL_GetTicks64();
	return true;
}

/* ---- what comes ---- */

static bool cell_at(const struct window *w, int x, int y, int *column, int *row)
{
	int width, height;
	SDL_GetWindowSize(w->window, &width, &height);
	return pixels_cell_at_point(&w->pixels, x, y, width, height, column, row);
}

static void paste(struct window *w, char *text)
{
	if (text && *text)
		control_paste(&w->control, text);
	SDL_free(text);
}

static void on_key(struct window *w, const SDL_KeyboardEvent *e)
{
	char name[32];
	if (!window_key_name(e->keysym.sym, e->keysym.mod, name, sizeof(name)))
		return;
	if (!strcmp(name, "Ctrl-V") || !strcmp(name, "Shift-Insert"))
		paste(w, SDL_GetClipboardText());
	else
		control_key(&w->control, name);
}

static void on_button(struct window *w, const SDL_MouseButtonEvent *e)
{
	if (e->button == SDL_BUTTON_MIDDLE)
		paste(w, SDL_GetPrimarySelectionText());
	else if (e->button == SDL_BUTTON_LEFT) {
		w->down = cell_at(w, e->x, e->y, &w->x, &w->y);
		w->dragged = false;
	}
}

/* From one cell to another text is marked. */
static void on_motion(struct window *w, const SDL_MouseMotionEvent *e)
{
	int column, row;
	if (!w->down || !cell_at(w, e->x, e->y, &column, &row))
		return;
	w->dragged |= column != w->x || row != w->y;
	if (w->dragged)
		control_drag(&w->control, &w->pixels.canvas, w->x, w->y, column, row);
}

/* A click is one when the button is let go where it went down. */
static void on_release(struct window *w, const SDL_MouseButtonEvent *e)
{
	if (e->button != SDL_BUTTON_LEFT || !w->down)
		return;
	w->down = false;
	if (w->dragged)
		control_drop(&w->control);
	else
		control_click(&w->control, &w->pixels.canvas, w->x, w->y, 1, e->clicks >= DOUBLE_CLICK);
}

static void on_wheel(struct window *w, const SDL_MouseWheelEvent *e)
{
	int column, row, lines = e->direction == SDL_MOUSEWHEEL_FLIPPED ? -e->y : e->y;
	if (!lines)
		return;
	if (SDL_GetModState() & KMOD_CTRL)
		control_key(&w->control, lines > 0 ? "Ctrl-+" : "Ctrl--");
	else if (cell_at(w, e->mouseX, e->mouseY, &column, &row))
		control_wheel(&w->control, &w->pixels.canvas, column, row, lines * 3);
}

static void on_event(struct window *w, const SDL_Event *e)
{
	if (e->type == w->fresh)
		SDL_AtomicSet(&w->told, 0);
	else if (e->type == SDL_QUIT)
		w->control.quit = true;
	else if (e->type == SDL_KEYDOWN)
		on_key(w, &e->key);
	else if (e->type == SDL_TEXTINPUT)
		control_text(&w->control, e->text.text);
	else if (e->type == SDL_MOUSEBUTTONDOWN)
		on_button(w, &e->button);
	else if (e->type == SDL_MOUSEMOTION)
		on_motion(w, &e->motion);
	else if (e->type == SDL_MOUSEBUTTONUP)
		on_release(w, &e->button);
	else if (e->type == SDL_MOUSEWHEEL)
		on_wheel(w, &e->wheel);
	else if (e->type == SDL_WINDOWEVENT && e->window.event <= SDL_WINDOWEVENT_RESTORED &&
		 e->window.event != SDL_WINDOWEVENT_MOVED)
		w->exposed = true; /* shown, exposed, resized, restored */
}

/* ---- what the control asks for ---- */

static void keep_picture(struct window *w)
{
	char name[KEPT_NAME];
	struct rs_error why;
	bool good = kept_name(w->ui->host, w->control.n, ".png", name, &why) && picture_write(&w->pixels, name, &why);
	kept_tell(w->engine, good, name, &why);
}

static void serve(struct window *w)
{
	struct control *c = &w->control;
	if (c->has_copied)
		SDL_SetClipboardText(c->copied);
	if (c->shot)
		keep_picture(w);
	c->has_copied = c->shot = false;
}

/* ---- the loop ---- */

/* Milliseconds until something is due by itself; -1: never. */
static int due_in(const struct window *w, uint64_t now, bool pending)
{
	if (pending)
		return now - w->drawn >= FRAME_MS ? 0 : (int)(FRAME_MS - (now - w->drawn));
	if (w->control.state.animation < 0)
		return -1;
	return now - w->ticked >= CONTROL_TICK_MS ? 0 : (int)(CONTROL_TICK_MS - (now - w->ticked));
}

static void tick(struct window *w)
{
	uint64_t now = SDL_GetTicks64();
	if (w->control.state.animation < 0)
		w->ticked = now;
	else if (now - w->ticked >= CONTROL_TICK_MS) {
		control_tick(&w->control);
		w->ticked = now;
	}
}

/* Everything that has come; false: nothing has. */
static bool take_events(struct window *w, int wait)
{
	SDL_Event e;
	int any = wait < 0 ? SDL_WaitEvent(&e) : SDL_WaitEventTimeout(&e, wait);
	if (!any)
		return false;
	do
		on_event(w, &e);
	while (SDL_PollEvent(&e));
	return true;
}

static void loop(struct window *w)
{
	bool pending = true;
	while (!w->control.quit && !w->lost) {
		uint64_t now = SDL_GetTicks64();
		pending |= take_events(w, due_in(w, now, pending));
		tick(w);
		serve(w);
		pending |= w->control.redraw;
		if (!pending || SDL_GetTicks64() - w->drawn < FRAME_MS)
			continue;
		draw(w);
		pending = false;
	}
}

/* ---- opening and closing ---- */

/* Called by the engine's thread. */
static void on_fresh(void *arg)
{
	struct window *w = arg;
	SDL_Event e = { .type = w->fresh };
	if (!SDL_AtomicSet(&w->told, 1) && SDL_PushEvent(&e) <= 0)
		SDL_AtomicSet(&w->told, 0); /* the next copy is announced again */
}

static void choose_font(struct window *w)
{
	const char *font = w->settings.font;
	struct rs_error why;
	if (!strcmp(font, "bitmap"))
		return;
	w->smooth = smooth_open(w->ui->host, font[0] == '/' ? font : NULL, &why);
	if (!w->smooth)
		ui_fail(w->ui, 0, "view: %s; letters are of the bitmap font", why.text);
}

static bool open_window(struct window *w)
{
	const struct option_pixels *size = &w->ui->options.size;
	int width = (int)(size->width ? size->width : w->settings.width);
	int height = (int)(size->height ? size->height : w->settings.height);
	/* In memory: by OpenGL the surface would be brought to the screen as a whole, which without a graphics card
	 * takes a processor. Where a display knows nothing else, SDL does so all the same. */
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	w->window = SDL_CreateWindow("ringstep", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height,
				     SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (!w->window)
		return lose(w, "cannot open a window");
	SDL_SetWindowMinimumSize(w->window, 800, 480);
	return true;
}

static bool no_display(struct window *w)
{
	ui_fail(
	    w->ui, EXIT_USAGE,
	    "view: there is no display (%s); `ringstep step IMAGE` and `ringstep step --tui IMAGE` do the same in a "
	    "terminal, `ringstep view --shot FILE.png IMAGE` makes a picture",
	    SDL_GetError());
	w->lost = true;
	return false;
}

static void set_look(struct window *w)
{
	const struct options *o = &w->ui->options;
	const struct settings *s = &w->settings;
	int width, height;
	SDL_GetWindowSizeInPixels(w->window, &width, &height);
	w->control.zoom = o->zoom ? (int)o->zoom - (int)font_fitting_zoom(width, height) : s->zoom;
	settings_use(s, o->theme, &w->control);
}

/* What the command line said is for once; it is not remembered unless it was changed by hand. */
static void remember(struct window *w)
{
	const struct options *o = &w->ui->options;
	struct settings *s = &w->settings;
	int width, height;
	SDL_GetWindowSize(w->window, &width, &height);
	if (!o->size.width && !(SDL_GetWindowFlags(w->window) & (SDL_WINDOW_MAXIMIZED | SDL_WINDOW_FULLSCREEN)))
		settings_size(s, (unsigned)width, (unsigned)height);
	if (!o->zoom)
		s->zoom = w->control.zoom;
	settings_learn(s, o->theme, &w->control);
	settings_write(s, &w->settings_before, w->ui);
}

static bool start(struct window *w)
{
	if (!window_display_open())
		return no_display(w);
	settings_read(&w->settings, w->ui);
	w->settings_before = w->settings;
	if (!open_window(w))
		return false;
	choose_font(w);
	set_look(w);
	SDL_StartTextInput();
	w->fresh = SDL_RegisterEvents(1);
	engine_view_on_fresh(w->engine, on_fresh, w);
	return shape(w);
}

/* The engine's thread pushes events: it ends while there is somebody to push them to. */
static int stop(struct window *w)
{
	int code = engine_view_close(w->engine);
	smooth_close(w->smooth);
	pixels_free(&w->pixels);
	if (w->window)
		SDL_DestroyWindow(w->window);
	SDL_Quit();
	return code;
}

static int run(struct window *w)
{
	bool good = start(w);
	if (good) {
		loop(w);
		remember(w);
	}
	int code = stop(w);
	return good && !w->lost ? code : EXIT_USAGE;
}

/* The window's thread writes messages by a buffer of its own. */
static bool own_messages(struct window *w, struct ui *ui, const struct ui *engines)
{
	struct rs_error why;
	*ui = *engines;
	ui->out = out_fd(ui->host, 1, "standard output", &why);
	ui->err = ui->out ? out_fd(ui->host, 2, "standard error", &why) : NULL;
	w->ui = ui;
	return ui->err;
}

int window_run(struct ui *engines)
{
	struct ui ui = { .out = NULL };
	struct rs_error why;
	int code = EXIT_USAGE;
	struct window *w = host_alloc(engines->host, sizeof(*w));
	if (w && own_messages(w, &ui, engines)) {
		w->pixels.host = engines->host;
		w->engine = engine_view_open(engines, &code);
		if (w->engine) {
			control_init(&w->control, w->engine);
			code = run(w);
		}
	} else
		ui_fail(engines, EXIT_USAGE, "view: out of memory");
	if (ui.err)
		out_close(ui.err, &why);
	if (ui.out)
		out_close(ui.out, &why);
	host_release(engines->host, w);
	return code;
}
