/* test_view_told.c - what the view says at chosen moments: whose a base is, what a processor lacks, what will go wrong,
 * what failed, and what somebody changed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "view_scene.h"

/* ---- whose GS.base ---- */

static void owner_is(const char *guest, const char *line, bool pair, enum view_owner owner)
{
	struct scene_of *s = open_at(guest, "intel-skylake", line);
	assert_int_equal(s->m.gs.gs_pair, pair);
	assert_int_equal(s->m.gs.owner, owner);
	close_guest(s);
}

/* Two bases that are alike tell nobody whose they are; outside IA-32e mode there is one base. */
static void bases_alike_are_nobodys(void **state)
{
	(void)state;
	owner_is("window-sysret.elf", "tsys; tring", true, VIEW_NOBODY);
	owner_is("callgate64.elf", "tring", true, VIEW_NOBODY);
	owner_is("window-sysret.elf", "tsys; r kgs=1234", true, VIEW_USER);
	owner_is("callgate.elf", "tring; r kgs=1234; t; t", false, VIEW_NOBODY);
	owner_is("syscall64.elf", "tsys; tring", true, VIEW_USER);
}

/* realmode.elf in virtual-8086 mode: its segments are paragraphs, its task register names a descriptor. */
static void the_task_register_is_no_paragraph(void **state)
{
	(void)state;
	struct scene_of *s = open_at("realmode.elf", "intel-skylake", "tring; tring; tring");
	assert_string_equal(s->m.mode, "v86");
	assert_int_equal(s->m.selector[0].table_state, VIEW_NO_TABLE);
	assert_string_equal(s->m.selector[6].name, "TR");
	assert_int_equal(s->m.selector[6].table_state, VIEW_READ);
	assert_int_equal(s->m.selector[6].table.selector, 0x30);
	assert_int_equal(s->m.selector[6].differs, 0);
	assert_int_equal(s->m.selector[7].table_state, VIEW_NULL);
	close_guest(s);
}

/* ---- what a processor has ---- */

static const char *const cpus[] = { "intel-skylake", "intel-p6", "amd-k8", "amd-zen4" };
enum { CPUS = sizeof(cpus) / sizeof(cpus[0]) };

/* As RDMSR finds it. */
static void check_msrs_there(struct scene_of *s)
{
	static const struct {
		const char *name;
		uint32_t address;
	} msrs[] = { { "efer", 0xc0000080 },    { "star", 0xc0000081 },   { "lstar", 0xc0000082 },
		     { "cstar", 0xc0000083 },   { "fmask", 0xc0000084 },  { "kgs", 0xc0000102 },
		     { "tsc_aux", 0xc0000103 }, { "sysenter_cs", 0x174 }, { "sysenter_eip", 0x176 },
		     { "hwcr", 0xc0010015 },    { "misc_enable", 0x1a0 }, { "lbr_from", 0x1db },
		     { "pat", 0x277 },          { "debugctl", 0x1d9 },    { "apic_base", 0x1b } };
	for (size_t i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		uint64_t value;
		const bool there = rs_read_msr(s->p.machine, msrs[i].address, &value);
		if (s->m.field[rs_field_find(msrs[i].name)].absent == there)
			fail_msg("%s: %s", s->m.cpu, msrs[i].name);
	}
}

/* As CPUID tells it. */
static void check_features_there(struct scene_of *s)
{
	static const char *const fields[][2] = { { "r8", "LM" },     { "r15", "LM" },   { "cr8", "LM" },
						 { "pkru", "PKU" },  { "xmm0", "SSE" }, { "mxcsr", "SSE" },
						 { "ymm3h", "AVX" }, { "xmm8", "LM" },  { "xcr0", "XSAVE" },
						 { "rax", "FPU" },   { "fpr0", "FPU" }, { "cr4", "FPU" } };
	struct rs_cpu_fact fact;
	unsigned told = 0;
	for (size_t k = 0; rs_cpu_fact(s->m.cpu, k, &fact); k++)
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (fact.kind == RS_CPU_FEATURE && !strcmp(fact.name, fields[i][1])) {
				if (s->m.field[rs_field_find(fields[i][0])].absent !=
				    (strcmp(fact.value, "shown") != 0))
					fail_msg("%s: %s", s->m.cpu, fields[i][0]);
				told++;
			}
	assert_int_equal(told, sizeof(fields) / sizeof(fields[0]));
}

