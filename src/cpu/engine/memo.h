/* memo.h - what the decoder has told about instructions before.
 *
 * Programs are made of few kinds of instruction: most differ from one seen earlier only in an immediate or a
 * displacement. An entry keeps the finished uop, and says which bytes of the instruction are numbers that have to be
 * put in anew. So no picker may choose by the value of a number (a unit test decodes everything both ways).
 */
#ifndef RS_CPU_ENGINE_MEMO_H
#define RS_CPU_ENGINE_MEMO_H

#include "cpu/engine/decode.h"

struct memo_entry {
	uint64_t bytes[2], mask[2]; /* of the whole instruction but its numbers */
	uint32_t mode;
	uint8_t length; /* 0: empty */
	struct decode_number immediate, displacement; /* 0 bytes: there is none */
	bool ends;       /* a block ends behind it */
	uint16_t cost;   /* as in the shape */
	struct uop uop;  /* off and index_n are 0 */
};

enum { MEMO_ENTRIES = 2048 };

struct memo {
	struct memo_entry entry[MEMO_ENTRIES];
};

/* The entry whose instruction the window holds, or NULL. */
const struct memo_entry *memo_find(const struct memo *memo, const struct window *w, uint32_t mode);
/* Where to keep one: the caller has filled everything but bytes, mask and mode, which come from the window. */
void memo_keep(struct memo *memo, const struct window *w, uint32_t mode, struct memo_entry *entry);
/* A number of the instruction at `insn`. */
int64_t memo_number(const struct decode_number *n, const uint8_t *insn);

#endif
