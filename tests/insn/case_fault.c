/* case_fault.c - check, then commit: every access of every case is made to fault in turn, and nothing may have changed.
 *
 * A page of the arena loses its P or W bit and the first instruction is stepped. If that ends in #PF, the whole state
 * is compared with that before. A REP string, PUSHA, POPA, ENTER or gather may have come some way: then the registers
 * that it changes may differ, and memory.
 */
#include <string.h>

#include "case.h"

static const uint8_t arena_pages[] = { 0x00, 0x01, 0x10, 0x11, 0x13, 0x16, 0x17, 0x20, 0x21 };
enum { FIRST_STACK_PAGE = 0x20, P_BIT = 1, W_BIT = 2 };

static bool is_prefix(uint8_t byte)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	return memchr(prefixes, byte, sizeof prefixes) || (byte & 0xf0) == 0x40;
}

#define BIT(reg) (1u << (reg))
enum { ALL_OR_NOTHING, STEP_BY_STEP = 1 << 16 /* and the bits of the registers that may have changed */ };

static unsigned progress_of(uint8_t opcode, bool rep)
{
	bool string = opcode >= 0xa4 && opcode <= 0xaf && opcode != 0xa8 && opcode != 0xa9;
	if (rep && string)
		return STEP_BY_STEP | BIT(RAX) | BIT(RCX) | BIT(RSI) | BIT(RDI);
	if (opcode == 0x61)
		return STEP_BY_STEP | (0xff & ~BIT(RSP));                        /* POPA */
	return opcode == 0x60 || opcode == 0xc8 ? STEP_BY_STEP : ALL_OR_NOTHING; /* PUSHA, ENTER */
}

static unsigned progress(const struct kase *k)
{
	bool rep = false;
	size_t at = 0;
	for (; at < k->byte_count && is_prefix(k->bytes[at]); at++)
		rep |= k->bytes[at] == 0xf2 || k->bytes[at] == 0xf3;
	return at < k->byte_count ? progress_of(k->bytes[at], rep) : ALL_OR_NOTHING;
}

void case_accept_gather(const uint8_t *insn, size_t size, const struct cpu_state *actual, struct cpu_state *want)
{
	while (size && is_prefix(*insn))
		insn++, size--;
	if (size < 5 || insn[0] != 0xc4 || (insn[1] & 0x1f) != 2 || insn[3] < 0x90 || insn[3] > 0x93)
		return;
	const unsigned to = (insn[4] >> 3 & 7) | (insn[1] & 0x80 ? 0 : 8), mask = ~insn[2] >> 3 & 15;
	want->vec[to] = actual->vec[to];
	want->vec[mask] = actual->vec[mask];
}

/* MOVD, MOVQ, MOVNTQ, MASKMOVQ; with one of these prefixes they are something else. */
static bool is_mmx_store(const uint8_t *insn, size_t size)
{
	while (size && is_prefix(*insn) && *insn != 0x66 && *insn != 0xf2 && *insn != 0xf3)
		insn++, size--;
	return size > 1 && *insn == 0x0f && memchr((const uint8_t[]){ 0x7e, 0x7f, 0xe7, 0xf7 }, insn[1], 4);
}

void case_accept_mmx_store(const struct run *r, const uint8_t *insn, size_t size, struct cpu_state *want)
{
	const bool intel = !strncmp(case_cpu_names[r->e->cpu], "intel", 5);
	if (!intel || !is_mmx_store(insn, size) || r->actual.fsw != (want->fsw & ~FSW_TOP))
		return;
	want->fsw = r->actual.fsw;
	if (r->actual.ftw == 0xff && memchr(insn, 0xf7, size))
		want->ftw = 0xff;
}

/* How far it came is what its own case checks. */
static void accept_progress(struct run *r, struct cpu_state *want, unsigned registers)
{
	for (unsigned i = 0; i < 16; i++)
		if (registers & BIT(i))
			want->gpr[i] = r->actual.gpr[i];
	unsigned page = ram_suspect(r->e, ENV_USER / PAGE_SIZE);
	for (; page < ENV_PAGES; page = ram_suspect(r->e, page + 1))
		ram_accept(r->e, page);
}

/* Of whatever page: the case may have a fault of its own. */
static void check_page_fault(struct run *r)
{
	struct expect x = {
		.kind = EXPECT_EVENT, .vector = VEC_PF, .has_code = true, .code = r->got.error_code, .rf = -1
	};
	struct cpu_state want = r->before;
	want.cr2 = r->actual.cr2;
	if (progress(r->k))
		accept_progress(r, &want, progress(r->k));
	case_accept_gather(r->k->bytes, r->k->byte_count, &r->actual, &want);
	case_accept_mmx_store(r, r->k->bytes, r->k->byte_count, &want);
	if (!event_deliver(r, &x, &want))
		return;
	check_state(r, &want, &r->actual);
	check_ram(r);
}

static void fault_once(struct run *r, uint64_t page, uint64_t rights)
{
	struct cpu_state start;
	unsigned before = r->complaints;
	if (!run_set_up(r, &start, page, rights))
		return;
	r->actual = start;
	rs_observe(r->m, run_take_record, r);
	run_step(r, RS_STOP_NONE);
	rs_observe(r->m, NULL, NULL);
	if (r->seen && r->got.kind == RS_RECORD_EVENT && r->got.vector == VEC_PF)
		check_page_fault(r);
	if (r->complaints > before)
		complain(r, "with the %c bit of page %llx cleared", rights & P_BIT ? 'P' : 'W',
			 (unsigned long long)page);
}

/* An event at CPL 0 needs the stack itself. */
static bool may_go(bool user, unsigned page)
{
	return page < FIRST_STACK_PAGE || user;
}

bool case_run_faulting(struct env *e, const struct kase *k, enum case_mode mode)
{
	struct run r = { .e = e, .m = e->m, .k = k, .mode = mode, .record = 1 };
	bool user = e->preset[mode].cpl == 3;
	if (case_mode_legacy(mode))
		return true;
	for (size_t i = 0; i < sizeof arena_pages; i++) {
		uint64_t page = (user ? ENV_USER : ENV_KERNEL) + (uint64_t)arena_pages[i] * PAGE_SIZE;
		if (!may_go(user, arena_pages[i]))
			continue;
		fault_once(&r, page, P_BIT);
		fault_once(&r, page, W_BIT);
	}
	return r.complaints == 0;
}
