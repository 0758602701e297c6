/* inline_forms.c - every form of every mnemonic, found by decoding all encodings: a form is a mnemonic with its opcode,
 * prefixes that count, and the kinds and widths of its operands. */
#include <stdio.h>
#include <stdlib.h>

#include "inline.h"

bool decode_bytes(const ZydisDecoder *d, const uint8_t *bytes, unsigned size, struct decoded *z)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeFull(d, bytes, size, &z->i, z->o));
}

/* ---- keys ---- */

static void mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * 0x9e3779b97f4a7c15u;
	*hash ^= *hash >> 29;
}

/* Which register is part of the form only where the encoding does not choose it. */
static bool is_chosen(const ZydisDecodedOperand *o)
{
	return o->encoding != ZYDIS_OPERAND_ENCODING_NONE;
}

static void mix_operand(uint64_t *hash, const ZydisDecodedOperand *o)
{
	mix(hash, (uint64_t)o->type << 32 | (uint64_t)o->encoding << 24 | o->size);
	mix(hash, o->element_size);
	if (o->type == ZYDIS_OPERAND_TYPE_REGISTER)
		mix(hash, is_chosen(o) ? (uint64_t)ZydisRegisterGetClass(o->reg.value) : 0x100u + o->reg.value);
	if (o->type == ZYDIS_OPERAND_TYPE_MEMORY)
		mix(hash, o->mem.type);
}

uint64_t form_key(const struct encoding *e, const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands)
{
	const uint64_t counted =
	    ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
	uint64_t hash = z->mnemonic;
	mix(&hash, z->attributes & counted);
	mix(&hash, (uint64_t)z->encoding << 16 | (uint64_t)z->opcode_map << 8 | e->opcode);
	mix(&hash, (uint64_t)e->memory << 16 | (e->free_reg ? 8u : e->reg) << 8 | (e->free_rm ? 8u : e->rm));
	for (unsigned i = 0; i < z->operand_count; i++)
		mix_operand(&hash, &operands[i]);
	return hash;
}

/* ---- enumerating ---- */

static bool has_operand(const struct decoded *z, ZydisOperandEncoding encoding, bool visible)
{
	for (unsigned i = 0; i < (visible ? z->i.operand_count_visible : z->i.operand_count); i++)
		if (z->o[i].encoding == encoding)
			return true;
	return false;
}

