/* lab.h - where a probe runs: a known state, a way into any context, and a record of the events there. */
#ifndef PROBES_LAB_H
#define PROBES_LAB_H

#include "layout.h"
#include "lib/x86.h"

struct regs {
	u64 rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	u64 rip, cs, rflags, rsp, ss;
};

/* An event as its handler found it. */
struct seen {
	struct regs;
	u64 vector, error, has_error, frame; /* frame: RSP below the last word that the processor pushed */
	u64 cr2, dr6, handler_flags, handler_cs, handler_ss;
	u64 ds, es, fs, gs, fs_base, gs_base, kernel_gs;
};

/* A piece of guest code; `at` and `next` are where its text says AT and NEXT. */
struct code {
	u64 start, at, next, end, bits;
};

#define AT "777:"
#define NEXT "778:"
#define CODE(name, bits, text)                                                                                         \
	extern const struct code name;                                                                                 \
	__asm__(".pushsection .utext,\"ax\"\n.code" #bits "\n.balign 16\n" #name "_start: 779: 777: 778:\n" text       \
		"\n776: .code64\n.popsection\n.pushsection .rodata\n.balign 8\n" #name                                 \
		": .quad 779b, 777b, 778b, 776b, " #bits "\n.popsection")
#define CODE64(name, text) CODE(name, 64, text)
#define CODE32(name, text) CODE(name, 32, text)
#define CODE16(name, text) CODE(name, 16, text)
/* Ends a piece of code: the handler knows it by its vector. */
#define DONE "; int 0x40\n"

/* One observation: the function tells it, `arg` is what it is told. A rule of one maker means nothing on another's. */
enum maker { ANY_MAKER, INTEL, AMD };
struct probe {
	const char *id;
	void (*run)(u64 arg);
	u64 arg;
	enum maker maker;
};
#define PROBE(name) static void name(u64 arg)
/* Each file of an area has a table; the linker script puts them one behind the other. */
extern const struct probe probes[];
#define PROBES static const struct probe table[] __attribute__((section(".probes"), used, aligned(8))) =

/* The registers with which run() enters; reset before each probe. */
extern struct regs in;
extern struct seen seen[SEEN_EVENTS];

/* Runs code in ring cpl until the first event (the n-th), which seen[] then holds. */
void run(const struct code *code, int cpl);
void run_events(const struct code *code, int cpl, int events);
/* The same with CS, SS, RIP and RSP of `in` as the probe has set them. */
void enter(int events);

/* For other ways to run code: names its addresses; loads the lab's tables and MSRs again. */
void set_current(const struct code *code);
void reload(void);

/* The same code by another name, for its addresses: where a return goes, or who is entered. */
u64 target(const struct code *code);

/* Prints a part of the probe's line: %x a number, %a an address by its name, %e an event, %s a string. */
void tell(const char *format, ...);

/* For a probe that means nothing here: prints why and gives true if `here` does not hold. */
int not_here(int here, const char *why);

int is_intel(void);
int has_feature(u32 leaf, int reg, int bit); /* reg as in CPUID: 0 EAX to 3 EDX */
#define HAS_FSGSBASE has_feature(7, 1, 0)
#define HAS_SMEP has_feature(7, 1, 7)
#define HAS_INVPCID has_feature(7, 1, 10)
#define HAS_SMAP has_feature(7, 1, 20)
#define HAS_UMIP has_feature(7, 2, 2)
#define HAS_PKU has_feature(7, 2, 3)
#define HAS_PCID has_feature(1, 2, 17)
#define HAS_APIC has_feature(1, 3, 9)
#define HAS_1GB has_feature(0x80000001, 3, 26)
#define HAS_RDTSCP has_feature(0x80000001, 3, 27)

/* Descriptor tables of the lab. */
void set_gdt(u16 selector, u64 descriptor);
void set_gdt16(u16 selector, u64 low, u64 high);
u64 get_gdt(u16 selector);
void load_gdtr(u64 base, u16 limit);
void load_idtr(u64 base, u16 limit);
struct gate {
	u64 low, high;
};
struct gate *gate(u8 vector);
#define SET_FIELD(word, shift, bits, value)                                                                            \
	((word) = ((word) & ~((((u64)1 << (bits)) - 1) << (shift))) | (u64)(value) << (shift))
void set_gate_offset(struct gate *g, u64 offset);
#define GATE_SELECTOR(g, value) SET_FIELD((g)->low, 16, 16, value)
#define GATE_IST(g, value) SET_FIELD((g)->low, 32, 3, value)
#define GATE_TYPE(g, value) SET_FIELD((g)->low, 40, 8, value) /* P, DPL, S and type */
u64 *tss_field(u32 offset);

/* Page tables of the lab: 4-KiB pages below 6 MiB, and what a probe maps. */
u64 *pte(u64 va);
u64 *pde(u64 va);
u64 *pdpte(u64 va);
u64 *pml4e(u64 va);
void map_page(u64 va, u64 pa, u64 rights);
void flush(void);

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

#define CONTROL_REGISTER(name)                                                                                         \
	static inline u64 read_##name(void)                                                                            \
	{                                                                                                              \
		u64 value;                                                                                             \
		__asm__ volatile("mov %0, " #name : "=r"(value));                                                      \
		return value;                                                                                          \
	}                                                                                                              \
	static inline void write_##name(u64 value)                                                                     \
	{                                                                                                              \
		__asm__ volatile("mov " #name ", %0" : : "r"(value) : "memory");                                       \
	}
CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
CONTROL_REGISTER(dr0)
CONTROL_REGISTER(dr1)
CONTROL_REGISTER(dr6)
CONTROL_REGISTER(dr7)

static inline void copy(u64 to, u64 from, u64 bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static inline void load_segments(u16 ds, u16 es, u16 fs, u16 gs)
{
	__asm__ volatile("mov ds, %0; mov es, %1; mov fs, %2; mov gs, %3" : : "r"(ds), "r"(es), "r"(fs), "r"(gs));
}

/* A data breakpoint on the 2 bytes at an address, and one on the instruction there. */
static inline void watch(u64 address)
{
	write_dr0(address);
	write_dr7(0x70401); /* L0, R/W0 = 3, LEN0 = 1: SDM vol. 3B section 17.2.4 */
}

static inline void break_at(u64 address)
{
	write_dr0(address);
	write_dr7(0x401);
}

static inline u64 *mem64(u64 address)
{
	return (u64 *)address;
}

/* Code that many probes end in. */
extern const struct code lstar_code, cstar_code, sysenter_code, done64, done32;
/* All flags that may be set without another effect, but TF: bit 1, CF to OF, IF, NT, AC, ID. */
#define FLAGS_ALL 0x244ed7

#endif
