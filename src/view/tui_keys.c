/* tui_keys.c - see tui_keys.h. ECMA-48 5.4 has the form of a control sequence: parameters 3/0..3/15, intermediate bytes
 * 2/0..2/15, a final byte 4/0..7/14. */
#include "view/tui_keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* xterm brackets what is pasted with ESC [ 200 ~ and ESC [ 201 ~ (its mode 2004). */
enum { ESC = 0x1B, LONGEST = 64, PASTE = 200, PASTE_END = 201 };

enum modifier { SHIFT = 1, ALT = 2, CTRL = 4 };

struct sequence {
	unsigned parameter[4], count;
	char mark; /* '<' '=' '>' '?': not of the standard; 0: none */
	char final;
};

static void set_key(struct tui_event *e, unsigned modifiers, const char *name)
{
	e->kind = TUI_KEY;
	snprintf(e->text, sizeof(e->text), "%s%s%s%s", modifiers & CTRL ? "Ctrl-" : "", modifiers & ALT ? "Alt-" : "",
		 modifiers & SHIFT ? "Shift-" : "", name);
}

/* xterm counts modifiers from 1 on: Shift, Alt, Ctrl (and Meta, which is no other than Alt here). */
static unsigned modifiers_of(unsigned parameter)
{
	unsigned bits = parameter ? parameter - 1 : 0;
	return (bits & (SHIFT | ALT | CTRL)) | (bits & 8 ? ALT : 0);
}

/* ---- keys that have a number: ESC [ N ~ ---- */

static unsigned function_key(unsigned number)
{
	static const uint8_t from[] = { 11, 17, 23, 28, 31, 35 }, first[] = { 1, 6, 11, 15, 17, 21 };
	for (unsigned i = 5; i-- > 0;)
		if (number >= from[i] && number < from[i + 1])
			return first[i] + number - from[i] < first[i + 1] ? first[i] + number - from[i] : 0;
	return 0;
}

static const char *number_name(unsigned number)
{
	static const char *const name[] = { [1] = "Home",   [2] = "Insert",   [3] = "Delete", [4] = "End",
					    [5] = "PageUp", [6] = "PageDown", [7] = "Home",   [8] = "End" };
	return number < sizeof(name) / sizeof(name[0]) ? name[number] : NULL;
}

/* F13 is Shift-F1 of a Linux console and of old xterms, but Shift-F3 of rxvt. */
static void set_function_key(struct tui_event *e, unsigned modifiers, unsigned f, enum tui_keyboard keyboard)
{
	char name[16];
	if (f > 12) {
		f -= keyboard == KEYBOARD_RXVT ? 10 : 12;
		modifiers |= SHIFT;
	}
	snprintf(name, sizeof(name), "F%u", f);
	set_key(e, modifiers, name);
}

static void set_number(struct tui_event *e, unsigned modifiers, unsigned number, enum tui_keyboard keyboard)
{
	const char *name = number_name(number);
	unsigned f = function_key(number);
	if (name)
		set_key(e, modifiers, name);
	else if (number == PASTE || number == PASTE_END)
		e->kind = number == PASTE ? TUI_PASTE : TUI_PASTE_END;
	else if (f)
		set_function_key(e, modifiers, f, keyboard);
}

/* ---- keys that have a letter: ESC [ A, ESC O P, ESC [ 1 ; 2 P ---- */

static const char *letter_name(char letter)
{
	static const char letters[] = "ABCDHFPQRS";
	static const char *const name[] = { "Up", "Down", "Right", "Left", "Home", "End", "F1", "F2", "F3", "F4" };
	const char *found = letter ? strchr(letters, letter) : NULL;
	return found ? name[found - letters] : NULL;
}

static void set_letter(struct tui_event *e, unsigned modifiers, char letter)
{
	const char *name = letter_name(letter);
	if (name)
		set_key(e, modifiers, name);
	else if (letter == 'Z')
		set_key(e, modifiers | SHIFT, "Tab");
}

