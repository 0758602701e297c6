/* apic.c - the local APIC's registers, in memory and as MSRs [SDM vol. 3, 10.4.1, 10.12.1].
 *
 * Choices where the manual leaves one: an access that is not of four bytes at a multiple of 16 reads the bytes of the
 * register that it touches, 0 elsewhere, and writes nothing unless it has all four; an LVT entry may hold an illegal
 * vector, which is an error when the interrupt happens; the ID is writable in xAPIC mode.
 */
#include "board/apic.h"

enum { LVT_STATUS = 1 << 12, LVT_REMOTE_IRR = 1 << 14, LVT_LEVEL = 1 << 15, LVT_MASK = 1 << 16 };
enum {
	LVT_PINS = 0x1a7ff,
	LVT_SOURCES = 0x107ff,
	LVT_VECTOR_ONLY = 0x100ff,
	LVT_PERIODIC = 1 << 17,
	LVT_DEADLINE = 1 << 18
};
enum { SVR_ENABLE = 1 << 8, SVR_WRITABLE = 0x3ff, SVR_SUPPRESS_BROADCAST = 1 << 12 };
enum { ICR_WRITABLE = 0xccfff, DIVIDE_WRITABLE = 0x0b };
enum { SUPPRESSES_BROADCAST = 1 << 24 }; /* of the version register */

/* ---- states ---- */

/* 10.4.7.1. What belongs to the outside stays: the base, the mode, the pins and the TSC. */
void apic_power_up(struct apic *a)
{
	*a = (struct apic){
		.base = a->base,
		.mode = a->mode,
		.lint0 = a->lint0,
		.tsc_offset = a->tsc_offset,
		.dfr = UINT32_MAX,
		.svr = 0xff,
	};
	for (unsigned i = 0; i < APIC_LVTS; i++)
		a->lvt[i] = LVT_MASK;
}

/* Virtual wire mode by LINT0 [MultiProcessor Specification 1.4, 3.6.2.2]. */
void apic_firmware(struct apic *a)
{
	*a = (struct apic){ .base = 0xfee00000, .mode = APIC_XAPIC };
	apic_power_up(a);
	a->svr = SVR_ENABLE | 0x0f;
	a->lvt[LVT_LINT0] = DELIVER_EXTINT << 8;
	a->lvt[LVT_LINT1] = DELIVER_NMI << 8;
}

/* 10.12.5: the state is kept on the way to x2APIC mode, but for what looks different there; 10.12.1.1: the logical ID
 * is made of the ID, which is that of the processor (0) again. */
static void enter_x2apic(struct apic *a)
{
	a->id = 0;
	a->ldr = 1;
	a->icr_high = 0;
}

/* Switched off, it is as after power-up when it comes back (10.4.3). */
void apic_set_base(struct apic *a, uint64_t apic_base, struct apic_effects *fx)
{
	enum { EXTD = 1 << 10, EN = 1 << 11 };
	enum apic_mode mode = !(apic_base & EN) ? APIC_DISABLED : apic_base & EXTD ? APIC_X2APIC : APIC_XAPIC;

	a->base = apic_base >> 12 << 12;
	if (mode == a->mode)
		return;
	a->mode = (uint8_t)mode;
	if (mode == APIC_DISABLED) {
		apic_power_up(a);
		fx->tpr = true;
	} else if (mode == APIC_X2APIC) {
		enter_x2apic(a);
	}
}

/* ---- which registers there are ---- */

/* The entries are, with growing number: timer, LINT0, LINT1, error; counters; thermal sensor; CMCI (10.4.8). */
static bool has_lvt(const struct apic_model *m, enum apic_lvt entry)
{
	static const uint8_t needs[APIC_LVTS] = { [LVT_COUNTERS] = 4, [LVT_THERMAL] = 5, [LVT_CMCI] = 6 };

	return (m->version >> 16 & 0xff) >= needs[entry];
}

static bool is_lvt(unsigned reg)
{
	return reg == APIC_LVT_CMCI || (reg >= APIC_LVT_TIMER && reg <= APIC_LVT_ERROR);
}

static enum apic_lvt lvt_of(unsigned reg)
{
	return reg == APIC_LVT_CMCI ? LVT_CMCI : (enum apic_lvt)(reg - APIC_LVT_TIMER);
}

