/* apic_message.c - what the local APIC accepts, sends, and hands to the processor [SDM vol. 3, 10.6, 10.8]. */
#include "board/apic.h"

enum { LVT_VECTOR = 0xff, LVT_ACTIVE_LOW = 1 << 13, LVT_REMOTE_IRR = 1 << 14, LVT_LEVEL = 1 << 15, LVT_MASK = 1 << 16 };
enum { SVR_ENABLE = 1 << 8, SVR_SUPPRESS_BROADCAST = 1 << 12 };
enum { ICR_LOGICAL = 1 << 11, ICR_ASSERT = 1 << 14, ICR_LEVEL = 1 << 15 };
enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS };

/* ---- the 256-bit registers ---- */

static void set_bit(uint32_t bits[8], unsigned vector, bool value)
{
	uint32_t bit = 1u << vector % 32;

	bits[vector / 32] = value ? bits[vector / 32] | bit : bits[vector / 32] & ~bit;
}

static int highest(const uint32_t bits[8])
{
	for (int i = 7; i >= 0; i--)
		if (bits[i])
			return i * 32 + 31 - __builtin_clz(bits[i]);
	return -1;
}

/* The vector, or 0 where there is none. */
static uint8_t highest_or_0(const uint32_t bits[8])
{
	int vector = highest(bits);

	return (uint8_t)(vector < 0 ? 0 : vector);
}

/* ---- priorities: 10.8.3 ---- */

uint8_t apic_ppr(const struct apic *a)
{
	uint8_t served = highest_or_0(a->isr);

	return a->tpr >> 4 >= served >> 4 ? a->tpr : served & 0xf0;
}

/* 10.6.2.4; APM vol. 2, 16.6.4. */
uint8_t apic_apr(const struct apic *a)
{
	unsigned asks = highest_or_0(a->irr) >> 4, served = highest_or_0(a->isr) >> 4, task = a->tpr >> 4;

	if (task >= asks && task > served)
		return a->tpr;
	unsigned both = task & served;
	return (uint8_t)((both > asks ? both : asks) << 4);
}

bool apic_enabled(const struct apic *a)
{
	return a->svr & SVR_ENABLE;
}

/* What was accepted before software disabled the APIC is still delivered: 10.4.7.2. */
int apic_request(const struct apic *a)
{
	int vector = highest(a->irr);

	return vector >= 0 && vector >> 4 > apic_ppr(a) >> 4 ? vector : -1;
}

void apic_acknowledge(struct apic *a, unsigned vector)
{
	set_bit(a->irr, vector, false);
	set_bit(a->isr, vector, true);
}

/* ---- errors: 10.5.3 ---- */

/* An error raises an interrupt when it is the first since ESR was written. */
void apic_error(struct apic *a, enum apic_error error)
{
	bool first = a->errors == 0;
	struct apic_effects none = { 0 };

	a->errors |= error;
	if (first)
		apic_local(a, LVT_ERROR, &none);
}

/* ---- receiving ---- */

static bool accept_vector(struct apic *a, unsigned vector, bool level)
{
	if (!apic_enabled(a))
		return false;
	if (vector < 16) {
		apic_error(a, APIC_RECEIVED_ILLEGAL);
		return false;
	}
	set_bit(a->irr, vector, true);
	set_bit(a->tmr, vector, level);
	return true;
}

/* INIT leaves the ID, the base and the mode alone (10.4.7.3), and so the pins. */
static void init(struct apic *a, struct apic_effects *fx)
{
	uint32_t id = a->id, ldr = a->mode == APIC_X2APIC ? a->ldr : 0;

	apic_power_up(a);
	a->id = id;
	a->ldr = ldr;
	fx->init = fx->tpr = true;
}

/* A start-up message means nothing to a processor that does not wait for one. */
bool apic_accept(struct apic *a, unsigned delivery, unsigned vector, bool level, struct apic_effects *fx)
{
	switch (delivery) {
	case DELIVER_FIXED:
	case DELIVER_LOWEST:
		return accept_vector(a, vector, level);
	case DELIVER_SMI:
		fx->smi = true;
		return true;
	case DELIVER_NMI:
		fx->nmi = true;
		return true;
	case DELIVER_INIT:
		init(a, fx);
		return true;
	default:
		return delivery == DELIVER_STARTUP;
	}
}

bool apic_is_meant(const struct apic *a, uint32_t destination, bool logical)
{
	if (a->mode == APIC_X2APIC) {
		bool cluster = destination >> 16 == a->ldr >> 16 && (destination & a->ldr & 0xffff);
		return destination == UINT32_MAX || (logical ? cluster : destination == a->id);
	}
	return apic_is_meant_by_io(a, (uint8_t)destination, logical);
}

/* 10.6.2.2: the flat model is that of DFR = Fh; in a cluster model the upper half is the cluster, Fh all of them. */
static bool is_in_logical(const struct apic *a, uint8_t destination)
{
	uint8_t own = (uint8_t)(a->ldr >> 24);

	if (a->dfr >> 28 == 15)
		return destination & own;
	return (destination >> 4 == own >> 4 || destination >> 4 == 15) && destination & own & 15;
}

