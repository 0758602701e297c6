/* test_debug.c - debug information of a known program: lines, types, frames, and files that are broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/debug/debug_info.h"

struct opened {
	uint8_t *bytes;
	size_t size;
	struct debug_info *d;
};

static struct opened open_sample(void)
{
	struct opened o;
	struct rs_error why;
	assert_true(host_read_file(rs_host_libc(), SAMPLE, 64u << 20, &o.bytes, &o.size, &why));
	o.d = debug_open(rs_host_libc(), o.bytes, o.size, &why);
	assert_non_null(o.d);
	return o;
}

static void close_sample(struct opened *o)
{
	debug_close(o->d);
	host_release(rs_host_libc(), o->bytes);
}

static debug_handle type_named(struct opened *o, const char *name)
{
	debug_handle type = 0;
	assert_true(debug_type_find(o->d, name, strlen(name), &type));
	return type;
}

static struct debug_member member(struct opened *o, debug_handle type, const char *name)
{
	struct debug_member m;
	for (uint64_t cursor = 0; debug_member_next(o->d, type, &cursor, &m);)
		if (!strcmp(m.name, name))
			return m;
	fail_msg("no member %s", name);
	return m;
}

static void members_have_places(void **state)
{
	struct opened o = open_sample();
	debug_handle sample = type_named(&o, "sample");
	static const struct {
		const char *name;
		uint64_t offset;
		unsigned bit, bits;
	} rows[] = {
		{ "tag", 0, 0, 0 },   { "name", 2, 0, 0 },    { "color", 12, 0, 0 }, { "a", 16, 0, 3 },
		{ "b", 16, 3, 7 },    { "wide", 16, 10, 20 }, { "nodes", 24, 0, 0 }, { "", 56, 0, 0 },
		{ "bits", 64, 0, 0 }, { "ratio", 72, 0, 0 },  { "call", 80, 0, 0 },  { "grid", 88, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct debug_member m = member(&o, sample, rows[i].name);
		assert_int_equal(m.offset, rows[i].offset);
		assert_int_equal(m.bit, rows[i].bit);
		assert_int_equal(m.bits, rows[i].bits);
	}
	close_sample(&o);
}

static void types_are_told(void **state)
{
	struct opened o = open_sample();
	debug_handle sample = type_named(&o, "sample");
	struct debug_type t;
	(void)state;
	assert_true(debug_type(o.d, sample, &t));
	assert_int_equal(t.kind, DEBUG_STRUCT);
	assert_int_equal(t.size, 136);
	assert_true(debug_type(o.d, member(&o, sample, "nodes").type, &t));
	assert_int_equal(t.kind, DEBUG_ARRAY);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.size, 32);
	assert_true(debug_type(o.d, t.target, &t));
	assert_string_equal(t.name, "list_node");
	assert_true(debug_type(o.d, member(&o, sample, "grid").type, &t));
	assert_int_equal(t.count, 6);
	assert_true(debug_type(o.d, member(&o, sample, "bits").type, &t));
	assert_string_equal(t.name, "pair");
	assert_int_equal(t.kind, DEBUG_STRUCT);
	assert_true(debug_type(o.d, member(&o, sample, "ratio").type, &t));
	assert_int_equal(t.encoding, DEBUG_FLOAT);
	assert_true(debug_type(o.d, member(&o, sample, "call").type, &t));
	assert_int_equal(t.kind, DEBUG_POINTER);
	assert_true(debug_type(o.d, t.target, &t));
	assert_int_equal(t.kind, DEBUG_FUNCTION);
	close_sample(&o);
}

static void enumerations_have_names(void **state)
{
	struct opened o = open_sample();
	debug_handle color = type_named(&o, "color");
	(void)state;
	assert_string_equal(debug_enumerator(o.d, color, 5), "GREEN");
	assert_string_equal(debug_enumerator(o.d, color, UINT64_MAX), "BLUE");
	assert_null(debug_enumerator(o.d, color, 6));
	close_sample(&o);
}

static void lines_lead_to_code_and_back(void **state)
{
	struct opened o = open_sample();
	struct debug_place there, back;
	(void)state;
	assert_true(debug_address_of(o.d, "debug_sample.c", 14, 42, &there));
	assert_int_equal(there.line, 42);
	assert_true(debug_place_of(o.d, there.address, &back));
	assert_int_equal(back.line, 42);
	assert_true(debug_address_of(o.d, "unit/debug_sample.c", 19, 40, &there)); /* nothing there: the next one */
	assert_int_equal(there.line, 42);
	assert_false(debug_address_of(o.d, "sample.c", 8, 42, &there));
	assert_false(debug_address_of(o.d, "debug_sample.c", 14, 1000, &there));
	assert_false(debug_place_of(o.d, 0xffffffffffff0000, &back));
	close_sample(&o);
}

/* A stack in which a frame of RBP at 1010h returns to 5555h. */
static bool frame_memory(void *arg, uint64_t address, void *to, size_t size)
{
	uint64_t value = address == 0x1010 ? 0x2020 : address == 0x1018 ? 0x5555 : 3;
	(void)arg;
	memcpy(to, &value, size);
	return true;
}

static void frames_are_left_by_their_rules(void **state)
{
	struct opened o = open_sample();
	struct debug_memory memory = { NULL, frame_memory };
	struct debug_frame f = { .word = 8, .known = (1u << DEBUG_REGISTERS) - 1 };
	struct debug_place place;
	struct debug_local local;
	uint64_t cursor = 0;
	(void)state;
	assert_true(debug_address_of(o.d, "debug_sample.c", 14, 37, &place)); /* behind PUSH RBP; MOV RBP, RSP */
	f.value[6] = 0x1010;
	f.value[7] = 0x1000;
	f.value[DEBUG_PC] = place.address;
	assert_true(debug_local_next(o.d, &f, false, &memory, &cursor, &local));
	assert_string_equal(local.name, "n");
	assert_true(local.parameter && local.has_address && local.address < 0x1010);
	assert_true(debug_local_next(o.d, &f, false, &memory, &cursor, &local));
	assert_true(debug_local_next(o.d, &f, false, &memory, &cursor, &local));
	assert_string_equal(local.name, "twice");
	assert_false(debug_local_next(o.d, &f, false, &memory, &cursor, &local));
	assert_true(debug_unwind(o.d, &f, false, &memory));
	assert_int_equal(f.value[DEBUG_PC], 0x5555);
	assert_int_equal(f.value[7], 0x1020);
	assert_int_equal(f.value[6], 0x2020);
	f.value[DEBUG_PC] = 0xffffffff00000000;
	assert_false(debug_unwind(o.d, &f, false, &memory));
	close_sample(&o);
}

static void broken_files_are_refused(void **state)
{
	struct opened o = open_sample();
	struct rs_error why = { .code = RS_OK };
	uint8_t garbage[200];
	(void)state;
	memset(garbage, 'x', sizeof(garbage));
	assert_null(debug_open(rs_host_libc(), garbage, sizeof(garbage), &why));
	assert_string_equal(why.text, "no DWARF information in it");
	assert_null(debug_open(rs_host_libc(), o.bytes, 64, &why));
	assert_null(debug_open(rs_host_libc(), o.bytes, 0, &why));
	close_sample(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_have_places),
		cmocka_unit_test(types_are_told),
		cmocka_unit_test(enumerations_have_names),
		cmocka_unit_test(lines_lead_to_code_and_back),
		cmocka_unit_test(frames_are_left_by_their_rules),
		cmocka_unit_test(broken_files_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
