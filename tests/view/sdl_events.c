/* sdl_events.c - between the window and SDL (LD_PRELOAD), as SDL_EVENTS says: "full", the queue takes no event of the
 * engine's at first; "late", each takes its time, and one that comes behind SDL_Quit ends the program with 99. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USER_EVENT = 0x8000, REFUSED = 3, LATE_US = 100000 };

/* As SDL declares them. */
void SDL_Quit(void);
int SDL_PushEvent(void *event);

typedef void quit_fn(void);
typedef int push_fn(void *event);

static atomic_bool has_quit;
static atomic_int pushed;

void SDL_Quit(void)
{
	quit_fn *quit;
	*(void **)&quit = dlsym(RTLD_NEXT, "SDL_Quit"); /* as POSIX does it: ISO C has no such conversion */
	has_quit = true;
	quit();
}

int SDL_PushEvent(void *event)
{
	push_fn *push;
	*(void **)&push = dlsym(RTLD_NEXT, "SDL_PushEvent");
	const char *how = getenv("SDL_EVENTS");
	uint32_t type;
	memcpy(&type, event, sizeof(type));
	if (type < USER_EVENT || !how)
		return push(event);
	if (!strcmp(how, "full") && pushed++ < REFUSED)
		return -1;
	if (!strcmp(how, "late"))
		usleep(LATE_US);
	if (has_quit)
		_exit(99);
	return push(event);
}
