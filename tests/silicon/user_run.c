/* user_run.c - a test on the processor: Linux's signal frames carry the state in and out.
 *
 * The program traps into its own handler, which changes the interrupted context into the test and returns; whatever the
 * test raises comes back to the handler, which keeps it and returns to where the program trapped. System calls by the
 * test's code become a signal too (prctl PR_SET_SYSCALL_USER_DISPATCH), so that no bytes can do harm.
 */
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <linux/prctl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "user.h"

enum { STACK = 1 << 17, TICK_US = 200000, RESTORE_SS = 6 /* of uc_flags: SS is in the frame, and is to be loaded */ };

enum { READ_WRITE_EXECUTE = PROT_READ | PROT_WRITE | PROT_EXEC };

/* Of user_pages, as in the environment. */
static const int protections[USER_PAGES] = {
	READ_WRITE_EXECUTE,
	READ_WRITE_EXECUTE,
	READ_WRITE_EXECUTE,
	READ_WRITE_EXECUTE,
	[USER_READ_ONLY] = PROT_READ | PROT_EXEC,
	PROT_READ | PROT_WRITE,
	READ_WRITE_EXECUTE,
	READ_WRITE_EXECUTE,
	READ_WRITE_EXECUTE,
	READ_WRITE_EXECUTE,
};

static uint8_t stack[STACK] __attribute__((aligned(64)));
static ucontext_t home;              /* where the program goes on */
static uint64_t home_fs;             /* libc's thread pointer */
static const struct user_test *test; /* while one runs */
static struct user_end *result;
static volatile char blocked = SYSCALL_DISPATCH_FILTER_ALLOW;

/* ---- segment registers -------------------------------------------------------------------------------------- */

static void load_data(const struct user_test *t)
{
	__asm__ volatile("mov %0, %%es" : : "r"((unsigned)t->sel[SEG_ES]));
	__asm__ volatile("mov %0, %%ds" : : "r"((unsigned)t->sel[SEG_DS]));
	__asm__ volatile("mov %0, %%fs" : : "r"((unsigned)t->sel[SEG_FS]));
	__asm__ volatile("mov %0, %%gs" : : "r"((unsigned)t->sel[SEG_GS]));
	__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(t->base[0]), "r"(t->base[1]));
}

static void keep_data(struct user_end *end)
{
	unsigned sel;
	__asm__ volatile("mov %%es, %0" : "=r"(sel));
	end->sel[SEG_ES] = (uint16_t)sel;
	__asm__ volatile("mov %%ds, %0" : "=r"(sel));
	end->sel[SEG_DS] = (uint16_t)sel;
	__asm__ volatile("mov %%fs, %0" : "=r"(sel));
	end->sel[SEG_FS] = (uint16_t)sel;
	__asm__ volatile("mov %%gs, %0" : "=r"(sel));
	end->sel[SEG_GS] = (uint16_t)sel;
	__asm__ volatile("rdfsbase %0" : "=r"(end->base[0]));
	__asm__ volatile("rdgsbase %0" : "=r"(end->base[1]));
}

static void load_home(void)
{
	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; wrfsbase %1"
			 :
			 : "r"(0), "r"(home_fs));
}

/* ---- the handler -------------------------------------------------------------------------------------------- */

static const int places[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
				REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };

static void begin_test(ucontext_t *u)
{
	greg_t *g = u->uc_mcontext.gregs;
	home.uc_flags = u->uc_flags;
	memcpy(home.uc_mcontext.gregs, g, sizeof u->uc_mcontext.gregs);
	for (unsigned i = 0; i < 16; i++)
		g[places[i]] = (greg_t)test->gpr[i];
	g[REG_RIP] = (greg_t)test->rip;
	g[REG_EFL] = (greg_t)test->rflags;
	g[REG_CSGSFS] = test->sel[SEG_CS] | (greg_t)test->sel[SEG_SS] << 48;
	u->uc_flags |= RESTORE_SS;
	load_data(test);
	blocked = SYSCALL_DISPATCH_FILTER_BLOCK;
}

static void end_test(int number, ucontext_t *u)
{
	greg_t *g = u->uc_mcontext.gregs;
	for (unsigned i = 0; i < 16; i++)
		result->gpr[i] = (uint64_t)g[places[i]];
	result->rip = (uint64_t)g[REG_RIP];
	result->rflags = (uint64_t)g[REG_EFL];
	result->sel[SEG_CS] = (uint16_t)g[REG_CSGSFS];
	result->sel[SEG_SS] = (uint16_t)((uint64_t)g[REG_CSGSFS] >> 48);
	result->vector = (unsigned)g[REG_TRAPNO];
	result->error = (uint64_t)g[REG_ERR];
	result->cr2 = (uint64_t)g[REG_CR2];
	result->lost = number == SIGSYS ? "a system call" : number == SIGALRM ? "no end on the processor" : NULL;
	memcpy(g, home.uc_mcontext.gregs, sizeof u->uc_mcontext.gregs);
	u->uc_flags |= RESTORE_SS;
	test = NULL;
}

