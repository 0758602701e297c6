/* inline_model.c - the same instruction by ringstep's step driver, in the environment of tests/insn. Between two tests
 * only what the instruction changed is put back. */
#include <stdlib.h>

#include "case.h"
#include "cpu/engine/decode.h"
#include "cpu/engine/engine.h"
#include "cpu/isa/op_common.h"
#include "inline.h"

struct model {
	struct env env;
	struct cpu *cpu;
	struct cpu_state start;
	uint8_t *page[ARENA_PAGES];
	uint8_t code[CODE_BYTES];
};

static bool is_arena(uint64_t address)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		if (arena_pages[i].address == address)
			return true;
	return false;
}

/* What Linux maps is what this program maps: no other page of the user's, and code only where there is code. */
static void put_tables(struct model *m)
{
	const uint8_t zero[8] = { 0 };
	const uint64_t no_execute = 1ull << 63;
	rs_write_physical(m->env.m, ENV_PML4 + 8 * 0xff, zero, 8);
	rs_write_physical(m->env.m, ENV_PML4 + 8 * (0x600000000000 >> 39), zero, 8);
	for (uint64_t a = ENV_USER; a < ENV_KERNEL; a += PAGE_SIZE) {
		uint64_t at = 0x4000 + 8 * (a >> PAGE_SHIFT), entry = 0;
		rs_read_physical(m->env.m, at, &entry, 8);
		entry = a == ARENA_CODE ? entry & ~2ull : is_arena(a) ? entry | no_execute : entry & ~1ull;
		rs_write_physical(m->env.m, at, &entry, 8);
	}
}

static enum case_cpu cpu_of(const char *profile)
{
	unsigned i = 0;
	while (i < CASE_CPUS && strcmp(case_profile_names[i], profile) != 0)
		i++;
	return (enum case_cpu)i;
}

/* As Linux runs a program. */
static void build_start(struct model *m)
{
	struct cpu_state *st = &m->start;
	*st = m->env.preset[MODE_LONG3];
	st->cr0 |= CR0_AM | CR0_MP | CR0_NE;
	st->cr4 |= CR4_FSGSBASE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
	for (unsigned i = SEG_DS; i <= SEG_GS; i++)
		st->seg[i] = (struct seg){ .sel = 0 };
	st->seg[SEG_ES] = (struct seg){ .sel = 0 };
}

struct model *model_open(const char *profile)
{
	struct model *m = calloc(1, sizeof *m);
	enum case_cpu cpu = cpu_of(profile);
	if (!m || cpu == CASE_CPUS || !env_open(&m->env, cpu, NULL)) {
		free(m);
		return NULL;
	}
	m->cpu = m->env.m->cpu;
	put_tables(m);
	build_start(m);
	rs_write_physical(m->env.m, ARENA_CODE, native_code(), PAGE_SIZE);
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		m->page[i] = phys_page_write(rs_ram(m->env.m), arena_pages[i].address);
		memcpy(m->page[i], native_page(i), PAGE_SIZE);
	}
	rs_state_replace(m->env.m, &m->start);
	return m;
}

void model_close(struct model *m)
{
	env_close(&m->env);
	free(m);
}

uint8_t *model_page(struct model *m, unsigned page)
{
	return m->page[page];
}

const struct rs_profile *model_profile(const struct model *m)
{
	return m->cpu->profile;
}

uint64_t model_xcr0(const struct model *m)
{
	return m->start.xcr0;
}

bool model_is_intel(const struct model *m)
{
	return strncmp(m->cpu->profile->name, "intel", 5) == 0;
}

static void decode_in_model(struct model *m, const uint8_t *bytes, struct shape *s, struct uop *u)
{
	struct window w;
	window_fill(&w, bytes, INSN_BYTES);
	*s = (struct shape){ .mode_64 = true, .profile = m->cpu->profile };
	*u = (struct uop){ .insn = UINT16_MAX };
	decode(m->cpu, &w, s, u);
}

enum skip model_knows(struct model *m, const uint8_t *bytes, struct insn_form *f)
{
	static const uint8_t none[INSN_BYTES] = { 0x0f, 0x0a };
	struct shape s;
	struct uop u, no;
	decode_in_model(m, none, &s, &no);
	decode_in_model(m, bytes, &s, &u);
	f->insn = u.insn == UINT16_MAX ? -1 : (int16_t)u.insn;
	f->feature = f->insn < 0 ? FEATURE_NONE : (int16_t)insn_feature(&insn_rows[f->insn], s.unit);
	if (u.fn == op_unimplemented)
		return SKIP_NO_ROW;
	return u.fn == op_undefined || u.fn == no.fn ? SKIP_PROFILE : SKIP_NOT;
}

