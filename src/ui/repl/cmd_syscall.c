/* cmd_syscall.c - !syscallcfg: what the fast system calls will load, and what is dangerous in it [SDM vol. 2, SYSCALL,
 * SYSRET, SYSENTER, SYSEXIT; APM vol. 2, 6.1; rules SC, SR, SE, SX, SG]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/profile.h"
#include "cpu/seg.h"
#include "ui/repl/commands.h"
#include "ui/repl/system.h"

#define CR4_SMAP_BIT (1ull << 21)

struct calls {
	struct prompt *p;
	struct out *out;
	const struct cpu_state *st;
	const struct behaviours *is;
	bool lma, has_syscall;
	unsigned warnings;
};

static void warn(struct calls *c, const char *text)
{
	out_printf(c->out, "%s  ! %s\n", c->warnings++ ? "" : "Warnings\n", text);
}

/* ---- registers ---- */

static void show_value(struct calls *c, const char *name, uint64_t value, const char *about)
{
	char text[ADDRESS_TEXT];
	out_printf(c->out, "  %-14s %s%s%s\n", name, address_text(value, text), about[0] ? "  " : "", about);
}

static void show_target(struct calls *c, const char *name, uint64_t value, const char *when)
{
	char symbol[200], about[280];
	symbols_text(&c->p->symbols, value, symbol, sizeof(symbol));
	snprintf(about, sizeof(about), "%s%s%s", when, when[0] && value && symbol[0] ? ": " : "", value ? symbol : "");
	show_value(c, name, value, about);
}

/* The flags of a mask by name; the last ones of 18 and up are few. */
static const char *flag_names(uint64_t mask, char *text, size_t size)
{
	static const char *const names[22] = { "CF", NULL, "PF", NULL, "AF", NULL, "ZF", "SF", "TF",  "IF",  "DF",
					       "OF", NULL, NULL, "NT", NULL, "RF", "VM", "AC", "VIF", "VIP", "ID" };
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < 22 && used < size; i++)
		if (names[i] && mask >> i & 1)
			used += (size_t)snprintf(text + used, size - used, " %s", names[i]);
	if (mask >> 12 & 3 && used < size)
		snprintf(text + used, size - used, " IOPL%s", (mask >> 12 & 3) == 3 ? "" : " (half)");
	return text;
}

static void show_registers(struct calls *c)
{
	char flags[120], about[160];
	if (!c->has_syscall) {
		out_text(c->out, "SYSCALL and SYSRET: #UD, the processor has none\n");
		return;
	}
	out_printf(c->out, "SYSCALL and SYSRET: EFER.SCE = %u, LMA = %u\n", (unsigned)(c->st->efer & 1), c->lma);
	show_value(c, "STAR", c->st->star, "");
	show_target(c, "LSTAR", c->st->lstar, "from 64-bit mode");
	show_target(c, "CSTAR", c->st->cstar,
		    c->is->syscall_outside_64 ? "from compatibility mode"
					      : "unused: SYSCALL outside of 64-bit mode is #UD here");
	if (c->is->syscall_outside_64)
		show_target(c, "STAR[31:0]", (uint32_t)c->st->star, "from legacy mode");
	snprintf(about, sizeof(about), "clears%s",
		 c->st->fmask ? flag_names(c->st->fmask, flags, sizeof(flags)) : " nothing");
	show_value(c, "FMASK", c->st->fmask, about);
}

/* ---- selectors ---- */

static struct rs_segment fixed(struct seg s)
{
	return (struct rs_segment){ s.sel, s.attr, s.limit, s.base };
}

/* The cache that the instruction will load, and the descriptor that it will not read. */
static void show_pair(struct calls *c, const char *name, struct seg cache)
{
	struct rs_segment loaded = fixed(cache), table;
	uint8_t bytes[DESCRIPTOR_BYTES];
	unsigned gdt = cache.sel & 0xfffbu;
	descriptor_row(c->p, cache.sel, name, &loaded);
	out_text(c->out, "\n");
	const char *problem = cache.sel & 4 ? "TI=1: the LDT" : system_descriptor(c->p, gdt, bytes);
	if (problem) {
		out_printf(c->out, "%04x GDT   ! %s\n", cache.sel, problem);
		return;
	}
	table = descriptor_decode(bytes, c->lma);
	descriptor_row(c->p, cache.sel & 0xfffcu, "GDT", &table);
	descriptor_difference(c->p, &table, &loaded);
}

