/* state.h - the architectural state of one processor.
 *
 * Plain data: no pointer, nothing derived. Whatever follows from it (lazy flags, TLB, blocks) lives in struct cpu and
 * is never saved. state.def lists every member; st_* below work over that list.
 */
#ifndef RS_CPU_STATE_H
#define RS_CPU_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fp/fp80.h"

/* General-purpose registers in the order of their encoding. The last two slots are the engine's, so that every address
 * is base + index * scale + displacement without a test: a register that reads 0, and the RIP of the block being run.
 */
enum {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	GPR_ZERO,
	GPR_BLOCK_RIP,
	GPR_SLOTS
};

/* Segment registers in the order of their encoding; SEG_NONE is base 0 without any check (64-bit mode). */
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_NONE, SEG_LDTR, SEG_TR, SEG_COUNT };

/* Segment attributes: bits 55:40 of a descriptor, with bits 51:48 (limit) as 0 [SDM vol. 3, segment descriptors]. */
#define SEG_TYPE 0x000fu
#define SEG_ACCESSED 0x0001u
#define SEG_WRITABLE 0x0002u /* data */
#define SEG_READABLE 0x0002u /* code */
#define SEG_EXPAND_DOWN 0x0004u
#define SEG_CONFORMING 0x0004u
#define SEG_CODE 0x0008u
#define SEG_S 0x0010u
#define SEG_DPL_SHIFT 5
#define SEG_DPL 0x0060u
#define SEG_P 0x0080u
#define SEG_L 0x2000u
#define SEG_DB 0x4000u
#define SEG_G 0x8000u

/* A selector and its hidden descriptor cache. P = 0 in `attr` means unusable (null): no valid segment is loaded. */
struct seg {
	uint64_t base;
	uint32_t limit; /* bytes, scaled */
	uint16_t sel;
	uint16_t attr;
};

static inline unsigned seg_dpl(const struct seg *s)
{
	return (s->attr & SEG_DPL) >> SEG_DPL_SHIFT;
}

struct table_register {
	uint64_t base;
	uint64_t limit; /* 16 bits; wide so that the struct has no padding */
};

struct mc_bank {
	uint64_t ctl, status, addr, misc;
};

enum { MC_BANKS = 2 };

enum { SHADOW_NONE, SHADOW_STI, SHADOW_MOV_SS };

/* What the processor waits for in place of the next instruction. */
enum halted {
	HALTED_NOT,
	HALTED_HLT,
	HALTED_SHUTDOWN,
	HALTED_MWAIT,
	HALTED_MWAIT_MASKED, /* ... that interrupts end which are masked */
};

/* Signals that wait until the processor takes them. */
enum { PENDING_NMI = 1, PENDING_MACHINE_CHECK = 2, PENDING_INIT = 4, PENDING_SMI = 8 };
enum { IRQ_WAITS = 0x100 };

/* A recorded branch: the linear addresses of the instruction and of its target. */
struct branch {
	uint64_t from, to;
};

/* A YMM register; its XMM register is the low half. */
union vector {
	uint8_t b[32];
	uint16_t w[16];
	uint32_t d[8];
	uint64_t q[4];
	int8_t sb[32];
	int16_t sw[16];
	int32_t sd[8];
	int64_t sq[4];
};

enum { VECTORS = 16, FPU_REGISTERS = 8 };

struct cpu_state {
	uint64_t gpr[GPR_SLOTS];
	uint64_t rip, rflags;
	struct seg seg[SEG_COUNT];
	struct table_register gdtr, idtr;
	uint64_t cr0, cr2, cr3, cr4, cr8;
	uint64_t pdpte[4], pkru;
	uint64_t dr[4], dr6, dr7;
	uint64_t efer, star, lstar, cstar, fmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t tsc_offset, tsc_aux, apic_base, pat, misc_enable;
	uint64_t mcg_status, mcg_ctl;
	struct mc_bank mc[MC_BANKS];
	uint64_t hwcr, mtrr_def_type;
	uint64_t debugctl;
	uint64_t random; /* RDRAND and RDSEED (bmi.h) */
	uint64_t monitor; /* the line of MONITOR and MONITOR_ARMED (monitor.h), or 0 */
	struct branch last_branch, last_exception;
	union vector vec[VECTORS];
	struct fp80 fpr[FPU_REGISTERS]; /* R0 to R7: ST(i) is R(TOP + i), MMi the significand of Ri */
	uint64_t fip, fdp;              /* the last x87 instruction but control ones, and its memory operand */
	uint64_t xcr0, xss;
	uint32_t mxcsr;
	uint16_t fcw, fsw, fop, fcs, fds;
	uint8_t cpl;
	uint8_t shadow;
	uint8_t nmi_blocked;
	uint8_t halted;      /* enum halted */
	uint16_t pending_db;
	uint16_t irq;        /* IRQ_WAITS and a vector: an interrupt that no device asked for */
	uint8_t pending;     /* PENDING_* */
	uint8_t ftw;         /* a bit for each of R0 to R7 that is not empty, as FXSAVE has it */
};

/* One row of state.def. */
enum state_kind { STATE_NUMBER, STATE_SEGMENT, STATE_TABLE, STATE_WIDE };

struct state_field {
	const char *name, *group, *about;
	uint16_t offset; /* in struct cpu_state */
	uint8_t kind;    /* enum state_kind */
	uint8_t bits;    /* of STATE_WIDE: 80 or 128, in two members of 64, the low one first */
};

extern const struct state_field state_fields[];
extern const size_t state_field_count;

