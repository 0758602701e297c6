/* control.c - see control.h: the table of keys, and clicks. What moves within panes is in control_move.c. */
#include "view/control.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/control_move.h"
#include "view/input_line.h"
#include "view/theme.h"

typedef void key_fn(struct control *c, const struct key_row *row);

static bool in_prompt(const struct control *c)
{
	return c->state.focus == PANE_PROMPT;
}

static void execute(struct control *c, const char *line)
{
	engine_view_command(c->engine, line);
	c->redraw = true;
}

/* ---- keys that act on the machine ---- */

static void key_command(struct control *c, const struct key_row *row)
{
	move_follow(c);
	execute(c, row->command);
}

static void key_here(struct control *c, const struct key_row *row)
{
	char line[48];
	const struct view_code *code = move_selected(c);
	if (!code)
		return;
	snprintf(line, sizeof(line), "%s %" PRIx64, row->command, code->address);
	execute(c, line);
}

static void key_breakpoint(struct control *c, const struct key_row *row)
{
	char line[48];
	const struct view_code *code = move_selected(c);
	(void)row;
	if (!code)
		return;
	if (code->breakpoint)
		snprintf(line, sizeof(line), "bc %d", code->event);
	else
		snprintf(line, sizeof(line), "bp %" PRIx64, code->address);
	execute(c, line);
}

static void seek(struct control *c, uint64_t n)
{
	char line[48];
	snprintf(line, sizeof(line), "!tt %" PRIu64, n);
	move_follow(c);
	execute(c, line);
}

static void key_ring_back(struct control *c, const struct key_row *row)
{
	uint64_t n;
	(void)row;
	if (move_ring_before(c, &n))
		seek(c, n);
}

/* ---- keys of the view ---- */

static void key_help(struct control *c, const struct key_row *row)
{
	(void)row;
	c->state.help = !c->state.help;
	c->state.help_scroll = 0;
}

static void key_vectors(struct control *c, const struct key_row *row)
{
	bool x87 = c->state.x87, vectors = c->state.vectors;
	(void)row;
	c->state.x87 = !x87 && !vectors;
	c->state.vectors = x87;
}

static void key_theme(struct control *c, const struct key_row *row)
{
	(void)row;
	c->theme = theme_info(c->theme + 1) ? c->theme + 1 : 0;
}

static void key_animate(struct control *c, const struct key_row *row)
{
	(void)row;
	if (!c->model || !model_card_moments(&c->model->card))
		return;
	c->state.animation = 0;
	c->state.scroll[PANE_CARD] = 0;
}

static void key_shot(struct control *c, const struct key_row *row)
{
	(void)row;
	c->shot = true;
}

static void key_walk(struct control *c, const struct key_row *row)
{
	const struct view_code *code = move_selected(c);
	(void)row;
	if (c->state.focus == PANE_CODE && code)
		c->place.walk = code->address;
	else
		c->place.walk = move_address(c);
	engine_view_look_at(c->engine, &c->place);
}

static void focus(struct control *c, enum pane pane)
{
	c->state.focus = pane;
	c->redraw = true;
}

static void key_next_pane(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c) && c->state.input[0])
		line_complete(c);
	else
		focus(c, (c->state.focus + 1) % PANES);
}

static void key_last_pane(struct control *c, const struct key_row *row)
{
	(void)row;
	focus(c, (c->state.focus + PANES - 1) % PANES);
}

static void key_enter(struct control *c, const struct key_row *row)
{
	char line[sizeof(c->state.input)];
	(void)row;
	if (c->state.focus == PANE_CONSOLE) {
		engine_view_type(c->engine, "\n", 1);
		return;
	}
	if (!in_prompt(c)) {
		focus(c, PANE_PROMPT);
		return;
	}
	line_take(c, line, sizeof(line));
	execute(c, line);
}

static bool is_running(const struct control *c)
{
	return c->model && c->model->running;
}

static void key_escape(struct control *c, const struct key_row *row)
{
	(void)row;
	if (c->state.help)
		c->state.help = false;
	else if (is_running(c))
		engine_view_interrupt(c->engine);
	else if (in_prompt(c) && c->state.input[0])
		line_cut(c, 0, (unsigned)strlen(c->state.input));
	else
		focus(c, PANE_CODE);
}

static void key_up(struct control *c, const struct key_row *row)
{
	(void)row;
	if (c->state.help)
		move_help(c, -1);
	else if (in_prompt(c))
		line_recall(c, -1);
	else
		move_lines(c, c->state.focus, -1);
}

static void key_down(struct control *c, const struct key_row *row)
{
	(void)row;
	if (c->state.help)
		move_help(c, 1);
	else if (in_prompt(c))
		line_recall(c, 1);
	else
		move_lines(c, c->state.focus, 1);
}

static void key_page_up(struct control *c, const struct key_row *row)
{
	(void)row;
	if (c->state.help)
		move_help(c, -move_page(c));
	else
		move_lines(c, c->state.focus, -move_page(c));
}

