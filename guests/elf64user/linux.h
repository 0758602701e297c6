/* Numbers of the Linux ABI for x86-64. */
#ifndef GUESTS_ELF64USER_LINUX_H
#define GUESTS_ELF64USER_LINUX_H

#define EPERM    1
#define ENOENT   2
#define EINTR    4
#define EBADF    9
#define EAGAIN   11
#define ENOMEM   12
#define EACCES   13
#define EFAULT   14
#define EEXIST   17
#define ENOTDIR  20
#define EINVAL   22
#define EMFILE   24
#define ENOTTY   25
#define ESPIPE   29
#define EPIPE    32
#define EROFS    30
#define ERANGE   34
#define EDEADLK  35
#define ENOSYS   38
#define ESRCH    3
#define ENODEV   19
#define ECHILD   10
#define ETIMEDOUT 110

#define SIGILL  4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS  7
#define SIGFPE  8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGALRM 14
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG  23
#define SIGWINCH 28

#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define SI_KERNEL   0x80

#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4

#define MAP_FIXED           0x10
#define MAP_ANONYMOUS       0x20
#define MAP_32BIT           0x40
#define MAP_NORESERVE       0x4000
#define MAP_HUGETLB         0x40000
#define MAP_FIXED_NOREPLACE 0x100000

#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED   2

#define MADV_DONTNEED 4
#define MADV_FREE     8

#define AT_NULL        0
#define AT_PHDR        3
#define AT_PHENT       4
#define AT_PHNUM       5
#define AT_PAGESZ      6
#define AT_BASE        7
#define AT_FLAGS       8
#define AT_ENTRY       9
#define AT_UID         11
#define AT_EUID        12
#define AT_GID         13
#define AT_EGID        14
#define AT_PLATFORM    15
#define AT_HWCAP       16
#define AT_CLKTCK      17
#define AT_SECURE      23
#define AT_RANDOM      25
#define AT_HWCAP2      26
#define AT_EXECFN      31
#define AT_MINSIGSTKSZ 51

#define HWCAP2_FSGSBASE 2

#endif
