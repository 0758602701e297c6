"""The processor of this host, behind tests/insn/native.c: one instruction in, registers and memory out."""
import os
import struct
import subprocess
import tempfile

CFLAGS = ("-std=gnu11 -O1 -ffreestanding -fno-stack-protector -fcf-protection=none -mgeneral-regs-only -mfsgsbase "
          "-fno-pic -static -nostdlib -no-pie -Wl,-Ttext-segment=0x40000000 -Wl,--build-id=none").split()
PATCHES, PATCH_BYTES, CODE_BYTES, RUN_BYTES = 4, 64, 64, 256
REQUEST = struct.Struct(f"<20Q{CODE_BYTES}sQ")
PATCH = struct.Struct(f"<2Q{PATCH_BYTES}s")
REPLY = struct.Struct("<22Q")
RUN = struct.Struct(f"<2Q{RUN_BYTES}s")


class Reply:
    def __init__(self, fields, runs):
        self.gpr = list(fields[:16])
        self.rip, self.rflags, self.trap, self.error, self.cr2 = fields[16:21]
        self.runs = runs


class Oracle:
    def __init__(self, source, compiler="gcc"):
        self.folder = tempfile.TemporaryDirectory()
        program = os.path.join(self.folder.name, "native")
        subprocess.run([compiler, *CFLAGS, source, "-o", program], check=True)
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, gpr, rip, rflags, compat, code, patches):
        """`patches`: {address: bytes}"""
        packed = b"".join(PATCH.pack(address, len(data), data) for address, data in patches.items())
        packed = packed.ljust(PATCHES * PATCH.size, b"\0")
        assert len(patches) <= PATCHES and len(code) <= CODE_BYTES
        head = REQUEST.pack(*gpr, rip, rflags, compat, len(code), code, len(patches))
        self.process.stdin.write(head + packed)
        self.process.stdin.flush()
        fields = REPLY.unpack(self.read(REPLY.size))
        runs = []
        for _ in range(fields[21]):
            address, size, data = RUN.unpack(self.read(RUN.size))
            runs.append((address, data[:size]))
        return Reply(fields, runs)

    def read(self, size):
        data = self.process.stdout.read(size)
        if len(data) != size:
            raise RuntimeError(f"the oracle ended with status {self.process.wait()}")
        return data

    def close(self):
        self.process.stdin.close()
        self.process.wait()
