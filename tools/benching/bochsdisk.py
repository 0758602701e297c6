"""Makes a disk that boots a Multiboot ELF32 kernel: the sector of guests/bench/bochsboot.S, then the kernel's memory."""
import struct

SECTOR, HEADS, SECTORS_A_TRACK = 512, 16, 63
BOOT = "build/guests/bochsboot.bin"
# Places in the sector: load address, sectors, bytes to zero, entry; KiB above 1 MiB; command line, up to the signature.
PARAMETERS, MEMORY, COMMAND_LINE, SIGNATURE = 0x100, 0x118, 0x124, 0x1fe
PT_LOAD = 1


class Unfit(Exception):
    """The image cannot be put on such a disk; the text says why."""


def segments(data):
    """(entry, the loaded segments as (address, bytes, size in memory))"""
    if data[:5] != b"\x7fELF\x01":
        raise Unfit("not an ELF32 image, which is all that the boot sector for Bochs loads")
    entry, table = struct.unpack_from("<II", data, 24)
    count, = struct.unpack_from("<H", data, 44)
    headers = [struct.unpack_from("<8I", data, table + 32 * i) for i in range(count)]
    return entry, [(h[3], data[h[1]:h[1] + h[4]], h[5]) for h in headers if h[0] == PT_LOAD and h[5]]


def flat(data):
    """(address, entry, bytes in whole sectors, bytes to be zeroed behind them)"""
    entry, parts = segments(data)
    if not parts or min(address for address, _, _ in parts) < 1 << 20:
        raise Unfit("a segment lies below 1 MiB, where the boot sector and the BIOS are")
    base = min(address for address, _, _ in parts)
    filled = max(address + len(content) for address, content, _ in parts) - base
    memory = bytearray(-(-filled // SECTOR) * SECTOR)
    for address, content, _ in parts:
        memory[address - base:address - base + len(content)] = content
    end = max(address + size for address, _, size in parts) - base
    return base, entry, bytes(memory), max(0, end - len(memory))


def make(image, command_line, memory_mib):
    """(bytes of the disk, cylinders)"""
    with open(image, "rb") as f:
        base, entry, content, zeroes = flat(f.read())
    with open(BOOT, "rb") as f:
        sector = bytearray(f.read())
    text = command_line.encode() + b"\0"
    if COMMAND_LINE + len(text) > SIGNATURE:
        raise Unfit("the command line is too long for the boot sector")
    struct.pack_into("<4I", sector, PARAMETERS, base, len(content) // SECTOR, zeroes, entry)
    struct.pack_into("<I", sector, MEMORY, (memory_mib - 1) * 1024)
    sector[COMMAND_LINE:COMMAND_LINE + len(text)] = text
    disk = bytes(sector) + content
    cylinder = SECTOR * HEADS * SECTORS_A_TRACK
    cylinders = -(-len(disk) // cylinder)
    return disk.ljust(cylinders * cylinder, b"\0"), cylinders
