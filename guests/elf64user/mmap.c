/* Calls about memory. Anonymous memory is all there is. */
#include "elf64user/kernel.h"

static u64 brk_first, brk_now;

void brk_start(u64 end)
{
    brk_first = brk_now = end;
}

static s64 unmap(u64 start, u64 end)
{
    s64 error = areas_remove(start, end);

    if (!error)
        pages_drop(start, end);
    return error;
}

/* As Linux's heuristic: what can never be there is refused. */
static int is_too_much(u64 bytes)
{
    return bytes > memory_total();
}

/* A place that the program did not choose; 0 if there is none. */
static u64 choose(u64 hint, u64 bytes, u64 flags)
{
    u64 top = flags & MAP_32BIT ? 0x80000000 : MMAP_TOP;

    if (hint >= USER_START && is_user(hint, bytes) &&
        areas_spare(hint, hint + bytes))
        return hint;
    return areas_gap(bytes, top);
}

static s64 place(u64 *start, u64 bytes, u64 flags)
{
    int fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);

    if (!fixed) {
        *start = choose(page_up(*start), bytes, flags);
        return *start ? 0 : -ENOMEM;
    }
    if (*start & PAGE_MASK)
        return -EINVAL;
    if (!is_user(*start, bytes))
        return -ENOMEM;
    if (*start < USER_START)
        return -EPERM;
    if (flags & MAP_FIXED_NOREPLACE)
        return areas_spare(*start, *start + bytes) ? 0 : -EEXIST;
    return unmap(*start, *start + bytes);
}

s64 call_mmap(const u64 *a)
{
    u64 start = a[0], bytes = page_up(a[1]), prot = a[2] & 7, flags = a[3];
    s64 error;

    if (!(flags & MAP_ANONYMOUS))
        return (int)a[4] >= 0 && (int)a[4] < 3 ? -ENODEV : -EBADF;
    if (!a[1] || !(flags & 3) || a[5] & PAGE_MASK)
        return -EINVAL;
    if (!bytes || flags & MAP_HUGETLB ||
        (is_too_much(bytes) && prot && !(flags & MAP_NORESERVE)))
        return -ENOMEM;
    error = place(&start, bytes, flags);
    if (!error)
        error = area_add(start, start + bytes, prot);
    return error ? error : (s64)start;
}

static int is_range(u64 start, u64 bytes)
{
    return !(start & PAGE_MASK) && is_user(start, bytes);
}

s64 call_munmap(const u64 *a)
{
    u64 bytes = page_up(a[1]);

    if (!is_range(a[0], bytes) || !bytes)
        return -EINVAL;
    return unmap(a[0], a[0] + bytes);
}

s64 call_mprotect(const u64 *a)
{
    u64 start = a[0], end = start + page_up(a[1]), prot = a[2] & 7;
    s64 error;

    if (start & PAGE_MASK)
        return -EINVAL;
    if (start == end)
        return 0;
    if (!is_range(start, end - start) || !areas_cover(start, end))
        return -ENOMEM;
    error = areas_remove(start, end);
    if (!error)
        error = area_add(start, end, prot);
    if (!error)
        pages_protect(start, end, prot);
    return error;
}

s64 call_brk(const u64 *a)
{
    u64 old = page_up(brk_now), new = page_up(a[0]);

    if (a[0] < brk_first || a[0] > MMAP_TOP)
        return brk_now;
    if (new > old && (is_too_much(new - brk_first) || !areas_spare(old, new) ||
                      area_add(old, new, PROT_READ | PROT_WRITE)))
        return brk_now;
    if (new < old && unmap(new, old))
        return brk_now;
    return brk_now = a[0];
}

/* ---- mremap ---- */

struct remap {
    u64 start, bytes, new_bytes, prot;
};

static s64 move(const struct remap *r, u64 to)
{
    u64 kept = r->bytes < r->new_bytes ? r->bytes : r->new_bytes;
    s64 error = area_add(to, to + r->new_bytes, r->prot);

    if (error)
        return error;
    pages_move(r->start, to, kept);
    error = unmap(r->start, r->start + r->bytes);
    return error ? error : (s64)to;
}

static s64 move_to(const struct remap *r, u64 to)
{
    s64 error;

    if (!is_range(to, r->new_bytes) || to < USER_START ||
        (to < r->start + r->bytes && r->start < to + r->new_bytes))
        return -EINVAL;
    error = unmap(to, to + r->new_bytes);
    return error ? error : move(r, to);
}

static s64 resize(const struct remap *r, u64 flags)
{
    u64 end = r->start + r->bytes, new_end = r->start + r->new_bytes, to;
    s64 error;

    if (new_end <= end) {
        error = new_end < end ? unmap(new_end, end) : 0;
        return error ? error : (s64)r->start;
    }
    if (new_end <= MMAP_TOP && areas_spare(end, new_end)) {
        error = area_add(end, new_end, r->prot);
        return error ? error : (s64)r->start;
    }
    if (!(flags & MREMAP_MAYMOVE))
        return -ENOMEM;
    to = areas_gap(r->new_bytes, MMAP_TOP);
    return to ? move(r, to) : -ENOMEM;
}

s64 call_mremap(const u64 *a)
{
    struct remap r = { a[0], page_up(a[1]), page_up(a[2]), 0 };
    const struct area *area = area_at(r.start);

    if (!is_range(r.start, r.bytes) || !r.new_bytes || a[3] & ~3ul ||
        (a[3] & MREMAP_FIXED && !(a[3] & MREMAP_MAYMOVE)))
        return -EINVAL;
    if (!area || !r.bytes || area->end < r.start + r.bytes)
        return -EFAULT;
    if (is_too_much(r.new_bytes))
        return -ENOMEM;
    r.prot = area->prot;
    return a[3] & MREMAP_FIXED ? move_to(&r, a[4]) : resize(&r, a[3]);
}

/* Private anonymous memory that is not needed reads zero afterwards. */
s64 call_madvise(const u64 *a)
{
    u64 bytes = page_up(a[1]);

    if (!is_range(a[0], bytes))
        return -EINVAL;
    if (!areas_cover(a[0], a[0] + bytes))
        return -ENOMEM;
    if (a[2] == MADV_DONTNEED || a[2] == MADV_FREE)
        pages_drop(a[0], a[0] + bytes);
    return 0;
}
