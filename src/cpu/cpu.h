/* cpu.h - one processor: its architectural state and what is derived from it. */
#ifndef RS_CPU_CPU_H
#define RS_CPU_CPU_H

#include "cpu/fault.h"
#include "cpu/flags.h"
#include "cpu/profile.h"
#include "cpu/state.h"
#include "mem/bus.h"
#include "mem/mmu.h"
#include "ringstep.h"

struct uop;
struct block;
struct recorder;
struct passages;
struct block_cache;
struct memo;
struct link;
struct costs;
struct wires;

/* The mode word: everything besides the bytes that decides what an instruction means and whether it may be fetched.
 * Blocks are keyed by it. */
#define MODE_64 0x01u       /* LMA = 1 and CS.L = 1 */
#define MODE_CODE32 0x02u   /* CS.D = 1 (never with MODE_64) */
#define MODE_STACK32 0x04u  /* SS.B = 1, outside 64-bit mode */
#define MODE_LONG 0x08u     /* LMA = 1 */
#define MODE_PROTECTED 0x10u /* CR0.PE = 1 and RFLAGS.VM = 0; without it: real mode, or virtual-8086 mode at CPL 3 */
#define MODE_CS_CHECKED 0x20u /* CS has a base or a limit that fetches must obey */
#define MODE_FLAT 0x100u /* DS, ES and SS are writable data from 0 to 4 GiB, outside 64-bit mode */
/* Instructions of these units raise #NM or #UD (op_no_unit tells which): x87 and MMX, SSE, AVX. */
#define MODE_NO_X87 0x200u
#define MODE_NO_SSE 0x400u
#define MODE_NO_AVX 0x800u
#define MODE_CPL_SHIFT 6
#define MODE_CPL (3u << MODE_CPL_SHIFT)

/* Why a chain of handlers came back to its driver. */
enum cpu_exit {
	CPU_EXIT_BLOCK,     /* the block is done, state.rip is the next one's address */
	CPU_EXIT_STEP,      /* step driver: the instruction is done */
	CPU_EXIT_ITERATION, /* a REP string stops between two iterations */
	CPU_EXIT_FAULT,     /* `fault` says which; `at` is the instruction */
	CPU_EXIT_LIMIT,     /* the block would end behind the limit of cycles; nothing of it has been done */
	CPU_EXIT_STALE,     /* the block's code was overwritten; nothing of `at` has been done */
};

/* What the driver looks at before each instruction; all but RF alone select the step driver. */
enum cpu_armed {
	ARMED_TF = 1,
	ARMED_RF = 2,
	ARMED_BREAKPOINTS = 4, /* DR7 enables one */
	ARMED_SHADOW = 8,
	ARMED_PENDING_DB = 16,
	ARMED_HALTED = 32,
	ARMED_STOP = 64, /* a device or an error ends the run behind this instruction */
	ARMED_VIRTUAL = 128, /* VIF and VIP are both set */
	ARMED_SIGNAL = 256,  /* something from outside will be taken, or would be but for a shadow */
	ARMED_BRANCHES = 512, /* DEBUGCTL wants branches recorded or trapped */
};

/* Linear addresses of instructions before which a run stops (stops.c). */
struct code_stops {
	uint64_t *address;
	size_t count;
	uint64_t filter[PAGE_SIZE / 64]; /* a bit for each place in a page that one of them has */
};

