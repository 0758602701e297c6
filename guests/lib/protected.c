#include "lib/protected.h"
#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/say.h"

#define PAGE_SIZE 4096

u64 gdt[16] = {
    [SEL32_KCODE / 8] = SEGMENT(0, 0xfffff, ATTR_KCODE),
    [SEL32_KDATA / 8] = SEGMENT(0, 0xfffff, ATTR_KDATA),
    [SEL32_UCODE / 8] = SEGMENT(0, 0xfffff, ATTR_UCODE),
    [SEL32_UDATA / 8] = SEGMENT(0, 0xfffff, ATTR_UDATA),
};
u64 idt[VECTOR_INT80 + 1];
struct tss32 tss = {
    .esp0 = TRAP_STACK_TOP,
    .ss0 = SEL32_KDATA,
    .io_map = sizeof tss, /* none */
};

u32 page_table[1024] __attribute__((aligned(PAGE_SIZE)));
static u32 page_directory[1024] __attribute__((aligned(PAGE_SIZE)));

/* LGDT and LIDT take limit and base. */
struct table_register {
    u16 limit;
    u32 base;
} __attribute__((packed));

const struct table_register gdtr = {sizeof gdt - 1, (u32)gdt};
const struct table_register idtr = {sizeof idt - 1, (u32)idt};

/* trap.c */
extern const char exception_names[32][4];

/* protected.S */
extern const u32 vectors[33];
void load_segments(void);

static void make_idt(void)
{
    for (u32 i = 0; i < 32; i++)
        idt[i] = GATE(SEL32_KCODE, vectors[i], TYPE_INT_GATE);
    idt[VECTOR_INT80] = GATE(SEL32_KCODE, vectors[32], TYPE_TRAP_GATE_USER);
}

/* The first 4 MiB to themselves; SDM vol. 3A section 4.3. */
static void turn_paging_on(void)
{
    u32 rights;

    for (u32 address = 0; address < 0x400000; address += PAGE_SIZE) {
        rights = PTE_P | PTE_W;
        if (address >= USER32_START && address < USER32_END)
            rights |= PTE_U;
        page_table[address / PAGE_SIZE] = address | rights;
    }
    page_table[GUARD_PAGE / PAGE_SIZE] = 0;
    page_directory[0] = (u32)page_table | PTE_P | PTE_W | PTE_U;
    __asm__ volatile("mov cr3, %0" : : "r"(page_directory) : "memory");
    __asm__ volatile("mov cr0, %0"
                     : : "r"(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE)
                     : "memory");
}

/* With IF = 1 in ring 3, no timer of a real machine may interrupt a lesson. */
static void mask_pics(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
}

void start_protected(void)
{
    make_idt();
    gdt[SEL32_TSS / 8] = SEGMENT((u32)&tss, sizeof tss - 1, ATTR_TSS);
    load_segments();
    turn_paging_on();
    mask_pics();
}

void unexpected(const struct trap32 *frame)
{
    const char *name =
        frame->vector < 32 ? exception_names[frame->vector] : "INT 80h";

    say("FAIL unexpected %s error=%lx at CS=%lx EIP=%lx", name, frame->error,
        frame->cs, frame->eip);
    machine_exit(EXIT_EXCEPTION + frame->vector);
}
