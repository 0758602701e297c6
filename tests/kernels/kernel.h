/* The habits that these kernels share: port I/O, a serial console, an IDT, the 8259A pair at 20h and 28h. */
#ifndef KERNELS_KERNEL_H
#define KERNELS_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;
typedef unsigned long long u64;
typedef unsigned long word;

enum { COM1 = 0x3f8, PIC1 = 0x20, PIC2 = 0xa0, PIT = 0x40, SPEAKER = 0x61, CMOS = 0x70, HZ = 100, PIT_HZ = 1193182 };

static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void io_wait(void)
{
	outb(0x80, 0);
}

static inline void sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void halt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline u32 cpuid_ecx(void)
{
	u32 a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c;
}

/* kernel.c */
void serial_init(void);
void put_char(char c);
void put_text(const char *text);
void put_number(u32 number);
/* Prints "what: ok" or, with the number that is wrong, "what: bad (number)". */
void check(const char *what, int good, u32 number);
/* Ends with "done" and code 0, or with 1 after a bad check. */
void done(void) __attribute__((noreturn));
void quit(int code) __attribute__((noreturn));

void idt_install(void);
void set_handler(unsigned vector, void (*handler)(void));
/* Chooses the stack on which an interrupt returns. */
extern word (*choose_stack)(word sp);

void pic_remap(u8 icw4);
void pic_mask(u8 master, u8 slave);
void pic_eoi(unsigned irq);
void pit_start(unsigned hz);
u16 pit_read(void);
/* By counter 2, with GATE and OUT at port 61h. */
void pit_wait(unsigned ms);

/* Each kernel's own. */
void kmain(void);

#endif
