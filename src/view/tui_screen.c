/* tui_screen.c - see tui_screen.h. The sequences are those of ECMA-48 (8.3.21 CUP, 8.3.39 ED, 8.3.117 SGR) and the
 * colours of ITU-T T.416, as xterm writes them. */
#include "view/tui_screen.h"

#include <limits.h>
#include <string.h>

/* ---- what the terminal can do ---- */

static bool has(const char *text, const char *word)
{
	return text && strstr(text, word);
}

/* https://no-color.org: any value but an empty one. */
enum tui_colours screen_colours(const char *term, const char *colorterm, const char *no_color)
{
	if ((no_color && *no_color) || !term || !*term || !strcmp(term, "dumb") || !strncmp(term, "vt", 2))
		return COLOURS_NONE;
	if (has(colorterm, "truecolor") || has(colorterm, "24bit") || has(term, "-direct"))
		return COLOURS_ALL;
	return has(term, "256color") || (colorterm && *colorterm) ? COLOURS_256 : COLOURS_16;
}

/* POSIX 8.2: the first of them that is set and not empty. */
bool screen_is_utf8(const char *lc_all, const char *lc_ctype, const char *lang)
{
	const char *locale = lc_all && *lc_all ? lc_all : lc_ctype && *lc_ctype ? lc_ctype : lang;
	return has(locale, "UTF-8") || has(locale, "utf8") || has(locale, "UTF8") || has(locale, "utf-8");
}

/* ---- colours ---- */

static int distance(struct colour a, struct colour b)
{
	int red = a.red - b.red, green = a.green - b.green, blue = a.blue - b.blue;
	return red * red * 3 + green * green * 6 + blue * blue; /* the eye sees green best */
}

/* xterm's 256 colours without the first 16, which everybody sets as he likes: a cube of 6 * 6 * 6, and 24 greys. */
static struct colour palette_256(int index)
{
	static const uint8_t level[] = { 0, 95, 135, 175, 215, 255 };
	if (index >= 232) {
		uint8_t grey = (uint8_t)(8 + (index - 232) * 10);
		return (struct colour){ grey, grey, grey };
	}
	index -= 16;
	return (struct colour){ level[index / 36], level[index / 6 % 6], level[index % 6] };
}

