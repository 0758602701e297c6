/* op_xsave.c - XGETBV, XSETBV, and the XSAVE family [SDM vol. 1, chapter 13; APM vol. 2, 11.5].
 *
 * A component counts as in use when its value is not the initial one, which the manual allows (13.6); the modified
 * optimisation, which is optional (13.9), is not done.
 */
#include "cpu/isa/op_common.h"
#include "cpu/isa/xstate.h"

#define COMPACTED XCOMP_BV_COMPACTED
#define FCW_INITIAL 0x37fu

/* ---- what gates them ---- */

/* In this order. EM does not count. */
static bool is_enabled(struct cpu *cpu, bool for_supervisor)
{
	if (!(cpu->st.cr4 & CR4_OSXSAVE))
		return cpu_fault(cpu, VEC_UD, NO_CODE, RULE_NONE);
	if (cpu->st.cr0 & CR0_TS)
		return cpu_fault(cpu, VEC_NM, NO_CODE, RULE_NONE);
	if (for_supervisor && cpu->st.cpl != 0)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	return true;
}

/* ---- components ---- */

static bool x87_in_use(const struct cpu_state *st)
{
	static const struct fp80 none[FPU_REGISTERS];
	return st->fcw != FCW_INITIAL || st->fsw || st->ftw || st->fop || st->fip || st->fdp || st->fcs || st->fds ||
	       memcmp(st->fpr, none, sizeof none) != 0;
}

/* The halves of the vectors from 64-bit word `word` on. */
static bool vectors_in_use(const struct cpu *cpu, unsigned word)
{
	uint64_t any = 0;
	for (unsigned i = 0; i < vectors_here(cpu); i++)
		any |= cpu->st.vec[i].q[word] | cpu->st.vec[i].q[word + 1];
	return any;
}

/* XINUSE, of which MXCSR is no part [SDM vol. 1, 13.6]. */
static uint64_t in_use(const struct cpu *cpu)
{
	const bool sse = vectors_in_use(cpu, 0);
	return (x87_in_use(&cpu->st) ? XCR0_X87 : 0) | (sse ? XCR0_SSE : 0) | (vectors_in_use(cpu, 2) ? XCR0_AVX : 0) |
	       (cpu->st.pkru ? XCR0_PKRU : 0);
}

/* With MXCSR, as XSAVEC, XSAVES and XGETBV see it [SDM vol. 1, 13.10 and 13.11; vol. 2, XGETBV]. */
static uint64_t in_use_or_mxcsr(const struct cpu *cpu)
{
	return in_use(cpu) | (cpu->st.mxcsr != MXCSR_RESET ? XCR0_SSE : 0);
}

/* One of the extended region: where it lies, and its image. */
struct component {
	unsigned number, at, bytes;
	uint8_t image[VECTORS * 16];
};

enum { COMPONENT_AVX = 2, COMPONENT_PKRU = 9 };
static const uint8_t extended[] = { COMPONENT_AVX, COMPONENT_PKRU };

/* `layout`: the components that a compacted area has, 0: the area is a standard one. The high halves of registers that
 * this mode has not stay untouched. */
static void locate(const struct cpu *cpu, unsigned number, uint64_t layout, struct component *c)
{
	c->number = number;
	c->at = profile_xsave_offset(cpu->profile, number, layout);
	c->bytes = number == COMPONENT_AVX ? 16 * vectors_here(cpu) : 8;
}

static void get_image(const struct cpu *cpu, struct component *c)
{
	if (c->number == COMPONENT_PKRU)
		host_store(c->image, 8, cpu->st.pkru);
	else
		for (unsigned i = 0; i < VECTORS; i++)
			memcpy(c->image + 16 * i, &cpu->st.vec[i].q[2], 16);
}

static void put_image(struct cpu *cpu, const struct component *c)
{
	if (c->number == COMPONENT_PKRU) {
		cpu->st.pkru = (uint32_t)host_load(c->image, 8);
		cpu_update_keys(cpu);
		return;
	}
	for (unsigned i = 0; i < vectors_here(cpu); i++)
		memcpy(&cpu->st.vec[i].q[2], c->image + 16 * i, 16);
}

/* ---- saving ---- */

static bool save_extended(struct cpu *cpu, const struct xarea *a, uint64_t which, uint64_t layout)
{
	for (size_t i = 0; i < sizeof extended; i++) {
		struct component c;
		if (!(which >> extended[i] & 1))
			continue;
		locate(cpu, extended[i], layout, &c);
		get_image(cpu, &c);
		if (!xarea_write(cpu, a, c.at, c.bytes, c.image))
			return false;
	}
	return true;
}