/* ---- running ---- */

static void put_code(struct model *m, const struct test *t)
{
	uint8_t wanted[CODE_BYTES];
	code_bytes(t, wanted);
	if (memcmp(m->code, wanted, sizeof wanted) != 0)
		rs_write_physical(m->env.m, ARENA_CODE, wanted, sizeof wanted);
	memcpy(m->code, wanted, sizeof wanted);
}

/* An event has changed more than an instruction does. */
static void recover(struct model *m)
{
	struct cpu *cpu = m->cpu;
	cpu->st = m->start;
	cpu_update_mode(cpu);
	cpu_update_armed(cpu);
	cpu->lf = flags_from(cpu->st.rflags);
}

static void put_state(struct model *m, const struct test *t)
{
	struct cpu *cpu = m->cpu;
	memcpy(cpu->st.gpr, t->r.gpr, sizeof t->r.gpr);
	cpu->st.rip = t->r.rip;
	cpu->st.seg[SEG_FS].base = t->r.base[0];
	cpu->st.seg[SEG_GS].base = t->r.base[1];
	cpu->iteration = 0;
	cpu_set_rflags(cpu, t->r.rflags);
	if (t->form->vectors)
		model_put_vectors(&cpu->st, &t->x);
	engine_forget(cpu);
}

static uint64_t frame_word(struct model *m, uint64_t at)
{
	return get_le(phys_page_look(rs_ram(m->env.m), at) + (at & PAGE_OFFSET), 8);
}

/* What the delivery pushed is the interrupted state. */
static void take_event(struct model *m, struct end *end)
{
	const struct cpu_state *st = &m->cpu->st;
	uint64_t at = st->gpr[RSP];
	const bool error = (0x27d00u >> ((st->rip - ENV_HANDLERS) / 16) & 1) != 0; /* 8, 10-14, 17 */
	end->vector = (int)(st->rip - ENV_HANDLERS) / 16;
	end->error = error ? frame_word(m, at) : 0;
	at += error ? 8 : 0;
	end->r.rip = frame_word(m, at);
	end->r.rflags = frame_word(m, at + 16);
	end->r.gpr[RSP] = frame_word(m, at + 24);
	end->cr2 = st->cr2;
}

/* A branch that leads to no pad faults there, or runs into what the code page is full of. */
static bool goes_on(const struct test *t, const struct cpu *cpu)
{
	if (cpu->st.cpl == 0 || cpu->st.rip == ARENA_CODE + t->length)
		return false;
	for (unsigned i = 0; i < PADS; i++)
		if (cpu->st.rip == pads[i])
			return false;
	return true;
}

/* A branch to itself is nothing to wait for, and Linux answers in its vsyscall page. */
static bool has_no_end(const struct test *t, const struct cpu *cpu)
{
	const uint64_t vsyscall = 0xffffffffff600000;
	return cpu->st.cpl == 3 && (cpu->st.rip - ARENA_CODE < t->length || (cpu->st.rip & ~PAGE_OFFSET) == vsyscall);
}

void model_run(struct model *m, const struct test *t, struct end *end)
{
	struct cpu *cpu = m->cpu;
	put_code(m, t);
	put_state(m, t);
	enum engine_stop stop = engine_step(cpu);
	const bool again = stop == ENGINE_GOES_ON && has_no_end(t, cpu);
	if (stop == ENGINE_GOES_ON && !again && goes_on(t, cpu))
		stop = engine_step(cpu);
	memcpy(end->r.gpr, cpu->st.gpr, sizeof end->r.gpr);
	end->r.base[0] = cpu->st.seg[SEG_FS].base;
	end->r.base[1] = cpu->st.seg[SEG_GS].base;
	end->r.rip = cpu->st.rip;
	end->r.rflags = cpu->st.rflags;
	end->vector = again ? NO_END : stop == ENGINE_GOES_ON ? NO_EVENT : 0x100 + (int)stop;
	if (t->form->vectors)
		model_take_vectors(&cpu->st, &end->x);
	if (stop == ENGINE_GOES_ON && cpu->st.cpl == 0)
		take_event(m, end);
	if (end->vector != NO_EVENT)
		recover(m);
}
