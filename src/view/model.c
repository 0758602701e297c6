/* model.c - see model.h: fields, named bits, and what is said of the run. */
#include "view/model_parts.h"

#include <stdio.h>
#include <string.h>

#include "cpu/profile.h"
#include "msr/msr.h"
#include "ui/status.h"

/* ---- fields ---- */

struct view_field model_field(size_t index, const struct view_states *s)
{
	struct field_value before, now;
	field_read(s->before, index, &before);
	field_read(s->now, index, &now);
	return (struct view_field){
		.info = rs_field_info(index),
		.before = { before.number, before.high },
		.now = { now.number, now.high },
		.changed = !field_same(&before, &now),
	};
}

/* ---- fields: what the processor does not have ---- */

/* Registers that no MSR is, from the one to the other, and the feature that they come with [SDM vol. 1, 3.2.1, 13.1].
 */
static void note_absent(struct view_model *m, const struct rs_profile *profile)
{
	static const struct {
		const char *first, *last;
		enum feature needs;
	} parts[] = { { "r8", "r15", FEATURE_LM },         { "cr8", "cr8", FEATURE_LM },
		      { "pdpte0", "pdpte3", FEATURE_PAE }, { "pkru", "pkru", FEATURE_PKU },
		      { "xmm0", "xmm15", FEATURE_SSE },    { "xmm8", "xmm15", FEATURE_LM },
		      { "ymm0h", "ymm15h", FEATURE_AVX },  { "mxcsr", "mxcsr", FEATURE_SSE },
		      { "xcr0", "xcr0", FEATURE_XSAVE },   { "xss", "xss", FEATURE_XSAVES } };
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
		for (int i = rs_field_find(parts[k].first); i <= rs_field_find(parts[k].last); i++)
			m->field[i].absent |= !profile_shows(profile, parts[k].needs);
}

/* An MSR of which there is no row that this processor has; a row may be another processor's. */
static bool is_absent_msr(const struct rs_profile *profile, unsigned offset)
{
	bool is_msr = false;
	for (size_t i = 0; i < MSR_COUNT; i++) {
		if (msr_rows[i].at != offset)
			continue;
		if (msr_exists(profile, &msr_rows[i]))
			return false;
		is_msr = true;
	}
	return is_msr;
}

bool model_has_field(const struct view_model *m, const char *name)
{
	return !m->field[rs_field_find(name)].absent;
}

/* ---- all fields ---- */

static void take_fields(struct view_model *m, const struct rs_profile *profile, const struct view_states *s)
{
	_Static_assert(sizeof(m->field) / sizeof(m->field[0]) == VIEW_FIELDS, "as many as are counted");
	size_t count = rs_field_count();
	m->field_count = count < VIEW_FIELDS ? (unsigned)count : VIEW_FIELDS;
	for (size_t i = 0; i < m->field_count; i++) {
		m->field[i] = model_field(i, s);
		m->field[i].absent = is_absent_msr(profile, state_fields[i].offset);
	}
	note_absent(m, profile);
}

/* ---- named bits ---- */

/* Bits that are always 1, as DR6's 16 and 11 where neither RTM nor bus-lock detection is there, tell nothing [SDM vol.
 * 3, debug status register]. */
static void take_bits(struct view_model *m, const struct rs_profile *profile, const struct view_states *s)
{
	const struct cpu_state *b = s->before, *n = s->now;
	const struct view_bits bits[] = {
		{ "RFLAGS", b->rflags, n->rflags, UINT64_MAX },
		{ "CR0", b->cr0, n->cr0, UINT64_MAX },
		{ "CR4", b->cr4, n->cr4, profile_cr4_bits(profile) },
		{ "EFER", b->efer, n->efer, profile->efer_bits },
		{ "DR6", b->dr6, n->dr6, DR6_WRITABLE },
		{ "DR7", b->dr7, n->dr7, DR7_WRITABLE },
		{ "FMASK", b->fmask, n->fmask, model_has_field(m, "fmask") ? UINT64_MAX : 0 },
	};
	_Static_assert(sizeof(bits) == sizeof(m->bits), "every register of the model");
	memcpy(m->bits, bits, sizeof(bits));
}

