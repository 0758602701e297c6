/* translate.c - from the bytes at RIP to a block of uops. */
#include "cpu/engine/block.h"
#include "cpu/engine/decode.h"
#include "cpu/operand.h"

static bool inside_cs(const struct cpu *cpu, uint64_t rip, unsigned bytes)
{
	const struct seg *cs = &cpu->st.seg[SEG_CS];
	return !(cpu->mode & MODE_CS_CHECKED) || rip + bytes - 1 <= cs->limit;
}

static uint64_t linear_rip(const struct cpu *cpu, uint64_t rip)
{
	return cpu->mode & MODE_64 ? rip : (uint32_t)(rip + cpu->st.seg[SEG_CS].base);
}

bool fetch_code(struct cpu *cpu, uint64_t rip, struct mmu_code *code)
{
	if (!inside_cs(cpu, rip, 1))
		return cpu_fault(cpu, VEC_GP, 0, RULE_EX_04);
	if (!mmu_fetch(&cpu->mmu, linear_rip(cpu, rip), code))
		return cpu_fault_from_mmu(cpu, false);
	return true;
}

void window_fill(struct window *w, const uint8_t *at, unsigned room)
{
	*w = (struct window){ .size = room < INSN_BYTES ? room : INSN_BYTES };
	if (!at)
		memset(w->bytes, 0xff, w->size);
	else if (likely(room > INSN_BYTES))
		memcpy(w->bytes, at, INSN_BYTES + 1); /* one move of a size that the compiler knows */
	else
		memcpy(w->bytes, at, room);
}

/* Bytes of the next page are added only when the instruction needs them. */
static bool look_further(struct cpu *cpu, struct window *w, uint64_t rip)
{
	struct mmu_code code;
	unsigned have = w->size;
	if (!fetch_code(cpu, rip + have, &code))
		return false;
	w->size = INSN_BYTES;
	w->crosses = true;
	w->second = code.physical;
	if (code.host)
		memcpy(w->bytes + have, code.host, INSN_BYTES - have);
	else
		memset(w->bytes + have, 0xff, INSN_BYTES - have);
	return true;
}

/* Adds the instruction at `offset`; false: it does not fit into this page, or faults already when fetched. */
static bool add(struct cpu *cpu, struct translation *t, struct mmu_code code, struct shape *s)
{
	struct uop *u = &t->uop[t->count];
	struct window w;
	uint64_t rip = cpu->st.rip + t->bytes;
	code.physical += t->bytes;
	code.host += code.host ? t->bytes : 0;
	*u = (struct uop){
		.off = (uint8_t)t->bytes, .index_n = (uint8_t)t->count, .base = GPR_ZERO, .index = GPR_ZERO
	};
	window_fill(&w, code.host, (unsigned)(PAGE_SIZE - (code.physical & PAGE_OFFSET)));
	unsigned length = decode(cpu, &w, s, u);
	if (!length && t->count)
		return false; /* crosses the page: a block of its own */
	if (!length) {
		if (!look_further(cpu, &w, rip))
			return false;
		t->crosses = true;
		t->second = w.second;
		length = decode(cpu, &w, s, u);
		s->ends = true;
	}
	if (!inside_cs(cpu, rip, length) && t->count)
		return false;
	if (!inside_cs(cpu, rip, length))
		return cpu_fault(cpu, VEC_GP, 0, RULE_EX_04);
	u->len = (uint8_t)length;
	t->watched = (uint16_t)(t->bytes + s->looked);
	t->bytes = (uint16_t)(t->bytes + length);
	t->start[t->count + 1] = (uint16_t)(t->start[t->count] + s->cost);
	t->count++;
	t->falls_through = !(u->flags & UOP_SETS_RIP);
	return true;
}

bool translate(struct cpu *cpu, struct translation *t)
{
	struct mmu_code code;
	if (!fetch_code(cpu, cpu->st.rip, &code))
		return false;
	*t = (struct translation){ .physical = code.physical };
	unsigned room = (unsigned)(PAGE_SIZE - (code.physical & PAGE_OFFSET));
	while (t->count < BLOCK_INSNS && t->bytes < BLOCK_BYTES - INSN_BYTES && t->bytes < room) {
		struct shape s = { .mode_64 = cpu_is_64(cpu), .flat = cpu->mode & MODE_FLAT, .profile = cpu->profile };
		if (!add(cpu, t, code, &s))
			break;
		if (s.ends || block_may_stop(cpu, code.physical + t->bytes))
			break;
	}
	return t->count > 0;
}
