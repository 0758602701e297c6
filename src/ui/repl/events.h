/* events.h - what a run can be stopped at: code, data, MSRs, changes of CPL, vectors, segment loads, instructions,
 * ports. All of them stand in one list. None is in guest memory and none takes guest time. */
#ifndef RS_UI_REPL_EVENTS_H
#define RS_UI_REPL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "ringstep.h"

enum { PROMPT_EVENTS = RS_WATCHES, EVENT_TEXT = 256, EVENT_WORD = 64 };

enum event_kind {
	EVENT_CODE, /* stops before the instruction; all others behind the record that makes them */
	EVENT_DATA,
	EVENT_MSR,
	EVENT_CPL,
	EVENT_VECTOR,
	EVENT_SEGMENT,
	EVENT_INSTRUCTION,
	EVENT_PORT,
};

enum { EVENT_ANY = -1, EVENT_EXTERNAL = -2 };

struct event {
	bool used, enabled;
	bool once;        /* gone when it has stopped a run */
	bool notify;      /* tells, and does not stop */
	bool unresolved;  /* `text` has no value yet */
	bool read, write; /* data, MSR, port */
	bool any;         /* every MSR */
	enum event_kind kind;
	unsigned size;         /* data: bytes */
	uint64_t address;      /* linear, of an MSR, of a port */
	uint64_t value, mask;  /* MSR: the bits of `mask` written as in `value` */
	int from, to;          /* CPL, or EVENT_ANY */
	int vector;            /* or EVENT_EXTERNAL */
	unsigned segment;      /* SEG_CS */
	char text[EVENT_WORD]; /* mnemonic, name of a segment or MSR, expression of an unresolved address */
	uint64_t passes, left; /* hits that a stop takes, and that the next one does */
	uint64_t hits;
	char condition[EVENT_TEXT], commands[EVENT_TEXT]; /* "": none */
};

struct prompt;
struct happening;

/* The event that stops the run before the next instruction, or -1; counts. */
int events_before(struct prompt *p);
/* The event that stops it behind the record that p->last holds, or -1; counts. */
int events_behind(struct prompt *p);
/* The event that stands here, and the one that the last record makes, or -1; neither counts nor tells. */
int events_stand_here(struct prompt *p);
int events_made_by_last(struct prompt *p);
/* Gives values to addresses that had none, and tells the machine which memory to watch. */
void events_follow(struct prompt *p);
/* A free place in the list, filled with what every event has; NULL: the user has been told. */
struct event *events_new(struct prompt *p, const char *command);
/* "msr:lstar w", "cpl 3->0", "w4". */
const char *event_text(const struct event *e, char *text, size_t size);
/* A line of the list. */
void events_show(struct prompt *p, const struct event *e);

/* ---- cmd_break.c: what every event is given ---- */

/* One that stops at its first pass. */
struct event event_plain(enum event_kind kind);
/* "/1": once; "/w "EXPRESSION"": only while it is not 0. */
bool event_options(struct prompt *p, const char **args, struct event *e);
/* "[PASSES] ["COMMANDS"]" to the end. */
bool event_passes(struct prompt *p, const char *args, struct event *e);
/* The address of an MSR's name, with or without IA32_ before it. */
bool msr_named(const char *name, size_t length, uint32_t *address);
/* Puts it into the list and shows it; a code event takes the place of the one at its address. */
bool event_add(struct prompt *p, const char *command, const struct event *e);

/* ---- opcodes.c: what an instruction is, by its bytes ---- */

/* The opcode behind the prefixes; two bytes can be read there. */
const uint8_t *opcode_of(const struct happening *h);
const uint8_t *opcode_in(const uint8_t *bytes, size_t length, unsigned mode);
/* CALL in its forms, INT3, INT n, INTO, INT1, SYSCALL: what comes back to the next instruction. SYSENTER does not. */
bool opcode_comes_back(const uint8_t *op);
/* RET and far RET with and without a number, IRET, SYSRET, SYSEXIT. */
bool opcode_goes_back(const uint8_t *op);
/* The ports that IN, OUT, INS and OUTS access; false for other instructions. */
struct port_access {
	uint16_t port;
	unsigned size;
	bool write;
};
bool opcode_port(const struct happening *h, uint64_t rdx, struct port_access *access);
/* Whether it loads the segment register, be it with what is there already. */
bool opcode_loads(const struct happening *h, unsigned segment);
/* The vector of INT n and its kin, or -1. */
int opcode_vector(const struct happening *h);

#endif