struct cpu {
	struct cpu_state st;
	struct lazy_flags lf; /* the arithmetic flags; st.rflags has the others (its own six bits are stale) */
	uint32_t mode;
	uint32_t armed; /* enum cpu_armed */
	uint64_t n;        /* instructions completed at the start of the block being run */
	uint64_t deadline; /* a chained block is entered only if it ends at or before this instruction */
	uint64_t limit;    /* the deadline when nothing is armed */
	uint64_t resumed;  /* the instruction at whose start the chain driver last cleared RF */
	const struct costs *costs; /* of the cycle model; NULL: an instruction is a cycle */
	uint64_t cycles;           /* those of the whole block being run are in it, and what came on top */
	uint64_t cycle_limit;      /* the run ends at the first boundary with so many */
	uint64_t idle;      /* without a model: cycles that have passed in HLT */
	uint64_t event_at;  /* when the board next does something by itself, in cycles */
	uint64_t cycle_stop; /* the earlier of the two: a chain with a model comes back there */
	uint64_t access_time; /* the clock as the instruction sees it that speaks to a device */
	uint64_t followed;  /* the flags whose change has to be looked at */
	struct block *block; /* the one being run chained; NULL: none is */
	const struct uop *at;
	enum cpu_exit exit;
	struct fault fault;
	struct fault shutdown[SHUTDOWN_FAULTS]; /* the faults behind a triple fault, oldest first */
	unsigned shutdown_count;
	struct mmu mmu;
	const struct rs_profile *profile;
	const struct rs_profile *identity; /* whose CPUID answers it gives */
	struct bus *bus;
	const struct wires *wires; /* the board */
	struct block_cache *blocks;
	struct memo *memo;   /* of the decoder; lives with the blocks, as does */
	struct link *recent; /* the table of block_recent */
	struct recorder *recorder; /* collects what a record tells; NULL: nobody asks */
	struct passages *passages; /* changes of privilege; NULL: nobody asks, or there is no room */
	uint64_t rep_limit;        /* iterations after which a REP string comes back to its driver */
	uint16_t data_hits;        /* DR6 bits of data breakpoints hit by the current instruction */
	uint8_t shadow_before;     /* st.shadow as it was when the current instruction started (NM-12) */
	bool delivered;            /* the current instruction was INT n and the like, and delivered its event */
	bool switched;             /* to another task, since the last passage */
	bool observing;            /* the MMU tells this CPU of every access */
	bool intr;                 /* the level of the interrupt line */
	bool step_once;            /* the chain has come to an instruction that a device must see by itself */
	uint64_t iteration;        /* of the REP string that an earlier step left unfinished */
	uint64_t iterations;       /* of all REP strings that were ever run here, now or once again */
	struct rs_position noted;  /* cpu_position: no instruction has completed since its `n` if that is n still */
	struct {                   /* where the next instruction lies in the block cache */
		struct block *block;
		unsigned index; /* == count: the block has ended */
	} cursor;
	struct code_stops stops;
	uint32_t mutant;           /* mutation builds: the row or behaviour that is inverted; 0: none */
};

/* Cycles up to now, between two instructions. */
static inline uint64_t cpu_cycles(const struct cpu *cpu)
{
	return cpu->costs ? cpu->cycles : cpu->n + cpu->idle;
}

/* Where in time, between two records. */
static inline struct rs_position cpu_position(const struct cpu *cpu)
{
	return (struct rs_position){ cpu->n, cpu->noted.n == cpu->n ? cpu->noted.events : 0 };
}

/* A record has been made without completing an instruction, or the processor has shut down. */
static inline void cpu_note_event(struct cpu *cpu)
{
	const struct rs_position here = cpu_position(cpu);
	cpu->noted = (struct rs_position){ here.n, here.events + 1 };
}

/* Full RFLAGS. */
static inline uint64_t cpu_rflags(const struct cpu *cpu)
{
	return (cpu->st.rflags & ~(uint64_t)FLAGS_ARITHMETIC) | flags_arithmetic(&cpu->lf);
}

/* What follows from a change of VM, AC, TF, RF, VIF or VIP; and of IF, but only while an interrupt waits. */
#define FLAGS_FOLLOWED (FLAG_VM | FLAG_AC | FLAG_TF | FLAG_RF | FLAG_VIF | FLAG_VIP)
void cpu_flags_changed(struct cpu *cpu, uint64_t changed);

