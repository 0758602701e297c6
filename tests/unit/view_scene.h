/* view_scene.h - a guest under the prompt, its state read field by field, and the model that is taken of it. To be
 * included behind cmocka.h. */
#ifndef TESTS_UNIT_VIEW_SCENE_H
#define TESTS_UNIT_VIEW_SCENE_H

#include <stdlib.h>

#include "ui/repl/repl.h"
#include "view/model_parts.h"
#include "view_rig.h"

enum { FIELDS = 256 };

struct value {
	uint64_t low, high, base;
	uint32_t limit;
	uint16_t attributes;
};

struct scene_of {
	struct rig rig;
	struct prompt p;
	struct view_model m;
	struct view_kept kept;
	struct value before[FIELDS], now[FIELDS];
	uint64_t user_gs;
	bool has_user_gs, has_msr_base, has_push;
};

static inline void read_values(struct scene_of *s, struct value *to)
{
	struct rs_machine *m = s->p.machine;
	assert_true(rs_field_count() <= FIELDS);
	memset(to, 0, FIELDS * sizeof(*to));
	for (size_t i = 0; i < rs_field_count(); i++) {
		const enum rs_field_kind kind = rs_field_info(i)->kind;
		to[i].low = rs_get(m, i);
		if (kind == RS_FIELD_WIDE)
			to[i].high = rs_get_high(m, i);
		if (kind == RS_FIELD_SEGMENT || kind == RS_FIELD_TABLE)
			to[i].limit = rs_get_limit(m, i);
		if (kind == RS_FIELD_SEGMENT) {
			to[i].base = rs_get_segment(m, i).base;
			to[i].attributes = rs_get_segment(m, i).attributes;
		}
	}
}

static inline uint64_t field(struct scene_of *s, const char *name)
{
	int i = rs_field_find(name);
	assert_true(i >= 0);
	return s->now[i].low;
}

static inline struct scene_of *open_guest(const char *guest, const char *cpu)
{
	struct scene_of *s = calloc(1, sizeof(*s));
	char line[600];
	const bool user = !strcmp(guest, "syscall64.elf");
	assert_non_null(s);
	snprintf(line, sizeof(line), "%s/%s --cpu %s%s", GUESTS, guest, cpu,
		 user ? " --user " GUESTS "/syscall64-user.elf" : "");
	rig_open(&s->rig, line);
	const struct console nothing = { .out = s->rig.ui.out, .inert = true };
	assert_int_equal(prompt_start(&s->p, &s->rig.ui, &nothing), 0);
	return s;
}

static inline void close_guest(struct scene_of *s)
{
	prompt_finish(&s->p, true);
	rig_close(&s->rig);
	free(s);
}

static inline void take(struct scene_of *s)
{
	const struct view_place place = { .follow = true, .memory = field(s, "rsp"), .walk = prompt_pc(&s->p) };
	model_take(&s->m, &s->p, &place, &s->kept);
}

static inline struct scene_of *open_at(const char *guest, const char *cpu, const char *line)
{
	struct scene_of *s = open_guest(guest, cpu);
	prompt_line(&s->p, line);
	read_values(s, s->now);
	take(s);
	return s;
}

static inline const struct view_bits *bits_named(const struct scene_of *s, const char *name)
{
	for (size_t i = 0; i < 7; i++)
		if (!strcmp(s->m.bits[i].name, name))
			return &s->m.bits[i];
	fail();
	return NULL;
}

static inline bool warns(const struct scene_of *s, const char *what)
{
	for (unsigned i = 0; i < s->m.syscalls.warning_count; i++)
		if (strstr(s->m.syscalls.warning[i], what))
			return true;
	return false;
}

#endif
