/* op_x87_control.c - the x87's control, its stack, and the images of its state in memory.
 */
#include "cpu/isa/op_common.h"
#include "cpu/isa/vector.h"
#include "cpu/isa/x87.h"

/* ---- FWAIT ---- */

/* Of CR0, MP and TS count, not EM [SDM vol. 2, WAIT/FWAIT]. */
static __attribute__((noinline)) bool x87_wait(struct cpu *cpu)
{
	if ((cpu->st.cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
		return cpu_fault(cpu, VEC_NM, NO_CODE, RULE_NONE);
	return x87_check_pending(cpu);
}

HANDLER(x87_wait, x87_wait(cpu))
PICK_ONE(x87_wait)

/* ---- FNINIT FNCLEX; FENI, FDISI and FSETPM, which do nothing ---- */

static void initialise(struct cpu *cpu)
{
	cpu->st.fcw = FCW_RESET;
	cpu->st.fsw = 0;
	cpu->st.ftw = 0;
	cpu->st.fip = cpu->st.fdp = 0;
	cpu->st.fcs = cpu->st.fds = cpu->st.fop = 0;
}

static __attribute__((noinline)) bool x87_reset(struct cpu *cpu)
{
	initialise(cpu);
	return true;
}

static __attribute__((noinline)) bool x87_clear(struct cpu *cpu)
{
	cpu->st.fsw &= (uint16_t) ~(FSW_B | FSW_ES | FSW_SF | FP_FLAGS);
	return true;
}

HANDLER(x87_reset, x87_reset(cpu))
HANDLER(x87_clear, x87_clear(cpu))

PICK_ONE(x87_reset)
PICK_ONE(x87_clear)

/* ---- FNOP FINCSTP FDECSTP FFREE FFREEP ---- */

static void move_stack(struct cpu *cpu, const struct uop *u)
{
	switch (insn_rows[u->insn].arg) {
	case X87_INCREMENT:
		st_rotate(cpu, 1);
		break;
	case X87_DECREMENT:
		st_rotate(cpu, 7);
		break;
	case X87_FREE:
		st_free(cpu, x87_register(u));
		break;
	case X87_FREE_POP:
		st_free(cpu, x87_register(u));
		st_pop(cpu);
		break;
	default:
		break;
	}
}

static __attribute__((noinline)) bool x87_stack(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	x.keeps_c1 = insn_rows[u->insn].arg == X87_STAY;
	x87_end(cpu, u, &x);
	move_stack(cpu, u);
	return true;
}

HANDLER(x87_stack, x87_stack(cpu, u))
PICK_ONE(x87_stack)

/* ---- FLDCW FNSTCW FNSTSW ---- */

/* Bit 6 always reads 1, other reserved bits 0 (measured on an Intel core). */
#define FCW_WRITABLE 0x1f3fu
#define FCW_FIXED 0x0040u

static void put_control(struct cpu *cpu, unsigned fcw)
{
	cpu->st.fcw = (uint16_t)((fcw & FCW_WRITABLE) | FCW_FIXED);
	x87_summarise(cpu);
}

static __attribute__((noinline)) bool x87_load_control(struct cpu *cpu, const struct uop *u)
{
	uint64_t fcw;
	if (!x87_check_pending(cpu) || !mem_read(cpu, u, 2, &fcw))
		return false;
	put_control(cpu, (unsigned)fcw);
	return true;
}

static __attribute__((noinline)) bool x87_store_status(struct cpu *cpu, const struct uop *u)
{
	if (u->flags & UOP_MEMORY)
		return mem_write(cpu, u, 2, cpu->st.fsw);
	reg_set(cpu, RAX * 8, 2, cpu->st.fsw);
	return true;
}

HANDLER(x87_load_control, x87_load_control(cpu, u))
HANDLER(x87_store_control, mem_write(cpu, u, 2, cpu->st.fcw))
HANDLER(x87_store_status, x87_store_status(cpu, u))

PICK_ONE(x87_load_control)
PICK_ONE(x87_store_control)
PICK_ONE(x87_store_status)

/* ---- the environment: FNSTENV FLDENV, and before the registers FNSAVE FRSTOR [SDM vol. 1, 8.1.10] ---- */

enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static unsigned tag_of(struct fp80 a)
{
	switch (f80_class(a)) {
	case FP80_ZERO:
		return TAG_ZERO;
	case FP80_NORMAL:
		return TAG_VALID;
	default:
		return TAG_SPECIAL;
	}
}

static uint16_t full_tags(const struct cpu_state *st)
{
	unsigned tags = 0;
	for (unsigned i = 0; i < FPU_REGISTERS; i++)
		tags |= (st->ftw >> i & 1 ? tag_of(st->fpr[i]) : (unsigned)TAG_EMPTY) << (2 * i);
	return (uint16_t)tags;
}

static uint8_t abridged_tags(unsigned tags)
{
	unsigned ftw = 0;
	for (unsigned i = 0; i < FPU_REGISTERS; i++)
		ftw |= (unsigned)((tags >> (2 * i) & 3) != TAG_EMPTY) << i;
	return (uint8_t)ftw;
}

/* Seven fields of 16 or 32 bits. In real and virtual-8086 mode the pointers are linear addresses. */
enum { ENV_FCW, ENV_FSW, ENV_FTW, ENV_IP, ENV_CS, ENV_DP, ENV_DS, ENV_FIELDS };

struct environment {
	uint32_t field[ENV_FIELDS];
};

static bool is_wide(const struct uop *u)
{
	return u->size == 28 || u->size == 108;
}

/* The upper 16 bits are ones where the format has nothing. */
#define UPPER 0xffff0000u
#define FOP_BITS 0x7ffu

static void protected_pointers(const struct cpu_state *st, struct environment *e)
{
	e->field[ENV_IP] = (uint32_t)st->fip;
	e->field[ENV_CS] = st->fcs | (uint32_t)st->fop << 16;
	e->field[ENV_DP] = (uint32_t)st->fdp;
	e->field[ENV_DS] = st->fds | UPPER;
}

/* In 16 bits only four of the upper bits of an address have room. */
static void real_pointers(const struct cpu_state *st, struct environment *e)
{
	const uint32_t ip = (uint32_t)st->fip + ((uint32_t)st->fcs << 4);
	const uint32_t dp = (uint32_t)st->fdp + ((uint32_t)st->fds << 4);
	e->field[ENV_IP] = (ip & 0xffff) | UPPER;
	e->field[ENV_CS] = ip >> 16 << 12 | st->fop;
	e->field[ENV_DP] = (dp & 0xffff) | UPPER;
	e->field[ENV_DS] = dp >> 16 << 12;
}

static void environment_of(const struct cpu *cpu, struct environment *e)
{
	e->field[ENV_FCW] = cpu->st.fcw | UPPER;
	e->field[ENV_FSW] = cpu->st.fsw | UPPER;
	e->field[ENV_FTW] = full_tags(&cpu->st) | UPPER;
	if (cpu->mode & MODE_PROTECTED)
		protected_pointers(&cpu->st, e);
	else
		real_pointers(&cpu->st, e);
}

/* The selectors are not kept where they are not told. */
static void take_pointers(struct cpu *cpu, const struct environment *e, bool wide)
{
	const bool selectors = !profile_has(cpu->profile, FEATURE_FCS_FDS_DEPRECATED);
	const uint32_t cs = e->field[ENV_CS], ds = e->field[ENV_DS];
	cpu->st.fcs = cpu->st.fds = 0;
	if (cpu->mode & MODE_PROTECTED) {
		cpu->st.fip = e->field[ENV_IP];
		cpu->st.fdp = e->field[ENV_DP];
		cpu->st.fop = wide ? cs >> 16 & FOP_BITS : 0;
		cpu->st.fcs = selectors ? (uint16_t)cs : 0;
		cpu->st.fds = selectors ? (uint16_t)ds : 0;
		return;
	}
	cpu->st.fip = (e->field[ENV_IP] & 0xffff) | (cs >> 12 & 0xffff) << 16;
	cpu->st.fdp = (e->field[ENV_DP] & 0xffff) | (ds >> 12 & 0xffff) << 16;
	cpu->st.fop = cs & FOP_BITS;
}

static void take_environment(struct cpu *cpu, const struct environment *e, bool wide)
{
	cpu->st.fsw = (uint16_t)e->field[ENV_FSW];
	cpu->st.ftw = abridged_tags(e->field[ENV_FTW]);
	take_pointers(cpu, e, wide);
	put_control(cpu, e->field[ENV_FCW]);
}

/* ---- their images ---- */

/* The registers, ST(0) first, lie behind the environment. */
enum { IMAGE_MAX = 108, REGISTER_BYTES = 10 };

static unsigned field_bytes(const struct uop *u)
{
	return is_wide(u) ? 4 : 2;
}

static unsigned environment_bytes(const struct uop *u)
{
	return ENV_FIELDS * field_bytes(u);
}

static void pack_environment(const struct uop *u, const struct environment *e, uint8_t image[IMAGE_MAX])
{
	for (unsigned i = 0; i < ENV_FIELDS; i++)
		memcpy(image + i * field_bytes(u), &e->field[i], field_bytes(u));
}

static void unpack_environment(const struct uop *u, const uint8_t image[IMAGE_MAX], struct environment *e)
{
	memset(e, 0, sizeof *e);
	for (unsigned i = 0; i < ENV_FIELDS; i++)
		memcpy(&e->field[i], image + i * field_bytes(u), field_bytes(u));
}

/* Of an image the first field is asked for, then the last byte, which CR2 and the vector show (measured on an Intel
 * core); the manual leaves it open. */
static bool probe_image(struct cpu *cpu, const struct uop *u, enum seg_use use, unsigned kind)
{
	const bool stack = u->flags & UOP_STACK_SEGMENT;
	uint64_t address;
	return ea_linear(cpu, u, u->size, use, &address) && linear_probe(cpu, address, field_bytes(u), kind, stack) &&
	       linear_probe(cpu, linear_wrap(cpu, address + u->size - 1), 1, kind, stack);
}

static bool store_image(struct cpu *cpu, const struct uop *u, const uint8_t image[IMAGE_MAX])
{
	return probe_image(cpu, u, SEG_FOR_WRITE, MMU_WRITE) && x87_store(cpu, u, u->size, field_bytes(u), image);
}

static bool load_image(struct cpu *cpu, const struct uop *u, uint8_t image[IMAGE_MAX])
{
	return x87_check_pending(cpu) && probe_image(cpu, u, SEG_FOR_READ, MMU_READ) &&
	       x87_load(cpu, u, u->size, field_bytes(u), image);
}

static __attribute__((noinline)) bool x87_store_environment(struct cpu *cpu, const struct uop *u)
{
	uint8_t image[IMAGE_MAX];
	struct environment e;
	environment_of(cpu, &e);
	pack_environment(u, &e, image);
	if (!store_image(cpu, u, image))
		return false;
	put_control(cpu, cpu->st.fcw | FP_FLAGS);
	return true;
}

static __attribute__((noinline)) bool x87_load_environment(struct cpu *cpu, const struct uop *u)
{
	uint8_t image[IMAGE_MAX];
	struct environment e;
	if (!load_image(cpu, u, image))
		return false;
	unpack_environment(u, image, &e);
	take_environment(cpu, &e, is_wide(u));
	return true;
}

static __attribute__((noinline)) bool x87_save(struct cpu *cpu, const struct uop *u)
{
	uint8_t image[IMAGE_MAX];
	struct environment e;
	environment_of(cpu, &e);
	pack_environment(u, &e, image);
	for (unsigned i = 0; i < FPU_REGISTERS; i++) {
		const struct fp80 a = st_get(cpu, i);
		uint8_t *at = image + environment_bytes(u) + i * REGISTER_BYTES;
		memcpy(at, &a.significand, 8);
		memcpy(at + 8, &a.sign_exponent, 2);
	}
	if (!store_image(cpu, u, image))
		return false;
	initialise(cpu);
	return true;
}

static __attribute__((noinline)) bool x87_restore(struct cpu *cpu, const struct uop *u)
{
	uint8_t image[IMAGE_MAX];
	struct environment e;
	if (!load_image(cpu, u, image))
		return false;
	unpack_environment(u, image, &e);
	take_environment(cpu, &e, is_wide(u));
	for (unsigned i = 0; i < FPU_REGISTERS; i++) {
		struct fp80 *a = &cpu->st.fpr[st_physical(cpu, i)];
		const uint8_t *at = image + environment_bytes(u) + i * REGISTER_BYTES;
		memcpy(&a->significand, at, 8);
		a->sign_exponent = at[8] | (uint64_t)at[9] << 8;
	}
	return true;
}

HANDLER(x87_store_environment, x87_store_environment(cpu, u))
HANDLER(x87_load_environment, x87_load_environment(cpu, u))
HANDLER(x87_save, x87_save(cpu, u))
HANDLER(x87_restore, x87_restore(cpu, u))

PICK_ONE(x87_store_environment)
PICK_ONE(x87_load_environment)
PICK_ONE(x87_save)
PICK_ONE(x87_restore)
