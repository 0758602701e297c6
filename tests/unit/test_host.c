/* test_host.c - struct rs_host over libc, whole-file reading, buffered output; every call failing in turn. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/host.h"

/* libc, with call number `fail_at` of the counted ones failing with `fail_with` (0: a write that takes nothing). */
struct faulty {
	struct rs_host host;
	unsigned calls, fail_at, live;
	int fail_with;
	size_t most; /* bytes a read or write moves at most; 0: all */
};

static bool fails(struct faulty *f)
{
	return ++f->calls == f->fail_at;
}

static void *faulty_alloc(void *arg, size_t bytes)
{
	struct faulty *f = arg;
	void *memory = fails(f) ? NULL : rs_host_libc()->alloc(NULL, bytes);

	f->live += memory != NULL;
	return memory;
}

static void faulty_release(void *arg, void *memory)
{
	struct faulty *f = arg;

	f->live--;
	rs_host_libc()->release(NULL, memory);
}

static int faulty_open(void *arg, const char *path, enum rs_open how)
{
	struct faulty *f = arg;

	return fails(f) ? f->fail_with : rs_host_libc()->open(NULL, path, how);
}

static size_t at_most(const struct faulty *f, size_t bytes)
{
	return f->most && f->most < bytes ? f->most : bytes;
}

static long faulty_read(void *arg, int fd, void *to, size_t bytes)
{
	struct faulty *f = arg;

	return fails(f) ? f->fail_with : rs_host_libc()->read(NULL, fd, to, at_most(f, bytes));
}

static long faulty_write(void *arg, int fd, const void *from, size_t bytes)
{
	struct faulty *f = arg;

	return fails(f) ? f->fail_with : rs_host_libc()->write(NULL, fd, from, at_most(f, bytes));
}

/* A failing close still closes, as on Linux. */
static int faulty_close(void *arg, int fd)
{
	struct faulty *f = arg;
	int result = rs_host_libc()->close(NULL, fd);

	return fails(f) ? f->fail_with : result;
}

static int faulty_rename(void *arg, const char *from, const char *to)
{
	struct faulty *f = arg;

	return fails(f) ? f->fail_with : rs_host_libc()->rename(NULL, from, to);
}

static int faulty_unlink(void *arg, const char *path)
{
	(void)arg;
	return rs_host_libc()->unlink(NULL, path);
}

static void faulty_init(struct faulty *f, unsigned fail_at, int fail_with)
{
	*f = (struct faulty){.fail_at = fail_at, .fail_with = fail_with};
	f->host = (struct rs_host){ f,
				    faulty_alloc,
				    faulty_release,
				    faulty_open,
				    faulty_read,
				    faulty_write,
				    faulty_close,
				    faulty_rename,
				    faulty_unlink };
}

struct place {
	char directory[64], file[96], partial[112];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->directory, "/tmp/test_host.XXXXXX");
	assert_non_null(mkdtemp(p->directory));
	snprintf(p->file, sizeof(p->file), "%s/file", p->directory);
	snprintf(p->partial, sizeof(p->partial), "%s.rs-partial", p->file);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	assert_int_equal(rmdir(p->directory), 0); /* so nothing else is left in it */
	free(p);
	return 0;
}

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void assert_file_is(const char *path, const void *bytes, size_t size)
{
	uint8_t *content;
	size_t got;

	assert_true(host_read_file(rs_host_libc(), path, 1 << 28, &content, &got, NULL));
	assert_int_equal(got, size);
	assert_memory_equal(content, bytes, size);
	assert_int_equal(content[size], 0);
	host_release(rs_host_libc(), content);
}

static void test_alloc(void **state)
{
	static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, (128 << 10) - 1, 128 << 10, 1 << 20};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *memory = host_alloc(rs_host_libc(), sizes[i]);
		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 64, 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(memory[j], 0);
		memset(memory, 0xff, sizes[i]);
		host_release(rs_host_libc(), memory);
	}
	assert_null(host_alloc(rs_host_libc(), SIZE_MAX));
	host_release(rs_host_libc(), NULL);
}

