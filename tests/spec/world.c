/*
 * world.c - the machine that the rows are compared with.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

enum { PDPT = 0x2000, PAGE_DIRECTORY = 0x3000, ENTRIES = 512 };

/* Present, writable, user, accessed, dirty: no access changes an entry or faults. */
#define ENTRY_RIGHTS 0x67u
#define ENTRY_LARGE 0x80u

static void fill_table(struct rs_machine *m, uint64_t table, const uint64_t pair[2])
{
	for (unsigned i = 0; i < ENTRIES; i++)
		rs_write_physical(m, table + 8 * i, &pair[i % 2], 8);
}

static void map_everything(struct rs_machine *m)
{
	const uint64_t pages[] = { ENTRY_RIGHTS | ENTRY_LARGE, 0x200000 | ENTRY_RIGHTS | ENTRY_LARGE };
	fill_table(m, PAGE_DIRECTORY, pages);
	fill_table(m, PDPT, (uint64_t[]){ PAGE_DIRECTORY | ENTRY_RIGHTS, PAGE_DIRECTORY | ENTRY_RIGHTS });
	fill_table(m, WORLD_PML4, (uint64_t[]){ PDPT | ENTRY_RIGHTS, PDPT | ENTRY_RIGHTS });
	fill_table(m, WORLD_PML5, (uint64_t[]){ WORLD_PML4 | ENTRY_RIGHTS, WORLD_PML4 | ENTRY_RIGHTS });
}

static void take_record(void *arg, struct rs_machine *m, const struct rs_record *record)
{
	struct world *w = arg;
	(void)m;
	w->record = *record;
	w->recorded = true;
}

bool world_open(struct world *w, const char *cpu)
{
	struct rs_error why;
	struct rs_config config = { .cpu = cpu, .memory = WORLD_RAM };
	*w = (struct world){ .cpu = cpu, .m = rs_new(&config, &why) };
	if (!w->m) {
		fprintf(stderr, "spec-compare: %s: %s\n", cpu, why.text);
		return false;
	}
	map_everything(w->m);
	w->base = *rs_state(w->m);
	rs_observe(w->m, take_record, w);
	return true;
}

void world_close(struct world *w)
{
	rs_free(w->m);
}

void world_code(struct world *w, uint64_t address, const uint8_t *bytes, unsigned size)
{
	rs_write_physical(w->m, address, bytes, size);
}

enum rs_stop world_step_on(struct world *w, struct cpu_state *st)
{
	w->recorded = false;
	enum rs_stop stop = rs_step(w->m);
	*st = *rs_state(w->m);
	rs_read_physical(w->m, WORLD_WINDOW, w->window, WORLD_WINDOW_SIZE);
	return stop;
}

enum rs_stop world_step(struct world *w, struct cpu_state *st)
{
	rs_write_physical(w->m, WORLD_WINDOW, w->window, WORLD_WINDOW_SIZE);
	rs_state_replace(w->m, st);
	return world_step_on(w, st);
}

/* ---- the two shapes of a state ---- */

/* Which of the machine's segments each of the rows' is. */
static const unsigned place[SPEC_SEGMENTS] = {
	[ES] = SEG_ES, [CS] = SEG_CS, [SS] = SEG_SS,     [DS] = SEG_DS,
	[FS] = SEG_FS, [GS] = SEG_GS, [LDTR] = SEG_LDTR, [TR] = SEG_TR,
};

static struct seg segment(const struct spec_segment *s)
{
	unsigned attributes = s->type | s->s << 4 | s->dpl << 5 | s->p << 7 | s->avl << 12 | s->l << 13 | s->db << 14;
	return (struct seg){ .base = s->base,
			     .limit = s->limit,
			     .sel = s->selector,
			     .attr = (uint16_t)(attributes | (unsigned)s->g << 15) };
}

void world_state(struct cpu_state *to, const struct spec_state *from, const struct cpu_state *base)
{
	*to = *base;
	memcpy(to->gpr, from->gpr, sizeof from->gpr);
	to->rip = from->rip, to->rflags = from->rflags, to->cpl = (uint8_t)from->cpl;
	for (unsigned i = 0; i < SPEC_SEGMENTS; i++)
		to->seg[place[i]] = segment(&from->seg[i]);
	to->gdtr = (struct table_register){ from->gdtr.base, from->gdtr.limit };
	to->idtr = (struct table_register){ from->idtr.base, from->idtr.limit };
	to->cr0 = from->cr0, to->cr2 = from->cr2, to->cr3 = from->cr3, to->cr4 = from->cr4;
	to->dr6 = from->dr6, to->dr7 = from->dr7, to->efer = from->efer;
	to->star = from->star, to->lstar = from->lstar, to->cstar = from->cstar, to->fmask = from->fmask;
	to->sysenter_cs = from->sysenter_cs, to->sysenter_esp = from->sysenter_esp;
	to->sysenter_eip = from->sysenter_eip, to->kernel_gs_base = from->kernel_gs_base;
	to->nmi_blocked = from->nmi_blocked;
}

/* Of a null segment only P = 0 can be seen: every use is refused, or looks at nothing but the base of FS and GS. */
static void leave_open(struct seg *want, const struct seg *got)
{
	*want = (struct seg){ .base = got->base, .limit = got->limit, .sel = want->sel, .attr = got->attr & ~SEG_P };
}

void world_expect(struct cpu_state *want, const struct spec_state *now, const struct spec_state *old,
		  const struct cpu_state *got)
{
	world_state(want, now, want);
	want->gpr[RSP] = (want->gpr[RSP] & ~now->open_rsp) | (got->gpr[RSP] & now->open_rsp);
	for (unsigned i = 0; i < SPEC_SEGMENTS; i++)
		if (now->seg[i].null && (i == SS || !old->seg[i].null))
			leave_open(&want->seg[place[i]], &got->seg[place[i]]);
}
