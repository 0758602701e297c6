/* paging.h - the page-table walk, for all formats of tables. */
#ifndef RS_MEM_PAGING_H
#define RS_MEM_PAGING_H

#include "mem/mmu.h"

/* Where a linear address leads and with what rights, all levels taken together [SDM vol. 3, 4.6]. */
struct walk {
	uint64_t physical; /* of the 4-KiB page */
	uint8_t shift;     /* the page has 2^shift bytes */
	uint8_t key;       /* protection key */
	uint8_t rights;    /* enum tlb_right: what is allowed to whom the request is judged as */
	uint8_t levels;    /* of tables that it went through */
	bool user, writable, no_execute, global, dirty;
};

/* The entries that a walk has read, from the root down. */
struct trail {
	uint64_t address[PAGING_LEVELS], value[PAGING_LEVELS];
	unsigned depth;
	unsigned levels; /* that there are; 0: no paging */
};

/* What the walk is for: it decides which bits it sets and what a failure reports. */
struct walk_request {
	uint64_t address;
	bool user;  /* judged as an access of CPL 3 */
	bool smap;  /* a supervisor data access to a user page is refused */
	bool write, fetch;
	bool look;  /* a debugger's: no rights are judged, no bit is set */
};

/* After a change of CR0, CR4 or EFER: chooses the format and what is reserved in it. */
void paging_prepare(struct mmu_context *c);

/* False: `fault` says why (page fault or no memory). */
bool paging_walk(const struct mmu_context *c, struct phys *ram, const struct walk_request *q, struct walk *w,
                 struct mmu_fault *fault);

/* As a debugger looks: no rights are judged, no bit is set. False: not mapped, and the trail ends with the entry that
 * says so. */
bool paging_look(const struct mmu_context *c, struct phys *ram, uint64_t address, struct trail *t, struct walk *w);

/* Reserved bits of a present PDPTE of PAE paging, checked when it is loaded (SL-61). */
uint64_t paging_pdpte_reserved(const struct mmu_context *c);

#endif
