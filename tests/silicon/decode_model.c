/* decode_model.c - what ringstep says of bytes: its own decoder, for CPL 3 under Linux. */
#include "decode.h"

#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "cpu/engine/decode.h"
#include "cpu/engine/memo.h"
#include "cpu/isa/op_common.h"

struct model {
	struct env env;
	/* neighbour: the model next to this host, with the same features; rich: with all features of the host */
	struct rs_profile profile, neighbour, rich;
	struct memo *memo[3]; /* of the decoder under each: they must not answer for each other */
	uint8_t vector;       /* of the last event */
};

/* ---- the profile -------------------------------------------------------------------------------------------- */

static bool host_has(enum feature f)
{
	const struct feature_text *t = &feature_texts[f];
	uint32_t reg[4];
	return __get_cpuid_count(t->leaf, t->subleaf, &reg[0], &reg[1], &reg[2], &reg[3]) && reg[t->reg] >> t->bit & 1;
}

/* Linux on x86-64 needs these, whatever CPUID shows in this mode: SYSCALL's bit is 0 outside 64-bit mode. */
static bool is_masked(enum feature f)
{
	return f != FEATURE_SYSCALL && f != FEATURE_LM && f != FEATURE_SEP && f != FEATURE_MSR;
}

static void mask(struct rs_profile *p)
{
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		p->has[f] = p->has[f] && (!is_masked((enum feature)f) || host_has((enum feature)f));
}

/* The profile of this host's vendor and family. */
static const char *neighbour_name(void)
{
	unsigned a = 0, b = 0, c, d;
	__get_cpuid(0, &a, &b, &c, &d);
	if (b != signature_AMD_ebx)
		return "intel-icelake-server";
	__get_cpuid(1, &a, &b, &c, &d);
	unsigned family = (a >> 8 & 15) + (a >> 20 & 0xff);
	return family < 0x17 ? "amd-k8" : family == 0x17 ? "amd-zen1" : "amd-zen4";
}

/* Under a hypervisor CPUID may hide what the profile has and what the processor executes all the same. */
static void choose_profiles(struct model *m, const struct rs_profile *p)
{
	unsigned a, b, c = 0, d;
	bool guest = __get_cpuid(1, &a, &b, &c, &d) && c >> 31;
	m->profile = *p;
	mask(&m->profile);
	m->neighbour = *profile_find(neighbour_name());
	memcpy(m->neighbour.has, m->profile.has, sizeof m->profile.has);
	m->rich = m->neighbour;
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		m->rich.has[f] = host_has((enum feature)f) || (guest ? p->has[f] : m->profile.has[f]);
}

/* From here on the CPU is of that profile. */
static void become(struct model *m, const struct rs_profile *profile)
{
	struct cpu *cpu = &m->env.m->cpu[0];
	cpu->profile = profile;
	cpu->memo = m->memo[profile == &m->profile ? 0 : profile == &m->neighbour ? 1 : 2];
}

struct model *model_open(const char *name)
{
	struct model *m = calloc(1, sizeof *m);
	const struct rs_profile *p = profile_find(name);
	enum case_cpu cpu = 0;
	while (p && cpu < CASE_CPUS && strcmp(case_profile_names[cpu], name) != 0)
		cpu++;
	if (!m || !p || cpu == CASE_CPUS || !env_open(&m->env, cpu, NULL)) {
		free(m);
		return NULL;
	}
	choose_profiles(m, p);
	m->memo[0] = m->env.m->cpu[0].memo;
	m->memo[1] = calloc(1, sizeof *m->memo[1]);
	m->memo[2] = calloc(1, sizeof *m->memo[2]);
	become(m, &m->profile);
	return m;
}

void model_close(struct model *m)
{
	become(m, &m->profile);
	env_close(&m->env);
	free(m->memo[1]);
	free(m->memo[2]);
	free(m);
}

/* ---- decoding ----------------------------------------------------------------------------------------------- */

static uint32_t mode_of(unsigned code_size)
{
	const uint32_t user = MODE_PROTECTED | MODE_LONG | 3u << MODE_CPL_SHIFT;
	switch (code_size) {
	case 64:
		return user | MODE_64;
	case 32:
		return user | MODE_STACK32 | MODE_FLAT | MODE_CODE32;
	default:
		return user | MODE_STACK32 | MODE_FLAT;
	}
}

