/* machine.c - making, loading and running a machine: the public calls. */
#include "board/machine.h"

#include "board/boot.h"
#include "cpu/engine/block.h"
#include "cpu/engine/clock.h"
#include "cpu/engine/engine.h"
#include "cpu/interrupt.h"
#include "cpu/passage.h"
#include "msr/msr.h"
#include "timing/timing.h"

enum { MEMORY_MINIMUM = 1 << 20, FILE_MAXIMUM = 256 << 20 };
#define MEMORY_MAXIMUM (64ull << 30)

/* ---- making ---- */

/* [SDM vol. 3, table 9-1: the x87 as after RESET, not as after FINIT: no register is empty, each is +0.0] */
static void reset_fpu(struct cpu_state *st)
{
	st->fcw = 0x40;
	st->ftw = 0xff;
	st->mxcsr = MXCSR_RESET;
	st->xcr0 = XCR0_X87;
}

/* State after power-up that no boot protocol changes [SDM vol. 3, 9.1]. */
static void reset(struct rs_machine *m)
{
	struct cpu *cpu = &m->cpu[0];
	memset(&cpu->st, 0, sizeof cpu->st);
	cpu->st.rflags = FLAG_1;
	cpu->st.dr6 = DR6_FIXED;
	cpu->st.dr7 = DR7_FIXED;
	cpu->st.gpr[RDX] = cpu->profile->reset_rdx;
	reset_fpu(&cpu->st);
	msr_reset(&cpu->st, cpu->profile);
	cpu_sync(cpu);
}

static void guest_exits(void *arg)
{
	struct rs_machine *m = arg;
	cpu_arm(&m->cpu[0], ARMED_STOP);
}

static bool check(struct rs_config *c, struct rs_error *why)
{
	if (!c->cpu)
		c->cpu = profiles[0]->name;
	if (!c->cpuid)
		c->cpuid = c->cpu;
	if (!c->timing)
		c->timing = timing_info(0)->name;
	if (!c->memory)
		c->memory = RS_MEMORY_DEFAULT;
	if (!profile_find(c->cpu))
		return error_set(why, RS_ERROR_ARGUMENT, "no CPU profile '%s'; `ringstep cpus` lists them", c->cpu);
	if (!profile_find(c->cpuid))
		return error_set(why, RS_ERROR_ARGUMENT, "no CPU profile '%s' to answer CPUID", c->cpuid);
	if (!timing_find(c->timing))
		return error_set(why, RS_ERROR_ARGUMENT, "no cycle model '%s'; there are none and unit", c->timing);
	if (c->memory < MEMORY_MINIMUM || c->memory > MEMORY_MAXIMUM || c->memory % PAGE_SIZE)
		return error_set(why, RS_ERROR_ARGUMENT,
				 "memory of %llu bytes: give a multiple of 4096 from 1 MiB to 64 GiB",
				 (unsigned long long)c->memory);
	return true;
}

static bool build(struct rs_machine *m)
{
	struct cpu *cpu = &m->cpu[0];
	if (!phys_init(&m->ram, &m->host, m->config.memory))
		return false;
	if (!mmu_init(&cpu->mmu, &m->ram) || !block_cache_init(cpu))
		return false;
	cpu->costs = timing_find(m->config.timing)->costs;
	cpu->cycle_limit = RS_FOREVER;
	if (cpu->costs && !mmu_tell_walks(&cpu->mmu, clock_walked, cpu))
		return false;
	cpu->profile = profile_find(m->config.cpu);
	cpu->identity = profile_find(m->config.cpuid);
	cpu->event_at = NEVER;
	cpu->bus = &m->bus;
	m->ram.code_written = block_code_written;
	m->ram.code_written_arg = cpu;
	machine_connect(m);
	board_init(&m->board, &m->config, &m->bus);
	m->board.exit = guest_exits;
	m->board.exit_arg = m;
	reset(m);
	machine_set_windows(m);
	return true;
}

struct rs_machine *rs_new(const struct rs_config *config, struct rs_error *why)
{
	struct rs_config c = *config;
	const struct rs_host *host = c.host ? c.host : rs_host_libc();
	if (!check(&c, why))
		return NULL;
	struct rs_machine *m = host_alloc(host, sizeof *m);
	if (m) {
		m->host = *host;
		m->config = c;
		m->config.cpu = profile_find(c.cpu)->name;
		m->config.cpuid = profile_find(c.cpuid)->name;
		m->config.timing = timing_find(c.timing)->name;
	}
	if (m && build(m))
		return m;
	rs_free(m);
	error_set(why, RS_ERROR_MEMORY, "no memory for a machine with %llu bytes of RAM; give less with -m",
		  (unsigned long long)c.memory);
	return NULL;
}