static bool exists_in_both(const struct apic_model *m, unsigned reg)
{
	if (is_lvt(reg))
		return has_lvt(m, lvt_of(reg));
	return reg == APIC_ID || reg == APIC_VERSION || reg == APIC_TPR || reg == APIC_PPR || reg == APIC_EOI ||
	       reg == APIC_LDR || (reg >= APIC_SVR && reg <= APIC_ESR) || reg == APIC_ICR || reg == APIC_INITIAL ||
	       reg == APIC_CURRENT || reg == APIC_DIVIDE;
}

static bool exists_in_memory(const struct apic_model *m, unsigned reg)
{
	return reg == APIC_APR || reg == APIC_RRD || reg == APIC_DFR || reg == APIC_ICR_HIGH || exists_in_both(m, reg);
}

static bool is_read_only(const struct apic *a, unsigned reg)
{
	return reg == APIC_VERSION || reg == APIC_APR || reg == APIC_PPR || reg == APIC_RRD || reg == APIC_CURRENT ||
	       (reg >= APIC_ISR && reg < APIC_ESR) || (a->mode == APIC_X2APIC && (reg == APIC_ID || reg == APIC_LDR));
}

/* ---- reading ---- */

static uint32_t read_bits(const struct apic *a, unsigned reg)
{
	if (reg < APIC_TMR)
		return a->isr[reg - APIC_ISR];
	return reg < APIC_IRR ? a->tmr[reg - APIC_TMR] : a->irr[reg - APIC_IRR];
}

static uint32_t read_register(const struct apic *a, const struct apic_model *m, unsigned reg, uint64_t now)
{
	if (is_lvt(reg))
		return a->lvt[lvt_of(reg)];
	if (reg >= APIC_ISR && reg < APIC_ESR)
		return read_bits(a, reg);
	switch (reg) {
	case APIC_ID:
		return a->id;
	case APIC_VERSION:
		return m->version;
	case APIC_TPR:
		return a->tpr;
	case APIC_APR:
		return apic_apr(a);
	case APIC_PPR:
		return apic_ppr(a);
	case APIC_LDR:
		return a->ldr;
	case APIC_DFR:
		return a->dfr;
	case APIC_SVR:
		return a->svr;
	case APIC_ESR:
		return a->esr;
	case APIC_ICR:
		return a->icr;
	case APIC_ICR_HIGH:
		return a->icr_high;
	case APIC_INITIAL:
		return a->initial;
	case APIC_CURRENT:
		return apic_timer_current(a, now);
	case APIC_DIVIDE:
		return a->divide;
	default:
		return 0; /* EOI is write-only, the remote read register was never loaded */
	}
}

/* ---- writing ---- */

static uint32_t lvt_writable(const struct apic_model *m, enum apic_lvt entry)
{
	switch (entry) {
	case LVT_TIMER:
		return LVT_VECTOR_ONLY | LVT_PERIODIC | (m->tsc_deadline ? LVT_DEADLINE : 0);
	case LVT_ERROR:
		return LVT_VECTOR_ONLY;
	case LVT_LINT0:
	case LVT_LINT1:
		return LVT_PINS;
	default:
		return LVT_SOURCES;
	}
}

/* The bits that software may write, of a register that is not read-only. */
static uint32_t writable(const struct apic *a, const struct apic_model *m, unsigned reg)
{
	if (is_lvt(reg))
		return lvt_writable(m, lvt_of(reg));
	switch (reg) {
	case APIC_ID:
	case APIC_LDR:
	case APIC_ICR_HIGH:
		return 0xff000000;
	case APIC_DFR:
		return 0xf0000000;
	case APIC_TPR:
	case APIC_SELF_IPI:
		return 0xff;
	case APIC_SVR:
		return SVR_WRITABLE | (m->version & SUPPRESSES_BROADCAST ? SVR_SUPPRESS_BROADCAST : 0);
	case APIC_EOI:
	case APIC_ESR:
		return a->mode == APIC_X2APIC ? 0 : UINT32_MAX;
	case APIC_ICR:
		return ICR_WRITABLE;
	case APIC_DIVIDE:
		return DIVIDE_WRITABLE;
	default:
		return UINT32_MAX;
	}
}

/* While the APIC is disabled by software all entries are masked: 10.4.7.2. A remote IRR is one of a level. */
static void write_lvt(struct apic *a, enum apic_lvt entry, uint32_t value, struct apic_effects *fx)
{
	uint32_t kept = value & LVT_LEVEL ? a->lvt[entry] & LVT_REMOTE_IRR : 0;

	value |= kept | (apic_enabled(a) ? 0 : LVT_MASK);
	if (entry == LVT_TIMER)
		apic_timer_lvt(a, value);
	else
		a->lvt[entry] = value;
	if (entry == LVT_LINT0)
		apic_look_at_lint0(a, fx);
}