static void test_strdup(void **state)
{
	struct faulty f;

	(void)state;
	faulty_init(&f, 2, 0);
	char *copy = host_strdup(&f.host, "ring");
	assert_string_equal(copy, "ring");
	assert_null(host_strdup(&f.host, "ring"));
	host_release(&f.host, copy);
	assert_int_equal(f.live, 0);
}

static void test_error(void **state)
{
	struct rs_error why;
	char text[1000];

	(void)state;
	assert_false(error_set(&why, RS_ERROR_IO, "a%sb %d", "\033[2J\n", 7));
	assert_int_equal(why.code, RS_ERROR_IO);
	assert_string_equal(why.text, "a?[2J?b 7");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	error_set(&why, RS_ERROR_IO, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	assert_false(error_set(NULL, RS_ERROR_IO, "nobody asks"));
	assert_string_equal(host_reason(-ENOSPC), "no space left on device");
	assert_string_equal(host_reason(-9999), "unknown error of the host");
}

static void test_read_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 300000};
	struct place *p = *state;
	uint8_t *bytes = malloc(300000);

	for (size_t i = 0; i < 300000; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_file(p->file, bytes, sizes[i]);
		assert_file_is(p->file, bytes, sizes[i]);
	}
	free(bytes);
}

static void test_read_limit(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	uint8_t *bytes;
	size_t size;

	write_file(p->file, "0123456789", 10);
	assert_true(host_read_file(rs_host_libc(), p->file, 10, &bytes, &size, &why));
	host_release(rs_host_libc(), bytes);
	assert_false(host_read_file(rs_host_libc(), p->file, 9, &bytes, &size, &why));
	assert_int_equal(why.code, RS_ERROR_IO);
	assert_non_null(strstr(why.text, "larger than 9 bytes"));
}

static void test_read_missing(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	uint8_t *bytes;
	size_t size;

	assert_false(host_read_file(rs_host_libc(), p->file, 10, &bytes, &size, &why));
	assert_int_equal(why.code, RS_ERROR_NOT_FOUND);
	assert_non_null(strstr(why.text, p->file));
	assert_non_null(strstr(why.text, "no such file"));
	assert_false(host_read_file(rs_host_libc(), p->directory, 10, &bytes, &size, &why));
	assert_int_equal(why.code, RS_ERROR_IO);
	assert_non_null(strstr(why.text, "is a directory"));
}

/* Every call of the host fails in turn: a reason, no memory kept. */
static void test_read_faults(void **state)
{
	struct place *p = *state;
	struct faulty f;
	unsigned at;
	bool done = false;

	uint8_t *content = calloc(1, 200000);
	write_file(p->file, content, 200000);
	free(content);
	for (at = 1; !done; at++) {
		struct rs_error why = {0};
		uint8_t *bytes;
		size_t size;
		faulty_init(&f, at, -EIO);
		f.most = 30000;
		done = host_read_file(&f.host, p->file, 1 << 20, &bytes, &size, &why);
		if (done)
			host_release(&f.host, bytes);
		else
			assert_true(why.code != RS_OK && why.text[0]);
		assert_int_equal(f.live, 0);
	}
	assert_true(at > 10);
}

static bool write_much(const struct rs_host *host, const char *path, struct rs_error *why)
{
	struct out *o = out_open(host, path, why);

	if (!o)
		return false;
	for (unsigned i = 0; i < 30000; i++)
		out_printf(o, "line %u\n", i);
	return out_close(o, why);
}

static void test_out_whole(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	char *big = malloc(200000), *all = malloc(500000), *end = all;

	memset(big, 'b', 200000);
	struct out *o = out_open(rs_host_libc(), p->file, &why);
	assert_non_null(o);
	assert_false(there(p->file));
	for (int i = 0; i < 10000; i++) {
		out_printf(o, "%d.", i);
		end += sprintf(end, "%d.", i);
	}
	out_text(o, "text");
	out_write(o, big, 200000);
	out_write(o, big, 60000);
	out_write(o, big, 0);
	memcpy(end, "text", 4);
	memset(end + 4, 'b', 260000);
	end += 260004;
	assert_true(out_close(o, &why));
	assert_file_is(p->file, all, (size_t)(end - all));
	free(big);
	free(all);
}

