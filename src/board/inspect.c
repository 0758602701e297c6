/* inspect.c - state, memory and MSRs as a debugger sees them. */
#include "board/snapshot.h"
#include "cpu/engine/block.h"
#include "cpu/engine/engine.h"
#include "cpu/interrupt.h"
#include "cpu/passage.h"
#include "mem/paging.h"
#include "mem/walked.h"
#include "msr/msr.h"

const struct cpu_state *rs_state(const struct rs_machine *m)
{
	return &m->cpu[0].st;
}

struct phys *rs_ram(struct rs_machine *m)
{
	return &m->ram;
}

/* Whatever was derived under the old state is gone. */
static void follow_state(struct rs_machine *m)
{
	struct cpu *cpu = &m->cpu[0];
	machine_set_windows(m);
	cpu_sync(cpu);
	mmu_flush(&cpu->mmu, true);
	engine_forget(cpu);
}

/* The board has a copy of some registers. */
static void tell_board(struct rs_machine *m)
{
	struct cpu *cpu = &m->cpu[0];
	cpu->access_time = cpu_cycles(cpu);
	board_apic_base(&m->board, cpu->st.apic_base);
	if (m->board.st.apic.tpr >> 4 != cpu->st.cr8)
		board_task_priority(&m->board, (unsigned)cpu->st.cr8);
	board_tsc_offset(&m->board, cpu->st.tsc_offset);
	interrupt_look_at_board(cpu);
}

void rs_state_replace(struct rs_machine *m, const struct cpu_state *st)
{
	m->cpu[0].st = *st;
	m->cpu[0].iteration = 0;
	machine_changed(m);
	m->status.why = RS_STOP_NONE;
	tell_board(m);
	follow_state(m);
}

/* ---- fields ---- */

size_t rs_field_count(void)
{
	return state_field_count;
}

const struct rs_field *rs_field_info(size_t field)
{
	static const struct rs_field infos[] = {
#define NUM(name, member, bits, group, about) { name, group, about, RS_FIELD_NUMBER, bits },
#define SEG(name, index, about) { name, "segment", about, RS_FIELD_SEGMENT, 16 },
#define TAB(name, member, about) { name, "table", about, RS_FIELD_TABLE, 64 },
#define WIDE(name, member, bits, group, about) { name, group, about, RS_FIELD_WIDE, bits },
#include "cpu/state.def"
#undef NUM
#undef SEG
#undef TAB
#undef WIDE
	};
	return field < state_field_count ? &infos[field] : NULL;
}

int rs_field_find(const char *name)
{
	for (size_t i = 0; i < state_field_count; i++)
		if (strcmp(state_fields[i].name, name) == 0)
			return (int)i;
	return -1;
}

static const struct seg *segment_of(const struct rs_machine *m, size_t field)
{
	return (const struct seg *)(const void *)((const char *)&m->cpu[0].st + state_fields[field].offset);
}

uint64_t rs_get(struct rs_machine *m, size_t field)
{
	const struct state_field *f = &state_fields[field];
	return f->kind == STATE_SEGMENT ? segment_of(m, field)->sel : state_number(&m->cpu[0].st, f);
}

uint64_t rs_get_high(struct rs_machine *m, size_t field)
{
	return state_number_high(&m->cpu[0].st, &state_fields[field]);
}

struct rs_segment rs_get_segment(struct rs_machine *m, size_t field)
{
	const struct seg *s = segment_of(m, field);
	return (struct rs_segment){ .selector = s->sel, .attributes = s->attr, .limit = s->limit, .base = s->base };
}

uint32_t rs_get_limit(struct rs_machine *m, size_t field)
{
	const struct table_register *t =
		(const struct table_register *)(const void *)((const char *)&m->cpu[0].st + state_fields[field].offset);
	return state_fields[field].kind == STATE_TABLE ? (uint32_t)t->limit : segment_of(m, field)->limit;
}

bool rs_set(struct rs_machine *m, size_t field, uint64_t value)
{
	if (field >= state_field_count || state_fields[field].kind != STATE_NUMBER)
		return false;
	state_set_number(&m->cpu[0].st, &state_fields[field], value);
	machine_changed(m);
	tell_board(m);
	follow_state(m);
	return true;
}

