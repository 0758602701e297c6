/* test_interrupt.c - signals from outside by the public calls: what is remembered, what wakes, what waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "board/machine.h"

enum { CODE = 0x8000, IVT_NMI = 2 * 4, IVT_21 = 0x21 * 4, HANDLER = 0x9000, SHUTDOWN_LIMIT = 3 };

struct rig {
	struct rs_machine *m;
	unsigned events[256], records;
};

static void count(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct rig *rig = arg;

	(void)m;
	rig->records++;
	if (r->kind == RS_RECORD_EVENT)
		rig->events[r->vector]++;
}

/* A machine in which the bytes at CODE run in that mode. */
static struct rs_machine *flat(const struct rs_config *made, unsigned mode, uint8_t *code, size_t size)
{
	struct rs_config config = *made;
	struct rs_file file = { .name = "flat", .bytes = code, .size = size };
	struct rs_error why;

	config.start = (struct rs_start){ RS_FORMAT_FLAT, CODE, CODE, mode };
	struct rs_machine *m = rs_new(&config, &why);
	assert_non_null(m);
	assert_true(rs_load(m, &file, NULL, 0, "", &why));
	return m;
}

static void put(struct rs_machine *m, uint64_t at, const char *bytes, size_t size)
{
	assert_int_equal(rs_write_physical(m, at, bytes, size), size);
}

/* A flat 16-bit image: STI; NOP; JMP $-1 at CODE, IRET at HANDLER, which all vectors lead to. */
static void rig_init(struct rig *r)
{
	static uint8_t code[] = { 0xfb, 0x90, 0xeb, 0xfd };

	*r = (struct rig){ .m = flat(&(struct rs_config){ 0 }, 16, code, sizeof code) };
	put(r->m, IVT_NMI, "\0\x90\0\0", 4);
	put(r->m, IVT_21, "\0\x90\0\0", 4);
	put(r->m, HANDLER, "\xcf", 1);
	rs_observe(r->m, count, r);
}

static void steps(struct rig *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(rs_step(r->m), RS_STOP_NONE);
}

static void one_nmi_is_remembered(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rs_signal(r.m, RS_SIGNAL_NMI, 0);
	steps(&r, 1);
	rs_signal(r.m, RS_SIGNAL_NMI, 0); /* while the handler runs: one is kept, the other is lost */
	rs_signal(r.m, RS_SIGNAL_NMI, 0);
	steps(&r, 20);
	assert_int_equal(r.events[2], 2);
	rs_free(r.m);
}

static void an_interrupt_waits_for_if(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rs_signal(r.m, RS_SIGNAL_INTERRUPT, 0x21);
	steps(&r, 2); /* STI, and the NOP in its shadow */
	assert_int_equal(r.events[0x21], 0);
	steps(&r, 1);
	assert_int_equal(r.events[0x21], 1);
	steps(&r, 20);
	assert_int_equal(r.events[0x21], 1);
	rs_free(r.m);
}

/* The same signal at the same instruction, whichever driver runs. */
static void both_drivers_take_it_alike(void **state)
{
	struct rig r;
	uint64_t hash[2];

	(void)state;
	for (unsigned step = 0; step < 2; step++) {
		rig_init(&r);
		rs_observe(r.m, NULL, NULL);
		rs_step_always(r.m, step);
		assert_int_equal(rs_run(r.m, 1001), RS_STOP_LIMIT);
		rs_signal(r.m, RS_SIGNAL_INTERRUPT, 0x21);
		assert_int_equal(rs_run(r.m, 2002), RS_STOP_LIMIT);
		rs_signal(r.m, RS_SIGNAL_NMI, 0);
		assert_int_equal(rs_run(r.m, 3003), RS_STOP_LIMIT);
		hash[step] = rs_state_hash(r.m);
		rs_free(r.m);
	}
	assert_int_equal(hash[0], hash[1]);
}

/* IN-35: shut down by a vector table that is not there, woken by an NMI when it is there again. */
static void an_nmi_ends_a_shutdown(void **state)
{
	struct rig r;
	struct cpu_state st;

	(void)state;
	rig_init(&r);
	put(r.m, CODE, "\x0f\x0b", 2);
	st = *rs_state(r.m);
	st.idtr.limit = SHUTDOWN_LIMIT;
	rs_state_replace(r.m, &st);
	assert_int_equal(rs_step(r.m), RS_STOP_TRIPLE_FAULT);
	assert_int_equal(rs_step(r.m), RS_STOP_TRIPLE_FAULT);
	st = *rs_state(r.m);
	st.idtr.limit = 0x3ff;
	rs_state_replace(r.m, &st);
	rs_signal(r.m, RS_SIGNAL_NMI, 0);
	assert_int_equal(rs_step(r.m), RS_STOP_NONE);
	assert_int_equal(r.events[2], 1);
	assert_int_equal(rs_state(r.m)->rip, HANDLER);
	rs_free(r.m);
}

