/* test_view_model.c - what the view shows is what is: every field, selector, bit, step and owner, looked up here in
 * another way, behind every record of guests of all modes, on both vendors' processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/repl/repl.h"
#include "view/model_parts.h"
#include "view_rig.h"

enum { RECORDS = 2500, FIELDS = 256 };

/* ---- a guest, one record after the other ---- */

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

static void read_values(struct scene_of *s, struct value *to)
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

static uint64_t field(struct scene_of *s, const char *name)
{
	int i = rs_field_find(name);
	assert_true(i >= 0);
	return s->now[i].low;
}

static struct scene_of *open_guest(const char *guest, const char *cpu)
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

static void close_guest(struct scene_of *s)
{
	prompt_finish(&s->p, true);
	rig_close(&s->rig);
	free(s);
}

static void take(struct scene_of *s)
{
	const struct view_place place = { .follow = true, .memory = field(s, "rsp"), .walk = prompt_pc(&s->p) };
	model_take(&s->m, &s->p, &place, &s->kept);
}

/* ---- fields ---- */

static bool value_same(const struct value *a, const struct value *b)
{
	return a->low == b->low && a->high == b->high && a->base == b->base && a->limit == b->limit &&
	       a->attributes == b->attributes;
}

static void check_fields(struct scene_of *s)
{
	assert_int_equal(s->m.field_count, rs_field_count());
	for (size_t i = 0; i < rs_field_count(); i++) {
		const struct view_field *f = &s->m.field[i];
		assert_ptr_equal(f->info, rs_field_info(i));
		assert_int_equal(f->now[0], s->now[i].low);
		assert_int_equal(f->now[1], s->now[i].high);
		assert_int_equal(f->before[0], s->before[i].low);
		assert_int_equal(f->before[1], s->before[i].high);
		assert_int_equal(f->changed, !value_same(&s->before[i], &s->now[i]));
	}
	assert_int_equal(s->m.cpl, field(s, "cpl"));
	assert_int_equal(s->m.n, rs_status(s->p.machine)->instructions);
}

/* ---- bits ---- */

static void check_bits(struct scene_of *s)
{
	static const char *const names[] = { "rflags", "cr0", "cr4", "efer", "dr6", "dr7", "fmask" };
	for (size_t i = 0; i < 7; i++) {
		int f = rs_field_find(names[i]);
		assert_int_equal(strcasecmp(s->m.bits[i].name, names[i]), 0);
		assert_int_equal(s->m.bits[i].now, s->now[f].low);
		assert_int_equal(s->m.bits[i].before, s->before[f].low);
	}
}

static const struct view_bits *bits_named(const struct scene_of *s, const char *name)
{
	for (size_t i = 0; i < 7; i++)
		if (!strcmp(s->m.bits[i].name, name))
			return &s->m.bits[i];
	fail();
	return NULL;
}

/* What a processor cannot set is not shown as if it could: as `ringstep cpus` tells it. */
static void check_bits_there(struct scene_of *s)
{
	static const char *const reserved = "reserved";
	unsigned told = 0;
	struct rs_cpu_fact fact;
	for (size_t k = 0; rs_cpu_fact(s->m.cpu, k, &fact); k++) {
		if (fact.kind != RS_CPU_EFER && fact.kind != RS_CPU_CR4)
			continue;
		const char *reg = fact.kind == RS_CPU_EFER ? "EFER" : "CR4";
		for (unsigned i = 0; model_bit_name(reg, i); i++) {
			const struct view_bit_name *b = model_bit_name(reg, i);
			if (strcmp(b->name, fact.name))
				continue;
			assert_int_equal(bits_named(s, reg)->has >> b->shift & 1, strcmp(fact.value, reserved) != 0);
			told++;
		}
	}
	assert_true(told > 16);
	assert_int_equal(bits_named(s, "DR6")->has, 0xe00f);
	assert_int_equal(bits_named(s, "DR7")->has, 0xffff23ff);
}

/* ---- selectors, decoded byte by byte ---- */

static struct rs_segment decode(const uint8_t *d, bool wide)
{
	struct rs_segment s = { .base = d[2] | d[3] << 8 | d[4] << 16, .limit = d[0] | d[1] << 8 };
	s.base |= (uint64_t)d[7] << 24;
	s.limit |= (uint32_t)(d[6] & 0xf) << 16;
	s.attributes = (uint16_t)(d[5] | (d[6] & 0xf0) << 8);
	if (d[6] & 0x80)
		s.limit = s.limit * 4096 + 4095;
	/* LDT, TSS and gates have 16 bytes [SDM vol. 3, system-segment and gate-descriptor types]. */
	const bool second = wide && !(d[5] & 0x10) && 0xda04u >> (d[5] & 0xf) & 1;
	for (unsigned i = 0; i < 4 && second; i++)
		s.base |= (uint64_t)d[8 + i] << (32 + 8 * i);
	return s;
}