static bool save_header(struct cpu *cpu, const struct xarea *a, uint64_t asked, uint64_t used, uint64_t layout)
{
	uint8_t field[8];
	if (layout) {
		host_store(field, 8, layout);
		if (!xarea_write(cpu, a, XCOMP_BV, sizeof field, field))
			return false;
	} else {
		if (!xarea_read(cpu, a, XSTATE_BV, sizeof field, field))
			return false;
		used |= host_load(field, 8) & ~asked;
	}
	host_store(field, 8, used);
	return xarea_write(cpu, a, XSTATE_BV, sizeof field, field);
}

/* MXCSR is saved with SSE and with AVX, in a compacted area as a part of SSE. */
static unsigned parts_to_save(uint64_t asked, uint64_t saved, bool compacted)
{
	const uint64_t mxcsr = compacted ? saved & XCR0_SSE : asked & (XCR0_SSE | XCR0_AVX);
	return (saved & XCR0_X87 ? PART_X87 : 0) | (saved & XCR0_SSE ? PART_XMM : 0) | (mxcsr ? PART_MXCSR : 0);
}

/* Of the components that are asked for, in use or not; who asks for none of the legacy region does not touch it
 * (measured on an Intel core). */
static unsigned first_byte(uint64_t asked, uint64_t layout)
{
	const uint64_t mxcsr = layout ? XCR0_SSE : XCR0_SSE | XCR0_AVX;
	return asked & XCR0_X87 ? LEGACY_ENVIRONMENT : asked & mxcsr ? LEGACY_MXCSR : XSTATE_BV;
}

static bool xsave(struct cpu *cpu, const struct uop *u)
{
	const unsigned how = insn_rows[u->insn].arg & XSTATE_HOW;
	struct xarea a;
	if (!is_enabled(cpu, how == XSAVE_SUPERVISOR))
		return false;
	const uint64_t asked = edx_eax(cpu) & (cpu->st.xcr0 | (how == XSAVE_SUPERVISOR ? cpu->st.xss : 0));
	const uint64_t used = asked & (how >= XSAVE_COMPACTED ? in_use_or_mxcsr(cpu) : in_use(cpu)),
		       saved = how == XSAVE_STANDARD ? asked : used;
	const uint64_t layout = how >= XSAVE_COMPACTED ? asked | COMPACTED : 0;
	const unsigned bytes = profile_xsave_bytes(cpu->profile, asked, layout);
	return xarea_find(cpu, u, bytes, 64, SEG_FOR_WRITE, &a) &&
	       xarea_probe(cpu, &a, first_byte(asked, layout), bytes, MMU_RMW) &&
	       legacy_save(cpu, &a, parts_to_save(asked, saved, layout)) && save_header(cpu, &a, asked, used, layout) &&
	       save_extended(cpu, &a, saved, layout);
}

HANDLER(xsave, xsave(cpu, u))
PICK_ONE(xsave)

/* ---- restoring ---- */

struct restore {
	struct xarea area;
	uint64_t asked, layout;
	uint64_t loaded; /* of `asked`; the others become initial */
	bool legal;
	unsigned parts; /* of the legacy region that are loaded */
	uint8_t legacy[LEGACY_STATE];
	struct component extended[sizeof extended];
};

/* Of a standard area's header bytes 63:24 may be anything; who knows no compacted area wants XCOMP_BV to be 0 as well.
 */
static bool header_is_legal(const uint8_t *header, bool compacted, uint64_t enabled)
{
	const uint64_t state = host_load(header, 8), layout = host_load(header + 8, 8);
	uint64_t rest = host_load(header + 16, 8);
	if (!compacted)
		return !(state & ~enabled) && !layout && !rest;
	for (unsigned i = 24; i < HEADER_BYTES; i += 8)
		rest |= host_load(header + i, 8);
	return !(state & ~(layout & ~COMPACTED)) && !rest;
}

/* XCOMP_BV is read before anything else and its layout judged, the rest of the header when all of the area is known to
 * be there, as CR2 shows (measured on an Intel core). */
static bool read_header(struct cpu *cpu, struct restore *r, uint64_t enabled, bool wants_compacted)
{
	uint8_t header[HEADER_BYTES];
	if (!linear_probe(cpu, linear_wrap(cpu, r->area.address + XCOMP_BV), 8, MMU_READ, r->area.stack) ||
	    !xarea_read(cpu, &r->area, XSTATE_BV, sizeof header, header))
		return false;
	const uint64_t layout = host_load(header + 8, 8);
	const bool compacted = (layout & COMPACTED) && profile_shows(cpu->profile, FEATURE_XSAVEC);
	r->legal = header_is_legal(header, compacted, enabled);
	if (compacted ? layout & ~enabled & ~COMPACTED : wants_compacted)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	r->loaded = r->asked & host_load(header, 8);
	r->layout = compacted ? layout : 0;
	return true;
}