/* SDM vol. 1, EFLAGS register. */
static const struct view_bit_name rflags_names[] = {
	{ "ID", 21, 1 }, { "VIP", 20, 1 },  { "VIF", 19, 1 }, { "AC", 18, 1 }, { "VM", 17, 1 }, { "RF", 16, 1 },
	{ "NT", 14, 1 }, { "IOPL", 12, 2 }, { "OF", 11, 1 },  { "DF", 10, 1 }, { "IF", 9, 1 },  { "TF", 8, 1 },
	{ "SF", 7, 1 },  { "ZF", 6, 1 },    { "AF", 4, 1 },   { "PF", 2, 1 },  { "CF", 0, 1 },  { NULL, 0, 0 },
};

/* SDM vol. 3, control registers. */
static const struct view_bit_name cr0_names[] = {
	{ "PG", 31, 1 }, { "CD", 30, 1 }, { "NW", 29, 1 }, { "AM", 18, 1 }, { "WP", 16, 1 }, { "NE", 5, 1 },
	{ "ET", 4, 1 },  { "TS", 3, 1 },  { "EM", 2, 1 },  { "MP", 1, 1 },  { "PE", 0, 1 },  { NULL, 0, 0 },
};

static const struct view_bit_name cr4_names[] = {
	{ "PKS", 24, 1 },  { "CET", 23, 1 },     { "PKE", 22, 1 },   { "SMAP", 21, 1 },       { "SMEP", 20, 1 },
	{ "KL", 19, 1 },   { "OSXSAVE", 18, 1 }, { "PCIDE", 17, 1 }, { "FSGSBASE", 16, 1 },   { "SMXE", 14, 1 },
	{ "VMXE", 13, 1 }, { "LA57", 12, 1 },    { "UMIP", 11, 1 },  { "OSXMMEXCPT", 10, 1 }, { "OSFXSR", 9, 1 },
	{ "PCE", 8, 1 },   { "PGE", 7, 1 },      { "MCE", 6, 1 },    { "PAE", 5, 1 },         { "PSE", 4, 1 },
	{ "DE", 3, 1 },    { "TSD", 2, 1 },      { "PVI", 1, 1 },    { "VME", 0, 1 },         { NULL, 0, 0 },
};

/* APM vol. 2, extended feature enable register; Intel has SCE, LME, LMA and NXE of them. */
static const struct view_bit_name efer_names[] = {
	{ "AIBRSE", 21, 1 }, { "UAIE", 20, 1 },  { "INTWB", 18, 1 }, { "MCOMMIT", 17, 1 }, { "TCE", 15, 1 },
	{ "FFXSR", 14, 1 },  { "LMSLE", 13, 1 }, { "SVME", 12, 1 },  { "NXE", 11, 1 },     { "LMA", 10, 1 },
	{ "LME", 8, 1 },     { "SCE", 0, 1 },    { NULL, 0, 0 },
};

/* SDM vol. 3, debug registers; RTM and BLD of DR6 are 0 where it happened. */
static const struct view_bit_name dr6_names[] = {
	{ "nRTM", 16, 1 }, { "BT", 15, 1 }, { "BS", 14, 1 }, { "BD", 13, 1 }, { "nBLD", 11, 1 },
	{ "B3", 3, 1 },    { "B2", 2, 1 },  { "B1", 1, 1 },  { "B0", 0, 1 },  { NULL, 0, 0 },
};

static const struct view_bit_name dr7_names[] = {
	{ "LEN3", 30, 2 }, { "RW3", 28, 2 }, { "LEN2", 26, 2 }, { "RW2", 24, 2 }, { "LEN1", 22, 2 }, { "RW1", 20, 2 },
	{ "LEN0", 18, 2 }, { "RW0", 16, 2 }, { "GD", 13, 1 },   { "RTM", 11, 1 }, { "GE", 9, 1 },    { "LE", 8, 1 },
	{ "G3", 7, 1 },    { "L3", 6, 1 },   { "G2", 5, 1 },    { "L2", 4, 1 },   { "G1", 3, 1 },    { "L1", 2, 1 },
	{ "G0", 1, 1 },    { "L0", 0, 1 },   { NULL, 0, 0 },
};

