/* test_phys.c - RAM against a plain array: bytes, snapshots, code bits, hashes, and a host without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem/phys.h"

enum { MIB = 1 << 20, SMALL = 4 * MIB + 3 * PAGE_SIZE };

/* libc that counts and can run dry. */
struct meter {
	struct rs_host host;
	long live, bytes, left; /* left: allocations that still succeed; -1: all */
};

static void *meter_alloc(void *arg, size_t bytes)
{
	struct meter *m = arg;

	if (m->left == 0)
		return NULL;
	if (m->left > 0)
		m->left--;
	m->live++;
	m->bytes += (long)bytes;
	return rs_host_libc()->alloc(NULL, bytes);
}

static void meter_release(void *arg, void *memory)
{
	struct meter *m = arg;

	m->live--;
	rs_host_libc()->release(NULL, memory);
}

static void meter_init(struct meter *m)
{
	*m = (struct meter){.left = -1};
	m->host = *rs_host_libc();
	m->host.arg = m;
	m->host.alloc = meter_alloc;
	m->host.release = meter_release;
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

static void test_big_is_free(void **state)
{
	struct meter m;
	struct phys p;
	uint8_t byte = 9;

	(void)state;
	meter_init(&m);
	assert_true(phys_init(&p, &m.host, 4ull << 30));
	assert_true(m.bytes < 256 << 10);
	assert_int_equal(phys_read(&p, (4ull << 30) - 1, &byte, 1), 1);
	assert_int_equal(byte, 0);
	assert_int_equal(phys_zero(&p, 0, (size_t)4 << 30), (size_t)4 << 30);
	assert_int_equal(m.live, 2);
	byte = 7;
	assert_int_equal(phys_write(&p, (4ull << 30) - 1, &byte, 1), 1);
	assert_int_equal(m.live, 4);
	phys_free(&p);
	assert_int_equal(m.live, 0);
}

static void test_edges(void **state)
{
	struct phys p;
	uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, back[8] = {0};

	(void)state;
	assert_true(phys_init(&p, rs_host_libc(), SMALL));
	assert_int_equal(phys_write(&p, SMALL - 3, bytes, 8), 3);
	assert_int_equal(phys_read(&p, SMALL - 3, back, 8), 3);
	assert_memory_equal(back, "\1\2\3\0\0", 5);
	assert_int_equal(phys_write(&p, SMALL, bytes, 8), 0);
	assert_int_equal(phys_read(&p, UINT64_MAX, back, 8), 0);
	assert_int_equal(phys_zero(&p, UINT64_MAX - 3, 8), 0);
	assert_int_equal(phys_write(&p, PAGE_SIZE - 4, bytes, 8), 8);
	assert_int_equal(phys_read(&p, PAGE_SIZE - 4, back, 8), 8);
	assert_memory_equal(back, bytes, 8);
	assert_true(phys_is_ram(&p, SMALL - 1) && !phys_is_ram(&p, SMALL));
	phys_free(&p);
}

/* Random operations beside arrays that hold what RAM and each snapshot must contain. */
enum { SNAPSHOTS = 3, MODEL = 2 * MIB + 64 * PAGE_SIZE };

struct model {
	struct phys p;
	uint8_t *ram, *saved[SNAPSHOTS];
	struct chunk **shared[SNAPSHOTS];
	uint8_t *changed; /* a byte a page */
};

static void note_changed(void *arg, uint64_t pa)
{
	struct model *m = arg;

	assert_int_equal(pa % PAGE_SIZE, 0);
	m->changed[pa / PAGE_SIZE] = 1;
}

static void model_take(struct model *m, unsigned i)
{
	phys_unshare(&m->p, m->shared[i]);
	m->shared[i] = phys_share(&m->p);
	assert_non_null(m->shared[i]);
	memcpy(m->saved[i], m->ram, MODEL);
}

/* A page that differs must be told. */
static void model_restore(struct model *m, unsigned i)
{
	if (!m->shared[i])
		return;
	memset(m->changed, 0, MODEL / PAGE_SIZE);
	phys_restore(&m->p, m->shared[i], note_changed, m);
	for (size_t page = 0; page < MODEL / PAGE_SIZE; page++)
		if (memcmp(m->ram + page * PAGE_SIZE, m->saved[i] + page * PAGE_SIZE, PAGE_SIZE) != 0)
			assert_true(m->changed[page]);
	memcpy(m->ram, m->saved[i], MODEL);
}

static void model_write(struct model *m, uint64_t *seed)
{
	size_t at = next_random(seed) % 8 * (PAGE_SIZE * 73) + next_random(seed) % 9000,
	       size = next_random(seed) % 9000;
	uint8_t bytes[9000];

	if (at + size > MODEL)
		return;
	memset(bytes, (int)next_random(seed), sizeof(bytes));
	if (next_random(seed) % 4) {
		assert_int_equal(phys_write(&m->p, at, bytes, size), size);
		memcpy(m->ram + at, bytes, size);
	} else {
		assert_int_equal(phys_zero(&m->p, at, size), size);
		memset(m->ram + at, 0, size);
	}
}

static void model_step(struct model *m, uint64_t *seed)
{
	unsigned what = next_random(seed) % 16, i = next_random(seed) % SNAPSHOTS;

	if (what == 0)
		model_take(m, i);
	else if (what == 1)
		model_restore(m, i);
	else if (what == 2)
		assert_non_null(phys_page_read(&m->p, next_random(seed) % MODEL));
	else
		model_write(m, seed);
}

static void model_check(struct model *m, uint8_t *scratch)
{
	assert_int_equal(phys_read(&m->p, 0, scratch, MODEL), MODEL);
	assert_memory_equal(scratch, m->ram, MODEL);
	for (size_t page = 0; page < MODEL; page += PAGE_SIZE)
		if (phys_page_private(&m->p, page)) {
			uint8_t *at = phys_page_read(&m->p, page);
			assert_ptr_equal(at, phys_page_write(&m->p, page));
		}
}

static void test_random_snapshots(void **state)
{
	struct model m = {0};
	struct meter meter;
	uint8_t *scratch = malloc(MODEL);
	uint64_t seed = 1;

	(void)state;
	meter_init(&meter);
	assert_true(phys_init(&m.p, &meter.host, MODEL));
	m.ram = calloc(1, MODEL);
	m.changed = calloc(1, MODEL / PAGE_SIZE);
	for (unsigned i = 0; i < SNAPSHOTS; i++)
		m.saved[i] = malloc(MODEL);
	for (unsigned round = 0; round < 3000; round++) {
		model_step(&m, &seed);
		if (round % 60 == 0)
			model_check(&m, scratch);
	}
	for (unsigned i = 0; i < SNAPSHOTS; i++) {
		phys_unshare(&m.p, m.shared[i]);
		free(m.saved[i]);
	}
	phys_free(&m.p);
	assert_int_equal(meter.live, 0);
	free(m.ram);
	free(m.changed);
	free(scratch);
}

static void test_generation(void **state)
{
	struct phys p;

	(void)state;
	assert_true(phys_init(&p, rs_host_libc(), SMALL));
	uint8_t *first = phys_page_read(&p, 0);
	assert_ptr_equal(phys_page_write(&p, 5), first);
	assert_int_equal(p.generation, 0);
	assert_true(phys_page_private(&p, 0));
	assert_false(phys_page_private(&p, PAGE_SIZE));
	struct chunk **shared = phys_share(&p);
	assert_false(phys_page_private(&p, 0));
	assert_ptr_equal(phys_page_read(&p, 0), first);
	assert_int_equal(p.generation, 0);
	assert_ptr_not_equal(phys_page_write(&p, 0), first);
	assert_int_equal(p.generation, 1);
	phys_restore(&p, shared, NULL, NULL);
	assert_ptr_equal(phys_page_read(&p, 0), first);
	assert_int_equal(p.generation, 2);
	phys_unshare(&p, shared);
	assert_true(phys_page_private(&p, 0));
	assert_ptr_equal(phys_page_write(&p, 0), first);
	assert_int_equal(p.generation, 2);
	phys_free(&p);
}

struct told {
	uint64_t pa[8];
	size_t size[8];
	unsigned count;
};

static void tell(void *arg, uint64_t pa, size_t size)
{
	struct told *t = arg;

	assert_true(t->count < 8);
	t->pa[t->count] = pa;
	t->size[t->count++] = size;
}

static void test_code(void **state)
{
	struct told t = {0};
	struct phys p;
	uint8_t bytes[3 * PAGE_SIZE];

	(void)state;
	memset(bytes, 0x90, sizeof(bytes));
	assert_true(phys_init(&p, rs_host_libc(), SMALL));
	p.code_written = tell;
	p.code_written_arg = &t;
	phys_mark_code(&p, 65 * PAGE_SIZE + 12, true);
	assert_true(phys_has_code(&p, 65 * PAGE_SIZE + 4000));
	assert_false(phys_has_code(&p, 64 * PAGE_SIZE) || phys_has_code(&p, 66 * PAGE_SIZE));
	assert_false(phys_has_code(&p, PAGE_SIZE));
	phys_zero(&p, 65 * PAGE_SIZE, 100); /* nothing changes */
	assert_int_equal(t.count, 0);
	phys_write(&p, 64 * PAGE_SIZE + 10, bytes, PAGE_SIZE + 10);
	phys_zero(&p, 65 * PAGE_SIZE + 8, PAGE_SIZE);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.pa[0], 65 * PAGE_SIZE);
	assert_int_equal(t.size[0], 20);
	assert_int_equal(t.pa[1], 65 * PAGE_SIZE + 8);
	phys_mark_code(&p, 65 * PAGE_SIZE, false);
	phys_write(&p, 65 * PAGE_SIZE, bytes, 1);
	assert_int_equal(t.count, 2);
	phys_free(&p);
}

