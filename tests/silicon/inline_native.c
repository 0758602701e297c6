/* inline_native.c - one instruction on the processor: generated code loads the state, the instruction runs, and what is
 * behind it stores the state. What faults comes back by a signal handler. */
#include <cpuid.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "inline.h"

/* <sys/auxv.h> brings names of <elf.h> that those of the MMU clash with. */
unsigned long getauxval(unsigned long type);

enum { STACK = 1 << 17, HWCAP2 = 26, HWCAP2_HAS_FSGSBASE = 2 };

/* At an address that an instruction can name: the way in and out has no register to spare. */
#define CONTEXT 0x40000000
#define STUBS 0x40010000
#define QUOTE(x) #x
#define TEXT(x) QUOTE(x)
#define AT(offset) TEXT(CONTEXT) "+" TEXT(offset)
#define GPR_IN(i) AT(8 * i)
#define GPR_OUT(i) AT(256 + 8 * i)
#define FLAGS_IN AT(128)
#define BASE_IN(i) AT(136 + 8 * i)
#define FLAGS_OUT_END AT(392)
#define BASE_OUT(i) AT(392 + 8 * i)
#define RIP_OUT AT(408)
#define HOST_RSP AT(512)
#define HOST_FS AT(520)
#define VECTORS AT(528)
#define MASK AT(532)
#define HOST_MXCSR AT(536)
#define RUNNING AT(540)
#define BASE_SIGNAL(i) AT(544 + 8 * i)
#define SCRATCH_END AT(1024)
#define X_IN AT(1024)
#define X_OUT AT(2048)

struct context {
	struct registers in; /* rflags at 128, base at 136, rip at 152 */
	uint8_t gap1[256 - sizeof(struct registers)];
	struct registers out;
	uint8_t gap2[256 - sizeof(struct registers)];
	uint64_t host_rsp, host_fs;
	uint32_t vectors, mask, host_mxcsr, running;
	uint64_t base_signal[2]; /* as the handler found them */
	uint8_t scratch[1024 - 560];
	struct xsave x_in;
	uint8_t gap3[1024 - sizeof(struct xsave)];
	struct xsave x_out;
};

_Static_assert(offsetof(struct context, in.rflags) == 128, "FLAGS_IN");
_Static_assert(offsetof(struct context, in.base) == 136, "BASE_IN");
_Static_assert(offsetof(struct context, out.rflags) == 384, "FLAGS_OUT_END");
_Static_assert(offsetof(struct context, out.rip) == 408, "RIP_OUT");
_Static_assert(offsetof(struct context, vectors) == 528, "VECTORS");
_Static_assert(offsetof(struct context, running) == 540, "RUNNING");
_Static_assert(offsetof(struct context, base_signal) == 544, "BASE_SIGNAL");
_Static_assert(offsetof(struct context, x_in) == 1024, "X_IN");
_Static_assert(offsetof(struct context, x_out) == 2048, "X_OUT");

static struct context *const context = (struct context *)(uintptr_t)CONTEXT;
static uint8_t stack[STACK] __attribute__((aligned(64)));
static struct end *result;
static const struct test *running;
static unsigned ticks; /* of the clock since the test began */

void native_enter(void);
void native_exit(void);
void native_leave(void);
void native_signal_entry(void);
void native_signal_return(void);
void native_signal(int number, siginfo_t *info, void *context_of_signal);

