/* accessfault_allow.c - what may differ from the state before when an access of a record has faulted. */
#include "accessfault.h"

#include <string.h>

/* ---- RAM ---- */

void accept_ram(struct run *r)
{
	for (unsigned page = ram_suspect(r->e, 0); page < ENV_PAGES; page = ram_suspect(r->e, page + 1))
		ram_accept(r->e, page);
}

void accept_accessed(struct probe *p)
{
	for (const uint8_t *page = p->tables->page; *page; page++) {
		const uint8_t *actual = ram_actual(p->r->e, *page);
		for (uint64_t i = 0; actual && i < PAGE_SIZE; i += p->tables->entry) {
			uint8_t *want = p->r->e->shadow + *page * PAGE_SIZE + i;
			*want |= actual[i] & (ENTRY_A | ENTRY_D);
		}
	}
}

static void accept_descriptor(struct run *r, uint64_t table, uint16_t selector)
{
	r->e->shadow[table + (selector & 0xfff8) + 5] |= SEG_ACCESSED;
	ram_touch(r->e, (unsigned)(table / PAGE_SIZE));
}

void accept_handler(struct run *r)
{
	bool is_long = r->before.efer & EFER_LMA;
	uint64_t table = is_long ? ENV_GDT : ENV_GDT32;
	if (r->before.gdtr.base != table)
		return;
	accept_descriptor(r, table, is_long ? 0x10 : 8);
	if (!is_long && r->actual.cpl != r->before.cpl && !(r->actual.seg[SEG_SS].sel & 4))
		accept_descriptor(r, table, r->actual.seg[SEG_SS].sel);
}

void accept_inner_stack(struct run *r)
{
	uint64_t selector = get_le(r->e->shadow + ENV_TSS32 + 8, 2), at = ENV_GDT32 + (selector & 0xfff8) + 5;
	const uint8_t *page = ram_actual(r->e, ENV_GDT32 / PAGE_SIZE);
	if (r->before.efer & EFER_LMA || r->before.gdtr.base != ENV_GDT32 || selector & 4 || selector > ENV_GDT32_LIMIT)
		return;
	if (page && page[at % PAGE_SIZE] & SEG_ACCESSED)
		accept_descriptor(r, ENV_GDT32, (uint16_t)selector);
}

void allow_partial_frame(struct probe *p)
{
	struct run *r = p->r;
	for (unsigned i = 0; p->delivers && i < p->plain.write_count; i++) {
		const struct rs_write *w = &p->plain.writes[i];
		for (uint64_t b = 0; b < w->size && b < RS_WRITE_BYTES; b++) {
			uint8_t *want = ram_at(r->e, &p->start, w->address + b);
			size_t at = want ? (size_t)(want - r->e->shadow) : 0;
			const uint8_t *page = want ? ram_actual(r->e, (unsigned)(at / PAGE_SIZE)) : NULL;
			if (!page || page[at % PAGE_SIZE] != w->data[b])
				continue;
			*want = w->data[b];
			ram_touch(r->e, (unsigned)(at / PAGE_SIZE));
		}
	}
}

/* ---- REP strings ---- */

static bool is_prefix(uint8_t byte, bool wide)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	return memchr(prefixes, byte, sizeof prefixes) || (wide && (byte & 0xf0) == 0x40);
}

/* The width of the count register, or 0. */
static unsigned rep_width(struct run *r)
{
	const struct seg *cs = &r->before.seg[SEG_CS];
	bool wide = r->before.efer & EFER_LMA && cs->attr & SEG_L, rep = false, narrow = false;
	uint64_t linear = wide ? r->before.rip : (cs->base + r->before.rip) & UINT32_MAX;
	uint8_t byte;
	for (;; linear++) {
		if (rs_read_linear(r->m, linear, &byte, 1) != 1)
			return 0;
		if (!is_prefix(byte, wide))
			break;
		rep |= byte == 0xf2 || byte == 0xf3;
		narrow |= byte == 0x67;
	}
	bool string = (byte >= 0xa4 && byte <= 0xaf && byte != 0xa8 && byte != 0xa9) || (byte >= 0x6c && byte <= 0x6f);
	if (!rep || !string)
		return 0;
	bool code32 = cs->attr & SEG_DB;
	return wide ? (narrow ? 4 : 8) : code32 != narrow ? 4 : 2;
}

/* The state after `done` iterations, by running the instruction with that count; RAM goes into the shadow. */
static bool run_iterations(struct probe *p, struct cpu_state *want, uint64_t done, unsigned width)
{
	struct run *r = p->r;
	uint64_t mask = width == 8 ? UINT64_MAX : (1ull << 8 * width) - 1;
	rs_snapshot_restore(r->m, p->before);
	rs_set(r->m, (size_t)rs_field_find("rcx"), (want->gpr[RCX] & ~mask) | done);
	uint64_t n = rs_status(r->m)->instructions;
	for (unsigned i = 0; i < 600 && rs_status(r->m)->instructions == n; i++)
		if (rs_step(r->m) != RS_STOP_NONE)
			return false;
	const struct cpu_state *st = rs_state(r->m);
	uint64_t left = (want->gpr[RCX] - done) & mask;
	want->gpr[RCX] = width == 4 ? left : (want->gpr[RCX] & ~mask) | left;
	want->gpr[RSI] = st->gpr[RSI];
	want->gpr[RDI] = st->gpr[RDI];
	want->gpr[RAX] = st->gpr[RAX];
	accept_ram(r);
	return true;
}

