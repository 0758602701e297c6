"""How each emulator runs an image of tests/probes as a processor of either vendor, and how the run ended."""
import os
import subprocess
import tempfile

from benching import measure
from benching.peers import RINGSTEP, Bochs, Qemu

MEMORY = 64  # MiB
TRIPLE_FAULT = 121  # ringstep's exit code
ENDED, SHUTDOWN, HANG, ABORT = "ended", "shutdown", "hang", "abort"
LAST_LINE = "end"


class Run:
    """The console's lines, an unfinished last one apart, and how it ended: by itself or by one of the words above."""

    def __init__(self, text, how):
        complete, _, self.unfinished = text.rpartition("\n")
        self.lines = complete.split("\n")
        self.how = ENDED if LAST_LINE in self.lines else how


def text_of(output):
    return (output or b"").decode(errors="replace").replace("\r", "")


def plain(command, timeout, how):
    """A program that ends itself and whose standard output is the guest's console; `how` judges its exit code."""
    try:
        done = subprocess.run(["nice", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=timeout, check=False)
        return Run(text_of(done.stdout), how(done.returncode))
    except subprocess.TimeoutExpired as late:
        return Run(text_of(late.stdout), HANG)


class RingstepProbes:
    name = "ringstep"
    models = {"intel": "intel-skylake", "amd": "amd-zen4"}

    def missing(self):
        return None if os.path.exists(RINGSTEP) else "not built"

    def run(self, image, vendor, which, timeout):
        command = [RINGSTEP, "run", image, "--cpu", self.models[vendor], "--timeout", str(timeout), "--", which]
        return plain(command, 2 * timeout, lambda code: SHUTDOWN if code == TRIPLE_FAULT else HANG if code == 123 else ABORT)


class QemuProbes(Qemu):
    """TCG; the named models have what the profiles have, where TCG has it at all."""
    models = {"intel": "Skylake-Server", "amd": "EPYC"}

    def run(self, image, vendor, which, timeout, expected=None):
        command = [self.program, "-kernel", image, "-append", which, "-m", f"{MEMORY}M", "-cpu", self.models[vendor],
                   "-accel", "tcg", "-display", "none", "-nodefaults", "-debugcon", "stdio", "-no-reboot", "-device",
                   "isa-debug-exit,iobase=0xf4,iosize=1"]
        return plain(command, timeout, lambda code: SHUTDOWN if code == 0 else ABORT)


class BochsProbes(Bochs):
    """With #GP for an MSR that it does not have, which Debian's configuration leaves out unless told."""
    models = {"intel": "corei7_skylake_x, ignore_bad_msrs=0", "amd": "ryzen, ignore_bad_msrs=0"}

    def run(self, image, vendor, which, timeout, expected=None):
        with tempfile.TemporaryDirectory() as home:
            self.configure(home, image, which, MEMORY, self.models[vendor])
            command = ["nice", "bochs", "-q", "-f", f"{home}/bochsrc", "-rc", f"{home}/continue"]
            sample = measure.run(command, timeout, terminal=True, done=lambda text: f"\n{LAST_LINE}\n" in text)
            return Run(self.console(sample.output), self.how(sample, f"{home}/log"))

    @staticmethod
    def console(text):
        """What the guest printed: behind the debugger's greeting."""
        lines = text.split("\n")
        start = next((i + 2 for i, line in enumerate(lines) if line.startswith("Next at t=")), 0)
        return "\n".join(line for line in lines[start:] if not line.startswith("(0)"))

    @staticmethod
    def how(sample, log):
        if sample.failure:
            return HANG
        with open(log, encoding="utf-8", errors="replace") as f:
            text = f.read()
        return SHUTDOWN if "with no resolution" in text else ABORT


ALL = {peer.name: peer for peer in (RingstepProbes(), QemuProbes(), BochsProbes())}
