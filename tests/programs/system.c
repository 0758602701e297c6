/* Small calls, as far as every system answers them alike. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int passes(clockid_t id)
{
	struct timespec a, b, nap = { 0, 2000000 };
	clock_gettime(id, &a);
	nanosleep(&nap, NULL);
	clock_gettime(id, &b);
	return (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec >= 2000000;
}

static void times(void)
{
	struct timeval t;
	struct timespec none;
	gettimeofday(&t, NULL);
	printf("%d %d %d %d\n", passes(CLOCK_REALTIME), passes(CLOCK_MONOTONIC), time(NULL) >= t.tv_sec,
	       t.tv_sec > 1700000000);
	printf("%d\n", clock() >= 0 && clock_gettime(99, &none) == -1 && errno == EINVAL);
}

static void files(void)
{
	struct stat s;
	char path[4096];
	struct iovec parts[3] = { { "vec", 3 }, { "", 0 }, { "tor\n", 4 } };
	struct pollfd p = { .fd = 1, .events = POLLOUT };
	printf("%d %d\n", open("/no/such/file", O_RDONLY) == -1 && errno == ENOENT,
	       fopen("/no/such/file", "r") == NULL);
	printf("%d %d %d\n", fstat(1, &s), fstat(99, &s) == -1 && errno == EBADF,
	       write(99, "x", 1) == -1 && errno == EBADF);
	printf("%d\n", readlink("/proc/self/exe", path, sizeof path) > 0);
	printf("%d\n", access("/no/such/file", F_OK) == -1 && errno == ENOENT);
	fflush(stdout);
	printf("%zd", writev(1, parts, 3));
	printf(" %d %d\n", poll(&p, 1, 0), p.revents == POLLOUT);
	fflush(stdout);
	int copy = dup(1);
	printf("%d %zd", copy > 2, write(copy, "copy\n", 5));
	printf(" %d\n", close(copy));
	printf("%d %d\n", close(copy) == -1 && errno == EBADF, getcwd(path, sizeof path) != NULL);
	printf("%d %d\n", write(1, (void *)8, 5) == -1 && errno == EFAULT,
	       lseek(99, 0, SEEK_SET) == -1 && errno == EBADF);
}

static void pipes(void)
{
	int end[2];
	char text[16] = "";
	printf("%d", pipe2(end, O_NONBLOCK));
	struct pollfd p[2] = { { end[0], POLLIN, 0 }, { end[1], POLLOUT, 0 } };
	printf(" %d", poll(p, 2, 0));
	printf(" %d\n", p[0].revents == 0 && p[1].revents == POLLOUT);
	printf("%d", read(end[0], text, 1) == -1 && errno == EAGAIN);
	printf(" %zd", write(end[1], "through", 8));
	printf(" %zd\n", read(end[0], text, 4));
	printf("%d", poll(p, 1, 0));
	printf(" %d %zd", p[0].revents == POLLIN, read(end[0], text + 4, 9));
	printf(" %s\n", text);
	printf("%d %d\n", read(end[1], text, 1) == -1 && errno == EBADF, fcntl(end[1], F_GETFL) & O_WRONLY);
	close(end[1]);
	printf("%zd", read(end[0], text, 1));
	printf(" %d", poll(p, 1, 0));
	printf(" %d\n", p[0].revents == POLLHUP);
	close(end[0]);
	signal(SIGPIPE, SIG_IGN);
	printf("%d", pipe(end));
	close(end[0]);
	printf(" %d\n", write(end[1], "x", 1) == -1 && errno == EPIPE);
	close(end[1]);
}

static void process(void)
{
	struct utsname u;
	struct rlimit r;
	unsigned char a[32] = { 0 }, b[32] = { 0 };
	printf("%d", uname(&u));
	printf(" %s %s\n", u.sysname, u.machine);
	printf("%d %d\n", getpid() > 0, (int)getpid() == (int)syscall(SYS_gettid));
	printf("%d", getrlimit(RLIMIT_STACK, &r));
	printf(" %d\n", r.rlim_cur >= 1 << 20);
	printf("%zd %d\n", getrandom(a, sizeof a, 0), getrandom(b, sizeof b, 0) == 32 && memcmp(a, b, 32));
	printf("%ld %d %d\n", sysconf(_SC_PAGESIZE), sysconf(_SC_NPROCESSORS_ONLN) >= 1, sysconf(_SC_CLK_TCK) == 100);
	printf("%lu %s\n", getauxval(AT_PAGESZ), (char *)getauxval(AT_PLATFORM));
	printf("%d %d\n", getauxval(AT_SECURE) == 0, getauxval(AT_PHDR) != 0);
	printf("%ld", syscall(9999));
	printf(" %d\n", errno == ENOSYS);
}

int main(void)
{
	times();
	files();
	pipes();
	process();
	return 0;
}