/* With 32-bit addresses in 64-bit mode the upper halves go as soon as it begins (measured on an Intel core). */
static void allow_cut(const struct probe *p, struct cpu_state *want)
{
	static const uint8_t registers[] = { RCX, RSI, RDI };
	for (unsigned i = 0; i < sizeof registers; i++) {
		unsigned n = registers[i];
		if (p->r->actual.gpr[n] == (uint32_t)want->gpr[n])
			want->gpr[n] = (uint32_t)want->gpr[n];
	}
}

/* *want follows what a REP string has done before it faulted. */
static void allow_progress(struct probe *p, struct cpu_state *want)
{
	struct run *r = p->r;
	unsigned width = rep_width(r);
	uint64_t mask = width == 8 ? UINT64_MAX : width ? (1ull << 8 * width) - 1 : 0;
	uint64_t done = (p->start.gpr[RCX] - r->actual.gpr[RCX]) & mask;
	if (width == 4)
		allow_cut(p, want);
	if (!done)
		return;
	struct rs_snapshot *faulted = rs_snapshot_take(r->m);
	if (!faulted || !run_iterations(p, want, done, width))
		complain(r, "%llu iterations cannot be run alone", (ull)done);
	if (!faulted)
		return;
	rs_snapshot_restore(r->m, faulted);
	rs_snapshot_free(r->m, faulted);
}

/* ---- the rest of the state ---- */

/* POPA loads as it goes (measured on an Intel core). */
static void allow_popa(struct probe *p, struct cpu_state *want)
{
	const struct seg *cs = &p->start.seg[SEG_CS];
	uint8_t bytes[2] = { 0 };
	rs_read_linear(p->r->m, (cs->base + p->start.rip) & UINT32_MAX, bytes, 2);
	bool wide = p->start.efer & EFER_LMA && cs->attr & SEG_L;
	if (wide || bytes[bytes[0] == 0x66] != 0x61)
		return;
	for (unsigned i = 0; i < 8; i++)
		if (i != RSP)
			want->gpr[i] = p->r->actual.gpr[i];
}

/* The first instruction of this record. */
static void allow_vector(struct probe *p, struct cpu_state *want)
{
	const struct seg *cs = &p->start.seg[SEG_CS];
	const bool wide = p->start.efer & EFER_LMA && cs->attr & SEG_L;
	uint8_t bytes[15];
	const uint64_t linear = wide ? p->start.rip : (cs->base + p->start.rip) & UINT32_MAX;
	const size_t size = rs_read_linear(p->r->m, linear, bytes, sizeof bytes);
	case_accept_gather(bytes, size, &p->r->actual, want);
	case_accept_mmx_store(p->r, bytes, size, want);
}

/* An exception of SSE has set its flags, and one with an MMX operand has gone to MMX state, before the #XM or #UD is
 * delivered [SDM vol. 1, 11.5.2]. */
static void allow_exception_flags(const struct probe *p, struct cpu_state *want)
{
	const struct cpu_state *actual = &p->r->actual, *after = &p->after;
	if (!p->plain_event || actual->mxcsr != after->mxcsr || actual->fsw != after->fsw || actual->ftw != after->ftw)
		return;
	want->mxcsr = after->mxcsr;
	want->fsw = after->fsw;
	want->ftw = after->ftw;
}

/* A signal from outside is taken, whatever becomes of its delivery (NM-01, MS-30). */
static void allow_signal(struct probe *p, struct cpu_state *want)
{
	if (!p->plain_event || (p->start.pending == p->after.pending && p->start.irq == p->after.irq))
		return;
	want->pending = p->after.pending;
	want->irq = p->after.irq;
	want->nmi_blocked = p->after.nmi_blocked;
	want->mcg_status = p->after.mcg_status;
}

struct cpu_state expected(struct probe *p)
{
	struct cpu_state want = p->start;
	const struct cpu_state *actual = &p->r->actual;
	allow_progress(p, &want);
	want.cr2 = actual->cr2;
	if (p->debug_event && actual->dr6 == p->debug_dr6) {
		want.dr6 = p->debug_dr6;
		want.pending_db = 0;
	}
	allow_signal(p, &want);
	allow_popa(p, &want);
	allow_vector(p, &want);
	allow_exception_flags(p, &want);
	if (p->start.debugctl & DEBUGCTL_LBR) { /* each attempt at an event is recorded */
		want.last_branch = actual->last_branch;
		want.last_exception = actual->last_exception;
	}
	/* the handler finds no monitor [SDM vol. 3, 8.10.4]; a shutdown may have come before that */
	want.monitor = p->r->seen ? 0 : actual->monitor;
	if (p->unblocks)
		want.nmi_blocked = actual->nmi_blocked;
	return want;
}
