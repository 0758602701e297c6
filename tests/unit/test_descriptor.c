/* test_descriptor.c - what the prompt says of descriptors and gates, sound and broken; floating-point values in
 * decimal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/repl/decimal.h"
#include "ui/repl/descriptor.h"

struct raw {
	uint64_t low, high;
};

static void bytes_of(struct raw raw, uint8_t *bytes)
{
	memcpy(bytes, &raw.low, 8);
	memcpy(bytes + 8, &raw.high, 8);
}

static void descriptor(uint64_t low, uint64_t high, unsigned address_bits, const char *problems)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	char text[DESCRIPTOR_TEXT];
	bytes_of((struct raw){ low, high }, bytes);
	assert_string_equal(descriptor_problems(bytes, address_bits, text), problems);
}

static void segments(void **state)
{
	(void)state;
	descriptor(0x00af9b000000ffff, 0, 48, "");
	descriptor(0x00cf93000000ffff, 0, 48, "");
	descriptor(0x00ef9b000000ffff, 0, 48, "L and D are both 1");
	descriptor(0x00ef9b000000ffff, 0, 0, "");
	descriptor(0x00ef93000000ffff, 0, 48, "");
	descriptor(0x00af1b000000ffff, 0, 48, "not present");
	descriptor(0, 0, 48, "empty");
	descriptor(0, 1, 48, "empty");
}

static void system_descriptors(void **state)
{
	(void)state;
	descriptor(0x0000890010000067, 0xffffffff, 48, "");
	descriptor(0x0000890010000067, 0x0000ffff, 48, "its address is not canonical");
	descriptor(0x0000890010000067, 0x0000ffff, 57, "");
	descriptor(0x0000890010000067, 0x00ffffff, 57, "");
	descriptor(0x0000890010000067, 0x01ffffff, 57, "its address is not canonical");
	descriptor(0x0000890010000067, 0x0100ffffffff, 48, "the type of the upper 8 bytes is not 0");
	descriptor(0x0000810010000067, 0, 48, "type 1h is none of IA-32e mode");
	descriptor(0x0000810010000067, 0, 0, "");
	descriptor(0x0000850000280000, 0, 48, "type 5h is none of IA-32e mode");
	descriptor(0x0000850000280000, 0, 0, "");
	descriptor(0x0000850000030000, 0, 0, "to the null selector");
	descriptor(0x00008a0010000067, 0, 0, "type Ah is reserved");
	descriptor(0x00008e0000081000, 0, 48, "a gate of the IDT");
	descriptor(0x00000d0000081000, 0, 48, "not present, type Dh is reserved");
}

static void gate(uint64_t low, uint64_t high, unsigned address_bits, const char *problems)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	char text[DESCRIPTOR_TEXT];
	bytes_of((struct raw){ low, high }, bytes);
	assert_string_equal(gate_problems(bytes, address_bits, text), problems);
}

static void gates_of_the_idt(void **state)
{
	(void)state;
	gate(0x80108e0000080018, 0xffffffff, 48, "");
	gate(0x80108f0000080018, 0xffffffff, 48, "");
	gate(0x80108e0000080018, 0x0000ffff, 48, "its address is not canonical");
	gate(0x80108e0000080018, 0x0000ffff, 57, "");
	gate(0x80100e0000080018, 0xffffffff, 48, "not present");
	gate(0x8010850000080018, 0xffffffff, 48, "type 5h is not a gate of the IDT of IA-32e mode");
	gate(0x0000850000080018, 0, 0, "");
	gate(0x0000870000080018, 0, 0, "");
	gate(0x00008c0000080018, 0, 0, "type Ch is not a gate of the IDT");
	gate(0x00009e0000080018, 0, 0, "S=1: a segment, not a gate");
	gate(0x00000c0000020018, 0, 0, "type Ch is not a gate of the IDT, not present, to the null selector");
}

static void parts_of_gates(void **state)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	(void)state;
	bytes_of((struct raw){ 0x8010ee03000b1234, 0xffffffff }, bytes);
	struct gate g = gate_decode(bytes, true);
	assert_true(g.target == 0xffffffff80101234 && g.selector == 0xb && g.ist == 3 && g.attributes == 0xee);
	g = gate_decode(bytes, false);
	assert_true(g.target == 0x80101234 && g.parameters == 3 && !g.ist);
	bytes_of((struct raw){ 0x80108400000b1234, 0 }, bytes);
	assert_true(gate_decode(bytes, false).target == 0x1234);
	assert_int_equal(descriptor_bytes(0x89, true), 16);
	assert_int_equal(descriptor_bytes(0x89, false), 8);
	assert_int_equal(descriptor_bytes(0, true), 8);
	assert_int_equal(descriptor_bytes(0x9b, true), 8);
}

/* ---- decimal ---- */

static void known_values(void **state)
{
	static const struct {
		struct fp80 value;
		const char *text;
	} rows[] = {
		{ { 0xc90fdaa22168c235, 0x4000 }, "3.14159265358979323851" },
		{ { 0x8000000000000000, 0x3fff }, "1" },
		{ { 0x8000000000000000, 0xbffe }, "-0.5" },
		{ { 0xc800000000000000, 0x4005 }, "100" },
		{ { 0xffffffffffffffff, 0x7ffe }, "1.18973149535723176502e+4932" },
		{ { 1, 0 }, "3.64519953188247460253e-4951" },
		{ { 0, 0x8000 }, "-0" },
		{ { 0x8000000000000000, 0x7fff }, "inf" },
		{ { 0xc000000000000000, 0xffff }, "-qnan" },
		{ { 0xa000000000000000, 0x7fff }, "snan" },
		{ { 0x4000000000000000, 0x4000 }, "unsupported" },
	};
	char text[DECIMAL_TEXT];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(decimal_extended(&rows[i].value, text), rows[i].text);
	assert_string_equal(decimal_single(0x3dcccccd, text), "0.100000001");
	assert_string_equal(decimal_single(0x00000001, text), "1.40129846e-45");
	assert_string_equal(decimal_single(0xff800000, text), "-inf");
	assert_string_equal(decimal_double(0x3fb999999999999a, text), "0.10000000000000001");
	assert_string_equal(decimal_double(0x4341c37937e08000, text), "10000000000000000");
	assert_string_equal(decimal_text(false, 999999, 0, 3, text), "1e+6");
	assert_string_equal(decimal_text(false, 125, 0, 2, text), "1.2e+2");
	assert_string_equal(decimal_text(false, 135, 0, 2, text), "1.4e+2");
	assert_string_equal(decimal_text(true, 1, -14, 9, text), "-6.10351562e-5");
	assert_string_equal(decimal_text(true, 1, -13, 9, text), "-0.000122070312");
}

/* So many digits lead back to the value; the host's conversions are the judge. */
static void random_values(void **state)
{
	uint64_t r = 1;
	char text[DECIMAL_TEXT];
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		double d, back;
		float f, back_f;
		r = r * 6364136223846793005 + 1442695040888963407;
		uint64_t bits = r ^ r >> 29;
		uint32_t low = (uint32_t)(bits >> 16);
		memcpy(&d, &bits, 8);
		memcpy(&f, &low, 4);
		back = strtod(decimal_double(bits, text), NULL);
		assert_true(d != d || back == d);
		back_f = strtof(decimal_single(low, text), NULL);
		assert_true(f != f || back_f == f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments),         cmocka_unit_test(system_descriptors),
		cmocka_unit_test(gates_of_the_idt), cmocka_unit_test(parts_of_gates),
		cmocka_unit_test(known_values),     cmocka_unit_test(random_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
