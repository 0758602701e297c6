/* step.c - steps an image in process and reads all registers after each step. tools/bench measures it.
 *
 * usage: bench-step IMAGE STEPS [ARGUMENTS]
 *
 * Prints the number of steps and a sum of all that was read, so that nothing of it can be left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringstep.h"

#define FIELDS 64

struct registers {
	size_t field[FIELDS], count;
};

/* The fields of the group "general": the sixteen registers, RIP and RFLAGS. */
static void find_registers(struct registers *r)
{
	r->count = 0;
	for (size_t i = 0; i < rs_field_count() && r->count < FIELDS; i++)
		if (!strcmp(rs_field_info(i)->group, "general"))
			r->field[r->count++] = i;
}

static uint64_t read_all(struct rs_machine *m, const struct registers *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->count; i++)
		sum += rs_get(m, r->field[i]);
	return sum;
}

static void run(struct rs_machine *m, uint64_t steps)
{
	struct registers registers;
	uint64_t made = 0, sum = 0;

	find_registers(&registers);
	for (; made < steps && rs_step(m) == RS_STOP_NONE; made++)
		sum = sum * 3 + read_all(m, &registers);
	printf("step: %" PRIu64 " steps, %zu registers each, sum %" PRIx64 "\n", made, registers.count, sum);
}

int main(int argc, char **argv)
{
	struct rs_config config = { .memory = 64u << 20 };
	struct rs_machine *m;
	struct rs_file image;
	struct rs_error why;

	if (argc < 3)
		return fputs("usage: bench-step IMAGE STEPS [ARGUMENTS]\n", stderr), 2;
	m = rs_new(&config, &why);
	if (!m || !rs_file_read(m, argv[1], &image, &why) ||
	    !rs_load(m, &image, NULL, 0, argc > 3 ? argv[3] : "", &why))
		return fprintf(stderr, "%s\n", why.text), 1;
	run(m, strtoull(argv[2], NULL, 10));
	rs_file_release(m, &image);
	rs_free(m);
	return 0;
}
