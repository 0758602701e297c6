/* test_control.c - entering, leaving and changing the paging modes by CR0, CR3 and CR4 [SDM vol. 3, 4.1 and 4.4.1]. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "board/machine.h"
#include "cpu/control.h"

enum { CR3 = 0x10020, OTHER = 0x20040, BAD = 0x30000, DIRECTORY = 0x40000 };
enum { P = 1 };

struct world {
	struct rs_machine *m;
	struct cpu *cpu;
	struct rs_profile profile;
};

static void put(struct world *w, uint64_t at, uint64_t value)
{
	assert_int_equal(rs_write_physical(w->m, at, &value, sizeof value), sizeof value);
}

/* Four PDPTEs that can be told apart: `name` is in their address. */
static void put_pdptes(struct world *w, uint64_t at, uint64_t name)
{
	for (unsigned i = 0; i < 4; i++)
		put(w, at + 8 * i, name + 0x1000 * i + P);
}

/* Protected mode without paging, a 32-bit code segment. */
static void open_machine(struct world *w)
{
	struct rs_error why;
	const struct rs_config config = { .memory = 4 << 20 };
	w->m = rs_new(&config, &why);
	assert_non_null(w->m);
	w->cpu = &w->m->cpu[0];
	w->profile = *w->cpu->profile;
	w->profile.has[FEATURE_LA57] = true;
	w->profile.linear_bits = 57;
	struct cpu_state st = w->cpu->st;
	st.cr0 = CR0_PE | CR0_ET;
	st.cr3 = CR3;
	st.seg[SEG_CS] = (struct seg){ .sel = 8, .limit = UINT32_MAX, .attr = 0xc09b };
	st.seg[SEG_DS] = st.seg[SEG_SS] = (struct seg){ .sel = 16, .limit = UINT32_MAX, .attr = 0xc093 };
	st.seg[SEG_TR] = (struct seg){ .limit = 0xffff, .attr = 0x8b };
	rs_state_replace(w->m, &st);
	put_pdptes(w, CR3, 0x100000);
	put_pdptes(w, OTHER, 0x200000);
	put_pdptes(w, BAD, 0x300000);
	put(w, BAD + 24, 0x300000 | P | 1 << 5);
	put(w, DIRECTORY, 0xe3); /* linear 0-3FFFFFh is physical 0-3FFFFFh */
}

static void close_machine(struct world *w)
{
	rs_free(w->m);
}

/* The write is refused with #GP(0), by this rule, and nothing has changed. */
static void refused(struct world *w, unsigned number, uint64_t value, enum rule rule)
{
	struct cpu_state before = w->cpu->st;
	assert_false(cpu_write_cr(w->cpu, number, value));
	assert_int_equal(w->cpu->fault.vector, VEC_GP);
	assert_int_equal(w->cpu->fault.code, 0);
	assert_int_equal(w->cpu->fault.rule, rule);
	assert_memory_equal(&w->cpu->st, &before, sizeof before);
}

static void done(struct world *w, unsigned number, uint64_t value)
{
	assert_true(cpu_write_cr(w->cpu, number, value));
	assert_int_equal(cpu_read_cr(w->cpu, number), value);
}

static void paging_on(struct world *w)
{
	done(w, 0, w->cpu->st.cr0 | CR0_PG);
}

static void loaded(const struct world *w, uint64_t name)
{
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(w->cpu->st.pdpte[i], name ? name + 0x1000 * i + P : 0);
}

/* ---- PAE ---- */

static void turning_pae_paging_on_loads_pdptes(void **unused)
{
	struct world w;
	(void)unused;
	open_machine(&w);
	done(&w, 4, CR4_PAE);
	loaded(&w, 0);
	paging_on(&w);
	loaded(&w, 0x100000);
	assert_int_equal(w.cpu->st.efer & EFER_LMA, 0);
	done(&w, 0, CR0_PE | CR0_ET);
	done(&w, 4, 0);
	paging_on(&w); /* 32-bit tables: what was loaded stays */
	put_pdptes(&w, CR3, 0x180000);
	loaded(&w, 0x100000);
	done(&w, 4, CR4_PAE); /* from one format to the other under the running paging */
	loaded(&w, 0x180000);
	close_machine(&w);
}

