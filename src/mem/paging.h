/* paging.h - the page-table walk. */
#ifndef RS_MEM_PAGING_H
#define RS_MEM_PAGING_H

#include "mem/mmu.h"

/* Where a linear address leads and with what rights, all levels taken together [SDM vol. 3, 4.6]. */
struct walk {
	uint64_t physical; /* of the 4-KiB page */
	bool user, writable, no_execute, global, dirty, large;
};

/* What the walk is for: it decides which bits it sets and what a failure reports. */
struct walk_request {
	uint64_t address;
	bool user;  /* judged as an access of CPL 3 */
	bool smap;  /* a supervisor data access to a user page is refused */
	bool write, fetch;
	bool look;  /* a debugger's: no rights are judged, no bit is set */
};

/* False: `fault` says why (page fault or no memory). */
bool paging_walk(const struct mmu_context *c, struct phys *ram, const struct walk_request *q, struct walk *w,
                 struct mmu_fault *fault);

/* Whether the rights of `w` allow the request; rule PT-15, SL-40, SL-44 .. SL-46. */
bool paging_allows(const struct mmu_context *c, const struct walk *w, const struct walk_request *q);

#endif