/* clang-format off */
__asm__("native_enter:\n\t"
	"push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
	"mov %rsp, " HOST_RSP "\n\t"
	"rdfsbase %rax\n\t"
	"mov %rax, " HOST_FS "\n\t"
	"cmpl $0, " VECTORS "\n\t"
	"je 1f\n\t"
	"mov " MASK ", %eax\n\t"
	"xor %edx, %edx\n\t"
	"xrstor64 " X_IN "\n"
	"1:\n\t"
	"mov " BASE_IN(0) ", %rax\n\t"
	"wrfsbase %rax\n\t"
	"mov " BASE_IN(1) ", %rax\n\t"
	"wrgsbase %rax\n\t"
	"mov $" FLAGS_IN ", %rsp\n\t"
	"popfq\n\t"
	"mov " GPR_IN(0) ", %rax\n\t"
	"mov " GPR_IN(1) ", %rcx\n\t"
	"mov " GPR_IN(2) ", %rdx\n\t"
	"mov " GPR_IN(3) ", %rbx\n\t"
	"mov " GPR_IN(4) ", %rsp\n\t"
	"mov " GPR_IN(5) ", %rbp\n\t"
	"mov " GPR_IN(6) ", %rsi\n\t"
	"mov " GPR_IN(7) ", %rdi\n\t"
	"mov " GPR_IN(8) ", %r8\n\t"
	"mov " GPR_IN(9) ", %r9\n\t"
	"mov " GPR_IN(10) ", %r10\n\t"
	"mov " GPR_IN(11) ", %r11\n\t"
	"mov " GPR_IN(12) ", %r12\n\t"
	"mov " GPR_IN(13) ", %r13\n\t"
	"mov " GPR_IN(14) ", %r14\n\t"
	"mov " GPR_IN(15) ", %r15\n\t"
	"jmp *" AT(152) "\n"
	"native_exit:\n\t"
	"mov %rax, " GPR_OUT(0) "\n\t"
	"mov %rcx, " GPR_OUT(1) "\n\t"
	"mov %rdx, " GPR_OUT(2) "\n\t"
	"mov %rbx, " GPR_OUT(3) "\n\t"
	"mov %rsp, " GPR_OUT(4) "\n\t"
	"mov %rbp, " GPR_OUT(5) "\n\t"
	"mov %rsi, " GPR_OUT(6) "\n\t"
	"mov %rdi, " GPR_OUT(7) "\n\t"
	"mov %r8, " GPR_OUT(8) "\n\t"
	"mov %r9, " GPR_OUT(9) "\n\t"
	"mov %r10, " GPR_OUT(10) "\n\t"
	"mov %r11, " GPR_OUT(11) "\n\t"
	"mov %r12, " GPR_OUT(12) "\n\t"
	"mov %r13, " GPR_OUT(13) "\n\t"
	"mov %r14, " GPR_OUT(14) "\n\t"
	"mov %r15, " GPR_OUT(15) "\n\t"
	"mov $" FLAGS_OUT_END ", %rsp\n\t"
	"pushfq\n\t"
	"rdfsbase %rax\n\t"
	"mov %rax, " BASE_OUT(0) "\n\t"
	"rdgsbase %rax\n\t"
	"mov %rax, " BASE_OUT(1) "\n"
	"cmpl $0, " VECTORS "\n\t"
	"je native_leave\n\t"
	"mov " MASK ", %eax\n\t"
	"xor %edx, %edx\n\t"
	"xsave64 " X_OUT "\n\t"
	"fninit\n\t"
	"ldmxcsr " HOST_MXCSR "\n"
	"native_leave:\n\t"
	"mov $" SCRATCH_END ", %rsp\n\t"
	"pushq $0x202\n\t"
	"popfq\n\t"
	"xor %eax, %eax\n\t"
	"wrgsbase %rax\n\t"
	"mov " HOST_FS ", %rax\n\t"
	"wrfsbase %rax\n\t"
	"mov " HOST_RSP ", %rsp\n\t"
	"pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\t"
	"ret\n"
	/* What the test left in AC is no flag of the handler's, and FS is not libc's. */
	"native_signal_entry:\n\t"
	"pushq $0x202\n\t"
	"popfq\n\t"
	"cmpl $0, " RUNNING "\n\t"
	"je native_signal\n\t"
	"rdfsbase %rax\n\t"
	"mov %rax, " BASE_SIGNAL(0) "\n\t"
	"rdgsbase %rax\n\t"
	"mov %rax, " BASE_SIGNAL(1) "\n\t"
	"mov " HOST_FS ", %rax\n\t"
	"wrfsbase %rax\n\t"
	"jmp native_signal\n"
	"native_signal_return:\n\t"
	"movl $15, %eax\n\t"
	"syscall\n");
/* clang-format on */

/* ---- signals ---- */

static const int places[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
				REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };

/* What the kernel saved; parts in their initial state are only said to be. */
static void take_vectors(const ucontext_t *u)
{
	const struct xsave *x = (const struct xsave *)(const void *)u->uc_mcontext.fpregs;
	static const struct xsave initial = { .fcw = 0x37f };
	memcpy(&result->x, x, sizeof *x);
	if (!(x->xstate_bv & 1)) {
		memcpy(&result->x, &initial, 24);
		memset(result->x.st, 0, sizeof result->x.st);
	}
	if (!(x->xstate_bv & 2))
		memset(result->x.xmm, 0, sizeof result->x.xmm);
	if (!(x->xstate_bv & 4))
		memset(result->x.ymm, 0, sizeof result->x.ymm);
}

