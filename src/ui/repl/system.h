/* system.h - what the commands of the system tables share. */
#ifndef RS_UI_REPL_SYSTEM_H
#define RS_UI_REPL_SYSTEM_H

#include "ui/repl/descriptor.h"
#include "ui/repl/repl.h"

/* EFER.LMA: descriptors of the system have 16 bytes. */
bool system_is_long(struct prompt *p);
/* Bits of a canonical address in IA-32e mode, else 0. */
unsigned system_address_bits(struct prompt *p);
/* What is wrong with an address that the kernel is to use, or "": not canonical, not mapped, a page with U=1. */
const char *system_address_problem(struct prompt *p, uint64_t address);
/* Reads a descriptor from the GDT or LDT, 16 bytes, those behind a short one 0; NULL, or why there is none. */
const char *system_descriptor(struct prompt *p, unsigned selector, uint8_t *bytes);
/* Part of the header of descriptor_row's columns. */
void descriptor_heading(struct prompt *p);
/* A row of what stands in a table or cache, without the end of the line. */
void descriptor_row(struct prompt *p, unsigned selector, const char *from, const struct rs_segment *s);
/* Ends that row with what differs: a cache against the table. */
void descriptor_difference(struct prompt *p, const struct rs_segment *table, const struct rs_segment *cache);
/* "SELECTOR" of 16 bits. */
bool system_selector(struct prompt *p, const struct prompt_command *command, const char **args, unsigned *selector);

#endif
