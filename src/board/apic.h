/* apic.h - the local APIC, in xAPIC and in x2APIC mode [SDM vol. 3, chapter 10; APM vol. 2, chapter 16]. */
#ifndef RS_BOARD_APIC_H
#define RS_BOARD_APIC_H

#include "board/ticks.h"

#include <stdbool.h>

/* What the local APIC of a processor model is. */
struct apic_model {
	uint32_t version; /* register 30h: version, highest LVT entry, suppression of EOI broadcasts (bit 24) */
	bool present, x2apic, tsc_deadline;
};

enum apic_mode { APIC_XAPIC, APIC_X2APIC, APIC_DISABLED };

/* Register numbers: offset / 16, or MSR - 800h. */
enum apic_register {
	APIC_ID = 0x02,
	APIC_VERSION,
	APIC_TPR = 0x08,
	APIC_APR,
	APIC_PPR,
	APIC_EOI,
	APIC_RRD,
	APIC_LDR,
	APIC_DFR,
	APIC_SVR,
	APIC_ISR,
	APIC_TMR = 0x18,
	APIC_IRR = 0x20,
	APIC_ESR = 0x28,
	APIC_LVT_CMCI = 0x2f,
	APIC_ICR,
	APIC_ICR_HIGH,
	APIC_LVT_TIMER,
	APIC_LVT_THERMAL,
	APIC_LVT_COUNTERS,
	APIC_LVT_LINT0,
	APIC_LVT_LINT1,
	APIC_LVT_ERROR,
	APIC_INITIAL,
	APIC_CURRENT,
	APIC_DIVIDE = 0x3e,
	APIC_SELF_IPI
};

/* Entries of the LVT in the order of their registers; CMCI comes last. */
enum apic_lvt { LVT_TIMER, LVT_THERMAL, LVT_COUNTERS, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_CMCI, APIC_LVTS };

struct apic {
	uint64_t base;     /* physical address of the registers in xAPIC mode */
	uint64_t since;    /* the cycle at which `count` was loaded */
	uint64_t deadline; /* TSC at which the timer fires, 0: not armed */
	uint64_t tsc_offset;
	uint32_t isr[8], tmr[8], irr[8];
	uint32_t lvt[APIC_LVTS];
	uint32_t id, ldr, dfr, svr, icr, icr_high;
	uint32_t esr, errors;    /* as software sees it; what has happened since it wrote it */
	uint32_t initial, count; /* of the timer; 0: it stands */
	uint32_t divide;
	uint8_t tpr, mode;
	uint8_t lint0; /* level of the pin */
	uint8_t reserved[5];
};

/* What an access or a message does beyond the APIC itself. */
struct apic_effects {
	bool nmi, smi, init, tpr;
	bool broadcasts; /* the end of interrupt `vector` is told to I/O APICs */
	uint8_t vector;
};

enum delivery_mode {
	DELIVER_FIXED,
	DELIVER_LOWEST,
	DELIVER_SMI,
	DELIVER_NMI = 4,
	DELIVER_INIT,
	DELIVER_STARTUP,
	DELIVER_EXTINT
};

/* The state after power-up; the state in which a PC's firmware leaves it: enabled, LINT0 the 8259A's, LINT1 an NMI. */
void apic_power_up(struct apic *a);
void apic_firmware(struct apic *a);
/* IA32_APIC_BASE has that value. */
void apic_set_base(struct apic *a, uint64_t apic_base, struct apic_effects *fx);

/* ---- registers (apic.c) ---- */

/* The timer must have run up to `now`. In xAPIC mode an absent register is an error that the APIC itself records; in
 * x2APIC mode these return false. */
uint32_t apic_read(struct apic *a, const struct apic_model *m, unsigned offset, uint64_t now);
void apic_write(struct apic *a, const struct apic_model *m, unsigned offset, uint32_t value, uint64_t now,
		struct apic_effects *fx);
bool apic_x2_read(struct apic *a, const struct apic_model *m, unsigned reg, uint64_t *value, uint64_t now);
bool apic_x2_write(struct apic *a, const struct apic_model *m, unsigned reg, uint64_t value, uint64_t now,
		   struct apic_effects *fx);

/* ---- messages and priorities (apic_message.c) ---- */

enum apic_error { APIC_SENT_ILLEGAL = 0x20, APIC_RECEIVED_ILLEGAL = 0x40, APIC_ILLEGAL_REGISTER = 0x80 };

/* Does a message to that destination mean this APIC? */
bool apic_is_meant(const struct apic *a, uint32_t destination, bool logical);
/* A message with an 8-bit destination, as I/O APICs send them. */
bool apic_is_meant_by_io(const struct apic *a, uint8_t destination, bool logical);
/* A message arrives; false when it is not accepted. */
bool apic_accept(struct apic *a, unsigned delivery, unsigned vector, bool level, struct apic_effects *fx);
/* The local interrupt of that entry happens. */
void apic_local(struct apic *a, enum apic_lvt entry, struct apic_effects *fx);
void apic_lint0(struct apic *a, bool high, struct apic_effects *fx);
/* A level-triggered LINT0 that is active and waits is accepted. */
void apic_look_at_lint0(struct apic *a, struct apic_effects *fx);
/* ICR was written. */
void apic_send(struct apic *a, struct apic_effects *fx);
void apic_send_self(struct apic *a, unsigned vector, struct apic_effects *fx);
void apic_error(struct apic *a, enum apic_error error);
void apic_end_of_interrupt(struct apic *a, struct apic_effects *fx);

bool apic_enabled(const struct apic *a); /* by software: SVR bit 8 */
/* Does LINT0 ask for an INTA of the 8259A? */
bool apic_extint(const struct apic *a);
/* The vector that is to be delivered, or -1; it is then in service. */
int apic_request(const struct apic *a);
void apic_acknowledge(struct apic *a, unsigned vector);
uint8_t apic_ppr(const struct apic *a);
uint8_t apic_apr(const struct apic *a);

/* ---- timer (apic_timer.c) ---- */

void apic_timer_run(struct apic *a, uint64_t now, struct apic_effects *fx);
/* The cycle at which it expires next, masked or not, or NEVER. */
uint64_t apic_timer_next(const struct apic *a, uint64_t now);
uint32_t apic_timer_current(const struct apic *a, uint64_t now);
void apic_timer_start(struct apic *a, uint32_t initial, uint64_t now);
void apic_timer_divide(struct apic *a, uint32_t divide, uint64_t now);
void apic_timer_lvt(struct apic *a, uint32_t lvt);
uint64_t apic_deadline_read(const struct apic *a);
void apic_deadline_write(struct apic *a, uint64_t value);

#endif
