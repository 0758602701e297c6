/* disasm.c - Zydis's formatter behind one call. The engine has its own decoder; this one only prints. */
#include <Zydis/Zydis.h>
#include <string.h>

#include "ui/disasm.h"

static ZydisMachineMode machine_mode(unsigned mode_bits)
{
	switch (mode_bits) {
	case 64:
		return ZYDIS_MACHINE_MODE_LONG_64;
	case 32:
		return ZYDIS_MACHINE_MODE_LEGACY_32;
	default:
		return ZYDIS_MACHINE_MODE_LEGACY_16;
	}
}

static ZydisStackWidth stack_width(unsigned mode_bits)
{
	return mode_bits == 64 ? ZYDIS_STACK_WIDTH_64 : mode_bits == 32 ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16;
}

size_t ui_disassemble(const uint8_t *bytes, size_t n, uint64_t rip, unsigned mode_bits, char *text, size_t size)
{
	ZydisDisassembledInstruction instruction;

	if (!size)
		return 0;
	*text = 0;
	if (!ZYAN_SUCCESS(ZydisDisassembleIntel(machine_mode(mode_bits), rip, bytes, n, &instruction)))
		return 0;
	size_t length = strlen(instruction.text);
	length = length < size ? length : size - 1;
	memcpy(text, instruction.text, length);
	text[length] = 0;
	return length;
}

/* ---- brief ---- */

/* Zydis pads numbers to a width by its properties; a padding of 0 is none. */
static bool brief_formatter(ZydisFormatter *f)
{
	static const ZydisFormatterProperty plain[] = {
		ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, ZYDIS_FORMATTER_PROP_ADDR_PADDING_RELATIVE,
		ZYDIS_FORMATTER_PROP_DISP_PADDING, ZYDIS_FORMATTER_PROP_IMM_PADDING, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE
	};
	bool good = ZYAN_SUCCESS(ZydisFormatterInit(f, ZYDIS_FORMATTER_STYLE_INTEL));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		good = good && ZYAN_SUCCESS(ZydisFormatterSetProperty(f, plain[i], 0));
	return good;
}

size_t ui_disassemble_brief(const uint8_t *bytes, size_t n, uint64_t rip, unsigned mode_bits, char *text, size_t size)
{
	ZydisFormatter formatter;
	ZydisDecoder decoder;
	ZydisDecodedInstruction i;
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];

	if (!size)
		return 0;
	*text = 0;
	ZydisDecoderInit(&decoder, machine_mode(mode_bits), stack_width(mode_bits));
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &i, o)) || !brief_formatter(&formatter))
		return 0;
	if (!ZYAN_SUCCESS(
		ZydisFormatterFormatInstruction(&formatter, &i, o, i.operand_count_visible, text, size, rip, NULL)))
		*text = 0;
	return strlen(text);
}

size_t ui_instruction_length(const uint8_t *bytes, size_t n, unsigned mode_bits)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction i;

	ZydisDecoderInit(&decoder, machine_mode(mode_bits), stack_width(mode_bits));
	return ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, n, &i)) ? i.length : 0;
}

bool ui_accesses_gs(const uint8_t *bytes, size_t n, unsigned mode_bits)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction i;
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];

	if (!memchr(bytes, 0x65, n))
		return false;
	ZydisDecoderInit(&decoder, machine_mode(mode_bits), stack_width(mode_bits));
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &i, o)))
		return false;
	for (unsigned k = 0; k < i.operand_count; k++)
		if (o[k].type == ZYDIS_OPERAND_TYPE_MEMORY && o[k].mem.type == ZYDIS_MEMOP_TYPE_MEM &&
		    o[k].mem.segment == ZYDIS_REGISTER_GS)
			return true;
	return false;
}
