/* window_keys.c - what SDL calls a key, in the words of keys.def. */
#include <SDL.h>
#include <stdio.h>
#include <string.h>

#include "view/window.h"

struct key_word {
	int symbol;
	const char *name;
};

static const char *word_of(int symbol)
{
	static const struct key_word words[] = {
		{ SDLK_RETURN, "Enter" },
		{ SDLK_KP_ENTER, "Enter" },
		{ SDLK_ESCAPE, "Esc" },
		{ SDLK_TAB, "Tab" },
		{ SDLK_BACKSPACE, "Backspace" },
		{ SDLK_DELETE, "Delete" },
		{ SDLK_INSERT, "Insert" },
		{ SDLK_HOME, "Home" },
		{ SDLK_END, "End" },
		{ SDLK_PAGEUP, "PageUp" },
		{ SDLK_PAGEDOWN, "PageDown" },
		{ SDLK_UP, "Up" },
		{ SDLK_DOWN, "Down" },
		{ SDLK_LEFT, "Left" },
		{ SDLK_RIGHT, "Right" },
		{ SDLK_KP_PLUS, "+" },
		{ SDLK_KP_MINUS, "-" },
		{ SDLK_KP_0, "0" },
		{ SDLK_PRINTSCREEN, "PrintScreen" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].symbol == symbol)
			return words[i].name;
	return NULL;
}

/* A letter is written large; Shift is part of another sign ("+" is Shift and "=" on many keyboards). */
static bool name_of(int symbol, bool types, char *name, size_t size)
{
	const char *word = word_of(symbol);
	if (word)
		return (!types || word[1]) && snprintf(name, size, "%s", word) > 0;
	if (symbol >= SDLK_F1 && symbol <= SDLK_F12)
		return snprintf(name, size, "F%d", symbol - SDLK_F1 + 1) > 0;
	if (types || symbol <= ' ' || symbol > '~')
		return false;
	return snprintf(name, size, "%c", symbol >= 'a' && symbol <= 'z' ? symbol - 'a' + 'A' : symbol) > 0;
}

bool window_key_name(int symbol, unsigned modifiers, char *name, size_t size)
{
	bool ctrl = modifiers & KMOD_CTRL, alt = modifiers & KMOD_LALT, shift = modifiers & KMOD_SHIFT;
	char key[16];
	if (!name_of(symbol, !ctrl && !alt, key, sizeof(key)))
		return false;
	if (!key[1] && !(key[0] >= 'A' && key[0] <= 'Z'))
		shift = false;
	snprintf(name, size, "%s%s%s%s", ctrl ? "Ctrl-" : "", alt ? "Alt-" : "", shift ? "Shift-" : "", key);
	return true;
}
