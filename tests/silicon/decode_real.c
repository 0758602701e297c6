/* decode_real.c - bytes on the processor, in a child whose system calls are exit and sigreturn.
 *
 * The last k bytes of an executable page are the test's first; behind it is nothing. An instruction fetch that faults
 * there says "longer than k"; with TF set, the trap at the page's end says "k bytes, executed". All else is a fault of
 * the instruction itself, and it has k bytes if it is longer than k - 1.
 *
 * All registers point to nothing, and so does what instructions make of them: sums of them, with a scale and any
 * displacement, reach no page of the child. Below 4 GiB there is only the page of the test, which is not writable
 * there.
 */
#include "decode.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x60000000ull
#define CODE_END (CODE + PAGE)
#define NOTHING_64 0x80000000000ull /* and its multiples up to ten; its low half is a null selector, a count of 0 */
#define NOTHING_32 0x10000000ull    /* the same, cut to 32 bits */

enum {
	PAGE = 4096,
	BASE_16 = 0x800, /* the page's end in the 16-bit code segment */
	STACK = 1 << 16,
	CPU_SECONDS = 20, /* for a batch */
	CODE_64 = 0x33,
	CODE_32 = 0x23,
	CODE_16 = 0x07, /* first of the LDT */
	DATA = 0x2b,
	FLAGS = 0x302, /* TF, IF */
	FETCH = 0x10,  /* of a page fault's error code */
};

struct shared {
	volatile uint32_t at; /* the test that runs */
	volatile bool good;   /* the child was set up */
	struct decode_test test[BATCH];
};

struct real {
	struct shared *shared;
	uint8_t *page; /* the test's page, writable */
	int memory;
	pid_t child;
	unsigned count;
};

/* ---- one run ------------------------------------------------------------------------------------------------ */

/* In the order in which decode_enter wants it. */
struct start {
	uint64_t rip, cs, rflags, rsp, ss, registers;
};

enum outcome { LONGER, EXECUTED, UNDEFINED, OTHER };

static uint8_t stack[STACK] __attribute__((aligned(64)));
static uint64_t code_end; /* RIP there, in the code segment of the test */
static uint64_t code_start;
static enum outcome outcome;
static uint8_t vector;
static bool in_test;

void decode_enter(const struct start *s);
void decode_leave(void);

/* The way back is a jump out of the signal's handler: nothing of the frame is wanted again. FS and GS lose their bases:
 * no TLS is used from here on. */
__asm__("decode_enter:\n\t"
	"pushq %rbx\n\tpushq %rbp\n\tpushq %r12\n\tpushq %r13\n\tpushq %r14\n\tpushq %r15\n\t"
	"movq %rsp, decode_home(%rip)\n\t"
	"movl $0x2b, %eax\n\tmovl %eax, %ds\n\tmovl %eax, %es\n\t"
	"xorl %eax, %eax\n\tmovl %eax, %fs\n\tmovl %eax, %gs\n\t"
	"pushq 32(%rdi)\n\tpushq 24(%rdi)\n\tpushq 16(%rdi)\n\tpushq 8(%rdi)\n\tpushq (%rdi)\n\t"
	"movq 40(%rdi), %rax\n\t"
	"movq %rax, %rcx\n\tmovq %rax, %rdx\n\tmovq %rax, %rbx\n\tmovq %rax, %rbp\n\tmovq %rax, %rsi\n\t"
	"movq %rax, %rdi\n\tmovq %rax, %r8\n\tmovq %rax, %r9\n\tmovq %rax, %r10\n\tmovq %rax, %r11\n\t"
	"movq %rax, %r12\n\tmovq %rax, %r13\n\tmovq %rax, %r14\n\tmovq %rax, %r15\n\t"
	"iretq\n"
	"decode_leave:\n\t"
	"movq decode_home(%rip), %rsp\n\t"
	"pushq $0x202\n\tpopfq\n\t"
	"popq %r15\n\tpopq %r14\n\tpopq %r13\n\tpopq %r12\n\tpopq %rbp\n\tpopq %rbx\n\t"
	"ret\n\t"
	".local decode_home\n\t.comm decode_home,8,8\n");

