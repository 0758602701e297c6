/* wiring.c - the CPU and the board, each as the other sees it. */
#include "board/machine.h"
#include "cpu/interrupt.h"

static uint64_t board_clock(void *arg)
{
	const struct rs_machine *m = arg;
	return m->cpu[0].access_time;
}

static void board_signals(void *arg, enum board_signal what, unsigned value)
{
	struct rs_machine *m = arg;
	struct cpu *cpu = &m->cpu[0];
	switch (what) {
	case BOARD_INTR:
		interrupt_line(cpu, value);
		break;
	case BOARD_NMI:
		interrupt_signal(cpu, PENDING_NMI);
		break;
	case BOARD_TPR:
		cpu->st.cr8 = value;
		break;
	case BOARD_INIT:
		interrupt_signal(cpu, PENDING_INIT);
		break;
	case BOARD_SMI:
		interrupt_signal(cpu, PENDING_SMI);
		break;
	}
}

static uint64_t run_board(void *arg, uint64_t cycles)
{
	struct rs_machine *m = arg;
	m->cpu[0].access_time = cycles;
	board_run_to(&m->board, cycles);
	return board_next_event(&m->board);
}

/* Who polls a device asks again and again. */
static uint64_t next_event(void *arg)
{
	struct rs_machine *m = arg;
	if (!board_was_touched(&m->board) && m->cpu[0].event_at > m->cpu[0].access_time)
		return m->cpu[0].event_at;
	return board_next_event(&m->board);
}

static uint64_t next_edge(void *arg)
{
	const struct rs_machine *m = arg;
	return board_next_edge(&m->board);
}

/* Between two instructions. */
static unsigned acknowledge(void *arg)
{
	struct rs_machine *m = arg;
	m->cpu[0].access_time = cpu_cycles(&m->cpu[0]);
	unsigned vector = board_acknowledge(&m->board);
	interrupt_look_at_board(&m->cpu[0]);
	return vector;
}

static void task_priority(void *arg, unsigned cr8)
{
	struct rs_machine *m = arg;
	board_task_priority(&m->board, cr8);
}

/* The I/O APIC's page, and the local APIC's while it has one. */
void machine_set_windows(struct rs_machine *m)
{
	struct mmu_devices *d = &m->cpu[0].mmu.devices;
	const uint64_t local = m->cpu[0].st.apic_base & ~PAGE_OFFSET, io = 0xfec00000;
	d->page[0] = board_memory_claims(&m->board, local) ? local : MMU_NO_WINDOW;
	d->page[1] = board_memory_claims(&m->board, io) ? io : MMU_NO_WINDOW;
}

static void apic_base(void *arg, uint64_t value)
{
	struct rs_machine *m = arg;
	board_apic_base(&m->board, value);
	machine_set_windows(m);
	mmu_flush(&m->cpu[0].mmu, true);
}

static bool x2apic_read(void *arg, uint32_t msr, uint64_t *value)
{
	struct rs_machine *m = arg;
	return board_x2apic_read(&m->board, msr, value);
}

static bool x2apic_write(void *arg, uint32_t msr, uint64_t value)
{
	struct rs_machine *m = arg;
	return board_x2apic_write(&m->board, msr, value);
}

static uint64_t deadline_read(void *arg)
{
	struct rs_machine *m = arg;
	return board_tsc_deadline_read(&m->board);
}

static void deadline_write(void *arg, uint64_t value)
{
	struct rs_machine *m = arg;
	board_tsc_deadline_write(&m->board, value);
}

static void tsc_offset(void *arg, uint64_t offset)
{
	struct rs_machine *m = arg;
	board_tsc_offset(&m->board, offset);
}

static uint64_t device_read(void *arg, uint64_t pa, unsigned size)
{
	struct rs_machine *m = arg;
	m->cpu[0].access_time = cpu_cycles(&m->cpu[0]);
	uint64_t value = board_memory_read(&m->board, pa, size);
	interrupt_look_at_board(&m->cpu[0]);
	return value;
}

static void device_write(void *arg, uint64_t pa, unsigned size, uint64_t value)
{
	struct rs_machine *m = arg;
	m->cpu[0].access_time = cpu_cycles(&m->cpu[0]);
	board_memory_write(&m->board, pa, size, value);
	interrupt_look_at_board(&m->cpu[0]);
}

void machine_connect(struct rs_machine *m)
{
	struct cpu *cpu = &m->cpu[0];
	m->board.apic = (struct apic_model){
		.version = cpu->profile->apic_version,
		.present = profile_shows(cpu->profile, FEATURE_APIC),
		.x2apic = profile_shows(cpu->profile, FEATURE_X2APIC),
		.tsc_deadline = profile_shows(cpu->profile, FEATURE_TSC_DEADLINE),
	};
	m->wires = (struct wires){
		.arg = m,
		.run_to = run_board,
		.next_event = next_event,
		.next_edge = next_edge,
		.acknowledge = acknowledge,
		.task_priority = task_priority,
		.apic_base = apic_base,
		.x2apic_read = x2apic_read,
		.x2apic_write = x2apic_write,
		.tsc_deadline_read = deadline_read,
		.tsc_deadline_write = deadline_write,
		.tsc_offset = tsc_offset,
	};
	cpu->wires = &m->wires;
	cpu->mmu.devices.read = device_read;
	cpu->mmu.devices.write = device_write;
	cpu->mmu.devices.arg = m;
	m->board.now = board_clock;
	m->board.signal = board_signals;
	m->board.cpu_arg = m;
}