static void test_hash(void **state)
{
	struct phys a, b;
	uint8_t byte = 1, zero = 0;

	(void)state;
	assert_true(phys_init(&a, rs_host_libc(), SMALL) && phys_init(&b, rs_host_libc(), SMALL));
	assert_int_equal(phys_hash(&a), phys_hash(&b));
	phys_write(&a, 5, &byte, 1);
	phys_write(&a, 3 * MIB, &byte, 1);
	phys_write(&b, 3 * MIB, &byte, 1);
	assert_int_not_equal(phys_hash(&a), phys_hash(&b));
	phys_write(&b, 5, &byte, 1);
	assert_int_equal(phys_hash(&a), phys_hash(&b));
	assert_non_null(phys_page_write(&b, MIB));
	assert_int_equal(phys_hash(&a), phys_hash(&b));
	phys_write(&b, 5, &zero, 1);
	phys_write(&b, PAGE_SIZE + 5, &byte, 1);
	assert_int_not_equal(phys_hash(&a), phys_hash(&b));
	phys_free(&a);
	phys_free(&b);
}

/* Each single bit of a page has a hash of its own. */
static int compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static void test_hash_bits(void **state)
{
	enum { BITS = PAGE_SIZE * 8 };
	uint64_t *hash = malloc(BITS * sizeof(*hash));
	struct phys p;

	(void)state;
	assert_true(phys_init(&p, rs_host_libc(), SMALL));
	uint8_t *page = phys_page_write(&p, 0);
	for (size_t i = 0; i < BITS; i++) {
		page[i / 8] = (uint8_t)(1 << i % 8);
		hash[i] = phys_hash(&p);
		page[i / 8] = 0;
	}
	qsort(hash, BITS, sizeof(*hash), compare);
	for (size_t i = 1; i < BITS; i++)
		assert_int_not_equal(hash[i - 1], hash[i]);
	free(hash);
	phys_free(&p);
}

