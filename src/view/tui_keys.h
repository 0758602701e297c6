/* tui_keys.h - what a terminal sends when somebody types or clicks, as names of keys: the sequences of xterm and of the
 * terminals that follow it (tmux, screen, VTE), of the Linux console, and of rxvt. */
#ifndef RS_VIEW_TUI_KEYS_H
#define RS_VIEW_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* Shift and a function key are one of the keys behind F12, which rxvt counts from another one on. */
enum tui_keyboard { KEYBOARD_XTERM, KEYBOARD_RXVT };

struct tui_event {
	enum { TUI_NOTHING, TUI_KEY, TUI_TEXT, TUI_PRESS, TUI_WHEEL, TUI_PASTE, TUI_PASTE_END } kind;
	char text[32]; /* the key's name, or one character in UTF-8 */
	int x, y;      /* cells, from 0 */
	int button;    /* 1: left */
	int lines;     /* > 0: up */
};

/* Reads one event; how many bytes it took. 0: the bytes are the beginning of something, unless `all`: then nothing
 * comes behind them, and an Esc is the key of that name. */
size_t tui_event_read(const char *bytes, size_t size, bool all, enum tui_keyboard keyboard, struct tui_event *event);

#endif