static void cr3_loads_pdptes_in_pae_mode_only(void **unused)
{
	struct world w;
	(void)unused;
	open_machine(&w);
	done(&w, 3, OTHER);
	loaded(&w, 0);
	paging_on(&w);
	done(&w, 3, BAD);
	loaded(&w, 0);
	done(&w, 3, OTHER | 0x18); /* PWT and PCD: not the address */
	done(&w, 4, CR4_PAE);
	loaded(&w, 0x200000);
	done(&w, 3, CR3);
	loaded(&w, 0x100000);
	put_pdptes(&w, CR3, 0x180000);
	loaded(&w, 0x100000);
	done(&w, 3, CR3);
	loaded(&w, 0x180000);
	close_machine(&w);
}

/* SL-61. */
static void reserved_bits_in_pdptes_fault(void **unused)
{
	struct world w;
	(void)unused;
	open_machine(&w);
	done(&w, 3, BAD);
	done(&w, 4, CR4_PAE);
	refused(&w, 0, CR0_PE | CR0_ET | CR0_PG, RULE_SL_61);
	done(&w, 3, OTHER);
	paging_on(&w);
	refused(&w, 3, BAD, RULE_SL_61);
	put(&w, OTHER, 0x200000 | P | 1ull << 63);
	refused(&w, 4, CR4_PAE | CR4_PGE, RULE_SL_61);
	refused(&w, 0, w.cpu->st.cr0 | CR0_CD, RULE_SL_61);
	done(&w, 4, CR4_PAE | CR4_DE);
	put(&w, OTHER, 0x200000 | 1ull << 63); /* not present: nothing is reserved */
	done(&w, 4, CR4_PAE | CR4_PGE);
	refused(&w, 3, 0x80000000, RULE_SL_61); /* no memory there: all ones */
	close_machine(&w);
}

/* [SDM vol. 3, 4.4.1]: the bits of CR0 and CR4 whose change loads them, and some whose change does not. */
static void which_bits_load_pdptes(void **unused)
{
	static const struct {
		unsigned number;
		uint64_t bits;
		bool loads;
	} rows[] = {
		{ 0, CR0_CD, true },   { 0, CR0_NW | CR0_CD, true }, { 0, CR0_WP, false },  { 0, CR0_TS, false },
		{ 4, CR4_PGE, true },  { 4, CR4_PSE, true },         { 4, CR4_SMEP, true }, { 4, CR4_SMAP, false },
		{ 4, CR4_TSD, false }, { 4, CR4_DE, false },
	};
	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world w;
		open_machine(&w);
		done(&w, 4, CR4_PAE);
		paging_on(&w);
		put_pdptes(&w, CR3, 0x180000);
		done(&w, rows[i].number, cpu_read_cr(w.cpu, rows[i].number) | rows[i].bits);
		loaded(&w, rows[i].loads ? 0x180000 : 0x100000);
		close_machine(&w);
	}
}

static void pdptes_translate_from_registers(void **unused)
{
	struct world w;
	uint64_t pa;
	(void)unused;
	open_machine(&w);
	put(&w, 0x100000, 0x0000e3);
	put(&w, 0x103000 + 8, 0x2000e3);
	done(&w, 4, CR4_PAE);
	paging_on(&w);
	put_pdptes(&w, CR3, 0); /* memory is not looked at any more */
	assert_true(rs_translate(w.m, 0x1234, &pa));
	assert_int_equal(pa, 0x1234);
	assert_true(rs_translate(w.m, 0xc0201234, &pa));
	assert_int_equal(pa, 0x201234);
	assert_false(rs_translate(w.m, 0x40000000, &pa));
	assert_false(rs_translate(w.m, 0x100000000, &pa)); /* there is no such linear address */
	close_machine(&w);
}