static void what_a_processor_lacks_is_absent(void **state)
{
	(void)state;
	for (size_t i = 0; i < CPUS; i++) {
		struct scene_of *s = open_at("callgate.elf", cpus[i], "t");
		const bool old = !strcmp(cpus[i], "intel-p6");
		check_msrs_there(s);
		check_features_there(s);
		assert_int_equal(bits_named(s, "EFER")->has == 0, old);
		assert_int_equal(bits_named(s, "FMASK")->has == 0, old);
		assert_int_equal(s->m.syscalls.has_syscall, !old);
		assert_true(s->m.syscalls.has_sysenter);
		assert_int_equal(old && s->m.syscalls.warning_count, 0);
		close_guest(s);
	}
}

/* ---- lights and symbols of the system calls ---- */

static void lights_are_for_who_needs_them(void **state)
{
	(void)state;
	struct scene_of *s = open_at("sysenter32.elf", "intel-skylake", "tring; tring; tring");
	assert_false(warns(s, "EFER.SCE is 0"));
	assert_false(warns(s, "SYSENTER_CS"));
	assert_string_equal(s->m.syscalls.sysenter_symbol, "sysenter32!sysenter_entry");
	assert_int_equal(s->m.syscalls.sysenter.cs, 8);
	assert_int_equal(s->m.syscalls.sysexit.ss, 0x23);
	close_guest(s);
	s = open_at("sysenter32.elf", "intel-skylake", "tring; tring; tring; r sysenter_cs=3");
	assert_true(warns(s, "SYSENTER is #GP(0): SYSENTER_CS is null"));
	close_guest(s);
	s = open_at("sysenter32.elf", "intel-skylake", "tring; tring; tring; eb @rip 0f 05");
	assert_true(warns(s, "SYSCALL is #UD: EFER.SCE is 0"));
	close_guest(s);
	s = open_at("sysenter32.elf", "intel-skylake", "r star=1");
	assert_true(warns(s, "SYSCALL is #UD: EFER.SCE is 0"));
	close_guest(s);
	s = open_at("compat-syscall.elf", "amd-zen4", "t 5; r cstar=@rip; r lstar=@rip");
	assert_string_equal(s->m.syscalls.cstar_symbol, s->m.syscalls.lstar_symbol);
	assert_non_null(strstr(s->m.syscalls.cstar_symbol, "!"));
	close_guest(s);
}

/* ---- a step that fails ---- */

/* SYSRET with a non-canonical RCX is refused on Intel at its check SR-05, and goes through on AMD [SDM vol. 2, SYSRET;
 * APM vol. 3, SYSRET]. */
static bool finds_failed_sysret(const char *cpu)
{
	struct scene_of *s = open_guest("window-sysret.elf", cpu);
	bool found = false, warned = false;
	for (unsigned i = 0; i < 200000 && !found && !prompt_has_ended(&s->p); i++) {
		prompt_line(&s->p, "t");
		if (!s->p.has_last || !s->p.last.cause || strcmp(s->p.last.cause, "SR-05"))
			continue;
		read_values(s, s->now);
		take(s);
		found = true;
		const struct view_card *c = &s->m.card;
		unsigned k = 0;
		while (k < c->step_count && c->step[k].state == VIEW_DONE)
			k++;
		assert_string_equal(c->step[k].transition, "SYSRET");
		assert_string_equal(c->step[k].rule, "SR-05");
		assert_int_equal(c->step[k].state, VIEW_FAILED);
		assert_string_equal(c->step[k].outcome, "#GP(0)");
		while (++k < c->step_count && !strcmp(c->step[k].transition, "SYSRET"))
			assert_int_equal(c->step[k].state, VIEW_NOT_REACHED);
		assert_true(k < c->step_count);
		assert_string_equal(c->step[k].transition, "INTERRUPT");
		prompt_line(&s->p, "t-");
		take(s);
		for (unsigned i2 = 0; i2 < s->m.syscalls.warning_count; i2++)
			warned |=
			    strstr(s->m.syscalls.warning[i2], "RCX") && strstr(s->m.syscalls.warning[i2], "CPL 0");
		assert_true(warned);
	}
	close_guest(s);
	return found;
}

static void a_failed_check_is_highlighted(void **state)
{
	(void)state;
	assert_true(finds_failed_sysret("intel-skylake"));
	assert_false(finds_failed_sysret("amd-zen4"));
}

