/* lines.c - how devices, interrupt controllers and CPU are wired.
 *
 *     IRQ 0..15 --> 8259A pair --INT--> LINT0 of the local APIC --> INTR
 *         |                        \--> pin 0 of the I/O APIC
 *         \--> pins 0..15 of the I/O APIC (IRQ 0: pin 2) --messages--> local APIC
 *
 * Without a local APIC, or with one that IA32_APIC_BASE has switched off, INT is INTR [SDM vol. 3, 10.4.3].
 */
#include "board/board.h"

enum { TIMER_IRQ = 0, TIMER_PIN = 2, CLOCK_IRQ = 8 };

#define PAGE_MASK (~0xfffull)
#define IOAPIC_PAGE 0xfec00000ull

/* ---- to the CPU -------------------------------------------------------------------------------------------------- */

static void tell(struct board *b, enum board_signal what, unsigned value)
{
	if (b->signal)
		b->signal(b->cpu_arg, what, value);
}

static bool apic_is_on(const struct board *b)
{
	return b->apic.present && b->st.apic.mode != APIC_DISABLED;
}

static bool is_meant(const struct board *b, const struct ioapic_message *m)
{
	return apic_is_on(b) && apic_is_meant_by_io(&b->st.apic, m->destination, m->logical);
}

/* By LINT0 or by a pin of the I/O APIC. */
static bool asks_for_extint(const struct board *b)
{
	unsigned pin;

	if (apic_extint(&b->st.apic))
		return true;
	for (unsigned from = 0; ioapic_extint(&b->st.ioapic, from, &pin); from = pin + 1) {
		struct ioapic_message m = ioapic_message(&b->st.ioapic, pin);
		if (apic_enabled(&b->st.apic) && is_meant(b, &m) && pic_int(&b->st.pic))
			return true;
	}
	return false;
}

static uint8_t who_asks(const struct board *b)
{
	if (!apic_is_on(b))
		return pic_int(&b->st.pic) ? INTR_FROM_PIC : 0;
	return (uint8_t)((apic_request(&b->st.apic) >= 0 ? INTR_FROM_APIC : 0) |
			 (asks_for_extint(b) ? INTR_FROM_PIC : 0));
}

static void apply(struct board *b, const struct apic_effects *fx)
{
	if (fx->broadcasts)
		ioapic_end_of_interrupt(&b->st.ioapic, fx->vector);
	if (fx->tpr)
		tell(b, BOARD_TPR, b->st.apic.tpr >> 4);
	if (fx->nmi)
		tell(b, BOARD_NMI, 1);
	if (fx->smi)
		tell(b, BOARD_SMI, 1);
	if (fx->init)
		tell(b, BOARD_INIT, 1);
}

static bool send(struct board *b, unsigned pin)
{
	struct ioapic_message m = ioapic_message(&b->st.ioapic, pin);
	struct apic_effects fx = { 0 };
	bool accepted = is_meant(b, &m) && apic_accept(&b->st.apic, m.delivery, m.vector, m.level, &fx);

	apply(b, &fx);
	return accepted;
}