bool apic_is_meant_by_io(const struct apic *a, uint8_t destination, bool logical)
{
	if (destination == 0xff)
		return true;
	if (a->mode == APIC_X2APIC)
		return apic_is_meant(a, destination, logical);
	return logical ? is_in_logical(a, destination) : destination == a->id >> 24;
}

/* ---- local interrupts: 10.5.1 ---- */

static unsigned lvt_delivery(uint32_t lvt)
{
	return lvt >> 8 & 7;
}

/* Reserved delivery modes deliver nothing. */
void apic_local(struct apic *a, enum apic_lvt entry, struct apic_effects *fx)
{
	uint32_t lvt = a->lvt[entry];
	unsigned delivery = lvt_delivery(lvt);

	if (lvt & LVT_MASK || delivery == DELIVER_LOWEST || delivery == DELIVER_STARTUP)
		return;
	apic_accept(a, delivery, lvt & LVT_VECTOR, false, fx);
}

static bool lint0_active(const struct apic *a)
{
	return a->lint0 != !!(a->lvt[LVT_LINT0] & LVT_ACTIVE_LOW);
}

/* Only fixed interrupts can be level-triggered. */
static bool lint0_is_level(const struct apic *a)
{
	return a->lvt[LVT_LINT0] & LVT_LEVEL && lvt_delivery(a->lvt[LVT_LINT0]) == DELIVER_FIXED;
}

void apic_look_at_lint0(struct apic *a, struct apic_effects *fx)
{
	uint32_t *lvt = &a->lvt[LVT_LINT0];

	if (!lint0_is_level(a) || !lint0_active(a) || *lvt & (LVT_MASK | LVT_REMOTE_IRR))
		return;
	if (apic_accept(a, DELIVER_FIXED, *lvt & LVT_VECTOR, true, fx))
		*lvt |= LVT_REMOTE_IRR;
}

void apic_lint0(struct apic *a, bool high, struct apic_effects *fx)
{
	bool before = lint0_active(a);

	a->lint0 = high;
	if (!lint0_is_level(a) && !before && lint0_active(a))
		apic_local(a, LVT_LINT0, fx);
	apic_look_at_lint0(a, fx);
}

bool apic_extint(const struct apic *a)
{
	uint32_t lvt = a->lvt[LVT_LINT0];

	return apic_enabled(a) && !(lvt & LVT_MASK) && lvt_delivery(lvt) == DELIVER_EXTINT && lint0_active(a);
}

/* ---- sending: 10.6 ---- */

/* With itself among the receivers by a shorthand only fixed interrupts are valid: table 10-3. The level of INIT's
 * de-assertion is for the arbitration of old buses. */
static bool sends_to_itself(const struct apic *a)
{
	unsigned delivery = a->icr >> 8 & 7;
	uint32_t destination = a->mode == APIC_X2APIC ? a->icr_high : a->icr_high >> 24;

	if (delivery == DELIVER_INIT && (a->icr & (ICR_ASSERT | ICR_LEVEL)) == ICR_LEVEL)
		return false;
	switch (a->icr >> 18 & 3) {
	case TO_DESTINATION:
		return apic_is_meant(a, destination, a->icr & ICR_LOGICAL);
	case TO_OTHERS:
		return false;
	default:
		return delivery == DELIVER_FIXED;
	}
}

void apic_send(struct apic *a, struct apic_effects *fx)
{
	unsigned delivery = a->icr >> 8 & 7, vector = a->icr & 0xff;

	if (delivery <= DELIVER_LOWEST && vector < 16)
		apic_error(a, APIC_SENT_ILLEGAL);
	if (delivery != DELIVER_EXTINT && sends_to_itself(a))
		apic_accept(a, delivery, vector, false, fx);
}

void apic_send_self(struct apic *a, unsigned vector, struct apic_effects *fx)
{
	if (vector < 16)
		apic_error(a, APIC_SENT_ILLEGAL);
	apic_accept(a, DELIVER_FIXED, vector, false, fx);
}

/* ---- end of interrupt: 10.8.5 ---- */

static void end_lint0(struct apic *a, unsigned vector, struct apic_effects *fx)
{
	if ((a->lvt[LVT_LINT0] & LVT_VECTOR) == vector)
		a->lvt[LVT_LINT0] &= ~(uint32_t)LVT_REMOTE_IRR;
	apic_look_at_lint0(a, fx);
}

void apic_end_of_interrupt(struct apic *a, struct apic_effects *fx)
{
	int vector = highest(a->isr);

	if (vector < 0)
		return;
	set_bit(a->isr, (unsigned)vector, false);
	if (!(a->tmr[vector / 32] >> vector % 32 & 1))
		return;
	fx->vector = (uint8_t)vector;
	fx->broadcasts = !(a->svr & SVR_SUPPRESS_BROADCAST);
	end_lint0(a, (unsigned)vector, fx);
}
