/* inject.c - see inject.h. */
#include "board/inject.h"

#include "board/machine.h"
#include "cpu/branch.h"

static bool waits(const struct inject *i, unsigned k)
{
	return k < i->count && !(i->st.done >> k & 1);
}

uint64_t inject_next(const struct inject *i)
{
	uint64_t next = RS_FOREVER;
	for (unsigned k = 0; k < i->count; k++)
		if (waits(i, k) && !i->row[k].arrival && i->row[k].at < next)
			next = i->row[k].at;
	return next;
}

bool inject_looks_at_addresses(const struct inject *i)
{
	for (unsigned k = 0; k < i->count; k++)
		if (waits(i, k) && i->row[k].arrival)
			return true;
	return false;
}

/* An instruction that stops between two iterations has been arrived at before. */
static bool arrives(const struct cpu *cpu, uint64_t address)
{
	return !cpu->iteration && branch_linear(cpu, cpu->st.rip) == address;
}

static bool is_due(const struct cpu *cpu, struct inject *i, unsigned k)
{
	const struct rs_injection *r = &i->row[k];
	if (!r->arrival)
		return cpu->n >= r->at;
	return arrives(cpu, r->at) && ++i->st.arrivals[k] == r->arrival;
}

static void arrive_at(struct rs_machine *m, unsigned k)
{
	struct inject *i = &m->inject;
	if (!waits(i, k) || !is_due(&m->cpu[0], i, k))
		return;
	i->st.done |= 1ull << k;
	machine_signal(m, i->row[k].signal, i->row[k].vector);
}

void inject_arrive(struct rs_machine *m)
{
	for (unsigned k = 0; k < m->inject.count; k++)
		arrive_at(m, k);
}

bool rs_inject(struct rs_machine *m, const struct rs_injection *injection, struct rs_error *why)
{
	struct inject *i = &m->inject;
	if (i->count == RS_INJECTIONS)
		return error_set(why, RS_ERROR_ARGUMENT, "more than %d injected events", RS_INJECTIONS);
	if (!injection->arrival && injection->at < m->cpu[0].n)
		return error_set(why, RS_ERROR_ARGUMENT, "instruction %llu lies behind: %llu have completed",
				 (unsigned long long)injection->at, (unsigned long long)m->cpu[0].n);
	machine_changed(m);
	i->row[i->count++] = *injection;
	arrive_at(m, i->count - 1); /* the boundary where the machine is counts */
	return true;
}

const struct rs_injection *rs_injection_info(struct rs_machine *m, size_t index, bool *came)
{
	const struct inject *i = &m->inject;
	if (index >= i->count)
		return NULL;
	*came = i->st.done >> index & 1;
	return &i->row[index];
}

void rs_inject_clear(struct rs_machine *m)
{
	m->inject = (struct inject){ .count = 0 };
	machine_changed(m);
}

/* ---- names ---- */

static const struct {
	const char *name;
	enum rs_signal signal;
} names[] = {
	{ "nmi", RS_SIGNAL_NMI },
	{ "mce", RS_SIGNAL_MACHINE_CHECK },
	{ "irq", RS_SIGNAL_INTERRUPT },
	{ "db", RS_SIGNAL_DEBUG },
};

const char *rs_signal_name(enum rs_signal signal)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].signal == signal)
			return names[i].name;
	return NULL;
}

bool rs_signal_find(const char *name, enum rs_signal *signal)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i].name, name) == 0) {
			*signal = names[i].signal;
			return true;
		}
	return false;
}