/* The test, interrupted by the clock: the way back loads neither FS nor GS. */
static void go_on(void)
{
	if (context->running)
		__asm__ volatile("wrfsbase %0; wrgsbase %1"
				 :
				 : "r"(context->base_signal[0]), "r"(context->base_signal[1]));
}

void native_signal(int number, siginfo_t *info, void *context_of_signal)
{
	ucontext_t *u = context_of_signal;
	greg_t *g = u->uc_mcontext.gregs;
	(void)info;
	if (number == SIGALRM && (!context->running || ticks++ < 2)) {
		go_on();
		return;
	}
	if (!context->running) {
		signal(number, SIG_DFL); /* a bug of this program */
		return;
	}
	for (unsigned i = 0; i < 16; i++)
		result->r.gpr[i] = (uint64_t)g[places[i]];
	memcpy(result->r.base, context->base_signal, sizeof result->r.base);
	result->r.rip = (uint64_t)g[REG_RIP];
	result->r.rflags = (uint64_t)g[REG_EFL];
	result->vector = number == SIGALRM ? NO_END : (int)g[REG_TRAPNO];
	result->error = (uint64_t)g[REG_ERR];
	result->cr2 = (uint64_t)g[REG_CR2];
	if (running->form->vectors)
		take_vectors(u);
	g[REG_RIP] = (greg_t)(uintptr_t)native_leave;
	g[REG_EFL] = 0x202;
	u->uc_mcontext.fpregs->cwd = 0x37f;
	u->uc_mcontext.fpregs->swd = 0;
	u->uc_mcontext.fpregs->ftw = 0;
	u->uc_mcontext.fpregs->mxcsr = context->host_mxcsr;
}

/* As the kernel takes it: libc's sigaction puts its own way back in. */
struct kernel_action {
	void (*handler)(void);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static bool catch_signals(void)
{
	static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct kernel_action action = { native_signal_entry, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | 0x04000000,
					native_signal_return, 1ul << (SIGALRM - 1) };
	struct itimerval second = { { 1, 0 }, { 1, 0 } };
	bool good = sigaltstack(&alternate, NULL) == 0 && setitimer(ITIMER_REAL, &second, NULL) == 0;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		good &= syscall(SYS_rt_sigaction, signals[i], &action, NULL, 8) == 0;
	return good;
}

/* ---- memory ---- */

const struct arena_page arena_pages[ARENA_PAGES] = {
	{ ARENA_DATA, true, 0x800, 0x1000 },     { ARENA_DATA + PAGE_SIZE, true, 0, 0x1000 },
	{ ARENA_READ_ONLY, false, 0, 0 },        { ARENA_STACK, true, 0x600, 0xa00 },
	{ ARENA_STACK + PAGE_SIZE, true, 0, 0 },
};

uint8_t *native_page(unsigned page)
{
	return (uint8_t *)(uintptr_t)arena_pages[page].address;
}

/* The code page a second time, writable: the tests find it read-only. */
static uint8_t *code_alias;

static bool map_code(void)
{
	void *at = (void *)(uintptr_t)ARENA_CODE;
	int fd = memfd_create("code", 0);
	if (fd < 0 || ftruncate(fd, PAGE_SIZE) != 0)
		return false;
	code_alias = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return code_alias != MAP_FAILED &&
	       mmap(at, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) == at;
}

static bool map(uint32_t address, size_t size, int rights)
{
	void *at = (void *)(uintptr_t)address;
	return mmap(at, size, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == at;
}

/* A JMP to `target` for the code page at `offset`. */
static void put_jump(uint8_t *at, uint32_t offset, uint32_t target)
{
	uint32_t by = target - (ARENA_CODE + offset + 5);
	*at = 0xe9;
	memcpy(at + 1, &by, 4);
}

enum { STUB_BYTES = 32 };

/* Tells where it was reached (0: behind the instruction), and leaves without touching a register or flag. */
static void put_stub(unsigned i, uint32_t reached)
{
	uint8_t *at = (uint8_t *)(uintptr_t)STUBS + (size_t)STUB_BYTES * i;
	const uint32_t rip_out = CONTEXT + offsetof(struct context, out.rip);
	const uint64_t leave = (uintptr_t)native_exit;
	memcpy(at, "\x48\xc7\x04\x25", 4); /* MOV qword [out.rip], imm32 */
	memcpy(at + 4, &rip_out, 4);
	memcpy(at + 8, &reached, 4);
	memcpy(at + 12, "\xff\x25\6\0\0\0", 6); /* JMP [RIP + 6]: aligned, for AC may be set */
	memcpy(at + 24, &leave, 8);
}

static void put_pads(void)
{
	memset(code_alias, 0xcc, PAGE_SIZE);
	put_stub(PADS, 0);
	for (unsigned i = 0; i < PADS; i++) {
		put_stub(i, pads[i]);
		put_jump(code_alias + (pads[i] - ARENA_CODE), pads[i] - ARENA_CODE, STUBS + STUB_BYTES * i);
	}
}

static bool map_all(void)
{
	const int read_write = PROT_READ | PROT_WRITE, all = read_write | PROT_EXEC;
	bool good = map(CONTEXT, PAGE_SIZE, read_write) && map(STUBS, PAGE_SIZE, all) && map_code();
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		good = good && map(arena_pages[i].address, PAGE_SIZE, read_write);
	return good;
}

static void fill_pages(void)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		for (uint32_t at = 0; at < PAGE_SIZE; at++) {
			uint32_t a = arena_pages[i].address + at;
			native_page(i)[at] = (uint8_t)(a ^ a >> 8);
		}
		if (!arena_pages[i].written)
			mprotect(native_page(i), PAGE_SIZE, PROT_READ);
	}
}