/* ---- 32-bit paging ---- */

static void legacy_paging_begins_and_ends(void **unused)
{
	struct world w;
	uint64_t pa;
	(void)unused;
	open_machine(&w);
	put(&w, DIRECTORY + 0xffc, 0xe3); /* FFC00000h */
	done(&w, 3, DIRECTORY);
	done(&w, 4, CR4_PSE);
	paging_on(&w);
	assert_true(rs_translate(w.m, 0xffc12345, &pa));
	assert_int_equal(pa, 0x12345);
	assert_false(rs_translate(w.m, 0x400000, &pa));
	done(&w, 0, CR0_PE | CR0_ET);
	assert_true(rs_translate(w.m, 0x400000, &pa));
	assert_int_equal(pa, 0x400000);
	close_machine(&w);
}

/* ---- snapshots ---- */

/* mov al, [401000h]; mov dword [45004h], 201063h; mov al, [401000h]; hlt: without an invalidation the second
 * load may see either page, but taking a snapshot must not tell which, nor going back. */
static void a_stale_entry_does_not_tell_a_snapshot_from_its_machine(void **unused)
{
	static const uint8_t code[] = { 0xa0, 0x00, 0x10, 0x40, 0x00, 0xc7, 0x05, 0x04, 0x50, 0x04, 0x00, 0x63,
		                        0x10, 0x20, 0x00, 0xa0, 0x00, 0x10, 0x40, 0x00, 0xf4 };
	struct world w;
	(void)unused;
	open_machine(&w);
	put(&w, DIRECTORY + 4, 0x45063);
	put(&w, 0x45004, 0x1063);
	put(&w, 0x1000, 0x11);
	put(&w, 0x201000, 0x22);
	rs_write_physical(w.m, 0x50000, code, sizeof code);
	done(&w, 3, DIRECTORY);
	done(&w, 4, CR4_PSE);
	paging_on(&w);
	assert_true(rs_set(w.m, (size_t)rs_field_find("rip"), 0x50000));
	assert_int_equal(rs_run(w.m, 2), RS_STOP_LIMIT);
	struct rs_snapshot *s = rs_snapshot_take(w.m);
	assert_non_null(s);
	assert_int_equal(rs_run(w.m, UINT64_MAX), RS_STOP_HALTED);
	uint64_t first = rs_state_hash(w.m);
	assert_int_equal(w.cpu->st.gpr[RAX] & 0xff, 0x11);
	rs_snapshot_restore(w.m, s);
	assert_int_equal(rs_run(w.m, UINT64_MAX), RS_STOP_HALTED);
	assert_int_equal(rs_state_hash(w.m), first);
	rs_snapshot_free(w.m, s);
	close_machine(&w);
}

/* ---- IA-32e mode ---- */

static void enter_long_mode(struct world *w, uint64_t cr4)
{
	struct cpu_state st = w->cpu->st;
	st.efer = EFER_LME;
	rs_state_replace(w->m, &st);
	done(w, 4, CR4_PAE | cr4);
	paging_on(w);
	assert_int_equal(w->cpu->st.efer, EFER_LME | EFER_LMA);
}

/* With LME = 1 the four entries are none: PAE paging is not what begins. */
static void long_mode_loads_no_pdptes(void **unused)
{
	struct world w;
	(void)unused;
	open_machine(&w);
	done(&w, 3, BAD);
	enter_long_mode(&w, 0);
	loaded(&w, 0);
	done(&w, 3, OTHER);
	loaded(&w, 0);
	done(&w, 0, CR0_PE | CR0_ET);
	assert_int_equal(w.cpu->st.efer, EFER_LME);
	close_machine(&w);
}

