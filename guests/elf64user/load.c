/* Loads a static ELF64 program as Linux does: whole pages of the file. */
#include "elf64user/kernel.h"

/* ELF-64 object file format, figures 2 and 7. */
struct elf_header {
    u32 magic;
    u8 class, data, ident[10];
    u16 type, machine;
    u32 version;
    u64 entry, phoff, shoff;
    u32 flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    u32 type, flags;
    u64 offset, vaddr, paddr, filesz, memsz, align;
};

#define ELF_MAGIC   0x464c457f
#define ELF_CLASS64 2
#define ELF_EXEC    2
#define ELF_DYN     3
#define ELF_X86_64  62
#define PT_LOAD   1
#define PT_INTERP 3
#define PT_PHDR   6
#define PF_X 1
#define PF_W 2
#define PF_R 4

static const struct elf_segment *segments(const struct program *p)
{
    const struct elf_header *h = (void *)p->module;

    return (void *)(p->module + h->phoff);
}

static void check_header(const struct program *p)
{
    const struct elf_header *h = (void *)p->module;

    if (p->size < sizeof *h || h->magic != ELF_MAGIC)
        refuse("the program is not an ELF file");
    if (h->class != ELF_CLASS64 || h->machine != ELF_X86_64)
        refuse("the program is not of x86-64");
    if (h->type != ELF_EXEC && h->type != ELF_DYN)
        refuse("the program is not executable (ET_EXEC or ET_DYN)");
    if (h->phentsize != sizeof(struct elf_segment) || h->phoff > p->size ||
        h->phnum * sizeof(struct elf_segment) > p->size - h->phoff)
        refuse("the program's headers lie beyond the end of its file");
}

static u32 prot_of(const struct elf_segment *s)
{
    return (s->flags & PF_R ? PROT_READ : 0) |
           (s->flags & PF_W ? PROT_WRITE : 0) |
           (s->flags & PF_X ? PROT_EXEC : 0);
}

static void check_segment(const struct program *p, const struct elf_segment *s)
{
    u64 start = s->vaddr + p->base;

    if (s->filesz > s->memsz || s->offset > p->size ||
        s->filesz > p->size - s->offset)
        refuse("a segment of the program lies beyond the end of its file");
    if (!is_user(start, s->memsz) || start < USER_START ||
        start + s->memsz > USER_STACK)
        refuse("a segment of the program lies outside the addresses of a user");
    if ((s->vaddr ^ s->offset) & PAGE_MASK)
        refuse("a segment of the program is not aligned as its file is");
}

/* A page of the file; beyond the file's end it is zero. */
static void copy_page(const struct program *p, char *page, u64 offset)
{
    u64 left = p->size - offset;

    memcpy(page, p->module + offset, left < PAGE_SIZE ? left : PAGE_SIZE);
}

/* What p_memsz has beyond p_filesz is zero; the rest comes when touched. */
static void load_segment(struct program *p, const struct elf_segment *s)
{
    u64 start = (s->vaddr + p->base) & ~PAGE_MASK;
    u64 file_end = s->vaddr + p->base + s->filesz;
    u64 end = page_up(s->vaddr + p->base + s->memsz);
    u64 offset = s->offset & ~PAGE_MASK;
    u32 prot = prot_of(s);

    areas_remove(start, end);
    pages_drop(start, end);
    area_add(start, end, prot);
    for (u64 at = start; s->filesz && at < file_end; at += PAGE_SIZE) {
        char *page = page_make(at, prot);

        copy_page(p, page, offset + (at - start));
        if (s->memsz > s->filesz && file_end - at < PAGE_SIZE)
            memset(page + (file_end - at), 0, PAGE_SIZE - (file_end - at));
    }
    if (s->offset <= p->headers && p->headers < s->offset + s->filesz)
        p->headers = s->vaddr + p->base + (p->headers - s->offset);
    if (end > p->end)
        p->end = end;
}

/* ET_DYN goes to its base, aligned as its segments want it. */
static u64 choose_base(const struct elf_header *h, const struct elf_segment *s)
{
    u64 align = PAGE_SIZE;

    if (h->type != ELF_DYN)
        return 0;
    for (u64 i = 0; i < h->phnum; i++)
        if (s[i].type == PT_LOAD && s[i].align > align &&
            !(s[i].align & (s[i].align - 1)))
            align = s[i].align;
    return (PIE_BASE + align - 1) & ~(align - 1);
}

void program_load(struct program *p)
{
    const struct elf_header *h = (void *)p->module;
    const struct elf_segment *s;
    u64 file_headers;

    check_header(p);
    s = segments(p);
    for (u64 i = 0; i < h->phnum; i++)
        if (s[i].type == PT_INTERP)
            refuse("the program is dynamically linked; build it with -static");
    p->base = choose_base(h, s);
    p->headers = file_headers = h->phoff;
    p->header_count = h->phnum;
    for (u64 i = 0; i < h->phnum; i++) {
        if (s[i].type != PT_LOAD || !s[i].memsz)
            continue;
        check_segment(p, &s[i]);
        load_segment(p, &s[i]);
    }
    if (p->headers == file_headers)
        p->headers = 0; /* in no segment */
    if (!p->end)
        refuse("the program has nothing to load");
    p->entry = h->entry + p->base;
    if (!is_user(p->entry, 1))
        refuse("the program's entry lies outside the addresses of a user");
}
