/* lab.c - brings the processor into the lab's state before each probe, and runs the probes one after the other. */
#include "lab.h"

extern char lab_vectors[], boot_pml4[];
extern u64 running, cursor, events_left;
void lab_enter(void);
void lab_main(const u32 *multiboot) __attribute__((noreturn));
void lab_wild(const struct seen *event) __attribute__((noreturn));

struct regs in;
struct seen seen[SEEN_EVENTS];

static const struct code *current, *other;
static u64 probe_now, probe_last;

CODE64(lstar_code, "int 0x41");
CODE64(cstar_code, "int 0x42");
CODE64(sysenter_code, "int 0x43");
CODE64(done64, "int 0x40");
CODE32(done32, "int 0x40");
__asm__(".globl lstar_code, cstar_code, sysenter_code, done64, done32, done64_start, done32_start");

/* ---- text ---- */

static void out8(u16 port, u8 value)
{
	__asm__ volatile("out dx, al" : : "a"(value), "d"(port));
}

static void put_string(const char *s)
{
	while (*s)
		out8(PORT_DEBUG, *s++);
}

static void put_number(u64 value, unsigned base)
{
	if (value >= base)
		put_number(value / base, base);
	out8(PORT_DEBUG, "0123456789abcdef"[value % base]);
}

static int put_offset(const char *name, const struct code *code, u64 a)
{
	if (!code || a < code->start || a > code->end)
		return 0;
	put_string(name);
	put_number(a - code->start, 16);
	return 1;
}

/* The name of an address: in the code that was run, or a place that every probe knows. */
static void put_address(u64 a)
{
	const struct code *c = current;

	if (c && a == c->at)
		put_string("at");
	else if (c && a == c->next)
		put_string("next");
	else if (other && a == other->at)
		put_string("target");
	else if (a == lstar_code.start)
		put_string("lstar");
	else if (a == cstar_code.start)
		put_string("cstar");
	else if (a == sysenter_code.start)
		put_string("sysenter");
	else if (a - (u64)lab_vectors < 4096)
		put_string("handler-"), put_number((a - (u64)lab_vectors) / 16, 16);
	else if (!put_offset("s+", c, a) && !put_offset("target+", other, a))
		put_number(a, 16);
}

static void put_event(const struct seen *e)
{
	static const char *const known[] = { "done", "lstar", "cstar", "sysenter" };

	if (e->vector - VEC_DONE < 4) {
		put_string(known[e->vector - VEC_DONE]);
		return;
	}
	put_string("vec="), put_number(e->vector, 16);
	if (e->has_error)
		put_string(" err="), put_number(e->error, 16);
	put_string(" rip="), put_address(e->rip);
	put_string(" cpl="), put_number(e->cs & 3, 16);
}

void tell(const char *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	out8(PORT_DEBUG, ' ');
	for (; *format; format++) {
		if (*format != '%') {
			out8(PORT_DEBUG, *format);
			continue;
		}
		switch (*++format) {
		case 'x':
			put_number(__builtin_va_arg(args, u64), 16);
			break;
		case 'a':
			put_address(__builtin_va_arg(args, u64));
			break;
		case 'e':
			put_event(__builtin_va_arg(args, const struct seen *));
			break;
		default:
			put_string(__builtin_va_arg(args, const char *));
		}
	}
	__builtin_va_end(args);
}

/* ---- what the processor is ---- */

int has_feature(u32 leaf, int reg, int bit)
{
	u32 value[4];

	__asm__ volatile("cpuid" : "=a"(value[0]), "=b"(value[1]), "=c"(value[2]), "=d"(value[3]) : "a"(leaf), "c"(0));
	return value[reg] >> bit & 1;
}

int is_intel(void)
{
	u32 a, b, c, d;

	__asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
	return b == 0x756e6547; /* Genu */
}

static int is_made_by(enum maker maker)
{
	return maker == ANY_MAKER || is_intel() == (maker == INTEL);
}

int not_here(int here, const char *why)
{
	if (!here)
		tell("n/a %s", why);
	return !here;
}

/* ---- descriptor tables ---- */

void set_gdt(u16 selector, u64 descriptor)
{
	mem64(GDT_PAGE)[selector >> 3] = descriptor;
}

void set_gdt16(u16 selector, u64 low, u64 high)
{
	set_gdt(selector, low);
	set_gdt(selector + 8, high);
}

u64 get_gdt(u16 selector)
{
	return mem64(GDT_PAGE)[selector >> 3];
}

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

void load_gdtr(u64 base, u16 limit)
{
	const struct table_register r = { limit, base };

	__asm__ volatile("lgdt %0" : : "m"(r));
}