static enum outcome outcome_of(const greg_t *g)
{
	uint64_t rip = (uint64_t)g[REG_RIP], trap = (uint64_t)g[REG_TRAPNO];
	bool fetch = trap == 14 && (g[REG_ERR] & FETCH) && (uint64_t)g[REG_CR2] == CODE_END;
	if (rip == code_end && (fetch || trap == 1 || trap == 3))
		return EXECUTED; /* fetch: behind MOV SS the trap is put off */
	if (rip != code_start)
		return OTHER;
	return fetch ? LONGER : trap == 6 ? UNDEFINED : OTHER;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	const greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
	(void)info;
	if (!in_test)
		syscall(SYS_exit_group, 3);
	in_test = false;
	outcome = number == SIGSYS ? OTHER : outcome_of(g);
	vector = number == SIGSYS ? 0x80 : (uint8_t)g[REG_TRAPNO];
	decode_leave();
}

/* The first k bytes of the test are all that is there. */
static enum outcome run(uint8_t *page, const struct decode_test *t, unsigned k)
{
	struct start s = { .cs = CODE_64, .ss = DATA, .rflags = FLAGS, .rsp = NOTHING_64, .registers = NOTHING_64 };
	code_end = CODE_END;
	if (t->code_size != 64) {
		s.cs = t->code_size == 32 ? CODE_32 : CODE_16;
		s.rsp = s.registers = NOTHING_32;
	}
	if (t->code_size == 16)
		code_end = BASE_16;
	for (unsigned i = 0; i < k; i++)
		page[PAGE - k + i] = t->bytes[i];
	code_start = s.rip = code_end - k;
	in_test = true;
	decode_enter(&s);
	return outcome;
}

/* ---- one test ----------------------------------------------------------------------------------------------- */

/* The first k with which the fetch is content. */
static struct answer look_from(uint8_t *page, const struct decode_test *t, unsigned k)
{
	enum outcome o = LONGER;
	for (; k < TEST_BYTES; k++)
		if ((o = run(page, t, k)) != LONGER)
			break;
	if (k == TEST_BYTES || (k == LONGEST && o == OTHER && vector == 13))
		return (struct answer){ VERDICT_TOO_LONG, 0 };
	return (struct answer){ o == UNDEFINED ? VERDICT_UNDEFINED : VERDICT_INSTRUCTION, (uint8_t)k };
}

/* #GP(0) with 15 bytes, and longer than 14: as an instruction of more than 15 bytes behaves. */
static struct answer look_too_long(uint8_t *page, const struct decode_test *t)
{
	if (run(page, t, LONGEST) == OTHER && vector == 13 && run(page, t, LONGEST - 1) == LONGER)
		return (struct answer){ VERDICT_TOO_LONG, 0 };
	return look_from(page, t, 1);
}

static struct answer look(uint8_t *page, const struct decode_test *t)
{
	unsigned length = t->model.length;
	if (t->length_only)
		return length < 2 || run(page, t, length - 1) == LONGER ? t->model
									: (struct answer){ VERDICT_SHORTER, 0 };
	if (t->model.verdict == VERDICT_TOO_LONG)
		return look_too_long(page, t);
	if (t->model.verdict == VERDICT_UNDEFINED)
		return run(page, t, TEST_BYTES) == UNDEFINED ? t->model : look_from(page, t, 1);
	enum outcome o = run(page, t, length);
	if (o == EXECUTED)
		return t->model;
	if (o == UNDEFINED)
		return (struct answer){ VERDICT_UNDEFINED, 0 };
	if (o == LONGER)
		return look_from(page, t, length + 1);
	uint8_t first = vector;
	if (length > 1 && run(page, t, length - 1) != LONGER)
		return look_from(page, t, 1);
	vector = first;
	return t->model;
}

