#!/usr/bin/env python3
"""Make a Multiboot ELF32 file out of a high-half ELF64 kernel.

usage: mbconvert.py INPUT.elf OUTPUT.mb.elf

Multiboot loaders take ELF32 and load at physical addresses. Every PT_LOAD is
kept with its p_paddr as its address, the entry becomes the physical address
of the symbol start32, and all else (sections, symbols, DWARF) is dropped.
Anything unexpected ends the conversion with a message.
"""
import struct
import sys

PAGE = 4096
PT_LOAD = 1
SHT_SYMTAB = 2
MULTIBOOT_MAGIC = 0x1BADB002
MULTIBOOT_SEARCH = 8192

EHDR64 = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR64 = struct.Struct("<IIQQQQQQ")
SHDR64 = struct.Struct("<IIQQQQIIQQ")
SYM64 = struct.Struct("<IBBHQQ")
EHDR32 = struct.Struct("<16sHHIIIIIHHHHHH")
PHDR32 = struct.Struct("<IIIIIIII")


class Error(Exception):
    """The input is not a kernel that can be converted."""


def need(condition, message):
    if not condition:
        raise Error(message)


def cut(data, offset, size, what):
    need(offset + size <= len(data), f"{what} lies beyond the end of the file")
    return data[offset:offset + size]


class Segment:
    """A PT_LOAD of the input with its bytes."""

    def __init__(self, data, header):
        (_, self.flags, offset, self.vaddr, self.paddr, filesz, self.memsz,
         _) = header
        need(filesz <= self.memsz, "a segment's p_filesz exceeds its p_memsz")
        need(self.paddr + self.memsz <= 1 << 32, "a segment exceeds 4 GiB")
        need(self.paddr % PAGE == 0, "a segment is not page aligned")
        self.data = cut(data, offset, filesz, "a segment")

    def physical(self, address):
        """The physical address for a linked one, or None."""
        if self.vaddr <= address < self.vaddr + self.memsz:
            return address - self.vaddr + self.paddr
        return None


def read_header(data):
    header = EHDR64.unpack(cut(data, 0, EHDR64.size, "the ELF header"))
    need(header[0][:7] == b"\x7fELF\x02\x01\x01", "not a little-endian ELF64")
    need(header[1] == 2, "not ET_EXEC")
    need(header[2] == 62, "not EM_X86_64")
    need(header[9] == PHDR64.size, "unexpected e_phentsize")
    need(header[11] == SHDR64.size, "unexpected e_shentsize")
    return header


def read_segments(data, header):
    phoff, phnum = header[5], header[10]
    table = cut(data, phoff, phnum * PHDR64.size, "the program headers")
    segments = [Segment(data, entry) for entry in PHDR64.iter_unpack(table)
                if entry[0] == PT_LOAD]
    segments.sort(key=lambda segment: segment.paddr)
    need(segments, "no PT_LOAD")
    for low, high in zip(segments, segments[1:]):
        need(low.paddr + low.memsz <= high.paddr, "segments overlap")
    return segments


def find_symbol(data, header, wanted):
    """The value of the one symbol of that name."""
    shoff, shnum = header[6], header[12]
    table = cut(data, shoff, shnum * SHDR64.size, "the section headers")
    sections = list(SHDR64.iter_unpack(table))
    values = []
    for section in (s for s in sections if s[1] == SHT_SYMTAB):
        need(section[6] < len(sections), "bad sh_link")
        strings = sections[section[6]]
        names = cut(data, strings[4], strings[5], "the string table")
        symbols = cut(data, section[4], section[5], "the symbol table")
        for name, _, _, index, value, _ in SYM64.iter_unpack(symbols):
            end = names.find(b"\0", name)
            if index and names[name:end] == wanted:
                values.append(value)
    need(len(values) == 1, f"not exactly one symbol {wanted.decode()}")
    return values[0]


def physical(segments, address):
    for segment in segments:
        result = segment.physical(address)
        if result is not None:
            return result
    raise Error(f"address {address:#x} lies in no segment")


def write_elf32(segments, entry):
    """The output: header, program headers, then each segment page aligned."""
    headers = EHDR32.pack(b"\x7fELF\x01\x01\x01".ljust(16, b"\0"), 2, 3, 1,
                          entry, EHDR32.size, 0, 0, EHDR32.size, PHDR32.size,
                          len(segments), 0, 0, 0)
    body = b""
    offset = PAGE
    for segment in segments:
        headers += PHDR32.pack(PT_LOAD, offset, segment.paddr, segment.paddr,
                               len(segment.data), segment.memsz,
                               segment.flags, PAGE)
        padded = -(-len(segment.data) // PAGE) * PAGE
        body += segment.data.ljust(padded, b"\0")
        offset += padded
    need(len(headers) <= PAGE, "too many segments")
    return headers.ljust(PAGE, b"\0") + body


def check_multiboot(image):
    for offset in range(0, min(len(image), MULTIBOOT_SEARCH) - 11, 4):
        magic, flags, checksum = struct.unpack_from("<III", image, offset)
        if magic == MULTIBOOT_MAGIC:
            need((magic + flags + checksum) % (1 << 32) == 0,
                 "bad Multiboot checksum")
            return
    raise Error("no Multiboot header in the first 8 KiB")


def convert(data):
    header = read_header(data)
    segments = read_segments(data, header)
    entry = physical(segments, find_symbol(data, header, b"start32"))
    image = write_elf32(segments, entry)
    check_multiboot(image)
    return image


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as source:
        data = source.read()
    try:
        image = convert(data)
    except (Error, struct.error) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    with open(sys.argv[2], "wb") as target:
        target.write(image)


if __name__ == "__main__":
    main()
