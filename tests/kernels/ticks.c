/* 32-bit, no paging: IRQ 0 at 100 Hz, sleep by ticks and HLT, a line from COM1 by IRQ 4, the time of day. */
#include "kernel.h"

static volatile unsigned ticks, received;
static volatile int complete;
static char line[64];

static void tick(void)
{
	ticks++;
	pic_eoi(0);
}

static void input(void)
{
	while (inb(COM1 + 5) & 1) {
		char c = (char)inb(COM1);
		if (c == '\n')
			complete = 1;
		else if (received < sizeof line - 1)
			line[received++] = c;
	}
	pic_eoi(4);
}

static void sleep(unsigned ms)
{
	unsigned until = ticks + ms * HZ / 1000;

	while (ticks < until)
		halt();
}

/* ---- time of day: BCD, read twice around an update in progress ---- */

static u8 cmos(u8 index)
{
	outb(CMOS, index);
	return inb(CMOS + 1);
}

static unsigned bcd(u8 value)
{
	return (value >> 4) * 10u + (value & 15);
}

static unsigned seconds_of_day(void)
{
	unsigned first, second;

	do {
		while (cmos(0x0a) & 0x80)
			;
		first = bcd(cmos(4)) * 3600 + bcd(cmos(2)) * 60 + bcd(cmos(0));
		while (cmos(0x0a) & 0x80)
			;
		second = bcd(cmos(4)) * 3600 + bcd(cmos(2)) * 60 + bcd(cmos(0));
	} while (first != second);
	return second;
}

static void next_second(void)
{
	unsigned now = seconds_of_day();

	while (seconds_of_day() == now)
		halt();
}

/* ---- checks ---- */

static void check_sleep(void)
{
	unsigned before = ticks;

	sleep(250);
	check("sleep 250 ms", ticks - before >= 25 && ticks - before <= 28, ticks - before);
}

static void check_rate(void)
{
	unsigned before;

	next_second();
	before = ticks;
	next_second();
	before = ticks - before;
	check("100 ticks a second of the clock", before >= 90 && before <= 105, before);
}

/* The counter reloads at every tick: in the middle of two it has gone down. Square wave: by two. */
static void check_counter(void)
{
	unsigned first, second, tries = 0;

	do {
		halt();
		first = pit_read();
		do {
			second = pit_read();
		} while (second == first); /* a processor may be faster than the counter */
	} while (second >= first && ++tries < 10);
	check("counter goes down", second < first && first <= 11932, first);
}

static void check_busy(void)
{
	unsigned until = ticks + 3;

	while (ticks < until)
		;
	check("busy wait for ticks", ticks - until < 3, ticks);
}

static void check_year(void)
{
	unsigned month = bcd(cmos(8)), day = bcd(cmos(7));

	check("date", month >= 1 && month <= 12 && day >= 1 && day <= 31 && bcd(cmos(9)) <= 99, month);
}

void kmain(void)
{
	serial_init();
	put_text("ticks\n");
	idt_install();
	pic_remap(0x01);
	set_handler(0x20, tick);
	set_handler(0x24, input);
	pit_start(HZ);
	pic_mask(0xee, 0xff);
	sti();
	check_sleep();
	check_busy();
	check_counter();
	check_rate();
	check_year();
	put_text("name? ");
	outb(COM1 + 1, 1);
	while (!complete)
		halt();
	outb(COM1 + 1, 0);
	put_text("hello ");
	put_text(line);
	put_char('\n');
	done();
}