static void write_svr(struct apic *a, uint32_t value)
{
	a->svr = value;
	for (unsigned i = 0; i < APIC_LVTS; i++)
		a->lvt[i] |= apic_enabled(a) ? 0 : LVT_MASK;
}

static void write_tpr(struct apic *a, uint32_t value, struct apic_effects *fx)
{
	a->tpr = (uint8_t)value;
	fx->tpr = true;
}

/* Writing shows what has happened since it was written last, and arms the error interrupt: 10.5.3. */
static void write_esr(struct apic *a)
{
	a->esr = a->errors;
	a->errors = 0;
}

static void write_identity(struct apic *a, unsigned reg, uint32_t value)
{
	if (reg == APIC_ID)
		a->id = value;
	else if (reg == APIC_LDR)
		a->ldr = value;
	else
		a->dfr = value | 0x0fffffff;
}

static void write_register(struct apic *a, unsigned reg, uint32_t value, uint64_t now, struct apic_effects *fx)
{
	if (is_lvt(reg)) {
		write_lvt(a, lvt_of(reg), value, fx);
		return;
	}
	switch (reg) {
	case APIC_TPR:
		write_tpr(a, value, fx);
		break;
	case APIC_EOI:
		apic_end_of_interrupt(a, fx);
		break;
	case APIC_ID:
	case APIC_LDR:
	case APIC_DFR:
		write_identity(a, reg, value);
		break;
	case APIC_SVR:
		write_svr(a, value);
		break;
	case APIC_ESR:
		write_esr(a);
		break;
	case APIC_ICR:
		a->icr = value;
		apic_send(a, fx);
		break;
	case APIC_ICR_HIGH:
		a->icr_high = value;
		break;
	case APIC_INITIAL:
		apic_timer_start(a, value, now);
		break;
	case APIC_DIVIDE:
		apic_timer_divide(a, value, now);
		break;
	default:
		apic_send_self(a, value, fx);
	}
}

/* ---- in memory ---- */

uint32_t apic_read(struct apic *a, const struct apic_model *m, unsigned offset, uint64_t now)
{
	unsigned reg = offset >> 4;

	if (exists_in_memory(m, reg))
		return read_register(a, m, reg, now);
	apic_error(a, APIC_ILLEGAL_REGISTER);
	return 0;
}

/* What is reserved in a register is ignored, as is a write to one that can only be read. */
void apic_write(struct apic *a, const struct apic_model *m, unsigned offset, uint32_t value, uint64_t now,
		struct apic_effects *fx)
{
	unsigned reg = offset >> 4;

	if (!exists_in_memory(m, reg))
		apic_error(a, APIC_ILLEGAL_REGISTER);
	else if (!is_read_only(a, reg))
		write_register(a, reg, value & writable(a, m, reg), now, fx);
}

/* ---- as MSRs: 10.12.1.2, table 10-6 ---- */

bool apic_x2_read(struct apic *a, const struct apic_model *m, unsigned reg, uint64_t *value, uint64_t now)
{
	if (!exists_in_both(m, reg) || reg == APIC_EOI)
		return false;
	*value = read_register(a, m, reg, now);
	if (reg == APIC_ICR)
		*value |= (uint64_t)a->icr_high << 32;
	return true;
}

/* Bits that can only be read may be written back. */
static uint32_t accepted(const struct apic *a, const struct apic_model *m, unsigned reg)
{
	uint32_t pins = reg == APIC_LVT_LINT0 || reg == APIC_LVT_LINT1 ? LVT_REMOTE_IRR : 0;

	return writable(a, m, reg) | pins | (is_lvt(reg) ? LVT_STATUS : 0);
}

bool apic_x2_write(struct apic *a, const struct apic_model *m, unsigned reg, uint64_t value, uint64_t now,
		   struct apic_effects *fx)
{
	bool exists = exists_in_both(m, reg) || reg == APIC_SELF_IPI;

	if (!exists || is_read_only(a, reg))
		return false;
	if ((uint32_t)value & ~accepted(a, m, reg) || (value >> 32 && reg != APIC_ICR))
		return false;
	if (reg == APIC_ICR)
		a->icr_high = (uint32_t)(value >> 32);
	write_register(a, reg, (uint32_t)value & writable(a, m, reg), now, fx);
	return true;
}
