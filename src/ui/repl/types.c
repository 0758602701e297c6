/* types.c - see types.h. */
#include "ui/repl/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Pointers to pointers, arrays of arrays. */
enum { DEEPEST = 8, TEXT = 160 };

/* ---- types ---- */

static void base_text(const struct debug_type *t, char *text, size_t size)
{
	unsigned bytes = (unsigned)(t->size <= 16 ? t->size : 0);
	switch (t->encoding) {
	case DEBUG_CHAR:
		snprintf(text, size, "Char");
		break;
	case DEBUG_UCHAR:
		snprintf(text, size, "UChar");
		break;
	case DEBUG_BOOL:
		snprintf(text, size, "Bool");
		break;
	case DEBUG_FLOAT:
		snprintf(text, size, bytes == 4 ? "Float" : bytes == 8 ? "Double" : "Float%uB", bytes);
		break;
	case DEBUG_SIGNED:
		snprintf(text, size, "Int%uB", bytes);
		break;
	default:
		snprintf(text, size, "Uint%uB", bytes);
	}
}

static void text_of(struct debug_info *d, debug_handle type, char *text, size_t size, unsigned depth)
{
	struct debug_type t;
	char inner[TEXT] = "...";
	if (!debug_type(d, type, &t)) {
		snprintf(text, size, "???");
		return;
	}
	if (depth < DEEPEST && (t.kind == DEBUG_POINTER || t.kind == DEBUG_ARRAY))
		text_of(d, t.target, inner, sizeof(inner), depth + 1);
	switch (t.kind) {
	case DEBUG_VOID:
		snprintf(text, size, "Void");
		break;
	case DEBUG_BASE:
		base_text(&t, text, size);
		break;
	case DEBUG_POINTER:
		snprintf(text, size, "Ptr%u %.*s", (unsigned)(t.size == 4 ? 32 : 64), TEXT - 10, inner);
		break;
	case DEBUG_ARRAY:
		snprintf(text, size, "[%" PRIu64 "] %.*s", t.count, TEXT - 30, inner);
		break;
	case DEBUG_FUNCTION:
		snprintf(text, size, "function");
		break;
	default:
		snprintf(text, size, "%.*s", TEXT, *t.name ? t.name : "<unnamed-tag>");
	}
}

void type_text(struct debug_info *d, debug_handle type, char *text, size_t size)
{
	text_of(d, type, text, size, 0);
}

/* ---- values ---- */

