#include "lib/paging.h"
#include "lib/console.h"

#define TABLES 10

typedef u64 page_table[512];

/* Zero by being in .bss; the first one is the PML4. */
static page_table tables[TABLES] __attribute__((aligned(PAGE_SIZE)));
static u64 tables_used = 1;

extern char image_start[], rodata_start[], data_start[], image_end[];

/* The table below an entry, a new one if there is none yet. */
static u64 *next_table(u64 *entry)
{
    if (!(*entry & PTE_P)) {
        if (tables_used == TABLES)
            machine_exit(EXIT_BAD_BOOT);
        *entry = VIRT_TO_PHYS(tables[tables_used++]) | PTE_P | PTE_W | PTE_U;
    }
    return (u64 *)((*entry & ~0xffful) + KERNEL_BASE);
}

u64 *page_directory_entry(u64 va)
{
    u64 *table = next_table(&tables[0][va >> 39 & 511]);

    table = next_table(&table[va >> 30 & 511]);
    return &table[va >> 21 & 511];
}

void map_pages(u64 va, u64 pa, u64 count, u64 rights)
{
    u64 *entry = &next_table(page_directory_entry(va))[va >> 12 & 511];

    for (u64 pte = pa | rights | PTE_P; count; count--, pte += PAGE_SIZE)
        *entry++ = pte;
}

static void map_image(char *start, char *end, u64 rights)
{
    map_pages((u64)start, VIRT_TO_PHYS(start), (end - start) / PAGE_SIZE,
              rights);
}

void map_kernel(void)
{
    map_image(image_start, rodata_start, 0);
    map_image(rodata_start, data_start, PTE_NX);
    map_image(data_start, image_end, PTE_W | PTE_NX);
}

void use_page_tables(void)
{
    __asm__ volatile("mov cr3, %0" : : "r"(VIRT_TO_PHYS(tables)) : "memory");
}
