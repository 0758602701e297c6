#include "lib/boot.h"
#include "lib/console.h"

/* The head of the information, Multiboot specification 0.6.96 section 3.3. */
struct multiboot_info {
    u32 flags;
    u32 mem_lower, mem_upper; /* KiB; flags bit 0 */
    u32 boot_device;
    u32 cmdline;              /* flags bit 2 */
    u32 mods_count;           /* flags bit 3 */
    u32 mods_addr;
};

struct multiboot_module {
    u32 start, end, string, reserved;
};

#define MAX_MODULES 4

static struct rs_boot table;
static struct rs_boot_module modules[MAX_MODULES];

static void take_modules(const struct multiboot_info *info)
{
    const struct multiboot_module *m = (void *)(u64)info->mods_addr;
    u32 count = info->mods_count < MAX_MODULES ? info->mods_count : MAX_MODULES;

    for (u32 i = 0; i < count; i++) {
        modules[i].start = m[i].start;
        modules[i].end = m[i].end;
        modules[i].name = m[i].string;
    }
    table.module_count = count;
    table.modules = (u64)modules;
}

const struct rs_boot *boot_from_multiboot(u32 magic, u32 addr)
{
    const struct multiboot_info *info = (void *)(u64)addr;
    static const char empty[1];

    if (magic != MULTIBOOT_MAGIC)
        machine_exit(EXIT_BAD_BOOT);
    table.magic = RS_BOOT_MAGIC;
    table.version = 1;
    table.size = sizeof table;
    if (info->flags & 1)
        table.mem_bytes = ((u64)info->mem_upper + 1024) * 1024;
    table.cmdline = info->flags & 4 ? info->cmdline : (u64)empty;
    if (info->flags & 8)
        take_modules(info);
    return &table;
}
