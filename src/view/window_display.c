/* window_display.c - the display: whether there is one, and what is done when it goes away. */
#include <SDL.h>
#include <string.h>
#include <unistd.h>

#include "view/window.h"

/* ---- X11, which SDL loads when it needs it: functions of Xlib by their names ---- */

typedef int x_handler(void *display, void *event);
typedef x_handler *x_set_handler(x_handler *handler);

/* Xlib ends the program behind this one [Xlib 11.8.2, XSetIOErrorHandler]; the machine's thread may be anywhere. */
static int on_lost_server(void *display, void *event)
{
	static const char text[] = "ringstep: view: the display is gone, and the session with it\n";
	ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)display, (void)event, (void)written;
	_exit(EXIT_USAGE);
}

/* Xlib's own ends the program. Requests fail without anybody's fault: SDL answers to a window that has asked for the
 * clipboard and is no more, and wakes its own from another thread by a connection of its own, when it may be closed. */
static int on_failed_request(void *display, void *event)
{
	(void)display, (void)event;
	return 0;
}

static void set_handler(void *xlib, const char *name, x_handler *handler)
{
	void *found = SDL_LoadFunction(xlib, name);
	x_set_handler *set;
	memcpy(&set, &found, sizeof(set)); /* ISO C has no way from one kind of pointer to the other */
	if (set)
		set(handler);
}

static void handle_x11(void)
{
	void *xlib = SDL_LoadObject("libX11.so.6");
	if (!xlib)
		return;
	set_handler(xlib, "XSetIOErrorHandler", on_lost_server);
	set_handler(xlib, "XSetErrorHandler", on_failed_request);
}

/* SDL may fall back to a driver that shows nothing to anybody; somebody who names it wants it. */
bool window_display_open(void)
{
	handle_x11(); /* SDL puts handlers of its own in their place, and these back before it closes its connections */
	if (SDL_Init(SDL_INIT_VIDEO))
		return false;
	handle_x11();
	const char *driver = SDL_GetCurrentVideoDriver();
	if (SDL_getenv("SDL_VIDEODRIVER") || (strcmp(driver, "offscreen") && strcmp(driver, "dummy")))
		return true;
	SDL_SetError("neither X11 nor Wayland");
	return false;
}