static void show_load(struct calls *c, const char *what, struct seg cs, struct seg ss)
{
	out_printf(c->out, "%s loads\n", what);
	show_pair(c, "cs", cs);
	show_pair(c, "ss", ss);
}

/* AMD leaves the cache of SS but for the DPL (SR-14, SR-15), and its RPL as it falls (SR-11, SR-12). */
static struct seg sysret_stack(const struct calls *c)
{
	uint16_t selector = (uint16_t)((c->st->star >> 48) + 8);
	struct seg s = c->st->seg[SEG_SS];
	if (c->is->sysret_loads_ss_cache)
		s = seg_flat_stack(selector, 3);
	s.sel = c->is->sysret_sets_ss_rpl ? selector | 3 : selector;
	s.attr |= SEG_DPL;
	return s;
}

static void show_syscall(struct calls *c)
{
	uint16_t kernel = (uint16_t)(c->st->star >> 32), user = (uint16_t)(c->st->star >> 48);
	struct seg cs = c->lma ? seg_flat_code64(kernel & 0xfffc, 0) : seg_flat_code32(kernel & 0xfffc, 0);
	if (!c->lma && !c->is->syscall_outside_64) {
		out_text(c->out, "SYSCALL and SYSRET are #UD here outside of 64-bit mode\n");
		return;
	}
	show_load(c, "SYSCALL", cs, seg_flat_stack((uint16_t)(kernel + 8), 0));
	if (c->lma)
		show_load(c, "SYSRET to 64-bit mode", seg_flat_code64((uint16_t)(user + 16) | 3, 3), sysret_stack(c));
	show_load(c, "SYSRET to 32-bit code", seg_flat_code32(user | 3, 3), sysret_stack(c));
}

/* ---- SYSENTER ---- */

static bool sysenter_works(const struct calls *c)
{
	return !c->lma || c->is->sysenter_in_long_mode;
}

static void show_sysenter(struct calls *c)
{
	uint16_t base = (uint16_t)c->st->sysenter_cs, kernel = base & 0xfffc;
	bool to_64 = c->lma;
	out_printf(c->out, "SYSENTER and SYSEXIT%s\n",
		   !sysenter_works(c) ? ": #UD here while LMA = 1"
		   : kernel           ? ""
				      : ": #GP(0), because SYSENTER_CS is null");
	show_value(c, "SYSENTER_CS", c->st->sysenter_cs, "");
	show_target(c, "SYSENTER_EIP", c->st->sysenter_eip, "");
	show_target(c, "SYSENTER_ESP", c->st->sysenter_esp, "");
	if (!sysenter_works(c) || !kernel)
		return;
	show_load(c, "SYSENTER", to_64 ? seg_flat_code64(kernel, 0) : seg_flat_code32(kernel, 0),
		  seg_flat_stack((uint16_t)(kernel + 8), 0));
	if (to_64)
		show_load(c, "SYSEXIT to 64-bit mode", seg_flat_code64((uint16_t)(base + 32) | 3, 3),
			  seg_flat_stack((uint16_t)(base + 40) | 3, 3));
	show_load(c, "SYSEXIT to 32-bit code", seg_flat_code32((uint16_t)(base + 16) | 3, 3),
		  seg_flat_stack((uint16_t)(base + 24) | 3, 3));
}

/* ---- GS ---- */

static bool is_upper(uint64_t address)
{
	return address >> 63;
}

