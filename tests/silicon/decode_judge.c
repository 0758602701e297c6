/* decode_judge.c - ringstep's answer against the processor's. */
#include "decode.h"

#include <Zydis/Zydis.h>
#include <cpuid.h>
#include <stdio.h>
#include <string.h>

/* ---- what ringstep has not ---------------------------------------------------------------------------------- */

struct absent {
	ZydisISAExt extension;
	uint32_t leaf, subleaf;
	uint8_t reg, bit;
	const char *name;
};

static const struct absent absences[] = {
#define ABSENT(extension, leaf, subleaf, reg, bit, name) { ZYDIS_ISA_EXT_##extension, leaf, subleaf, reg, bit, name },
#include "decode_absent.def"
#undef ABSENT
};

static bool host_has(const struct absent *a)
{
	uint32_t reg[4];
	return __get_cpuid_count(a->leaf, a->subleaf, &reg[0], &reg[1], &reg[2], &reg[3]) && reg[a->reg] >> a->bit & 1;
}

/* A hypervisor can hide a feature in CPUID, but not take its instructions away. */
static bool is_guest(void)
{
	unsigned a, b, c = 0, d;
	return __get_cpuid(1, &a, &b, &c, &d) && c >> 31;
}

static bool name_it(const struct decode_test *t, ZydisDecodedInstruction *insn)
{
	static const ZydisMachineMode modes[] = { [64 / 32] = ZYDIS_MACHINE_MODE_LONG_64,
						  [32 / 32] = ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
						  [16 / 32] = ZYDIS_MACHINE_MODE_LONG_COMPAT_16 };
	ZydisDecoder decoder;
	ZydisDecoderInit(&decoder, modes[t->code_size / 32],
			 t->code_size == 64 ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32);
	return ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, t->bytes, LONGEST, insn));
}

const char *decode_name(const struct decode_test *t)
{
	ZydisDecodedInstruction insn;
	return name_it(t, &insn) ? ZydisMnemonicGetString(insn.mnemonic) : "(no name)";
}

static const char *absent_name(struct model *m, const struct decode_test *t)
{
	if (model_would_have(m, t))
		return "features that the profile has not";
	ZydisDecodedInstruction insn;
	if (!name_it(t, &insn) || insn.length != t->real.length)
		return NULL;
	for (size_t i = 0; i < sizeof absences / sizeof *absences; i++)
		if (insn.meta.isa_ext == absences[i].extension && (host_has(&absences[i]) || is_guest()))
			return absences[i].name;
	return NULL;
}

/* ---- what leaves user mode ---------------------------------------------------------------------------------- */

const struct host_row *host_row(const struct decode_test *t)
{
	const struct parsed p = decode_parse(t->bytes, t->code_size);
#define HOST(when, compared, why)                                                                                      \
	if (when) {                                                                                                    \
		static const struct host_row row = { compared, why };                                                  \
		return &row;                                                                                           \
	}
#include "decode_host.def"
#undef HOST
	return NULL;
}

/* ---- quirks ------------------------------------------------------------------------------------------------- */

enum {
#define QUIRK(vendor, when, processors, what, evidence) +1
	QUIRKS = 0
#include "decode_quirk.def"
#undef QUIRK
};
_Static_assert(QUIRKS <= 20, "more than that is no list of exceptions");

static unsigned host_vendor(void)
{
	unsigned a, b = 0, c, d;
	__get_cpuid(0, &a, &b, &c, &d);
	return b;
}

static const char *quirk(const struct decode_test *t)
{
	const struct parsed p = decode_parse(t->bytes, t->code_size);
#define QUIRK(vendor, when, processors, what, evidence)                                                                \
	if (host_vendor() == signature_##vendor##_ebx && (when))                                                       \
		return processors ": " what;
#include "decode_quirk.def"
#undef QUIRK
	return NULL;
}

/* ---- the judgement ------------------------------------------------------------------------------------------ */

bool decode_agrees(const struct decode_test *t)
{
	const struct answer *a = &t->model, *b = &t->real;
	return a->verdict == b->verdict && (a->verdict != VERDICT_INSTRUCTION || a->length == b->length);
}

/* The processor says #UD and ringstep's decoder does not. */
static void judge_undefined(struct model *m, const struct decode_test *t, struct judgement *j)
{
	enum ending e = model_run(m, t);
	j->differs = e == ENDING_OTHER || e == ENDING_MISSING;
	if (e == ENDING_UD_ELSEWHERE)
		j->skip = "the models differ";
}

/* What was compared in length only was never whole, and has not shown whether the processor refuses it. */
static bool refuses(struct model *m, const struct decode_test *t)
{
	const struct host_row *row = host_row(t);
	return t->run && !(row && row->compared == COMPARED_LENGTH) && model_refuses(m, t);
}

struct judgement decode_judge(struct model *m, const struct decode_test *t)
{
	struct judgement j = { .skip = t->skip };
	if (j.skip)
		return j;
	if (decode_agrees(t)) {
		j.differs = t->torn || refuses(m, t);
		return j;
	}
	j.differs = true;
	if (t->real.verdict == VERDICT_LOST)
		j.skip = "the child died of it";
	else if (t->model.verdict == VERDICT_INSTRUCTION && t->real.verdict == VERDICT_UNDEFINED)
		judge_undefined(m, t, &j);
	else if (t->model.verdict == VERDICT_UNDEFINED && t->real.verdict == VERDICT_INSTRUCTION)
		j.skip = absent_name(m, t);
	if (j.differs && !j.skip) {
		j.skip = quirk(t);
		j.is_quirk = j.skip;
	}
	j.differs = j.differs && !j.skip;
	return j;
}
