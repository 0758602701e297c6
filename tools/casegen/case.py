"""One case: the state it starts from, a run on the processor, and the line that says both."""
from .encode import MASK, SEGMENT_BASE, Mem, signed

NAMES = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", *[f"r{i}" for i in range(8, 16)]]
CODE, DATA, STACK = 0x100000, 0x110400, 0x120800
PRESET_FLAGS = 0x202
ALL_FLAGS = 0x3F7FD7 & ~0x10000  # RF is the fault's business
EVENTS = {0: "DE", 1: "DB", 3: "BP", 4: "OF", 5: "BR", 6: "UD", 12: "SS", 13: "GP", 14: "PF", 17: "AC"}
WITH_CODE = {12, 13, 14, 17}


def preset(number, compat):
    if number == 4:
        return STACK
    return 0x1111111111111111 * number & MASK[32 if compat else 64]


class Case:
    def __init__(self, family, name, compat=False):
        self.family, self.name, self.compat = family, name, compat
        self.gpr = [preset(i, compat) for i in range(16)]
        self.rflags, self.rip, self.code, self.patches = PRESET_FLAGS, CODE, b"", {}
        self.ignore = {}  # register number: bits that the manual leaves undefined
        self.extra = []  # tokens for what the processor does not show (hidden parts of segments)

    def set(self, reg, size, value):
        """The register's part of that size; the rest stays."""
        shift = 8 if reg >= 20 else 0
        number = reg - 20 if reg >= 20 else reg
        mask = MASK[size] << shift
        self.gpr[number] = (self.gpr[number] & ~mask) | (value << shift & mask)
        return self

    def poke(self, address, size, value):
        self.patches[address] = (value & MASK[size]).to_bytes(size // 8, "little")
        return self

    def aim(self, mem, target, length=0):
        """Sets the registers of a memory operand so that it leads to `target`. `length`: of the instruction (RIP)."""
        bits = mem.addr
        want = target - SEGMENT_BASE.get(mem.seg, 0)
        if mem.rip:
            mem.disp = signed(want - (self.rip + length), 32)
        elif mem.base is None and mem.index is None:
            mem.disp = signed(want, 32)
        elif mem.base is None:
            mem.disp = signed(want - self.gpr[mem.index] * mem.scale, 32)
        elif mem.base == mem.index:
            self.gpr[mem.base] = ((want - mem.disp) // (mem.scale + 1)) & MASK[bits]
        else:
            scaled = self.gpr[mem.index] * mem.scale if mem.index is not None else 0
            value = want - mem.disp - scaled
            self.gpr[mem.base] = (self.gpr[mem.base] & ~MASK[bits]) | (value & MASK[bits])
        return self

    def address(self, mem, length=0):
        """Where the operand leads."""
        if mem.rip:
            value = self.rip + length + mem.disp
        else:
            value = mem.disp + (self.gpr[mem.base] if mem.base is not None else 0)
            value += self.gpr[mem.index] * mem.scale if mem.index is not None else 0
        return (value & MASK[mem.addr]) + SEGMENT_BASE.get(mem.seg, 0)

    def operand(self, rm, size, value, target=DATA):
        """Gives a register or memory operand its value."""
        if isinstance(rm, Mem):
            return self.aim(rm, target).poke(target, size, value)
        return self.set(rm, size, value)

    # ---- the line ------------------------------------------------------------------------------------------------

    def emit(self, code, undefined=0, cpu="both", partial=False):
        """Runs the instruction and adds the line. `partial`: it may fault half-way with part of its work done (REP).
        Of others the processor may have stored something before it faulted, which says nothing about its kin."""
        self.code, self.partial = code, partial
        reply = self.family.oracle.run(self.gpr, self.rip, self.rflags, self.compat, code, self.patches)
        mode = "compat3" if self.compat else "long3"
        expect = self.expectation(reply, undefined)
        self.family.add(f"{self.name} | {cpu} {mode} | {self.setup()} | {code.hex()} | {expect}")
        return reply

    def setup(self):
        out = [f"{NAMES[i]}={v:x}" for i, v in enumerate(self.gpr) if v != preset(i, self.compat)]
        if self.rflags != PRESET_FLAGS:
            out.append(f"rflags={self.rflags:x}")
        if self.rip != CODE:
            out.append(f"rip={self.rip:x}")
        out += [memory(address, data) for address, data in sorted(self.patches.items())]
        return " ".join(out)

    def expectation(self, reply, undefined):
        faults = reply.rip == self.rip and reply.trap != 3
        if faults and not self.partial:
            return " ".join([self.event(reply), *self.leftovers(reply)])
        state = self.changes(reply, undefined)
        if reply.trap == 3 and self.code != b"\xcc":
            if reply.rip - 1 != self.rip + len(self.code):
                state.append(f"rip={reply.rip - 1:x}")
            return " ".join(state) or "-"
        event = self.event(reply)
        if faults or reply.trap in (3, 4):
            return " ".join([event, *state])
        return " ".join([*state, f"rip={reply.rip:x}"]) + "; " + event

    def changes(self, reply, undefined):
        out = []
        for i, old in enumerate(self.gpr):
            ignored = self.ignore.get(i, 0)
            if ignored:
                out.append(f"{NAMES[i]}={reply.gpr[i] & ~ignored:x}/{ignored:x}")
            elif reply.gpr[i] != old:
                out.append(f"{NAMES[i]}={reply.gpr[i]:x}")
        flags = reply.rflags & ALL_FLAGS
        if undefined:
            out.append(f"rflags={flags & ~undefined:x}/{undefined:x}")
        elif flags != self.rflags:
            out.append(f"rflags={flags:x}")
        return out + self.extra + [memory(address, data) for address, data in reply.runs]

    def leftovers(self, reply):
        """What this processor had written when it faulted: left open."""
        out = [f"{NAMES[i]}=0/{MASK[64]:x}" for i, old in enumerate(self.gpr) if reply.gpr[i] != old]
        for address, data in reply.runs:
            out += [f"b:{address + i:x}=0/ff" for i in range(len(data))]
        return out

    def event(self, reply):
        event = "#" + EVENTS[reply.trap]
        if reply.trap in WITH_CODE:
            event += f"({reply.error:x})"
        return event + (f" cr2={reply.cr2:x}" if reply.trap == 14 and reply.cr2 else "")


def memory(address, data):
    """Repeated bytes are written short."""
    if len(data) > 8 and data == data[:1] * len(data):
        return f"m:{address:x}={data[:1].hex()}*{len(data):x}"
    return f"m:{address:x}={data.hex()}"
