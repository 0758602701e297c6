/* model_syscalls.c - the MSRs of SYSCALL and SYSENTER, the selectors that STAR makes, and what will go wrong with
 * them. What a processor does is asked of the rows of its transitions. */
#include "view/model_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cpu/profile.h"
#include "ui/disasm.h"

static bool has_step(struct prompt *p, const char *transition, const char *name)
{
	const int t = rs_transition_find(transition);
	struct rs_step_row row;
	for (size_t i = 0; t >= 0 && rs_transition_row((size_t)t, i, ui_cpu(p->ui), &row); i++)
		if (!strcmp(row.name, name))
			return true;
	return false;
}

/* AMD has none in long mode [APM vol. 3, SYSENTER]. */
static bool sysenter_works(struct prompt *p, const struct cpu_state *s)
{
	return !(s->efer & EFER_LMA) || profile_find(ui_cpu(p->ui))->is.sysenter_in_long_mode;
}

/* ---- warnings ---- */

/* The instruction that comes next; no bytes: it cannot be read. */
struct next {
	uint8_t bytes[16];
	size_t length;
	const uint8_t *op;
	char text[120];
	bool wide; /* REX.W */
};

struct warnings {
	struct view_syscalls *to;
	struct view_model *m;
	struct prompt *p;
	const struct cpu_state *now;
	struct next next;
};