/* The colours of a PC's text screen, which the Linux console has; others come near. */
static struct colour palette_16(int index)
{
	uint8_t bright = index & 8 ? 85 : 0, full = index & 8 ? 255 : 170;
	if (index == 3)
		return (struct colour){ 170, 85, 0 };
	return (struct colour){ index & 1 ? full : bright, index & 2 ? full : bright, index & 4 ? full : bright };
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/* What has a hue keeps it: blues and oranges become blue, cyan, brown and yellow, never a grey, nor red or green, which
 * not everybody tells apart. */
static bool is_usable_16(struct colour c, int index)
{
	enum { BLUES = 1 << 4 | 1 << 6 | 1 << 12 | 1 << 14, ORANGES = 1 << 3 | 1 << 11, HUE = 48 };
	int most = larger(c.red, larger(c.green, c.blue)), least = -larger(-c.red, larger(-c.green, -c.blue));
	if (most - least < HUE)
		return true;
	return (c.blue > c.red ? BLUES : ORANGES) >> index & 1;
}

static int nearest(struct colour c, enum tui_colours colours)
{
	int best = 0, least = INT_MAX, to = colours == COLOURS_16 ? 16 : 256;
	for (int i = colours == COLOURS_16 ? 0 : 16; i < to; i++) {
		int d = distance(c, colours == COLOURS_16 ? palette_16(i) : palette_256(i));
		if (d < least && (colours != COLOURS_16 || is_usable_16(c, i))) {
			least = d;
			best = i;
		}
	}
	return best;
}

static bool is_light(struct colour c)
{
	return c.red * 3 + c.green * 6 + c.blue > 1275;
}

/* `base`: 30 for ink, 40 for paper. */
static void put_colour(struct screen *s, int base, struct colour c, int index)
{
	if (s->colours == COLOURS_ALL)
		out_printf(s->out, ";%d;2;%d;%d;%d", base + 8, c.red, c.green, c.blue);
	else if (s->colours == COLOURS_256)
		out_printf(s->out, ";%d;5;%d", base + 8, index);
	else
		out_printf(s->out, ";%d", index < 8 ? base + index : base + 60 + index - 8);
}

/* Of 16 colours two may be the same one that were none. */
static int ink_of(const struct screen *s, const struct look *look)
{
	int ink = nearest(look->ink, s->colours);
	if (ink != nearest(look->paper, s->colours))
		return ink;
	return s->colours == COLOURS_16 ? (is_light(look->paper) ? 0 : 15) : is_light(look->paper) ? 16 : 231;
}

static void put_colours(struct screen *s, const struct look *look)
{
	put_colour(s, 30, look->ink, ink_of(s, look));
	put_colour(s, 40, look->paper, nearest(look->paper, s->colours));
}

/* With 16 colours many terminals show bold black as grey. */
static bool is_bold(const struct screen *s, const struct look *look)
{
	return look->bold && (s->colours != COLOURS_16 || ink_of(s, look));
}

static bool is_reversed(enum style style)
{
	return style == STYLE_SELECTED || style == STYLE_SET || style == STYLE_KEY || style == STYLE_CURRENT ||
	       style == STYLE_MARKED;
}

static bool is_strong(enum style style)
{
	return style == STYLE_TITLE || style == STYLE_CHANGED || style == STYLE_BAD || style == STYLE_WARNING ||
	       style == STYLE_BREAK;
}

static void set_style(struct screen *s, int style)
{
	const struct look *look = &s->theme->look[style];
	if (s->style == style)
		return;
	s->style = style;
	out_text(s->out, "\033[0");
	if (s->colours == COLOURS_NONE) {
		out_text(s->out, is_strong(style) ? ";1" : "");
		out_text(s->out, is_reversed(style) ? ";7" : "");
	} else {
		out_text(s->out, is_bold(s, look) ? ";1" : "");
		out_text(s->out, look->underlined ? ";4" : "");
		put_colours(s, look);
	}
	out_text(s->out, "m");
}

/* ---- characters ---- */

struct range {
	uint32_t from, to;
	char ascii;
};

/* Signs that panes draw with; the first range that fits. */
static const struct range ascii[] = {
	{ 0x2500, 0x2501, '-' }, { 0x2504, 0x2505, '-' }, { 0x2508, 0x2509, '-' }, { 0x254C, 0x254D, '-' },
	{ 0x2550, 0x2550, '=' }, { 0x2574, 0x2574, '-' }, { 0x2576, 0x2576, '-' }, { 0x2502, 0x2503, '|' },
	{ 0x2506, 0x2507, '|' }, { 0x250A, 0x250B, '|' }, { 0x2551, 0x2551, '|' }, { 0x2500, 0x257F, '+' },
	{ 0x2190, 0x2190, '<' }, { 0x2191, 0x2191, '^' }, { 0x2192, 0x2192, '>' }, { 0x2193, 0x2193, 'v' },
	{ 0x2580, 0x259F, '#' }, { 0x25B2, 0x25B5, '^' }, { 0x25B6, 0x25BB, '>' }, { 0x25BC, 0x25BF, 'v' },
	{ 0x25C0, 0x25C5, '<' }, { 0x25CB, 0x25CB, 'o' }, { 0x25CF, 0x25CF, '*' }, { 0x2022, 0x2022, '*' },
	{ 0x25A0, 0x25FF, '#' }, { 0x26A0, 0x26A1, '!' }, { 0x2713, 0x2714, '+' }, { 0x2715, 0x2718, 'x' },
	{ 0x2026, 0x2026, '.' }, { 0x2010, 0x2015, '-' }, { 0x00B7, 0x00B7, '.' }, { 0x00A0, 0x00A0, ' ' },
};

static char ascii_of(uint32_t character)
{
	for (size_t i = 0; i < sizeof(ascii) / sizeof(ascii[0]); i++)
		if (character >= ascii[i].from && character <= ascii[i].to)
			return ascii[i].ascii;
	return '?';
}

/* No character of a guest or of a file may steer the terminal (C0 and C1 of ECMA-48). */
static uint32_t harmless(const struct screen *s, uint32_t character)
{
	if (!character)
		return ' ';
	if (character < ' ' || (character >= 0x7F && character < 0xA0) || character > 0x10FFFF)
		return '.';
	return character < 0x7F || s->utf8 ? character : (uint32_t)ascii_of(character);
}

void screen_put_character(struct out *o, uint32_t c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t first[] = { 0, 0xC0, 0xE0, 0xF0 };
	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3F));
	bytes[0] = (char)(first[n - 1] | c);
	out_write(o, bytes, n);
}

/* ---- the picture ---- */

void screen_forget(struct screen *s)
{
	s->drawn = NULL;
	s->x = s->style = -1;
}

static void go_to(struct screen *s, int x, int y)
{
	if (s->x != x || s->y != y)
		out_printf(s->out, "\033[%d;%dH", y + 1, x + 1);
	s->x = x;
	s->y = y;
}

static void put_cell(struct screen *s, int x, int y, const struct cell *cell)
{
	struct cell *shown = &s->shown[y * s->width + x];
	uint8_t style = cell->style < STYLES ? cell->style : STYLE_TEXT;
	uint32_t character = harmless(s, cell->character);
	if (s->drawn && shown->character == character && shown->style == style)
		return;
	*shown = (struct cell){ character, style };
	go_to(s, x, y);
	set_style(s, style);
	screen_put_character(s->out, character);
	s->x = x + 1 == s->width ? -1 : x + 1; /* behind the last column terminals are not of one mind */
}

static void put_cursor(struct screen *s, const struct canvas *c)
{
	bool shown = c->cursor_x >= 0 && c->cursor_x < c->width && c->cursor_y >= 0 && c->cursor_y < c->height;
	if (shown)
		go_to(s, c->cursor_x, c->cursor_y);
	out_text(s->out, shown ? "\033[?25h" : "\033[?25l");
}

static void begin(struct screen *s, const struct canvas *canvas)
{
	if (s->width != canvas->width || s->height != canvas->height || s->drawn != s->theme)
		screen_forget(s);
	s->width = canvas->width;
	s->height = canvas->height;
	if (!s->drawn) {
		set_style(s, STYLE_TEXT);
		out_text(s->out, "\033[2J");
	}
}

void screen_draw(struct screen *s, const struct canvas *canvas)
{
	begin(s, canvas);
	out_text(s->out, "\033[?25l");
	for (int y = 0; y < canvas->height; y++)
		for (int x = 0; x < canvas->width; x++)
			put_cell(s, x, y, &canvas->cell[y * canvas->width + x]);
	put_cursor(s, canvas);
	s->drawn = s->theme;
	out_flush(s->out);
}
