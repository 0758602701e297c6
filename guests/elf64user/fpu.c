/* x87, SSE and AVX: switched on as far as CPUID shows them. */
#include "elf64user/kernel.h"

#define CR0_MP 0x2ul
#define CR0_EM 0x4ul
#define CR0_TS 0x8ul
#define CR4_OSFXSR     0x200ul
#define CR4_OSXMMEXCPT 0x400ul
#define CR4_FSGSBASE   0x10000ul
#define CR4_OSXSAVE    0x40000ul

/* CPUID.1:EDX and ECX, CPUID.7:EBX. */
#define FEATURE_FPU      0x1
#define FEATURE_FXSR     0x1000000
#define FEATURE_SSE      0x2000000
#define FEATURE_XSAVE    0x4000000
#define FEATURE_FSGSBASE 0x1

/* XCR0: x87, SSE, AVX. */
#define XCR0_KNOWN 7
#define MXCSR_DEFAULT 0x1f80
#define FCW_DEFAULT   0x37f

#define LEGACY_BYTES 512
#define HEADER_BYTES 64
#define MXCSR_OFFSET 24

static u32 edx1, ecx1, ebx7;
static u64 xcr0;

struct leaf {
    u32 a, b, c, d;
};

static struct leaf cpuid(u32 number, u32 sub)
{
    struct leaf l;

    __asm__ volatile("cpuid"
                     : "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d)
                     : "a"(number), "c"(sub));
    return l;
}

static u64 read_cr4(void)
{
    u64 value;

    __asm__ volatile("mov %0, cr4" : "=r"(value));
    return value;
}

static void set_cr0(void)
{
    u64 cr0;

    __asm__ volatile("mov %0, cr0" : "=r"(cr0));
    cr0 = (cr0 | CR0_MP | CR0_NE) & ~(CR0_EM | CR0_TS);
    __asm__ volatile("mov cr0, %0" : : "r"(cr0) : "memory");
}

static void set_cr4(void)
{
    u64 cr4 = read_cr4();

    cr4 |= edx1 & FEATURE_FXSR ? CR4_OSFXSR : 0;
    cr4 |= edx1 & FEATURE_SSE ? CR4_OSXMMEXCPT : 0;
    cr4 |= ecx1 & FEATURE_XSAVE ? CR4_OSXSAVE : 0;
    cr4 |= ebx7 & FEATURE_FSGSBASE ? CR4_FSGSBASE : 0;
    __asm__ volatile("mov cr4, %0" : : "r"(cr4) : "memory");
}

/* Afterwards CPUID.1:ECX shows OSXSAVE. */
void fpu_start(void)
{
    u32 mxcsr = MXCSR_DEFAULT;
    struct leaf one = cpuid(1, 0);

    edx1 = one.d;
    ecx1 = one.c;
    ebx7 = cpuid(0, 0).a >= 7 ? cpuid(7, 0).b : 0;
    set_cr0();
    set_cr4();
    if (ecx1 & FEATURE_XSAVE) {
        xcr0 = cpuid(13, 0).a & XCR0_KNOWN;
        __asm__ volatile("xsetbv" : : "c"(0), "a"((u32)xcr0), "d"(0));
    }
    if (edx1 & FEATURE_FPU)
        __asm__ volatile("fninit");
    if (edx1 & FEATURE_SSE)
        __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

u64 feature_bits(void)
{
    return edx1;
}

int has_fsgsbase(void)
{
    return ebx7 & FEATURE_FSGSBASE;
}

/* What CPUID tells once XCR0 is set; nothing without FXSAVE. */
u64 fpu_bytes(void)
{
    if (xcr0)
        return cpuid(13, 0).b;
    return edx1 & FEATURE_FXSR ? LEGACY_BYTES : 0;
}

void fpu_save(void *area)
{
    if (xcr0)
        __asm__ volatile("xsave64 [%0]"
                         : : "r"(area), "a"((u32)xcr0), "d"(0) : "memory");
    else if (edx1 & FEATURE_FXSR)
        __asm__ volatile("fxsave64 [%0]" : : "r"(area) : "memory");
}

/* What XRSTOR and FXRSTOR would refuse by #GP is taken out. */
void fpu_restore(void *area)
{
    u64 *header = (u64 *)((char *)area + LEGACY_BYTES);

    *(u32 *)((char *)area + MXCSR_OFFSET) &= 0xffff;
    if (xcr0) {
        header[0] &= xcr0;
        memset(&header[1], 0, HEADER_BYTES - 8);
        __asm__ volatile("xrstor64 [%0]"
                         : : "r"(area), "a"((u32)xcr0), "d"(0) : "memory");
    } else if (edx1 & FEATURE_FXSR) {
        __asm__ volatile("fxrstor64 [%0]" : : "r"(area) : "memory");
    }
}

/* A handler begins with what a program begins with. */
void fpu_reset(void *area)
{
    u16 fcw = FCW_DEFAULT;
    u32 mxcsr = MXCSR_DEFAULT;

    memset(area, 0, LEGACY_BYTES + HEADER_BYTES);
    memcpy(area, &fcw, sizeof fcw);
    memcpy((char *)area + MXCSR_OFFSET, &mxcsr, sizeof mxcsr);
    fpu_restore(area);
}

/* FPE_FLTINV, FLTDIV, FLTOVF, FLTUND (denormals too) and FLTRES, in this order. */
int fpu_error(u64 vector)
{
    static const struct {
        u8 flags, code;
    } errors[5] = { { 1, 7 }, { 4, 3 }, { 8, 4 }, { 0x12, 5 }, { 0x20, 6 } };
    u16 status = 0, control = 0;
    u32 mxcsr = 0, flags;

    if (vector == VEC_XM) {
        __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
        flags = mxcsr & ~(mxcsr >> 7) & 63;
    } else {
        __asm__ volatile("fnstsw %0\n\tfnstcw %1"
                         : "=m"(status), "=m"(control));
        flags = status & ~control & 63;
    }
    for (int i = 0; i < 5; i++)
        if (flags & errors[i].flags)
            return errors[i].code;
    return SI_KERNEL;
}
