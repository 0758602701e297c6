/* pic.c - 8259A: who asks, who is served, who comes first [8259A data sheet, Intel 231468].
 *
 * An input must stay high until it is acknowledged: when it falls, its request is gone, and the CPU that acknowledges
 * all the same gets IR7 ("default IR7"). So a request is the input itself, in edge mode together with the memory that
 * it rose since it was last served.
 *
 * Of the vectors only those of the 8086 mode are given, whatever ICW4 says: no PC wires the other mode.
 */
#include "board/pic.h"

enum { CASCADE = 2, SPURIOUS = 7 };
enum { ICW1 = 0x10, ICW1_IC4 = 0x01, ICW1_SNGL = 0x02, ICW1_LTIM = 0x08 };
enum { ICW4_UPM = 0x01, ICW4_AEOI = 0x02, ICW4_SFNM = 0x10 };
enum { OCW3 = 0x08, OCW3_RIS = 0x01, OCW3_RR = 0x02, OCW3_POLL = 0x04, OCW3_SMM = 0x20, OCW3_ESMM = 0x40 };
enum { OCW2_EOI = 0x20, OCW2_SPECIFIC = 0x40, OCW2_ROTATE = 0x80 };
enum { NOBODY_ANSWERS = 0xff };

/* ---- requests ---- */

static uint8_t bit(unsigned ir)
{
	return (uint8_t)(1u << ir);
}

static uint8_t requests(const struct pic *p)
{
	return p->icw1 & ICW1_LTIM ? p->lines : p->lines & (p->edges | p->elcr);
}

/* Special mask mode: a level that is served and masked holds nobody back. */
static uint8_t serving(const struct pic *p)
{
	return p->special_mask ? p->isr & (uint8_t)~p->imr : p->isr;
}

/* Inputs at which a further request is heard while one is served: the slaves', in the special fully nested mode. */
static uint8_t nested(const struct pic *p)
{
	return p->icw4 & ICW4_SFNM && !(p->icw1 & ICW1_SNGL) ? p->icw3 : 0;
}

/* The input to be served next, or -1: requests are looked at by priority down to what is being served. */
static int pending(const struct pic *p)
{
	uint8_t asking = requests(p) & (uint8_t)~p->imr;

	if (p->next_icw)
		return -1;
	for (unsigned i = 1; i <= 8; i++) {
		unsigned ir = (p->lowest + i) & 7;
		bool served = serving(p) & bit(ir);
		if (served && !(nested(p) & bit(ir)))
			return -1;
		if (asking & bit(ir))
			return (int)ir;
		if (served)
			return -1;
	}
	return -1;
}

static void input(struct pic *p, unsigned ir, bool high)
{
	if (!high)
		p->edges &= (uint8_t)~bit(ir);
	else if (!(p->lines & bit(ir)))
		p->edges |= bit(ir);
	p->lines = high ? p->lines | bit(ir) : p->lines & (uint8_t)~bit(ir);
}

static void cascade(struct pics *p)
{
	input(&p->chip[PIC_MASTER], CASCADE, pending(&p->chip[PIC_SLAVE]) >= 0);
}

void pic_line(struct pics *p, unsigned irq, bool high)
{
	input(&p->chip[irq / 8], irq % 8, high);
	cascade(p);
}

bool pic_int(const struct pics *p)
{
	return pending(&p->chip[PIC_MASTER]) >= 0;
}

/* ---- acknowledge ---- */

static void serve(struct pic *p, unsigned ir)
{
	p->edges &= (uint8_t)~bit(ir);
	if (!(p->icw4 & ICW4_AEOI))
		p->isr |= bit(ir);
	else if (p->rotate)
		p->lowest = (uint8_t)ir;
}

/* The slave's INT falls with the acknowledge, so that the next request is an edge for the master. */
static void renew_cascade(struct pics *p)
{
	input(&p->chip[PIC_MASTER], CASCADE, false);
	cascade(p);
}

static unsigned acknowledge_slave(struct pics *p, unsigned identity)
{
	struct pic *slave = &p->chip[PIC_SLAVE];
	int ir = pending(slave);

	if (identity != CASCADE || (slave->icw3 & 7) != identity)
		return NOBODY_ANSWERS;
	if (ir >= 0)
		serve(slave, (unsigned)ir);
	renew_cascade(p);
	return slave->base + (ir >= 0 ? (unsigned)ir : SPURIOUS);
}

unsigned pic_acknowledge(struct pics *p)
{
	struct pic *master = &p->chip[PIC_MASTER];
	int ir = pending(master);

	if (ir < 0)
		return master->base + SPURIOUS;
	serve(master, (unsigned)ir);
	if (!(master->icw1 & ICW1_SNGL) && master->icw3 & bit((unsigned)ir))
		return acknowledge_slave(p, (unsigned)ir);
	return master->base + (unsigned)ir;
}

