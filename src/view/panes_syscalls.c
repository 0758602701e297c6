/* panes_syscalls.c - the MSRs of SYSCALL and SYSENTER, the selectors that they produce, and what would go wrong. */
#include <inttypes.h>

#include "view/panes_parts.h"

static void draw_msr(struct pen *p, const char *name, uint64_t value, const char *about)
{
	int x = pen_value(p, 1, STYLE_LABEL, "%-6s ", name);
	x = pen_value(p, x, STYLE_TEXT, "%016" PRIx64, value);
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
	draw_msr(p, "STAR", s->star, "");
	draw_selectors(p, s);
	draw_msr(p, "LSTAR", s->lstar, s->lstar_symbol);
	draw_msr(p, "CSTAR", s->cstar, s->cstar_symbol);
	draw_msr(p, "FMASK", s->fmask, "cleared from RFLAGS");
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
	draw_msr(p, "SYSENTER CS ", s->sysenter_cs, "");
	draw_msr(p, "         EIP", s->sysenter_eip, s->sysenter_symbol);
	draw_msr(p, "         ESP", s->sysenter_esp, "");
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
