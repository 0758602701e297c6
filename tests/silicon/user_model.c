/* user_model.c - ringstep in an environment whose descriptor tables and pages are, for user mode, those of Linux. */
#include <stdlib.h>
#include <string.h>

#include "user.h"

enum { STEPS = 8, GDT_LIMIT = 0x7f, LDT_LIMIT = 8 * LDT_SLOTS - 1, CPU_NUMBER_SEL = 0x78 };

struct user_model {
	struct env env;
	struct rs_record got;
};

uint64_t slot_descriptor(const struct slot *s)
{
	uint64_t attr = 0x71u | s->contents << 2 | !s->read_execute_only << 1;
	if (!s->base && !s->limit && !s->contents && s->read_execute_only && !s->wide && !s->pages && s->not_present &&
	    !s->available)
		return 0; /* modify_ldt clears the entry */
	attr |= (uint64_t)!s->not_present << 7 | (uint64_t)s->available << 12 | (uint64_t)s->wide << 14;
	attr |= (uint64_t)s->pages << 15;
	return (s->limit & 0xffff) | (uint64_t)(s->base & 0xffffff) << 16 | attr << 40 |
	       (uint64_t)(s->limit >> 16 & 0xf) << 48 | (uint64_t)(s->base >> 24) << 56;
}

const uint32_t user_pages[USER_PAGES] = {
	0x100000, 0x101000, 0x110000, 0x111000, 0x113000, 0x114000, 0x116000, 0x117000, 0x120000, 0x121000,
};

/* Neighbours of the arena are neighbours here: a patch may cross into the next page. */
static void put_bytes(uint8_t ram[USER_PAGES][PAGE_SIZE], uint32_t address, const uint8_t *bytes, size_t size)
{
	for (unsigned i = 0; i < USER_PAGES; i++)
		if (address - user_pages[i] < PAGE_SIZE)
			memcpy(&ram[i][address - user_pages[i]], bytes, size);
}

void user_fill(const struct user_test *t, uint8_t ram[USER_PAGES][PAGE_SIZE])
{
	for (unsigned i = 0; i < USER_PAGES; i++)
		for (uint32_t a = 0; a < PAGE_SIZE; a++)
			ram[i][a] = i < 2 ? 0xcc : (uint8_t)((user_pages[i] + a) ^ (user_pages[i] + a) >> 8);
	for (unsigned i = 0; i < TEST_PATCHES; i++)
		put_bytes(ram, t->patch[i].address, t->patch[i].bytes, t->patch[i].size);
	put_bytes(ram, ENV_USER, t->code, user_code_size(t));
}

unsigned user_code_size(const struct user_test *t)
{
	unsigned size = 0;
	for (unsigned i = 0; i < TEST_INSTRUCTIONS; i++)
		size += t->length[i];
	return size;
}

/* ---- the environment of Linux ------------------------------------------------------------------------------- */

/* The last entry of Linux's GDT has the number of the CPU for a limit, and any program may ask for it. */
static void put_cpu_number(struct env *e)
{
	uint8_t bytes[8];
	uint32_t rights, limit;
	if (!user_segment(CPU_NUMBER_SEL | 3, &rights, &limit))
		return;
	put_le(bytes, 8, (limit & 0xffff) | (uint64_t)((limit & 0xf0000) | (rights & 0xf0ff00)) << 32);
	rs_write_physical(e->m, ENV_GDT + CPU_NUMBER_SEL, bytes, 8);
}

static void put_tables(struct env *e, const struct user_test *t)
{
	uint8_t zero[0x400] = { 0 }, ldt[8 * LDT_SLOTS];
	uint8_t limit[2] = { LDT_LIMIT, 0 };
	rs_write_physical(e->m, ENV_GDT + 0x38, zero, 8);
	rs_write_physical(e->m, ENV_GDT + 0x60, zero, 0x200 - 0x60);
	put_cpu_number(e);
	rs_write_physical(e->m, ENV_GDT + 0x50, limit, 2);
	rs_write_physical(e->m, ENV_PML4 + 8 * 0xff, zero, 8); /* nothing at the end of the lower half */
	for (unsigned i = 0; i < LDT_SLOTS; i++)
		put_le(ldt + 8 * i, 8, slot_descriptor(&t->ldt[i]));
	rs_write_physical(e->m, ENV_LDT, ldt, sizeof ldt);
}

static void put_arena(struct env *e, const struct user_test *t, uint8_t ram[USER_PAGES][PAGE_SIZE])
{
	user_fill(t, ram);
	for (unsigned i = 0; i < USER_PAGES; i++)
		rs_write_physical(e->m, user_pages[i], ram[i], PAGE_SIZE);
}

