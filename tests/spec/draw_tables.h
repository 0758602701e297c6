/*
 * draw_tables.h - the tables of scenes with tables.
 */
#ifndef SPEC_DRAW_TABLES_H
#define SPEC_DRAW_TABLES_H

#include "draw.h"

enum kind { CODE_64, CODE_32, CONFORMING_64, CONFORMING_32, DATA_32, DATA_16, DATA_EXPAND_DOWN, DATA_READ_ONLY, KINDS };

enum { AVAILABLE_TSS = 0xe8, CALL_GATE = 0x100, CALL_GATES = 8 };

/* A selector of such a segment, in the GDT or the LDT; `requested` is its RPL. */
uint16_t selector_of(struct draw *d, enum kind kind, unsigned dpl, unsigned requested);
struct spec_segment segment_of(struct draw *d, enum kind kind, unsigned dpl);
/* Where the descriptor of a selector lies. */
uint64_t place_of(uint16_t selector);
uint64_t draw_canonical(struct draw *d, const struct scene *s);
void put_tables(struct draw *d, struct scene *s);

/* Pointer, frame or nothing, as the instruction needs it; then what may be wrong with it. */
void draw_transfer(struct draw *d, struct scene *s);

#endif
