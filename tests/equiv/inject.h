/* inject.h - what the parts of inject share: the counts, and a host whose calls fail on demand. */
#ifndef RS_TESTS_INJECT_H
#define RS_TESTS_INJECT_H

#include <stdio.h>

#include "ringstep.h"

typedef unsigned long long ull;

enum { COMPLAINTS = 20 };

struct counts {
	unsigned long passed, failed;
	unsigned complaints;
};
extern struct counts counts;

#define COMPLAIN(...)                                                                                                  \
	do {                                                                                                           \
		if (counts.complaints++ < COMPLAINTS) {                                                                \
			printf(__VA_ARGS__);                                                                           \
			putchar('\n');                                                                                 \
			fflush(stdout);                                                                                \
		}                                                                                                      \
	} while (0)

enum what { FAIL_ALLOC, FAIL_IO };

extern const char *const what_names[];

struct faulty {
	struct rs_host host;
	const struct rs_host *libc;
	enum what what;
	unsigned long fail_at; /* 0: never */
	bool on;               /* ... and all that follow */
	unsigned long calls[2];
	long live, open_files;
	unsigned long failures;
	size_t out_bytes;
	uint64_t out_hash; /* of what went to standard output */
};

/* A host over libc whose `fail_at`-th call of that kind fails, or it and all behind it. */
void faulty_init(struct faulty *f, enum what what, unsigned long fail_at, bool on);
/* Nothing fails from now on. */
void heal(struct faulty *f);
/* Complains when memory or files are left. */
void check_balance(const struct faulty *f, const char *name);

/* Every call of the program's commands fails in turn. */
void inject_the_program(const char *kernel, const char *multiboot, const char *user);

#endif