bool native_open(char why[static 200])
{
	unsigned a, b, c, d;
	if (!(getauxval(HWCAP2) & HWCAP2_HAS_FSGSBASE)) {
		snprintf(why, 200, "the kernel does not let user mode write FS.base");
		return false;
	}
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) {
		snprintf(why, 200, "the processor has no XSAVE");
		return false;
	}
	if (!map_all() || !catch_signals()) {
		snprintf(why, 200, "no memory at the addresses of the arena");
		return false;
	}
	context->mask = native_xcr0() & 7;
	__asm__("stmxcsr %0" : "=m"(context->host_mxcsr));
	fill_pages();
	put_pads();
	return true;
}

uint64_t native_xcr0(void)
{
	unsigned a, d;
	__asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return a | (uint64_t)d << 32;
}

bool native_has(const struct feature_text *f)
{
	unsigned reg[4];
	return __get_cpuid_count(f->leaf, f->subleaf, &reg[0], &reg[1], &reg[2], &reg[3]) &&
	       (reg[f->reg] >> f->bit & 1);
}

/* ---- running ---- */

const uint8_t *native_code(void)
{
	return code_alias;
}

void code_bytes(const struct test *t, uint8_t bytes[static CODE_BYTES])
{
	memset(bytes, 0xcc, CODE_BYTES);
	memcpy(bytes, t->code, t->length);
	put_jump(bytes + t->length, t->length, STUBS + STUB_BYTES * PADS);
}

/* Rewriting code costs the processor a flush of its pipeline: only where it has changed. */
static void put_code(const struct test *t)
{
	uint8_t wanted[CODE_BYTES];
	code_bytes(t, wanted);
	if (memcmp(code_alias, wanted, sizeof wanted) != 0)
		memcpy(code_alias, wanted, sizeof wanted);
}

/* What holds its initial value is made initial: XSAVEOPT and its like see the difference [SDM vol. 1, 13.6]. */
static void put_vectors(const struct xsave *x)
{
	static const struct xsave initial = { .fcw = 0x37f };
	const bool x87 = memcmp(x, &initial, offsetof(struct xsave, mxcsr)) != 0 ||
			 memcmp(x->st, initial.st, sizeof x->st) != 0;
	const bool sse = memcmp(x->xmm, initial.xmm, sizeof x->xmm) != 0;
	const bool avx = memcmp(x->ymm, initial.ymm, sizeof x->ymm) != 0;
	context->x_in = *x;
	context->x_in.xstate_bv = (x87 ? 1 : 0) | (sse ? 2 : 0) | (avx ? 4 : 0);
}

void native_run(const struct test *t, struct end *end)
{
	put_code(t);
	context->in = t->r;
	context->vectors = t->form->vectors;
	if (t->form->vectors)
		put_vectors(&t->x);
	end->vector = NO_EVENT;
	ticks = 0;
	result = end;
	running = t;
	context->running = 1;
	native_enter();
	context->running = 0;
	if (end->vector != NO_EVENT)
		return;
	end->r = context->out;
	if (!end->r.rip)
		end->r.rip = ARENA_CODE + t->length;
	if (t->form->vectors)
		end->x = context->x_out;
}