bool rs_set_wide(struct rs_machine *m, size_t field, uint64_t low, uint64_t high)
{
	if (field >= state_field_count || state_fields[field].kind != STATE_WIDE)
		return false;
	const uint64_t value[] = { low, state_fields[field].bits < 128 ? high & 0xffff : high };
	memcpy((char *)&m->cpu[0].st + state_fields[field].offset, value, sizeof value);
	machine_changed(m);
	follow_state(m);
	return true;
}

bool rs_read_msr(struct rs_machine *m, uint32_t address, uint64_t *value)
{
	enum rule rule;
	return msr_read(&m->cpu[0], address, cpu_cycles(&m->cpu[0]), value, &rule);
}

bool rs_write_msr(struct rs_machine *m, uint32_t address, uint64_t value)
{
	enum rule rule;
	if (!msr_write(&m->cpu[0], address, cpu_cycles(&m->cpu[0]), value, &rule))
		return false;
	machine_changed(m);
	follow_state(m);
	return true;
}

/* The interrupt that comes of it is the board's, as of now. */
void rs_input(struct rs_machine *m, const uint8_t *all, size_t size)
{
	struct cpu *cpu = &m->cpu[0];
	m->board.config.input = all;
	m->board.config.input_size = size;
	if (uart_input_size(&m->board) == size)
		return;
	cpu->access_time = cpu_cycles(cpu);
	uart_input_came(&m->board, size);
	interrupt_look_at_board(cpu);
	machine_changed(m);
	engine_forget(cpu);
}

size_t rs_input_size(struct rs_machine *m)
{
	return uart_input_size(&m->board);
}

/* ---- memory ---- */

bool rs_translate(struct rs_machine *m, uint64_t linear, uint64_t *physical)
{
	return mmu_translate(&m->cpu[0].mmu, linear, physical);
}

/* What stops a walk at a present entry. */
static uint64_t reserved_bits(const struct mmu_context *c, const struct trail *t)
{
	if (!t->depth || !(t->value[t->depth - 1] & 1))
		return 0;
	unsigned last = t->depth - 1;
	bool page = t->depth == t->levels || (t->value[last] & c->page_bit[last]);
	return t->value[last] & c->reserved[last][page];
}

void rs_walk(struct rs_machine *m, uint64_t linear, struct rs_walk *walk)
{
	static const char *const names[] = { "PTE", "PDE", "PDPTE", "PML4E", "PML5E" };
	const struct mmu *mmu = &m->cpu[0].mmu;
	struct trail t;
	struct walk w;
	*walk = (struct rs_walk){ .mapped = rs_translate(m, linear, &walk->physical) };
	if (!paging_look(&mmu->context, &m->ram, linear, &t, &w))
		walk->mapped = false; /* or not canonical, which no entry tells */
	for (unsigned i = 0; i < t.depth; i++)
		walk->entry[i] = (struct rs_walk_entry){ names[t.levels - 1 - i], t.address[i], t.value[i] };
	walk->entry_count = t.depth;
	walk->reserved = reserved_bits(&mmu->context, &t);
	if (!walk->mapped)
		return;
	walk->physical = w.physical | (linear & PAGE_OFFSET);
	walk->page_bytes = 1ull << w.shift;
	walk->user = !t.levels || w.user;
	walk->writable = !t.levels || w.writable;
	walk->executable = !w.no_execute;
}

size_t rs_read_physical(struct rs_machine *m, uint64_t address, void *to, size_t size)
{
	return phys_read(&m->ram, address, to, size);
}

size_t rs_write_physical(struct rs_machine *m, uint64_t address, const void *from, size_t size)
{
	size_t done = phys_write(&m->ram, address, from, size);
	machine_changed(m);
	mmu_refresh(&m->cpu[0].mmu);
	engine_forget(&m->cpu[0]); /* the next instruction may lie in two pages, which no store is told of */
	return done;
}

static size_t in_page(uint64_t address, size_t size)
{
	size_t room = PAGE_SIZE - (address & PAGE_OFFSET);
	return size < room ? size : room;
}

size_t rs_read_linear(struct rs_machine *m, uint64_t address, void *to, size_t size)
{
	size_t done = 0;
	uint64_t pa;
	while (done < size && rs_translate(m, address + done, &pa)) {
		size_t part = in_page(pa, size - done);
		size_t got = phys_read(&m->ram, pa, (char *)to + done, part);
		done += got;
		if (got < part)
			break;
	}
	return done;
}

