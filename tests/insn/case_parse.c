/* case_parse.c - a line of a case file: NAME | CPU MODE | SETUP | BYTES | EXPECT. */
#include <ctype.h>
#include <string.h>

#include "case.h"

static bool refuse(char why[static 200], const char *what, struct span where)
{
	snprintf(why, 200, "%s: %.*s", what, (int)(where.length < 100 ? where.length : 100), where.text);
	return false;
}

/* The next word; brackets keep their blanks. */
static struct span next_token(struct span *s)
{
	*s = span_trim(*s);
	size_t length = 0;
	for (bool inside = false; length < s->length; length++) {
		char c = s->text[length];
		inside = c == '[' || (inside && c != ']');
		if (!inside && (c == ' ' || c == '\t'))
			break;
	}
	struct span token = { s->text, length };
	*s = (struct span){ s->text + length, s->length - length };
	return token;
}

/* The text before the next `|` that is not part of `|=`. */
static struct span next_section(struct span *s)
{
	size_t at = 0;
	while (at < s->length && (s->text[at] != '|' || (at + 1 < s->length && s->text[at + 1] == '=')))
		at++;
	struct span section = { s->text, at };
	size_t skip = at < s->length ? at + 1 : at;
	*s = (struct span){ s->text + skip, s->length - skip };
	return span_trim(section);
}

/* ---- heads -------------------------------------------------------------------------------------------------- */

static bool parse_name(struct kase *k, struct span s, char why[static 200])
{
	if (s.length == 0 || s.length >= CASE_NAME)
		return refuse(why, "bad name", s);
	for (size_t i = 0; i < s.length; i++)
		if (!isalnum((unsigned char)s.text[i]) && !strchr(".-_", s.text[i]))
			return refuse(why, "bad name", s);
	memcpy(k->name, s.text, s.length);
	k->name[s.length] = 0;
	return true;
}

static unsigned cpu_bits(struct span s)
{
	for (unsigned i = 0; i < CASE_CPUS; i++)
		if (span_is(s, case_cpu_names[i]) || span_is(s, case_profile_names[i]))
			return 1u << i;
	return span_is(s, "both") ? (1u << CASE_BOTH) - 1 : 0;
}

static bool parse_cpu(struct kase *k, struct span s, char why[static 200])
{
	k->cpus = 0;
	while (s.length) {
		struct span cpu = span_cut(&s, ',');
		unsigned bits = cpu_bits(cpu);
		if (!bits)
			return refuse(why, "unknown cpu", cpu);
		k->cpus |= bits;
	}
	return k->cpus || refuse(why, "no cpu", s);
}

static unsigned mode_bit(struct span s)
{
	for (unsigned i = 0; i < MODE_COUNT; i++)
		if (span_is(s, case_mode_name(i)))
			return 1u << i;
	return span_is(s, "all") ? (1u << MODE_ALL) - 1 : 0;
}

static bool parse_modes(struct kase *k, struct span s, char why[static 200])
{
	const unsigned long_modes = 1u << MODE_LONG0 | 1u << MODE_LONG3 | 1u << MODE_COMPAT0 | 1u << MODE_COMPAT3;
	k->modes = 0;
	while (s.length) {
		struct span mode = span_cut(&s, ',');
		unsigned bit = mode_bit(mode);
		if (!bit)
			return refuse(why, "unknown mode", mode);
		k->modes |= bit;
		if ((bit & long_modes) && k->cpus >> CASE_P6 & 1)
			return refuse(why, "intel-p6 has no long mode", mode);
	}
	return k->modes || refuse(why, "no mode", s);
}

