/* debug_info.h - what a compiler wrote about a program: DWARF, read by elfutils' libdw.
 *
 * libdw is loaded when the first file is opened, not when the program starts, and a build without it refuses to open
 * one. Nothing here knows a machine: memory is read by a function of the caller. The files are anybody's, so whatever
 * walks through them has a bound. Addresses are those of the file. */
#ifndef RS_UI_DEBUG_DEBUG_INFO_H
#define RS_UI_DEBUG_DEBUG_INFO_H

#include "host/host.h"

struct debug_info;

/* The bytes must stay. NULL with the reason when there is no (readable) debug information, or no libdw. */
struct debug_info *debug_open(const struct rs_host *host, const uint8_t *bytes, size_t size, struct rs_error *why);
void debug_close(struct debug_info *d);

/* ---- source lines ---- */

struct debug_place {
	const char *file; /* with its folder, as the compiler wrote it; lives as long as the debug_info */
	unsigned line;
	uint64_t address; /* of the line's code */
};

bool debug_place_of(struct debug_info *d, uint64_t address, struct debug_place *place);
/* The first address of a line, or of the next one that has code. `file`: its name, or how its path ends. */
bool debug_address_of(struct debug_info *d, const char *file, size_t length, unsigned line, struct debug_place *place);

/* ---- frames ---- */

/* Registers as the System V ABIs number them for DWARF: x86-64 RAX RDX RCX RBX RSI RDI RBP RSP R8..R15, return address;
 * i386 EAX ECX EDX EBX ESP EBP ESI EDI, return address. */
enum { DEBUG_REGISTERS = 17 };

struct debug_frame {
	unsigned word;                   /* 8 or 4 */
	uint64_t value[DEBUG_REGISTERS]; /* the last is the place in the code, for i386 too */
	uint32_t known;                  /* a bit for each */
};

enum { DEBUG_PC = DEBUG_REGISTERS - 1 };

static inline unsigned debug_stack_register(const struct debug_frame *f)
{
	return f->word == 8 ? 7 : 4;
}

static inline unsigned debug_base_register(const struct debug_frame *f)
{
	return f->word == 8 ? 6 : 5;
}

/* Memory of the program: whether all bytes could be read. */
struct debug_memory {
	void *arg;
	bool (*read)(void *arg, uint64_t address, void *to, size_t size);
};

/* The caller's registers by call frame information [DWARF 5, 6.4]. `called`: the place is one behind a CALL. */
bool debug_unwind(struct debug_info *d, struct debug_frame *f, bool called, const struct debug_memory *memory);

/* ---- types ---- */

enum debug_kind {
	DEBUG_VOID,
	DEBUG_BASE,
	DEBUG_POINTER,
	DEBUG_STRUCT,
	DEBUG_UNION,
	DEBUG_ARRAY,
	DEBUG_ENUM,
	DEBUG_FUNCTION,
};

enum debug_encoding { DEBUG_UNSIGNED, DEBUG_SIGNED, DEBUG_CHAR, DEBUG_UCHAR, DEBUG_BOOL, DEBUG_FLOAT };

typedef uint64_t debug_handle; /* of a type in its file; 0: void */

struct debug_type {
	enum debug_kind kind;
	const char *name;             /* "" without one */
	uint64_t size;                /* bytes; 0: incomplete */
	enum debug_encoding encoding; /* of a base type */
	debug_handle target;          /* of a pointer, of an array's elements, of a function's result */
	uint64_t count;               /* elements of an array; those of arrays of arrays: their product is in `size` */
};

/* Typedefs and qualifiers are looked through, but a typedef's name is the name of what has none itself. */
bool debug_type(struct debug_info *d, debug_handle type, struct debug_type *to);
/* A structure, union, enumeration, typedef or base type of that name; a whole one before a declaration. */
bool debug_type_find(struct debug_info *d, const char *name, size_t length, debug_handle *type);
/* A variable of that name that has one address. */
bool debug_variable_find(struct debug_info *d, const char *name, size_t length, uint64_t *address, debug_handle *type);

struct debug_member {
	const char *name; /* "" without one */
	debug_handle type;
	uint64_t offset;    /* bytes from the start */
	unsigned bit, bits; /* of a bit field: the lowest bit, counted from `offset`; bits 0: none */
};

/* Steps through the members of a structure or union; *cursor begins as 0. */
bool debug_member_next(struct debug_info *d, debug_handle type, uint64_t *cursor, struct debug_member *member);
/* The name of an enumeration's value, or NULL. */
const char *debug_enumerator(struct debug_info *d, debug_handle type, uint64_t value);

/* Steps through the names of an enumeration; NULL at its end; *cursor begins as 0. */
const char *debug_enumerator_next(struct debug_info *d, debug_handle type, uint64_t *cursor, uint64_t *value);

/* ---- variables of a frame ---- */

struct debug_local {
	const char *name;
	debug_handle type;
	bool parameter;
	bool has_address, has_value;
	uint64_t address, value;
};

/* Steps through the parameters and variables of the function around the frame's place; *cursor begins as 0. */
bool debug_local_next(struct debug_info *d, const struct debug_frame *f, bool called, const struct debug_memory *memory,
		      uint64_t *cursor, struct debug_local *local);

#endif
