"""The emulators: whether each is here, and how it runs a Multiboot image with a command line."""
import json
import os
import shutil
import subprocess
import tempfile

from benching import bochsdisk, measure

RINGSTEP = "build/ringstep"
RINGSTEP_TROUBLE = range(121, 126)  # exit codes that are not the guest's own
BOCHS_ROMS = [("/usr/share/bochs/BIOS-bochs-latest", "/usr/share/bochs/VGABIOS-lgpl-latest"),
              ("/usr/share/seabios/bios.bin", "/usr/share/seabios/vgabios.bin")]

# Without a debugger's prompt, a window or a clock of the host; term draws on the terminal that measure.run gives it.
BOCHSRC = """
display_library: term
romimage: file={bios}
vgaromimage: file={vga}
megs: {memory}
boot: disk
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path={disk}, mode=flat, cylinders={cylinders}, heads={heads}, spt={spt}
cpu: model={model}, ips=4000000, reset_on_triple_fault=0
clock: sync=none
port_e9_hack: enabled=1
log: {home}/log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
"""


def line_with(word, command):
    """The first line of what a command prints that has the word."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return next((line.strip() for line in done.stdout.splitlines() if word in line), "unknown version")


class Ringstep:
    name = "ringstep"

    def missing(self):
        return None if os.path.exists(RINGSTEP) else "not built"

    def version(self):
        return line_with("ringstep", [RINGSTEP, "version"])

    def command(self, image, arguments, memory, status=None):
        extra = ["--status-json", status] if status else []
        return [RINGSTEP, "run", "-m", f"{memory}M", *extra, image, "--", *arguments.split()]

    def run(self, image, arguments, memory, timeout, expected=None):
        return measure.run(self.command(image, arguments, memory), timeout)

    def instructions(self, image, arguments, memory, timeout):
        """How many the run completes, and its Sample."""
        with tempfile.TemporaryDirectory() as home:
            sample = measure.run(self.command(image, arguments, memory, f"{home}/status"), timeout)
            if not os.path.exists(f"{home}/status"):
                return 0, sample
            with open(f"{home}/status", encoding="utf-8") as f:
                return json.load(f).get("instructions", 0), sample


class Qemu:
    name = "qemu"
    program = "qemu-system-x86_64"

    def missing(self):
        return None if shutil.which(self.program) else "not installed (package qemu-system-x86)"

    def version(self):
        return line_with("version", [self.program, "--version"])

    def run(self, image, arguments, memory, timeout, expected=None):
        return measure.run([self.program, "-kernel", image, "-append", arguments, "-m", f"{memory}M", "-cpu", "max",
                            "-accel", "tcg", "-display", "none", "-nodefaults", "-debugcon", "stdio", "-no-reboot",
                            "-device", "isa-debug-exit,iobase=0xf4,iosize=1"], timeout)


class Bochs:
    name = "bochs"

    def roms(self):
        return next((pair for pair in BOCHS_ROMS if all(os.path.exists(rom) for rom in pair)), None)

    def missing(self):
        if not shutil.which("bochs"):
            return "not installed (packages bochs, bochs-term)"
        return None if self.roms() else "no BIOS image for it (package seabios)"

    def version(self):
        return line_with("Emulator", ["bochs", "--help"])

    def configure(self, home, image, arguments, memory, model="corei7_skylake_x"):
        bios, vga = self.roms()
        disk, cylinders = bochsdisk.make(image, f"{os.path.basename(image)} {arguments}", memory)
        with open(f"{home}/disk", "wb") as f:
            f.write(disk)
        with open(f"{home}/bochsrc", "w", encoding="utf-8") as f:
            f.write(BOCHSRC.format(bios=bios, vga=vga, memory=memory, disk=f"{home}/disk", cylinders=cylinders,
                                   heads=bochsdisk.HEADS, spt=bochsdisk.SECTORS_A_TRACK, home=home, model=model))
        with open(f"{home}/continue", "w", encoding="utf-8") as f:
            f.write("c\n")  # Debian's Bochs starts in its debugger

    def run(self, image, arguments, memory, timeout, expected=None):
        """An image that knows only port F4h does not end Bochs: it is stopped once it has printed all of `expected`."""
        def done(text):
            return bool(expected) and all(line in text for line in expected.splitlines())

        with tempfile.TemporaryDirectory() as home:
            self.configure(home, image, arguments, memory)
            command = ["bochs", "-q", "-f", f"{home}/bochsrc", "-rc", f"{home}/continue"]
            return measure.run(command, timeout, terminal=True, done=done if expected else None)


ALL = [Ringstep(), Qemu(), Bochs()]