const struct view_bit_name *model_bit_name(const char *reg, unsigned index)
{
	static const struct {
		const char *reg;
		const struct view_bit_name *names;
		size_t count;
	} tables[] = {
#define TABLE(reg, names) { reg, names, sizeof(names) / sizeof((names)[0]) - 1 }
		TABLE("RFLAGS", rflags_names), TABLE("FMASK", rflags_names), TABLE("CR0", cr0_names),
		TABLE("CR4", cr4_names),       TABLE("EFER", efer_names),    TABLE("DR6", dr6_names),
		TABLE("DR7", dr7_names),
#undef TABLE
	};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(tables[i].reg, reg))
			return index < tables[i].count ? &tables[i].names[index] : NULL;
	return NULL;
}

/* ---- the run ---- */

static const char *mode_text(const struct cpu_state *s)
{
	const unsigned bits = state_mode(s);
	if (!(s->cr0 & CR0_PE))
		return "real";
	if (s->rflags & FLAG_VM && !(s->efer & EFER_LMA))
		return "v86";
	if (s->efer & EFER_LMA)
		return bits == 64 ? "long64" : bits == 32 ? "compat32" : "compat16";
	return bits == 32 ? "prot32" : "prot16";
}

static void take_stop(struct view_model *m, struct prompt *p)
{
	char text[VIEW_TEXT], words[512];
	const char *limit = status_limit(rs_status(p->machine), &p->ui->options);
	m->stop[0] = 0;
	m->ended = prompt_has_ended(p);
	if (m->ended || (p->go.stop == RS_STOP_LIMIT && limit))
		snprintf(m->stop, sizeof(m->stop), "%.*s", VIEW_TEXT - 1,
			 status_text(rs_status(p->machine), p->ui, m->ended ? NULL : limit, words, sizeof(words)));
	else if (p->go.hit >= 0)
		snprintf(m->stop, sizeof(m->stop), "Breakpoint %x hit %.100s", (unsigned)p->go.hit,
			 event_text(&p->events[p->go.hit], text, sizeof(text)));
	else if (p->go.interrupted)
		snprintf(m->stop, sizeof(m->stop), "interrupted");
}

static void take_run(struct view_model *m, struct prompt *p, const struct view_states *s)
{
	const struct rs_status *status = rs_status(p->machine);
	const char *path = p->ui->options.operand[0], *slash = strrchr(path, '/');
	snprintf(m->image, sizeof(m->image), "%.150s", slash ? slash + 1 : path);
	snprintf(m->cpu, sizeof(m->cpu), "%s", ui_cpu(p->ui));
	snprintf(m->mode, sizeof(m->mode), "%s", mode_text(s->now));
	m->n = status->instructions;
	m->cycles = status->cycles;
	m->has_cycles = ui_timing(p->ui);
	m->cpl = s->now->cpl;
	m->last[0] = 0;
	if (p->has_last)
		happening_text(&p->last, m->last, sizeof(m->last));
	take_stop(m, p);
}

void model_take(struct view_model *m, struct prompt *p, const struct view_place *place, struct view_kept *kept)
{
	const struct cpu_state *now = rs_state(p->machine);
	const struct view_states s = { p->has_last ? state_before(p) : now, now };
	take_run(m, p, &s);
	const struct rs_profile *profile = profile_find(m->cpu);
	take_fields(m, profile, &s);
	take_bits(m, profile, &s);
	model_take_selectors(m, p, &s);
	model_take_gs(m, p, &s);
	model_take_syscalls(m, p, &s);
	model_take_card(m, p, kept);
	model_take_code(m, p, place, kept);
	model_take_stack(m, p, &s);
	model_take_memory(m, p, place);
	model_take_walk(m, p, place);
}
