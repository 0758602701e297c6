/* Long mode: the 8259A pair off, IRQs by the I/O APIC as a PC wires them, absent processors called by INIT and SIPI. */
#include "kernel.h"

enum {
	ID = 0x20,
	TPR = 0x80,
	EOI = 0xb0,
	LDR = 0xd0,
	DFR = 0xe0,
	SVR = 0xf0,
	ESR = 0x280,
	ICR = 0x300,
	ICR_HIGH = 0x310
};
enum { LVT_TIMER = 0x320, LVT_LINT0 = 0x350, LVT_LINT1 = 0x360, LVT_ERROR = 0x370, TIMER_INITIAL = 0x380 };

static volatile unsigned ticks, apic_ticks, bytes, errors, ipis;
static volatile u8 last_byte;

static volatile u32 *apic(unsigned reg)
{
	return (volatile u32 *)(word)(0xfee00000 + reg);
}

static u32 io_read(unsigned reg)
{
	*(volatile u32 *)0xfec00000 = reg;
	return *(volatile u32 *)0xfec00010;
}

static void io_write(unsigned reg, u32 value)
{
	*(volatile u32 *)0xfec00000 = reg;
	*(volatile u32 *)0xfec00010 = value;
}

static void io_enable(unsigned pin, unsigned vector)
{
	io_write(0x10 + 2 * pin + 1, *apic(ID));
	io_write(0x10 + 2 * pin, vector);
}

/* ---- handlers ---- */

static void eoi(void)
{
	*apic(EOI) = 0;
}

static void tick(void)
{
	ticks++;
	eoi();
}

static void apic_tick(void)
{
	apic_ticks++;
	eoi();
}

static void serial(void)
{
	u8 id = inb(COM1 + 2) & 0x0f;

	bytes += id == 2;
	last_byte = id;
	eoi();
}

static void ipi(void)
{
	ipis++;
	eoi();
}

static void error(void)
{
	errors++;
	eoi();
}

static void spurious(void)
{
}

/* ---- setting up ---- */

static void apic_enable(void)
{
	wrmsr(0x1b, rdmsr(0x1b) | 0x800);
	set_handler(0xff, spurious);
	set_handler(0x33, error);
	*apic(SVR) = 0x1ff;
	*apic(LVT_TIMER) = 0x10000;
	*apic(LVT_LINT0) = 0x10000;
	*apic(LVT_LINT1) = 0x10000;
	*apic(LVT_ERROR) = 0x33;
	*apic(ESR) = 0;
	*apic(ESR) = 0;
	*apic(EOI) = 0;
	*apic(TPR) = 0;
}

static void io_mask_all(void)
{
	unsigned last = io_read(1) >> 16 & 0xff;

	for (unsigned pin = 0; pin <= last; pin++) {
		io_write(0x10 + 2 * pin, 0x10000 | (0x20 + pin));
		io_write(0x10 + 2 * pin + 1, 0);
	}
	check("24 pins", last == 23, last);
}

static void wait_delivery(void)
{
	while (*apic(ICR) & 0x1000)
		__asm__ volatile("pause");
}

/* INIT, INIT deassert, twice SIPI to a trampoline at 8000h, with the waits of the MP specification. */
static void call_processor(unsigned id)
{
	*apic(ICR_HIGH) = id << 24;
	*apic(ICR) = 0xc500;
	wait_delivery();
	*apic(ICR_HIGH) = id << 24;
	*apic(ICR) = 0x8500;
	wait_delivery();
	pit_wait(10);
	for (unsigned i = 0; i < 2; i++) {
		*apic(ESR) = 0;
		*apic(ICR_HIGH) = id << 24;
		*apic(ICR) = 0x4608;
		pit_wait(1);
		wait_delivery();
	}
}

/* INIT and SIPI to all but itself, as who has no list of processors sends them. */
static void call_all_others(void)
{
	*apic(ICR) = 0xc4500;
	wait_delivery();
	pit_wait(10);
	*apic(ICR) = 0xc4608;
	pit_wait(1);
	wait_delivery();
}

static void check_processors(void)
{
	for (unsigned id = 1; id < 4; id++)
		call_processor(id);
	call_all_others();
	*apic(ESR) = 0;
	check("absent processors are no error", !(*apic(ESR) & 0x60) && errors == 0, *apic(ESR));
}

/* Flat logical destinations: a bit for each processor. */
static void check_logical(void)
{
	*apic(DFR) = 0xffffffff;
	*apic(LDR) = 1u << 24;
	set_handler(0x35, ipi);
	*apic(ICR_HIGH) = 0x03u << 24;
	*apic(ICR) = 0x4835; /* fixed, to two of which one is absent */
	wait_delivery();
	*apic(ICR_HIGH) = 0x02u << 24;
	*apic(ICR) = 0x4835; /* to the absent one */
	wait_delivery();
	*apic(ICR) = 0x80035 | 0x4000; /* to all */
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("pause");
	check("IPI to logical destinations", ipis == 2, ipis);
}

/* The customary entry: lowest priority, logical. */
static void check_lowest(void)
{
	unsigned until = ticks + 5;

	io_write(0x10 + 2 * 2, 0x10000);
	io_write(0x10 + 2 * 2 + 1, 0xff000000);
	io_write(0x10 + 2 * 2, 0x930);
	while (ticks < until)
		halt();
	check("IRQ 0 to the lowest priority", 1, 0);
}

static void check_serial(void)
{
	set_handler(0x34, serial);
	io_enable(4, 0x34);
	outb(COM1 + 1, 2);
	while (!bytes)
		halt();
	outb(COM1 + 1, 0);
	check("COM1 by pin 4", bytes == 1, last_byte);
}

void kmain(void)
{
	unsigned before;

	serial_init();
	put_text("apic64\n");
	idt_install();
	pic_remap(0x01);
	pic_mask(0xff, 0xff);
	outb(0x22, 0x70); /* IMCR, where there is one */
	outb(0x23, inb(0x23) | 1);
	apic_enable();
	io_mask_all();
	check_processors();
	set_handler(0x30, tick);
	io_enable(2, 0x30);
	pit_start(HZ);
	sti();
	while (ticks < 10)
		halt();
	check("IRQ 0 by pin 2", 1, 0);
	set_handler(0x31, apic_tick);
	*apic(0x3e0) = 0x0b;
	*apic(LVT_TIMER) = 0x20031;
	*apic(TIMER_INITIAL) = 1000000;
	before = ticks;
	while (apic_ticks < 20)
		halt();
	*apic(LVT_TIMER) = 0x10000;
	check("APIC timer beside it", ticks >= before, ticks);
	check_logical();
	check_lowest();
	check_serial();
	done();
}
