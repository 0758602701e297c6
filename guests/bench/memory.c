/* Address spaces in 4-KiB pages, and the workloads that move data. */
#include "bench/bench.h"
#include "lib/console.h"

#define PAGE_SIZE 4096
#define NODE_SIZE 64

static u64 next_free = TABLES;

static u64 read_cr3(void)
{
    u64 value;

    __asm__ volatile("mov %0, cr3" : "=r"(value));
    return value;
}

/* Tables lie where the boot tables map memory to itself. */
static u64 *new_table(void)
{
    u64 *table = (u64 *)next_free;

    next_free += PAGE_SIZE;
    if (next_free > TABLES_END)
        machine_exit(EXIT_BAD_BOOT);
    for (u64 i = 0; i < 512; i++)
        table[i] = 0;
    return table;
}

u64 new_space(void)
{
    const u64 *old = (const u64 *)read_cr3();
    u64 *root = new_table();

    for (u64 i = 0; i < 512; i++)
        root[i] = old[i];
    root[WINDOW >> 39 & 511] = 0;
    return (u64)root;
}

static u64 *next_table(u64 *entry)
{
    if (!(*entry & PTE_P))
        *entry = (u64)new_table() | PTE_P | PTE_W | PTE_U;
    return (u64 *)(*entry & ~0xffful);
}

static u64 *leaf(u64 space, u64 va)
{
    u64 *table = next_table((u64 *)space + (va >> 39 & 511));

    table = next_table(table + (va >> 30 & 511));
    table = next_table(table + (va >> 21 & 511));
    return table + (va >> 12 & 511);
}

void map(u64 space, u64 va, u64 pa, u64 bytes, u64 rights)
{
    for (u64 at = 0; at < bytes; at += PAGE_SIZE)
        *leaf(space, va + at) = (pa + at) | rights | PTE_P;
}

void use_space(u64 space)
{
    __asm__ volatile("mov cr3, %0" : : "r"(space) : "memory");
}

/* A space with a filled buffer and another one to copy it to. */
static void make_buffers(u64 to)
{
    u64 space = new_space();
    u64 *from = (u64 *)(WINDOW + BUFFER);

    map(space, WINDOW + BUFFER, BUFFER, COPY_BYTES, PTE_W);
    map(space, WINDOW + to, to, COPY_BYTES, PTE_W);
    use_space(space);
    for (u64 i = 0; i < COPY_BYTES / 8; i++)
        from[i] = (i + 1) * 0x9e3779b97f4a7c15;
}

u64 run_copy(u64 count)
{
    make_buffers(NEAR);
    return copy_words(count, WINDOW + NEAR, WINDOW + BUFFER, COPY_BYTES);
}

u64 run_alias(u64 count)
{
    make_buffers(FAR);
    return copy_words(count, WINDOW + FAR, WINDOW + BUFFER, COPY_BYTES);
}

u64 run_movsb(u64 count)
{
    make_buffers(NEAR);
    return copy_string(count, WINDOW + NEAR, WINDOW + BUFFER, COPY_BYTES);
}

/*
 * One ring through all nodes: a step of a generator with full period over
 * their number (multiplier 1 modulo 4, odd increment) leads to the next.
 */
u64 run_chase(u64 count)
{
    const u64 nodes = CHASE_BYTES / NODE_SIZE, base = WINDOW + BUFFER;
    u64 space = new_space(), at = 0;

    map(space, base, BUFFER, CHASE_BYTES, PTE_W);
    use_space(space);
    for (u64 i = 0; i < nodes; i++) {
        u64 next = (at * 0x5851f42d + 0x3039) & (nodes - 1);

        *(u64 *)(base + at * NODE_SIZE) = base + next * NODE_SIZE;
        at = next;
    }
    return chase(count, base);
}
