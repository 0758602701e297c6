/* debug_type.c - see debug_info.h: types, members, variables. */
#include "ui/debug/debug_internal.h"

/* ---- what a type is ---- */

static bool is_looked_through(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* The entry behind typedefs and qualifiers, and the outermost typedef's name; false: void, or too long a chain. */
static bool resolve(struct debug_info *d, debug_handle type, Dwarf_Die *die, const char **name)
{
	*name = "";
	for (unsigned depth = 0; type && depth < DEBUG_DEEPEST; depth++) {
		if (!debug_at(d, type, die))
			return false;
		int tag = d->lib.dwarf_tag(die);
		if (!is_looked_through(tag))
			return true;
		if (tag == DW_TAG_typedef && !**name)
			*name = debug_name(d, die);
		type = debug_type_of(d, die);
	}
	return false;
}

static enum debug_encoding encoding_of(struct debug_info *d, Dwarf_Die *die)
{
	uint64_t encoding = 0;
	debug_number(d, die, DW_AT_encoding, &encoding);
	switch (encoding) {
	case DW_ATE_boolean:
		return DEBUG_BOOL;
	case DW_ATE_float:
		return DEBUG_FLOAT;
	case DW_ATE_signed:
		return DEBUG_SIGNED;
	case DW_ATE_signed_char:
		return DEBUG_CHAR;
	case DW_ATE_unsigned_char:
		return DEBUG_UCHAR;
	default:
		return DEBUG_UNSIGNED;
	}
}

static enum debug_kind kind_of(int tag)
{
	switch (tag) {
	case DW_TAG_base_type:
		return DEBUG_BASE;
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
		return DEBUG_POINTER;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return DEBUG_STRUCT;
	case DW_TAG_union_type:
		return DEBUG_UNION;
	case DW_TAG_array_type:
		return DEBUG_ARRAY;
	case DW_TAG_enumeration_type:
		return DEBUG_ENUM;
	case DW_TAG_subroutine_type:
		return DEBUG_FUNCTION;
	default:
		return DEBUG_VOID;
	}
}

/* The elements of an array: its dimensions' product; 0: open, or nonsense. */
static uint64_t elements_of(struct debug_info *d, Dwarf_Die *die)
{
	uint64_t count = 1, n;
	Dwarf_Die range;
	bool any = false;
	for (bool more = debug_child(d, die, &range); more; more = debug_sibling(d, &range)) {
		if (d->lib.dwarf_tag(&range) != DW_TAG_subrange_type)
			continue;
		if (!debug_number(d, &range, DW_AT_count, &n)) {
			if (!debug_number(d, &range, DW_AT_upper_bound, &n))
				return 0;
			n++;
		}
		if (n && count > UINT32_MAX / n)
			return 0;
		count *= n;
		any = true;
	}
	return any ? count : 0;
}

static bool describe(struct debug_info *d, debug_handle type, struct debug_type *to, unsigned depth);

/* Elements that are arrays themselves multiply the size. */
static void describe_array(struct debug_info *d, Dwarf_Die *die, struct debug_type *to, unsigned depth)
{
	struct debug_type element;
	to->count = elements_of(d, die);
	if (depth && describe(d, to->target, &element, depth - 1) && to->count &&
	    element.size <= UINT32_MAX / to->count)
		to->size = to->count * element.size;
}

static bool describe(struct debug_info *d, debug_handle type, struct debug_type *to, unsigned depth)
{
	Dwarf_Die die;
	const char *name;
	*to = (struct debug_type){ .kind = DEBUG_VOID, .name = "" };
	if (!resolve(d, type, &die, &name)) {
		to->name = name;
		return !type;
	}
	to->kind = kind_of(d->lib.dwarf_tag(&die));
	to->name = *debug_name(d, &die) ? debug_name(d, &die) : name;
	to->target = debug_type_of(d, &die);
	to->encoding = encoding_of(d, &die);
	debug_number(d, &die, DW_AT_byte_size, &to->size);
	if (to->kind == DEBUG_ARRAY)
		describe_array(d, &die, to, depth);
	return true;
}

bool debug_type(struct debug_info *d, debug_handle type, struct debug_type *to)
{
	d->budget = DEBUG_BUDGET;
	return describe(d, type, to, DEBUG_DEEPEST);
}

/* ---- by name ---- */

/* Steps through the entries at the top of all units. */
struct top {
	uint64_t at;
	Dwarf_Die unit, die;
	bool inside;
};

static bool top_next(struct debug_info *d, struct top *t)
{
	if (t->inside && debug_sibling(d, &t->die))
		return true;
	t->inside = false;
	while (!t->inside && debug_unit_next(d, &t->at, &t->unit))
		t->inside = debug_child(d, &t->unit, &t->die);
	return t->inside;
}

static bool is_type(int tag)
{
	return tag == DW_TAG_typedef || kind_of(tag) == DEBUG_STRUCT || kind_of(tag) == DEBUG_UNION ||
	       kind_of(tag) == DEBUG_ENUM || kind_of(tag) == DEBUG_BASE;
}

bool debug_type_find(struct debug_info *d, const char *name, size_t length, debug_handle *type)
{
	struct top t = { .at = 0 };
	uint64_t yes;
	d->budget = DEBUG_BUDGET;
	*type = 0;
	while (top_next(d, &t)) {
		if (!is_type(d->lib.dwarf_tag(&t.die)) || !debug_is_named(d, &t.die, name, length))
			continue;
		*type = d->lib.dwarf_dieoffset(&t.die);
		if (!debug_number(d, &t.die, DW_AT_declaration, &yes))
			return true;
	}
	return *type;
}

static bool fixed_address(struct debug_info *d, Dwarf_Die *die, uint64_t *address)
{
	const struct debug_expression nothing = { .frame = NULL };
	Dwarf_Attribute attribute;
	Dwarf_Op *ops;
	size_t count;
	if (!d->lib.dwarf_attr_integrate(die, DW_AT_location, &attribute) ||
	    d->lib.dwarf_getlocation(&attribute, &ops, &count))
		return false;
	return debug_evaluate(&nothing, ops, count, address) == DEBUG_ADDRESS;
}

bool debug_variable_find(struct debug_info *d, const char *name, size_t length, uint64_t *address, debug_handle *type)
{
	struct top t = { .at = 0 };
	d->budget = DEBUG_BUDGET;
	while (top_next(d, &t)) {
		if (d->lib.dwarf_tag(&t.die) != DW_TAG_variable || !debug_is_named(d, &t.die, name, length))
			continue;
		*type = debug_type_of(d, &t.die);
		if (fixed_address(d, &t.die, address))
			return true;
	}
	return false;
}

/* ---- members ---- */

/* Bit fields: DWARF 4 and later count from the structure's start; DWARF 2 from the high end of a unit of storage. */
static void place_bits(struct debug_info *d, Dwarf_Die *die, struct debug_member *m)
{
	uint64_t bits = 0, first, size = 0;
	struct debug_type type;
	if (!debug_number(d, die, DW_AT_bit_size, &bits) || !bits || bits > 64)
		return;
	if (!debug_number(d, die, DW_AT_byte_size, &size) && describe(d, m->type, &type, 0))
		size = type.size;
	if (!size || size > 16 || bits > 8 * size)
		return;
	if (debug_number(d, die, DW_AT_data_bit_offset, &first)) {
		m->offset = first / (8 * size) * size;
		first -= 8 * m->offset;
	} else if (debug_number(d, die, DW_AT_bit_offset, &first) && first + bits <= 8 * size) {
		first = 8 * size - first - bits;
	} else {
		first = 0;
	}
	m->bit = (unsigned)first;
	m->bits = (unsigned)bits;
}

static void fill_member(struct debug_info *d, Dwarf_Die *die, struct debug_member *m)
{
	*m = (struct debug_member){ .name = debug_name(d, die), .type = debug_type_of(d, die) };
	debug_number(d, die, DW_AT_data_member_location, &m->offset);
	place_bits(d, die, m);
}

bool debug_member_next(struct debug_info *d, debug_handle type, uint64_t *cursor, struct debug_member *member)
{
	Dwarf_Die die, child;
	const char *name;
	d->budget = DEBUG_BUDGET;
	bool more = *cursor ? debug_at(d, *cursor, &child) && debug_sibling(d, &child)
			    : resolve(d, type, &die, &name) && debug_child(d, &die, &child);
	while (more && d->lib.dwarf_tag(&child) != DW_TAG_member)
		more = debug_sibling(d, &child);
	if (!more)
		return false;
	*cursor = d->lib.dwarf_dieoffset(&child);
	fill_member(d, &child, member);
	return true;
}

static bool enumerator_value(struct debug_info *d, Dwarf_Die *die, uint64_t *value)
{
	Dwarf_Attribute attribute;
	Dwarf_Sword word;
	if (!d->lib.dwarf_attr_integrate(die, DW_AT_const_value, &attribute) ||
	    d->lib.dwarf_formsdata(&attribute, &word))
		return false;
	*value = (uint64_t)word;
	return true;
}

const char *debug_enumerator_next(struct debug_info *d, debug_handle type, uint64_t *cursor, uint64_t *value)
{
	Dwarf_Die die, child;
	const char *name;
	d->budget = DEBUG_BUDGET;
	bool more = *cursor ? debug_at(d, *cursor, &child) && debug_sibling(d, &child)
			    : resolve(d, type, &die, &name) && debug_child(d, &die, &child);
	while (more && (d->lib.dwarf_tag(&child) != DW_TAG_enumerator || !enumerator_value(d, &child, value)))
		more = debug_sibling(d, &child);
	if (!more)
		return NULL;
	*cursor = d->lib.dwarf_dieoffset(&child);
	return debug_name(d, &child);
}

const char *debug_enumerator(struct debug_info *d, debug_handle type, uint64_t value)
{
	const char *name;
	uint64_t one;
	for (uint64_t cursor = 0; (name = debug_enumerator_next(d, type, &cursor, &one));)
		if (one == value)
			return name;
	return NULL;
}

/* ---- variables of a frame ---- */

/* The innermost function entry around the address, inlined ones not counted. */
static bool function_at(struct debug_info *d, uint64_t address, Dwarf_Die *function)
{
	Dwarf_Die unit;
	if (!debug_unit_of(d, address, &unit))
		return false;
	for (bool more = debug_child(d, &unit, function); more; more = debug_sibling(d, function))
		if (d->lib.dwarf_tag(function) == DW_TAG_subprogram && d->lib.dwarf_haspc(function, address) == 1)
			return true;
	return false;
}

/* Where the attribute says that something is while the frame stands at its place. */
static enum debug_result locate(struct debug_info *d, Dwarf_Die *die, unsigned name, uint64_t place,
				const struct debug_expression *e, uint64_t *result)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *ops;
	size_t count;
	if (!d->lib.dwarf_attr_integrate(die, name, &attribute) ||
	    d->lib.dwarf_getlocation_addr(&attribute, place, &ops, &count, 1) != 1)
		return DEBUG_NOWHERE;
	return debug_evaluate(e, ops, count, result);
}