/* rxvt says Shift and Ctrl of an arrow by a small letter. */
static bool set_small_arrow(struct tui_event *e, unsigned modifiers, char letter)
{
	if (letter < 'a' || letter > 'd')
		return false;
	set_letter(e, modifiers, (char)(letter - 'a' + 'A'));
	return true;
}

/* ---- the mouse: ESC [ < BUTTON ; X ; Y M, m when it is let go (xterm, mode 1006) ---- */

enum { MOUSE_MOVES = 32, MOUSE_WHEEL = 64 };

static void set_mouse(struct tui_event *e, const struct sequence *s)
{
	unsigned button = s->parameter[0];
	if (s->count != 3 || s->final != 'M' || button & MOUSE_MOVES || !s->parameter[1] || !s->parameter[2])
		return;
	e->x = (int)s->parameter[1] - 1;
	e->y = (int)s->parameter[2] - 1;
	if (button & MOUSE_WHEEL) {
		e->kind = (button & 3) < 2 ? TUI_WHEEL : TUI_NOTHING;
		e->lines = button & 1 ? -3 : 3;
	} else if ((button & 3) < 3) {
		e->kind = TUI_PRESS;
		e->button = (int)(button & 3) + 1;
	}
}

/* ---- sequences ---- */

static void set_sequence(struct tui_event *e, unsigned modifiers, const struct sequence *s, enum tui_keyboard keyboard)
{
	if (s->mark) {
		if (s->mark == '<')
			set_mouse(e, s);
		return;
	}
	modifiers |= s->count > 1 ? modifiers_of(s->parameter[1]) : 0;
	if (s->final == '~')
		set_number(e, modifiers, s->parameter[0], keyboard);
	else if (s->final == '$' || s->final == '^' || s->final == '@')
		set_number(e, modifiers | (s->final != '^' ? SHIFT : 0u) | (s->final != '$' ? CTRL : 0u),
			   s->parameter[0], keyboard);
	else if (!set_small_arrow(e, modifiers | SHIFT, s->final))
		set_letter(e, modifiers, s->final);
}

static void take_parameter(struct sequence *s, char byte)
{
	unsigned *last = &s->parameter[s->count ? s->count - 1 : 0];
	if (byte >= '<' && byte <= '?')
		s->mark = byte;
	else if (byte == ';' && s->count < 4)
		s->parameter[s->count++] = 0;
	else if (byte >= '0' && byte <= '9' && *last < 100000)
		*last = *last * 10 + (unsigned)(byte - '0');
}

static bool is_final(char byte)
{
	return (byte >= 0x40 && byte <= 0x7E) || byte == '$';
}

/* Behind "ESC [". A byte that cannot be in a sequence ends it, and is read by itself. */
static size_t read_control(const char *bytes, size_t size, unsigned modifiers, enum tui_keyboard keyboard,
			   struct tui_event *e)
{
	struct sequence s = { .count = 1 };
	size_t n = 2;
	if (n < size && bytes[n] == '[') { /* the Linux console's F1 to F5 are ESC [ [ A to E */
		if (++n == size)
			return 0;
		if (bytes[n] >= 'A' && bytes[n] <= 'E')
			set_function_key(e, modifiers, (unsigned)(bytes[n] - 'A') + 1, keyboard);
		return n + 1;
	}
	for (; n < size && n < LONGEST && bytes[n] >= 0x20 && bytes[n] < 0x7F && !is_final(bytes[n]); n++)
		take_parameter(&s, bytes[n]);
	if (n == size && n < LONGEST)
		return 0;
	if (n == LONGEST || !is_final(bytes[n]))
		return n;
	s.final = bytes[n];
	set_sequence(e, modifiers, &s, keyboard);
	return n + 1;
}

/* Behind "ESC O": a letter, before which old terminals put the modifier. */
static size_t read_single_shift(const char *bytes, size_t size, unsigned modifiers, struct tui_event *e)
{
	size_t n = 2;
	if (n < size && bytes[n] >= '1' && bytes[n] <= '9')
		modifiers |= modifiers_of((unsigned)(bytes[n++] - '0'));
	if (n == size)
		return 0;
	if (bytes[n] < 0x20 || bytes[n] > 0x7E)
		return n;
	if (bytes[n] == 'M')
		set_key(e, modifiers, "Enter");
	else if (!set_small_arrow(e, modifiers | CTRL, bytes[n]))
		set_letter(e, modifiers, bytes[n]);
	return n + 1;
}

