/* 32-bit: HLT with something or nothing to wait for, as the last word of the command line says. */
#include "kernel.h"

extern u32 boot_info;

static volatile u32 *const apic = (u32 *)0xfee00000;

static void tick(void)
{
	pic_eoi(0);
}

static void idle(void)
{
	for (;;)
		halt();
}

/* The timer runs, its request waits in IRR, and nobody is told. */
static void masked_timer(void)
{
	pit_start(1000);
	sti();
}

static void masked_apic_timer(void)
{
	apic[0xf0 / 4] = 0x1ff;
	apic[0x320 / 4] = 0x30040;
	apic[0x380 / 4] = 1000;
	sti();
}

/* CR8 or TPR holds back what the timer sends. */
static void held_by_priority(void)
{
	apic[0xf0 / 4] = 0x1ff;
	apic[0x80 / 4] = 0xff;
	apic[0x320 / 4] = 0x20040;
	apic[0x380 / 4] = 1000;
	sti();
}

static void periodic(void)
{
	set_handler(0x20, tick);
	pit_start(HZ);
	pic_mask(0xfe, 0xff);
	sti();
}

static void ignore(void)
{
}

/* Without EOI there is no second tick. */
static void not_ended(void)
{
	periodic();
	set_handler(0x20, ignore);
}

/* It ticks, but with IF = 0 nobody hears. */
static void deaf(void)
{
	periodic();
	cli();
}

static char last_letter(void)
{
	const char *word = (const char *)((u32 *)boot_info)[4];

	while (word[1])
		word++;
	return *word;
}

void kmain(void)
{
	char what = last_letter();

	serial_init();
	idt_install();
	pic_remap(0x01);
	pic_mask(0xff, 0xff);
	if (what == 'm')
		masked_timer();
	else if (what == 'a')
		masked_apic_timer();
	else if (what == 'h')
		held_by_priority();
	else if (what == 'p')
		periodic();
	else if (what == 'd')
		deaf();
	else if (what == 'e')
		not_ended();
	else if (what == 's')
		sti();
	idle();
}
