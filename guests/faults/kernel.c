/* A kernel that provokes exceptions and checks what the processor reports. */
#include "faults/tests.h"
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/paging.h"
#include "lib/trap.h"

#define EXIT_PASSED 0
#define EXIT_FAILED 1

/* The last exception. */
struct outcome {
    u64 vector, error, rip, cr2, cpl;
};

static struct outcome seen;
static int running; /* a test, so that exceptions are expected */

/* tables.S and faults.ld */
extern u8 idt[][16];
extern char user_text_phys[];

/* Pages behind the addresses of tests.h; zero by being in .bss. */
static char stack_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char const_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char supervisor_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void map_tests(void)
{
    map_pages(USER_TEXT, (u64)user_text_phys, 1, PTE_U);
    map_pages(USER_STACK, VIRT_TO_PHYS(stack_page), 1,
              PTE_U | PTE_W | PTE_NX);
    map_pages(USER_CONST, VIRT_TO_PHYS(const_page), 1, PTE_U | PTE_NX);
    map_pages(SUPERVISOR, VIRT_TO_PHYS(supervisor_page), 1, PTE_W | PTE_NX);
    /*
     * Bits 20:13 of an entry for a 2-MiB page are reserved on all processors,
     * whatever their MAXPHYADDR (SDM vol. 3A table 4-18).
     */
    *page_directory_entry(RESERVED) =
        1 << 13 | PTE_P | PTE_W | PTE_U | PTE_PS;
}

/* Alignment checks need CR0.AM besides RFLAGS.AC and CPL 3. */
static void enable_alignment_checks(void)
{
    u64 cr0;

    __asm__ volatile("mov %0, cr0" : "=r"(cr0));
    __asm__ volatile("mov cr0, %0" : : "r"(cr0 | CR0_AM));
}

static char *put_outcome(char *p, const struct outcome *o, u64 code)
{
    p = put_vector(p, o->vector);
    if (o->vector < 32 && HAS_ERROR_CODE(o->vector)) {
        p = put_text(p, " err=");
        p = put_hex(p, o->error);
    }
    if (o->vector == VEC_PF || o->vector == VEC_DF) {
        p = put_text(p, " cr2=");
        p = put_hex(p, o->cr2);
    }
    if (o->vector != VEC_DF) { /* an abort: RIP is undefined */
        p = put_text(p, " rip=");
        if (o->rip - code < 64) {
            *p++ = '+';
            p = put_hex(p, o->rip - code);
        } else {
            p = put_hex(p, o->rip);
        }
    }
    p = put_text(p, " cpl=");
    *p++ = '0' + o->cpl;
    return p;
}

/* For an exception outside the tests. */
static void __attribute__((noreturn, cold)) give_up(void)
{
    char line[LINE_SIZE];
    char *p;

    p = put_text(line, "unexpected ");
    p = put_outcome(p, &seen, 0);
    print_line(line, p);
    machine_exit(EXIT_EXCEPTION + seen.vector);
}

/* Records the exception and ends the test. */
void exception(struct trap_frame *frame)
{
    seen.vector = frame->vector;
    seen.error = frame->error;
    seen.rip = frame->rip;
    seen.cr2 = read_cr2();
    seen.cpl = frame->cs & 3;
    if (!running)
        give_up();
    frame->rip = (u64)test_recover;
    frame->cs = SEL_KCODE;
    frame->rflags = RFLAGS_FIXED;
    frame->rsp = test_rsp;
    frame->ss = SEL_KDATA;
}

/* Runs the test, if need be with a gate that is not present. */
static void run(const struct test *t)
{
    u8 *type = &idt[t->closed_gate][5];

    if (t->closed_gate != ALL_GATES)
        *type &= 0x7f;
    running = 1;
    if (t->cpl)
        run_user_test(t->code);
    else
        run_kernel_test(t->code);
    running = 0;
    if (t->closed_gate != ALL_GATES)
        *type |= 0x80;
}

static int as_expected(const struct test *t)
{
    if (seen.vector != t->vector || seen.error != t->error ||
        seen.cpl != t->cpl)
        return 0;
    if (t->vector == VEC_DF)
        return seen.cr2 == t->cr2;
    return seen.rip == t->rip && (t->vector != VEC_PF || seen.cr2 == t->cr2);
}

static char * __attribute__((noinline, cold))
put_expectation(char *p, const struct test *t)
{
    const struct outcome want = {t->vector, t->error, t->rip, t->cr2, t->cpl};

    p = put_text(p, " BAD, want ");
    return put_outcome(p, &want, t->code);
}

/* One test and its line; gives whether it failed. */
static int check(const struct test *t)
{
    char line[LINE_SIZE];
    char *p;
    int bad;

    run(t);
    bad = !as_expected(t);
    p = put_outcome(line, &seen, t->code);
    p = put_text(p, " (");
    p = put_bytes(p, t->text, t->text_length);
    *p++ = ')';
    if (bad)
        p = put_expectation(p, t);
    print_line(line, p);
    return bad;
}

void kernel_main(const struct rs_boot *boot)
{
    char line[LINE_SIZE];
    char *p;
    u64 bad = 0;

    (void)boot;
    map_kernel();
    map_tests();
    use_page_tables();
    load_tables();
    enable_alignment_checks();

    for (const struct test *t = tests; t != tests_end; t++)
        bad += check(t);

    p = put_text(line, "faults: ");
    p = put_dec(p, tests_end - tests);
    p = put_text(p, " tests, ");
    p = put_dec(p, bad);
    p = put_text(p, " bad");
    print_line(line, p);
    machine_exit(bad ? EXIT_FAILED : EXIT_PASSED);
}
