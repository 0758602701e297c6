/* What a kernel gets from whoever loaded it. */
#ifndef GUESTS_BOOT_H
#define GUESTS_BOOT_H

#include "lib/x86.h"

#define RS_BOOT_MAGIC   0x70657473676e6972 /* "ringstep" */
#define MULTIBOOT_MAGIC 0x2badb002

#ifndef __ASSEMBLER__

/* The boot table of the direct 64-bit entry; addresses are physical. */
struct rs_boot {
    u64 magic;
    u32 version;
    u32 size;
    u64 mem_bytes;
    u64 cmdline; /* NUL-terminated */
    u64 module_count;
    u64 modules; /* array of struct rs_boot_module */
};

struct rs_boot_module {
    u64 start;
    u64 end; /* exclusive */
    u64 name;
    u64 reserved;
};

/* Makes the same table out of the Multiboot information. */
const struct rs_boot *boot_from_multiboot(u32 magic, u32 info);

/* Each kernel's own start, on the boot stack, first GiB identity mapped. */
void kernel_main(const struct rs_boot *boot) __attribute__((noreturn));

#endif
#endif
