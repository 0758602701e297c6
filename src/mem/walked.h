/* walked.h - the pages that a processor with a cycle model has walked to and still knows: only a walk to another page
 * takes time.
 *
 * The TLB cannot tell. It is the emulator's: it loses an entry to another page, a snapshot empties it, and code is
 * mostly found by links and not by fetches. So the pages whose walk has been charged are kept here, and whatever is
 * forgotten here is dropped there: what the TLB or a link finds is always known, and only a miss has to ask.
 */
#ifndef RS_MEM_WALKED_H
#define RS_MEM_WALKED_H

#include <stdbool.h>
#include <stdint.h>

/* The pages that are known at most, in a table with room for twice as many; the next one makes all forgotten. */
enum { WALKED_PAGES = 2048, WALKED_SLOTS = 2 * WALKED_PAGES, WALKED_PCIDS = 4096 };
#define WALKED_GLOBAL WALKED_PCIDS /* stands for the PCID of global pages */

/* Pages are known for a life. A flush ends one: what was known in it need not be looked for. */
struct walked {
	struct walked_page {
		uint64_t key, life; /* life 0: free */
	} page[WALKED_SLOTS];
	uint64_t life[WALKED_PCIDS + 1]; /* the current one of each PCID; 0: it begins with the next page */
	uint64_t lives;
	unsigned used; /* slots */
};

bool walked_knows(const struct walked *w, unsigned pcid, uint64_t address, unsigned shift);
/* The page of 2^shift bytes is not known yet, and walked_is_full is false. */
void walked_add(struct walked *w, unsigned pcid, uint64_t address, unsigned shift);
static inline bool walked_is_full(const struct walked *w)
{
	return w->used == WALKED_PAGES;
}

void walked_forget_all(struct walked *w);
/* All but global pages. */
void walked_forget_plain(struct walked *w);
void walked_forget_pcid(struct walked *w, unsigned pcid);
/* The page of `address`, whatever its size. */
void walked_forget_page(struct walked *w, unsigned pcid, uint64_t address);

#endif