/* MS-30: CR4.MCE = 0. */
static void a_machine_check_shuts_down(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rs_signal(r.m, RS_SIGNAL_MACHINE_CHECK, 0);
	assert_int_equal(rs_step(r.m), RS_STOP_TRIPLE_FAULT);
	assert_int_equal(rs_status(r.m)->fault_count, 1);
	assert_string_equal(rs_status(r.m)->rules[0], "MS-30");
	rs_free(r.m);
}

static void a_snapshot_keeps_what_waits(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rs_signal(r.m, RS_SIGNAL_INTERRUPT, 0x21);
	struct rs_snapshot *s = rs_snapshot_take(r.m);
	assert_non_null(s);
	steps(&r, 3);
	assert_int_equal(r.events[0x21], 1);
	rs_snapshot_restore(r.m, s);
	steps(&r, 3);
	assert_int_equal(r.events[0x21], 2);
	rs_snapshot_free(r.m, s);
	rs_free(r.m);
}

static void stops_by(unsigned pending, const char *missing)
{
	struct rig r;
	struct cpu_state st;

	rig_init(&r);
	st = *rs_state(r.m);
	st.pending = (uint8_t)pending;
	rs_state_replace(r.m, &st);
	assert_int_equal(rs_step(r.m), RS_STOP_UNIMPLEMENTED);
	assert_string_equal(rs_status(r.m)->missing, missing);
	rs_free(r.m);
}

static void init_and_smi_stop_the_run(void **state)
{
	(void)state;
	stops_by(PENDING_INIT, "an INIT signal to the processor that runs");
	stops_by(PENDING_SMI, "system-management interrupts");
}

/* ---- a host without memory --------------------------------------------------------------------------------------- */

struct poor_host {
	struct rs_host host;
	bool empty;
};

static void *poor_alloc(void *arg, size_t bytes)
{
	struct poor_host *poor = arg;
	const struct rs_host *rich = rs_host_libc();

	return poor->empty ? NULL : rich->alloc(rich->arg, bytes);
}

/* The stack's page is not there yet: what cannot be pushed has not come, and comes when there is memory again. */
static void comes_later(enum rs_signal signal, uint8_t vector)
{
	static uint8_t code[] = { 0x90, 0x90 };
	struct poor_host poor = { .host = *rs_host_libc() };
	struct rig r = { 0 };

	poor.host.arg = &poor;
	poor.host.alloc = poor_alloc;
	r.m = flat(&(struct rs_config){ .host = &poor.host }, 16, code, sizeof code);
	struct cpu_state st = *rs_state(r.m);
	st.rflags |= FLAG_IF;
	st.cr4 |= CR4_MCE;
	st.gpr[RSP] = 0x6000;
	rs_state_replace(r.m, &st);
	rs_observe(r.m, count, &r);
	rs_signal(r.m, signal, vector);
	poor.empty = true;
	assert_int_equal(rs_step(r.m), RS_STOP_NO_MEMORY);
	assert_int_equal(r.records, 0);
	assert_int_equal(rs_state(r.m)->nmi_blocked, 0);
	assert_int_equal(rs_state(r.m)->mcg_status, 0);
	poor.empty = false;
	assert_int_equal(rs_step(r.m), RS_STOP_NONE);
	assert_int_equal(r.events[vector], 1);
	rs_free(r.m);
}

static void what_finds_no_memory_comes_later(void **state)
{
	(void)state;
	comes_later(RS_SIGNAL_NMI, 2);
	comes_later(RS_SIGNAL_MACHINE_CHECK, 18);
	comes_later(RS_SIGNAL_INTERRUPT, 0x21);
}

/* ---- devices in memory ------------------------------------------------------------------------------------------- */

