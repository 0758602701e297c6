/* settings.c - settings as lines of text. */
#include "view/settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/words.h"
#include "view/font.h"
#include "view/theme.h"

enum { SETTINGS_LIMIT = 64 << 10, SETTINGS_PATH = 1000, LINKS = 8, WIDTH = 800, HEIGHT = 480, LARGEST = 16384 };

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

bool settings_size(struct settings *s, unsigned width, unsigned height)
{
	if (width < WIDTH || height < HEIGHT || width > LARGEST || height > LARGEST)
		return false;
	s->width = width;
	s->height = height;
	return true;
}

static bool read_size(const char *value, struct settings *s)
{
	char width[8];
	size_t n = strcspn(value, "x");
	snprintf(width, sizeof(width), "%.*s", (int)(n < sizeof(width) ? n : 0), value);
	unsigned w, h;
	return value[n] && read_unsigned(width, 0, UINT_MAX, &w) && read_unsigned(value + n + 1, 0, UINT_MAX, &h) &&
	       settings_size(s, w, h);
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

enum { VALUE = sizeof(((struct settings *)0)->font) };

static void put_theme(const struct settings *s, char *value)
{
	snprintf(value, VALUE, "%s", s->theme);
}

static void put_font(const struct settings *s, char *value)
{
	snprintf(value, VALUE, "%s", s->font);
}

static void put_size(const struct settings *s, char *value)
{
	snprintf(value, VALUE, "%ux%u", s->width, s->height);
}

static void put_zoom(const struct settings *s, char *value)
{
	snprintf(value, VALUE, "%d", s->zoom);
}

static void put_vectors(const struct settings *s, char *value)
{
	snprintf(value, VALUE, "%s", s->vectors ? "on" : "off");
}

static void put_x87(const struct settings *s, char *value)
{
	snprintf(value, VALUE, "%s", s->x87 ? "on" : "off");
}

static const struct row {
	const char *name, *wanted, *usual;
	bool (*read)(const char *value, struct settings *s);
	void (*put)(const struct settings *s, char *value);
} rows[] = {
#define SETTING(name, wanted, usual, about) { #name, wanted, usual, read_##name, put_##name },
#include "view/settings.def"
#undef SETTING
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* What is expected, or NULL when the line is good. */
static const char *read_pair(struct settings *s, const char *name, const char *value)
{
	for (size_t i = 0; i < ROWS; i++)
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
	for (size_t i = 0; i < ROWS; i++)
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

/* ---- writing ---- */

/* What has changed since the file was read, and which of it has a line there. */
struct changes {
	char value[ROWS][VALUE];
	bool changed[ROWS], written[ROWS];
};

static bool find_changes(struct changes *c, const struct settings *s, const struct settings *before)
{
	bool any = false;
	for (unsigned i = 0; i < ROWS; i++) {
		char old[VALUE];
		rows[i].put(before, old);
		rows[i].put(s, c->value[i]);
		any |= c->changed[i] = strcmp(c->value[i], old) != 0;
	}
	return any;
}

/* The user's own words stay where they are; only a value that has changed is another. */
static void put_line(struct out *out, struct changes *c, const char *line)
{
	const char *name = line + strspn(line, " \t"), *remark = strchr(line, '#');
	size_t n = strcspn(name, " \t\r#"), blanks = strspn(name + n, " \t");
	unsigned i = 0;
	while (i < ROWS && (n != strlen(rows[i].name) || strncmp(name, rows[i].name, n)))
		i++;
	if (i < ROWS)
		c->written[i] = true;
	if (i == ROWS || !c->changed[i]) {
		out_text(out, line);
	} else {
		out_write(out, line, (size_t)(name + n + blanks - line));
		out_printf(out, "%s%s%s", blanks ? "" : " ", c->value[i], remark ? " " : "");
		out_text(out, remark ? remark : "");
	}
	out_text(out, "\n");
}

static void put_lines(struct out *out, struct changes *c, char *text, size_t size)
{
	for (char *at = text, *end = text + size; at < end;) {
		char *next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next : end;
		*next = 0;
		put_line(out, c, at);
		at = next + 1;
	}
	for (unsigned i = 0; i < ROWS; i++)
		if (!c->written[i] && (c->changed[i] || !text))
			out_printf(out, "%s %s\n", rows[i].name, c->value[i]);
}

/* The user's folder of settings need not be there yet, nor those around it. */
static void make_folders(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(path, 0700);
		*at = '/';
	}
}

/* Settings may be kept elsewhere, with a link to them: what is renamed to the link's name would take its place. */
static bool follow_links(char *path)
{
	char link[SETTINGS_PATH], folder[SETTINGS_PATH];
	for (unsigned i = 0; i < LINKS; i++) {
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		if (n <= 0)
			return true;
		link[n] = 0;
		snprintf(folder, sizeof(folder), "%.*s", link[0] == '/' ? 0 : (int)(strrchr(path, '/') + 1 - path),
			 path);
		if (snprintf(path, SETTINGS_PATH, "%s%s", folder, link) >= SETTINGS_PATH)
			return false;
	}
	return false;
}

static bool rewrite(struct ui *ui, struct changes *c, const char *path, struct rs_error *why)
{
	uint8_t *text = NULL;
	size_t size = 0;
	if (!host_read_file(ui->host, path, SETTINGS_LIMIT, &text, &size, why) && why->code != RS_ERROR_NOT_FOUND)
		return false;
	struct out *out = out_open(ui->host, path, why);
	if (out && !text)
		out_text(out, "# How `ringstep view` and `ringstep step --tui` look; changed when they end.\n");
	if (out)
		put_lines(out, c, (char *)text, size);
	host_release(ui->host, text);
	return out && out_close(out, why);
}

void settings_write(const struct settings *s, const struct settings *before, struct ui *ui)
{
	char path[SETTINGS_PATH];
	struct rs_error why;
	struct changes c = { .written = { false } };
	if (!find_changes(&c, s, before))
		return;
	if (!folder_path(path)) {
		ui_fail(ui, 0, "the settings are not kept: neither XDG_CONFIG_HOME nor HOME names a folder");
		return;
	}
	strcat(path, "/view.conf");
	if (!follow_links(path)) {
		ui_fail(ui, 0, "the settings are not kept: view.conf is a link that leads nowhere");
		return;
	}
	make_folders(path);
	if (!rewrite(ui, &c, path, &why))
		ui_fail(ui, 0, "the settings are not kept: %s", why.text);
}