static unsigned difference(const struct rs_segment *a, const struct rs_segment *b)
{
	unsigned d = 0, x = a->attributes ^ b->attributes;
	bool segment = a->attributes & b->attributes & 0x10;
	d |= a->base != b->base ? VIEW_BASE : 0;
	d |= a->limit != b->limit ? VIEW_LIMIT : 0;
	d |= x & 0xe || (x & 1 && !segment) ? VIEW_TYPE : 0;
	d |= x & 1 && segment ? VIEW_ACCESSED : 0;
	d |= x & 0x10 ? VIEW_S : 0;
	d |= x & 0x60 ? VIEW_DPL : 0;
	d |= x & 0x80 ? VIEW_P : 0;
	d |= x & 0x1000 ? VIEW_AVL : 0;
	d |= x & 0x2000 ? VIEW_L : 0;
	d |= x & 0x4000 ? VIEW_D : 0;
	d |= x & 0x8000 ? VIEW_G : 0;
	return d;
}

static void check_table(struct scene_of *s, const struct view_selector *v)
{
	uint8_t bytes[16] = { 0 };
	const unsigned sel = v->cache.selector, index = sel >> 3;
	const int ldtr = rs_field_find("ldtr"), gdtr = rs_field_find("gdtr");
	const bool local = sel & 4;
	uint64_t base = local ? s->now[ldtr].base : s->now[gdtr].low;
	uint32_t limit = local ? s->now[ldtr].limit : s->now[gdtr].limit;
	bool usable = !local || s->now[ldtr].attributes & 0x80;
	if (!(field(s, "cr0") & 1) || field(s, "rflags") & 0x20000) {
		assert_int_equal(v->table_state, VIEW_NO_TABLE);
	} else if (sel < 4) {
		assert_int_equal(v->table_state, VIEW_NULL);
	} else if (!usable || index * 8 + 7 > limit) {
		assert_int_equal(v->table_state, VIEW_BEYOND);
	} else if (rs_read_linear(s->p.machine, base + index * 8, bytes, 16) < 8) {
		assert_int_equal(v->table_state, VIEW_UNMAPPED);
	} else {
		const struct rs_segment d = decode(bytes, field(s, "efer") & 0x400);
		assert_int_equal(v->table_state, VIEW_READ);
		assert_int_equal(v->table.base, d.base);
		assert_int_equal(v->table.limit, d.limit);
		assert_int_equal(v->table.attributes, d.attributes);
		unsigned differs = difference(&v->cache, &d);
		if (differs & VIEW_BASE && field(s, "efer") & 0x400 &&
		    (!strcmp(v->name, "GS") || !strcmp(v->name, "FS")))
			differs = (differs & ~(unsigned)VIEW_BASE) | VIEW_BASE_MSR;
		assert_int_equal(v->differs, differs);
		s->has_msr_base |= differs == VIEW_BASE_MSR;
		return;
	}
	assert_int_equal(v->differs, 0);
}

static void check_selectors(struct scene_of *s)
{
	static const char *const names[] = { "cs", "ss", "ds", "es", "fs", "gs", "tr", "ldtr" };
	for (size_t i = 0; i < VIEW_SELECTORS; i++) {
		const struct view_selector *v = &s->m.selector[i];
		int f = rs_field_find(names[i]);
		assert_int_equal(strcasecmp(v->name, names[i]), 0);
		assert_int_equal(v->cache.selector, s->now[f].low);
		assert_int_equal(v->cache.base, s->now[f].base);
		assert_int_equal(v->cache.limit, s->now[f].limit);
		assert_int_equal(v->cache.attributes, s->now[f].attributes);
		assert_int_equal(v->before.selector, s->before[f].low);
		assert_int_equal(v->changed, !value_same(&s->before[f], &s->now[f]));
		check_table(s, v);
	}
}

/* ---- GS and the system-call MSRs ---- */

static void check_gs(struct scene_of *s)
{
	const int gs = rs_field_find("gs"), cpl = rs_field_find("cpl");
	const struct value *const states[] = { s->before, s->now };
	enum view_owner owner = VIEW_NOBODY;
	for (size_t i = 0; i < 2; i++)
		if (states[i][cpl].low == 3) {
			s->user_gs = states[i][gs].base;
			s->has_user_gs = true;
		}
	if (field(s, "cpl") == 3 || (s->has_user_gs && s->user_gs == s->now[gs].base))
		owner = VIEW_USER;
	else if (s->has_user_gs)
		owner = VIEW_KERNEL;
	assert_int_equal(s->m.gs.active, s->now[gs].base);
	assert_int_equal(s->m.gs.other, field(s, "kgs"));
	assert_int_equal(s->m.gs.owner, owner);
}

