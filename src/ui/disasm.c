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
