/* Handlers: for faults, for raise, on a stack of their own; with the registers of vectors and x87 kept. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf place;
static volatile int count, code;
static volatile char *volatile page;
static char alternate[65536];
static volatile int *volatile nowhere;

static void jump(int signal)
{
	count++;
	siglongjmp(place, signal);
}

/* Makes the page writable, so that the instruction is executed again. */
static void mend(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *c = context;
	volatile double x = 1.5;
	x = x * 3 + signal;
	code = info->si_code;
	if (info->si_addr != page + 10 || c->uc_mcontext.gregs[REG_CR2] != (greg_t)info->si_addr)
		_exit(98);
	mprotect((void *)(unsigned long)page, 4096, PROT_READ | PROT_WRITE);
	count++;
}

/* Goes on behind UD2. */
static void skip(int signal, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	char here;
	c->uc_mcontext.gregs[REG_RIP] += 2;
	c->uc_mcontext.gregs[REG_RBX] = 4711;
	count += signal == SIGILL && info->si_addr != NULL && &here > alternate && &here < alternate + sizeof alternate;
}

static void nested(int signal)
{
	count++;
	if (signal == SIGUSR1)
		raise(SIGUSR2);
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction a;
	memset(&a, 0, sizeof a);
	a.sa_sigaction = handler;
	a.sa_flags = SA_SIGINFO | flags;
	sigaction(signal, &a, NULL);
}

static void faults(void)
{
	char *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page = mapped;
	install(SIGSEGV, mend, 0);
	double a = 1.25, b = 2.5;
	long double l = 3.75L;
	page[10] = 'x';
	printf("mended %c, code %d, count %d, %g %Lg\n", page[10], code, count, a * b, l);
	signal(SIGSEGV, jump);
	if (!sigsetjmp(place, 1))
		*nowhere = 1;
	signal(SIGFPE, jump);
	volatile int zero = 0;
	if (!sigsetjmp(place, 1))
		zero = 5 / zero;
	printf("jumped, count %d\n", count);
}

static void tell(int signal, siginfo_t *info, void *context)
{
	unsigned mxcsr;
	unsigned short control, status;
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1\n\tfnstsw %2" : "=m"(mxcsr), "=m"(control), "=m"(status));
	printf("signal %d, code %d, MXCSR %x, FCW %x, FSW %x\n", signal, info->si_code, mxcsr, control, status);
	siglongjmp(place, 1);
}

/* The handler starts with all exceptions masked; who jumps out of it keeps that. */
static void unmasked(void)
{
	volatile double zero = 0, huge = 1e308;
	volatile long double long_zero = 0;
	unsigned mxcsr = 0x1000;
	unsigned short control = 0x320;
	install(SIGFPE, tell, 0);
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (!sigsetjmp(place, 1))
		zero = 1 / zero;
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (!sigsetjmp(place, 1))
		huge = huge * huge;
	__asm__ volatile("fnclex\n\tfldcw %0" : : "m"(control));
	if (!sigsetjmp(place, 1)) {
		long_zero = 1 / long_zero;
		__asm__ volatile("fwait");
	}
	huge = huge * huge;
	printf("masked again, %g %Lg\n", huge, 1 / long_zero);
}

static void on_another_stack(void)
{
	stack_t s = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;
	long rbx = 1;
	sigaltstack(&s, NULL);
	install(SIGILL, skip, SA_ONSTACK);
	__asm__ volatile("ud2" : "+b"(rbx));
	sigaltstack(NULL, &old);
	printf("rbx %ld, count %d, %d\n", rbx, count, old.ss_flags == 0 && old.ss_sp == alternate);
}

static void masks(void)
{
	sigset_t set, waiting;
	signal(SIGUSR1, nested);
	signal(SIGUSR2, nested);
	raise(SIGUSR1);
	printf("nested, count %d\n", count);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR2);
	sigpending(&waiting);
	printf("blocked, count %d, waits %d\n", count, sigismember(&waiting, SIGUSR2));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("unblocked, count %d\n", count);
	signal(SIGUSR2, SIG_IGN);
	raise(SIGUSR2);
	printf("ignored, count %d\n", count);
}

/* The timer interrupts a loop, a sleep and a wait. */
static void alarms(void)
{
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct timespec nap = { 100, 0 };
	sigset_t none;
	sigemptyset(&none);
	count = 0;
	signal(SIGALRM, nested);
	setitimer(ITIMER_REAL, &often, NULL);
	while (count < 3)
		;
	int interrupted = nanosleep(&nap, &nap) == -1 && nap.tv_sec == 99;
	sigsuspend(&none);
	setitimer(ITIMER_REAL, &never, &often);
	printf("alarms %d, interrupted %d, every %d us\n", count >= 5, interrupted, (int)often.it_interval.tv_usec);
	nap = (struct timespec){ 0, 3000000 };
	printf("slept %d\n", nanosleep(&nap, NULL));
	alarm(100);
	printf("left %d\n", alarm(0) >= 99);
}

int main(void)
{
	faults();
	unmasked();
	on_another_stack();
	masks();
	alarms();
	signal(SIGTERM, SIG_DFL);
	fflush(stdout);
	raise(SIGTERM);
	return 1;
}