/* ---- the child ---------------------------------------------------------------------------------------------- */

static bool catch_signals(void)
{
	static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS };
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	bool good = sigaltstack(&alternate, NULL) == 0;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		good &= sigaction(signals[i], &action, NULL) == 0;
	return good;
}

static bool map_code(int memory)
{
	void *at = (void *)CODE, *end = (void *)CODE_END;
	return mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED_NOREPLACE, memory, 0) == at &&
	       mmap(end, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == end;
}

/* Without it there are no tests in 16-bit code: the child says so by the first of them. */
static void make_code_segment_16(void)
{
	struct user_desc d = { .base_addr = (unsigned)(CODE_END - BASE_16), .limit = 0xffff, .contents = 2 };
	syscall(SYS_modify_ldt, 0x11, &d, sizeof d);
}

/* Everything but exit and sigreturn comes back as SIGSYS. */
static bool forbid_system_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool shut_in(const struct real *r)
{
	struct rlimit limit = { CPU_SECONDS, CPU_SECONDS };
	make_code_segment_16();
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setrlimit(RLIMIT_CPU, &limit) == 0 && map_code(r->memory) &&
	       catch_signals() && forbid_system_calls();
}

static void be_child(const struct real *r)
{
	struct shared *s = r->shared;
	s->good = shut_in(r);
	for (; s->good && s->at < r->count; s->at++) {
		struct decode_test *t = &s->test[s->at];
		if (t->model.verdict == VERDICT_NONE)
			continue;
		t->real = look(r->page, t);
		t->vector = outcome == EXECUTED ? 1 : vector;
	}
	syscall(SYS_exit_group, 0);
}

/* ---- the parent --------------------------------------------------------------------------------------------- */

static void start_child(struct real *r)
{
	fflush(stdout);
	r->shared->good = false;
	r->child = fork();
	if (r->child == 0)
		be_child(r);
}

void real_begin(struct real *r, unsigned count)
{
	r->count = count;
	r->shared->at = 0;
	start_child(r);
}

/* A child that died is followed by another, behind the test that killed it. */
void real_end(struct real *r)
{
	struct shared *s = r->shared;
	int status;
	while (r->child > 0 && waitpid(r->child, &status, 0) == r->child && s->good && s->at < r->count) {
		s->test[s->at].real = (struct answer){ VERDICT_LOST, 0 };
		s->test[s->at++].vector = WIFSIGNALED(status) ? (uint8_t)WTERMSIG(status) : 0;
		start_child(r);
	}
}

struct decode_test *real_tests(struct real *r)
{
	return r->shared->test;
}

/* Everything that a child needs is tried once. */
static bool answers(struct real *r)
{
	struct decode_test nop = { .bytes = { 0x90 }, .code_size = 64, .model = { VERDICT_INSTRUCTION, 1 } };
	struct decode_test ud2 = { .bytes = { 0x0f, 0x0b }, .code_size = 64, .model = { VERDICT_INSTRUCTION, 1 } };
	r->shared->test[0] = nop;
	r->shared->test[1] = ud2;
	real_begin(r, 2);
	real_end(r);
	return r->shared->good && r->shared->test[0].real.length == 1 &&
	       r->shared->test[1].real.verdict == VERDICT_UNDEFINED;
}

struct real *real_open(char why[static 200])
{
	struct real *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->memory = memfd_create("page", MFD_CLOEXEC);
	if (r->memory >= 0 && ftruncate(r->memory, PAGE) == 0) {
		r->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, r->memory, 0);
		r->shared = mmap(NULL, sizeof *r->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (r->page != MAP_FAILED && r->shared != MAP_FAILED && answers(r))
			return r;
	}
	snprintf(why, 200, "no child that runs bytes (seccomp, memfd, sigaltstack): %s", strerror(errno));
	return NULL;
}

void real_close(struct real *r)
{
	munmap(r->shared, sizeof *r->shared);
	munmap(r->page, PAGE);
	close(r->memory);
	free(r);
}
