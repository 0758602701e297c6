/* prompt.c - lines that nobody would type, at the debugger prompt: each is executed or refused, and the prompt goes on.
 *
 *     build/tests/fuzz-prompt [LINES [SEED]]
 *
 * Lines are made of commands, registers, symbols, numbers, operators and quotes, and then some characters are changed.
 * A session is a machine with a small kernel, and many lines; behind the last one the prompt must still answer. The
 * same numbers make the same lines: a session that fails is printed by its number.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/ui_world.h"
#include "ui/repl/repl.h"
#include "ui/words.h"

enum { LINES = 1000000, SESSION = 1000, PARTS = 8, LAST = 128 };

/* ---- numbers: xorshift64* ---------------------------------------------------------------------------------------- */

static uint64_t next_number(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
	return next_number(state) % limit;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static const char *const words[] = {
	"0",
	"1",
	"2",
	"3",
	"7",
	"10",
	"0n10",
	"0x10",
	"0y101",
	"ffffffff`80100000",
	"ffffffffffffffff",
	"11112222333344445",
	"start",
	"inner",
	"ring",
	"k!start",
	"nothing",
	"rax",
	"@rip",
	"$rsp",
	"@cf",
	"gs.base",
	"gdtr.limit",
	"lstar",
	"cs",
	"@",
	"(",
	")",
	"((",
	"))",
	"poi(",
	"by(start)",
	"+",
	"-",
	"*",
	"/",
	"%",
	"==",
	"!=",
	"<",
	">",
	"<=",
	">=",
	"=",
	"&",
	"|",
	"^",
	"<<",
	">>",
	"&&",
	"||",
	"and",
	"or",
	"not ",
	"!",
	"~",
	"L",
	"L4",
	"L 0",
	"L1000",
	",",
	":",
	"\"r\"",
	"\".echo x; t\"",
	"\"g\"",
	"\"",
	"'",
	"{",
	"}",
	"{ r }",
	".else",
	".elsif",
	"/w",
	"/1",
	"/8gx",
	"/s",
	"w",
	"r",
	"rw",
	"w8",
	"e1",
	"i2",
	"msr:lstar",
	"msr:*",
	"cpl",
	"3->0",
	"*->0",
	"vec",
	"gp",
	"irq",
	"80",
	"seg",
	"ss",
	"insn",
	"swapgs",
	"port",
	"e9",
	"*",
	"*n*",
	"-b",
	"-q",
	"-a",
	"gdb",
	"windbg",
	"self.txt",
	"none.txt",
	"50%",
	"3:1",
	"0",
	"eax=5",
	"zf=1",
	"rip=start",
	"help",
	"bp",
	"registers",
	"#",
	"$$",
	";",
	"\\",
	"\x1b",
	"\xff",
};

/* Leaving would end the session early. */
static const char *command_word(uint64_t *seed)
{
	for (;;) {
		const char *name = prompt_command_info(below(seed, prompt_command_count()))->name;
		if (strcmp(name, "q"))
			return name;
	}
}

/* Characters that make no going back within an event's commands, which could then run in circles for ever. */
static char other_char(uint64_t *seed)
{
	static const char chars[] = " 0179afrx@$!`.()*+/%&|^<>=~\"'{};:L\t\\,_#";
	return chars[below(seed, sizeof(chars) - 1)];
}

/* "eq" may have become " q", which leaves. */
static void stay(char *line)
{
	for (size_t i = 0; line[i]; i++)
		if (line[i] == 'q' && (!i || !word_is_name(line[i - 1])))
			line[i] = 'r';
}

static void change(char *line, uint64_t *seed)
{
	size_t length = strlen(line);
	for (uint64_t i = below(seed, 3); i && length; i--)
		line[below(seed, length)] = other_char(seed);
}

static void make_line(char *line, size_t size, uint64_t *seed)
{
	size_t used = (size_t)snprintf(line, size, "%s", command_word(seed));
	for (uint64_t i = below(seed, PARTS); i && used < size; i--) {
		const char *word = words[below(seed, sizeof(words) / sizeof(words[0]))];
		used += (size_t)snprintf(line + used, size - used, "%s%s", below(seed, 4) ? " " : "", word);
	}
	if (!below(seed, 3))
		change(line, seed);
	stay(line);
	if (!below(seed, 2000) && strlen(line)) /* longer than the prompt takes */
		memset(line, line[0], size - 1);
}

/* ---- a session --------------------------------------------------------------------------------------------------- */

struct tail {
	char bytes[2 * LAST + 1]; /* of standard output */
	size_t used;
};

static struct tail tail;

static long keep_tail(void *arg, int fd, const void *from, size_t bytes)
{
	const char *text = from;
	(void)arg;
	for (size_t i = bytes > LAST ? bytes - LAST : 0; fd == 1 && i < bytes; i++) {
		if (tail.used == 2 * LAST) {
			memmove(tail.bytes, tail.bytes + LAST, LAST);
			tail.used = LAST;
		}
		tail.bytes[tail.used++] = text[i];
		tail.bytes[tail.used] = 0;
	}
	return (long)bytes;
}

/* Nothing is written to files. */
static int open_to_read(void *arg, const char *path, enum rs_open how)
{
	return how == RS_OPEN_READ ? world_open(arg, path, how) : -EACCES;
}

static unsigned long fill(struct world *w, unsigned long lines, uint64_t *seed)
{
	static const char last[] = "\n.dialect windbg\n.echo still here\n";
	char line[2000];
	unsigned long made = 0;
	size_t used = 0;
	for (; made < lines; made++) {
		make_line(line, sizeof(line), seed);
		size_t length = strlen(line);
		if (used + length + sizeof(last) + 1 >= ROOM)
			break;
		memcpy(w->input.bytes + used, line, length);
		w->input.bytes[used + length] = '\n';
		used += length + 1;
	}
	memcpy(w->input.bytes + used, last, sizeof(last));
	w->input.size = used + sizeof(last) - 1;
	return made;
}

static bool session(unsigned long *lines, uint64_t *seed)
{
	struct world *w = world_new();
	w->host.write = keep_tail;
	w->host.open = open_to_read;
	tail.used = 0;
	*lines = fill(w, *lines, seed);
	run(w, "step k.elf --max-insns 200 --history 4M");
	bool good = strstr(tail.bytes, "still here\n");
	free(w);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long lines = argc > 1 ? strtoul(argv[1], NULL, 0) : LINES, done = 0, failed = 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	while (done < lines && failed < 10) {
		unsigned long part = lines - done < SESSION ? lines - done : SESSION;
		uint64_t start = seed;
		if (!session(&part, &seed)) {
			printf("%lu lines from seed %" PRIu64 ": the prompt does not answer: %s\n", part, start,
			       tail.bytes);
			failed++;
		}
		done += part;
	}
	printf("%lu passed, %lu failed\n", done, failed);
	return failed != 0;
}
