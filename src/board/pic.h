/* pic.h - the two 8259A interrupt controllers of a PC, the slave at the master's IR2 [8259A data sheet]. */
#ifndef RS_BOARD_PIC_H
#define RS_BOARD_PIC_H

#include <stdbool.h>
#include <stdint.h>

/* One chip. */
struct pic {
	uint8_t lines, edges; /* inputs that are high; that rose and were not acknowledged since */
	uint8_t isr, imr, elcr;
	uint8_t base; /* ICW2: vector of IR0 */
	uint8_t icw1, icw3, icw4;
	uint8_t next_icw;             /* that the chip waits for: 2..4, or 0 */
	uint8_t lowest;               /* the input of lowest priority */
	uint8_t special_mask, rotate; /* special mask mode; rotation at automatic EOI */
	uint8_t read_isr, poll;       /* what the next reads give */
	uint8_t reserved;
};

enum { PIC_MASTER, PIC_SLAVE, PIC_CHIPS };

struct pics {
	struct pic chip[PIC_CHIPS];
};

/* As a PC's firmware leaves them: vectors 08h and 70h, everything masked. */
void pic_firmware(struct pics *p);
/* IRQ 0..15 but 2 is high or low. */
void pic_line(struct pics *p, unsigned irq, bool high);
/* The master's INT output. */
bool pic_int(const struct pics *p);
/* Two INTA cycles: the vector. */
unsigned pic_acknowledge(struct pics *p);

/* `a0` is the lowest address bit: ports 20h/21h and A0h/A1h. */
uint8_t pic_read(struct pics *p, unsigned chip, unsigned a0);
void pic_write(struct pics *p, unsigned chip, unsigned a0, uint8_t value);
/* Ports 4D0h and 4D1h: edge or level. */
uint8_t pic_read_elcr(const struct pics *p, unsigned chip);
void pic_write_elcr(struct pics *p, unsigned chip, uint8_t value);

#endif
