/* elf.c - strict reading of ELF executables of both classes. */
#include "board/image_reader.h"

#include <inttypes.h>
#include <string.h>

enum { PAGE_MASK = 4095 };

static const struct elf_shape elf32 = {
	.name = "ELF32",
	.machine_name = "i386 (3)",
	.word = 4,
	.machine = 3,
	.ehdr_size = 52,
	.phdr_size = 32,
	.shdr_size = 40,
	.sym_size = 16,
	.e_phoff = 28,
	.e_shoff = 32,
	.e_ehsize = 40,
	.e_phentsize = 42,
	.e_phnum = 44,
	.e_shentsize = 46,
	.e_shnum = 48,
	.e_shstrndx = 50,
	.p_flags = 24,
	.p_offset = 4,
	.p_vaddr = 8,
	.p_paddr = 12,
	.p_filesz = 16,
	.p_memsz = 20,
	.p_align = 28,
	.sh_addr = 12,
	.sh_offset = 16,
	.sh_size = 20,
	.sh_link = 24,
	.sh_entsize = 36,
	.st_value = 4,
	.st_size = 8,
	.st_info = 12,
	.st_shndx = 14,
};

static const struct elf_shape elf64 = {
	.name = "ELF64",
	.machine_name = "x86-64 (62)",
	.word = 8,
	.machine = 62,
	.ehdr_size = 64,
	.phdr_size = 56,
	.shdr_size = 64,
	.sym_size = 24,
	.e_phoff = 32,
	.e_shoff = 40,
	.e_ehsize = 52,
	.e_phentsize = 54,
	.e_phnum = 56,
	.e_shentsize = 58,
	.e_shnum = 60,
	.e_shstrndx = 62,
	.p_flags = 4,
	.p_offset = 8,
	.p_vaddr = 16,
	.p_paddr = 24,
	.p_filesz = 32,
	.p_memsz = 40,
	.p_align = 48,
	.sh_addr = 16,
	.sh_offset = 24,
	.sh_size = 32,
	.sh_link = 40,
	.sh_entsize = 56,
	.st_value = 8,
	.st_size = 16,
	.st_info = 4,
	.st_shndx = 6,
};

const struct elf_shape *elf_shape_of(const uint8_t *bytes, size_t size)
{
	enum { EI_CLASS = 4, EI_DATA = 5, EI_VERSION = 6, LITTLE_ENDIAN_DATA = 1 };

	if (size < elf32.ehdr_size || memcmp(bytes, "\177ELF", 4) != 0)
		return NULL;
	if (bytes[EI_DATA] != LITTLE_ENDIAN_DATA || bytes[EI_VERSION] != 1)
		return NULL;
	const struct elf_shape *shape = bytes[EI_CLASS] == 1 ? &elf32 : bytes[EI_CLASS] == 2 ? &elf64 : NULL;
	return shape && size >= shape->ehdr_size ? shape : NULL;
}

static bool elf_check_type(struct reader *r)
{
	unsigned type = elf_half(r->bytes + E_TYPE);

	if (type == ET_EXEC)
		return true;
	const char *reason =
	    type == ET_DYN   ? "a position-independent executable or shared object; link with -static -no-pie"
	    : type == ET_REL ? "an object file that is not linked yet; link it with a kernel's link script"
			     : "not an executable; link it as ET_EXEC (2)";
	return reader_refuse(r, "%s e_type (offset 0x%x) is %u: %s", r->elf->name, E_TYPE, type, reason);
}

/* A header field that can have one value only. */
static bool elf_check_value(struct reader *r, const char *field, unsigned offset, uint64_t value, uint64_t wanted)
{
	if (value == wanted)
		return true;
	return reader_refuse(r,
			     "%s %s (offset 0x%x) is %" PRIu64 ", but must be %" PRIu64
			     "; the file is damaged or for another machine",
			     r->elf->name, field, offset, value, wanted);
}

static bool elf_check_header(struct reader *r)
{
	const struct elf_shape *e = r->elf;
	const uint8_t *b = r->bytes;
	unsigned machine = elf_half(b + E_MACHINE), count = elf_half(b + e->e_phnum);
	uint64_t offset = elf_word(e, b + e->e_phoff);

	if (machine != e->machine)
		return reader_refuse(r, "%s e_machine (offset 0x%x) is %u, but must be %s; build it for that", e->name,
		                     E_MACHINE, machine, e->machine_name);
	if (!elf_check_type(r) || !elf_check_value(r, "e_version", E_VERSION, elf_u32(b + E_VERSION), 1) ||
	    !elf_check_value(r, "e_ehsize", e->e_ehsize, elf_half(b + e->e_ehsize), e->ehdr_size) ||
	    !elf_check_value(r, "e_phentsize", e->e_phentsize, elf_half(b + e->e_phentsize), e->phdr_size))
		return false;
	if (count == 0 || count == PN_XNUM)
		return reader_refuse(
		    r, "%s e_phnum (offset 0x%x) is %u: no program headers to load by; link it as an executable",
		    e->name, e->e_phnum, count);
	if (!elf_inside(offset, count, e->phdr_size, r->size))
		return reader_refuse(r,
		                     "%s program headers (e_phoff 0x%" PRIx64
		                     ", %u of %u bytes) pass the end of the file (%zu bytes); the file is cut short",
		                     e->name, offset, count, e->phdr_size, r->size);
	return true;
}

