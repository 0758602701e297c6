/* input_line.c - see input_line.h. The cursor is counted in bytes and never stands within a character. */
#include "view/input_line.h"

#include <stdio.h>
#include <string.h>

#include "ui/repl/repl.h"
#include "ui/words.h"

enum { OFFERS = 64, OFFER = 64 };

static bool is_inner_byte(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

static void changed(struct control *c)
{
	c->tab_next = 0;
	c->redraw = true;
}

static void insert(struct view_state *s, const char *text, size_t length)
{
	size_t used = strlen(s->input);
	if (used + length >= sizeof(s->input))
		return;
	memmove(s->input + s->cursor + length, s->input + s->cursor, used - s->cursor + 1);
	memcpy(s->input + s->cursor, text, length);
	s->cursor += (unsigned)length;
}

static size_t character_length(const char *text)
{
	size_t n = 1;
	while (is_inner_byte(text[n]))
		n++;
	return n;
}

void line_insert(struct control *c, const char *text)
{
	for (size_t n; *text; text += n) {
		n = character_length(text);
		if ((unsigned char)*text >= ' ' && *text != 0x7F)
			insert(&c->state, text, n);
	}
	changed(c);
}

static void insert_blanked(struct control *c, const char *from, size_t length)
{
	char part[sizeof(c->state.input)];
	length = length < sizeof(part) ? length : sizeof(part) - 1;
	for (size_t i = 0; i < length; i++)
		part[i] = from[i] == '\t' ? ' ' : from[i];
	part[length] = 0;
	line_insert(c, part);
}

/* `j` has a ';' of its own: what is joined behind it would be its. */
static bool takes_the_rest(const char *command)
{
	char word[PROMPT_LINE];
	size_t n = prompt_command_length(command);
	if (n > sizeof(word) - 3)
		return false;
	memcpy(word, command, n);
	memcpy(word + n, " ;", 3);
	return prompt_command_end(word) > n + 1;
}

/* The end of a line's commands: a remark behind them would be one on the lines that are joined with it, too. */
static size_t commands_length(const char *line, bool *takes_rest)
{
	size_t end = 0, n;
	*takes_rest = false;
	for (const char *at = skip_blanks(line); *at && !prompt_is_comment(at); at = skip_blanks(at)) {
		n = prompt_command_end(at);
		*takes_rest = takes_the_rest(at);
		end = n ? (size_t)(at - line) + n : end;
		at += at[n] ? n + 1 : n;
	}
	while (end && word_is_space(line[end - 1]))
		end--;
	return end;
}

/* False: it does not fit, and half a command would be another one; or nothing can be joined behind it. */
static bool insert_part(struct control *c, const char *from, size_t length, const char *before)
{
	char part[sizeof(c->state.input)];
	bool takes_rest, cut = length >= sizeof(part);
	snprintf(part, sizeof(part), "%.*s", (int)(cut ? sizeof(part) - 1 : length), from);
	const char *line = skip_blanks(part);
	size_t n = commands_length(line, &takes_rest);
	cut = cut && !line[n + strspn(line + n, "; \t")];
	if (cut || strlen(c->state.input) + strlen(before) + n >= sizeof(c->state.input))
		return false;
	if (n) {
		line_insert(c, before);
		insert_blanked(c, line, n);
	}
	return !n || !takes_rest;
}

void line_insert_lines(struct control *c, const char *text)
{
	unsigned start = c->state.cursor;
	size_t n = strcspn(text, "\r\n");
	if (!text[n])
		insert_blanked(c, text, n); /* a word, perhaps: its blanks are meant */
	else
		while (*text && insert_part(c, text, n, c->state.cursor == start ? "" : "; ")) {
			text += n + (text[n] != 0);
			n = strcspn(text, "\r\n");
		}
}

void line_left(struct control *c)
{
	struct view_state *s = &c->state;
	while (s->cursor && is_inner_byte(s->input[--s->cursor]))
		;
	changed(c);
}

void line_right(struct control *c)
{
	struct view_state *s = &c->state;
	if (s->input[s->cursor])
		s->cursor += (unsigned)character_length(s->input + s->cursor);
	changed(c);
}

void line_cut(struct control *c, unsigned from, unsigned to)
{
	struct view_state *s = &c->state;
	memmove(s->input + from, s->input + to, strlen(s->input + to) + 1);
	s->cursor = from;
	changed(c);
}

void line_backspace(struct control *c)
{
	unsigned end = c->state.cursor;
	line_left(c);
	line_cut(c, c->state.cursor, end);
}

void line_delete(struct control *c)
{
	unsigned start = c->state.cursor;
	line_right(c);
	line_cut(c, start, c->state.cursor);
}

unsigned line_word(const struct control *c)
{
	const char *text = c->state.input;
	unsigned at = c->state.cursor;
	while (at && word_is_space(text[at - 1]))
		at--;
	while (at && !word_is_space(text[at - 1]))
		at--;
	return at;
}

/* ---- history ---- */

void line_recall(struct control *c, int direction)
{
	struct view_state *s = &c->state;
	if (direction < 0 ? !c->history_at : c->history_at == c->history_count)
		return;
	if (c->history_at == c->history_count)
		memcpy(c->unsent, s->input, sizeof(c->unsent));
	c->history_at += (unsigned)direction;
	memcpy(s->input, c->history_at == c->history_count ? c->unsent : c->history[c->history_at], sizeof(s->input));
	s->cursor = (unsigned)strlen(s->input);
	changed(c);
}

/* Neither an empty line nor the same one twice. */
static void remember(struct control *c, const char *line)
{
	if (!*line || (c->history_count && !strcmp(c->history[c->history_count - 1], line)))
		return;
	if (c->history_count == CONTROL_HISTORY)
		memmove(c->history[0], c->history[1], sizeof(c->history[0]) * --c->history_count);
	snprintf(c->history[c->history_count++], sizeof(c->history[0]), "%s", line);
}

void line_take(struct control *c, char *line, size_t size)
{
	struct view_state *s = &c->state;
	snprintf(line, size, "%s", s->input);
	remember(c, line);
	c->history_at = c->history_count;
	s->scroll[PANE_PROMPT] = 0;
	line_cut(c, 0, (unsigned)strlen(s->input));
}

/* ---- completion ---- */

static size_t common_length(char words[][OFFER], size_t count)
{
	size_t n = strlen(words[0]);
	for (size_t i = 1; i < count; i++)
		for (size_t k = 0; k < n; k++)
			if (words[i][k] != words[0][k])
				n = k;
	return n;
}

/* How much of the word stands before the cursor: the longest end of the line with which the word begins. */
static size_t typed_of(const char *line, size_t length, const char *word)
{
	size_t k = strlen(word) < length ? strlen(word) : length, same = 0;
	for (; k; k--) {
		for (same = 0; same < k && word_lower(line[length - k + same]) == word_lower(word[same]); same++)
			;
		if (same == k)
			break;
	}
	return k;
}

static void put_word(struct control *c, const char *word, size_t length, size_t typed)
{
	struct view_state *s = &c->state;
	if (strlen(s->input) - typed + length >= sizeof(s->input))
		return;
	line_cut(c, s->cursor - (unsigned)typed, s->cursor);
	insert(s, word, length);
}

/* The same Tab once more: nothing has been typed since, and the cursor stands behind the word that was offered. */
static bool is_offering(const struct control *c)
{
	return c->tab_next && c->state.cursor == c->tab_end;
}

static void offer(struct control *c, const char *word, size_t typed, unsigned next)
{
	unsigned stem = c->state.cursor;
	put_word(c, word, strlen(word), typed);
	c->tab_stem = stem;
	c->tab_end = c->state.cursor;
	c->tab_next = next;
}

void line_complete(struct control *c)
{
	struct view_state *s = &c->state;
	char words[OFFERS][OFFER], line[sizeof(s->input)];
	unsigned next = is_offering(c) ? c->tab_next : 0, stem = next ? c->tab_stem : s->cursor;
	snprintf(line, sizeof(line), "%.*s", (int)stem, s->input);
	size_t count = engine_view_complete(c->engine, line, words, OFFERS);
	if (!count)
		return;
	if (next)
		line_cut(c, stem, s->cursor);
	/* There may be more than those that were asked for, which share less. */
	size_t typed = typed_of(line, stem, words[0]), common = count < OFFERS ? common_length(words, count) : typed;
	if (count == 1 || common > typed) {
		put_word(c, words[0], common, typed);
		insert(s, " ", count == 1);
	} else {
		offer(c, words[next % count], typed, next + 1);
	}
}