static void check_syscalls(struct scene_of *s, bool amd)
{
	const struct view_syscalls *y = &s->m.syscalls;
	const uint64_t star = field(s, "star");
	const unsigned in = star >> 32 & 0xffff, out = star >> 48;
	assert_int_equal(y->lstar, field(s, "lstar"));
	assert_int_equal(y->fmask, field(s, "fmask"));
	assert_int_equal(y->enter_cs, in & ~3u);
	assert_int_equal(y->enter_ss, (in + 8) & 0xffff);
	assert_int_equal(y->leave_cs, ((out + 16) | 3) & 0xffff);
	assert_int_equal(y->leave_cs32, out | 3);
	assert_int_equal(y->leave_ss, ((out + 8) | (amd ? 0u : 3u)) & 0xffff);
	bool warned = y->warning_count && strstr(y->warning[0], "EFER.SCE is 0");
	assert_int_equal(warned, !(field(s, "efer") & 1));
}

/* ---- the card ---- */

/* Rules of the effects made, in their order, are those of the record: one list is kept by row, one by rule. */
static void check_card(struct scene_of *s)
{
	const struct view_card *c = &s->m.card;
	const struct happening *h = &s->p.last;
	unsigned failed = 0, rules = 0;
	if (!s->p.has_last || (h->kind != RS_RECORD_EVENT && !h->rule_count))
		return;
	assert_int_equal(c->n, h->n);
	for (unsigned i = 0; i < c->step_count; i++)
		failed += c->step[i].state == VIEW_FAILED;
	assert_true(failed <= 1);
	for (unsigned i = 0; i < h->rule_count; i++) {
		const char *id = rs_rule_info(h->rules[i])->id;
		bool found = false;
		for (unsigned k = 0; k < c->step_count; k++)
			found |= c->step[k].state == VIEW_DONE && !strcmp(c->step[k].rule, id);
		if (!found)
			fail_msg("%s: %s is not among the steps done", c->title, id);
		rules++;
	}
	for (unsigned i = 0; i < c->step_count; i++) {
		/* A row that leads into another transition is no effect: records tell no rule of it. */
		bool found = c->step[i].state != VIEW_DONE || c->step[i].outcome || failed ||
			     strstr(c->step[i].text, "goes on as");
		for (unsigned k = 0; k < rules; k++)
			found |= !strcmp(c->step[i].rule, rs_rule_info(h->rules[k])->id);
		if (!found && strcmp(c->step[i].rule, "-"))
			fail_msg("%s: %s %s was not done", c->title, c->step[i].rule, c->step[i].text);
	}
}

/* ---- code, stack, memory ---- */

/* Numbers are short and small: neither 0x0010 nor 0x1A. A far pointer has the digits of its fields. */
static void check_text(const char *text)
{
	const bool far = strstr(text, " far 0x");
	for (const char *at = strstr(text, "0x"); at; at = strstr(at + 2, "0x")) {
		const size_t digits = strspn(at + 2, "0123456789abcdef");
		assert_true(digits && (far || digits == 1 || at[2] != '0'));
		assert_false(at[2 + digits] >= 'A' && at[2 + digits] <= 'F');
	}
}

/* What is kept from copy to copy is what a first copy says. */
static void check_kept(struct scene_of *s)
{
	struct scene_of *first = calloc(1, sizeof(*first));
	const struct view_place place = { .follow = true };
	assert_non_null(first);
	model_take(&first->m, &s->p, &place, &first->kept);
	assert_int_equal(first->m.code_count, s->m.code_count);
	for (unsigned i = 0; i < s->m.code_count; i++) {
		const struct view_code *a = &first->m.code[i], *b = &s->m.code[i];
		assert_int_equal(a->address, b->address);
		assert_int_equal(a->length, b->length);
		assert_memory_equal(a->bytes, b->bytes, a->length);
		assert_string_equal(a->text, b->text);
		assert_string_equal(a->source, b->source);
		assert_string_equal(a->label, b->label);
		check_text(b->text);
	}
	assert_memory_equal(first->m.card.step, s->m.card.step, s->m.card.step_count * sizeof(s->m.card.step[0]));
	assert_string_equal(first->m.card.title, s->m.card.title);
	free(first);
}