/* As if only that many bytes were there; 0: there are not enough. */
static unsigned decode_some(struct model *m, const struct decode_test *t, unsigned size, struct uop *u)
{
	struct cpu *cpu = &m->env.m->cpu[0];
	struct window w = { .size = size };
	struct shape s = { .mode_64 = t->code_size == 64, .flat = t->code_size != 64, .profile = cpu->profile };
	*u = (struct uop){ .base = GPR_ZERO, .index = GPR_ZERO };
	memcpy(w.bytes, t->bytes, size);
	cpu->mode = mode_of(t->code_size);
	return decode(cpu, &w, &s, u);
}

static struct answer answer_as(struct model *m, const struct rs_profile *profile, const struct decode_test *t,
			       struct uop *u)
{
	become(m, profile);
	unsigned length = decode_some(m, t, INSN_BYTES, u);
	if (u->fn == op_undefined || u->fn == op_no_instruction)
		return (struct answer){ VERDICT_UNDEFINED, 0 };
	if (u->fn == op_too_long)
		return (struct answer){ VERDICT_TOO_LONG, 0 };
	return (struct answer){ VERDICT_INSTRUCTION, (uint8_t)length };
}

/* At the end of a page ringstep asks for the next one if a byte is missing, and only then. */
static bool is_torn(struct model *m, const struct decode_test *t)
{
	const unsigned length = t->model.length;
	struct uop u;
	if (t->model.verdict != VERDICT_INSTRUCTION)
		return false;
	return decode_some(m, t, length, &u) != length || (length > 1 && decode_some(m, t, length - 1, &u) != 0);
}

void model_ask(struct model *m, struct decode_test *t)
{
	const struct host_row *row = host_row(t);
	struct uop u;
	struct answer other = answer_as(m, &m->neighbour, t, &u);
	t->model = answer_as(m, &m->profile, t, &u);
	t->missing = u.fn == op_unimplemented;
	if (memcmp(&other, &t->model, sizeof other) != 0)
		t->skip = "the models differ";
	else if (row && row->compared == COMPARED_NOT)
		t->skip = row->why;
	t->torn = is_torn(m, t);
	t->run = t->model.verdict == VERDICT_INSTRUCTION && !t->missing;
	t->length_only = row && row->compared != COMPARED && t->model.verdict == VERDICT_INSTRUCTION;
}

bool model_would_have(struct model *m, const struct decode_test *t)
{
	struct uop u;
	struct answer a = answer_as(m, &m->rich, t, &u);
	return a.verdict == VERDICT_INSTRUCTION && a.length == t->real.length;
}

/* ---- executing ---------------------------------------------------------------------------------------------- */

static void take_record(void *arg, struct rs_machine *machine, const struct rs_record *record)
{
	struct model *m = arg;
	(void)machine;
	m->vector = record->kind == RS_RECORD_EVENT ? record->vector : 0xff;
}

static enum rs_stop step(struct model *m, const struct decode_test *t)
{
	struct rs_machine *machine = m->env.m;
	rs_snapshot_restore(machine, m->env.base);
	struct cpu_state st = m->env.preset[t->code_size == 64 ? MODE_LONG3 : MODE_COMPAT3];
	if (t->code_size == 16)
		st.seg[SEG_CS].attr &= (uint16_t)~SEG_DB;
	st.cr4 |= CR4_FSGSBASE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
	st.xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
	st.rip = ENV_USER;
	rs_write_physical(machine, ENV_USER, t->bytes, TEST_BYTES);
	rs_state_replace(machine, &st);
	m->vector = 0xff;
	rs_observe(machine, take_record, m);
	enum rs_stop stop = rs_step(machine);
	rs_observe(machine, NULL, NULL);
	return stop;
}

static enum ending run_as(struct model *m, const struct rs_profile *profile, const struct decode_test *t)
{
	become(m, profile);
	enum rs_stop stop = step(m, t);
	become(m, &m->profile);
	return stop == RS_STOP_UNIMPLEMENTED ? ENDING_MISSING : m->vector == VEC_UD ? ENDING_UD : ENDING_OTHER;
}

enum ending model_run(struct model *m, const struct decode_test *t)
{
	enum ending e = run_as(m, &m->profile, t);
	if (e == ENDING_MISSING)
		return e;
	enum ending other = run_as(m, &m->neighbour, t);
	return (e == ENDING_UD) == (other == ENDING_UD) ? e : ENDING_UD_ELSEWHERE;
}

bool model_refuses(struct model *m, const struct decode_test *t)
{
	return run_as(m, &m->profile, t) == ENDING_UD && model_run(m, t) == ENDING_UD;
}
