/* interrupt.c - see interrupt.h. The signal stays blocked and is fetched: a handler that notes it would need a variable
 * of the whole process. */
#include "ui/repl/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/* That there is one makes ppoll return. */
static void nothing(int signal)
{
	(void)signal;
}

static void set_blocked(int how)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(how, &set, NULL);
}

void interrupt_open(void)
{
	struct sigaction action = { .sa_handler = nothing };
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	set_blocked(SIG_BLOCK);
}

void interrupt_close(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	interrupt_came();
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	set_blocked(SIG_UNBLOCK);
}

bool interrupt_came(void)
{
	const struct timespec now = { 0 };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &now) == SIGINT;
}

bool interrupt_wait_for_input(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t none;
	sigprocmask(SIG_BLOCK, NULL, &none);
	sigdelset(&none, SIGINT);
	return ppoll(&input, 1, NULL, &none) > 0;
}
