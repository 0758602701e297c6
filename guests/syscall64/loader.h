/* Getting the user program into place. */
#ifndef GUESTS_SYSCALL64_LOADER_H
#define GUESTS_SYSCALL64_LOADER_H

#include "lib/boot.h"

/*
 * Loads module 0, an ELF64 executable, and maps it and a stack page with the
 * command line. Gives its entry, or 0 when it cannot be loaded.
 */
u64 load_user(const struct rs_boot *boot);

#endif