/* Its bytes in struct cpu_state. */
size_t state_bytes(const struct state_field *f);
/* The value of a number, of a wide one the low 64 bits; the base of a table. */
uint64_t state_number(const struct cpu_state *st, const struct state_field *f);
/* Of a wide number the bits from 64 up; else 0. */
uint64_t state_number_high(const struct cpu_state *st, const struct state_field *f);
void state_set_number(struct cpu_state *st, const struct state_field *f, uint64_t value);

/* A machine's live state, flags included; current whenever no rs_ call is running, and inside an observer. This is what
 * observers (traces, debuggers) see besides the commit records. */
struct rs_machine;
const struct cpu_state *rs_state(const struct rs_machine *m);

/* RFLAGS bits [SDM vol. 1, EFLAGS register]. */
#define FLAG_CF 0x000001u
#define FLAG_1 0x000002u
#define FLAG_PF 0x000004u
#define FLAG_AF 0x000010u
#define FLAG_ZF 0x000040u
#define FLAG_SF 0x000080u
#define FLAG_TF 0x000100u
#define FLAG_IF 0x000200u
#define FLAG_DF 0x000400u
#define FLAG_OF 0x000800u
#define FLAG_IOPL 0x003000u
#define FLAG_NT 0x004000u
#define FLAG_RF 0x010000u
#define FLAG_VM 0x020000u
#define FLAG_AC 0x040000u
#define FLAG_VIF 0x080000u
#define FLAG_VIP 0x100000u
#define FLAG_ID 0x200000u
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)
#define FLAGS_ALL 0x3f7fd7u

#define CR0_PE 0x00000001u
#define CR0_MP 0x00000002u
#define CR0_EM 0x00000004u
#define CR0_TS 0x00000008u
#define CR0_ET 0x00000010u
#define CR0_NE 0x00000020u
#define CR0_WP 0x00010000u
#define CR0_AM 0x00040000u
#define CR0_NW 0x20000000u
#define CR0_CD 0x40000000u
#define CR0_PG 0x80000000u

#define CR3_PCID 0xfffull /* with CR4.PCIDE */
#define CR3_NO_FLUSH (1ull << 63)

#define CR4_VME 0x00000001u
#define CR4_PVI 0x00000002u
#define CR4_TSD 0x00000004u
#define CR4_DE 0x00000008u
#define CR4_PSE 0x00000010u
#define CR4_PAE 0x00000020u
#define CR4_MCE 0x00000040u
#define CR4_PGE 0x00000080u
#define CR4_PCE 0x00000100u
#define CR4_OSFXSR 0x00000200u
#define CR4_OSXMMEXCPT 0x00000400u
#define CR4_UMIP 0x00000800u
#define CR4_LA57 0x00001000u
#define CR4_FSGSBASE 0x00010000u
#define CR4_PCIDE 0x00020000u
#define CR4_OSXSAVE 0x00040000u
#define CR4_SMEP 0x00100000u
#define CR4_SMAP 0x00200000u
#define CR4_PKE 0x00400000u

#define EFER_SCE 0x0001u
#define EFER_LME 0x0100u
#define EFER_LMA 0x0400u
#define EFER_NXE 0x0800u
#define EFER_SVME 0x1000u
#define EFER_LMSLE 0x2000u
#define EFER_FFXSR 0x4000u
#define EFER_TCE 0x8000u

#define DEBUGCTL_LBR 1u
#define DEBUGCTL_BTF 2u
#define DEBUGCTL_TR 0x40u
#define DEBUGCTL_BTS 0x80u

#define MCG_RIPV 1u
#define MCG_EIPV 2u
#define MCG_MCIP 4u

/* DR6 and DR7 [SDM vol. 3, debug registers]. */
#define DR6_BD 0x2000u
#define DR6_BS 0x4000u
#define DR6_BT 0x8000u
#define DR6_FIXED 0xffff0ff0u
#define DR6_WRITABLE 0xe00fu
#define DR7_FIXED 0x400u
#define DR7_WRITABLE 0xffff23ffu
#define DR7_GD 0x2000u

/* Vectors [SDM vol. 3, exceptions and interrupts]. */
enum {
	VEC_DE = 0, VEC_DB = 1, VEC_NMI = 2, VEC_BP = 3, VEC_OF = 4, VEC_BR = 5, VEC_UD = 6, VEC_NM = 7, VEC_DF = 8,
	VEC_TS = 10, VEC_NP = 11, VEC_SS = 12, VEC_GP = 13, VEC_PF = 14, VEC_MF = 16, VEC_AC = 17, VEC_MC = 18,
	VEC_XM = 19,
};

/* The x87 status word [SDM vol. 1, x87 FPU status register]; its low six bits are those of MXCSR. */
#define FSW_SF 0x0040u
#define FSW_ES 0x0080u
#define FSW_C0 0x0100u
#define FSW_C1 0x0200u
#define FSW_C2 0x0400u
#define FSW_TOP 0x3800u
#define FSW_TOP_SHIFT 11
#define FSW_C3 0x4000u
#define FSW_B 0x8000u

/* MXCSR [SDM vol. 1, MXCSR control and status register]. */
#define MXCSR_FLAGS 0x003fu
#define MXCSR_DAZ 0x0040u
#define MXCSR_MASKS_SHIFT 7
#define MXCSR_MASKS 0x1f80u
#define MXCSR_RC_SHIFT 13
#define MXCSR_FTZ 0x8000u
#define MXCSR_MM 0x20000u /* AMD */
#define MXCSR_RESET 0x1f80u

#define XCR0_X87 1u
#define XCR0_SSE 2u
#define XCR0_AVX 4u
#define XCR0_PKRU 0x200u

#endif
