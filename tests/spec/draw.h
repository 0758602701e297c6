/*
 * draw.h - states to compare in, drawn from lists of values by a generator with a seed.
 */
#ifndef SPEC_DRAW_H
#define SPEC_DRAW_H

#include "world.h"

/* SplitMix64. */
struct draw {
	uint64_t seed;
};

uint64_t draw_64(struct draw *d);
/* Below n. */
unsigned draw_below(struct draw *d, unsigned n);
/* True once in n. */
bool draw_once_in(struct draw *d, unsigned n);

enum scene_mode { IN_64, IN_COMPATIBILITY, IN_32, IN_16, IN_REAL, IN_VIRTUAL_8086, SCENE_MODES };

/* What is fixed for a machine. */
struct scene_cpu {
	const char *name;
	const struct spec_processor *facts;
	bool is_intel, has_la57;
};

struct scene {
	const struct scene_cpu *cpu;
	enum scene_mode mode;
	struct spec_instruction insn;
	unsigned encoding;
	struct spec_state state;
	uint8_t shadow; /* interrupt shadow of the instruction before */
	uint8_t window[WORLD_WINDOW_SIZE];
	uint64_t address_mask; /* of the linear addresses in the mode */
	bool is_written;       /* the instruction must be put where it is */
};

/* Encodings of the instructions. Each lies at WORLD_CODE + 64 * number. */
struct encoding {
	enum spec_transition transition;
	uint8_t bytes[8];
	uint8_t length;
	bool lock, operand_66, rex_w, direct;
	uint8_t vector;
	uint16_t immediate;
};
extern const struct encoding encodings[];
extern const unsigned encoding_count;

/* Puts all encodings where scenes expect them. */
void scene_code(struct world *w);
void draw_fast(struct draw *d, struct scene *s, const struct scene_cpu *cpu);
void draw_tables(struct draw *d, struct scene *s, const struct scene_cpu *cpu);

/* What both use. */
void draw_common(struct draw *d, struct scene *s);
/* One of the transitions from `first` to `last`, each as likely, in one of its encodings. */
void draw_instruction(struct draw *d, struct scene *s, enum spec_transition first, enum spec_transition last);
uint64_t draw_address(struct draw *d);
/* An address that the processor takes for a base or a target: by its own width, whatever CR4.LA57 says. */
uint64_t draw_msr_address(struct draw *d, const struct scene_cpu *cpu);
bool fits(uint64_t address, unsigned bits);
uint16_t draw_selector(struct draw *d);
struct spec_segment draw_cache(struct draw *d, unsigned dpl);
void draw_data_segments(struct draw *d, struct scene *s);
/* LDTR and TR. */
void draw_system_segments(struct scene *s);
/* Where the instruction lies: CS must be there. */
void draw_place(struct draw *d, struct scene *s);
void put(struct scene *s, uint64_t address, unsigned size, uint64_t value);
void put_descriptor(struct scene *s, uint64_t address, const struct spec_segment *seg);
void put_gate(struct scene *s, uint64_t address, const struct spec_gate *gate);
struct spec_segment code_segment(unsigned type, unsigned dpl, bool l, bool db);
struct spec_segment data_segment(unsigned type, unsigned dpl, bool db);

#endif
