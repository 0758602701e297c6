/* stack.c - see stack.h. What is only likely is checked: a return address stands behind a CALL, and a CALL with an
 * address in it must lead to the function that is to be returned from. */
#include "ui/repl/stack.h"

#include <string.h>

/* Words of the stack that are looked through for a return address; how far RBP may lie above RSP. */
enum { SCAN = 64, FARTHEST = 1 << 20, LONGEST_CALL = 7 };

static bool read_memory(void *arg, uint64_t address, void *to, size_t size)
{
	const struct stack_walk *w = arg;
	return rs_read_linear(w->p->machine, address + w->stack_base, to, size) == size;
}

struct debug_memory stack_memory(struct stack_walk *w)
{
	return (struct debug_memory){ w, read_memory };
}

static uint64_t pc_of(const struct stack_walk *w)
{
	return w->frame.value[DEBUG_PC];
}

static uint64_t sp_of(const struct stack_walk *w)
{
	return w->frame.value[debug_stack_register(&w->frame)];
}

uint64_t stack_pointer(const struct stack_walk *w)
{
	return sp_of(w) + w->stack_base;
}

static bool read_word(struct stack_walk *w, uint64_t address, uint64_t *value)
{
	*value = 0;
	return read_memory(w, address, value, w->frame.word);
}

/* ---- registers ---- */

/* Registers as they stand, in DWARF's order. */
static void set_registers(struct debug_frame *f, const uint64_t *gpr, unsigned mode, uint64_t pc)
{
	static const uint8_t order64[16] = { RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP,
					     R8,  R9,  R10, R11, R12, R13, R14, R15 };
	*f = (struct debug_frame){ .word = mode == 64 ? 8 : 4 };
	for (unsigned i = 0; i < (mode == 64 ? 16u : 8u); i++) {
		f->value[i] = mode == 64 ? gpr[order64[i]] : (uint32_t)gpr[i];
		f->known |= 1u << i;
	}
	f->value[DEBUG_PC] = pc;
	f->known |= 1u << DEBUG_PC;
}

bool stack_begin(struct stack_walk *w, struct prompt *p)
{
	if (!recall_rings(p))
		return false;
	const struct cpu_state *now = rs_state(p->machine);
	unsigned mode = prompt_mode(p);
	*w = (struct stack_walk){ .p = p, .stack_base = mode == 64 ? 0 : now->seg[SEG_SS].base };
	set_registers(&w->frame, now->gpr, mode, prompt_pc(p));
	w->pending_count = rings_pending(p, w->pending);
	return true;
}

/* ---- CALLs ---- */

/* Bytes of a CALL r/m [SDM vol. 2, ModR/M and SIB bytes]; 0: it is none. `at` holds FF and what follows. */
static size_t indirect_length(const uint8_t *at)
{
	unsigned mod = at[1] >> 6, rm = at[1] & 7;
	if (at[0] != 0xff || (at[1] >> 3 & 7) != 2)
		return 0;
	size_t sib = mod != 3 && rm == 4;
	if (mod == 3)
		return 2;
	if (mod == 0)
		return 2 + sib + (rm == 5 || (sib && (at[2] & 7) == 5) ? 4 : 0);
	return 2 + sib + (mod == 1 ? 1 : 4);
}

enum call_kind { NO_CALL, DIRECT, INDIRECT };

/* The CALL that ends where `address` begins. */
static enum call_kind call_before(struct stack_walk *w, uint64_t address, uint64_t *target)
{
	uint8_t bytes[LONGEST_CALL + 1] = { 0 };
	uint32_t distance;
	if (rs_read_linear(w->p->machine, address - LONGEST_CALL, bytes, LONGEST_CALL) != LONGEST_CALL)
		return NO_CALL;
	memcpy(&distance, bytes + LONGEST_CALL - 4, sizeof(distance));
	*target = address + (uint64_t)(int64_t)(int32_t)distance;
	if (w->frame.word == 4)
		*target = (uint32_t)*target;
	if (bytes[LONGEST_CALL - 5] == 0xe8)
		return DIRECT;
	for (size_t n = 2; n <= LONGEST_CALL; n++)
		if (indirect_length(bytes + LONGEST_CALL - n) == n)
			return INDIRECT;
	return NO_CALL;
}

static const struct symbol_row *function_of(const struct stack_walk *w)
{
	return symbols_function(&w->p->symbols, pc_of(w) - w->called);
}

