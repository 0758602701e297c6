#include "kernel.h"

static unsigned bad;
static void (*handlers[256])(void);
static struct gate {
	u16 low, selector;
	u8 ist, type;
	u16 middle;
#ifdef __x86_64__
	u32 high, zero;
#endif
} idt[256];

word (*choose_stack)(word sp);
extern char isr_stubs[];

/* ---- console ---- */

void serial_init(void)
{
	outb(COM1 + 1, 0x00);
	outb(COM1 + 3, 0x80);
	outb(COM1 + 0, 0x03);
	outb(COM1 + 1, 0x00);
	outb(COM1 + 3, 0x03);
	outb(COM1 + 2, 0xc7);
	outb(COM1 + 4, 0x0b);
}

void put_char(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, (u8)c);
}

void put_text(const char *text)
{
	while (*text)
		put_char(*text++);
}

void put_number(u32 number)
{
	if (number >= 10)
		put_number(number / 10);
	put_char((char)('0' + number % 10));
}

void check(const char *what, int good, u32 number)
{
	put_text(what);
	put_text(good ? ": ok" : ": bad (");
	if (!good) {
		put_number(number);
		put_char(')');
		bad++;
	}
	put_char('\n');
}

void quit(int code)
{
	outb(0xf4, (u8)code);
	for (;;) {
		cli();
		halt();
	}
}

void done(void)
{
	put_text("done\n");
	quit(bad ? 1 : 0);
}

/* ---- interrupts ---- */

word isr(word sp);

word isr(word sp)
{
	unsigned vector = (unsigned)((word *)sp)[sizeof(word) == 8 ? 15 : 8];

	if (!handlers[vector]) {
		put_text("no handler for vector ");
		put_number(vector);
		put_char('\n');
		quit(99);
	}
	handlers[vector]();
	return choose_stack ? choose_stack(sp) : sp;
}

void set_handler(unsigned vector, void (*handler)(void))
{
	handlers[vector] = handler;
}

void idt_install(void)
{
	struct __attribute__((packed)) {
		u16 limit;
		word base;
	} idtr = { sizeof idt - 1, (word)idt };

	for (unsigned i = 0; i < 256; i++) {
		word to = (word)isr_stubs + 16 * i;
		idt[i].low = (u16)to;
		idt[i].middle = (u16)(to >> 16);
		idt[i].selector = 0x08;
		idt[i].type = 0x8e;
	}
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* ---- 8259A ---- */

void pic_remap(u8 icw4)
{
	outb(PIC1, 0x11);
	io_wait();
	outb(PIC2, 0x11);
	io_wait();
	outb(PIC1 + 1, 0x20);
	io_wait();
	outb(PIC2 + 1, 0x28);
	io_wait();
	outb(PIC1 + 1, 4);
	io_wait();
	outb(PIC2 + 1, 2);
	io_wait();
	outb(PIC1 + 1, icw4);
	io_wait();
	outb(PIC2 + 1, icw4);
	io_wait();
}

void pic_mask(u8 master, u8 slave)
{
	outb(PIC1 + 1, master);
	outb(PIC2 + 1, slave);
}

void pic_eoi(unsigned irq)
{
	if (irq >= 8)
		outb(PIC2, 0x20);
	outb(PIC1, 0x20);
}

/* ---- 8254 ---- */

void pit_start(unsigned hz)
{
	unsigned divisor = PIT_HZ / hz;

	outb(PIT + 3, 0x36);
	outb(PIT, (u8)divisor);
	outb(PIT, (u8)(divisor >> 8));
}

u16 pit_read(void)
{
	u8 low;

	outb(PIT + 3, 0x00);
	low = inb(PIT);
	return (u16)(inb(PIT) << 8 | low);
}

void pit_wait(unsigned ms)
{
	unsigned count = PIT_HZ / 1000 * ms;

	outb(SPEAKER, (u8)((inb(SPEAKER) & ~0x02) | 0x01));
	outb(PIT + 3, 0xb0);
	outb(PIT + 2, (u8)count);
	outb(PIT + 2, (u8)(count >> 8));
	while (!(inb(SPEAKER) & 0x20))
		;
}
