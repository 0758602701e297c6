/* native.c - one instruction at a time on the processor of this host, in user mode: the oracle of tools/make-cases.
 *
 * Reads struct request from standard input and answers each with struct reply and its runs of changed memory. There is
 * no libc in it: the memory below 2 MiB must be free for the layout of README.md, and FS and GS belong to the tests.
 *
 * The loop lives in the signal handler. It changes the interrupted context into the state wanted and returns:
 * rt_sigreturn loads all registers at once (CS too, so 32-bit code is only another selector), the instruction runs, and
 * INT3, which fills the code pages, or the fault comes back with all registers.
 */
#include <asm/sigcontext.h>
#include <asm/unistd.h>
#include <linux/mman.h>
#include <linux/signal.h>

#include <asm/ucontext.h>
#include <stddef.h>
#include <stdint.h>

enum { PATCHES = 4, PATCH_BYTES = 64, CODE_BYTES = 64, PAGE = 4096, RUN_BYTES = 256, ALT_STACK = 1 << 16 };

struct patch {
	uint64_t address;
	uint64_t size;
	uint8_t bytes[PATCH_BYTES];
};

struct request {
	uint64_t gpr[16]; /* in the order of their encoding */
	uint64_t rip, rflags;
	uint64_t compat; /* 32-bit code */
	uint64_t code_size;
	uint8_t code[CODE_BYTES];
	uint64_t patch_count;
	struct patch patch[PATCHES];
};

struct reply {
	uint64_t gpr[16];
	uint64_t rip, rflags, trap, error, cr2;
	uint64_t runs; /* that follow */
};

struct run {
	uint64_t address, size;
	uint8_t bytes[RUN_BYTES];
};

struct area {
	uint64_t address;
	uint32_t pages;
	int protection;
	int code;
};

static const struct area areas[] = {
	{ 0x100000, 2, PROT_READ | PROT_WRITE | PROT_EXEC, 1 },
	{ 0x110000, 2, PROT_READ | PROT_WRITE, 0 },
	{ 0x113000, 1, PROT_READ, 0 },
	{ 0x114000, 1, PROT_READ | PROT_WRITE, 0 },
	{ 0x116000, 2, PROT_READ | PROT_WRITE, 0 },
	{ 0x120000, 2, PROT_READ | PROT_WRITE, 0 },
	{ 0x600000000000, 1, PROT_READ | PROT_WRITE, 0 },
};

enum { AREAS = sizeof areas / sizeof *areas, MAX_RUNS = 64 };

static struct request request;
static struct reply reply;
static struct run runs[MAX_RUNS];
static uint8_t before[AREAS][2 * PAGE]; /* memory when the instruction began */
static uint8_t alternate_stack[ALT_STACK] __attribute__((aligned(64)));
static int running;

static long system_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static void leave(int status)
{
	system_call(__NR_exit_group, status, 0, 0, 0, 0, 0);
	__builtin_unreachable();
}

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

void *memcpy(void *to, const void *from, size_t size)
{
	void *start = to;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return start;
}

void *memset(void *to, int byte, size_t size)
{
	void *start = to;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
	return start;
}

static void write_all(const void *from, size_t size)
{
	for (size_t done = 0; done < size;) {
		long got = system_call(__NR_write, 1, (long)((const char *)from + done), (long)(size - done), 0, 0, 0);
		if (got <= 0)
			leave(1);
		done += (size_t)got;
	}
}