/* Levels that can be sent now are, and INTR is told. */
static void settle(struct board *b)
{
	uint8_t before = b->st.intr;

	b->touched = true;
	for (uint32_t pins = ioapic_waiting(&b->st.ioapic); pins; pins &= pins - 1) {
		unsigned pin = (unsigned)__builtin_ctz(pins);
		if (send(b, pin))
			ioapic_accepted(&b->st.ioapic, pin);
	}
	b->st.intr = who_asks(b);
	if (!b->st.intr != !before)
		tell(b, BOARD_INTR, b->st.intr != 0);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void set_pin(struct board *b, unsigned pin, bool high)
{
	if (ioapic_line(&b->st.ioapic, pin, high))
		send(b, pin);
}

static void follow_pic(struct board *b)
{
	struct apic_effects fx = { 0 };
	bool high = pic_int(&b->st.pic);

	apic_lint0(&b->st.apic, high, &fx);
	apply(b, &fx);
	set_pin(b, 0, high);
}

void board_line(struct board *b, unsigned irq, bool high)
{
	if ((b->st.pic.chip[irq / 8].lines >> irq % 8 & 1) == high)
		return;
	pic_line(&b->st.pic, irq, high);
	follow_pic(b);
	set_pin(b, irq == TIMER_IRQ ? TIMER_PIN : irq, high);
	settle(b);
}

bool board_listens_to(const struct board *b, unsigned irq)
{
	unsigned pin = irq == TIMER_IRQ ? TIMER_PIN : irq;

	return !(b->st.pic.chip[irq / 8].imr >> irq % 8 & 1) || !ioapic_is_masked(&b->st.ioapic, pin);
}

void board_lines_changed(struct board *b)
{
	board_line(b, TIMER_IRQ, b->st.pit.counter[0].out);
	board_line(b, CLOCK_IRQ, rtc_line(&b->st.rtc));
	follow_pic(b);
	settle(b);
}

void board_run_pit(struct board *b, uint64_t cycle)
{
	pit_run(&b->st.pit.counter[0], ticks_by(cycle, PIT_RATE));
	board_line(b, TIMER_IRQ, b->st.pit.counter[0].out);
}

void board_run_rtc(struct board *b, uint64_t cycle)
{
	uint64_t tick = ticks_by(cycle, RTC_RATE);

	if (tick <= b->st.rtc.at)
		return;
	rtc_run(&b->st.rtc, tick);
	board_line(b, CLOCK_IRQ, rtc_line(&b->st.rtc));
}

void board_run_apic_timer(struct board *b, uint64_t cycle)
{
	struct apic_effects fx = { 0 };

	apic_timer_run(&b->st.apic, cycle, &fx);
	apply(b, &fx);
	settle(b);
}

void board_restored(struct board *b)
{
	b->touched = true;
	tell(b, BOARD_INTR, b->st.intr != 0);
}

/* ---- from the CPU ------------------------------------------------------------------------------------------------ */

/* A request that has gone since leaves a spurious interrupt of the controller that made it [SDM vol. 3, 10.9]. When
 * both ask, the local APIC comes first: the manual has no order. */
static unsigned take_vector(struct board *b, uint8_t asked)
{
	int vector = apic_is_on(b) ? apic_request(&b->st.apic) : -1;

	if (vector >= 0) {
		apic_acknowledge(&b->st.apic, (unsigned)vector);
		return (unsigned)vector;
	}
	if (!apic_is_on(b) || asked & INTR_FROM_PIC || asks_for_extint(b))
		return pic_acknowledge(&b->st.pic);
	return b->st.apic.svr & 0xff;
}

unsigned board_acknowledge(struct board *b)
{
	uint8_t asked = b->st.intr;

	board_sync(b);
	unsigned vector = take_vector(b, asked);
	follow_pic(b);
	settle(b);
	return vector;
}

void board_task_priority(struct board *b, unsigned cr8)
{
	board_sync(b);
	b->st.apic.tpr = (uint8_t)(cr8 << 4);
	settle(b);
}

void board_apic_base(struct board *b, uint64_t apic_base)
{
	struct apic_effects fx = { 0 };

	board_sync(b);
	apic_set_base(&b->st.apic, apic_base, &fx);
	apply(b, &fx);
	settle(b);
}

/* ---- registers in memory: the bytes of a register are the lowest four of sixteen ----------------------------------
 */

enum { REGISTER_BYTES = 4, REGISTER_STRIDE = 16 };

static bool is_apic_page(const struct board *b, uint64_t pa)
{
	return b->apic.present && b->st.apic.mode == APIC_XAPIC && (pa & PAGE_MASK) == b->st.apic.base;
}

bool board_memory_claims(const struct board *b, uint64_t pa)
{
	return (pa & PAGE_MASK) == IOAPIC_PAGE || is_apic_page(b, pa);
}

/* All that reading can do is to make an error of a register that is absent. */
uint64_t board_memory_read(struct board *b, uint64_t pa, unsigned size)
{
	unsigned offset = pa & ~PAGE_MASK, byte = offset % REGISTER_STRIDE;
	uint32_t errors = b->st.apic.errors;
	uint64_t value;

	if (byte >= REGISTER_BYTES)
		return 0;
	board_sync(b);
	if (is_apic_page(b, pa))
		value = apic_read(&b->st.apic, &b->apic, offset - byte, b->st.now);
	else
		value = ioapic_read(&b->st.ioapic, offset - byte);
	if (b->st.apic.errors != errors)
		settle(b);
	return value >> 8 * byte & UINT64_MAX >> (64 - 8 * size);
}

static void write_apic(struct board *b, unsigned offset, uint32_t value)
{
	struct apic_effects fx = { 0 };

	apic_write(&b->st.apic, &b->apic, offset, value, b->st.now, &fx);
	apply(b, &fx);
}

void board_memory_write(struct board *b, uint64_t pa, unsigned size, uint64_t value)
{
	unsigned offset = pa & ~PAGE_MASK;

	if (offset % REGISTER_STRIDE || size < REGISTER_BYTES)
		return;
	board_sync(b);
	if (is_apic_page(b, pa))
		write_apic(b, offset, (uint32_t)value);
	else
		ioapic_write(&b->st.ioapic, offset, (uint32_t)value);
	settle(b);
}

/* ---- registers as MSRs ------------------------------------------------------------------------------------------- */

bool board_x2apic_read(struct board *b, uint32_t msr, uint64_t *value)
{
	if (!apic_is_on(b) || b->st.apic.mode != APIC_X2APIC)
		return false;
	board_sync(b);
	return apic_x2_read(&b->st.apic, &b->apic, msr & 0xff, value, b->st.now);
}

bool board_x2apic_write(struct board *b, uint32_t msr, uint64_t value)
{
	struct apic_effects fx = { 0 };

	if (!apic_is_on(b) || b->st.apic.mode != APIC_X2APIC)
		return false;
	board_sync(b);
	if (!apic_x2_write(&b->st.apic, &b->apic, msr & 0xff, value, b->st.now, &fx))
		return false;
	apply(b, &fx);
	settle(b);
	return true;
}

uint64_t board_tsc_deadline_read(struct board *b)
{
	board_sync(b);
	return apic_deadline_read(&b->st.apic);
}

/* A deadline that has passed already fires at once, whether it was written or the TSC moved. */
void board_tsc_deadline_write(struct board *b, uint64_t value)
{
	board_sync(b);
	apic_deadline_write(&b->st.apic, value);
	board_run_apic_timer(b, b->st.now);
}

void board_tsc_offset(struct board *b, uint64_t offset)
{
	board_sync(b);
	b->st.apic.tsc_offset = offset;
	board_run_apic_timer(b, b->st.now);
}