static struct seg segment(const struct user_test *t, uint16_t sel)
{
	static const uint16_t attrs[] = { [0x20 / 8] = 0xc0fb, [0x28 / 8] = 0xc0f3, [0x30 / 8] = 0xa0fb };
	struct seg s = { .sel = sel };
	if (sel & 4) {
		uint64_t d = slot_descriptor(&t->ldt[sel >> 3]);
		s.base = (d >> 16 & 0xffffff) | d >> 56 << 24;
		s.limit = (uint32_t)((d & 0xffff) | (d >> 32 & 0xf0000));
		s.attr = d >> 40 & 0xf0ff;
		if (s.attr & SEG_G)
			s.limit = s.limit << 12 | 0xfff;
	} else if (sel >= 0x20 && sel < 0x38) {
		s.attr = attrs[sel / 8];
		s.limit = UINT32_MAX;
	}
	return s;
}

static void build_state(struct env *e, const struct user_test *t, struct cpu_state *st)
{
	*st = e->preset[MODE_LONG3];
	memcpy(st->gpr, t->gpr, sizeof t->gpr);
	st->rip = t->rip;
	st->rflags = t->rflags | FLAG_1 | FLAG_IF;
	for (unsigned i = 0; i < 6; i++)
		st->seg[i] = segment(t, t->sel[i]);
	for (unsigned i = 0; i < 2; i++)
		st->seg[SEG_FS + i].base = t->base[i];
	st->gdtr.limit = GDT_LIMIT;
	st->seg[SEG_LDTR].limit = LDT_LIMIT;
	st->cr0 |= CR0_AM;
	st->cr4 |= CR4_FSGSBASE | CR4_OSFXSR | CR4_OSXMMEXCPT;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static void take_record(void *arg, struct rs_machine *m, const struct rs_record *record)
{
	struct user_model *u = arg;
	(void)m;
	u->got = *record;
}

/* The interrupted state, from the frame that the delivery pushed. */
static void take_frame(struct user_model *u, struct user_end *end)
{
	const struct cpu_state *st = rs_state(u->env.m);
	bool fault = u->got.kind == RS_RECORD_EVENT && u->got.has_error_code;
	uint64_t frame[5], at = st->gpr[RSP] + (fault ? 8 : 0);
	rs_read_linear(u->env.m, at, frame, sizeof frame);
	memcpy(end->gpr, st->gpr, sizeof end->gpr);
	for (unsigned i = 0; i < 6; i++)
		end->sel[i] = st->seg[i].sel > 3 ? st->seg[i].sel : 0; /* IRET to the signal handler (IR-29) */
	end->rip = frame[0];
	end->sel[SEG_CS] = (uint16_t)frame[1];
	end->rflags = frame[2];
	end->gpr[RSP] = frame[3];
	end->sel[SEG_SS] = (uint16_t)frame[4];
	end->base[0] = st->seg[SEG_FS].base;
	end->base[1] = st->seg[SEG_GS].base;
	end->vector = (unsigned)(st->rip - ENV_HANDLERS) / 16;
	end->error = fault ? u->got.error_code : 0;
	end->cr2 = st->cr2;
}

static void take_ram(struct user_model *u, struct user_end *end)
{
	for (unsigned i = 0; i < USER_PAGES; i++)
		rs_read_physical(u->env.m, user_pages[i], end->ram[i], PAGE_SIZE);
}

void user_model_run(struct user_model *u, const struct user_test *t, struct user_end *end)
{
	struct cpu_state start;
	struct rs_machine *m = u->env.m;
	enum rs_stop stop = RS_STOP_NONE;
	memset(end, 0, sizeof *end);
	rs_snapshot_restore(m, u->env.base);
	put_tables(&u->env, t);
	put_arena(&u->env, t, end->ram);
	build_state(&u->env, t, &start);
	rs_state_replace(m, &start);
	rs_observe(m, take_record, u);
	for (unsigned i = 0; i < STEPS && stop == RS_STOP_NONE && rs_state(m)->cpl == 3; i++)
		stop = rs_step(m);
	rs_observe(m, NULL, NULL);
	if (rs_state(m)->cpl == 3)
		end->lost = stop == RS_STOP_UNIMPLEMENTED ? rs_status(m)->missing : "no end in ringstep";
	take_frame(u, end);
	take_ram(u, end);
}

struct user_model *user_model_open(void)
{
	struct user_model *u = calloc(1, sizeof *u);
	if (u && !env_open(&u->env, CASE_INTEL, NULL)) {
		free(u);
		u = NULL;
	}
	return u;
}

void user_model_close(struct user_model *u)
{
	env_close(&u->env);
	free(u);
}