/* ---- single characters ---- */

static void set_control_character(struct tui_event *e, unsigned modifiers, char byte)
{
	char name[2] = { (char)(byte | 0x40), 0 };
	if (byte == '\r' || byte == '\n')
		set_key(e, modifiers, "Enter");
	else if (byte == '\t')
		set_key(e, modifiers, "Tab");
	else if (byte == 0x7F)
		set_key(e, modifiers, "Backspace");
	else
		set_key(e, modifiers | CTRL, byte ? name : "Space");
}

static bool is_control(char byte)
{
	return (unsigned char)byte < ' ' || byte == 0x7F;
}

/* RFC 3629, section 4. */
static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	return first >= 0xC2 && first < 0xE0   ? 2
	       : first >= 0xE0 && first < 0xF0 ? 3
	       : first >= 0xF0 && first < 0xF5 ? 4
					       : 0;
}

static size_t read_text(const char *bytes, size_t size, bool all, struct tui_event *e)
{
	size_t length = utf8_length((unsigned char)bytes[0]), n = 1;
	while (n < length && n < size && ((unsigned char)bytes[n] & 0xC0) == 0x80)
		n++;
	if (n < length && n == size && !all)
		return 0;
	if (n < length || !length)
		return n;
	e->kind = TUI_TEXT;
	memcpy(e->text, bytes, n);
	e->text[n] = 0;
	return n;
}

/* Alt and a character is ESC and the character. */
static size_t read_alt(const char *bytes, struct tui_event *e)
{
	char name[2] = { bytes[1], 0 };
	if ((unsigned char)name[0] >= 0x80) {
		set_key(e, 0, "Esc");
		return 1;
	}
	if (is_control(name[0])) {
		set_control_character(e, ALT, name[0]);
	} else {
		name[0] = name[0] >= 'a' && name[0] <= 'z' ? (char)(name[0] - 'a' + 'A') : name[0];
		set_key(e, ALT, name[0] == ' ' ? "Space" : name);
	}
	return 2;
}

/* At an ESC. rxvt puts another one before the sequence of a key with Alt. */
static size_t read_escape(const char *bytes, size_t size, enum tui_keyboard keyboard, struct tui_event *e)
{
	bool alt = size > 1 && bytes[1] == ESC;
	const char *from = bytes + alt;
	size_t left = size - alt, n;
	if (left < 2)
		return 0;
	if (from[1] == '[')
		n = read_control(from, left, alt ? ALT : 0, keyboard, e);
	else if (from[1] == 'O')
		n = read_single_shift(from, left, alt ? ALT : 0, e);
	else if (!alt)
		return read_alt(bytes, e);
	else {
		set_key(e, 0, "Esc");
		return 1;
	}
	return n ? n + alt : 0;
}

/* What is left of a sequence that does not go on: the key Esc, Alt and what follows, or nothing that means anything. */
static size_t end_escape(const char *bytes, size_t size, struct tui_event *e)
{
	if (size == 2 && bytes[1] != ESC)
		return read_alt(bytes, e);
	if (size <= 2) {
		set_key(e, 0, "Esc");
		return 1;
	}
	return size;
}

size_t tui_event_read(const char *bytes, size_t size, bool all, enum tui_keyboard keyboard, struct tui_event *event)
{
	*event = (struct tui_event){ .kind = TUI_NOTHING };
	if (!size)
		return 0;
	if (bytes[0] == ESC) {
		size_t n = read_escape(bytes, size, keyboard, event);
		return n || !all ? n : end_escape(bytes, size, event);
	}
	if (!is_control(bytes[0]))
		return read_text(bytes, size, all, event);
	set_control_character(event, 0, bytes[0]);
	return 1;
}
