/*
 * What a program's addresses stand for: sorted ranges of anonymous memory,
 * each with one protection. Pages come when they are touched.
 */
#include "elf64user/kernel.h"

#define MAX_AREAS 16384

static struct area areas[MAX_AREAS];
static u64 count;

/* The index of the first area that ends above the address. */
static u64 index_of(u64 address)
{
    u64 low = 0, high = count;

    while (low < high) {
        u64 middle = (low + high) / 2;

        if (areas[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const struct area *area_from(u64 address)
{
    u64 i = index_of(address);

    return i < count ? &areas[i] : 0;
}

const struct area *area_at(u64 address)
{
    const struct area *a = area_from(address);

    return a && a->start <= address ? a : 0;
}

int areas_cover(u64 start, u64 end)
{
    const struct area *a;

    for (; start < end; start = a->end)
        if (!(a = area_at(start)))
            return 0;
    return 1;
}

int areas_spare(u64 start, u64 end)
{
    const struct area *a = area_from(start);

    return !a || a->start >= end;
}

static void open_gap(u64 i)
{
    for (u64 k = count++; k > i; k--)
        areas[k] = areas[k - 1];
}

static void close_gap(u64 from, u64 to)
{
    u64 moved = to - from;

    if (!moved)
        return;
    count -= moved;
    memcpy(&areas[from], &areas[to], (count - from) * sizeof *areas);
}

/* The range is free. Neighbours of the same kind become one. */
s64 area_add(u64 start, u64 end, u64 prot)
{
    u64 i = index_of(start);
    int below = i && areas[i - 1].end == start && areas[i - 1].prot == prot;
    int above = i < count && areas[i].start == end && areas[i].prot == prot;

    if (below && above) {
        areas[i - 1].end = areas[i].end;
        close_gap(i, i + 1);
    } else if (below) {
        areas[i - 1].end = end;
    } else if (above) {
        areas[i].start = start;
    } else if (count < MAX_AREAS - 2) {
        open_gap(i);
        areas[i] = (struct area){ start, end, prot };
    } else {
        return -ENOMEM;
    }
    return 0;
}

s64 areas_remove(u64 start, u64 end)
{
    u64 i = index_of(start), behind;

    if (i == count || areas[i].start >= end)
        return 0;
    if (areas[i].start < start && areas[i].end > end) {
        if (count == MAX_AREAS)
            return -ENOMEM;
        open_gap(i);
        areas[i].end = start;
        areas[i + 1].start = end;
        return 0;
    }
    if (areas[i].start < start)
        areas[i++].end = start;
    behind = index_of(end);
    if (behind < count && areas[behind].start < end)
        areas[behind].start = end;
    close_gap(i, behind);
    return 0;
}

u64 areas_gap(u64 bytes, u64 below)
{
    u64 i = index_of(below);

    if (i < count && areas[i].start < below)
        below = areas[i].start;
    for (; i; below = areas[i].start) {
        i--;
        if (below >= areas[i].end && below - areas[i].end >= bytes)
            break;
    }
    return below >= USER_START && below - USER_START >= bytes ? below - bytes
                                                              : 0;
}

/* Error code of a page fault: bit 0 present, 1 write, 4 fetch. */
int area_fault(u64 address, u64 error)
{
    const struct area *a = area_at(address);
    u64 need = error & 2 ? PROT_WRITE : error & 16 ? PROT_EXEC : PROT_READ;

    if (!a || !(a->prot & need || (need == PROT_READ && a->prot)))
        return 0;
    page_make(address & ~PAGE_MASK, a->prot);
    return 1;
}
