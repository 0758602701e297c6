/* Long mode, tickless: x2APIC and TSC deadline where CPUID has them, else what was before; IPIs to itself. */
#include "kernel.h"

enum { TIMER = 0x40, IPI = 0x41, EOI = 0x0b, SVR = 0x0f, ICR = 0x30, LVT = 0x32, LINT0 = 0x35, INITIAL = 0x38 };
enum { CURRENT = 0x39, DIVIDE = 0x3e };

static int x2, deadline;
static volatile unsigned timers, ipis;
static unsigned khz;

static u32 read(unsigned reg)
{
	return x2 ? (u32)rdmsr(0x800 + reg) : *(volatile u32 *)(word)(0xfee00000 + 16 * reg);
}

static void write(unsigned reg, u32 value)
{
	if (x2)
		wrmsr(0x800 + reg, value);
	else
		*(volatile u32 *)(word)(0xfee00000 + 16 * reg) = value;
}

static void timer(void)
{
	timers++;
	write(EOI, 0);
}

static void ipi(void)
{
	ipis++;
	write(EOI, 0);
}

static void enable(void)
{
	x2 = cpuid_ecx() >> 21 & 1;
	deadline = cpuid_ecx() >> 24 & 1;
	wrmsr(0x1b, rdmsr(0x1b) | 0x800 | (x2 ? 0x400 : 0));
	set_handler(TIMER, timer);
	set_handler(IPI, ipi);
	write(SVR, 0x1ff);
	write(LINT0, 0x10000);
}

static unsigned tsc_khz(void)
{
	u64 before = rdtsc();

	pit_wait(10);
	return (unsigned)((rdtsc() - before) / 10);
}

static unsigned apic_khz(void)
{
	write(DIVIDE, 3);
	write(LVT, 0x10000);
	write(INITIAL, 0xffffffff);
	pit_wait(10);
	return (0xffffffff - read(CURRENT)) / 10;
}

/* One interrupt in so many milliseconds. */
static void arm(unsigned ms)
{
	write(LVT, TIMER | (deadline ? 0x40000 : 0));
	__asm__ volatile("mfence" : : : "memory");
	if (deadline)
		wrmsr(0x6e0, rdtsc() + (u64)khz * ms);
	else
		write(INITIAL, khz * ms);
}

static unsigned sleep_ms(unsigned ms, unsigned tsc)
{
	u64 before = rdtsc();
	unsigned seen = timers;

	arm(ms);
	cli();
	while (timers == seen)
		__asm__ volatile("sti; hlt; cli" : : : "memory");
	sti();
	return (unsigned)((rdtsc() - before) / tsc);
}

void kmain(void)
{
	unsigned tsc, ms;

	serial_init();
	put_text("x2apic64\n");
	idt_install();
	pic_remap(0x01);
	pic_mask(0xff, 0xff);
	enable();
	tsc = tsc_khz();
	khz = deadline ? tsc : apic_khz();
	sti();
	ms = sleep_ms(20, tsc);
	check("20 ms without a tick", ms >= 19 && ms <= 25, ms);
	ms = sleep_ms(300, tsc);
	check("300 ms without a tick", ms >= 290 && ms <= 330, ms);
	write(ICR, 0x40000 | IPI);
	for (unsigned i = 0; i < 100; i++)
		__asm__ volatile("pause");
	check("IPI to itself", ipis == 1, ipis);
	arm(0);
	for (unsigned i = 0; i < 1000 && timers < 3; i++)
		__asm__ volatile("pause");
	check("a moment that has passed", timers == (deadline ? 3 : 2), timers);
	done();
}
