/* 32-bit: two threads that never yield, switched by IRQ 0 at 1000 Hz with the 8259A in automatic-EOI mode. */
#include "kernel.h"

enum { THREADS = 2, STACK = 4096, SLICES = 50 };

static word stacks[THREADS][STACK / sizeof(word)];
static word saved[THREADS + 1];
static unsigned current = THREADS; /* kmain itself is the last */
static volatile unsigned jiffies, work[THREADS];

static void tick(void)
{
	jiffies++;
}

static word next_thread(word sp)
{
	saved[current] = sp;
	current = (current + 1) % (THREADS + 1);
	return saved[current];
}

static void first(void)
{
	for (;;)
		work[0]++;
}

static void second(void)
{
	for (;;)
		work[1]++;
}

/* As isr_common and IRET will pop it. */
static void create(unsigned thread, void (*entry)(void))
{
	word *sp = &stacks[thread][STACK / sizeof(word)];

	*--sp = 0x202;
	*--sp = 0x08;
	*--sp = (word)entry;
	for (unsigned i = 0; i < 9; i++)
		*--sp = 0;
	saved[thread] = (word)sp;
}

static void spin(unsigned loops)
{
	for (volatile unsigned i = 0; i < loops; i++)
		;
}

/* The loop that has named a unit: how many turns fit into a tick. */
static unsigned loops_per_jiffy(void)
{
	unsigned loops = 1 << 10, start;

	do {
		loops <<= 1;
		start = jiffies;
		while (jiffies == start)
			;
		start = jiffies;
		spin(loops);
	} while (jiffies == start);
	return loops;
}

static unsigned busy(unsigned count)
{
	unsigned start = jiffies, turns = 0;

	while (jiffies - start < count)
		turns++;
	return turns;
}

void kmain(void)
{
	unsigned loops;

	serial_init();
	put_text("preempt\n");
	idt_install();
	pic_remap(0x03);
	set_handler(0x20, tick);
	pit_start(1000);
	pic_mask(0xfe, 0xff);
	sti();
	loops = loops_per_jiffy();
	check("loops in a tick", loops > 2048, loops);
	check("busy for 50 ticks", busy(50) > 1000, jiffies);
	create(0, first);
	create(1, second);
	choose_stack = next_thread;
	loops = jiffies;
	while (jiffies - loops < SLICES)
		halt();
	check("both threads ran", work[0] > 1000 && work[1] > 1000, work[1]);
	cli();
	check("nothing in service", (outb(PIC1, 0x0b), inb(PIC1)) == 0, 0);
	done();
}