/* ---- changes by hand ---- */

/* The same fields are changed behind the record and once the way to it has been made again: what the hand changed in
 * front of it is not its doing, be it an instruction that completes, one that faults, or the way farther than one. */
static void changes_by_hand_are_not_the_next_records(void **state)
{
	static const char *const lines[] = {
		"tsys; g ffffffff80100823; r rcx=8000000000000000; t", /* SYSRET: #GP(0) */
		"tsys; r rbx=1234; t",
		"tsys; r rbx=1234; t; t; r rbx=5678; t",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct scene_of *s = open_guest("syscall64.elf", "intel-skylake");
		struct view_field was[VIEW_FIELDS];
		prompt_line(&s->p, lines[i]);
		read_values(s, s->now);
		take(s);
		memcpy(was, s->m.field, sizeof(was));
		attended_retrace(&s->p);
		take(s);
		assert_true(s->p.has_last);
		assert_false(s->m.field[rs_field_find(i ? "rbx" : "rcx")].changed);
		assert_true(s->m.field[rs_field_find("rip")].changed);
		assert_memory_equal(was, s->m.field, s->m.field_count * sizeof(was[0]));
		close_guest(s);
	}
}

/* ---- a shutdown ---- */

static const struct view_step *next_failed(const struct view_card *c, unsigned *i)
{
	while (*i < c->step_count && c->step[*i].state != VIEW_FAILED)
		(*i)++;
	return *i < c->step_count ? &c->step[(*i)++] : NULL;
}

/* Its faults stand there in their order, and what they were found in. */
static void check_shutdown(struct scene_of *s, const char *const *parts)
{
	const struct rs_status *status = rs_status(s->p.machine);
	const struct view_card *c = &s->m.card;
	const struct view_step *step;
	unsigned at = 0;
	read_values(s, s->now);
	take(s);
	assert_int_equal(status->why, RS_STOP_TRIPLE_FAULT);
	assert_true(!strncmp(c->title, "shutdown by #", 13));
	for (unsigned i = 0; i < status->fault_count; i++) {
		step = next_failed(c, &at);
		assert_non_null(step);
		assert_string_equal(step->rule, status->rules[i]);
		assert_string_equal(step->transition, parts[i]);
	}
	step = next_failed(c, &at);
	assert_non_null(step);
	assert_string_equal(step->rule, "IN-34");
	assert_string_equal(step->outcome, "shutdown");
	assert_int_equal(at, c->step_count);
}

static void a_shutdown_has_its_faults(void **state)
{
	static const char *const vendors[] = { "intel-skylake", "amd-zen4" };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		/* #UD is benign: its #GP is a first fault [SDM vol. 3, conditions for generating a double fault]. */
		static const char *const triple[] = { "INSTRUCTION", "delivery of #UD", "delivery of #GP",
						      "delivery of #DF" };
		struct scene_of *s = open_guest("triple.elf", vendors[i]);
		prompt_line(&s->p, "g");
		check_shutdown(s, triple);
		assert_string_equal(s->m.card.title, "shutdown by #UD, #GP, #GP, #GP: CPL 0 at n=14");
		assert_string_equal(s->m.card.step[0].rule, "insn:UD2");
		assert_string_equal(s->m.card.step[1].text, "vector * 16 + 15 within IDTR.limit");
		prompt_line(&s->p, "t- 1"); /* it is not for ever */
		take(s);
		assert_string_equal(s->m.card.title, "");
		close_guest(s);
		/* SYSRET at CPL 3 is #GP(0), and neither its gate nor that of #DF is present. */
		static const char *const sysret[] = { "SYSRET", "delivery of #GP", "delivery of #DF" };
		s = open_guest("syscall64.elf", vendors[i]);
		prompt_line(&s->p, "g syscall_entry; t- 1; eb @rip 0f 07; eb @idtr+d5 0e; eb @idtr+85 0e; t");
		check_shutdown(s, sysret);
		close_guest(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bases_alike_are_nobodys),
		cmocka_unit_test(the_task_register_is_no_paragraph),
		cmocka_unit_test(what_a_processor_lacks_is_absent),
		cmocka_unit_test(lights_are_for_who_needs_them),
		cmocka_unit_test(a_failed_check_is_highlighted),
		cmocka_unit_test(changes_by_hand_are_not_the_next_records),
		cmocka_unit_test(a_shutdown_has_its_faults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
