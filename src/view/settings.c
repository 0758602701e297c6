/* settings.c - settings as lines of text. */
#include "view/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ui/words.h"
#include "view/font.h"
#include "view/theme.h"

enum { SETTINGS_LIMIT = 64 << 10, SETTINGS_PATH = 1000 };

/* $XDG_CONFIG_HOME, else ~/.config (XDG Base Directory Specification); relative paths in it do not count. */
static bool folder_path(char *path)
{
	const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n = -1;
	if (folder && folder[0] == '/')
		n = snprintf(path, SETTINGS_PATH, "%s/ringstep", folder);
	else if (home && home[0] == '/')
		n = snprintf(path, SETTINGS_PATH, "%s/.config/ringstep", home);
	return n > 0 && n < SETTINGS_PATH - 16;
}

static bool read_switch(const char *value, bool *to)
{
	*to = !strcmp(value, "on");
	return *to || !strcmp(value, "off");
}

static bool read_unsigned(const char *value, unsigned least, unsigned most, unsigned *to)
{
	uint64_t number;
	if (!word_number(value, &number) || number < least || number > most)
		return false;
	*to = (unsigned)number;
	return true;
}

static bool read_size(const char *value, struct settings *s)
{
	char width[8];
	size_t n = strcspn(value, "x");
	snprintf(width, sizeof(width), "%.*s", (int)(n < sizeof(width) ? n : 0), value);
	unsigned w, h;
	if (!value[n] || !read_unsigned(width, 800, 16384, &w) || !read_unsigned(value + n + 1, 480, 16384, &h))
		return false;
	s->width = w;
	s->height = h;
	return true;
}

static bool read_font(const char *value, struct settings *s)
{
	if (strcmp(value, "bitmap") && strcmp(value, "smooth") && value[0] != '/')
		return false;
	return snprintf(s->font, sizeof(s->font), "%s", value) < (int)sizeof(s->font);
}

static bool read_zoom(const char *value, struct settings *s)
{
	unsigned steps;
	bool less = value[0] == '-';
	if (!read_unsigned(value + less, 0, FONT_ZOOMS, &steps))
		return false;
	s->zoom = less ? -(int)steps : (int)steps;
	return true;
}

static bool read_theme(const char *value, struct settings *s)
{
	if (!theme_find(value))
		return false;
	snprintf(s->theme, sizeof(s->theme), "%.15s", value);
	return true;
}

static bool read_vectors(const char *value, struct settings *s)
{
	return read_switch(value, &s->vectors);
}

static bool read_x87(const char *value, struct settings *s)
{
	return read_switch(value, &s->x87);
}

static const struct row {
	const char *name, *wanted, *usual;
	bool (*read)(const char *value, struct settings *s);
} rows[] = {
#define SETTING(name, wanted, usual, about) { #name, wanted, usual, read_##name },
#include "view/settings.def"
#undef SETTING
};

/* What is expected, or NULL when the line is good. */
static const char *read_pair(struct settings *s, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(name, rows[i].name))
			return rows[i].read(value, s) ? NULL : rows[i].wanted;
	return "theme, font, size, zoom, vectors or x87 at the beginning";
}

static void read_line(struct settings *s, struct ui *ui, const char *path, unsigned number, char *line)
{
	char name[32], value[512], more[2];
	line[strcspn(line, "#")] = 0;
	int words = sscanf(line, "%31s %511s %1s", name, value, more);
	if (words <= 0)
		return;
	const struct settings before = *s;
	const char *wanted = words == 2 ? read_pair(s, name, value) : "a name and one value";
	if (!wanted)
		return;
	*s = before;
	ui_fail(ui, 0, "%s:%u: expected %s; the line is ignored", path, number, wanted);
}

static void read_lines(struct settings *s, struct ui *ui, const char *path, char *text, size_t size)
{
	unsigned number = 1;
	for (char *at = text, *end = text + size; at < end; number++) {
		char *next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next : end;
		*next = 0;
		read_line(s, ui, path, number, at);
		at = next + 1;
	}
}

void settings_read(struct settings *s, struct ui *ui)
{
	char path[SETTINGS_PATH];
	uint8_t *text;
	size_t size;
	struct rs_error why;
	*s = (struct settings){ .zoom = 0 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rows[i].read(rows[i].usual, s);
	if (!folder_path(path))
		return;
	strcat(path, "/view.conf");
	if (host_read_file(ui->host, path, SETTINGS_LIMIT, &text, &size, &why)) {
		read_lines(s, ui, path, (char *)text, size);
		host_release(ui->host, text);
	} else if (why.code != RS_ERROR_NOT_FOUND)
		ui_fail(ui, 0, "%s; the window looks as it does by default", why.text);
}

static unsigned theme_index(const char *name)
{
	unsigned i = 0;
	while (theme_info(i) && strcmp(theme_info(i)->name, name))
		i++;
	return theme_info(i) ? i : 0;
}

void settings_use(const struct settings *s, const char *theme, struct control *c)
{
	c->theme = theme_index(theme ? theme : s->theme);
	c->state.vectors = s->vectors;
	c->state.x87 = s->x87;
}

void settings_learn(struct settings *s, const char *theme, const struct control *c)
{
	if (!theme || c->theme != theme_index(theme))
		snprintf(s->theme, sizeof(s->theme), "%s", theme_info(c->theme)->name);
	s->vectors = c->state.vectors;
	s->x87 = c->state.x87;
}

static bool settings_same(const struct settings *a, const struct settings *b)
{
	return !strcmp(a->theme, b->theme) && !strcmp(a->font, b->font) && a->width == b->width &&
	       a->height == b->height && a->zoom == b->zoom && a->vectors == b->vectors && a->x87 == b->x87;
}

/* The user's folder of settings need not be there yet. */
static void make_folders(char *path)
{
	char *last = strrchr(path, '/');
	*last = 0;
	mkdir(path, 0700);
	*last = '/';
	mkdir(path, 0700);
}

void settings_write(const struct settings *s, const struct settings *before, struct ui *ui)
{
	char path[SETTINGS_PATH];
	struct rs_error why;
	if (settings_same(s, before) || !folder_path(path))
		return;
	make_folders(path);
	strcat(path, "/view.conf");
	struct out *out = out_open(ui->host, path, &why);
	if (!out) {
		ui_fail(ui, 0, "the settings are not kept: %s", why.text);
		return;
	}
	out_printf(out,
		   "# How `ringstep view` and `ringstep step --tui` look; written when they end.\n"
		   "theme %s\nfont %s\nsize %ux%u\nzoom %d\nvectors %s\nx87 %s\n",
		   s->theme, s->font, s->width, s->height, s->zoom, s->vectors ? "on" : "off", s->x87 ? "on" : "off");
	if (!out_close(out, &why))
		ui_fail(ui, 0, "the settings are not kept: %s", why.text);
}