/* ---- commands ---- */

/* What lowest priority and special mask mode make of "the highest level in service". */
static int highest_served(const struct pic *p)
{
	for (unsigned i = 1; i <= 8; i++)
		if (serving(p) & bit((p->lowest + i) & 7))
			return (int)((p->lowest + i) & 7);
	return -1;
}

static void end_of_interrupt(struct pic *p, uint8_t value)
{
	int ir = value & OCW2_SPECIFIC ? value & 7 : highest_served(p);

	if (ir < 0)
		return;
	p->isr &= (uint8_t)~bit((unsigned)ir);
	if (value & OCW2_ROTATE)
		p->lowest = (uint8_t)ir;
}

static void write_ocw2(struct pic *p, uint8_t value)
{
	if (value & OCW2_EOI)
		end_of_interrupt(p, value);
	else if (!(value & OCW2_SPECIFIC))
		p->rotate = value & OCW2_ROTATE;
	else if (value & OCW2_ROTATE)
		p->lowest = value & 7;
}

static void write_ocw3(struct pic *p, uint8_t value)
{
	if (value & OCW3_ESMM)
		p->special_mask = value & OCW3_SMM;
	if (value & OCW3_POLL)
		p->poll = 1;
	else if (value & OCW3_RR)
		p->read_isr = value & OCW3_RIS;
}

/* "Initialization Command Words": the edge sense circuit is reset, so an input must rise anew. */
static void write_icw1(struct pic *p, uint8_t value)
{
	p->icw1 = value;
	if (!(value & ICW1_IC4))
		p->icw4 = 0;
	p->edges = p->imr = p->isr = 0;
	p->special_mask = p->rotate = p->read_isr = p->poll = 0;
	p->lowest = 7;
	p->next_icw = 2;
}

static void write_icw(struct pic *p, uint8_t value)
{
	uint8_t fourth = p->icw1 & ICW1_IC4 ? 4 : 0;

	if (p->next_icw == 2) {
		p->base = value & 0xf8;
		p->next_icw = p->icw1 & ICW1_SNGL ? fourth : 3;
	} else if (p->next_icw == 3) {
		p->icw3 = value;
		p->next_icw = fourth;
	} else {
		p->icw4 = value;
		p->next_icw = 0;
	}
}

void pic_write(struct pics *p, unsigned chip, unsigned a0, uint8_t value)
{
	struct pic *c = &p->chip[chip];

	if (a0 && c->next_icw)
		write_icw(c, value);
	else if (a0)
		c->imr = value;
	else if (value & ICW1)
		write_icw1(c, value);
	else if (value & OCW3)
		write_ocw3(c, value);
	else
		write_ocw2(c, value);
	cascade(p);
}

/* ---- reading ---- */

/* "Poll command": the read takes the place of INTA. */
static uint8_t poll(struct pics *p, unsigned chip)
{
	struct pic *c = &p->chip[chip];
	int ir = pending(c);

	c->poll = 0;
	if (ir < 0)
		return 0;
	serve(c, (unsigned)ir);
	if (chip == PIC_SLAVE)
		renew_cascade(p);
	return (uint8_t)(0x80 | ir);
}

uint8_t pic_read(struct pics *p, unsigned chip, unsigned a0)
{
	struct pic *c = &p->chip[chip];

	if (c->poll)
		return poll(p, chip);
	if (a0)
		return c->imr;
	return c->read_isr ? c->isr : requests(c);
}

/* ---- edge or level ---- */

/* IRQ 0, 1, 2, 8 and 13 of a PC are edges always [82371AB (PIIX4) data sheet, ELCR]. */
static const uint8_t may_be_level[PIC_CHIPS] = { 0xf8, 0xde };

uint8_t pic_read_elcr(const struct pics *p, unsigned chip)
{
	return p->chip[chip].elcr;
}

void pic_write_elcr(struct pics *p, unsigned chip, uint8_t value)
{
	p->chip[chip].elcr = value & may_be_level[chip];
	cascade(p);
}

void pic_firmware(struct pics *p)
{
	const struct pic chip = { .imr = 0xff, .icw1 = ICW1 | ICW1_IC4, .icw4 = ICW4_UPM, .lowest = 7 };

	p->chip[PIC_MASTER] = p->chip[PIC_SLAVE] = chip;
	p->chip[PIC_MASTER].base = 0x08;
	p->chip[PIC_MASTER].icw3 = bit(CASCADE);
	p->chip[PIC_SLAVE].base = 0x70;
	p->chip[PIC_SLAVE].icw3 = CASCADE;
}