static bool is_register_of(const struct decoded *z, ZydisOperandEncoding encoding)
{
	for (unsigned i = 0; i < z->i.operand_count; i++)
		if (z->o[i].encoding == encoding && z->o[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
			return true;
	return false;
}

static void find_free(struct encoding *e, const struct decoded *z)
{
	e->has_modrm = z->i.attributes & ZYDIS_ATTRIB_HAS_MODRM;
	e->free_reg = has_operand(z, ZYDIS_OPERAND_ENCODING_MODRM_REG, false);
	e->free_rm = !e->memory && is_register_of(z, ZYDIS_OPERAND_ENCODING_MODRM_RM);
	e->free_vvvv = has_operand(z, ZYDIS_OPERAND_ENCODING_NDSNDD, false);
	e->free_opcode = has_operand(z, ZYDIS_OPERAND_ENCODING_OPCODE, false);
	e->free_is4 = has_operand(z, ZYDIS_OPERAND_ENCODING_IS4, false);
	if (!e->has_modrm)
		e->memory = false;
	if (e->free_opcode)
		e->opcode &= 0xf8;
}

static bool shows_vectors(const struct decoded *z)
{
	for (unsigned i = 0; i < z->i.operand_count; i++) {
		ZydisRegister reg = z->o[i].type == ZYDIS_OPERAND_TYPE_REGISTER ? z->o[i].reg.value : 0;
		ZydisRegisterClass class = ZydisRegisterGetClass(reg);
		if ((class >= ZYDIS_REGCLASS_X87 && class <= ZYDIS_REGCLASS_ZMM) || reg == ZYDIS_REGISTER_MXCSR ||
		    reg == ZYDIS_REGISTER_X87CONTROL || reg == ZYDIS_REGISTER_X87STATUS || reg == ZYDIS_REGISTER_X87TAG)
			return true;
	}
	switch (z->i.meta.isa_ext) {
	case ZYDIS_ISA_EXT_X87:
	case ZYDIS_ISA_EXT_MMX:
	case ZYDIS_ISA_EXT_SSE:
	case ZYDIS_ISA_EXT_SSE2:
	case ZYDIS_ISA_EXT_AVX:
	case ZYDIS_ISA_EXT_XSAVE:
	case ZYDIS_ISA_EXT_XSAVEC:
	case ZYDIS_ISA_EXT_XSAVEOPT:
	case ZYDIS_ISA_EXT_XSAVES:
		return true;
	default:
		return z->i.meta.category == ZYDIS_CATEGORY_SSE;
	}
}

/* Takes the key in; false when it is there already. */
static bool is_new(struct form_list *f, uint64_t key)
{
	size_t at = key % FORM_KEYS;
	while (f->keys[at] && f->keys[at] != key)
		at = (at + 1) % FORM_KEYS;
	if (f->keys[at] == key)
		return false;
	f->keys[at] = key;
	return true;
}

static bool add(struct form_list *f, const struct encoding *e, const struct decoded *z, uint64_t key)
{
	if (f->count == FORM_KEYS / 2)
		return false;
	if (f->count == f->room) {
		size_t room = f->room ? 2 * f->room : 4096;
		struct insn_form *more = realloc(f->form, room * sizeof *more);
		if (!more)
			return false;
		f->form = more;
		f->room = room;
	}
	f->form[f->count++] = (struct insn_form){ .key = key,
						  .e = *e,
						  .mnemonic = z->i.mnemonic,
						  .insn = -1,
						  .vectors = shows_vectors(z),
						  .length = z->i.length };
	return true;
}

/* No other modifier than those of the encoding: VEX without vvvv, no EVEX, no XOP. */
static bool is_ours(const struct encoding *e, const struct decoded *z)
{
	ZydisInstructionEncoding wanted = e->vex ? ZYDIS_INSTRUCTION_ENCODING_VEX : ZYDIS_INSTRUCTION_ENCODING_LEGACY;
	return z->i.encoding == wanted && z->i.raw.prefix_count <= 15;
}

static bool try_encoding(struct form_list *f, const ZydisDecoder *d, const struct encoding *given, bool *has_modrm)
{
	struct encoding e = *given;
	struct decoded z;
	uint8_t bytes[24];
	encode_plain(&e, bytes);
	if (!decode_bytes(d, bytes, 15, &z) || !is_ours(&e, &z))
		return true;
	*has_modrm = z.i.attributes & ZYDIS_ATTRIB_HAS_MODRM;
	find_free(&e, &z);
	if (!e.has_modrm && (given->reg || given->rm || given->memory))
		return true;
	uint64_t key = form_key(&e, &z.i, z.o);
	return !is_new(f, key) || add(f, &e, &z, key);
}

/* All ModRM bytes of an opcode; the first look tells whether there is one. */
static bool try_modrm(struct form_list *f, const ZydisDecoder *d, struct encoding e)
{
	bool has_modrm = true;
	e.has_modrm = true;
	for (unsigned reg = 0; reg < 8 && has_modrm; reg++) {
		e.reg = (uint8_t)reg;
		e.memory = false;
		for (unsigned rm = 0; rm < 8; rm++) {
			e.rm = (uint8_t)rm;
			if (!try_encoding(f, d, &e, &has_modrm))
				return false;
		}
		e.rm = 0;
		e.memory = true;
		for (unsigned vsib = 0; vsib < 2; vsib++) {
			e.vsib = vsib;
			if (!try_encoding(f, d, &e, &has_modrm))
				return false;
		}
		e.vsib = false;
	}
	return true;
}

/* REX, the escapes and the prefixes are no opcodes. */
static bool is_opcode(const struct encoding *e)
{
	static const uint8_t others[] = { 0x0f, 0x26, 0x2e, 0x36, 0x3e, 0x62, 0x64, 0x65,
					  0x66, 0x67, 0xc4, 0xc5, 0xf0, 0xf2, 0xf3 };
	if (e->map == 1)
		return e->opcode != 0x38 && e->opcode != 0x3a && e->opcode != 0x0f;
	return e->map || ((e->opcode & 0xf0) != 0x40 && !memchr(others, e->opcode, sizeof others));
}

static bool find_legacy(struct form_list *f, const ZydisDecoder *d)
{
	static const struct {
		uint8_t count, prefix[2];
	} prefixes[] = { { 0, { 0 } },          { 1, { 0x66 } },       { 1, { 0xf3 } }, { 1, { 0xf2 } },
			 { 2, { 0x66, 0xf3 } }, { 2, { 0x66, 0xf2 } }, { 1, { 0xf0 } }, { 2, { 0xf0, 0x66 } } };
	for (unsigned p = 0; p < sizeof prefixes / sizeof *prefixes; p++)
		for (unsigned i = 0; i < 2 * 4 * 256; i++) {
			struct encoding e = {
				.prefixes = prefixes[p].count, .w = i >> 10, .map = i >> 8 & 3, .opcode = (uint8_t)i
			};
			memcpy(e.prefix, prefixes[p].prefix, 2);
			if (is_opcode(&e) && !try_modrm(f, d, e))
				return false;
		}
	return true;
}

static bool find_vex(struct form_list *f, const ZydisDecoder *d)
{
	for (unsigned i = 0; i < 3 * 16 * 256; i++) {
		struct encoding e = { .vex = true,
				      .w = i >> 8 & 1,
				      .l = i >> 9 & 1,
				      .pp = i >> 10 & 3,
				      .map = (uint8_t)(1 + (i >> 12)),
				      .opcode = (uint8_t)i };
		if (!try_modrm(f, d, e))
			return false;
	}
	return true;
}

bool forms_find(struct form_list *f, const ZydisDecoder *d)
{
	return find_legacy(f, d) && find_vex(f, d);
}

/* ---- telling ---- */

const char *form_name(const struct insn_form *f)
{
	return ZydisMnemonicGetString((ZydisMnemonic)f->mnemonic);
}

bool form_tell(const struct insn_form *f, char text[static 160])
{
	ZydisDecoder d;
	ZydisFormatter formatter;
	struct decoded z;
	uint8_t bytes[24];
	char listing[96] = "";
	encode_plain(&f->e, bytes);
	ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	if (decode_bytes(&d, bytes, 15, &z))
		ZydisFormatterFormatInstruction(&formatter, &z.i, z.o, z.i.operand_count_visible, listing,
						sizeof listing, ARENA_CODE, NULL);
	int n = snprintf(text, 160, "%s (", listing);
	for (unsigned i = 0; i < f->length && n < 150; i++)
		n += snprintf(text + n, 160 - (size_t)n, "%02x", bytes[i]);
	snprintf(text + n, 160 - (size_t)n, ")");
	return true;
}