static bool elf_check_bytes(struct reader *r, const uint8_t *p, unsigned index)
{
	const struct elf_shape *e = r->elf;
	uint64_t offset = elf_word(e, p + e->p_offset), file_size = elf_word(e, p + e->p_filesz);
	uint64_t memory_size = elf_word(e, p + e->p_memsz);

	if (file_size > memory_size)
		return reader_refuse(r,
				     "program header %u (offset 0x%zx): p_filesz 0x%" PRIx64
				     " exceeds p_memsz 0x%" PRIx64 "; the file is damaged, link it again",
				     index, (size_t)(p - r->bytes), file_size, memory_size);
	if (!elf_inside(offset, file_size, 1, r->size))
		return reader_refuse(r,
		                     "program header %u (offset 0x%zx): p_offset 0x%" PRIx64 " plus p_filesz 0x%" PRIx64
		                     " passes the end of the file (%zu bytes); the file is cut short",
		                     index, (size_t)(p - r->bytes), offset, file_size, r->size);
	return true;
}

static bool elf_check_alignment(struct reader *r, const uint8_t *p, unsigned index)
{
	const struct elf_shape *e = r->elf;
	uint64_t align = elf_word(e, p + e->p_align), vaddr = elf_word(e, p + e->p_vaddr);
	uint64_t offset = elf_word(e, p + e->p_offset), paddr = elf_word(e, p + e->p_paddr);

	if (align & (align - 1))
		return reader_refuse(r,
				     "program header %u: p_align 0x%" PRIx64
				     " is not a power of two; the file is damaged, link it again",
				     index, align);
	if (align > 1 && (vaddr - offset) & (align - 1))
		return reader_refuse(r,
		                     "program header %u: p_vaddr 0x%" PRIx64 " and p_offset 0x%" PRIx64
		                     " differ modulo p_align 0x%" PRIx64 "; link it again",
		                     index, vaddr, offset, align);
	if (r->image->format == RS_FORMAT_ELF64 && (vaddr - paddr) & PAGE_MASK)
		return reader_refuse(
			r,
			"program header %u: p_vaddr 0x%" PRIx64 " and p_paddr 0x%" PRIx64
			" differ modulo 4096, so no page can map one to the other; correct AT() in the link script",
			index, vaddr, paddr);
	return true;
}

/* The linear range must not leave the address space of the class; for ELF64 it must also be canonical at both ends,
 * on the same side of the hole [SDM vol. 1, canonical addressing]. */
static bool elf_check_linear(struct reader *r, const struct image_segment *s, unsigned index)
{
	uint64_t last = s->vaddr + s->memory_size - 1;
	bool good =
	    last >= s->vaddr && (s->vaddr >> 47 == 0 || s->vaddr >> 47 == 0x1ffff) && s->vaddr >> 47 == last >> 47;

	if (r->elf->word == 4)
		good = last < ADDRESS_END_32;
	if (good)
		return true;
	return reader_refuse(r,
	                     "program header %u: p_vaddr 0x%" PRIx64 " plus p_memsz 0x%" PRIx64
	                     " leaves the %s address space; correct the link script",
	                     index, s->vaddr, s->memory_size, r->elf->word == 4 ? "32-bit" : "canonical 48-bit");
}

static bool elf_take_segment(struct reader *r, const uint8_t *p, unsigned index)
{
	const struct elf_shape *e = r->elf;
	uint32_t flags = elf_u32(p + e->p_flags);
	struct image_segment s = {
		.paddr = elf_word(e, p + e->p_paddr),
		.vaddr = elf_word(e, p + e->p_vaddr),
		.memory_size = elf_word(e, p + e->p_memsz),
		.writable = flags & PF_W,
		.executable = flags & PF_X,
	};

	if (!elf_check_bytes(r, p, index))
		return false;
	if (s.memory_size == 0)
		return true;
	s.offset = (size_t)elf_word(e, p + e->p_offset);
	s.file_size = (size_t)elf_word(e, p + e->p_filesz);
	return elf_check_alignment(r, p, index) && elf_check_linear(r, &s, index) &&
	       reader_place(r, &s, "program header", index);
}

static bool elf_take_segments(struct reader *r)
{
	const struct elf_shape *e = r->elf;
	const uint8_t *p = r->bytes + elf_word(e, r->bytes + e->e_phoff);
	unsigned count = elf_half(r->bytes + e->e_phnum);

	for (unsigned i = 0; i < count; i++, p += e->phdr_size) {
		uint32_t type = elf_u32(p + P_TYPE);
		if (type == PT_INTERP)
			return reader_refuse(r,
					     "program header %u is PT_INTERP: the program wants a dynamic loader, and "
					     "a kernel has none; "
					     "link with -static",
					     i);
		if (type == PT_LOAD && !elf_take_segment(r, p, i))
			return false;
	}
	if (r->image->segment_count == 0)
		return reader_refuse(
		    r,
		    "%s file without a PT_LOAD program header (%u headers): nothing to load; link it as an executable",
		    e->name, count);
	return true;
}

/* A 64-bit kernel is entered at its linear address. The others are entered without paging: an entry in the range of a
 * segment's linear addresses means the byte that is loaded there; one in a physical range means itself. */
static bool elf_take_entry(struct reader *r)
{
	struct image *image = r->image;
	uint64_t entry = elf_word(r->elf, r->bytes + E_ENTRY);
	bool linear = image->format == RS_FORMAT_ELF64;

	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		if (s->executable && reader_within(entry, s->vaddr, s->file_size)) {
			image->entry = linear ? entry : entry - s->vaddr + s->paddr;
			return true;
		}
	}
	image->entry = entry;
	if (!linear && reader_is_code(image, entry))
		return true;
	return reader_refuse(
	    r,
	    "e_entry (offset 0x%x) is 0x%" PRIx64
	    ", which lies in no loaded executable segment; name the first instruction with ENTRY() in the link script",
	    E_ENTRY, entry);
}

bool elf_take_program(struct reader *r)
{
	return elf_check_header(r) && elf_take_segments(r);
}

bool elf_take(struct reader *r)
{
	return elf_take_program(r) && elf_take_entry(r);
}
