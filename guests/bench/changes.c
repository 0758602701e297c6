/* What an emulator may find dear: much code, changing code, changing maps. */
#include "bench/bench.h"
#include "lib/paging.h"

/* changes.S: position-independent code to be copied */
extern const char page_code[], page_code_end[];
extern const char self_code[], self_code_end[], self_immediate[];
u64 work(u64 value);

typedef u64 changing(u64 count, u64 target);

static void copy_code(u64 to, const char *from, const char *end)
{
    for (char *p = (char *)to; from < end;)
        *p++ = *from++;
}

/* All pages are made, so that both do the same before they differ. */
static u64 visit(u64 count, u64 pages)
{
    u64 space = new_space();

    map(space, WINDOW + CODE, CODE, CODE_PAGES * PAGE_SIZE, PTE_W);
    use_space(space);
    for (u64 i = 0; i < CODE_PAGES; i++)
        copy_code(WINDOW + CODE + i * PAGE_SIZE, page_code, page_code_end);
    return visit_pages(count, WINDOW + CODE, pages);
}

u64 run_codepages(u64 count)
{
    return visit(count, CODE_PAGES);
}

u64 run_codefew(u64 count)
{
    return visit(count, 16);
}

/* Code in one page and what it stores to in that page, or in another one. */
static u64 change(u64 count, u64 target)
{
    u64 space = new_space();

    map(space, WINDOW + CODE, CODE, 2 * PAGE_SIZE, PTE_W);
    use_space(space);
    copy_code(WINDOW + CODE, self_code, self_code_end);
    return ((changing *)(WINDOW + CODE))(count, WINDOW + CODE + target);
}

u64 run_selfmod(u64 count)
{
    return change(count, self_immediate - self_code);
}

u64 run_selfplain(u64 count)
{
    return change(count, PAGE_SIZE);
}

#define SWITCH_PAGES 4

/* In both spaces the same pages lie at different physical addresses. */
static void make_spaces(u64 space[2])
{
    for (u64 i = 0; i < 2; i++) {
        u64 pa = BUFFER + i * SWITCH_PAGES * PAGE_SIZE;

        space[i] = new_space();
        map(space[i], WINDOW + BUFFER, pa, SWITCH_PAGES * PAGE_SIZE, PTE_W);
    }
    use_space(space[0]);
}

/* A store to each page, then some 300 instructions: a switch a microsecond. */
static u64 touch_and_work(u64 sum)
{
    volatile u64 *page = (volatile u64 *)(WINDOW + BUFFER);

    for (u64 i = 0; i < SWITCH_PAGES; i++)
        sum += page[i * PAGE_SIZE / 8]++;
    return work(sum);
}

u64 run_cr3(u64 count)
{
    u64 space[2], sum = 0;

    make_spaces(space);
    for (; count; count--) {
        use_space(space[count & 1]);
        sum = touch_and_work(sum);
    }
    return sum;
}

u64 run_cr3plain(u64 count)
{
    u64 space[2], sum = 0;

    make_spaces(space);
    for (; count; count--)
        sum = touch_and_work(sum);
    return sum;
}