/* TPR is written and read in a loop: MOV EDI, FEE00080h; L: MOV [EDI], EAX; MOV EBX, [EDI]; ADD EAX, 10h; JMP L. */
static uint64_t device_loop(bool step)
{
	static uint8_t code[] = { 0xbf, 0x80, 0x00, 0xe0, 0xfe, 0x89, 0x07, 0x8b, 0x1f, 0x83, 0xc0, 0x10, 0xeb, 0xf7 };
	struct rs_machine *m = flat(&(struct rs_config){ 0 }, 32, code, sizeof code);

	rs_step_always(m, step);
	assert_int_equal(rs_run(m, 4 * 1000 + 1), RS_STOP_LIMIT);
	assert_int_equal(rs_state(m)->gpr[RBX], (999 * 0x10) & 0xff);
	assert_int_equal(rs_state(m)->cr8, 999 & 0xf);
	uint64_t hash = rs_state_hash(m);
	rs_free(m);
	return hash;
}

static void both_drivers_reach_devices(void **state)
{
	(void)state;
	assert_int_equal(device_loop(false), device_loop(true));
}

/* ---- time in HLT ------------------------------------------------------------------------------------------------- */

/* Real mode: IRQ 0 of the 8254 (65535 x 838 ns) by vector 8, STI, HLT for ever. The handler counts in CX. */
static struct rs_machine *ticking(const char *timing)
{
	static uint8_t code[] = { 0xb0, 0xfe, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xff,
				  0xe6, 0x40, 0xe6, 0x40, 0x31, 0xc9, 0xfb, 0xf4, 0xeb, 0xfd };
	struct rs_machine *m = flat(&(struct rs_config){ .timing = timing }, 16, code, sizeof code);

	put(m, 8 * 4, "\0\x90\0\0", 4);
	put(m, HANDLER, "\x41\xb0\x20\xe6\x20\xcf", 6); /* INC CX; EOI; IRET */
	return m;
}

static void a_tick_ends_hlt(const char *timing, bool step)
{
	enum { TICKS = 10, PERIOD = 65535ull * 1000000000 / 1193182 };
	struct rs_machine *m = ticking(timing);

	rs_step_always(m, step);
	rs_limit_cycles(m, (uint64_t)PERIOD * TICKS + PERIOD / 2);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_LIMIT);
	assert_int_equal(rs_status(m)->cycles, (uint64_t)PERIOD * TICKS + PERIOD / 2);
	assert_int_equal(rs_state(m)->gpr[RCX] & 0xffff, TICKS + 1); /* OUT rises with the control word */
	assert_int_equal(rs_state(m)->halted, HALTED_HLT);
	rs_free(m);
}

static void ticks_end_hlt(void **state)
{
	(void)state;
	a_tick_ends_hlt("none", false);
	a_tick_ends_hlt("none", true);
	a_tick_ends_hlt("unit", false);
	a_tick_ends_hlt("unit", true);
}

/* The same by MONITOR and MWAIT, with IF = 1, or masked and let in behind it: STI, NOP, CLI. The handler counts in BX.
 */
static void a_tick_ends_mwait(const char *timing, bool step, bool masked)
{
	enum { TICKS = 10, PERIOD = 65535ull * 1000000000 / 1193182 };
	uint8_t code[] = { 0xb0, 0xfe, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xff, 0xe6, 0x40,
			   0xe6, 0x40, 0x31, 0xdb, 0xfb, 0x31, 0xc0, 0x66, 0x31, 0xc9, 0x0f, 0x01,
			   0xc8, 0x90, 0x0f, 0x01, 0xc9, 0x90, 0x90, 0x90, 0xeb, 0xef };
	if (masked) {
		code[16] = 0xfa;
		code[25] = 0x41; /* INC CX */
		memcpy(code + 29, "\xfb\x90\xfa", 3);
	}
	struct rs_machine *m = flat(&(struct rs_config){ .timing = timing }, 16, code, sizeof code);

	put(m, 8 * 4, "\0\x90\0\0", 4);
	put(m, HANDLER, "\x43\xb0\x20\xe6\x20\xcf", 6); /* INC BX; EOI; IRET */
	rs_step_always(m, step);
	rs_limit_cycles(m, (uint64_t)PERIOD * TICKS + PERIOD / 2);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_LIMIT);
	assert_int_equal(rs_state(m)->gpr[RBX] & 0xffff, TICKS + 1);
	assert_int_equal(rs_state(m)->halted, masked ? HALTED_MWAIT_MASKED : HALTED_MWAIT);
	assert_in_range(rs_status(m)->instructions, 1, 400); /* it did wait */
	rs_free(m);
}