/* Sets all of RFLAGS (the caller has masked it). */
static inline void cpu_set_rflags(struct cpu *cpu, uint64_t rflags)
{
	/* TF and RF that stay set have to be looked at as well: the step driver may have been left */
	uint64_t changed = (cpu->st.rflags ^ rflags) | (rflags & (FLAG_TF | FLAG_RF));
	cpu->st.rflags = rflags | FLAG_1;
	cpu->lf = flags_from(rflags);
	if (__builtin_expect((changed & cpu->followed) != 0, 0))
		cpu_flags_changed(cpu, changed);
}

static inline void cpu_clear_flags(struct cpu *cpu, uint64_t which)
{
	uint64_t changed = cpu->st.rflags & which;
	cpu->st.rflags &= ~which;
	if (which & FLAGS_ARITHMETIC)
		flags_put(&cpu->lf, (uint32_t)which & FLAGS_ARITHMETIC, 0);
	if (__builtin_expect((changed & cpu->followed) != 0, 0))
		cpu_flags_changed(cpu, changed);
}

/* The only writer of CPL. */
void cpu_set_cpl(struct cpu *cpu, unsigned cpl);
/* Derives mode, MMU context, armed and lazy flags after state was changed behind their back: reset, restore, debugger.
 */
void cpu_sync(struct cpu *cpu);
/* After CS, SS, DS, ES, CR0, CR4, XCR0, EFER, CPL or RFLAGS.VM changed; DS and ES do not count in 64-bit mode. */
void cpu_update_mode(struct cpu *cpu);
/* After CPL, CS, CR0.AM or RFLAGS.AC changed: whose accesses the MMU sees. */
void cpu_update_mmu(struct cpu *cpu);
/* After CR0, CR3, CR4, EFER, PKRU or the PDPTEs changed: by what tables. Flushes nothing. */
void cpu_update_paging(struct cpu *cpu);
/* After nothing but PKRU changed. */
void cpu_update_keys(struct cpu *cpu);
/* After TF, RF, VIF, VIP, DR7, DEBUGCTL, shadow, pending_db, halted, or what waits to be taken changed. */
void cpu_update_armed(struct cpu *cpu);
void cpu_arm(struct cpu *cpu, enum cpu_armed why);

static inline bool cpu_is_64(const struct cpu *cpu)
{
	return cpu->mode & MODE_64;
}

static inline bool cpu_is_long(const struct cpu *cpu)
{
	return cpu->mode & MODE_LONG;
}

static inline bool cpu_is_protected(const struct cpu *cpu)
{
	return cpu->mode & MODE_PROTECTED;
}

/* Virtual-8086 mode; VM is never 1 in real or IA-32e mode. */
static inline bool cpu_is_v86(const struct cpu *cpu)
{
	return cpu->st.rflags & FLAG_VM;
}

static inline bool cpu_is_real(const struct cpu *cpu)
{
	return !(cpu->st.cr0 & CR0_PE);
}

static inline bool cpu_canonical(const struct cpu *cpu, uint64_t address)
{
	return mmu_canonical(&cpu->mmu, address);
}

static inline unsigned cpu_iopl(const struct cpu *cpu)
{
	return (cpu->st.rflags & FLAG_IOPL) >> 12;
}

/* Interrupts are held off by VIF in place of IF: virtual-8086 mode with CR4.VME, or a program with CR4.PVI, IOPL < 3
 * [SDM vol. 3, 20.3 and 20.4]. */
static inline bool cpu_has_virtual_if(const struct cpu *cpu)
{
	uint64_t enable = cpu_is_v86(cpu) ? CR4_VME : CR4_PVI;
	return cpu->st.cpl == 3 && cpu_iopl(cpu) < 3 && (cpu->st.cr4 & enable);
}

/* Canonical by the width that the processor has, whatever paging is on (MS-14). */
bool cpu_canonical_by_cpu(const struct cpu *cpu, uint64_t address);

#endif