static uint64_t number_of(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;
	for (size_t i = size < 8 ? size : 8; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

static int64_t signed_of(uint64_t value, size_t size)
{
	unsigned shift = size < 8 ? 64 - 8 * (unsigned)size : 0;
	return (int64_t)(value << shift) >> shift;
}

static void base_value(const struct debug_type *t, const uint8_t *bytes, char *text, size_t size)
{
	uint64_t value = number_of(bytes, t->size);
	bool plain = value >= 0x20 && value < 0x7f;
	if (t->size > 8)
		snprintf(text, size, "0x%016" PRIx64 "%016" PRIx64, number_of(bytes + 8, t->size - 8), value);
	else if (t->encoding == DEBUG_CHAR || t->encoding == DEBUG_UCHAR)
		snprintf(text, size, "0x%02" PRIx64 " '%c'", value, plain ? (char)value : '.');
	else if (t->encoding == DEBUG_SIGNED)
		snprintf(text, size, "0n%" PRId64, signed_of(value, t->size));
	else
		snprintf(text, size, "0x%" PRIx64, value);
}

static void pointer_value(struct debug_info *d, const struct debug_type *t, const uint8_t *bytes, char *text,
			  size_t size)
{
	char target[TEXT], address[ADDRESS_TEXT];
	type_text(d, t->target, target, sizeof(target));
	uint64_t value = number_of(bytes, t->size);
	if (t->size == 4)
		snprintf(text, size, "0x%08" PRIx64 " %s", value, target);
	else
		snprintf(text, size, "0x%s %s", address_text(value, address), target);
}

static void enum_value(struct debug_info *d, debug_handle type, const struct debug_type *t, const uint8_t *bytes,
		       char *text, size_t size)
{
	uint64_t value = number_of(bytes, t->size);
	const char *name = debug_enumerator(d, type, value);
	if (!name)
		name = debug_enumerator(d, type, (uint64_t)signed_of(value, t->size));
	snprintf(text, size, "0n%" PRId64 " ( %.100s )", signed_of(value, t->size), name ? name : "no such name");
}

/* A text is shown up to its zero; of other arrays, the type of the elements. */
static void array_value(struct debug_info *d, const struct debug_type *t, const uint8_t *bytes, size_t there,
			char *text, size_t size)
{
	struct debug_type e;
	char inner[TEXT];
	int used = snprintf(text, size, "[%" PRIu64 "] ", t->count);
	if (debug_type(d, t->target, &e) && e.kind == DEBUG_BASE && e.size == 1 && there && e.encoding != DEBUG_BOOL) {
		size_t n = 0;
		while (n < there && n < 64 && n < t->count && bytes[n] >= 0x20 && bytes[n] < 0x7f)
			n++;
		if (n && (n == t->count || n == 64 || (n < there && !bytes[n]))) {
			snprintf(text + used, size - (size_t)used, " \"%.*s\"", (int)n, (const char *)bytes);
			return;
		}
	}
	type_text(d, t->target, inner, sizeof(inner));
	snprintf(text + used, size - (size_t)used, "%s", inner);
}

void type_value_text(struct debug_info *d, debug_handle type, const uint8_t *bytes, size_t there, char *text,
		     size_t size)
{
	struct debug_type t;
	bool scalar =
	    debug_type(d, type, &t) && (t.kind == DEBUG_BASE || t.kind == DEBUG_POINTER || t.kind == DEBUG_ENUM);
	if (scalar && (t.size > there || t.size > 16 || !t.size))
		snprintf(text, size, "???");
	else if (t.kind == DEBUG_BASE)
		base_value(&t, bytes, text, size);
	else if (t.kind == DEBUG_POINTER)
		pointer_value(d, &t, bytes, text, size);
	else if (t.kind == DEBUG_ENUM)
		enum_value(d, type, &t, bytes, text, size);
	else if (t.kind == DEBUG_ARRAY)
		array_value(d, &t, bytes, there, text, size);
	else
		type_text(d, type, text, size);
}

/* ---- variables of frames ---- */

static void local_value(struct stack_walk *w, struct debug_info *d, const struct debug_local *local, char *text,
			size_t size)
{
	uint8_t bytes[64] = { 0 };
	size_t there = 0;
	if (local->has_value) {
		memcpy(bytes, &local->value, sizeof(local->value));
		there = sizeof(local->value);
	} else if (local->has_address) {
		there = rs_read_linear(w->p->machine, local->address + w->stack_base, bytes, sizeof(bytes));
	}
	if (there)
		type_value_text(d, local->type, bytes, there, text, size);
	else
		snprintf(text, size, "<value unavailable>");
}

/* The frame as the file sees it: addresses without what was added to them. */
static struct debug_info *file_frame(const struct stack_walk *w, struct debug_frame *frame)
{
	uint64_t bias;
	struct debug_info *d = symbols_debug_at(&w->p->symbols, w->frame.value[DEBUG_PC] - w->called, &bias);
	*frame = w->frame;
	frame->value[DEBUG_PC] -= bias;
	return d;
}

void types_show_parameters(struct prompt *p, const struct stack_walk *w)
{
	struct stack_walk walk = *w;
	struct debug_frame frame;
	struct debug_info *d = file_frame(w, &frame);
	struct debug_memory memory = stack_memory(&walk);
	struct debug_local local;
	const char *separator = "";
	char type[TEXT], value[2 * TEXT];
	out_text(p->ui->out, "(");
	for (uint64_t cursor = 0; d && debug_local_next(d, &frame, w->called, &memory, &cursor, &local);) {
		if (!local.parameter)
			continue;
		type_text(d, local.type, type, sizeof(type));
		local_value(&walk, d, &local, value, sizeof(value));
		out_printf(p->ui->out, "%s%s %s = %s", separator, type, local.name, value);
		separator = ", ";
	}
	out_text(p->ui->out, ")");
}

bool types_show_locals(struct prompt *p, const struct stack_walk *w)
{
	struct stack_walk walk = *w;
	struct debug_frame frame;
	struct debug_info *d = file_frame(w, &frame);
	struct debug_memory memory = stack_memory(&walk);
	struct debug_local local;
	char value[2 * TEXT];
	bool any = false;
	if (!d)
		return prompt_fail(p, "dv: there is no debug information for this function");
	for (uint64_t cursor = 0; debug_local_next(d, &frame, w->called, &memory, &cursor, &local); any = true) {
		local_value(&walk, d, &local, value, sizeof(value));
		out_printf(p->ui->out, "%16s = %s\n", local.name, value);
	}
	if (!any)
		out_text(p->ui->out, "no parameters and no variables\n");
	return true;
}
