/* model_segments.c - selectors with their hidden caches beside the descriptors that are now in the tables, and whose
 * GS.base is active. SYSCALL loads fixed caches without reading a table [SDM vol. 2, SYSCALL]. */
#include "view/model_parts.h"

#include <string.h>

#include "cpu/profile.h"
#include "ui/repl/descriptor.h"
#include "ui/repl/system.h"

static struct rs_segment segment_of(const struct seg *s)
{
	return (struct rs_segment){ .selector = s->sel, .attributes = s->attr, .limit = s->limit, .base = s->base };
}

static bool segment_same(const struct rs_segment *a, const struct rs_segment *b)
{
	return a->selector == b->selector && a->attributes == b->attributes && a->limit == b->limit &&
	       a->base == b->base;
}

/* ---- cache and table ---- */

/* A system descriptor has no accessed bit: all of its type counts. */
static unsigned attribute_differences(unsigned a, unsigned b)
{
	static const struct {
		uint16_t mask, difference;
	} parts[] = { { SEG_TYPE & ~SEG_ACCESSED, VIEW_TYPE },
		      { SEG_S, VIEW_S },
		      { SEG_DPL, VIEW_DPL },
		      { SEG_P, VIEW_P },
		      { 0x1000, VIEW_AVL },
		      { SEG_L, VIEW_L },
		      { SEG_DB, VIEW_D },
		      { SEG_G, VIEW_G } };
	const unsigned different = a ^ b;
	unsigned result = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (different & parts[i].mask)
			result |= parts[i].difference;
	if (different & SEG_ACCESSED)
		result |= a & b & SEG_S ? VIEW_ACCESSED : VIEW_TYPE;
	return result;
}

static unsigned differences(const struct rs_segment *cache, const struct rs_segment *table)
{
	return attribute_differences(cache->attributes, table->attributes) |
	       (cache->base != table->base ? VIEW_BASE : 0) | (cache->limit != table->limit ? VIEW_LIMIT : 0);
}

/* Those of TR and LDTR name descriptors in virtual-8086 mode, too: they are what a task and its LDT were loaded by [SDM
 * vol. 3, 20.2]. */
static bool names_descriptor(unsigned index, const struct cpu_state *s)
{
	return index == SEG_TR || index == SEG_LDTR ? s->cr0 & CR0_PE : model_is_protected(s);
}

static void look_up(struct view_selector *v, struct prompt *p, const struct cpu_state *now)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	const char *problem = system_descriptor(p, v->cache.selector, bytes);
	if (problem) {
		v->table_state = v->cache.selector < 4           ? VIEW_NULL
				 : strstr(problem, "not mapped") ? VIEW_UNMAPPED
								 : VIEW_BEYOND;
		return;
	}
	v->table_state = VIEW_READ;
	v->table = descriptor_decode(bytes, system_is_long(p));
	v->table.selector = v->cache.selector;
	v->differs = differences(&v->cache, &v->table);
	/* [SDM vol. 3, segment loading instructions in IA-32e mode] */
	if ((v->name[0] == 'F' || v->name[0] == 'G') && now->efer & EFER_LMA && v->differs & VIEW_BASE)
		v->differs ^= VIEW_BASE | VIEW_BASE_MSR;
}

void model_take_selectors(struct view_model *m, struct prompt *p, const struct view_states *s)
{
	static const struct {
		const char *name;
		unsigned index;
	} order[VIEW_SELECTORS] = { { "CS", SEG_CS }, { "SS", SEG_SS }, { "DS", SEG_DS }, { "ES", SEG_ES },
				    { "FS", SEG_FS }, { "GS", SEG_GS }, { "TR", SEG_TR }, { "LDTR", SEG_LDTR } };
	for (size_t i = 0; i < VIEW_SELECTORS; i++) {
		struct view_selector *v = &m->selector[i];
		*v = (struct view_selector){ .name = order[i].name,
					     .before = segment_of(&s->before->seg[order[i].index]),
					     .cache = segment_of(&s->now->seg[order[i].index]) };
		v->changed = !segment_same(&v->before, &v->cache);
		v->table_state = VIEW_NO_TABLE;
		if (names_descriptor(order[i].index, s->now))
			look_up(v, p, s->now);
	}
}

/* ---- GS.base and KERNEL_GS_BASE ---- */

/* SDM vol. 2, SWAPGS: 64-bit mode. In compatibility mode, the rest of IA-32e mode, the pair waits. */
static bool has_pair(struct prompt *p, const struct cpu_state *s)
{
	return profile_shows(profile_find(ui_cpu(p->ui)), FEATURE_LM) && s->efer & EFER_LMA;
}

/* At CPL 3 the active one is the program's. Inside, it still is until SWAPGS if it is what CPL 3 had last. */
void model_take_gs(struct view_model *m, struct prompt *p, const struct view_states *s)
{
	struct view_gs *gs = &m->gs;
	*gs = (struct view_gs){ .active = s->now->seg[SEG_GS].base, .other = s->now->kernel_gs_base };
	gs->gs_pair = has_pair(p, s->now);
	if (!gs->gs_pair || gs->active == gs->other)
		return;
	if (s->now->cpl == 3)
		gs->owner = VIEW_USER;
	else if (p->has_user_gs)
		gs->owner = gs->active == p->user_gs ? VIEW_USER : VIEW_KERNEL;
}
