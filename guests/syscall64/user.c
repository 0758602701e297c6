/* The user program: makes every call and checks what comes back. */
#include "lib/x86.h"
#include "syscall64/layout.h"

#define UNMAPPED 0x500000 /* user space, but nothing there */

int registers_survive(void); /* user.S */

static u64 system_call(u32 number, u64 a, u64 b)
{
    u64 result = number;

    __asm__ volatile("syscall"
                     : "+a"(result) : "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}

#define print(literal) \
    system_call(CALL_WRITE, (u64)literal, sizeof(literal) - 1)

static u64 thread_self(void)
{
    u64 self;

    __asm__ volatile("mov %0, gs:[%1]" : "=r"(self) : "i"(THREAD_SELF));
    return self;
}

/* Ten calls in a row count up by one. */
static int count_is_right(void)
{
    u64 first = system_call(CALL_GETINFO, 0, 0);

    for (u64 i = 1; i < 10; i++)
        if (system_call(CALL_GETINFO, 0, 0) != first + i)
            return 0;
    return 1;
}

static int errors_are_right(void)
{
    return system_call(CALL_COUNT, 0, 0) == CALL_ERROR &&
           system_call(~0u, 0, 0) == CALL_ERROR &&
           system_call(CALL_WRITE, KERNEL_IMAGE, 4) == CALL_ERROR &&
           system_call(CALL_WRITE, USER_END - 4, ~0ul) == CALL_ERROR &&
           system_call(CALL_WRITE, UNMAPPED, 4) == CALL_ERROR;
}

/* Bit 1 is always 1; IF, IOPL, TF, DF, NT and AC are 0 in this program. */
static int flags_are_right(void)
{
    return (system_call(CALL_FLAGS, 0, 0) & 0x47702) == RFLAGS_FIXED;
}

static int serial_works(void)
{
    char text[] = "serial\r\n";

    return system_call(CALL_SERIAL, (u64)text, sizeof text - 1) == 0;
}

/* N of the last "exit=N" in the command line, or 0. */
static int wanted_exit_code(const char *s)
{
    u64 last = 0; /* the last eight characters */
    int code = 0;

    for (; *s; s++) {
        last = last << 8 | (u8)*s;
        if ((last & 0xffffffffff) != 0x657869743d) /* "exit=" */
            continue;
        for (code = 0; s[1] >= '0' && s[1] <= '9'; s++)
            code = code * 10 + (s[1] - '0');
    }
    return code;
}

int user_main(const char *cmdline)
{
    print("user: hello from ring 3\n");
    if (thread_self() != USER_STACK || !count_is_right() ||
        !registers_survive() || !errors_are_right() || !flags_are_right() ||
        !serial_works() || thread_self() != USER_STACK) {
        print("user: a check failed\n");
        return 1;
    }
    print("user: all checks passed\n");
    return wanted_exit_code(cmdline);
}