static void warn(const struct warnings *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void warn(const struct warnings *w, const char *format, ...)
{
	struct view_syscalls *y = w->to;
	va_list args;
	if (y->warning_count == VIEW_WARNINGS)
		return;
	va_start(args, format);
	vsnprintf(y->warning[y->warning_count++], VIEW_TEXT, format, args);
	va_end(args);
}

/* SDM vol. 1, canonical addressing: bits from the highest linear one on are alike. */
static bool is_canonical(const struct cpu_state *s, uint64_t address)
{
	const unsigned unused = s->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;
	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static void warn_of_entry(const struct warnings *w, const char *name, uint64_t target)
{
	const struct cpu_state *s = w->now;
	struct rs_walk walk;
	if (!is_canonical(s, target)) {
		warn(w, "%s is not canonical: SYSCALL leads nowhere", name);
		return;
	}
	rs_walk(w->p->machine, target, &walk);
	if (!walk.mapped)
		warn(w, "%s is not mapped: #PF at CPL 0 behind SYSCALL", name);
	else if (!walk.executable)
		warn(w, "%s leads to a page that cannot be executed: #PF at CPL 0 behind SYSCALL", name);
	else if (walk.user && s->cr4 & CR4_SMEP)
		warn(w, "%s leads to a user page: #PF by SMEP at CPL 0 behind SYSCALL", name);
	else if (walk.user)
		warn(w, "%s leads to a user page: CPL 0 would execute the program's code", name);
}

static bool is_next(const struct warnings *w, uint8_t second)
{
	return w->next.length && w->next.op[0] == 0x0f && w->next.op[1] == second;
}

/* A guest that neither prepares nor executes it needs no word of it. */
static bool cares_for_syscall(const struct warnings *w)
{
	const struct cpu_state *s = w->now;
	return s->efer & EFER_LMA || s->lstar || s->star || is_next(w, 0x05) || is_next(w, 0x07);
}

/* SYSEXIT looks at it as well; where it is executed somebody has come in by another way [SDM vol. 2, SYSENTER]. */
static void warn_of_sysenter(const struct warnings *w)
{
	const struct cpu_state *s = w->now;
	if (!w->to->has_sysenter || !sysenter_works(w->p, s) || s->sysenter_cs & 0xfffc)
		return;
	if (s->sysenter_eip || s->sysenter_esp || is_next(w, 0x34))
		warn(w, "SYSENTER is #GP(0): SYSENTER_CS is null");
}

static void warn_of_msrs(const struct warnings *w)
{
	const struct cpu_state *s = w->now;
	if (!w->to->has_syscall)
		return;
	if (!(s->efer & EFER_SCE)) {
		if (cares_for_syscall(w))
			warn(w, "SYSCALL is #UD: EFER.SCE is 0");
		return;
	}
	if (!(s->efer & EFER_LMA))
		return;
	warn_of_entry(w, "LSTAR", s->lstar);
	if (!w->to->enter_cs)
		warn(w, "SYSCALL loads a null CS: STAR[47:32] is 0");
	if (!(s->fmask & FLAG_IF))
		warn(w, "FMASK.IF is 0: interrupts come in on the program's stack behind SYSCALL");
}

/* ---- the instruction that comes next ---- */

static void read_next(struct prompt *p, struct next *n)
{
	n->length = code_at(p, prompt_pc(p), n->bytes, n->text, sizeof(n->text));
	if (!n->length)
		return;
	n->op = opcode_in(n->bytes, n->length, prompt_mode(p));
	n->wide = n->op > n->bytes && prompt_mode(p) == 64 && (n->op[-1] & 0xf8) == 0x48;
}

static void warn_of_sysret(const struct warnings *w)
{
	const uint64_t rcx = w->now->gpr[RCX];
	if (!is_next(w, 0x07))
		return;
	if (w->next.wide && !is_canonical(w->now, rcx))
		warn(w, "RCX %" PRIx64 " is not canonical: SYSRET %s", rcx,
		     has_step(w->p, "SYSRET", "sysret_canonical") ? "is #GP(0) at CPL 0, on the program's stack"
								  : "leads to #GP(0) at CPL 3");
	if (w->m->gs.owner == VIEW_KERNEL)
		warn(w, "GS.base is the kernel's: SYSRET leaves it to the program");
}

/* IRETQ: CS is the second word [SDM vol. 2, IRET]. */
static void warn_of_iret(const struct warnings *w)
{
	const struct next *n = &w->next;
	uint64_t cs = 0;
	if (n->op[0] != 0xcf || !n->wide || w->m->gs.owner != VIEW_KERNEL)
		return;
	if (rs_read_linear(w->p->machine, w->now->gpr[RSP] + 8, &cs, 8) == 8 && (cs & 3) == 3)
		warn(w, "GS.base is the kernel's: IRET leaves it to the program");
}

static void warn_of_next(const struct warnings *w)
{
	const struct next *n = &w->next;
	if (w->now->cpl || !(w->now->efer & EFER_LMA) || !n->length)
		return;
	warn_of_sysret(w);
	warn_of_iret(w);
	if (w->m->gs.owner == VIEW_USER && ui_accesses_gs(n->bytes, n->length, prompt_mode(w->p)))
		warn(w, "GS.base is the program's, at CPL 0: %.100s", n->text);
}

/* ---- all of it ---- */

/* SYSENTER ignores the RPL of SYSENTER_CS, SYSEXIT sets it to 3 [SDM vol. 2, SYSENTER, SYSEXIT]. */
static void take_sysenter(struct view_syscalls *y, struct prompt *p, const struct cpu_state *n)
{
	const uint16_t cs = (uint16_t)n->sysenter_cs, in = cs & 0xfffc;
	if (!in || !y->has_sysenter || !sysenter_works(p, n))
		return;
	y->sysenter = (struct view_pair){ in, (uint16_t)(in + 8) };
	y->sysexit = (struct view_pair){ (uint16_t)(cs + 16) | 3, (uint16_t)(cs + 24) | 3 };
	if (n->efer & EFER_LMA)
		y->sysexit64 = (struct view_pair){ (uint16_t)(cs + 32) | 3, (uint16_t)(cs + 40) | 3 };
}

static void take_symbols(struct view_syscalls *y, struct prompt *p)
{
	symbols_text(&p->symbols, y->lstar, y->lstar_symbol, sizeof(y->lstar_symbol));
	symbols_text(&p->symbols, y->cstar, y->cstar_symbol, sizeof(y->cstar_symbol));
	symbols_text(&p->symbols, y->sysenter_eip, y->sysenter_symbol, sizeof(y->sysenter_symbol));
}

void model_take_syscalls(struct view_model *m, struct prompt *p, const struct view_states *s)
{
	const struct cpu_state *n = s->now;
	const uint16_t in = (uint16_t)(n->star >> 32), out = (uint16_t)(n->star >> 48);
	struct view_syscalls *y = &m->syscalls;
	const struct rs_profile *profile = profile_find(ui_cpu(p->ui));
	*y = (struct view_syscalls){
		.star = n->star,
		.lstar = n->lstar,
		.cstar = n->cstar,
		.fmask = n->fmask,
		.sysenter_cs = n->sysenter_cs,
		.sysenter_eip = n->sysenter_eip,
		.sysenter_esp = n->sysenter_esp,
		.enter_cs = in & 0xfffc,
		.enter_ss = (uint16_t)(in + 8),
		.leave_cs = (uint16_t)(out + 16) | 3,
		.leave_cs32 = out | 3,
		.leave_ss = (uint16_t)(out + 8),
		.has_syscall = profile_has(profile, FEATURE_SYSCALL),
		.has_sysenter = profile_has(profile, FEATURE_SEP),
	};
	if (has_step(p, "SYSRET", "sysret_ss"))
		y->leave_ss |= 3;
	take_sysenter(y, p, n);
	take_symbols(y, p);
	struct warnings w = { .to = y, .m = m, .p = p, .now = n };
	read_next(p, &w.next);
	warn_of_msrs(&w);
	warn_of_sysenter(&w);
	warn_of_next(&w);
}
