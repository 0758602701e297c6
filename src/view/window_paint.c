/* window_paint.c - pixels to the window: only the rows of cells that have changed, since it is the way to the display
 * that takes the time. Without SDL's renderer, which brings all of a window each time. */
#include <SDL.h>

#include "view/window.h"

static void show_all(SDL_Window *window, SDL_Surface *picture, SDL_Surface *screen)
{
	SDL_BlitSurface(picture, NULL, screen, NULL);
	SDL_UpdateWindowSurface(window);
}

static void show_changed(SDL_Window *window, const struct pixels *p, SDL_Surface *picture, SDL_Surface *screen)
{
	SDL_Rect part[CANVAS_HIGHEST];
	for (int i = 0; i < p->changed_count; i++) {
		const struct rect *r = &p->changed[i];
		SDL_Rect to = { r->x, r->y, r->width, r->height };
		part[i] = to;
		SDL_BlitSurface(picture, &part[i], screen, &to);
	}
	SDL_UpdateWindowSurfaceRects(window, part, p->changed_count);
}

bool window_show(SDL_Window *window, const struct pixels *p, bool all)
{
	SDL_Surface *screen = SDL_GetWindowSurface(window);
	SDL_Surface *picture =
	    SDL_CreateRGBSurfaceWithFormatFrom(p->rgba, p->width, p->height, 32, 4 * p->width, SDL_PIXELFORMAT_RGBA32);
	if (screen && picture) {
		SDL_SetSurfaceBlendMode(picture, SDL_BLENDMODE_NONE);
		if (all)
			show_all(window, picture, screen);
		else if (p->changed_count)
			show_changed(window, p, picture, screen);
	}
	SDL_FreeSurface(picture);
	return screen && picture;
}
