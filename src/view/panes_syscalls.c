/* panes_syscalls.c - the MSRs of SYSCALL and SYSENTER, the selectors that they produce, and what would go wrong. */
#include <inttypes.h>
#include <string.h>

#include "view/panes_parts.h"

static const struct view_field *find_field(const struct view_model *m, const char *name)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (!strcmp(m->field[i].info->name, name))
			return &m->field[i];
	return NULL;
}

/* "*LSTAR  before -> now symbol"; before and symbol where there is room. */
static void draw_msr(struct pen *p, const char *label, const char *name, uint64_t value, const char *about)
{
	static const char room[] = "0000000000000000 -> 0000000000000000";
	const struct view_field *f = find_field(p->m, name);
	const bool changed = f && f->changed;
	int x = pen_value(p, 1, STYLE_LABEL, "%-6s ", label);
	if (changed) {
		pen_value(p, 0, STYLE_CHANGED, "*");
		if (text_fits(p, x, room)) {
			x = pen_value(p, x, STYLE_BEFORE, "%016" PRIx64, f->before[0]);
			x = pen_value(p, x, STYLE_DIM, " -> ");
		}
	}
	x = pen_value(p, x, changed ? STYLE_CHANGED : STYLE_TEXT, "%016" PRIx64, value);
	pen_words(p, x + 1, p->r.width, STYLE_LABEL, name_within(about, p->r.width - x - 1));
	p->line++;
}

static void draw_selectors(struct pen *p, const struct view_syscalls *s)
{
	int x = pen_value(p, 3, STYLE_DIM, "SYSCALL loads CS ");
	x = pen_value(p, x, STYLE_TEXT, "%04x", s->enter_cs);
	x = pen_value(p, x, STYLE_DIM, " SS ");
	pen_value(p, x, STYLE_TEXT, "%04x", s->enter_ss);
	p->line++;
	x = pen_value(p, 3, STYLE_DIM, "SYSRET  loads CS ");
	x = pen_value(p, x, STYLE_TEXT, "%04x", s->leave_cs);
	x = pen_value(p, x, STYLE_DIM, " SS ");
	x = pen_value(p, x, STYLE_TEXT, "%04x", s->leave_ss);
	x = pen_value(p, x, STYLE_DIM, ", 32: ");
	pen_value(p, x, STYLE_TEXT, "%04x", s->leave_cs32);
	p->line++;
}

static void draw_syscall(struct pen *p, const struct view_syscalls *s)
{
	if (!s->has_syscall) {
		pen_paragraph(p, 1, STYLE_DIM, "no SYSCALL on this processor");
		return;
	}
	draw_msr(p, "STAR", "star", s->star, "");
	draw_selectors(p, s);
	draw_msr(p, "LSTAR", "lstar", s->lstar, s->lstar_symbol);
	draw_msr(p, "CSTAR", "cstar", s->cstar, s->cstar_symbol);
	draw_msr(p, "FMASK", "fmask", s->fmask, "cleared from RFLAGS");
}

static int draw_pair(struct pen *p, int x, const char *about, const struct view_pair *pair)
{
	x = pen_value(p, x, STYLE_DIM, "%s", about);
	return pen_value(p, x, STYLE_TEXT, "%04x %04x", pair->cs, pair->ss);
}

/* "loads CS SS 0008 0010  SYSEXIT 001b 0023  64: 002b 0033", the last on a line of its own where that is too long. */
static void draw_sysenter_selectors(struct pen *p, const struct view_syscalls *s)
{
	static const char wide[] = "  64: 0000 0000";
	if (!s->sysenter.cs)
		return;
	int x = draw_pair(p, 3, "loads CS SS ", &s->sysenter);
	x = draw_pair(p, x, "  SYSEXIT ", &s->sysexit);
	if (s->sysexit64.cs && text_fits(p, x, wide)) {
		draw_pair(p, x, "  64: ", &s->sysexit64);
	} else if (s->sysexit64.cs) {
		p->line++;
		draw_pair(p, 3, "SYSEXIT to 64-bit mode ", &s->sysexit64);
	}
	p->line++;
}

static void draw_sysenter(struct pen *p, const struct view_syscalls *s)
{
	if (!s->has_sysenter) {
		pen_paragraph(p, 1, STYLE_DIM, "no SYSENTER on this processor");
		return;
	}
	draw_msr(p, "SYSENTER CS ", "sysenter_cs", s->sysenter_cs, "");
	draw_msr(p, "         EIP", "sysenter_eip", s->sysenter_eip, s->sysenter_symbol);
	draw_msr(p, "         ESP", "sysenter_esp", s->sysenter_esp, "");
	draw_sysenter_selectors(p, s);
}

/* Warnings come first: they are what must not be scrolled out of sight. */
void pane_syscalls(struct pen *p)
{
	const struct view_syscalls *s = &p->m->syscalls;
	for (unsigned i = 0; i < s->warning_count; i++) {
		pen_value(p, 0, STYLE_WARNING, "!");
		pen_paragraph(p, 2, STYLE_WARNING, s->warning[i]);
	}
	draw_syscall(p, s);
	draw_sysenter(p, s);
}
