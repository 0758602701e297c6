/* Frames of RAM, and the page tables: SDM vol. 3A section 4.5. */
#include "elf64user/kernel.h"

#define FRAME_BITS 0x000ffffffffff000ul
#define LARGE_PAGE 0x200000ul

/* Memory that the interrupt controllers hide (APICs, up to 4 GiB). */
#define HOLE_START 0xfec00000ul
#define HOLE_END   0x100000000ul

extern char image_start[], rodata_start[], data_start[], image_end[];

static u64 window; /* where physical memory is seen: first at 0 */
static u64 next_frame, ram_end;
static u64 free_list, free_count; /* a free frame begins with the next one */
static u64 total;
static u64 *pml4;

void *direct(u64 pa)
{
    return (void *)(window + pa);
}

static u64 frame_new(void)
{
    u64 frame = next_frame;

    if (frame == HOLE_START)
        frame = HOLE_END;
    if (frame >= ram_end)
        return 0;
    next_frame = frame + PAGE_SIZE;
    return frame;
}

static u64 frame_take(void)
{
    u64 frame = free_list;

    if (!frame)
        return frame_new();
    free_list = *(u64 *)direct(frame);
    free_count--;
    return frame;
}

u64 frame_get(void)
{
    u64 frame = frame_take();
    char line[LINE_SIZE];
    u64 *to, count = PAGE_SIZE / 8;

    if (!frame) {
        complain(line, put_text(line, COMPLAIN_BEGIN "killed: out of memory; "
                                      "give the machine more with -m"));
        machine_exit(128 + SIGKILL);
    }
    to = direct(frame);
    __asm__ volatile("rep stosq"
                     : "+D"(to), "+c"(count) : "a"(0ul) : "memory");
    return frame;
}

static void frame_put(u64 frame)
{
    *(u64 *)direct(frame) = free_list;
    free_list = frame;
    free_count++;
}

u64 memory_total(void)
{
    return total;
}

u64 memory_free(void)
{
    return free_count * PAGE_SIZE + (ram_end - next_frame);
}

/* ---- page tables ---- */

/* The entry for an address at the level whose pages have 1 << shift bytes. */
static u64 *entry_make(u64 address, int shift)
{
    u64 *table = pml4;

    for (int at = 39; at > shift; at -= 9) {
        u64 *entry = &table[address >> at & 511];

        if (!(*entry & PTE_P))
            *entry = frame_get() | PTE_P | PTE_W | PTE_U;
        table = direct(*entry & FRAME_BITS);
    }
    return &table[address >> shift & 511];
}

/* The next entry from *address on, below end, in tables that are there. */
static u64 *entry_next(u64 *address, u64 end)
{
    while (*address < end) {
        u64 *table = pml4;
        int at = 39;

        for (; at > 12 && table[*address >> at & 511] & PTE_P; at -= 9)
            table = direct(table[*address >> at & 511] & FRAME_BITS);
        if (at == 12)
            return &table[*address >> 12 & 511];
        *address = ((*address >> at) + 1) << at;
    }
    return 0;
}

static void forget_translation(u64 address)
{
    __asm__ volatile("invlpg [%0]" : : "r"(address) : "memory");
}

/* A page without rights keeps its frame but is not present. */
static u64 rights(u32 prot)
{
    if (!prot)
        return 0;
    return PTE_P | PTE_U | (prot & PROT_WRITE ? PTE_W : 0) |
           (prot & PROT_EXEC ? 0 : PTE_NX);
}

char *page_make(u64 address, u32 prot)
{
    u64 *entry = entry_make(address, 12);

    if (!(*entry & FRAME_BITS))
        *entry = frame_get();
    *entry = (*entry & FRAME_BITS) | rights(prot);
    forget_translation(address);
    return direct(*entry & FRAME_BITS);
}

void pages_drop(u64 start, u64 end)
{
    for (u64 *entry; (entry = entry_next(&start, end)); start += PAGE_SIZE) {
        if (!(*entry & FRAME_BITS))
            continue;
        frame_put(*entry & FRAME_BITS);
        *entry = 0;
        forget_translation(start);
    }
}

void pages_protect(u64 start, u64 end, u32 prot)
{
    for (u64 *entry; (entry = entry_next(&start, end)); start += PAGE_SIZE) {
        if (!(*entry & FRAME_BITS))
            continue;
        *entry = (*entry & FRAME_BITS) | rights(prot);
        forget_translation(start);
    }
}

/* The place that they move to is empty. */
void pages_move(u64 from, u64 to, u64 bytes)
{
    u64 at = from, end = from + bytes;

    for (u64 *entry; (entry = entry_next(&at, end)); at += PAGE_SIZE) {
        if (!(*entry & FRAME_BITS))
            continue;
        *entry_make(to + (at - from), 12) = *entry;
        *entry = 0;
        forget_translation(at);
    }
}

/* ---- start ---- */

static void map_image(char *start, char *end, u64 bits)
{
    for (; start < end; start += PAGE_SIZE)
        *entry_make((u64)start, 12) = ((u64)start - KERNEL_BASE) | PTE_P | bits;
}

static void map_ram(void)
{
    for (u64 pa = 0; pa < ram_end; pa += LARGE_PAGE)
        *entry_make(DIRECT_MAP + pa, 21) = pa | PTE_P | PTE_W | PTE_PS | PTE_NX;
}

static u64 max(u64 a, u64 b)
{
    return a > b ? a : b;
}

static u64 text_end(u64 pa)
{
    return pa + text_length((const char *)pa) + 1;
}

/* The end of all that the loader has put above the kernel (docs/boot.md). */
static u64 boot_end(const struct rs_boot *boot)
{
    const struct rs_boot_module *m = (void *)boot->modules;
    u64 end = max((u64)image_end - KERNEL_BASE, text_end(boot->cmdline));

    if ((u64)boot < KERNEL_BASE)
        end = max(end, (u64)boot + boot->size);
    for (u64 i = 0; i < boot->module_count; i++)
        end = max(end, max(m[i].end, text_end(m[i].name)));
    return page_up(end);
}

void memory_start(const struct rs_boot *boot)
{
    total = boot->mem_bytes;
    ram_end = total & ~PAGE_MASK;
    next_frame = boot_end(boot);
    pml4 = direct(frame_get());
    map_image(image_start, rodata_start, 0);
    map_image(rodata_start, data_start, PTE_NX);
    map_image(data_start, image_end, PTE_W | PTE_NX);
    map_ram();
    __asm__ volatile("mov cr3, %0" : : "r"(pml4) : "memory");
    window = DIRECT_MAP;
    pml4 = (u64 *)(window + (u64)pml4);
}