static void fill_local(struct debug_info *d, Dwarf_Die *function, Dwarf_Die *die, uint64_t place,
		       struct debug_expression *e, struct debug_local *local)
{
	uint64_t result = 0;
	*local = (struct debug_local){ .name = debug_name(d, die), .type = debug_type_of(d, die) };
	local->parameter = d->lib.dwarf_tag(die) == DW_TAG_formal_parameter;
	e->has_base = locate(d, function, DW_AT_frame_base, place, e, &e->base) != DEBUG_NOWHERE;
	enum debug_result where = locate(d, die, DW_AT_location, place, e, &result);
	local->has_address = where == DEBUG_ADDRESS;
	local->address = local->has_address ? result : 0;
	local->has_value =
	    where == DEBUG_VALUE || (where == DEBUG_NOWHERE && debug_number(d, die, DW_AT_const_value, &result));
	local->value = local->has_value ? result : 0;
}

static bool is_local(struct debug_info *d, Dwarf_Die *die)
{
	int tag = d->lib.dwarf_tag(die);
	return tag == DW_TAG_formal_parameter || tag == DW_TAG_variable;
}

bool debug_local_next(struct debug_info *d, const struct debug_frame *f, bool called, const struct debug_memory *memory,
		      uint64_t *cursor, struct debug_local *local)
{
	Dwarf_Die function, child;
	uint64_t place = f->value[DEBUG_PC] - called;
	struct debug_expression e = { .frame = f, .memory = memory };
	d->budget = DEBUG_BUDGET;
	if (!function_at(d, place, &function))
		return false;
	bool more =
	    *cursor ? debug_at(d, *cursor, &child) && debug_sibling(d, &child) : debug_child(d, &function, &child);
	while (more && !is_local(d, &child))
		more = debug_sibling(d, &child);
	if (!more)
		return false;
	*cursor = d->lib.dwarf_dieoffset(&child);
	e.has_cfa = debug_cfa(d, f, called, memory, &e.cfa);
	fill_local(d, &function, &child, place, &e, local);
	return true;
}