static void key_page_down(struct control *c, const struct key_row *row)
{
	(void)row;
	if (c->state.help)
		move_help(c, move_page(c));
	else
		move_lines(c, c->state.focus, move_page(c));
}

static void key_line_start(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		c->state.cursor = 0;
}

static void key_line_end(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		c->state.cursor = (unsigned)strlen(c->state.input);
}

static void key_home(struct control *c, const struct key_row *row)
{
	if (c->state.help)
		move_help(c, INT_MIN);
	else if (in_prompt(c))
		key_line_start(c, row);
	else if (c->state.focus == PANE_TIMELINE && c->model)
		seek(c, c->model->timeline.start);
	else
		move_to_start(c);
}

static void key_end(struct control *c, const struct key_row *row)
{
	if (c->state.help)
		move_help(c, INT_MAX);
	else if (in_prompt(c))
		key_line_end(c, row);
	else if (c->state.focus == PANE_TIMELINE && c->model)
		seek(c, c->model->timeline.frontier);
	else
		move_to_end(c);
}

static void key_left(struct control *c, const struct key_row *row)
{
	uint64_t n;
	(void)row;
	if (in_prompt(c))
		line_left(c);
	else if (c->state.focus == PANE_TIMELINE && move_mark_before(c, &n))
		seek(c, n);
}

static void key_right(struct control *c, const struct key_row *row)
{
	uint64_t n;
	(void)row;
	if (in_prompt(c))
		line_right(c);
	else if (c->state.focus == PANE_TIMELINE && move_mark_behind(c, &n))
		seek(c, n);
}

/* ---- keys of the line; a guest gets the bytes that a terminal would send ---- */

static void key_backspace(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		line_backspace(c);
	else if (c->state.focus == PANE_CONSOLE)
		engine_view_type(c->engine, "\x7F", 1);
}

static void key_delete(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		line_delete(c);
	else if (c->state.focus == PANE_CONSOLE)
		engine_view_type(c->engine, "\x04", 1);
}

static void key_cut_right(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		line_cut(c, c->state.cursor, (unsigned)strlen(c->state.input));
}

static void key_cut_left(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		line_cut(c, 0, c->state.cursor);
}

static void key_cut_word(struct control *c, const struct key_row *row)
{
	(void)row;
	if (in_prompt(c))
		line_cut(c, line_word(c), c->state.cursor);
}

static void key_copy(struct control *c, const struct key_row *row)
{
	(void)row;
	if (is_running(c))
		engine_view_interrupt(c->engine);
	else
		move_copy(c);
}

static void key_larger(struct control *c, const struct key_row *row)
{
	(void)row;
	c->zoom++;
}

static void key_smaller(struct control *c, const struct key_row *row)
{
	(void)row;
	c->zoom--;
}

static void key_usual_size(struct control *c, const struct key_row *row)
{
	(void)row;
	c->zoom = 0;
}

static void key_redraw(struct control *c, const struct key_row *row)
{
	(void)c, (void)row;
}

static void key_quit(struct control *c, const struct key_row *row)
{
	(void)row;
	c->quit = true;
}

/* ---- the table ---- */

static const struct key_row key_table[] = {
#define KEY(action, key, also, command, about) { key, also, command, about },
#include "view/keys.def"
#undef KEY
};

static key_fn *const key_function[] = {
#define KEY(action, key, also, command, about) key_##action,
#include "view/keys.def"
#undef KEY
};

enum { KEYS = sizeof(key_table) / sizeof(key_table[0]) };

const struct key_row *key_info(unsigned index)
{
	return index < KEYS ? &key_table[index] : NULL;
}