static void ticks_end_mwait(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++)
		a_tick_ends_mwait(i & 1 ? "none" : "unit", i & 2, i & 4);
}

/* What a debugger writes to the line ends the waiting too, and a restored machine still sees it. */
static void a_write_ends_mwait(void **state)
{
	static uint8_t code[] = { 0x31, 0xc0, 0x66, 0x31, 0xc9, 0x0f, 0x01, 0xc8, 0x0f, 0x01, 0xc9, 0xf4 };
	struct rs_machine *m = flat(&(struct rs_config){ .timing = "none" }, 16, code, sizeof code);

	(void)state;
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
	assert_int_equal(rs_state(m)->halted, HALTED_MWAIT);
	const struct cpu_state waiting = *rs_state(m);
	put(m, (waiting.monitor & ~63ull) + 64, "\1", 1);
	assert_int_equal(rs_state(m)->halted, HALTED_MWAIT);
	put(m, (waiting.monitor & ~63ull) + 63, "\1", 1);
	assert_int_equal(rs_state(m)->halted, HALTED_NOT);
	assert_int_equal(rs_state(m)->monitor, 0);
	rs_state_replace(m, &waiting);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
	put(m, waiting.monitor & ~63ull, "\2", 1);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
	assert_int_equal(rs_state(m)->halted, HALTED_HLT);
	rs_free(m);
}

/* IRQ 0 every 20 CLKs, while REP STOSB goes round and round; the handler counts in BX. With the cycle model an
 * iteration takes time, and interrupts come between two of them [SDM vol. 2, REP]; the pushed RF is 1 there (NM-21). */
static uint64_t ticks_in_strings(bool step, unsigned *ticks)
{
	static uint8_t code[] = { 0xb0, 0xfe, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 20,   0xe6, 0x40, 0xb0,
				  0x00, 0xe6, 0x40, 0x31, 0xdb, 0xfb, 0xb9, 0xff, 0xff, 0xf3, 0xaa, 0xeb, 0xf9 };
	struct rs_machine *m = flat(&(struct rs_config){ .timing = "unit" }, 16, code, sizeof code);

	put(m, 8 * 4, "\0\x90\0\0", 4);
	put(m, HANDLER, "\x50\x43\xb0\x20\xe6\x20\x58\xcf", 8); /* PUSH AX; INC BX; EOI; POP AX; IRET */
	struct cpu_state st = *rs_state(m);
	st.gpr[RSP] = 0x7000;
	st.seg[SEG_ES].sel = 0x2000;
	st.seg[SEG_ES].base = 0x20000;
	rs_state_replace(m, &st);
	rs_step_always(m, step);
	rs_limit_cycles(m, 1000000);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_LIMIT);
	*ticks = rs_state(m)->gpr[RBX] & 0xffff;
	uint64_t hash = rs_state_hash(m) ^ rs_status(m)->cycles ^ rs_status(m)->instructions << 32;
	rs_free(m);
	return hash;
}

static void interrupts_come_between_iterations(void **state)
{
	unsigned chained, stepped;

	(void)state;
	assert_int_equal(ticks_in_strings(false, &chained), ticks_in_strings(true, &stepped));
	assert_int_equal(chained, stepped);
	assert_in_range(chained, 55, 61); /* 1 ms is 59 times 20 CLKs, and one for the control word */
}

/* With IF = 0 the same timer wakes nobody. */
static void masked_ticks_do_not(void **state)
{
	struct rs_machine *m = ticking("none");

	(void)state;
	put(m, CODE + 16, "\xfa", 1); /* CLI for STI */
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
	assert_int_equal(rs_state(m)->gpr[RCX] & 0xffff, 0);
	rs_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_nmi_is_remembered),
		cmocka_unit_test(an_interrupt_waits_for_if),
		cmocka_unit_test(both_drivers_take_it_alike),
		cmocka_unit_test(an_nmi_ends_a_shutdown),
		cmocka_unit_test(a_machine_check_shuts_down),
		cmocka_unit_test(a_snapshot_keeps_what_waits),
		cmocka_unit_test(init_and_smi_stop_the_run),
		cmocka_unit_test(what_finds_no_memory_comes_later),
		cmocka_unit_test(both_drivers_reach_devices),
		cmocka_unit_test(ticks_end_hlt),
		cmocka_unit_test(ticks_end_mwait),
		cmocka_unit_test(a_write_ends_mwait),
		cmocka_unit_test(interrupts_come_between_iterations),
		cmocka_unit_test(masked_ticks_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