/* SL-54, SL-48. */
static void pcide_needs_long_mode_and_pcid_0(void **unused)
{
	struct world w;
	(void)unused;
	open_machine(&w);
	refused(&w, 4, CR4_PAE | CR4_PCIDE, RULE_SL_54);
	enter_long_mode(&w, 0);
	refused(&w, 4, CR4_PAE | CR4_PCIDE, RULE_SL_54); /* CR3[11:0] is 20h */
	refused(&w, 3, 1ull << 63, RULE_SL_57);
	done(&w, 3, DIRECTORY);
	done(&w, 4, CR4_PAE | CR4_PCIDE);
	refused(&w, 0, CR0_PE | CR0_ET, RULE_SL_48);
	assert_true(cpu_write_cr(w.cpu, 3, DIRECTORY | 5 | 1ull << 63));
	assert_int_equal(w.cpu->st.cr3, DIRECTORY | 5);
	refused(&w, 3, DIRECTORY | 1ull << w.profile.physical_bits, RULE_SL_57);
	done(&w, 4, CR4_PAE | CR4_PCIDE | CR4_PGE); /* kept, not set: CR3 may be anything */
	done(&w, 4, CR4_PAE);
	close_machine(&w);
}

/* SL-52, SL-55, PT-26, MS-14. */
static void la57_is_chosen_before_long_mode(void **unused)
{
	struct world w;
	const uint64_t wide = 0x00ff000000000000;
	(void)unused;
	open_machine(&w);
	refused(&w, 4, CR4_LA57, RULE_SL_52);
	w.cpu->profile = &w.profile;
	enter_long_mode(&w, 0);
	refused(&w, 4, CR4_PAE | CR4_LA57, RULE_SL_55);
	assert_false(cpu_canonical(w.cpu, wide));
	assert_true(cpu_canonical_by_cpu(w.cpu, wide));
	assert_true(rs_write_msr(w.m, 0xc0000102, wide));
	done(&w, 0, CR0_PE | CR0_ET);
	done(&w, 4, CR4_PAE | CR4_LA57);
	paging_on(&w);
	refused(&w, 4, CR4_PAE, RULE_SL_55);
	assert_true(cpu_canonical(w.cpu, wide));
	assert_false(cpu_canonical(w.cpu, wide << 1));
	close_machine(&w);
}

static void la57_translates_by_five_levels(void **unused)
{
	struct world w;
	uint64_t pa;
	(void)unused;
	open_machine(&w);
	w.cpu->profile = &w.profile;
	put(&w, DIRECTORY + 8 * 0xff, 0x41003); /* 00FF0000'00000000h */
	put(&w, 0x41000, 0x42003);
	put(&w, 0x42000, 0x43003);
	put(&w, 0x43000, 0x44003);
	put(&w, 0x44000 + 8 * 5, 0x123003);
	done(&w, 3, DIRECTORY);
	enter_long_mode(&w, CR4_LA57);
	assert_true(rs_translate(w.m, 0x00ff000000005678, &pa));
	assert_int_equal(pa, 0x123678);
	assert_false(rs_translate(w.m, 0x01ff000000005678, &pa));
	close_machine(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turning_pae_paging_on_loads_pdptes),
		cmocka_unit_test(cr3_loads_pdptes_in_pae_mode_only),
		cmocka_unit_test(reserved_bits_in_pdptes_fault),
		cmocka_unit_test(which_bits_load_pdptes),
		cmocka_unit_test(pdptes_translate_from_registers),
		cmocka_unit_test(legacy_paging_begins_and_ends),
		cmocka_unit_test(a_stale_entry_does_not_tell_a_snapshot_from_its_machine),
		cmocka_unit_test(long_mode_loads_no_pdptes),
		cmocka_unit_test(pcide_needs_long_mode_and_pcid_0),
		cmocka_unit_test(la57_is_chosen_before_long_mode),
		cmocka_unit_test(la57_translates_by_five_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