const struct rs_config *rs_config_of(const struct rs_machine *m)
{
	return &m->config;
}

void rs_free(struct rs_machine *m)
{
	if (!m)
		return;
	const struct rs_host host = m->host;
	if (m->cpu[0].mmu.ram) {
		block_cache_free(&m->cpu[0]);
		mmu_free(&m->cpu[0].mmu);
	}
	host_release(&host, m->cpu[0].stops.address);
	host_release(&host, m->passages);
	host_release(&host, m->input);
	if (m->ram.host)
		phys_free(&m->ram);
	host_release(&host, m);
}

/* ---- images ---- */

bool rs_file_read(struct rs_machine *m, const char *path, struct rs_file *file, struct rs_error *why)
{
	*file = (struct rs_file){ .name = path };
	return host_read_file(&m->host, path, FILE_MAXIMUM, &file->bytes, &file->size, why);
}

void rs_file_release(struct rs_machine *m, struct rs_file *file)
{
	host_release(&m->host, file->bytes);
	file->bytes = NULL;
}

static const char *profile_with_long_mode(void)
{
	for (size_t i = 0; i < profile_count; i++)
		if (profile_shows(profiles[i], FEATURE_LM))
			return profiles[i]->name;
	return "one that has it";
}

/* An image that starts in 64-bit mode needs a processor that has one. */
static bool check_start(const struct rs_machine *m, const struct cpu_state *st, const char *image, struct rs_error *why)
{
	const struct rs_profile *p = m->cpu[0].profile;
	if (!(st->efer & EFER_LMA) || profile_shows(p, FEATURE_LM))
		return true;
	return error_set(why, RS_ERROR_IMAGE,
			 "%.200s: the image starts in 64-bit mode, which %s does not have; use --cpu %s", image,
			 p->name, profile_with_long_mode());
}

bool rs_load(struct rs_machine *m, const struct rs_file *image, const struct rs_file *modules, size_t module_count,
	     const char *command_line, struct rs_error *why)
{
	struct cpu *cpu = &m->cpu[0];
	struct cpu_state st = cpu->st;
	if (!boot_load(&m->ram, &st, &m->config.start, image, modules, module_count, command_line, why))
		return false;
	if (!check_start(m, &st, image->name, why))
		return false;
	rs_state_replace(m, &st);
	return true;
}

/* ---- running ---- */

static void report_missing(struct rs_machine *m)
{
	struct rs_status *s = &m->status;
	uint64_t address = m->cpu[0].st.rip + (m->cpu[0].mode & MODE_64 ? 0 : m->cpu[0].st.seg[SEG_CS].base);
	unsigned length = m->cpu[0].fault.length;
	s->missing = m->cpu[0].fault.missing;
	s->byte_count = (uint8_t)rs_read_linear(m, address, s->bytes, length ? length : sizeof s->bytes);
}

_Static_assert(SHUTDOWN_FAULTS == RS_FAULTS, "the status has room for each");

static void report_shutdown(struct rs_machine *m)
{
	m->status.fault_count = m->cpu[0].shutdown_count;
	for (unsigned i = 0; i < m->status.fault_count; i++) {
		const struct fault *f = &m->cpu[0].shutdown[i];
		m->status.vectors[i] = (uint8_t)f->vector;
		m->status.rules[i] = f->rule ? rule_id((enum rule)f->rule) : NULL;
	}
}

static enum rs_stop report(struct rs_machine *m, enum engine_stop stop)
{
	static const enum rs_stop stops[] = {
		[ENGINE_GOES_ON] = RS_STOP_NONE,          [ENGINE_LIMIT] = RS_STOP_LIMIT,
		[ENGINE_STOPPED] = RS_STOP_EXIT,          [ENGINE_SHUTDOWN] = RS_STOP_TRIPLE_FAULT,
		[ENGINE_MISSING] = RS_STOP_UNIMPLEMENTED, [ENGINE_NO_MEMORY] = RS_STOP_NO_MEMORY,
		[ENGINE_HALTED] = RS_STOP_HALTED,         [ENGINE_BREAK] = RS_STOP_BREAK,
	};
	m->status.why = stops[stop];
	m->status.exit_code = m->board.st.exit_code;
	if (stop == ENGINE_MISSING)
		report_missing(m);
	if (stop == ENGINE_SHUTDOWN)
		report_shutdown(m);
	return m->status.why;
}

