/* image_pvh.c - the ELF note by which a kernel says that it starts as a PVH guest [x86/HVM direct boot ABI]. */
#include "board/image_reader.h"

#include <inttypes.h>
#include <string.h>

enum { PHYS32_ENTRY = 18 }; /* XEN_ELFNOTE_PHYS32_ENTRY */
enum { NOTE_HEADER = 12, NOTE_NAME_SIZE = 0, NOTE_DESC_SIZE = 4, NOTE_TYPE = 8 };

static const char xen[4] = "Xen"; /* with its zero byte */

/* The notes of one segment. */
struct notes {
	size_t at, end;
	uint64_t align; /* of names and descriptions: 4, or 8 where p_align says so [System V ABI, note section] */
};

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* Steps over one note; false when no whole one is left. The description's place is in `desc`. */
static bool next_note(const struct reader *r, struct notes *n, uint32_t *type, bool *is_xen, struct pvh_note *desc)
{
	if (n->end - n->at < NOTE_HEADER)
		return false;
	const uint8_t *b = r->bytes + n->at;
	uint64_t name_size = elf_u32(b + NOTE_NAME_SIZE), room = n->end - n->at;
	uint64_t desc_at = round_up(NOTE_HEADER + name_size, n->align);

	desc->size = elf_u32(b + NOTE_DESC_SIZE);
	if (desc_at > room || desc->size > room - desc_at)
		return false;
	*type = elf_u32(b + NOTE_TYPE);
	*is_xen = name_size == sizeof(xen) && memcmp(b + NOTE_HEADER, xen, sizeof(xen)) == 0;
	desc->at = n->at + (size_t)desc_at;
	uint64_t whole = round_up(desc_at + desc->size, n->align);
	n->at += (size_t)(whole < room ? whole : room);
	return true;
}

static bool find_among(const struct reader *r, struct notes n, struct pvh_note *note)
{
	uint32_t type;
	bool is_xen;

	while (next_note(r, &n, &type, &is_xen, note))
		if (is_xen && type == PHYS32_ENTRY)
			return true;
	return false;
}

/* Notes are for whom they concern, so broken ones are no error here but no notes; a broken program header table is told
 * by elf_take. */
bool pvh_find(const struct reader *r, struct pvh_note *note)
{
	const struct elf_shape *e = r->elf;
	uint64_t table = elf_word(e, r->bytes + e->e_phoff);
	unsigned count = elf_half(r->bytes + e->e_phnum);

	if (!elf_inside(table, count, e->phdr_size, r->size))
		return false;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *p = r->bytes + table + (size_t)i * e->phdr_size;
		uint64_t offset = elf_word(e, p + e->p_offset), size = elf_word(e, p + e->p_filesz);
		if (elf_u32(p + P_TYPE) != PT_NOTE || !elf_inside(offset, size, 1, r->size))
			continue;
		uint64_t align = elf_word(e, p + e->p_align) == 8 ? 8 : 4;
		if (find_among(r, (struct notes){(size_t)offset, (size_t)(offset + size), align}, note))
			return true;
	}
	return false;
}

static uint64_t note_entry(const struct reader *r, const struct pvh_note *note)
{
	const uint8_t *b = r->bytes + note->at;

	return elf_u32(b) | (note->size == 8 ? (uint64_t)elf_u32(b + 4) << 32 : 0);
}

/* e_entry is for other loaders: the note alone says where to enter. */
bool pvh_take(struct reader *r, const struct pvh_note *note)
{
	struct image *image = r->image;

	image->format = RS_FORMAT_PVH;
	image->mode = 32;
	image->header = note->at;
	if (note->size != 4 && note->size != 8)
		return reader_refuse(r,
		                     "PVH note (Xen, 18): its description at offset 0x%zx has %" PRIu32
		                     " bytes, but an address has 4 or 8; correct the note",
		                     note->at, note->size);
	if (!elf_take_program(r))
		return false;
	image->entry = note_entry(r, note);
	return reader_is_code(image, image->entry) ||
	       reader_refuse(r,
	                     "PVH note (Xen, 18): the entry at offset 0x%zx is 0x%" PRIx64
	                     ", which is no physical address in a loaded executable segment; correct the note",
	                     note->at, image->entry);
}
