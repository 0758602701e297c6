/*
 * Calls about files. There are three: standard input is what COM1 receives,
 * standard output goes to the console port, standard error to COM1. To the
 * program they are pipes. It can make pipes of its own, which only it can use:
 * none of them ever blocks. No path leads anywhere but /proc/self/exe.
 */
#include "elf64user/kernel.h"
#include "lib/cpu.h"

/* From PIPE_ENDS on: pipe 0's read end, its write end, pipe 1's ... */
enum kind { CLOSED, INPUT, OUTPUT, ERRORS, PIPE_ENDS };

#define PIPES     4
#define PIPE_ROOM 4096

#define FILES     64
#define PATH_ROOM 512
#define CHUNK     512
#define MAX_COUNT 0x7ffff000ul
#define MAX_PARTS 1024
#define AT_FDCWD  -100

#define LINE_STATUS (PORT_COM1 + 5)
#define DATA_READY  1

static u8 files[FILES] = { INPUT, OUTPUT, ERRORS };

static int kind_of(u64 fd)
{
    return (u32)fd < FILES ? files[(u32)fd] : CLOSED;
}

/* ---- pipes ---- */

static struct pipe {
    char bytes[PIPE_ROOM];
    u64 first, count;
} pipes[PIPES];

static struct pipe *pipe_of(int kind)
{
    return &pipes[(kind - PIPE_ENDS) / 2];
}

static int is_read_end(int kind)
{
    return kind == INPUT || (kind >= PIPE_ENDS && !((kind - PIPE_ENDS) & 1));
}

static int is_open(int kind)
{
    for (u64 fd = 0; fd < FILES; fd++)
        if (files[fd] == kind)
            return 1;
    return 0;
}

/* Nobody else could fill an empty pipe: who would wait is told so. */
static s64 read_pipe(int kind, u64 to, u64 count)
{
    struct pipe *p = pipe_of(kind);
    u64 done = 0;

    if (!p->count && count)
        return is_open(kind + 1) ? -EAGAIN : 0;
    for (; done < count && p->count; done++, p->count--) {
        if (put_user(to + done, &p->bytes[p->first], 1))
            return done ? (s64)done : -EFAULT;
        p->first = (p->first + 1) % PIPE_ROOM;
    }
    return done;
}

static s64 write_pipe(int kind, u64 from, u64 count)
{
    struct pipe *p = pipe_of(kind);
    u64 done = 0;

    if (!is_open(kind - 1)) {
        signal_raise(SIGPIPE);
        return -EPIPE;
    }
    if (p->count == PIPE_ROOM && count)
        return -EAGAIN;
    for (; done < count && p->count < PIPE_ROOM; done++, p->count++)
        if (get_user(&p->bytes[(p->first + p->count) % PIPE_ROOM], from + done, 1))
            return done ? (s64)done : -EFAULT;
    return done;
}

static u64 free_descriptor(u64 fd)
{
    while (fd < FILES && files[fd] != CLOSED)
        fd++;
    return fd;
}

s64 call_pipe(const u64 *a)
{
    int kind = PIPE_ENDS;
    u32 fd[2];

    while (kind < PIPE_ENDS + 2 * PIPES && (is_open(kind) || is_open(kind + 1)))
        kind += 2;
    fd[0] = free_descriptor(0);
    fd[1] = free_descriptor(fd[0] + 1);
    if (kind == PIPE_ENDS + 2 * PIPES || fd[1] >= FILES)
        return -EMFILE;
    if (put_user(a[0], fd, sizeof fd))
        return -EFAULT;
    files[fd[0]] = kind;
    files[fd[1]] = kind + 1;
    *pipe_of(kind) = (struct pipe){ .count = 0 };
    return 0;
}

/* ---- reading and writing ---- */

/* Bytes of COM1 until there are no more. */
static u64 receive(char *to, u64 room)
{
    u64 count = 0;

    while (count < room && in8(LINE_STATUS) & DATA_READY)
        to[count++] = in8(PORT_COM1);
    return count;
}

static s64 read_input(u64 to, u64 count)
{
    char chunk[CHUNK];
    u64 done = 0, part, got;

    do {
        part = count - done < CHUNK ? count - done : CHUNK;
        /* What is taken from COM1 must have a place to go. */
        if (put_user(to + done, memset(chunk, 0, part), part))
            return done ? (s64)done : -EFAULT;
        got = receive(chunk, part);
        put_user(to + done, chunk, got);
        done += got;
    } while (done < count && got == part);
    return done;
}

