/* frames.c - what a frame of the window costs: panes drawn, cells painted, pixels brought to the display, as the window
 * does it: by the processor alone.
 *
 * usage: view-frames GUESTS WIDTHxHEIGHT LIMIT-MS
 *
 * The same frames are drawn in each of several rounds, and the best time of each counts, so that what else the host
 * does is left out; of all frames the worst and the median are told.
 */
#include <SDL.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../unit/view_rig.h"
#include "view/control.h"
#include "view/window.h"

enum { ROUNDS = 4, STEPS = 150 };

struct painter {
	struct view_engine *engine;
	struct control control;
	struct pixels pixels;
	SDL_Window *window;
};

static void shape(struct painter *p, int width, int height)
{
	struct font font;
	font_bitmap(&font, font_fitting_zoom(width, height));
	if (!pixels_shape(&p->pixels, width, height, &font, theme_info(0)))
		exit(2);
}

static int refuse(const char *what)
{
	fprintf(stderr, "view-frames: %s: %s\n", what, SDL_GetError());
	exit(2);
}

static void open_painter(struct painter *p, struct rig *rig, int width, int height)
{
	int code;
	p->pixels.host = &rig->host;
	p->engine = engine_view_open(&rig->ui, &code);
	if (!p->engine || SDL_Init(SDL_INIT_VIDEO))
		refuse("cannot begin");
	control_init(&p->control, p->engine);
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	p->window = SDL_CreateWindow("frames", 0, 0, width, height, 0);
	if (!p->window)
		refuse("no window");
	SDL_Event e;
	while (SDL_WaitEventTimeout(&e, 200))
		; /* until the window is there */
	shape(p, width, height);
}

static void close_painter(struct painter *p)
{
	engine_view_close(p->engine);
	pixels_free(&p->pixels);
	SDL_Quit();
}

/* Milliseconds of one frame. */
static double frame(struct painter *p)
{
	const uint64_t start = SDL_GetPerformanceCounter();
	control_draw(&p->control, &p->pixels.canvas, true);
	pixels_paint(&p->pixels);
	if (!window_show(p->window, &p->pixels, false))
		refuse("cannot draw");
	return (double)(SDL_GetPerformanceCounter() - start) * 1e3 / (double)SDL_GetPerformanceFrequency();
}

static void execute(struct painter *p, const char *line)
{
	engine_view_command(p->engine, line);
	engine_view_settle(p->engine);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static bool tell(const char *what, double *best, double limit, const struct pixels *p)
{
	qsort(best, STEPS, sizeof(*best), compare);
	const double worst = best[STEPS - 1];
	printf("frames (%s, %dx%d): %.2f ms at worst, median %.2f ms\n", what, p->width, p->height, worst,
	       best[STEPS / 2]);
	if (worst > limit)
		printf("FAILED %s: %.2f ms are more than %.0f\n", what, worst, limit);
	return worst <= limit;
}

/* The frames of a session's steps: only what has changed is painted, or (`whole`) everything. */
static bool measure(struct painter *p, const char *what, bool whole, double limit)
{
	double best[STEPS];
	for (int round = 0; round < ROUNDS; round++) {
		execute(p, "!tt 850");
		frame(p);
		for (int i = 0; i < STEPS; i++) {
			execute(p, "t");
			if (whole)
				shape(p, p->pixels.width, p->pixels.height);
			const double took = frame(p);
			best[i] = !round || took < best[i] ? took : best[i];
		}
	}
	return tell(what, best, limit, &p->pixels);
}

int main(int argc, char **argv)
{
	static struct painter p;
	struct rig rig;
	char line[500];
	int width, height;
	if (argc != 4 || sscanf(argv[2], "%dx%d", &width, &height) != 2)
		return fputs("usage: view-frames GUESTS WIDTHxHEIGHT LIMIT-MS\n", stderr), 2;
	snprintf(line, sizeof(line), "%s/syscall64.elf --user %s/syscall64-user.elf", argv[1], argv[1]);
	rig_open(&rig, line);
	open_painter(&p, &rig, width, height);
	bool whole = measure(&p, "all of it", true, strtod(argv[3], NULL));
	bool step = measure(&p, "a step", false, strtod(argv[3], NULL));
	close_painter(&p);
	rig_close(&rig);
	return whole && step ? 0 : 1;
}