/* libc's thread pointer is not in FS until load_home: nothing before it may look there. */
void user_signal(int number, siginfo_t *info, void *context);
void user_signal(int number, siginfo_t *info, void *context)
{
	static bool running;
	(void)info;
	blocked = SYSCALL_DISPATCH_FILTER_ALLOW;
	if (running) {
		keep_data(result);
		load_home();
		end_test(number, context);
	} else if (test && number == SIGTRAP) {
		begin_test(context);
	}
	running = test && (running || number == SIGTRAP);
}

/* What the test left in AC, NT and ID is no flag of the handler's; the way back must not be a system call of the test.
 */
void user_signal_entry(void);
void user_signal_return(void);
__asm__("user_signal_entry:\n\t"
	"pushq $0x202\n\t"
	"popfq\n\t"
	"jmp user_signal\n"
	"user_signal_return:\n\t"
	"movl $15, %eax\n\t"
	"syscall\n"
	"user_signal_behind:\n");

/* As the kernel takes it: libc's sigaction puts its own way back in. */
struct kernel_action {
	void (*handler)(void);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static bool catch_signals(void)
{
	static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGALRM };
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct kernel_action action = { user_signal_entry, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | 0x04000000,
					user_signal_return, 1ul << (SIGALRM - 1) };
	bool good = sigaltstack(&alternate, NULL) == 0;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		good &= syscall(SYS_rt_sigaction, signals[i], &action, NULL, 8) == 0;
	return good;
}

bool user_segment(uint16_t selector, uint32_t *rights, uint32_t *limit)
{
	bool visible;
	__asm__("lar %w3, %0; lsl %w3, %1" : "=&r"(*rights), "=&r"(*limit), "=@ccz"(visible) : "r"((unsigned)selector));
	return visible;
}

/* ---- the program's side ------------------------------------------------------------------------------------- */

bool user_open(char why[static 200])
{
	if (syscall(SYS_modify_ldt, 0, NULL, 0) < 0) {
		snprintf(why, 200, "modify_ldt: %s", strerror(errno));
		return false;
	}
	for (unsigned i = 0; i < USER_PAGES; i++) {
		void *at = (void *)(uintptr_t)user_pages[i];
		if (mmap(at, PAGE_SIZE, protections[i], MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
		    at) {
			snprintf(why, 200, "memory at %x: %s", user_pages[i], strerror(errno));
			return false;
		}
	}
	__asm__ volatile("rdfsbase %0" : "=r"(home_fs));
	uint64_t first = (uintptr_t)user_signal_return;
	if (!catch_signals() || prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, first, 8, &blocked) != 0) {
		snprintf(why, 200, "signals: %s", strerror(errno));
		return false;
	}
	return true;
}

static bool write_ldt(const struct slot *slots)
{
	static struct slot now[LDT_SLOTS];
	static bool written;
	bool good = true;
	for (unsigned i = 0; i < LDT_SLOTS; i++) {
		struct user_desc d = { .entry_number = i,
				       .base_addr = slots[i].base,
				       .limit = slots[i].limit,
				       .seg_32bit = slots[i].wide,
				       .contents = slots[i].contents & 3u,
				       .read_exec_only = slots[i].read_execute_only,
				       .limit_in_pages = slots[i].pages,
				       .seg_not_present = slots[i].not_present,
				       .useable = slots[i].available };
		if (!written || memcmp(&now[i], &slots[i], sizeof now[i]) != 0)
			good &= syscall(SYS_modify_ldt, 0x11, &d, sizeof d) == 0;
	}
	memcpy(now, slots, sizeof now);
	written = true;
	return good;
}

static void put_ram(uint8_t ram[USER_PAGES][PAGE_SIZE])
{
	void *read_only = (void *)(uintptr_t)user_pages[USER_READ_ONLY];
	mprotect(read_only, PAGE_SIZE, PROT_READ | PROT_WRITE);
	for (unsigned i = 0; i < USER_PAGES; i++)
		memcpy((void *)(uintptr_t)user_pages[i], ram[i], PAGE_SIZE);
	mprotect(read_only, PAGE_SIZE, PROT_READ | PROT_EXEC);
}

static void take_ram(uint8_t ram[USER_PAGES][PAGE_SIZE])
{
	for (unsigned i = 0; i < USER_PAGES; i++)
		memcpy(ram[i], (void *)(uintptr_t)user_pages[i], PAGE_SIZE);
}

void user_run(const struct user_test *t, struct user_end *end)
{
	struct itimerval limit = { .it_value.tv_usec = TICK_US }, none = { .it_value.tv_usec = 0 };
	memset(end, 0, sizeof *end);
	user_fill(t, end->ram);
	put_ram(end->ram);
	if (!write_ldt(t->ldt)) {
		end->lost = "the kernel refuses a descriptor";
		return;
	}
	setitimer(ITIMER_REAL, &limit, NULL);
	test = t;
	result = end;
	__asm__ volatile("int3" : : : "memory");
	setitimer(ITIMER_REAL, &none, NULL);
	take_ram(end->ram);
}
