/* child.c - runs one command and tells what it cost. tools/bench uses it, because a child of a big process, such as one
 * of Python, is charged with the memory of its parent at the time of its start.
 *
 * usage: bench-child FD COMMAND [ARGUMENT]...
 *
 * Writes one line to FD: user and system microseconds, wall microseconds, peak KiB, exit code (or 128 + signal).
 * SIGTERM ends the command, and the line is written all the same.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t running;

static void end(int number)
{
	(void)number;
	if (running)
		kill((pid_t)running, SIGKILL);
}

static long long microseconds(struct timeval t)
{
	return t.tv_sec * 1000000ll + t.tv_usec;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

static void report(int fd, int status, const struct rusage *used, long long wall)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	dprintf(fd, "%lld %lld %lld %ld %d\n", microseconds(used->ru_utime), microseconds(used->ru_stime), wall,
	        used->ru_maxrss, code);
}

int main(int argc, char **argv)
{
	int fd, status;
	struct rusage used;
	long long start;
	pid_t pid;

	if (argc < 3)
		return fputs("usage: bench-child FD COMMAND [ARGUMENT]...\n", stderr), 2;
	fd = atoi(argv[1]);
	signal(SIGTERM, end);
	start = now();
	pid = fork();
	if (pid < 0)
		return perror("bench-child: fork"), 1;
	if (!pid) {
		close(fd);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	running = pid;
	while (wait4(pid, &status, 0, &used) < 0)
		;
	report(fd, status, &used, now() - start);
	return 0;
}