/* At the end of the requests the program ends. */
static void read_all(void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		long got = system_call(__NR_read, 0, (long)((char *)to + done), (long)(size - done), 0, 0, 0);
		if (got <= 0)
			leave(got == 0 && done == 0 ? 0 : 1);
		done += (size_t)got;
	}
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void *at(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static void protect(const struct area *a, int protection)
{
	if (system_call(__NR_mprotect, (long)a->address, a->pages * PAGE, protection, 0, 0, 0) != 0)
		leave(3);
}

static void fill(const struct area *a, uint8_t *to)
{
	for (uint64_t i = 0; i < (uint64_t)a->pages * PAGE; i++) {
		uint64_t address = a->address + i;
		to[i] = a->code ? 0xcc : (uint8_t)(address ^ address >> 8);
	}
}

static uint8_t original[AREAS][2 * PAGE];

static void map_areas(void)
{
	for (unsigned i = 0; i < AREAS; i++) {
		const struct area *a = &areas[i];
		long got = system_call(__NR_mmap, (long)a->address, a->pages * PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (got != (long)a->address)
			leave(2);
		fill(a, original[i]);
		memcpy(at(a->address), original[i], a->pages * PAGE);
		protect(a, a->protection);
	}
}

/* Patches may lie in read-only pages. */
static void prepare_memory(void)
{
	for (unsigned i = 0; i < AREAS; i++)
		if (areas[i].protection & PROT_WRITE)
			memcpy(at(areas[i].address), original[i], areas[i].pages * PAGE);
	for (uint64_t i = 0; i < request.patch_count; i++)
		memcpy(at(request.patch[i].address), request.patch[i].bytes, request.patch[i].size);
	memcpy(at(request.rip), request.code, request.code_size);
	for (unsigned i = 0; i < AREAS; i++)
		memcpy(before[i], at(areas[i].address), areas[i].pages * PAGE);
}

static void add_runs(const struct area *a, const uint8_t *old, const uint8_t *now)
{
	for (uint64_t i = 0; i < (uint64_t)a->pages * PAGE; i++) {
		if (old[i] == now[i])
			continue;
		struct run *last = reply.runs ? &runs[reply.runs - 1] : NULL;
		if (!last || last->address + last->size != a->address + i || last->size == RUN_BYTES) {
			if (reply.runs == MAX_RUNS)
				leave(4);
			last = &runs[reply.runs++];
			last->address = a->address + i;
			last->size = 0;
		}
		last->bytes[last->size++] = now[i];
	}
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

static __u64 *context_register(struct sigcontext *c, unsigned n)
{
	__u64 *const place[16] = {
		&c->rax, &c->rcx, &c->rdx, &c->rbx, &c->rsp, &c->rbp, &c->rsi, &c->rdi,
		&c->r8,  &c->r9,  &c->r10, &c->r11, &c->r12, &c->r13, &c->r14, &c->r15,
	};
	return place[n];
}

static void answer(struct sigcontext *c)
{
	memset(&reply, 0, sizeof reply);
	for (unsigned i = 0; i < 16; i++)
		reply.gpr[i] = *context_register(c, i);
	reply.rip = c->rip;
	reply.rflags = c->eflags;
	reply.trap = c->trapno;
	reply.error = c->err;
	reply.cr2 = c->cr2;
	for (unsigned i = 0; i < AREAS; i++)
		add_runs(&areas[i], before[i], at(areas[i].address));
	write_all(&reply, sizeof reply);
	write_all(runs, reply.runs * sizeof *runs);
}

/* 2Bh is Linux's flat user data segment, and that of the environment; 64-bit programs start with null selectors, and
 * an instruction may have loaded another. */
static void load_segments(void)
{
	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; wrfsbase %1; wrgsbase %2"
			 :
			 : "r"(0x2b), "r"(0x116000ull), "r"(0x117000ull));
}

static void take(struct sigcontext *c)
{
	read_all(&request, sizeof request);
	prepare_memory();
	for (unsigned i = 0; i < 16; i++)
		*context_register(c, i) = request.gpr[i];
	c->rip = request.rip;
	c->eflags = request.rflags;
	c->cs = request.compat ? 0x23 : 0x33;
	c->ss = 0x2b;
	load_segments();
}

void on_signal(int signal, siginfo_t *info, struct ucontext *context);
void on_signal(int signal, siginfo_t *info, struct ucontext *context)
{
	struct sigcontext *c = &context->uc_mcontext;
	(void)signal;
	(void)info;
	if (running)
		answer(c);
	running = 1;
	take(c);
}

/* What the instruction left in AC, NT and ID is no flag of ours. */
void signal_entry(void);
void signal_return(void);
__asm__("signal_entry:\n\t"
	"pushq $0x202\n\t"
	"popfq\n\t"
	"jmp on_signal\n"
	"signal_return:\n\t"
	"movl $15, %eax\n\t"
	"syscall\n");

static void install_handler(void)
{
	static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof alternate_stack };
	struct sigaction action = {
		.sa_handler = (__sighandler_t)(void (*)(void))signal_entry,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER,
		.sa_restorer = signal_return,
	};
	system_call(__NR_sigaltstack, (long)&stack, 0, 0, 0, 0, 0);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		if (system_call(__NR_rt_sigaction, signals[i], (long)&action, 0, 8, 0, 0) != 0)
			leave(5);
}

void start(void);
void start(void)
{
	map_areas();
	install_handler();
	__asm__ volatile("int3");
	leave(6);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xorl %ebp, %ebp\n\t"
	"andq $-16, %rsp\n\t"
	"call start\n");
