/* user_compare.c - two ends of a test against each other; a test told as the line of a case. */
#include <string.h>

#include "user.h"

typedef unsigned long long ull;

static const char *const gpr_names[16] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					   "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
static const char *const seg_names[6] = { "es", "cs", "ss", "ds", "fs", "gs" };

/* Linux hides what it maps: outside the arena and its holes, P of the error code says nothing. */
static uint64_t told_error(const struct user_end *e)
{
	return e->vector == VEC_PF && (e->cr2 < ENV_USER || e->cr2 >= USER_END) ? e->error & ~1ull : e->error;
}

static void add(struct difference *d, const char *name, uint64_t model, uint64_t processor)
{
	int room = (int)(sizeof d->text - d->length);
	if (model == processor)
		return;
	int n = snprintf(d->text + d->length, (size_t)room, " %s=%llx/%llx", name, (ull)model, (ull)processor);
	d->length += n < room ? (size_t)n : (size_t)room - 1;
}

static void compare_memory(const struct user_end *model, const struct user_end *real, struct difference *d)
{
	char name[24];
	for (unsigned page = 0; page < USER_PAGES; page++) {
		const uint8_t *a = model->ram[page], *b = real->ram[page];
		if (memcmp(a, b, PAGE_SIZE) == 0)
			continue;
		for (unsigned i = 0; i < PAGE_SIZE; i++) {
			snprintf(name, sizeof name, "b:%x", user_pages[page] + i);
			add(d, name, a[i], b[i]);
		}
	}
}

static void compare_event(const struct user_end *model, const struct user_end *real, struct difference *d)
{
	add(d, "vector", model->vector, real->vector);
	add(d, "error", told_error(model), told_error(real));
	if (model->vector == VEC_PF)
		add(d, "cr2", model->cr2, real->cr2);
}

static void compare_ends(const struct user_end *model, const struct user_end *real, struct difference *d)
{
	compare_event(model, real, d);
	add(d, "rip", model->rip, real->rip);
	add(d, "rflags", model->rflags, real->rflags);
	for (unsigned i = 0; i < 16; i++)
		add(d, gpr_names[i], model->gpr[i], real->gpr[i]);
	for (unsigned i = 0; i < 6; i++)
		add(d, seg_names[i], model->sel[i], real->sel[i]);
	add(d, "fs.base", model->base[0], real->base[0]);
	add(d, "gs.base", model->base[1], real->base[1]);
	compare_memory(model, real, d);
}

/* ---- telling ------------------------------------------------------------------------------------------------ */

static void tell_patch(const struct patch *p)
{
	if (!p->size)
		return;
	printf(" m:%x=", p->address);
	for (unsigned i = 0; i < p->size; i++)
		printf("%02x", p->bytes[i]);
}

static void tell_state(const struct user_test *t)
{
	for (unsigned i = 0; i < 16; i++)
		if (t->gpr[i])
			printf(" %s=%llx", gpr_names[i], (ull)t->gpr[i]);
	printf(" rip=%llx rflags=%llx", (ull)t->rip, (ull)t->rflags);
	for (unsigned i = 0; i < LDT_SLOTS; i++)
		if (slot_descriptor(&t->ldt[i]))
			printf(" desc:%x=%llx", i << 3 | 4, (ull)slot_descriptor(&t->ldt[i]));
	for (unsigned i = 0; i < 6; i++)
		if (t->sel[i] != 0x2b)
			printf(" %s=%x", seg_names[i], t->sel[i]);
}

void user_tell(const struct user_test *t)
{
	tell_state(t);
	for (unsigned i = 0; i < TEST_PATCHES; i++)
		tell_patch(&t->patch[i]);
	printf(" |");
	const uint8_t *at = t->code;
	for (unsigned i = 0; i < TEST_INSTRUCTIONS; i++) {
		if (t->length[i])
			putchar(' ');
		for (unsigned b = 0; b < t->length[i]; b++)
			printf("%02x", *at++);
	}
}

/* ---- both sides --------------------------------------------------------------------------------------------- */

bool user_differs(struct user_model *m, const struct user_test *t, struct difference *d)
{
	static struct user_end model, real;
	*d = (struct difference){ .lost = NULL };
	user_model_run(m, t, &model);
	if (!model.lost)
		user_run(t, &real);
	d->lost = model.lost ? model.lost : real.lost;
	if (d->lost)
		return false;
	d->vector = real.vector;
	compare_ends(&model, &real, d);
	if (d->length)
		d->known = known_difference(t, &model, &real);
	return d->length && !d->known;
}