static bool parse_instruction(struct kase *k, struct span s)
{
	if (s.length % 2 || k->byte_count + s.length / 2 > CASE_BYTES)
		return false;
	k->length[k->byte_count] = (uint8_t)(s.length / 2); /* more than 15 is #GP(0) */
	for (size_t i = 0; i < s.length; i += 2) {
		int high = hex_digit(s.text[i]), low = hex_digit(s.text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		k->bytes[k->byte_count++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool parse_bytes(struct kase *k, struct span s, char why[static 200])
{
	memset(k->length, 0, sizeof k->length);
	k->byte_count = 0;
	for (struct span token; (token = next_token(&s)).length;)
		if (!parse_instruction(k, token))
			return refuse(why, "bad bytes", token);
	return true;
}

/* ---- expectations ------------------------------------------------------------------------------------------- */

static bool parse_event(struct expect *x, struct span s)
{
	uint64_t code = 0;
	struct span inside = s, name = span_cut(&inside, '(');
	int vector = event_find(name);
	x->kind = EXPECT_EVENT;
	x->vector = (uint8_t)vector;
	x->has_code = name.length != s.length;
	x->software = vector == VEC_BP || vector == VEC_OF;
	x->external = vector == VEC_NMI;
	if (x->has_code && (inside.length < 2 || inside.text[--inside.length] != ')' || !span_hex(inside, &code)))
		return false;
	x->code = (uint32_t)code;
	return vector >= 0;
}

static bool parse_software(struct expect *x, struct span s)
{
	uint64_t vector;
	x->kind = EXPECT_EVENT;
	x->software = true;
	if (!span_hex(s, &vector) || vector > 255)
		return false;
	x->vector = (uint8_t)vector;
	return true;
}

static bool parse_external(struct expect *x, struct span s)
{
	x->external = true;
	return parse_software(x, s) && !(x->software = false);
}

static bool parse_stop(struct expect *x, struct span s)
{
	uint64_t code;
	struct span rest = s, word = span_cut(&rest, ':');
	x->kind = EXPECT_STOP;
	if (span_is(s, "unimplemented"))
		x->stop = RS_STOP_UNIMPLEMENTED;
	else if (span_is(s, "triple"))
		x->stop = RS_STOP_TRIPLE_FAULT;
	else if (span_is(s, "halted"))
		x->stop = RS_STOP_HALTED;
	else if (span_is(word, "exit") && span_hex(rest, &code) && code < 256)
		x->stop = RS_STOP_EXIT, x->exit_code = (int)code;
	else
		return false;
	return true;
}

static bool begins(struct span s, const char *text, struct span *rest)
{
	size_t length = strlen(text);
	if (s.length < length || memcmp(s.text, text, length) != 0)
		return false;
	*rest = (struct span){ s.text + length, s.length - length };
	return true;
}

static bool parse_expect_token(struct kase *k, struct expect *x, struct span token, char why[static 200])
{
	struct span rest;
	if (span_is(token, "-"))
		return true;
	if (span_is(token, "iter"))
		return x->kind = EXPECT_ITERATION, true;
	if (begins(token, "rule=", &x->rules))
		return true;
	if (begins(token, "#", &rest))
		return parse_event(x, rest) || refuse(why, "unknown event", token);
	if (span_is(token, "ivt"))
		return x->ivt = true;
	if (span_is(token, "int1"))
		return x->kind = EXPECT_EVENT, x->vector = VEC_DB, x->software = true;
	if (begins(token, "int:", &rest))
		return parse_software(x, rest) || refuse(why, "bad vector", token);
	if (begins(token, "ext:", &rest))
		return parse_external(x, rest) || refuse(why, "bad vector", token);
	if (begins(token, "stop=", &rest))
		return parse_stop(x, rest) || refuse(why, "unknown stop", token);
	if (begins(token, "rf=", &rest))
		return x->rf = span_is(rest, "1"), x->rf || span_is(rest, "0") || refuse(why, "rf is 0 or 1", token);
	if (begins(token, "rip=", &rest))
		x->rip_given = true;
	return token_parse(k, token, why);
}

static bool parse_expect(struct kase *k, struct span s, char why[static 200])
{
	if (k->expect_count == CASE_RECORDS)
		return refuse(why, "too many records", s);
	struct expect *x = &k->expect[k->expect_count++];
	*x = (struct expect){ .kind = EXPECT_INSTRUCTION, .first = k->pool_count, .rf = -1 };
	if (span_trim(s).length == 0)
		return refuse(why, "an empty record (say - when nothing changes)", s);
	for (struct span token; (token = next_token(&s)).length;)
		if (!parse_expect_token(k, x, token, why))
			return false;
	x->count = k->pool_count - x->first;
	return true;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

static bool parse_setup(struct kase *k, struct span s, char why[static 200])
{
	k->pool_count = 0;
	for (struct span token; (token = next_token(&s)).length;)
		if (!token_parse(k, token, why))
			return false;
	k->setup_count = k->pool_count;
	return true;
}

static bool parse_expects(struct kase *k, struct span s, char why[static 200])
{
	k->expect_count = 0;
	do
		if (!parse_expect(k, span_cut(&s, ';'), why))
			return false;
	while (s.length);
	return true;
}

bool case_parse(struct kase *k, const char *line, char why[static 200])
{
	struct span rest = { line, strlen(line) }, machine;
	if (!parse_name(k, next_section(&rest), why))
		return false;
	machine = next_section(&rest);
	if (!parse_cpu(k, next_token(&machine), why) || !parse_modes(k, next_token(&machine), why))
		return false;
	if (!parse_setup(k, next_section(&rest), why) || !parse_bytes(k, next_section(&rest), why))
		return false;
	return parse_expects(k, next_section(&rest), why);
}
