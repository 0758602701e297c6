/* debug_none.c - debug_info.h for a build without libdw: nothing can be opened. */
#include "ui/debug/debug_info.h"

struct debug_info *debug_open(const struct rs_host *host, const uint8_t *bytes, size_t size, struct rs_error *why)
{
	(void)host, (void)bytes, (void)size;
	error_set(why, RS_ERROR_NOT_FOUND, "this ringstep was built without libdw (elfutils)");
	return NULL;
}

void debug_close(struct debug_info *d)
{
	(void)d;
}

bool debug_place_of(struct debug_info *d, uint64_t address, struct debug_place *place)
{
	(void)d, (void)address, (void)place;
	return false;
}

bool debug_address_of(struct debug_info *d, const char *file, size_t length, unsigned line, struct debug_place *place)
{
	(void)d, (void)file, (void)length, (void)line, (void)place;
	return false;
}

bool debug_unwind(struct debug_info *d, struct debug_frame *f, bool called, const struct debug_memory *memory)
{
	(void)d, (void)f, (void)called, (void)memory;
	return false;
}

bool debug_type(struct debug_info *d, debug_handle type, struct debug_type *to)
{
	(void)d, (void)type, (void)to;
	return false;
}

bool debug_type_find(struct debug_info *d, const char *name, size_t length, debug_handle *type)
{
	(void)d, (void)name, (void)length, (void)type;
	return false;
}

bool debug_variable_find(struct debug_info *d, const char *name, size_t length, uint64_t *address, debug_handle *type)
{
	(void)d, (void)name, (void)length, (void)address, (void)type;
	return false;
}

bool debug_member_next(struct debug_info *d, debug_handle type, uint64_t *cursor, struct debug_member *member)
{
	(void)d, (void)type, (void)cursor, (void)member;
	return false;
}

const char *debug_enumerator(struct debug_info *d, debug_handle type, uint64_t value)
{
	(void)d, (void)type, (void)value;
	return NULL;
}

bool debug_local_next(struct debug_info *d, const struct debug_frame *f, bool called, const struct debug_memory *memory,
		      uint64_t *cursor, struct debug_local *local)
{
	(void)d, (void)f, (void)called, (void)memory, (void)cursor, (void)local;
	return false;
}

const char *debug_enumerator_next(struct debug_info *d, debug_handle type, uint64_t *cursor, uint64_t *value)
{
	(void)d, (void)type, (void)cursor, (void)value;
	return NULL;
}