void load_idtr(u64 base, u16 limit)
{
	const struct table_register r = { limit, base };

	__asm__ volatile("lidt %0" : : "m"(r));
}

struct gate *gate(u8 vector)
{
	return (struct gate *)IDT_PAGE + vector;
}

void set_gate_offset(struct gate *g, u64 offset)
{
	SET_FIELD(g->low, 0, 16, offset & 0xffff);
	SET_FIELD(g->low, 48, 16, offset >> 16 & 0xffff);
	g->high = offset >> 32;
}

/* Not aligned to 8: only byte copies are safe in C, but this processor has no #AC at CPL 0. */
u64 *tss_field(u32 offset)
{
	return mem64(TSS_PAGE + offset);
}

/* #DB, NMI and #DF do not share a stack with what they interrupt. */
static int stack_of(int vector)
{
	return vector == 1 ? 2 : vector == 2 ? 3 : vector == 8 ? 4 : vector == 18 ? 5 : 1;
}

static void make_idt(void)
{
	for (int i = 0; i < 256; i++) {
		struct gate *g = gate(i);
		int user = i == 3 || i == 4 || i >= 32;

		*g = (struct gate){ 0, 0 };
		set_gate_offset(g, (u64)lab_vectors + 16 * i);
		GATE_SELECTOR(g, K64);
		GATE_IST(g, stack_of(i));
		GATE_TYPE(g, user ? 0xee : 0x8e);
	}
}

static void clear(u64 address, u64 bytes)
{
	__asm__ volatile("rep stosb" : "+D"(address), "+c"(bytes) : "a"(0) : "memory");
}

static void make_gdt(void)
{
	static const u64 segments[] = {
		0,
		0x00af9b000000ffff,
		0x00cf93000000ffff,
		0x00cffb000000ffff,
		0x00cff3000000ffff,
		0x00affb000000ffff,
		0x00cff3000000ffff,
		0x00cf9b000000ffff,
		0x00afbb000000ffff,
		0x00cfb3000000ffff,
		0x00afdb000000ffff,
		0x00cfd3000000ffff,
	};

	clear(GDT_PAGE, 4096);
	for (u64 i = 0; i < sizeof segments / sizeof *segments; i++)
		set_gdt(8 * i, segments[i]);
	set_gdt16(TSS, 0x0000890000000000 | (u64)TSS_PAGE << 16 | TSS_LIMIT, 0);
	set_gdt16(LDT, 0x0000820000000fff | (u64)(LDT_PAGE & 0xffffff) << 16, 0);
}

static void make_tss(void)
{
	clear(TSS_PAGE, 8192);
	for (int n = 0; n < 3; n++)
		*tss_field(4 + 8 * n) = RSP_TOP(n);
	for (int n = 1; n < 8; n++)
		*tss_field(28 + 8 * n) = IST_TOP(n);
	*(u16 *)(TSS_PAGE + 0x66) = TSS_LIMIT + 1;
}

/* ---- page tables ---- */

static u64 pool;

static u64 *entry_below(u64 *entry)
{
	if (!(*entry & PTE_P)) {
		clear(pool, 4096);
		*entry = pool | PTE_P | PTE_W | PTE_U;
		pool += 4096;
	}
	return mem64(*entry & 0x000ffffffffff000);
}

u64 *pml4e(u64 va)
{
	return &mem64(PML4_PAGE)[va >> 39 & 511];
}

u64 *pdpte(u64 va)
{
	return &entry_below(pml4e(va))[va >> 30 & 511];
}

u64 *pde(u64 va)
{
	return &entry_below(pdpte(va))[va >> 21 & 511];
}

u64 *pte(u64 va)
{
	return &entry_below(pde(va))[va >> 12 & 511];
}

void map_page(u64 va, u64 pa, u64 rights)
{
	*pte(va) = pa | rights | PTE_P;
	flush();
}

void flush(void)
{
	write_cr3(read_cr3());
}

static void make_pages(void)
{
	clear(PAGES, 0x6000);
	pool = PAGE_POOL;
	mem64(PML4_PAGE)[0] = PDPT_PAGE | PTE_P | PTE_W | PTE_U;
	mem64(PDPT_PAGE)[0] = PD_PAGE | PTE_P | PTE_W | PTE_U;
	for (u64 i = 0; i < 512; i++)
		mem64(PD_PAGE)[i] = i << 21 | PTE_P | PTE_W | PTE_PS;
	for (u64 i = 0; i < 3; i++)
		mem64(PD_PAGE)[i] = (PT_PAGES + i * 4096) | PTE_P | PTE_W | PTE_U;
	for (u64 i = 0; i < 3 * 512; i++) {
		u64 user = i >> 9 == 1 ? PTE_U : 0;

		mem64(PT_PAGES)[i] = i << 12 | PTE_P | PTE_W | user;
	}
}

