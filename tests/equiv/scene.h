/* scene.h - what reverse.c and states.c share: counts, the first complaints with the scene they are of, and numbers
 * that are the same in every run. */
#ifndef TESTS_EQUIV_SCENE_H
#define TESTS_EQUIV_SCENE_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

enum { COMPLAINTS = 6 };

static unsigned long passed, failed;
static unsigned complaints;
static char scene[300];

__attribute__((format(printf, 1, 2))) static void set_scene(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(scene, sizeof(scene), format, args);
	va_end(args);
}

#define COMPLAIN(...)                                                                                                  \
	do {                                                                                                           \
		failed++;                                                                                              \
		if (complaints++ < COMPLAINTS) {                                                                       \
			printf("%s: ", scene);                                                                         \
			printf(__VA_ARGS__);                                                                           \
			putchar('\n');                                                                                 \
		}                                                                                                      \
	} while (0)

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

#endif