size_t rs_write_linear(struct rs_machine *m, uint64_t address, const void *from, size_t size)
{
	size_t done = 0;
	uint64_t pa;
	while (done < size && rs_translate(m, address + done, &pa)) {
		size_t part = in_page(pa, size - done);
		size_t put = rs_write_physical(m, pa, (const char *)from + done, part);
		done += put;
		if (put < part)
			break;
	}
	return done;
}

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t size)
{
	const uint8_t *b = bytes;
	for (size_t i = 0; i < size; i++)
		h = (h ^ b[i]) * 0x100000001b3ull;
	return h;
}

uint64_t rs_state_hash(struct rs_machine *m)
{
	struct cpu_state st = m->cpu[0].st;
	st.gpr[GPR_BLOCK_RIP] = 0; /* the engine's, not architectural */
	uint64_t h = hash_bytes(0xcbf29ce484222325ull, &st, sizeof st);
	h = hash_bytes(h, &m->board.st, sizeof m->board.st);
	return h ^ phys_hash(&m->ram);
}

/* ---- snapshots ---- */

static bool take(struct rs_machine *m, struct rs_snapshot *s)
{
	struct cpu *cpu = &m->cpu[0];
	if (cpu->mmu.walked) {
		s->walked = host_alloc(&m->host, sizeof *s->walked);
		if (!s->walked)
			return false;
		*s->walked = *cpu->mmu.walked;
	}
	s->tlb = tlb_keep(&cpu->mmu.tlb, &m->host);
	s->ram = s->tlb ? phys_share(&m->ram) : NULL;
	s->st = cpu->st;
	s->board = m->board.st;
	s->status = m->status;
	s->injected = m->inject.st;
	s->n = cpu->n;
	s->iteration = cpu->iteration;
	s->cycles = cpu->cycles;
	s->idle = cpu->idle;
	s->noted = cpu->noted;
	return s->ram;
}

static void release(struct rs_machine *m, struct rs_snapshot *s)
{
	host_release(&m->host, s->walked);
	host_release(&m->host, s->tlb);
	host_release(&m->host, s);
}

struct rs_snapshot *rs_snapshot_take(struct rs_machine *m)
{
	struct rs_snapshot *s = host_alloc(&m->host, sizeof *s);
	if (!s)
		return NULL;
	if (!take(m, s)) {
		release(m, s);
		return NULL;
	}
	mmu_refresh(&m->cpu[0].mmu); /* what was private is shared now: stores must unshare it */
	return s;
}

/* Blocks of a page that is another one now were made from other bytes. */
static void page_changed(void *arg, uint64_t pa)
{
	struct rs_machine *m = arg;
	if (phys_has_code(&m->ram, pa))
		block_code_written(&m->cpu[0], pa & ~PAGE_OFFSET, PAGE_SIZE);
}

void machine_restore(struct rs_machine *m, const struct rs_snapshot *s)
{
	struct cpu *cpu = &m->cpu[0];
	passage_note(cpu, cpu->n, RS_PASSAGE_LEFT, 0);
	phys_restore(&m->ram, s->ram, page_changed, m);
	cpu->armed &= ~(uint32_t)ARMED_STOP;
	cpu->st = s->st;
	cpu->n = s->n;
	cpu->iteration = s->iteration;
	cpu->cycles = s->cycles;
	cpu->idle = s->idle;
	cpu->noted = s->noted;
	m->board.st = s->board;
	m->status = s->status;
	m->inject.st = s->injected;
	cpu->access_time = cpu_cycles(cpu);
	board_restored(&m->board);
	interrupt_look_at_board(cpu);
	follow_state(m);
	mmu_bring_back(&cpu->mmu, s->tlb);
	if (s->walked)
		*cpu->mmu.walked = *s->walked;
	passage_note(cpu, cpu->n, RS_PASSAGE_CAME, 0);
}

void rs_snapshot_restore(struct rs_machine *m, const struct rs_snapshot *snapshot)
{
	machine_restore(m, snapshot);
	machine_changed(m);
}

uint64_t machine_snapshot_bytes(const struct rs_machine *m, const struct rs_snapshot *s)
{
	return sizeof *s + m->ram.chunk_count * sizeof(struct chunk *) + (s->walked ? sizeof *s->walked : 0) +
	       tlb_image_bytes(s->tlb);
}

void rs_snapshot_free(struct rs_machine *m, struct rs_snapshot *s)
{
	if (!s)
		return;
	phys_unshare(&m->ram, s->ram);
	release(m, s);
}