/* A machine that has ended stays so. */
static bool has_ended(const struct rs_machine *m)
{
	return m->status.why == RS_STOP_TRIPLE_FAULT || m->status.why == RS_STOP_EXIT;
}

static bool wants_steps(const struct rs_machine *m)
{
	return m->step_always || m->cpu[0].recorder;
}

static enum engine_stop step(struct rs_machine *m)
{
	enum engine_stop stop = engine_step(&m->cpu[0]);
	inject_arrive(m);
	return stop;
}

static bool is_at_limit(const struct cpu *cpu, uint64_t instructions)
{
	return cpu->n >= instructions || cpu_cycles(cpu) >= cpu->cycle_limit;
}

static enum rs_stop run_by_steps(struct rs_machine *m, uint64_t instructions)
{
	enum engine_stop stop = ENGINE_GOES_ON;
	const struct rs_position began = rs_position(m);
	while (stop == ENGINE_GOES_ON) {
		if (m->cpu[0].armed & ARMED_STOP)
			return report(m, ENGINE_STOPPED);
		if (engine_is_broken(&m->cpu[0], began))
			return report(m, ENGINE_BREAK);
		if (is_at_limit(&m->cpu[0], instructions))
			return report(m, ENGINE_LIMIT);
		if (m->break_when && m->break_when(m->break_arg, m))
			return m->status.why = RS_STOP_BREAK;
		stop = step(m);
	}
	return report(m, stop);
}

