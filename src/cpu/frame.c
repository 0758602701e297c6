/* frame.c - pushing to a stack that need not be loaded yet. */
#include "cpu/frame.h"

#include "cpu/operand.h"

struct frame frame_here(const struct cpu *cpu, unsigned size, int32_t code)
{
	return (struct frame){
		.ss = cpu->st.seg[SEG_SS], .sp = cpu->st.gpr[RSP], .size = size, .kind = MMU_WRITE, .code = code
	};
}

struct frame frame_inner(const struct descriptor *d, uint16_t ss, uint64_t sp, unsigned size, unsigned cpl,
                         int32_t ext)
{
	return (struct frame){
		.ss = desc_cache(d, ss),
		.sp = sp,
		.size = size,
		.kind = MMU_WRITE | (cpl == 3 ? MMU_NEW_STACK_USER : MMU_NEW_STACK_SUPER),
		.code = selector_code_ext(ss, ext),
	};
}

static uint64_t width_mask(const struct frame *f)
{
	return f->ss.attr & SEG_DB ? 0xffffffff : 0xffff;
}

static void step_down(struct frame *f)
{
	uint64_t mask = width_mask(f);
	f->sp = (f->sp & ~mask) | ((f->sp - f->size) & mask);
}

bool frame_has_room(struct cpu *cpu, const struct frame *f, unsigned count)
{
	struct frame down = *f;
	for (unsigned i = 0; i < count; i++) {
		step_down(&down);
		if (!seg_inside(&down.ss, down.sp & width_mask(f), f->size))
			return cpu_fault(cpu, VEC_SS, f->code, RULE_LG_06);
	}
	return true;
}

static uint64_t top(const struct frame *f)
{
	return (uint32_t)(f->ss.base + (f->sp & width_mask(f)));
}

bool frame_is_paged(struct cpu *cpu, const struct frame *f, unsigned count)
{
	struct frame down = *f;
	for (unsigned i = 0; i < count; i++) {
		step_down(&down);
		if (!linear_probe(cpu, top(&down), f->size, f->kind, true))
			return false;
	}
	return true;
}

bool frame_push(struct cpu *cpu, struct frame *f, const uint64_t *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		step_down(f);
		if (!linear_write_slow(cpu, top(f), f->size, f->kind, true, values[i]))
			return false;
	}
	return true;
}