static bool is_among(const char *words, const char *word, size_t length)
{
	while (*words) {
		size_t n = strcspn(words, " ");
		if (n == length && !memcmp(words, word, n))
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

static void act(struct control *c, unsigned index)
{
	c->state.animation = -1;
	c->redraw = true;
	if (key_function[index] != key_copy)
		move_unmark(c);
	key_function[index](c, &key_table[index]);
}

static bool in_text(const struct control *c)
{
	return in_prompt(c) || c->state.focus == PANE_CONSOLE;
}

/* Ctrl and a letter that is nobody's key is a control character for the guest. */
static bool control_character(struct control *c, const char *key)
{
	if (c->state.focus != PANE_CONSOLE || strncmp(key, "Ctrl-", 5) || key[5] < 'A' || key[5] > 'Z' || key[6])
		return false;
	engine_view_type(c->engine, &(char){ (char)(key[5] & 0x1F) }, 1);
	return true;
}

bool control_key(struct control *c, const char *key)
{
	for (unsigned i = 0; i < KEYS; i++)
		if (is_among(key_table[i].key, key, strlen(key))) {
			act(c, i);
			return true;
		}
	return control_character(c, key);
}

static void letter(struct control *c, const char *character, size_t length)
{
	for (unsigned i = 0; i < KEYS; i++)
		if (is_among(key_table[i].also, character, length)) {
			act(c, i);
			return;
		}
}

/* One character at a time: the first may be the one that leads to the prompt. */
void control_text(struct control *c, const char *text)
{
	char character[8];
	move_unmark(c);
	for (size_t n; *text; text += n) {
		for (n = 1; ((unsigned char)text[n] & 0xC0) == 0x80 && n < sizeof(character) - 1; n++)
			;
		snprintf(character, sizeof(character), "%.*s", (int)n, text);
		if (in_prompt(c))
			line_insert(c, character);
		else if (c->state.focus == PANE_CONSOLE)
			engine_view_type(c->engine, character, n);
		else
			letter(c, character, n);
		c->state.animation = -1;
	}
	if (in_text(c))
		c->redraw = true;
}

/* A terminal's keyboard ends a line by one character. */
static void paste_to_guest(struct control *c, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r");
		if (n)
			engine_view_type(c->engine, text, n);
		text += n;
		if (*text == '\r') {
			engine_view_type(c->engine, "\n", 1);
			text += text[1] == '\n' ? 2 : 1;
		}
	}
}

void control_paste(struct control *c, const char *text)
{
	c->state.animation = -1;
	if (c->state.focus == PANE_CONSOLE) {
		paste_to_guest(c, text);
		return;
	}
	focus(c, PANE_PROMPT);
	line_insert_lines(c, text);
}

/* ---- the mouse ---- */

/* The address at the end of a command: "bp ffffffff80101000". */
static bool last_address(const char *command, uint64_t *address)
{
	char *end;
	const char *word = command ? strrchr(command, ' ') : NULL;
	if (!word)
		return false;
	*address = strtoull(word + 1, &end, 16);
	return end != word + 1 && !*end;
}

/* Among the marks the first click of two has set or cleared the breakpoint already, and the second is none. */
static void click_code(struct control *c, const char *command, bool marks, bool double_click)
{
	uint64_t address;
	if (marks) {
		if (!double_click)
			execute(c, command);
		return;
	}
	if (!last_address(command, &address))
		return;
	c->state.selected = address;
	if (double_click)
		key_breakpoint(c, NULL);
}

static bool click_timeline(struct control *c, const struct canvas *canvas, int x, int y)
{
	uint64_t n;
	if (!c->model || !panes_timeline_n(canvas, c->model, &c->state, x, y, &n))
		return false;
	seek(c, n);
	return true;
}

/* ":key F1" and ":pane 9" are the view's own; all else is the prompt's. */
static void click_command(struct control *c, const char *command)
{
	char *end;
	if (!strncmp(command, ":key ", 5)) {
		control_key(c, command + 5);
	} else if (!strncmp(command, ":pane ", 6)) {
		unsigned long pane = strtoul(command + 6, &end, 10);
		if (pane < PANES)
			focus(c, (enum pane)pane);
	} else {
		move_follow(c);
		execute(c, command);
	}
}

void control_click(struct control *c, const struct canvas *canvas, int x, int y, int button, bool double_click)
{
	int pane = c->state.help ? -1 : panes_at(canvas, x, y); /* the keys lie over all panes */
	const char *command = canvas_command_at(canvas, x, y);
	c->state.animation = -1;
	move_unmark(c);
	if (button != 1)
		return;
	if (pane >= 0)
		focus(c, (enum pane)pane);
	if (pane == PANE_CODE && command && command[0] != ':')
		click_code(c, command, x - canvas->area[PANE_CODE].x <= PANE_CODE_MARKS, double_click);
	else if (command && (!double_click || command[0] == ':'))
		click_command(c, command);
	else if (pane == PANE_TIMELINE && !double_click)
		click_timeline(c, canvas, x, y);
}

void control_wheel(struct control *c, const struct canvas *canvas, int x, int y, int lines)
{
	int pane = panes_at(canvas, x, y);
	if (c->state.help)
		move_help(c, -lines);
	else if (pane >= 0)
		move_lines(c, (enum pane)pane, -lines);
	c->redraw = true;
}

/* ---- drawing ---- */

void control_init(struct control *c, struct view_engine *engine)
{
	memset(c, 0, sizeof(*c));
	c->engine = engine;
	c->state.focus = PANE_CODE;
	c->state.animation = -1;
	c->state.timeline_zoom = 1;
	c->place.follow = true;
	c->redraw = true;
}

bool control_draw(struct control *c, struct canvas *canvas, bool always)
{
	bool fresh = false;
	const struct view_model *model = engine_view_model(c->engine, &fresh);
	if (!fresh && !c->model)
		return false;
	c->model = model;
	if (fresh && c->model->n != c->n)
		move_follow(c);
	c->n = c->model->n;
	c->quit |= c->model->quit;
	if (!fresh && !c->redraw && !always)
		return false;
	panes_draw(canvas, c->model, &c->state);
	c->canvas = canvas;
	c->redraw = false;
	return true;
}

void control_tick(struct control *c)
{
	if (c->state.animation < 0)
		return;
	c->state.animation++;
	if (!c->model || c->state.animation > (int)model_card_moments(&c->model->card))
		c->state.animation = -1;
	c->redraw = true;
}