static void check_memory(struct scene_of *s)
{
	uint8_t byte;
	unsigned current = 0;
	for (unsigned i = 0; i < s->m.code_count; i++) {
		const struct view_code *c = &s->m.code[i];
		current += c->current;
		if (i + 1 < s->m.code_count)
			assert_int_equal(c->address + c->length, c[1].address);
	}
	assert_int_equal(current, 1);
	for (unsigned i = 0; i < VIEW_MEMORY; i++)
		for (unsigned k = 0; k < 16; k++) {
			const struct view_memory_row *r = &s->m.memory[i];
			bool mapped = rs_read_linear(s->p.machine, r->address + k, &byte, 1) == 1;
			assert_int_equal(r->mapped >> k & 1, mapped);
			if (mapped)
				assert_int_equal(r->bytes[k], byte);
		}
	for (unsigned i = 0; i < s->m.stack_count; i++) {
		const struct view_word *w = &s->m.stack[i];
		uint64_t value = 0;
		assert_int_equal(rs_read_linear(s->p.machine, w->address, &value, s->m.stack_width), s->m.stack_width);
		assert_int_equal(w->value, value);
		s->has_push |= w->changed;
	}
	uint64_t physical;
	assert_int_equal(s->m.walk.mapped, rs_translate(s->p.machine, s->m.walk_address, &physical));
	if (s->m.walk.mapped)
		assert_int_equal(s->m.walk.physical, physical);
}

/* ---- all guests ---- */

static void check_guest(const char *guest, const char *cpu)
{
	struct scene_of *s = open_guest(guest, cpu);
	unsigned records = 0;
	read_values(s, s->now);
	while (records < RECORDS && !prompt_has_ended(&s->p)) {
		memcpy(s->before, s->now, sizeof(s->now));
		const struct rs_position was = rs_position(s->p.machine);
		prompt_line(&s->p, "t");
		read_values(s, s->now);
		if (!rs_position_compare(was, rs_position(s->p.machine)))
			break; /* no record was made: nothing is before */
		take(s);
		check_fields(s);
		check_bits(s);
		check_bits_there(s);
		check_selectors(s);
		check_gs(s);
		check_syscalls(s, !strncmp(cpu, "amd", 3));
		check_card(s);
		if (records % 16 == 0) {
			check_memory(s);
			check_kept(s);
		}
		records++;
	}
	assert_true(records > 50);
	assert_true(s->has_msr_base || strcmp(guest, "syscall64.elf"));
	assert_true(s->has_push);
	close_guest(s);
}

static void what_is_shown_is_what_is(void **state)
{
	static const char *const guests[] = { "syscall64.elf",      "faults.elf",       "window-nmi.elf",
					      "window-sysret.elf",  "window-movss.elf", "callgate.elf",
					      "callgate64.elf",     "realmode.elf",     "taskswitch.elf",
					      "compat-syscall.elf", "sysenter32.elf" };
	(void)state;
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		check_guest(guests[i], "intel-skylake");
		check_guest(guests[i], "amd-zen4");
	}
}

/* Code that changes, or is looked at in another mode, is told anew. */
static void changed_code_is_told_anew(void **state)
{
	(void)state;
	struct scene_of *s = open_guest("syscall64.elf", "intel-skylake");
	prompt_line(&s->p, "t 5");
	read_values(s, s->now);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const lines[] = { "eb @rip 90", "eb @rip 48 ff c0", "r cs=18" };
		unsigned k = 0;
		prompt_line(&s->p, lines[i]);
		take(s);
		check_kept(s);
		while (!s->m.code[k].current)
			k++;
		if (i < 2)
			assert_string_equal(s->m.code[k].text, i ? "inc rax" : "nop");
	}
	close_guest(s);
}

/* ---- tables of names ---- */

static void names_of_bits_descend_and_do_not_overlap(void **state)
{
	static const char *const regs[] = { "RFLAGS", "CR0", "CR4", "EFER", "DR6", "DR7", "FMASK" };
	(void)state;
	for (size_t i = 0; i < 7; i++) {
		const struct view_bit_name *n;
		unsigned above = 64, count = 0;
		for (; (n = model_bit_name(regs[i], count)); count++) {
			assert_true(n->width && n->shift + n->width <= above);
			above = n->shift;
		}
		assert_true(count >= 9);
	}
	assert_null(model_bit_name("RAX", 0));
	assert_string_equal(model_bit_name("RFLAGS", 0)->name, "ID");
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
	static const char *const cpus[] = { "intel-skylake", "amd-zen4" };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		/* #UD is benign: its #GP is a first fault [SDM vol. 3, conditions for generating a double fault]. */
		static const char *const triple[] = { "INSTRUCTION", "delivery of #UD", "delivery of #GP",
						      "delivery of #DF" };
		struct scene_of *s = open_guest("triple.elf", cpus[i]);
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
		s = open_guest("syscall64.elf", cpus[i]);
		prompt_line(&s->p, "g syscall_entry; t- 1; eb @rip 0f 07; eb @idtr+d5 0e; eb @idtr+85 0e; t");
		check_shutdown(s, sysret);
		close_guest(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_what_is),
		cmocka_unit_test(changed_code_is_told_anew),
		cmocka_unit_test(names_of_bits_descend_and_do_not_overlap),
		cmocka_unit_test(a_failed_check_is_highlighted),
		cmocka_unit_test(a_shutdown_has_its_faults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
