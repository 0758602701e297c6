/* debug_internal.h - what the files of debug_info.h share: libdw, loaded when it is asked for. */
#ifndef RS_UI_DEBUG_DEBUG_INTERNAL_H
#define RS_UI_DEBUG_DEBUG_INTERNAL_H

#include <dwarf.h>
#include <elfutils/libdw.h>

#include "ui/debug/debug_info.h"

/* Entries that one question may look at: a file whose entries lead in circles must end too. */
#define DEBUG_BUDGET 4000000u
/* Types within types, blocks within blocks. */
#define DEBUG_DEEPEST 24

struct libdw {
	void *handle;
#define LIBDW(name) __typeof__(&name) name;
#include "ui/debug/libdw.def"
#undef LIBDW
};

struct debug_info {
	const struct rs_host *host;
	struct libdw lib;
	Elf *elf;
	Dwarf *dwarf;
	Dwarf_CFI *debug_frame, *eh_frame; /* NULL: not there */
	bool asked_frames;
	unsigned budget;
};

/* Steps through the compilation units; *at begins as 0. */
bool debug_unit_next(struct debug_info *d, uint64_t *at, Dwarf_Die *unit);
/* The unit whose code holds the address. */
bool debug_unit_of(struct debug_info *d, uint64_t address, Dwarf_Die *unit);
/* The first child, or the next sibling: false at the end, and where the file leads back. */
bool debug_child(struct debug_info *d, Dwarf_Die *die, Dwarf_Die *child);
bool debug_sibling(struct debug_info *d, Dwarf_Die *die);
/* The entry at an offset. */
bool debug_at(struct debug_info *d, uint64_t offset, Dwarf_Die *die);

/* "" without one. */
const char *debug_name(struct debug_info *d, Dwarf_Die *die);
bool debug_is_named(struct debug_info *d, Dwarf_Die *die, const char *name, size_t length);
bool debug_number(struct debug_info *d, Dwarf_Die *die, unsigned attribute, uint64_t *value);
/* What DW_AT_type leads to; 0 without one. */
debug_handle debug_type_of(struct debug_info *d, Dwarf_Die *die);

/* A location expression [DWARF 5, 2.5 and 2.6]. */
struct debug_expression {
	const struct debug_frame *frame; /* NULL: no registers */
	const struct debug_memory *memory;
	bool has_cfa, has_base;
	uint64_t cfa, base; /* base: what DW_OP_fbreg counts from */
};

enum debug_result { DEBUG_NOWHERE, DEBUG_ADDRESS, DEBUG_VALUE };

enum debug_result debug_evaluate(const struct debug_expression *e, const Dwarf_Op *ops, size_t count, uint64_t *result);
/* The address that the frame's registers were saved below [DWARF 5, 6.4.1]. */
bool debug_cfa(struct debug_info *d, const struct debug_frame *f, bool called, const struct debug_memory *memory,
	       uint64_t *cfa);

#endif
