/* memo.c - a table by the leading bytes of an instruction, one entry a place. */
#include "cpu/engine/memo.h"

#include <string.h>

/* Bytes that decide the place: opcode, prefix and ModRM of most instructions. An instruction with fewer before its
 * first number lies at the place of those, so that all counts have to be looked at. */
enum { KEY_BYTES = 4 };

static size_t place_of(const struct window *w, unsigned count, uint32_t mode)
{
	uint32_t key;
	memcpy(&key, w->bytes, sizeof key);
	key &= UINT32_MAX >> (32 - 8 * count);
	uint64_t h = ((uint64_t)key << 32 | mode << 3 | count) * 0x9e3779b97f4a7c15ull;
	return (size_t)(h >> 40) % MEMO_ENTRIES;
}

static bool is_it(const struct memo_entry *e, const struct window *w, uint32_t mode)
{
	uint64_t bytes[2];
	memcpy(bytes, w->bytes, sizeof bytes);
	return e->length && e->length <= w->size && e->mode == mode && (bytes[0] & e->mask[0]) == e->bytes[0] &&
	       (bytes[1] & e->mask[1]) == e->bytes[1];
}

const struct memo_entry *memo_find(const struct memo *memo, const struct window *w, uint32_t mode)
{
	static const uint8_t counts[KEY_BYTES] = { 3, 2, 4, 1 }; /* the commonest first */
	for (unsigned i = 0; i < KEY_BYTES; i++) {
		const struct memo_entry *e = &memo->entry[place_of(w, counts[i], mode)];
		if (is_it(e, w, mode))
			return e;
	}
	return NULL;
}

static void leave_out(uint8_t *mask, const struct decode_number *n)
{
	memset(mask + n->at, 0, n->bytes);
}

static unsigned leading(const struct memo_entry *e)
{
	unsigned count = e->length;
	if (e->immediate.bytes && e->immediate.at < count)
		count = e->immediate.at;
	if (e->displacement.bytes && e->displacement.at < count)
		count = e->displacement.at;
	return count < KEY_BYTES ? count : KEY_BYTES;
}

void memo_keep(struct memo *memo, const struct window *w, uint32_t mode, struct memo_entry *entry)
{
	uint8_t mask[16] = { 0 };
	memset(mask, 0xff, entry->length);
	leave_out(mask, &entry->immediate);
	leave_out(mask, &entry->displacement);
	memcpy(entry->mask, mask, sizeof entry->mask);
	memcpy(entry->bytes, w->bytes, sizeof entry->bytes);
	entry->bytes[0] &= entry->mask[0];
	entry->bytes[1] &= entry->mask[1];
	entry->mode = mode;
	memo->entry[place_of(w, leading(entry), mode)] = *entry;
}

/* Loads of the number's own size: a wider one would have to wait for a store that has just been made to it. */
int64_t memo_number(const struct decode_number *n, const uint8_t *insn)
{
	int64_t v8;
	int32_t v4;
	int16_t v2;
	switch (n->bytes) {
	case 8:
		memcpy(&v8, insn + n->at, 8);
		return v8;
	case 4:
		memcpy(&v4, insn + n->at, 4);
		return n->is_signed ? v4 : (int64_t)(uint32_t)v4;
	case 2:
		memcpy(&v2, insn + n->at, 2);
		return n->is_signed ? v2 : (int64_t)(uint16_t)v2;
	default:
		return n->is_signed ? (int8_t)insn[n->at] : (int64_t)insn[n->at];
	}
}