static s64 write_output(int kind, u64 from, u64 count)
{
    u16 port = kind == OUTPUT ? PORT_DEBUG : PORT_COM1;
    u64 left;

    if (!is_user(from, count))
        return -EFAULT;
    left = out_bytes(port, (void *)from, count);
    return left == count && count ? -EFAULT : (s64)(count - left);
}

static s64 transfer(u64 fd, u64 buffer, u64 count, int writes)
{
    int kind = kind_of(fd);

    if (kind == CLOSED || is_read_end(kind) == writes)
        return -EBADF;
    if (count > MAX_COUNT)
        count = MAX_COUNT;
    if (kind >= PIPE_ENDS)
        return writes ? write_pipe(kind, buffer, count) : read_pipe(kind, buffer, count);
    return writes ? write_output(kind, buffer, count) : read_input(buffer, count);
}

s64 call_read(const u64 *a)
{
    return transfer(a[0], a[1], a[2], 0);
}

s64 call_write(const u64 *a)
{
    return transfer(a[0], a[1], a[2], 1);
}

static s64 transfer_parts(const u64 *a, int writes)
{
    u64 part[2];
    s64 done = 0;

    if (a[2] > MAX_PARTS)
        return -EINVAL;
    for (u64 i = 0; i < a[2]; i++) {
        s64 result = get_user(part, a[1] + i * sizeof part, sizeof part);

        if (!result)
            result = transfer(a[0], part[0], part[1], writes);
        if (result < 0)
            return done ? done : result;
        done += result;
        if ((u64)result < part[1])
            break;
    }
    return done;
}

s64 call_readv(const u64 *a)
{
    return transfer_parts(a, 0);
}

s64 call_writev(const u64 *a)
{
    return transfer_parts(a, 1);
}

/* pread64, pwrite64 and lseek want a file that has places. */
s64 call_pread(const u64 *a)
{
    return kind_of(a[0]) == CLOSED ? -EBADF : -ESPIPE;
}

s64 call_lseek(const u64 *a)
{
    return call_pread(a);
}

s64 call_fsync(const u64 *a)
{
    return kind_of(a[0]) == CLOSED ? -EBADF : -EINVAL;
}

/* ---- descriptors ---- */

s64 call_close(const u64 *a)
{
    if (kind_of(a[0]) == CLOSED)
        return -EBADF;
    files[a[0]] = CLOSED;
    return 0;
}

static s64 duplicate(u64 fd, u64 least)
{
    if (kind_of(fd) == CLOSED)
        return -EBADF;
    if (least >= FILES)
        return -EINVAL;
    least = free_descriptor(least);
    if (least == FILES)
        return -EMFILE;
    files[least] = files[fd];
    return least;
}

s64 call_dup(const u64 *a)
{
    return duplicate(a[0], 0);
}

s64 call_dup2(const u64 *a)
{
    if (kind_of(a[0]) == CLOSED || (u32)a[1] >= FILES)
        return -EBADF;
    files[a[1]] = files[a[0]];
    return a[1];
}

s64 call_dup3(const u64 *a)
{
    return a[0] == a[1] ? -EINVAL : call_dup2(a);
}

s64 call_fcntl(const u64 *a)
{
    enum { DUPFD = 0, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC = 1030 };

    if (kind_of(a[0]) == CLOSED)
        return -EBADF;
    switch ((u32)a[1]) {
    case DUPFD:
    case DUPFD_CLOEXEC:
        return duplicate(a[0], a[2]);
    case GETFL:
        return !is_read_end(kind_of(a[0])); /* O_RDONLY or O_WRONLY */
    case GETFD:
    case SETFD:
    case SETFL:
        return 0;
    default:
        return -EINVAL;
    }
}

s64 call_ioctl(const u64 *a)
{
    return kind_of(a[0]) == CLOSED ? -EBADF : -ENOTTY;
}

struct stat {
    u64 device, inode, links;
    u32 mode, user, group, reserved;
    u64 special, size, block_size, blocks;
    u64 times[6], unused[3];
};

s64 call_fstat(const u64 *a)
{
    struct stat s = {
        .inode = kind_of(a[0]), .links = 1, .block_size = PAGE_SIZE,
        .mode = 0010600 /* S_IFIFO */,
    };

    return s.inode == CLOSED ? -EBADF : put_user(a[1], &s, sizeof s);
}

