/* disasm.h - instructions in words, for people: nothing is decided by them. */
#ifndef RS_UI_DISASM_H
#define RS_UI_DISASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One instruction at the start of `bytes` in Intel syntax; mode_bits is 16, 32 or 64. The result is the length of the
 * text, cut to fit; 0 (and "") for bytes that are no instruction. */
size_t ui_disassemble(const uint8_t *bytes, size_t n, uint64_t rip, unsigned mode_bits, char *text, size_t size);

/* The same as the view has it: small letters, and numbers without leading zeros. */
size_t ui_disassemble_brief(const uint8_t *bytes, size_t n, uint64_t rip, unsigned mode_bits, char *text, size_t size);

/* The bytes of the instruction at the start of `bytes`; 0: it is none. */
size_t ui_instruction_length(const uint8_t *bytes, size_t n, unsigned mode_bits);

/* Whether the instruction reads or writes memory by GS. */
bool ui_accesses_gs(const uint8_t *bytes, size_t n, unsigned mode_bits);

#endif
