#include "syscall64/loader.h"
#include "lib/paging.h"
#include "syscall64/layout.h"

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
#define ELF_X86_64  62
#define PT_LOAD 1
#define PF_X    1
#define PF_W    2

/* The memory of the user program; zero by being in .bss. */
#define USER_PAGES 6
static char pages[USER_PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u64 pages_used;

/* Maps so many new pages; gives the kernel's address of them, or 0. */
static char *new_pages(u64 va, u64 count, u64 rights)
{
    char *memory = pages[pages_used];

    if (count > USER_PAGES - pages_used)
        return 0;
    pages_used += count;
    map_pages(va, VIRT_TO_PHYS(memory), count, rights | PTE_U);
    return memory;
}

static void copy(void *to, const void *from, u64 size)
{
    __asm__ volatile("rep movsb"
                     : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static int load_segment(const struct elf_segment *s, u64 module, u64 size)
{
    u64 skip = s->vaddr % PAGE_SIZE;
    u64 rights = (s->flags & PF_W ? PTE_W : 0) | (s->flags & PF_X ? 0 : PTE_NX);
    char *memory;

    if (s->vaddr < USER_BASE || s->vaddr >= USER_STACK ||
        s->memsz > USER_STACK - s->vaddr || s->filesz > s->memsz ||
        s->offset > size || s->filesz > size - s->offset)
        return 0;
    memory = new_pages(s->vaddr - skip,
                       (skip + s->memsz + PAGE_SIZE - 1) / PAGE_SIZE, rights);
    if (!memory)
        return 0;
    copy(memory + skip, (void *)(module + s->offset), s->filesz);
    return 1;
}

static int is_executable(const struct elf_header *h, u64 size)
{
    return size >= sizeof *h && h->magic == ELF_MAGIC &&
           h->class == ELF_CLASS64 && h->type == ELF_EXEC &&
           h->machine == ELF_X86_64 &&
           h->phentsize == sizeof(struct elf_segment) && h->phoff <= size &&
           h->phnum * sizeof(struct elf_segment) <= size - h->phoff;
}

static u64 load_elf(u64 module, u64 size)
{
    const struct elf_header *h = (void *)module;
    const struct elf_segment *s;

    if (!is_executable(h, size))
        return 0;
    s = (void *)(module + h->phoff);
    for (u64 i = 0; i < h->phnum; i++)
        if (s[i].type == PT_LOAD && s[i].memsz &&
            !load_segment(&s[i], module, size))
            return 0;
    return h->entry;
}

/* The stack page: thread block, command line, and the stack above them. */
static int make_stack(const char *cmdline)
{
    char *memory = new_pages(USER_STACK, 1, PTE_W | PTE_NX);
    const char *end = cmdline;
    u64 room = CMDLINE_MAX - 1;
    u64 length;

    if (!memory)
        return 0;
    *(u64 *)(memory + THREAD_SELF) = USER_STACK;
    if (!cmdline)
        return 1;
    __asm__ volatile("repne scasb" /* to the NUL, or to the end of the room */
                     : "+D"(end), "+c"(room) : "a"(0) : "memory", "cc");
    length = end - cmdline;
    copy(memory + THREAD_CMDLINE, cmdline, length);
    return 1;
}

u64 load_user(const struct rs_boot *boot)
{
    const struct rs_boot_module *m = (void *)boot->modules;

    if (!boot->module_count || !make_stack((void *)boot->cmdline))
        return 0;
    return load_elf(m->start, m->end - m->start);
}