/* Whether the function of the frame may return there: DIRECT, it is surely called there. */
static enum call_kind returns_to(struct stack_walk *w, uint64_t address)
{
	uint64_t target;
	const struct symbol_row *function = function_of(w);
	enum call_kind kind = call_before(w, address, &target);
	if (kind == DIRECT && function && symbols_function(&w->p->symbols, target) != function)
		return NO_CALL;
	return kind == DIRECT && !function ? INDIRECT : kind;
}

/* ---- the ways to a caller ---- */

static bool by_cfi(struct stack_walk *w)
{
	uint64_t bias, sp = sp_of(w);
	struct debug_info *d = symbols_debug_at(&w->p->symbols, pc_of(w) - w->called, &bias);
	struct debug_memory memory = stack_memory(w);
	struct debug_frame next = w->frame;
	next.value[DEBUG_PC] -= bias;
	if (!d || !debug_unwind(d, &next, w->called, &memory) || next.value[debug_stack_register(&next)] <= sp)
		return false;
	w->frame = next;
	return true;
}

/* What is known behind a guess: the place, the stack, and RBP. */
static void go_to(struct stack_walk *w, uint64_t pc, uint64_t sp, uint64_t bp)
{
	struct debug_frame *f = &w->frame;
	f->known = 1u << DEBUG_PC | 1u << debug_stack_register(f) | 1u << debug_base_register(f);
	f->value[DEBUG_PC] = pc;
	f->value[debug_stack_register(f)] = sp;
	f->value[debug_base_register(f)] = bp;
}

static bool by_pointer(struct stack_walk *w)
{
	unsigned word = w->frame.word;
	uint64_t bp = w->frame.value[debug_base_register(&w->frame)], pc, outer;
	if (!(w->frame.known >> debug_base_register(&w->frame) & 1) || bp < sp_of(w) || bp - sp_of(w) > FARTHEST)
		return false;
	if (!read_word(w, bp, &outer) || !read_word(w, bp + word, &pc) || returns_to(w, pc) == NO_CALL)
		return false;
	go_to(w, pc, bp + 2 * word, outer);
	return true;
}

/* On the first instruction of a function the stack holds its return address, whoever called. */
static bool by_call(struct stack_walk *w, size_t count)
{
	const struct symbol_row *function = function_of(w);
	uint64_t sp = sp_of(w), pc;
	bool first = function && !w->called && function->address == pc_of(w);
	for (size_t i = 0; function && i < count && read_word(w, sp + i * w->frame.word, &pc); i++) {
		enum call_kind kind = returns_to(w, pc);
		if (kind == NO_CALL || (kind == INDIRECT && (i || !first)))
			continue;
		go_to(w, pc, sp + (i + 1) * w->frame.word, w->frame.value[debug_base_register(&w->frame)]);
		return true;
	}
	return false;
}

/* The function that an entry leads to has no caller; what it was entered from stands in the log. */
static bool is_entry(const struct stack_walk *w)
{
	const struct symbol_row *function = function_of(w);
	if (!w->pending_count)
		return false;
	uint64_t target = w->pending[w->pending_count - 1]->target;
	return function ? symbols_function(&w->p->symbols, target) == function : target == pc_of(w);
}

static enum stack_way cross(struct stack_walk *w)
{
	if (!w->pending_count)
		return STACK_END;
	const struct ring_change *c = w->crossed = w->pending[--w->pending_count];
	set_registers(&w->frame, c->gpr, c->what.mode, c->back);
	w->stack_base = c->stack_base;
	w->called = c->what.kind != RS_RECORD_EVENT;
	return STACK_RING;
}

/* In a call of one instruction, the leaf of a function without call frame information, RBP is still the caller's: what
 * stands on the stack itself comes first. */
enum stack_way stack_next(struct stack_walk *w)
{
	enum stack_way way = STACK_END;
	if (is_entry(w) || !pc_of(w))
		return cross(w);
	if (by_cfi(w))
		way = STACK_CFI;
	else if (by_call(w, 1))
		way = STACK_CALL;
	else if (by_pointer(w))
		way = STACK_POINTER;
	else if (by_call(w, SCAN))
		way = STACK_CALL;
	if (way == STACK_END || !pc_of(w))
		return cross(w);
	w->called = true;
	return way;
}