/* Whose the base is can be told where one of the two is in the upper half, as kernels have it. */
static void show_gs(struct calls *c)
{
	uint64_t gs = c->st->seg[SEG_GS].base, other = c->st->kernel_gs_base;
	bool known = is_upper(gs) != is_upper(other);
	out_printf(c->out, "SWAPGS, at CPL %u\n", c->st->cpl);
	show_target(c, "GS.base", gs, !known ? "active" : is_upper(gs) ? "active, the kernel's" : "active, the user's");
	show_target(c, "KERNEL_GS_BASE", other, !known ? "" : is_upper(other) ? "the kernel's" : "the user's");
	if (known && is_upper(gs) != (c->st->cpl == 0))
		warn(c, c->st->cpl ? "CPL is not 0, and GS.base is the kernel's"
				   : "CPL is 0, and GS.base is the user's: a GS-relative access needs a SWAPGS before");
}

/* ---- warnings ---- */

static void warn_of_target(struct calls *c, const char *name, uint64_t target)
{
	const char *problem = system_address_problem(c->p, target);
	char text[100];
	struct rs_walk walk;
	rs_walk(c->p->machine, target, &walk);
	if (!problem[0] && !walk.executable)
		problem = "in a page without execution";
	if (!target)
		problem = "0";
	snprintf(text, sizeof(text), "%s is %s", name, problem);
	if (problem[0])
		warn(c, text);
}

static void warn_of_flags(struct calls *c)
{
	bool smap = c->st->cr4 & CR4_SMAP_BIT;
	static const struct {
		unsigned bit;
		const char *text;
	} rows[] = {
		{ 8,
		  "FMASK leaves TF: a single-step #DB comes in the kernel's first instruction, on the user's stack" },
		{ 9, "FMASK leaves IF: an interrupt can come before SWAPGS, on the user's stack" },
		{ 10, "FMASK leaves DF: string instructions of the kernel can run backwards" },
		{ 14, "FMASK leaves NT: an IRET of the kernel can fault (#GP in IA-32e mode)" },
		{ 18, "FMASK leaves AC: SMAP does not protect the kernel if the user sets it" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!(c->st->fmask >> rows[i].bit & 1) && (rows[i].bit != 18 || smap))
			warn(c, rows[i].text);
}

static void warn_of_selectors(struct calls *c)
{
	unsigned kernel = c->st->star >> 32 & 0xffff, user = c->st->star >> 48 & 0xffff;
	if (!(kernel & 0xfffc))
		warn(c, "STAR[47:32] is null: an IRET to what SYSCALL left in CS is #GP");
	if (kernel & 3)
		warn(c, "STAR[47:32] has an RPL: SYSCALL puts it into SS (SC-13)");
	if (!c->is->sysret_sets_ss_rpl && (user & 3) != 3)
		warn(c,
		     "STAR[63:48] has not RPL 3: SYSRET leaves SS with it, and an IRET through that SS is #GP (SR-12)");
}

static void warn_of_syscall(struct calls *c)
{
	if (!(c->st->efer & EFER_SCE)) {
		warn(c, "EFER.SCE is 0: SYSCALL and SYSRET are #UD");
		return;
	}
	if (c->lma)
		warn_of_target(c, "LSTAR", c->st->lstar);
	if (c->lma && c->is->syscall_outside_64)
		warn_of_target(c, "CSTAR", c->st->cstar);
	if (!c->lma && c->is->syscall_outside_64)
		warn_of_target(c, "STAR[31:0]", (uint32_t)c->st->star);
	if (c->lma)
		warn_of_flags(c);
	warn_of_selectors(c);
}

bool system_calls(struct prompt *p, const struct prompt_command *command, const char *args)
{
	const struct rs_profile *profile = profile_find(ui_cpu(p->ui));
	struct calls c = { p,
			   p->ui->out,
			   rs_state(p->machine),
			   &profile->is,
			   system_is_long(p),
			   profile_has(profile, FEATURE_SYSCALL),
			   0 };
	(void)command;
	if (!prompt_end(p, args))
		return false;
	show_registers(&c);
	descriptor_heading(p);
	if (c.has_syscall && (c.st->star || c.st->efer & EFER_SCE))
		show_syscall(&c);
	show_sysenter(&c);
	if (c.lma)
		show_gs(&c);
	if (c.has_syscall)
		warn_of_syscall(&c);
	if (sysenter_works(&c) && c.st->sysenter_cs & 0xfffc)
		warn_of_target(&c, "SYSENTER_EIP", c.st->sysenter_eip);
	return true;
}