/* Whether every boundary must be looked at. */
static bool looks_at_boundaries(const struct rs_machine *m)
{
	return m->break_when || inject_looks_at_addresses(&m->inject);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

enum rs_stop rs_run(struct rs_machine *m, uint64_t instructions)
{
	struct cpu *cpu = &m->cpu[0];
	const struct rs_position began = rs_position(m);
	enum engine_stop stop = ENGINE_LIMIT;
	if (has_ended(m))
		return m->status.why;
	do {
		if (looks_at_boundaries(m))
			return run_by_steps(m, instructions);
		stop = engine_run(cpu, earlier(instructions, inject_next(&m->inject)), wants_steps(m));
		inject_arrive(m);
		if (stop == ENGINE_LIMIT && !is_at_limit(cpu, instructions) && engine_is_broken(cpu, began))
			stop = ENGINE_BREAK;
	} while (stop == ENGINE_LIMIT && !is_at_limit(cpu, instructions));
	return report(m, stop);
}

enum rs_stop rs_step(struct rs_machine *m)
{
	if (has_ended(m))
		return m->status.why;
	enum engine_stop stop = step(m);
	if (stop == ENGINE_GOES_ON && (m->cpu[0].armed & ARMED_STOP))
		stop = ENGINE_STOPPED;
	return report(m, stop);
}

static void let_go_on(struct rs_machine *m)
{
	if (m->status.why == RS_STOP_TRIPLE_FAULT)
		m->status.why = RS_STOP_NONE;
}

void rs_signal(struct rs_machine *m, enum rs_signal signal, uint8_t vector)
{
	machine_signal(m, signal, vector);
	machine_changed(m);
}

void machine_signal(struct rs_machine *m, enum rs_signal signal, uint8_t vector)
{
	struct cpu *cpu = &m->cpu[0];
	let_go_on(m);
	switch (signal) {
	case RS_SIGNAL_NMI:
		interrupt_signal(cpu, PENDING_NMI);
		break;
	case RS_SIGNAL_MACHINE_CHECK:
		interrupt_signal(cpu, PENDING_MACHINE_CHECK);
		break;
	case RS_SIGNAL_INTERRUPT:
		interrupt_inject(cpu, vector);
		break;
	case RS_SIGNAL_DEBUG:
		interrupt_debug_trap(cpu);
		break;
	}
}

const struct rs_status *rs_status(struct rs_machine *m)
{
	m->status.instructions = m->cpu[0].n;
	m->status.cycles = cpu_cycles(&m->cpu[0]);
	m->status.rip = m->cpu[0].st.rip;
	return &m->status;
}

void rs_limit_cycles(struct rs_machine *m, uint64_t cycles)
{
	m->cpu[0].cycle_limit = cycles;
}

void rs_break_when(struct rs_machine *m, rs_break_fn *when, void *arg)
{
	m->break_when = when;
	m->break_arg = arg;
}

/* Blocks are made so that they begin where a stop may be. */
void machine_swap_stops(struct rs_machine *m, struct code_stops *stops)
{
	struct cpu *cpu = &m->cpu[0];
	const struct code_stops was = cpu->stops;
	cpu->stops = *stops;
	*stops = was;
	if (memcmp(was.filter, cpu->stops.filter, sizeof was.filter) == 0)
		return;
	block_cache_flush(cpu);
	engine_forget(cpu);
}

bool machine_make_stops(struct rs_machine *m, const uint64_t *addresses, size_t count, struct code_stops *stops)
{
	*stops = (struct code_stops){ .count = count };
	if (!count)
		return true;
	stops->address = host_alloc(&m->host, count * sizeof *addresses + 1);
	if (!stops->address)
		return false;
	for (size_t i = 0; i < count; i++) {
		const uint64_t place = addresses[i] & PAGE_OFFSET;
		stops->address[i] = addresses[i];
		stops->filter[place / 64] |= 1ull << place % 64;
	}
	return true;
}

bool rs_break_at(struct rs_machine *m, const uint64_t *addresses, size_t count)
{
	struct code_stops stops;
	if (!machine_make_stops(m, addresses, count, &stops))
		return false;
	machine_swap_stops(m, &stops);
	host_release(&m->host, stops.address);
	return true;
}

void rs_step_always(struct rs_machine *m, bool always)
{
	m->step_always = always;
}

void rs_observe(struct rs_machine *m, rs_observer_fn *fn, void *arg)
{
	m->recorder.fn = fn;
	m->recorder.arg = arg;
	m->recorder.machine = m;
	m->cpu[0].recorder = fn ? &m->recorder : NULL;
	cpu_update_armed(&m->cpu[0]);
}

bool rs_keep_passages(struct rs_machine *m)
{
	if (!m->passages)
		m->passages = host_alloc(&m->host, sizeof *m->passages);
	if (!m->passages)
		return false;
	m->passages->changed = UINT64_MAX;
	m->passages->count = 0;
	m->cpu[0].passages = m->passages;
	return true;
}

size_t rs_take_passages(struct rs_machine *m, const struct rs_passage **passages)
{
	struct passages *p = m->cpu[0].passages = m->passages;
	m->cpu[0].switched = false; /* where there was no room for the passage */
	const size_t count = p ? p->count : 0;
	*passages = p ? p->kept : NULL;
	if (p)
		p->count = 0;
	return count;
}

uint64_t rs_passage_changed(struct rs_machine *m)
{
	struct passages *p = m->passages;
	const uint64_t changed = p ? p->changed : UINT64_MAX;
	if (p)
		p->changed = UINT64_MAX;
	return changed;
}

void machine_note_change(struct rs_machine *m)
{
	struct cpu *cpu = &m->cpu[0];
	passage_note(cpu, cpu->n, RS_PASSAGE_CHANGED, cpu_position(cpu).events != 0);
	if (m->passages && cpu->n < m->passages->changed)
		m->passages->changed = cpu->n;
}

struct rs_position rs_position(struct rs_machine *m)
{
	return cpu_position(&m->cpu[0]);
}

bool rs_watch(struct rs_machine *m, const struct rs_watch *watches, size_t count)
{
	if (count > RS_WATCHES)
		return false;
	for (size_t i = 0; i < count; i++)
		m->recorder.watch[i] = watches[i];
	m->recorder.watch_count = count;
	return true;
}

void rs_set_instructions(struct rs_machine *m, uint64_t n)
{
	m->cpu[0].n = n;
	machine_changed(m);
}

void rs_set_mutant(struct rs_machine *m, unsigned mutant)
{
	m->cpu[0].mutant = mutant;
	block_cache_flush(&m->cpu[0]); /* some behaviours are decided when code is translated */
	cpu_sync(&m->cpu[0]);
	mmu_flush(&m->cpu[0].mmu, true);
	engine_forget(&m->cpu[0]);
}
