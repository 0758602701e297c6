/* case_token.c - tokens such as `rax=1`, `efer&~=1`, `cs=33[0 ffffffff a0fb]`, `m:110000=9090`, `pte:112000|=1`. */
#include <string.h>

#include "case.h"

static bool refuse(char why[static 200], const char *what, struct span token)
{
	snprintf(why, 200, "%s: %.*s", what, (int)(token.length < 100 ? token.length : 100), token.text);
	return false;
}

bool span_is(struct span s, const char *text)
{
	return strlen(text) == s.length && memcmp(s.text, text, s.length) == 0;
}

static bool span_begins(struct span s, const char *text)
{
	size_t length = strlen(text);
	return length <= s.length && memcmp(s.text, text, length) == 0;
}

static struct span span_from(struct span s, size_t at)
{
	return (struct span){ s.text + at, s.length - at };
}

struct span span_trim(struct span s)
{
	while (s.length && (*s.text == ' ' || *s.text == '\t'))
		s = span_from(s, 1);
	while (s.length && (s.text[s.length - 1] == ' ' || s.text[s.length - 1] == '\t'))
		s.length--;
	return s;
}

struct span span_cut(struct span *s, char c)
{
	const char *end = s->length ? memchr(s->text, c, s->length) : NULL;
	struct span head = *s;
	if (end)
		head.length = (size_t)(end - s->text);
	*s = span_from(*s, end ? head.length + 1 : s->length);
	return head;
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool span_hex(struct span s, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < s.length; i++) {
		int digit = hex_digit(s.text[i]);
		if (digit < 0 || *value >> 60)
			return false;
		*value = *value << 4 | (unsigned)digit;
	}
	return s.length;
}

