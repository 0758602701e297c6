/* 32-bit: the CMOS clock's three interrupts on IRQ 8, an alarm at midnight, the memory size that firmware has left. */
#include "kernel.h"

static volatile unsigned periods, updates, alarms;

static u8 cmos(u8 index)
{
	outb(CMOS, index | 0x80); /* the customary NMI mask */
	return inb(CMOS + 1);
}

static void cmos_write(u8 index, u8 value)
{
	outb(CMOS, index | 0x80);
	outb(CMOS + 1, value);
}

static void clock(void)
{
	u8 flags = cmos(0x0c);

	periods += flags >> 6 & 1;
	alarms += flags >> 5 & 1;
	updates += flags >> 4 & 1;
	pic_eoi(8);
}

static void enable(u8 flags)
{
	cli();
	cmos_write(0x0b, (u8)((cmos(0x0b) & ~0x70) | flags));
	cmos(0x0c);
	periods = updates = alarms = 0;
	sti();
}

static void wait_for(volatile unsigned *count, unsigned until)
{
	while (*count < until)
		halt();
}

static void check_periods(void)
{
	cmos_write(0x0a, 0x28); /* 256 Hz */
	enable(0x50);
	wait_for(&updates, 1);
	periods = 0;
	wait_for(&updates, 2);
	check("256 periods in a second", periods >= 230 && periods <= 260, periods);
}

static void check_alarm(void)
{
	u8 b;

	cli();
	b = cmos(0x0b) & 0x07;
	cmos_write(0x0b, (u8)(b | 0x80)); /* SET */
	cmos_write(0, 0x58);
	cmos_write(2, 0x59);
	cmos_write(4, 0x23);
	cmos_write(1, 0);
	cmos_write(3, 0);
	cmos_write(5, 0);
	cmos_write(0x0b, b);
	enable(0x20);
	wait_for(&alarms, 1);
	cli();
	check("alarm at midnight", cmos(0) == 0 && cmos(2) == 0 && cmos(4) == 0, cmos(0));
	cmos_write(0x0b, b);
}

static void check_memory(void)
{
	unsigned extended = cmos(0x17) | cmos(0x18) << 8;

	check("memory above 1 MiB", extended == 15 * 1024, extended);
	cmos_write(0x50, 0xa5);
	check("a byte is kept", cmos(0x50) == 0xa5, cmos(0x50));
}

void kmain(void)
{
	serial_init();
	put_text("clock\n");
	idt_install();
	pic_remap(0x01);
	set_handler(0x28, clock);
	pic_mask(0xfb, 0xfe);
	check_periods();
	check_alarm();
	check_memory();
	done();
}
