/* test_no_codegen.c - a guest that ran and changed its own code leaves no host page that is executable and writable,
 * nor one that no file stands behind: only the dynamic loader maps code. (qemu-user has such a page of its own, for the
 * return from signals.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "board/machine.h"

enum { CODE = 0x100000, ROUNDS = 1000 };

/* mov ecx, ROUNDS; again: inc dword [rip+1] (the 0 of what follows); mov eax, 0; dec ecx; jnz again; hlt */
static uint8_t program[] = { 0xb9, ROUNDS & 0xff, ROUNDS >> 8, 0, 0, 0xff, 0x05, 1, 0, 0, 0, 0xb8, 0, 0, 0, 0,
	                     0xff, 0xc9, 0x75, 0xf1, 0xf4 };

/* A line of /proc/self/maps, proc(5): range, rights, offset, device, inode (0: no file), name. The kernel's own
 * two pages of code, vdso and vsyscall, have no file. */
static bool is_generated(const char *line)
{
	char rights[8];
	unsigned long inode;
	if (sscanf(line, "%*s %7s %*s %*s %lu", rights, &inode) != 2 || !strchr(rights, 'x'))
		return false;
	bool kernels = strstr(line, "[vdso]") || strstr(line, "[vsyscall]");
	return strchr(rights, 'w') || (!inode && !kernels);
}

static unsigned generated_ranges(void)
{
	char line[4096];
	unsigned count = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		count += is_generated(line);
	fclose(maps);
	return count;
}

static void the_search_finds_what_it_looks_for(void **state)
{
	(void)state;
	unsigned before = generated_ranges();
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(page != MAP_FAILED);
	assert_int_equal(generated_ranges(), before + 1);
	munmap(page, 4096);
}

static void no_page_is_generated_code(void **state)
{
	const struct rs_config config = { .start = { RS_FORMAT_FLAT, CODE, CODE, 64 } };
	const struct rs_file file = { .name = "code", .bytes = program, .size = sizeof program };
	struct rs_error why;
	(void)state;
	unsigned before = generated_ranges();
	struct rs_machine *m = rs_new(&config, &why);
	assert_non_null(m);
	assert_true(rs_load(m, &file, NULL, 0, "", &why));
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
	assert_int_equal(rs_state(m)->gpr[RAX], ROUNDS);
	assert_int_equal(generated_ranges(), before);
	rs_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_search_finds_what_it_looks_for),
		cmocka_unit_test(no_page_is_generated_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