static struct assign *add(struct kase *k, enum assign_op op)
{
	if (k->pool_count == CASE_TOKENS)
		return NULL;
	struct assign *a = &k->pool[k->pool_count++];
	*a = (struct assign){ .op = op };
	return a;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

/* VALUE or VALUE/IGNORED */
static bool number_value(struct assign *a, struct span value)
{
	bool slash = value.length && memchr(value.text, '/', value.length);
	struct span head = span_cut(&value, '/');
	return span_hex(head, &a->value) && (!slash || span_hex(value, &a->ignore));
}

/* HEXBYTES or HEXBYTES*TIMES */
static bool bytes_value(struct assign *a, struct span value)
{
	uint64_t times = 1;
	bool star = value.length && memchr(value.text, '*', value.length);
	struct span head = span_cut(&value, '*');
	a->hex = head.text;
	a->bytes = head.length / 2;
	for (size_t i = 0; i < head.length; i++)
		if (hex_digit(head.text[i]) < 0)
			return false;
	if ((star && !span_hex(value, &times)) || times > ENV_RAM)
		return false;
	a->times = (size_t)times;
	return head.length && head.length % 2 == 0;
}

/* The numbers of `[A B C]` into consecutive parts of the state. */
static bool add_bracketed(struct kase *k, struct span value, unsigned count, const uint16_t offset[],
			  const uint8_t width[])
{
	if (value.length < 2 || value.text[0] != '[' || value.text[value.length - 1] != ']')
		return false;
	value = span_trim((struct span){ value.text + 1, value.length - 2 });
	for (unsigned i = 0; i < count; i++, value = span_trim(value)) {
		struct assign *a = add(k, OP_SET);
		if (!a || !number_value(a, span_cut(&value, ' ')))
			return false;
		a->offset = offset[i];
		a->width = width[i];
	}
	return value.length == 0;
}

/* ---- registers ---------------------------------------------------------------------------------------------- */

static const struct state_field *find_field(struct span name)
{
	for (size_t i = 0; i < state_field_count; i++)
		if (span_is(name, state_fields[i].name))
			return &state_fields[i];
	return NULL;
}

struct part {
	const char *name;
	size_t offset;
	uint8_t width;
};

static const struct part segment_parts[] = {
	{ "sel", offsetof(struct seg, sel), 2 },
	{ "base", offsetof(struct seg, base), 8 },
	{ "limit", offsetof(struct seg, limit), 4 },
	{ "attr", offsetof(struct seg, attr), 2 },
	{ 0 },
};

static const struct part table_parts[] = {
	{ "base", offsetof(struct table_register, base), 8 },
	{ "limit", offsetof(struct table_register, limit), 8 },
	{ 0 },
};

static bool part_token(struct kase *k, const struct state_field *f, struct span part, enum assign_op op,
		       struct span value)
{
	const struct part *p = f->kind == STATE_SEGMENT ? segment_parts : table_parts;
	while (p->name && !span_is(part, p->name))
		p++;
	bool has_parts = f->kind == STATE_SEGMENT || f->kind == STATE_TABLE;
	struct assign *a = p->name && has_parts ? add(k, op) : NULL;
	if (!a)
		return false;
	a->offset = (uint16_t)(f->offset + p->offset);
	a->width = p->width;
	return number_value(a, value);
}

/* `cs=33` or `cs=33[0 ffffffff a0fb]` */
static bool segment_token(struct kase *k, const struct state_field *f, enum assign_op op, struct span value)
{
	struct assign *a = add(k, op);
	if (!a || op != OP_SET)
		return false;
	struct span head = { value.text, value.length };
	span_cut(&value, '[');
	head.length -= value.length + (value.text[-1] == '[');
	if (!span_hex(head, &a->value) || a->value > UINT16_MAX)
		return false;
	a->place = value.text[-1] == '[' ? PLACE_STATE : PLACE_SEGMENT;
	a->offset = (uint16_t)(f->offset + (a->place == PLACE_STATE ? offsetof(struct seg, sel) : 0));
	a->width = 2;
	if (a->place == PLACE_SEGMENT)
		return true;
	const uint16_t offset[] = {
		(uint16_t)(f->offset + offsetof(struct seg, base)),
		(uint16_t)(f->offset + offsetof(struct seg, limit)),
		(uint16_t)(f->offset + offsetof(struct seg, attr)),
	};
	const uint8_t width[] = { 8, 4, 2 };
	return add_bracketed(k, (struct span){ value.text - 1, value.length + 1 }, 3, offset, width);
}

static bool table_token(struct kase *k, const struct state_field *f, enum assign_op op, struct span value)
{
	const uint16_t offset[] = {
		(uint16_t)(f->offset + offsetof(struct table_register, base)),
		(uint16_t)(f->offset + offsetof(struct table_register, limit)),
	};
	const uint8_t width[] = { 8, 8 };
	return op == OP_SET && add_bracketed(k, value, 2, offset, width);
}

/* The sixteen digits at the end of a number, or those before them. */
static bool half_of(struct span s, bool high, uint64_t *value)
{
	*value = 0;
	if (s.length <= 16)
		return high ? s.length > 0 : span_hex(s, value);
	return span_hex(high ? (struct span){ s.text, s.length - 16 } : span_from(s, s.length - 16), value);
}

/* `xmm0=VALUE` or `xmm0=VALUE/IGNORED`, of up to 32 digits */
static bool wide_token(struct kase *k, const struct state_field *f, enum assign_op op, struct span value)
{
	bool slash = value.length && memchr(value.text, '/', value.length);
	struct span head = span_cut(&value, '/');
	for (unsigned high = 0; high < 2; high++) {
		struct assign *a = add(k, op);
		if (!a || op != OP_SET || !half_of(head, high, &a->value))
			return false;
		if (slash && !half_of(value, high, &a->ignore))
			return false;
		a->offset = (uint16_t)(f->offset + 8 * high);
		a->width = 8;
	}
	return true;
}

static bool register_token(struct kase *k, struct span name, enum assign_op op, struct span value)
{
	struct span rest = name, head = span_cut(&rest, '.');
	const struct state_field *f = find_field(head);
	if (!f)
		return false;
	if (head.length != name.length)
		return part_token(k, f, rest, op, value);
	if (f->kind == STATE_SEGMENT)
		return segment_token(k, f, op, value);
	if (f->kind == STATE_TABLE)
		return table_token(k, f, op, value);
	if (f->kind == STATE_WIDE)
		return wide_token(k, f, op, value);
	struct assign *a = add(k, op);
	if (!a)
		return false;
	a->offset = f->offset;
	a->width = f->bits / 8;
	return number_value(a, value);
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

struct memory_word {
	const char *name;
	enum place place;
	uint8_t width, level;
	uint64_t base; /* added to the address ... */
	uint8_t shift; /* ... shifted so */
};

static const struct memory_word memory_words[] = {
	{ "m", PLACE_BYTES, 0, 0, 0, 0 },           { "b", PLACE_NUMBER, 1, 0, 0, 0 },
	{ "w", PLACE_NUMBER, 2, 0, 0, 0 },          { "d", PLACE_NUMBER, 4, 0, 0, 0 },
	{ "q", PLACE_NUMBER, 8, 0, 0, 0 },          { "pte", PLACE_ENTRY, 8, 1, 0, 0 },
	{ "pde", PLACE_ENTRY, 8, 2, 0, 0 },         { "pdpte", PLACE_ENTRY, 8, 3, 0, 0 },
	{ "pml4e", PLACE_ENTRY, 8, 4, 0, 0 },       { "gate", PLACE_GATE, 8, 0, 0, 0 },
	{ "gate16", PLACE_NUMBER, 8, 0, ENV_IDT16, 3 }, { "ivt", PLACE_NUMBER, 4, 0, ENV_IVT, 2 },
	{ "desc", PLACE_DESC, 8, 0, 0, 0 },
};

static bool memory_token(struct kase *k, struct span name, enum assign_op op, struct span value)
{
	struct span address = name, word = span_cut(&address, ':');
	const struct memory_word *w = memory_words;
	while (w < memory_words + sizeof memory_words / sizeof *w && !span_is(word, w->name))
		w++;
	struct assign *a = w < memory_words + sizeof memory_words / sizeof *w ? add(k, op) : NULL;
	if (!a || !span_hex(address, &a->address))
		return false;
	a->address = w->base + (a->address << w->shift);
	a->place = w->place;
	a->width = w->width;
	a->level = w->level;
	return w->place == PLACE_BYTES ? op == OP_SET && bytes_value(a, value) : number_value(a, value);
}

/* Stack pointers of the current task, by name; their index behind it. */
static const struct {
	const char *name;
	uint32_t first;
	uint8_t step, width, low, high;
} tss_words[] = {
	{ "rsp", ENV_TSS + 4, 8, 8, 0, 2 },
	{ "ist", ENV_TSS + 0x1c, 8, 8, 1, 7 },
	{ "esp", ENV_TSS32 + 4, 8, 4, 0, 2 },
	{ "ss", ENV_TSS32 + 8, 8, 2, 0, 2 },
};

static bool tss_token(struct kase *k, struct span name, enum assign_op op, struct span value)
{
	struct assign *a = add(k, op);
	int digit = name.length > 1 ? hex_digit(name.text[name.length - 1]) : -1;
	struct span word = { name.text, name.length ? name.length - 1 : 0 };
	for (size_t i = 0; a && i < sizeof tss_words / sizeof *tss_words; i++) {
		if (!span_is(word, tss_words[i].name) || digit < tss_words[i].low || digit > tss_words[i].high)
			continue;
		a->place = PLACE_NUMBER;
		a->address = tss_words[i].first + tss_words[i].step * (unsigned)digit;
		a->width = tss_words[i].width;
		return number_value(a, value);
	}
	return false;
}

/* `task:call=f0`: the other words of an expectation tell what the switch leaves to them. */
static bool task_token(struct kase *k, struct span how, struct span value)
{
	static const char *const names[] = { [TASK_JMP] = "jmp", [TASK_CALL] = "call", [TASK_IRET] = "iret" };
	struct assign *a = add(k, OP_SET);
	if (!a || !number_value(a, value))
		return false;
	a->place = PLACE_TASK;
	for (a->level = 0; a->level < 3; a->level++)
		if (span_is(how, names[a->level]))
			return true;
	return false;
}

/* ---- tokens ------------------------------------------------------------------------------------------------- */

/* The operator in front of the `=` at `at`, and how many characters of the name belong to it. */
static enum assign_op operator_at(struct span token, size_t at, size_t *length)
{
	static const char signs[] = "|&^+-";
	static const enum assign_op of_sign[] = { OP_OR, OP_AND, OP_XOR, OP_ADD, OP_SUB };
	char c = at ? token.text[at - 1] : 0;
	const char *sign = c ? strchr(signs, c) : NULL;
	*length = sign ? 1 : 0;
	if (sign)
		return of_sign[sign - signs];
	if (c != '~' || at < 2 || token.text[at - 2] != '&')
		return OP_SET;
	*length = 2;
	return OP_AND_NOT;
}

bool token_parse(struct kase *k, struct span token, char why[static 200])
{
	size_t length;
	struct span value = token, name = span_cut(&value, '=');
	if (name.length == token.length)
		return refuse(why, "no operator", token);
	enum assign_op op = operator_at(token, name.length, &length);
	name.length -= length;
	bool good;
	if (span_begins(name, "task:"))
		good = task_token(k, span_from(name, 5), value);
	else if (memchr(name.text, ':', name.length))
		good = memory_token(k, name, op, value);
	else if (span_begins(name, "tss."))
		good = tss_token(k, span_from(name, 4), op, value);
	else
		good = register_token(k, name, op, value);
	return good || refuse(why, k->pool_count == CASE_TOKENS ? "too many tokens" : "malformed token", token);
}
