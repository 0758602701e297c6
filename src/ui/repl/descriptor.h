/* descriptor.h - descriptors and gates taken apart, and what is wrong with them. */
#ifndef RS_UI_REPL_DESCRIPTOR_H
#define RS_UI_REPL_DESCRIPTOR_H

#include "ringstep.h"

enum { DESCRIPTOR_BYTES = 16, DESCRIPTOR_TEXT = 160 };

/* A segment or system descriptor; `wide`: system descriptors have 16 bytes (IA-32e mode). */
struct rs_segment descriptor_decode(const uint8_t *bytes, bool wide);
/* "Code RE", "TSS Busy", "IntGate" of bits 55:40. */
const char *descriptor_type_text(uint16_t attributes);
/* Whether it is a call, interrupt, trap or task gate. */
bool descriptor_is_gate(uint16_t attributes);
/* Its bytes: 8, or 16 for an LDT, a TSS or a call gate in IA-32e mode. */
unsigned descriptor_bytes(uint16_t attributes, bool wide);

struct gate {
	uint64_t target;
	uint16_t selector, attributes;
	uint8_t ist, parameters;
};

struct gate gate_decode(const uint8_t *bytes, bool wide);

/* Why a descriptor of the GDT or LDT cannot be used as it is, in words with commas between them; "": nothing in it.
 * `address_bits` of linear addresses in IA-32e mode, else 0. */
const char *descriptor_problems(const uint8_t *bytes, unsigned address_bits, char *text);
/* The same of a gate in the IDT; what its selector names is not looked at. */
const char *gate_problems(const uint8_t *bytes, unsigned address_bits, char *text);
bool is_canonical(uint64_t address, unsigned address_bits);

#endif
