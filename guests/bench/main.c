/*
 * One kernel with all workloads of tools/bench. The last two words of the
 * command line are the name of one and how many times it does its work; the
 * line that it prints must be the same on every machine.
 */
#include "bench/bench.h"
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/trap.h"

#define EXIT_USAGE 96

#define PORT_BOCHS_EXIT 0x8900

/* The masks of the two interrupt controllers (8259A, OCW1). */
#define PORT_PIC1_MASK 0x21
#define PORT_PIC2_MASK 0xa1

struct row {
    const char *name;
    workload *run;
    int irq; /* the timer's interrupt, which nobody serves, stays pending */
};

static u64 run_trivial(u64 count)
{
    return count;
}

static const struct row rows[] = {
    {"trivial", run_trivial, 0},     {"loop", run_loop, 0},
    {"program", run_program, 0},     {"copy", run_copy, 0},
    {"alias", run_alias, 0},         {"movsb", run_movsb, 0},
    {"chase", run_chase, 0},         {"syscall", run_syscall, 0},
    {"int", run_int, 0},             {"fault", run_fault, 0},
    {"syscall-irq", run_syscall, 1}, {"int-irq", run_int, 1},
    {"fault-irq", run_fault, 1},     {"codepages", run_codepages, 0},
    {"codefew", run_codefew, 0},     {"selfmod", run_selfmod, 0},
    {"selfplain", run_selfplain, 0}, {"cr3", run_cr3, 0},
    {"cr3plain", run_cr3plain, 0},
};

/*
 * A BIOS leaves the timer running. IF is 0 throughout, but some emulators
 * look at a pending interrupt again and again; kernels do not let it be so.
 */
static void mask_interrupts(void)
{
    out8(PORT_PIC1_MASK, 0xff);
    out8(PORT_PIC2_MASK, 0xff);
}

/* Ends the run by the exit port or, where there is none, by that of Bochs. */
static void __attribute__((noreturn)) leave(u8 code)
{
    static const char word[] = "Shutdown";

    out8(PORT_EXIT, code);
    for (const char *p = word; *p; p++)
        out8(PORT_BOCHS_EXIT, *p);
    machine_exit(code);
}

void exception(struct trap_frame *frame)
{
    char line[LINE_SIZE];
    char *p;

    p = put_text(line, "bench: ");
    p = put_vector(p, frame->vector);
    p = put_text(p, " rip=");
    p = put_hex(p, frame->rip);
    p = put_text(p, " cr2=");
    p = put_hex(p, read_cr2());
    print_line(line, p);
    leave(EXIT_EXCEPTION + frame->vector);
}

/* The start of the word that ends before p, which is behind its end then. */
static const char *word_before(const char *start, const char **p)
{
    const char *begin;

    while (*p > start && (*p)[-1] == ' ')
        --*p;
    begin = *p;
    while (begin > start && begin[-1] != ' ')
        begin--;
    return begin;
}

static u64 number(const char *p, const char *end)
{
    u64 value = 0;

    for (; p < end && *p >= '0' && *p <= '9'; p++)
        value = value * 10 + (*p - '0');
    return value;
}

static int is_word(const char *p, const char *end, const char *name)
{
    while (p < end && *name && *p == *name)
        p++, name++;
    return p == end && !*name;
}

static const struct row *find_row(const char *p, const char *end)
{
    for (u64 i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is_word(p, end, rows[i].name))
            return &rows[i];
    return 0;
}

static void print_result(const struct row *row, u64 count, u64 checksum)
{
    char line[LINE_SIZE];
    char *p;

    p = put_text(line, "bench: ");
    for (const char *name = row->name; *name;)
        *p++ = *name++;
    *p++ = ' ';
    p = put_dec(p, count);
    p = put_text(p, " checksum ");
    p = put_hex(p, checksum);
    print_line(line, p);
}

void kernel_main(const struct rs_boot *boot)
{
    const char *line = (const char *)boot->cmdline;
    const char *end = line, *word;
    const struct row *row;
    u64 count;

    while (*end)
        end++;
    word = word_before(line, &end);
    count = number(word, end);
    end = word;
    word = word_before(line, &end);
    row = find_row(word, end);
    if (!row) {
        char message[LINE_SIZE];

        print_line(message, put_text(message, "bench: want NAME COUNT"));
        leave(EXIT_USAGE);
    }
    if (!row->irq)
        mask_interrupts();
    load_tables();
    print_result(row, count, row->run(count));
    leave(0);
}
