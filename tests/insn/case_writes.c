/* case_writes.c - whether a record tells of every byte that its step changed: traces are made from records alone. */
#include <string.h>

#include "case.h"

typedef unsigned long long ull;

/* Below lie page tables, descriptor tables and TSSs, in which the processor writes behind the program's back. */
enum { FIRST_PAGE = ENV_PT_PAE / PAGE_SIZE + 1 };

/* Bytes of one write that lie in `page` are marked in `told`; bytes given in full must be what memory holds. */
static void mark_write(struct run *r, const struct rs_write *w, unsigned page, const uint8_t *got, uint8_t *told)
{
	uint64_t offset, at;
	for (uint64_t i = 0; i < w->size; i++) {
		const uint8_t *byte = ram_at(r->e, &r->before, w->address + i);
		if (!byte)
			continue;
		at = (uint64_t)(byte - r->e->shadow);
		offset = at % PAGE_SIZE;
		if (at / PAGE_SIZE == page)
			told[offset] = i >= RS_WRITE_BYTES || w->data[i] == got[offset] ? 1 : told[offset] | 2;
	}
}

static void check_page(struct run *r, unsigned page, const uint8_t *got)
{
	const uint8_t *old = r->e->shadow + page * PAGE_SIZE;
	uint8_t told[PAGE_SIZE] = { 0 };
	for (unsigned i = 0; i < r->got.write_count; i++)
		mark_write(r, &r->got.writes[i], page, got, told);
	for (unsigned i = 0; i < PAGE_SIZE; i++) {
		if (told[i] == 1 || (told[i] == 0 && old[i] == got[i]))
			continue;
		complain(r, "the record %s the byte %02x written at %x (physical)",
			 told[i] ? "gives another value for" : "does not tell of", got[i], page * PAGE_SIZE + i);
		return;
	}
}

void check_writes(struct run *r)
{
	if (r->got.writes_cut)
		return;
	for (unsigned page = ram_suspect(r->e, FIRST_PAGE); page < ENV_PAGES; page = ram_suspect(r->e, page + 1)) {
		const uint8_t *got = ram_actual(r->e, page);
		if (got && memcmp(got, r->e->shadow + page * PAGE_SIZE, PAGE_SIZE) != 0)
			check_page(r, page, got);
	}
}