/* ---- the state before each probe ---- */

static void make_msrs(void)
{
	wrmsr(MSR_EFER, EFER_LAB);
	wrmsr(MSR_STAR, (u64)U32 << 48 | (u64)K64 << 32);
	wrmsr(MSR_LSTAR, lstar_code.start);
	wrmsr(0xc0000083, cstar_code.start);
	wrmsr(MSR_FMASK, 0);
	wrmsr(0x174, K64);
	wrmsr(0x175, SYSENTER_STACK);
	wrmsr(0x176, sysenter_code.start);
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_GS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}

static void load_everything(void)
{
	set_gdt(TSS, get_gdt(TSS) & ~((u64)2 << 40)); /* not busy */
	load_gdtr(GDT_PAGE, GDT_LIMIT);
	load_idtr(IDT_PAGE, 0xfff);
	__asm__ volatile("lldt %w0; ltr %w1; mov ss, %2" : : "r"(0), "r"(TSS), "r"(KDATA));
	load_segments(UDATA, UDATA, UDATA, UDATA);
	write_dr0(0);
	write_dr6(DR6_CLEAR);
	write_dr7(DR7_CLEAR);
}

/* Back in 64-bit mode from where tables and MSRs are others. */
void reload(void)
{
	load_everything();
	make_msrs();
}

void set_current(const struct code *code)
{
	current = code;
}

static void reset(void)
{
	write_cr4(CR4_LAB);
	write_cr3((u64)boot_pml4);
	make_pages();
	write_cr3(PML4_PAGE);
	write_cr0(CR0_LAB);
	make_gdt();
	make_idt();
	make_tss();
	clear(LDT_PAGE, 4096);
	load_everything();
	make_msrs();
	in = (struct regs){ .rflags = RFLAGS_FIXED, .rsp = USER_STACK };
	current = other = 0;
}

/* ---- running ---- */

void enter(int events)
{
	clear((u64)seen, sizeof seen);
	cursor = (u64)seen;
	events_left = events;
	lab_enter();
	load_gdtr(GDT_PAGE, GDT_LIMIT);
}

u64 target(const struct code *code)
{
	other = code;
	return code->start;
}

static u16 code_selector(u64 bits, int cpl)
{
	static const u16 long_mode[] = { K64, R1_64, R2_64, U64 };

	return bits == 64 ? long_mode[cpl] : cpl ? U32 : K32;
}

void run_events(const struct code *code, int cpl, int events)
{
	static const u16 stack[] = { KDATA, R1DATA, R2DATA, UDATA };

	current = code;
	in.cs = code_selector(code->bits, cpl);
	in.ss = stack[cpl];
	in.rip = code->start;
	enter(events);
}

void run(const struct code *code, int cpl)
{
	run_events(code, cpl, 1);
}

/* ---- all probes ---- */

static void leave(void)
{
	out8(PORT_EXIT, 0);
	for (const char *s = "Shutdown"; *s; s++)
		out8(PORT_BOCHS, *s);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* No timer of a real machine may interrupt a probe that sets IF. */
static void mask_pics(void)
{
	out8(0x21, 0xff);
	out8(0xa1, 0xff);
}

static void run_from(u64 first) __attribute__((noreturn));
static void run_from(u64 first)
{
	for (probe_now = first; probes[probe_now].id && probe_now <= probe_last; probe_now++) {
		reset();
		put_string(probes[probe_now].id);
		if (!not_here(is_made_by(probes[probe_now].maker), "maker"))
			probes[probe_now].run(probes[probe_now].arg);
		put_string("\n");
	}
	put_string("end\n");
	for (;;)
		leave();
}

void lab_wild(const struct seen *event)
{
	tell("wild vec=%x err=%x\n", event->vector, event->error);
	run_from(probe_now + 1);
}

/* The command line's last word may say which probes are wanted: FIRST..LAST, counted from 0. */
static void choose(const char *line)
{
	const char *word = line;
	u64 first = 0;

	for (; *line; line++)
		if (*line == ' ')
			word = line + 1;
	for (; *word >= '0' && *word <= '9'; word++)
		first = first * 10 + *word - '0';
	if (word[0] != '.' || word[1] != '.')
		return;
	probe_now = first;
	if (!word[2])
		return;
	for (probe_last = 0, word += 2; *word >= '0' && *word <= '9'; word++)
		probe_last = probe_last * 10 + *word - '0';
}

void lab_main(const u32 *multiboot)
{
	probe_last = -1;
	mask_pics();
	if (multiboot[0] & 4) /* there is a command line */
		choose((const char *)(u64)multiboot[4]);
	run_from(probe_now);
}