enum { POLL_IN = 0x41, POLL_OUT = 0x104, POLL_INVALID = 0x20,
       POLL_HANG_UP = 0x10 };

/* What is ready: input at once, since its end is known; output always. */
static int ready(u64 fd, int events)
{
    int kind = kind_of(fd);

    if ((int)fd < 0)
        return 0;
    if (kind == CLOSED)
        return POLL_INVALID;
    if (kind < PIPE_ENDS)
        return events & (kind == INPUT ? POLL_IN : POLL_OUT);
    if (!is_read_end(kind))
        return pipe_of(kind)->count < PIPE_ROOM ? events & POLL_OUT : 0;
    return (pipe_of(kind)->count ? events & POLL_IN : 0) |
           (is_open(kind + 1) ? 0 : POLL_HANG_UP);
}

s64 call_poll(const u64 *a)
{
    struct {
        u32 fd;
        short events, revents;
    } p;
    s64 count = 0;

    if (a[1] > FILES)
        return -EINVAL;
    for (u64 i = 0; i < a[1]; i++) {
        u64 at = a[0] + i * sizeof p;

        if (get_user(&p, at, sizeof p))
            return -EFAULT;
        p.revents = ready(p.fd, p.events);
        count += p.revents != 0;
        if (put_user(at, &p, sizeof p))
            return -EFAULT;
    }
    return count;
}

/* Bits of the descriptors in a set that are ready for these events. */
static s64 select_set(u64 set, u64 limit, int events)
{
    u64 bits, result = 0;
    s64 count = 0;

    if (!set)
        return 0;
    if (get_user(&bits, set, sizeof bits))
        return -EFAULT;
    for (u64 fd = 0; fd < limit; fd++) {
        if (!(bits >> fd & 1))
            continue;
        if (kind_of(fd) == CLOSED)
            return -EBADF;
        if (ready(fd, events)) {
            result |= 1ul << fd;
            count++;
        }
    }
    return put_user(set, &result, sizeof result) ? -EFAULT : count;
}

/* What is ready is so at once, so there is no need to wait. */
s64 call_select(const u64 *a)
{
    static const int events[3] = { POLL_IN, POLL_OUT, 0 };
    u64 limit = a[0] < FILES ? a[0] : FILES;
    s64 count = 0;

    for (int i = 0; i < 3; i++) {
        s64 part = select_set(a[1 + i], limit, events[i]);

        if (part < 0)
            return part;
        count += part;
    }
    return count;
}

/* ---- paths ---- */

static s64 no_path(u64 path)
{
    char name[PATH_ROOM];
    s64 length = get_text(name, path, PATH_ROOM);

    return length < 0 ? length : -ENOENT;
}

s64 call_no_path(const u64 *a)
{
    return no_path(a[0]);
}

s64 call_no_path_at(const u64 *a)
{
    return no_path(a[1]);
}

#define O_CREAT 0100

static s64 open(u64 path, u64 flags)
{
    s64 error = no_path(path);

    return error == -ENOENT && flags & O_CREAT ? -EROFS : error;
}

s64 call_open(const u64 *a)
{
    return open(a[0], a[1]);
}

s64 call_openat(const u64 *a)
{
    return open(a[1], a[2]);
}

/* With AT_EMPTY_PATH and "" it is fstat. */
s64 call_newfstatat(const u64 *a)
{
    char first = 1;

    if (get_user(&first, a[1], 1))
        return -EFAULT;
    if (!first && a[3] & 0x1000)
        return call_fstat((u64[6]){ a[0], a[2] });
    return -ENOENT;
}

static s64 read_link(u64 path, u64 to, u64 room)
{
    static const char self[] = "/proc/self/exe";
    char name[PATH_ROOM];
    s64 length = get_text(name, path, PATH_ROOM);
    u64 count = text_length(program_path());

    if (length < 0)
        return length;
    if (!text_begins(name, self) || name[sizeof self - 1])
        return -ENOENT;
    if (!room)
        return -EINVAL;
    if (count > room)
        count = room;
    return put_user(to, program_path(), count) ? -EFAULT : (s64)count;
}

s64 call_readlink(const u64 *a)
{
    return read_link(a[0], a[1], a[2]);
}

s64 call_readlinkat(const u64 *a)
{
    return read_link(a[1], a[2], a[3]);
}

s64 call_getcwd(const u64 *a)
{
    return a[1] < 2 ? -ERANGE : put_user(a[0], "/", 2) ? -EFAULT : 2;
}
