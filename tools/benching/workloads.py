"""The workloads of guests/bench: how often each does its work, and what its numbers are to reach."""


class Workload:
    """`count` is what a measured run does; `known` is a small count and the checksum that it gives everywhere."""

    def __init__(self, name, about, unit, count, known, memory=64, wanted=None, scale=1e-6):
        self.name, self.about, self.unit, self.count, self.known = name, about, unit, count, known
        self.memory, self.wanted, self.scale = memory, wanted or {}, scale

    @property
    def arguments(self):
        return f"{self.name} {self.count}"

    def line(self, count, checksum):
        """What the guest prints."""
        return f"bench: {self.name} {count} checksum {checksum:#x}"


# Units: Minsn/s counts all instructions of a run, the others what the workload counts.
INSTRUCTIONS, TRIPS, MEGABYTES, VISITS, ROUNDS = "Minsn/s", "Mtrips/s", "MB/s", "Mvisits/s", "Mrounds/s"
# Bytes that one round of a copy moves (COPY_BYTES of guests/bench/bench.h).
COPY_BYTES = 65536

TRIVIAL = Workload("trivial", "starts, prints a line, exits", INSTRUCTIONS, 1, (1, 0x1))

# Compared with the other emulators; `wanted`: ringstep's speed as a multiple of theirs.
COMPARED = [
    Workload("loop", "eight register instructions a round", INSTRUCTIONS, 25_000_000, (1000, 0x899ad682d048fdc4),
             wanted={"bochs": 6}),
    Workload("program", "lists, matrices, a state machine, CRC: 400 lines of C", INSTRUCTIONS, 400,
             (3, 0xabda567001da), wanted={"bochs": 5}),
    Workload("copy", "64 KiB by 8-byte loads and stores, neighbouring buffers", INSTRUCTIONS, 2500,
             (3, 0xef372fe94f82a000), wanted={"bochs": 6}),
    Workload("alias", "the same, buffers 32 MiB apart", INSTRUCTIONS, 1000, (3, 0xef372fe94f82a000),
             wanted={"bochs": 8}),
    Workload("movsb", "the same by REP MOVSB, neighbouring buffers", MEGABYTES, 1000, (3, 0xef372fe94f82a000),
             scale=COPY_BYTES * 1e-6),
    Workload("chase", "pointers through 4 MiB, one node a cache line", INSTRUCTIONS, 10_000_000, (1000, 0x80013f6e00)),
    Workload("syscall", "SYSCALL, SWAPGS twice, SYSRET", TRIPS, 2_000_000, (100, 100),
             wanted={"bochs": 6, "qemu": 5}),
    Workload("int", "INT n and IRETQ between rings 3 and 0", TRIPS, 1_000_000, (100, 100),
             wanted={"bochs": 5, "qemu": 2}),
    Workload("fault", "#PF and IRETQ between rings 3 and 0", TRIPS, 1_000_000, (100, 100),
             wanted={"bochs": 4, "qemu": 3}),
    Workload("syscall-irq", "as syscall, with the timer's interrupt pending", TRIPS, 2_000_000, (100, 100),
             wanted={"bochs": 6, "qemu": 5}),
    Workload("int-irq", "as int, with the timer's interrupt pending", TRIPS, 1_000_000, (100, 100),
             wanted={"bochs": 5, "qemu": 2}),
    Workload("fault-irq", "as fault, with the timer's interrupt pending", TRIPS, 1_000_000, (100, 100),
             wanted={"bochs": 4, "qemu": 3}),
]

# Dear for an emulator, each with a plain twin that does the same work; ringstep alone, within WITHIN times the twin. What
# both do before they differ (a run of the twin with count 1) is not counted.
WITHIN = 3
PLAIN = {"codepages": "codefew", "selfmod": "selfplain", "cr3": "cr3plain"}
CHANGES = [
    Workload("codepages", "calls into 100,000 pages of code in turn", VISITS, 3_000_000,
             (1000, 0xa424a424a424a425), memory=512),
    Workload("codefew", "the same number of calls into 16 of them", VISITS, 3_000_000,
             (1000, 0xa424a424a424a425), memory=512),
    Workload("selfmod", "each round stores into the next instruction", ROUNDS, 3_000_000, (100, 0x4333e18aa3e1b1f8)),
    Workload("selfplain", "the same rounds, storing elsewhere", ROUNDS, 3_000_000, (100, 0x28a68b062283fecd)),
    Workload("cr3", "MOV CR3 every 325 instructions, then four pages", ROUNDS, 300_000, (100, 0xf5b9a9697f2117d)),
    Workload("cr3plain", "the same without MOV CR3", ROUNDS, 300_000, (100, 0xa4b0f021307a9a12)),
]

ALL = [TRIVIAL, *COMPARED, *CHANGES]