static void test_out_abandon(void **state)
{
	struct place *p = *state;
	struct rs_error why;

	write_file(p->file, "old", 3);
	struct out *o = out_open(rs_host_libc(), p->file, &why);
	out_text(o, "new");
	out_flush(o);
	assert_true(there(p->partial));
	out_abandon(o);
	out_abandon(NULL);
	assert_file_is(p->file, "old", 3);
	assert_false(there(p->partial));
}

/* Every call fails in turn, also by taking nothing: the old file stays, no partial one is left, a reason is given. */
static void out_faults(struct place *p, int fail_with)
{
	bool done = false;

	for (unsigned at = 1; !done; at++) {
		struct rs_error why = {0};
		struct faulty f;
		write_file(p->file, "old", 3);
		faulty_init(&f, at, fail_with);
		f.most = 50000;
		done = write_much(&f.host, p->file, &why);
		assert_int_equal(f.live, 0);
		assert_false(there(p->partial));
		if (done) {
			assert_true(at > 6);
			continue;
		}
		assert_true(why.code != RS_OK && strstr(why.text, p->file));
		assert_file_is(p->file, "old", 3);
	}
}

static void test_out_faults(void **state)
{
	out_faults(*state, -ENOSPC);
}

static void test_out_takes_nothing(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	struct faulty f;

	faulty_init(&f, 3, 0); /* alloc, open, first write */
	assert_false(write_much(&f.host, p->file, &why));
	assert_non_null(strstr(why.text, "takes no more"));
	assert_false(there(p->file) || there(p->partial));
}

static void test_out_refused(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	char path[200], longer[3000];

	snprintf(path, sizeof(path), "%s/none/file", p->directory);
	assert_null(out_open(rs_host_libc(), path, &why));
	assert_int_equal(why.code, RS_ERROR_NOT_FOUND);
	memset(longer, 'n', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	assert_null(out_open(rs_host_libc(), longer, &why));
	assert_int_equal(why.code, RS_ERROR_ARGUMENT);
}

static void test_out_too_long(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	char *text = malloc(70000);

	memset(text, 't', 70000);
	text[69999] = 0;
	struct out *o = out_open(rs_host_libc(), p->file, &why);
	out_printf(o, "%s", text);
	out_text(o, "more");
	assert_false(out_close(o, &why));
	assert_int_equal(why.code, RS_ERROR_ARGUMENT);
	assert_false(there(p->file));
	free(text);
}

static void test_out_device(void **state)
{
	struct rs_error why;

	(void)state;
	assert_true(write_much(rs_host_libc(), "/dev/null", &why));
	assert_false(there("/dev/null.rs-partial"));
	assert_false(write_much(rs_host_libc(), "/dev/full", &why));
	assert_non_null(strstr(why.text, "no space"));
}

static void test_out_fd(void **state)
{
	struct place *p = *state;
	struct rs_error why;
	int fd = rs_host_libc()->open(NULL, p->file, RS_OPEN_CREATE);

	assert_true(fd >= 0);
	struct out *o = out_fd(rs_host_libc(), fd, "standard output", &why);
	out_text(o, "abc");
	assert_true(out_close(o, &why));
	assert_int_equal(write(fd, "d", 1), 1); /* still the caller's */
	close(fd);
	assert_file_is(p->file, "abcd", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_strdup),
		cmocka_unit_test(test_error),
		cmocka_unit_test_setup_teardown(test_read_sizes, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_read_limit, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_read_missing, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_read_faults, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_out_whole, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_out_abandon, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_out_faults, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_out_takes_nothing, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_out_refused, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_out_too_long, make_place, remove_place),
		cmocka_unit_test(test_out_device),
		cmocka_unit_test_setup_teardown(test_out_fd, make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