static bool read_extended(struct cpu *cpu, struct restore *r)
{
	for (size_t i = 0; i < sizeof extended; i++) {
		struct component *c = &r->extended[i];
		locate(cpu, extended[i], r->layout, c);
		memset(c->image, 0, sizeof c->image);
		if ((r->loaded >> c->number & 1) && !xarea_read(cpu, &r->area, c->at, c->bytes, c->image))
			return false;
	}
	return true;
}

/* A standard area's MXCSR is loaded with SSE and with AVX, whatever XSTATE_BV says [SDM vol. 1, 13.8.1]. */
static bool read_area(struct cpu *cpu, const struct uop *u, struct restore *r)
{
	const uint64_t laid_out = r->layout ? r->asked & r->layout : r->asked;
	const unsigned bytes = profile_xsave_bytes(cpu->profile, laid_out, r->layout);
	const unsigned first = first_byte(laid_out, r->layout);
	r->parts = parts_to_save(r->asked, r->loaded, r->layout);
	if (!xarea_find(cpu, u, bytes, 64, SEG_FOR_READ, &r->area) ||
	    !xarea_probe(cpu, &r->area, first, bytes, MMU_READ))
		return false;
	if (!r->legal)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	return (first == XSTATE_BV || legacy_read(cpu, &r->area, r->parts, r->legacy)) && read_extended(cpu, r);
}

static void initialise_x87(struct cpu_state *st)
{
	memset(st->fpr, 0, sizeof st->fpr);
	st->fcw = FCW_INITIAL;
	st->fip = st->fdp = 0;
	st->fsw = st->fop = st->fcs = st->fds = 0;
	st->ftw = 0;
}

static void initialise_legacy(struct cpu *cpu, const struct restore *r)
{
	const uint64_t initial = r->asked & ~r->loaded;
	if (initial & XCR0_X87)
		initialise_x87(&cpu->st);
	for (unsigned i = 0; (initial & XCR0_SSE) && i < vectors_here(cpu); i++)
		cpu->st.vec[i].q[0] = cpu->st.vec[i].q[1] = 0;
	if ((initial & XCR0_SSE) && r->layout)
		cpu->st.mxcsr = MXCSR_RESET;
}

static bool xrstor(struct cpu *cpu, const struct uop *u)
{
	const bool supervisor = (insn_rows[u->insn].arg & XSTATE_HOW) == XSAVE_SUPERVISOR;
	const uint64_t enabled = cpu->st.xcr0 | (supervisor ? cpu->st.xss : 0);
	struct restore r;
	if (!is_enabled(cpu, supervisor))
		return false;
	r.asked = edx_eax(cpu) & enabled;
	if (!xarea_find(cpu, u, LEGACY_BYTES + HEADER_BYTES, 64, SEG_FOR_READ, &r.area) ||
	    !read_header(cpu, &r, enabled, supervisor) || !read_area(cpu, u, &r))
		return false;
	legacy_load(cpu, r.area.wide, r.parts, r.legacy);
	initialise_legacy(cpu, &r);
	for (size_t i = 0; i < sizeof extended; i++)
		if (r.asked >> extended[i] & 1)
			put_image(cpu, &r.extended[i]);
	return true;
}

HANDLER(xrstor, xrstor(cpu, u))
PICK_ONE(xrstor)

/* ---- XGETBV, XSETBV ---- */

/* TS does not count. */
static bool has_control_register(struct cpu *cpu, bool legal)
{
	if (!(cpu->st.cr4 & CR4_OSXSAVE))
		return cpu_fault(cpu, VEC_UD, NO_CODE, RULE_NONE);
	return legal || cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
}

static bool xgetbv(struct cpu *cpu)
{
	const uint32_t number = (uint32_t)cpu->st.gpr[RCX];
	const bool tells_use = profile_shows(cpu->profile, FEATURE_XGETBV1);
	if (!has_control_register(cpu, number == 0 || (number == 1 && tells_use)))
		return false;
	set_edx_eax(cpu, cpu->st.xcr0 & (number ? in_use_or_mxcsr(cpu) : UINT64_MAX));
	return true;
}

/* [SDM vol. 3, 2.6] */
static bool xcr0_is_legal(const struct cpu *cpu, uint64_t value)
{
	const bool avx_without_sse = (value & XCR0_AVX) && !(value & XCR0_SSE);
	return (value & XCR0_X87) && !avx_without_sse && !(value & ~profile_xcr0_bits(cpu->profile));
}

static bool xsetbv(struct cpu *cpu)
{
	const uint64_t value = edx_eax(cpu);
	const bool legal = cpu->st.cpl == 0 && !(uint32_t)cpu->st.gpr[RCX] && xcr0_is_legal(cpu, value);
	if (!has_control_register(cpu, legal))
		return false;
	cpu->st.xcr0 = value;
	cpu_update_mode(cpu);
	return true;
}

HANDLER(xgetbv, xgetbv(cpu))
HANDLER(xsetbv, xsetbv(cpu))

PICK_ONE(xgetbv)
PICK_ONE(xsetbv)