/* Each allocation fails in turn: the access is refused, content and snapshot stay as they were. */
static void test_no_memory(void **state)
{
	struct meter m;
	struct phys p;
	uint8_t old = 1, new = 2, byte;

	(void)state;
	meter_init(&m);
	for (m.left = 0; m.left < 2; m.left++) {
		long left = m.left;
		assert_false(phys_init(&p, &m.host, SMALL));
		assert_int_equal(m.live, 0);
		m.left = left;
	}
	m.left = -1;
	assert_true(phys_init(&p, &m.host, SMALL));
	m.left = 0;
	assert_null(phys_page_read(&p, 0));
	assert_true(p.out_of_memory);
	assert_null(phys_page_write(&p, 0));
	m.left = 1; /* the chunk, but not the page */
	assert_int_equal(phys_write(&p, 0, &old, 1), 0);
	m.left = -1;
	assert_int_equal(phys_write(&p, 0, &old, 1), 1);
	struct chunk **shared = phys_share(&p);
	for (long left = 0; left < 2; left++) {
		m.left = left;
		assert_int_equal(phys_write(&p, 0, &new, 1), 0);
		assert_int_equal(phys_zero(&p, 0, 1), 0);
		phys_read(&p, 0, &byte, 1);
		assert_int_equal(byte, 1);
	}
	m.left = 0;
	assert_null(phys_share(&p));
	phys_restore(&p, shared, NULL, NULL); /* needs none */
	phys_unshare(&p, shared);
	phys_free(&p);
	assert_int_equal(m.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_big_is_free),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random_snapshots),
		cmocka_unit_test(test_generation),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_bits),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
