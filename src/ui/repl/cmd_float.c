/* cmd_float.c - rF, rX, rY and r st0, mm0, ymm0: x87 and vector state with its values [SDM vol. 1, 8.1 and 10.2]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/decimal.h"
#include "ui/words.h"

static unsigned top_of(const struct cpu_state *st)
{
	return st->fsw >> 11 & 7;
}

/* ---- one register ---- */

static void show_stack(struct prompt *p, unsigned i)
{
	const struct cpu_state *st = rs_state(p->machine);
	unsigned physical = (top_of(st) + i) & 7;
	const struct fp80 *v = &st->fpr[physical];
	char text[DECIMAL_TEXT];
	bool empty = !(st->ftw >> physical & 1);
	out_printf(p->ui->out, "st%u=%04x`%016" PRIx64 "  %s%s\n", i, (unsigned)v->sign_exponent & 0xffff,
		   v->significand, decimal_extended(v, text), empty ? " (empty)" : "");
}

static void show_mmx(struct prompt *p, unsigned i)
{
	out_printf(p->ui->out, "mm%u=%016" PRIx64 "\n", i, rs_state(p->machine)->fpr[i].significand);
}

static void show_singles(struct prompt *p, unsigned i)
{
	const union vector *v = &rs_state(p->machine)->vec[i];
	char text[DECIMAL_TEXT];
	out_printf(p->ui->out, "xmm%u=%016" PRIx64 "%016" PRIx64, i, v->q[1], v->q[0]);
	for (unsigned lane = 4; lane; lane--)
		out_printf(p->ui->out, "%s%s", lane == 4 ? "  " : " ", decimal_single(v->d[lane - 1], text));
	out_text(p->ui->out, "\n");
}

static void show_doubles(struct prompt *p, unsigned i)
{
	const union vector *v = &rs_state(p->machine)->vec[i];
	char text[DECIMAL_TEXT];
	out_printf(p->ui->out, "ymm%u=%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, i, v->q[3], v->q[2],
		   v->q[1], v->q[0]);
	for (unsigned lane = 4; lane; lane--)
		out_printf(p->ui->out, "%s%s", lane == 4 ? "  " : " ", decimal_double(v->q[lane - 1], text));
	out_text(p->ui->out, "\n");
}

/* The number behind `prefix`, below `count`; -1: the name is another. */
static int numbered(const char *name, size_t length, const char *prefix, unsigned count)
{
	char word[16];
	for (unsigned i = 0; i < count; i++) {
		snprintf(word, sizeof(word), "%s%u", prefix, i);
		if (word_same(name, length, word))
			return (int)i;
	}
	return -1;
}

bool float_show(struct prompt *p, const char *name, size_t length)
{
	static const struct {
		const char *prefix;
		unsigned count;
		void (*show)(struct prompt *p, unsigned i);
	} files[] = { { "st", FPU_REGISTERS, show_stack },
		      { "mm", FPU_REGISTERS, show_mmx },
		      { "ymm", VECTORS, show_doubles } };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int number = numbered(name, length, files[i].prefix, files[i].count);
		if (number < 0)
			continue;
		files[i].show(p, (unsigned)number);
		return true;
	}
	return false;
}

/* ---- all of them ---- */

/* The letters whose bit is set, '-' for the others; the last letter is bit 0. */
static const char *letters_of(unsigned bits, const char *letters, char *text)
{
	size_t n = strlen(letters);
	for (size_t i = 0; i < n; i++)
		text[i] = bits >> (n - 1 - i) & 1 ? letters[i] : '-';
	text[n] = 0;
	return text;
}

static const char *rounding(unsigned control)
{
	static const char *const names[] = { "rn", "rd", "ru", "rz" };
	return names[control & 3];
}

/* Precision of the x87's control word; 1 is reserved. */
static const char *precision(unsigned fcw)
{
	static const char *const names[] = { "24", "??", "53", "64" };
	return names[fcw >> 8 & 3];
}

static void show_x87(struct prompt *p)
{
	const struct cpu_state *st = rs_state(p->machine);
	struct out *o = p->ui->out;
	char masks[12], flags[12];
	unsigned fsw = st->fsw, conditions = (fsw >> 14 & 1) << 3 | (fsw >> 8 & 7);
	out_printf(o, "fpcw=%04x: %s %s %s  fpsw=%04x: top=%u cc=%u%u%u%u %s  fptw=%02x\n", st->fcw,
		   rounding(st->fcw >> 10), precision(st->fcw), letters_of(st->fcw & 0x3f, "puozdi", masks), fsw,
		   top_of(st), conditions >> 3, conditions >> 2 & 1, conditions >> 1 & 1, conditions & 1,
		   letters_of(fsw & 0xff, "espuozdi", flags), st->ftw);
	out_printf(o, "fopcode=%04x  fpip=%04x:%016" PRIx64 "  fpdp=%04x:%016" PRIx64 "\n", st->fop, st->fcs, st->fip,
		   st->fds, st->fdp);
	for (unsigned i = 0; i < FPU_REGISTERS; i++)
		show_stack(p, i);
}

static void show_mxcsr(struct prompt *p)
{
	uint32_t m = rs_state(p->machine)->mxcsr;
	char masks[12], flags[12];
	out_printf(p->ui->out, "mxcsr=%08" PRIx32 ": %s %s %s%s%s\n", m, rounding(m >> 13),
		   letters_of(m >> 7 & 0x3f, "puozdi", masks), letters_of(m & 0x3f, "puozdi", flags),
		   m >> 15 & 1 ? " ftz" : "", m >> 6 & 1 ? " daz" : "");
}

bool state_floats(struct prompt *p, const struct prompt_command *command, const char *args)
{
	if (!prompt_end(p, args))
		return false;
	if (command->flavour == 'f') {
		show_x87(p);
		return true;
	}
	for (unsigned i = 0; i < VECTORS; i++)
		(command->flavour == 'x' ? show_singles : show_doubles)(p, i);
	show_mxcsr(p);
	return true;
}
