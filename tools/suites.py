"""The test suites: what each runs, and how its counts are read.

Every suite is a function that yields Result rows. A suite that cannot run on this host yields a skip with the reason.
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import programs
from probing import files as probe_files, observe, peers as probe_peers

MESON = "/usr/bin/meson" if os.path.exists("/usr/bin/meson") else "meson"
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


class Result:
    def __init__(self, passed=0, failed=0, skipped=0, notes=()):
        self.passed, self.failed, self.skipped, self.notes = passed, failed, skipped, list(notes)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.notes += other.notes


def run(command, timeout=1200, **kwargs):
    """Runs a command; its output and exit code, 124 when it takes too long."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, text=True,
                              errors="replace", **kwargs)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        return 124, str(late)


def tail(text, lines=25):
    return "\n".join(text.splitlines()[-lines:])


def first_failure(text, lines=30):
    """What ninja says of the first command that failed: others that were under way end after it."""
    at = text.find("FAILED: ")
    return text if at < 0 else "\n".join(line[:300] for line in text[at:].splitlines()[:lines])


def build(folder, *options, env=None):
    """Configures once and builds; the error text of a failure, or None."""
    if not os.path.exists(f"{folder}/build.ninja"):
        code, text = run([MESON, "setup", folder, *options], env={**os.environ, **(env or {})})
        if code:
            return text
    code, text = run(["ninja", "-C", folder])
    return first_failure(text) if code else None


def counted(command, timeout=1200, tell=None):
    """A program that ends in the line "N passed, N failed"; `tell`: the lines to show even when all passed."""
    code, text = run(command, timeout)
    found = COUNTS.findall(text)
    if not found:
        return Result(failed=1, notes=[f"{' '.join(command)}: exit {code}\n{tail(text)}"])
    passed, failed, skipped = (int(n or 0) for n in found[-1])
    bad = failed or code
    notes = [tail(text, 40)] if bad or not passed else re.findall(tell, text, re.M) if tell else []
    return Result(passed, failed or (1 if code else 0), skipped, notes)


def cmocka(program, runner=()):
    code, text = run([*runner, program])
    passed = len(re.findall(r"^\[       OK \]", text, re.M))
    failed = len(set(re.findall(r"^\[  FAILED  \] (?!TESTS)(?!.*test\(s\))(.*)$", text, re.M)))
    if code and not failed:
        failed = 1
    return Result(passed, failed, 0, [f"{program}\n{tail(text)}"] if code else [])


def units_in(folder, runner=()):
    result = Result()
    for program in sorted(glob.glob(f"{folder}/tests/test_*")):
        if os.access(program, os.X_OK) and os.path.isfile(program):
            result.add(cmocka(program, runner))
    return result


def cases_in(folder, runner=()):
    files = sorted(glob.glob("tests/insn/**/*.case", recursive=True))
    return counted([*runner, f"{folder}/tests/case-runner", *files])


def suite_units():
    """cmocka unit tests"""
    return units_in("build")


def suite_cases():
    """one-line cases through both drivers"""
    return cases_in("build")


def suite_fpquick():
    """floating-point arithmetic against the host's SSE and x87, a sample"""
    return counted(["build/tests/fp-native", "--count", "5000"])


def suite_fp():
    """floating-point arithmetic against the host's SSE and x87"""
    return counted(["build/tests/fp-native"])


def suite_transcendental():
    """FSIN FPATAN FYL2X and their kin: equal to MPFR, and an ulp from the x87 of this host at most"""
    program = "build/tests/transcendental"
    if not os.path.exists(program):
        return Result(skipped=1, notes=["libmpfr-dev is not installed"])
    return counted([program, "1000000"])


def check_golden(golden, program=("build/ringstep",)):
    """The golden passes, and with one byte of a record changed it does not."""
    code, text = run([*program, "check", golden, "--images", "build/guests"])
    if code:
        return Result(failed=1, notes=[f"{golden}: exit {code}\n{tail(text)}"])
    with open(golden, "rb") as f:
        content = bytearray(f.read())
    nameless = [line for line in content.split(b"\n") if line.startswith(b"x ") and b" by=" not in line]
    if nameless:
        return Result(failed=1, notes=[f"{golden}: an event without a rule: {nameless[0][:80]!r}"])
    at = content.rindex(b"rip=") + 5
    content[at] = ord("1") if content[at] != ord("1") else ord("2")
    changed = "build/changed.trace"
    with open(changed, "wb") as f:
        f.write(content)
    code, text = run([*program, "check", changed, "--images", "build/guests"])
    told = "rip" in text
    return Result(2) if code == 1 and told else Result(1, 1, 0, [f"{golden} with a changed byte: exit {code}\n{tail(text)}"])


def goldens_of(program=("build/ringstep",)):
    result = Result()
    for golden in sorted(glob.glob("tests/golden/*.trace")):
        result.add(check_golden(golden, program))
    return result


def suite_goldens():
    """golden traces of all guests on all profiles"""
    return goldens_of()


def profile_names():
    """What `ringstep cpus` lists first, a line each."""
    _, text = run(["build/ringstep", "cpus"])
    return [line.split()[0] for line in text.split("\n\n")[0].splitlines()]


# Exit codes where the kernel runs: its own 0, and a triple fault.
GUEST_EXITS = {"syscall64": 0, "faults": 0, "triple": 121, "compat-syscall": 0, "int80-compat": 0, "sysenter-compat": 0,
               "callgate64": 0, "interrupts": 0, "sysenter32": 0, "int80": 0, "callgate": 0, "taskswitch": 0}
USERS = {"syscall64": "syscall64-user.elf", "elf64user": "elf64user-hello.elf"}
GUESTS_OF_32_BITS = {"sysenter32", "int80", "callgate", "taskswitch"}
WITHOUT_LONG_MODE = {"intel-p6"}


def user_of(guest):
    """The options that give a guest the program that it wants."""
    return ["--user", f"build/guests/{USERS[guest]}"] if guest in USERS else []


def check_exit(guest, cpu):
    refused = cpu in WITHOUT_LONG_MODE and guest not in GUESTS_OF_32_BITS
    code, text = run(["build/ringstep", "run", f"build/guests/{guest}.elf", *user_of(guest), "--cpu", cpu])
    good = code == (126 if refused else GUEST_EXITS[guest]) and (not refused or "--cpu intel-skylake" in text)
    return Result(1) if good else Result(failed=1, notes=[f"{guest} on {cpu}: exit {code}\n{tail(text)}"])


# Where Intel and AMD part: the instruction that `run --both` names.
GUEST_DIFFERS = {"compat-syscall": "syscall", "sysenter-compat": "wrmsr", "interrupts": "cpuid"}


def check_both(guest):
    code, text = run(["build/ringstep", "run", "--both", "intel-skylake,amd-zen4", f"build/guests/{guest}.elf",
                      *user_of(guest)])
    told = f": {GUEST_DIFFERS[guest]}\n" if guest in GUEST_DIFFERS else "(intel-skylake and amd-zen4 alike)"
    good = code == (guest in GUEST_DIFFERS) and told in text
    return Result(1) if good else Result(failed=1, notes=[f"{guest} on both: exit {code}\n{tail(text)}"])


def suite_profiles():
    """every guest on every profile: its exit code, or refused where there is no long mode; and on two in step"""
    result = Result()
    for guest in GUEST_EXITS:
        result.add(check_both(guest))
    for cpu in profile_names():
        for guest in GUEST_EXITS:
            result.add(check_exit(guest, cpu))
    return result


def suite_guests():
    """the guests are the same bytes from two folders and whatever the environment says"""
    result, outputs = Result(), []
    for name, extra in (("one", {}), ("another-name", {"CFLAGS": "-O1 -g3", "CC": "clang"})):
        with tempfile.TemporaryDirectory() as home:
            source = f"{home}/{name}"
            shutil.copytree(".", source, ignore=shutil.ignore_patterns("build*", ".git"))
            env = {**os.environ, **extra}
            code, text = run([MESON, "setup", f"{source}/out", source], env=env)
            code, text = run(["ninja", "-C", f"{source}/out", "guests"], env=env) if not code else (code, text)
            if code:
                return Result(failed=1, notes=[tail(text)])
            made = glob.glob(f"{source}/out/guests/*.elf") + glob.glob(f"{source}/out/guests/*.bin")
            outputs.append({os.path.basename(p): open(p, "rb").read() for p in made})
    for name in sorted(outputs[0]):
        same = outputs[0][name] == outputs[1].get(name) == open(f"build/guests/{name}", "rb").read()
        result.add(Result(1) if same else Result(failed=1, notes=[f"guest {name} differs between two builds"]))
    return result


QEMU_CPUS = {"intel": ("Skylake-Client", "intel-skylake"), "amd": ("EPYC", "amd-zen4")}

REAL_MODE = {"real mode: a word across": "no limits in real mode", "unreal mode: DS": "the same"}

# Image, vendor, and the beginnings of the lines that QEMU's TCG (seen in 7.2) tells otherwise, with what it does.
# SYSCALL from compatibility mode works in QEMU on an Intel model too (SC-02), SYSENTER on an AMD model (SE-03): those
# two guests run on the vendor that QEMU gets right.
QEMU_GUESTS = [
    ("callgate.elf", "intel", {"gate to conforming code": "CS without the RPL of the caller (GT-10)"}),
    ("callgate64.mb.elf", "intel", {}),
    ("compat-syscall.mb.elf", "amd", {}),
    ("int80.elf", "intel", {}),
    ("int80-compat.mb.elf", "intel", {"INT 14": "error code of vector * 16 + 2 in long mode (IN-03)"}),
    ("interrupts.mb.elf", "intel", {"8254: status": "OUT of a rate generator low (8254 data sheet, mode 2: high)",
                                    "TSC deadline": "not modelled", "x2APIC": "not modelled"}),
    ("realmode.elf", "intel", REAL_MODE),
    ("realmode.bin", "intel", REAL_MODE),
    ("sysenter-compat.mb.elf", "intel", {}),
    ("sysenter32.elf", "intel", {"SYSENTER with SYSENTER_CS=3": "takes 3 for a selector (SE-02)",
                                 "SYSENTER: CS=": "the same"}),
    ("taskswitch.elf", "intel", {}),
]
QEMU = ["-accel", "tcg", "-display", "none", "-debugcon", "stdio", "-no-reboot", "-device",
        "isa-debug-exit,iobase=0xf4,iosize=1"]


def told(text, differing):
    """The lines of a guest on whose text all agree: not those that differ, nor the verdict that they change."""
    verdict = ("all as expected", "observations differ")
    lines = [line for line in text.splitlines() if not line.startswith(("qemu-system", "ringstep:"))]
    return [line for line in lines if not line.endswith(verdict)
            and not line.removeprefix("FAIL ").startswith(tuple(differing))]


def qemu_guest(qemu, name, vendor, differing):
    """The same console text from QEMU and from ringstep, but for lines that QEMU is known to tell otherwise."""
    model, profile = QEMU_CPUS[vendor]
    image = f"build/guests/{name}"
    start = ["-kernel", image] if name.endswith(".elf") else ["-drive", f"format=raw,snapshot=on,file={image}"]
    code, ours = run(["build/ringstep", "run", image.replace(".bin", ".elf"), "--cpu", profile])
    if code == 122:
        return Result(skipped=1, notes=[tail(ours, 1)])
    if code:
        return Result(failed=1, notes=[f"{name}: ringstep exits with {code}\n{tail(ours)}"])
    code, theirs = run([qemu, *start, "-cpu", model, *QEMU], timeout=60)
    same = told(ours, differing) == told(theirs, differing) and code == (3 if differing else 1)
    return Result(1) if same else Result(failed=1, notes=[f"{name}: QEMU exits with {code}\n{tail(theirs)}"])


def suite_qemuguests():
    """QEMU boots the guests that teach and prints what ringstep prints"""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        return Result(skipped=1, notes=["qemu-system-x86_64 is not installed"])
    result = Result()
    for guest in QEMU_GUESTS:
        result.add(qemu_guest(qemu, *guest))
    return result


KERNELS = ["apic64", "calibrate", "clock", "preempt", "ticks", "x2apic64"]
KERNEL_INPUT = "world\n"
# Of short runs the step driver must make the same.
SHORT_KERNELS = {"clock", "x2apic64"}


def kernel_expects(name):
    with open(f"tests/kernels/expect/{name}.txt", encoding="utf-8") as f:
        return f.read()


def run_kernel(name, *options):
    """Console and status line of a kernel that is given KERNEL_INPUT at COM1."""
    done = subprocess.run(["build/ringstep", "run", f"build/tests/kernels/{name}.elf", "--input", "-", *options],
                          input=KERNEL_INPUT, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr.strip()


def check_kernel(name, cpu, timing):
    options = ["--cpu", cpu, "--timing", timing]
    code, text, status = run_kernel(name, *options)
    result = Result()
    good = code == 0 and text == kernel_expects(name)
    result.add(Result(1) if good else Result(failed=1, notes=[f"{name} {options}: exit {code}\n{text}{status}"]))
    if name in SHORT_KERNELS:
        stepped = run_kernel(name, *options, "--step-driver")
        same = stepped == (code, text, status)
        result.add(Result(1) if same else Result(failed=1, notes=[f"{name} {options}: stepped: {stepped}"]))
    return result


# How the kernel `idle` ends: by the last word of its command line; and within what limits it does not wait for ever.
IDLE_FOR_EVER = {"cli": "c", "sti": "s", "masked in the 8259A": "m", "masked in the LVT": "a", "held by TPR": "h",
                 "with IF=0": "d", "without EOI": "e"}
IDLE_LIMITS = [["--max-insns", "100000"], ["--max-cycles", "5000000000"], ["--timeout", "1"]]


def check_idle(options, word, wanted):
    start = time.monotonic()
    code, text, _ = run_kernel("idle", *options, "--", word)
    quick = time.monotonic() - start < 5
    good = code == wanted and quick and text == ""
    return Result(1) if good else Result(failed=1, notes=[f"idle {word} {options}: exit {code}"])


def suite_kernels():
    """kernels as others write them: what they print; HLT ends where nothing can come, and within limits"""
    result = Result()
    for cpu in ("intel-skylake", "amd-zen4"):
        for timing in ("none", "unit"):
            for name in KERNELS:
                result.add(check_kernel(name, cpu, timing))
    for driver in ([], ["--step-driver"], ["--timing", "unit"]):
        for word in IDLE_FOR_EVER.values():
            result.add(check_idle(driver, word, 123))
        for limit in IDLE_LIMITS:
            result.add(check_idle(driver + limit, "p", 124))
    return result


def suite_programs():
    """static programs of glibc and musl above elf64user: printed and ended as on this host, for both vendors"""
    result = Result()
    for library, package in (("gcc", "gcc"), ("musl-gcc", "musl-tools")):
        if not shutil.which(library):
            result.add(Result(skipped=1, notes=[f"{package} is not installed"]))
    results, table = programs.run_all()
    for (case, variant), rows in results.items():
        for row in rows:
            note = f"{case} {variant} {row.where}: {row.problem}"
            result.add(Result(1) if row.problem is None else Result(failed=1, notes=[note]))
    result.notes.append(table)
    return result


# A clock of instructions, so that no other load of this host gets into a measurement; the CMOS clock by it too.
QEMU_CLOCK = ["-icount", "shift=0", "-rtc", "clock=vm", "-m", "16M"]
# The beginnings of lines that QEMU tells otherwise, with what it does.
KERNEL_DIFFERS = {"calibrate": {"refresh toggles": "toggles at every read of port 61h"}}


def qemu_kernel(qemu, name):
    """The kernel on QEMU; the input is typed when it asks for it, since a UART that is set up loses what came before."""
    command = [qemu, "-kernel", f"build/tests/kernels/{name}.elf", "-cpu", "Skylake-Client", *QEMU, *QEMU_CLOCK]
    command[command.index("-debugcon")] = "-serial"
    differing = KERNEL_DIFFERS.get(name, {})
    kernel = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    watch = threading.Timer(90, kernel.kill)
    watch.start()
    text = b""
    for byte in iter(lambda: kernel.stdout.read(1), b""):
        text += byte
        if text.endswith(b"? "):
            kernel.stdin.write(KERNEL_INPUT.encode())
            kernel.stdin.flush()
    watch.cancel()
    code, theirs = kernel.wait(), text.decode(errors="replace").replace("\r", "")
    same = told(theirs, differing) == told(kernel_expects(name), differing) and code == (3 if differing else 1)
    return Result(1) if same else Result(failed=1, notes=[f"{name}: QEMU exits with {code}\n{theirs}"])


def suite_qemukernels():
    """QEMU runs the same kernels and prints the same"""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        return Result(skipped=1, notes=["qemu-system-x86_64 is not installed"])
    result = Result()
    for name in KERNELS:
        result.add(qemu_kernel(qemu, name))
    return result


def probe_results(vendor):
    """Each rule guest's line on ringstep as the manuals have it; one that is known to differ must still do so."""
    result, root = Result(), os.getcwd()
    known = {k.id: k.reason for k in probe_files.known(root) if k.vendor == vendor}
    seen = observe.all_observations(probe_peers.ALL["ringstep"], vendor, root)
    for name, expected in probe_files.expectations(root, vendor).items():
        same = seen.get(name) == expected
        if name in known and not same:
            result.add(Result(skipped=1, notes=[f"{name} ({vendor}): known: {known[name]}"]))
        elif same and name not in known:
            result.add(Result(1))
        else:
            result.add(Result(failed=1, notes=[f"{name} ({vendor}): {seen.get(name)}\n  expected: {expected}"]))
    return result


def suite_probes():
    """the rule guests show what the manuals say; what the peers showed is written down and judged"""
    result = Result()
    try:
        for vendor in probe_files.VENDORS:
            result.add(probe_results(vendor))
    except observe.Strange as why:
        result.add(Result(failed=1, notes=[str(why)]))
    problems = probe_files.check(os.getcwd())
    result.add(Result(failed=len(problems), notes=problems) if problems else Result(1))
    return result


def suite_meta():
    """the tree itself: include directions, sizes, objects, docs"""
    return counted(["python3", "tests/meta/run.py", "build"])


def suite_faultcases():
    """every page an instruction case touches is taken away in turn: nothing may have changed"""
    files = sorted(glob.glob("tests/insn/*.case") + glob.glob("tests/insn/integer/*.case"))
    return counted(["build/tests/case-runner", "--fault-each", *files])


# Images of guests that need no user program.
SMALL_GUESTS = ["callgate", "callgate64", "compat-syscall", "int80", "int80-compat", "interrupts", "realmode",
                "sysenter-compat", "sysenter32", "taskswitch"]


def traces_of(*program):
    """What a build of the program writes for each guest, by profile."""
    traces = {}
    for cpu in ("intel-skylake", "amd-zen4"):
        for guest in ["syscall64", "faults", "triple", *SMALL_GUESTS]:
            user = user_of(guest)
            out = f"build/{guest}.{cpu}.trace"
            run([*program, "trace", f"build/guests/{guest}.elf", *user, "--cpu", cpu, "-o", out])
            with open(out, "rb") as f:
                traces[guest, cpu] = f.read()
            os.unlink(out)
    return traces


def other_build(folder, *options, env=None, runner=()):
    """Units, cases, and traces identical to those of the release build, in a build of another kind."""
    problem = build(folder, *options, env=env)
    if problem:
        return Result(failed=1, notes=[tail(problem, 40)])
    result = units_in(folder, runner)
    result.add(cases_in(folder, runner))
    result.add(counted([*runner, f"{folder}/tests/fuzz-loaders"]))
    result.add(fuzz_debug(folder, 1000, runner))
    ours, theirs = traces_of("build/ringstep"), traces_of(*runner, f"{folder}/ringstep")
    for key, trace in ours.items():
        same = theirs[key] == trace
        result.add(Result(1) if same else Result(failed=1, notes=[f"{folder}: trace of {key} differs"]))
    return result


def suite_clang():
    """clang: units, cases, byte-identical traces"""
    if not shutil.which("clang"):
        return Result(skipped=1, notes=["clang is not installed"])
    return other_build("build-clang", env={"CC": "clang"})


def suite_sanitizers():
    """AddressSanitizer and UndefinedBehaviorSanitizer, the window under keys and a mouse as well"""
    # LeakSanitizer of gcc 12 falls over the thread-local storage of libraries that dlopen has brought (libdw).
    os.environ["LSAN_OPTIONS"] = f"use_tls=0:print_suppressions=0:suppressions={os.getcwd()}/tests/view/leaks.txt"
    result = other_build("build-asan", "-Db_sanitize=address,undefined", "-Dbuildtype=debugoptimized")
    result.add(counted(["tests/view/run.py", "--window", "build-asan"], tell="^skipped .*$"))
    return result


def suite_O0():
    """without optimisation"""
    return other_build("build-O0", "-Dbuildtype=debug", "-Doptimization=0")


def digests_agree(folder, runner=()):
    """Floating point in integers, an operation a line, makes in another build what it makes in the release build."""
    code, ours = run(["build/tests/fp-digest"])
    other, theirs = run([*runner, f"{folder}/tests/fp-digest"])
    if code or other or not ours:
        return Result(failed=1, notes=[f"fp-digest: exit {code}, {folder}: exit {other}\n{tail(theirs)}"])
    differing = sorted(set(ours.splitlines()) ^ set(theirs.splitlines()))
    failed = len({line.split(":")[0] for line in differing})
    return Result(len(ours.splitlines()) - failed, failed, 0, [tail("\n".join(differing))] if failed else [])


def suite_portable():
    """built for aarch64 and run by qemu-user: units, cases, arithmetic, traces and goldens the same as on x86-64"""
    code, text = run(["tools/setup-aarch64"])
    if code:
        return Result(skipped=1, notes=[f"no compiler and libraries for aarch64, or no qemu-user: {tail(text, 3)}"])
    runner = ["qemu-aarch64"]
    result = other_build("build-arm64", "--cross-file", "tools/aarch64.ini", runner=runner)
    if result.passed:
        result.add(digests_agree("build-arm64", runner))
        result.add(counted([*runner, "build-arm64/tests/transcendental", "20000"]))
        result.add(goldens_of((*runner, "build-arm64/ringstep")))
    return result


MANUAL_LOOP = """
#include <ringstep.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	struct rs_error why;
	struct rs_config config = { .cpu = "amd-zen4" };
	struct rs_file kernel;
	struct rs_machine *m = rs_new(&config, &why);
	if (argc < 2 || !m || !rs_file_read(m, argv[1], &kernel, &why) || !rs_load(m, &kernel, NULL, 0, "", &why))
		return puts(why.text), 1;
	while (rs_run(m, RS_FOREVER) == RS_STOP_LIMIT)
		;
	printf("%llu\\n", (unsigned long long)rs_status(m)->instructions);
	rs_file_release(m, &kernel);
	rs_free(m);
	return 0;
}
"""


def suite_install():
    """meson install, the pkg-config file, and a program written against them"""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "DESTDIR": home}
        code, text = run([MESON, "install", "-C", "build", "--no-rebuild"], env=env)
        found = glob.glob(f"{home}/**/ringstep.pc", recursive=True)
        if code or not found:
            return Result(failed=1, notes=[tail(text)])
        env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(found[0]), "PKG_CONFIG_SYSROOT_DIR": home}
        code, flags = run(["pkg-config", "--cflags", "--libs", "--static", "ringstep"], env=env)
        with open(f"{home}/loop.c", "w", encoding="utf-8") as f:
            f.write(MANUAL_LOOP)
        code, text = run(["cc", f"{home}/loop.c", "-o", f"{home}/loop", *flags.split()])
        if code:
            return Result(1, 1, 0, [tail(text)])
        code, text = run([f"{home}/loop", "build/guests/faults.elf"])
        good = code == 0 and int(text or 0) > 10000
        return Result(3) if good else Result(2, 1, 0, [text])


def suite_demo():
    """tools/demo ends well and shows a transition with its rules"""
    code, text = run(["tools/demo"])
    wanted = ["SC-07", "by SYSRET", "SR-06", "What to try next"]
    missing = [w for w in wanted if w not in text]
    return Result(1) if code == 0 and not missing else Result(failed=1, notes=[f"exit {code}, missing {missing}\n{tail(text)}"])


GUESTS = ["build/guests/syscall64.elf", "build/guests/syscall64-user.elf"]


def suite_equiv():
    """chained, stepped, alternating and restored runs of every guest are equal; self-modifying and crossing code"""
    result = counted(["build/tests/equiv"])
    for kernel in ("syscall64.elf", "syscall64.mb.elf"):
        result.add(counted(["build/tests/equiv", f"build/guests/{kernel}", GUESTS[1]]))
    small = [f"{guest}.elf" for guest in SMALL_GUESTS]
    for kernel in ("faults.elf", "faults.mb.elf", "triple.elf", "triple.mb.elf", *small):
        result.add(counted(["build/tests/equiv", f"build/guests/{kernel}"]))
    return result


def suite_accessfault():
    """every page of the rule cases, tables included, faults in turn"""
    files = sorted(glob.glob("tests/insn/*.case") + glob.glob("tests/insn/rules/*.case"), key=os.path.getsize)
    at_once = min(os.cpu_count() or 1, 4)
    result = Result()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for part in pool.map(counted, [["build/tests/accessfault", *files[i::at_once]] for i in range(at_once)]):
            result.add(part)
    return result


# What a timing table is made of: the guest, how many instructions, its command line. `preempt` has timer interrupts.
REVERSE_TIMES = [("build/guests/bench.elf", "100000000", "syscall", "1000000000"),
                 ("build/guests/bench.elf", "100000000", "loop", "1000000000"),
                 ("build/tests/kernels/preempt.elf", "90000000")]


def suite_reverse():
    """back to random positions of every guest, one record back, searches: as forwards; how long it takes"""
    small = [f"build/guests/{guest}.elf" for guest in sorted(GUEST_EXITS) if guest not in USERS]
    users = [f"build/guests/{guest}.elf,build/guests/{user}" for guest, user in USERS.items()]
    kernels = [f"build/tests/kernels/{name}.elf" for name in ("apic64", "clock", "idle", "x2apic64")]
    result = counted(["build/tests/reverse", *small, *users, "build/guests/realmode.elf", *kernels])
    for arguments in REVERSE_TIMES:
        result.add(counted(["build/tests/reverse", "--time", *arguments], tell=r"^(?!\d+ passed).+$"))
    return result


def suite_states():
    """every guest saved at odd places and loaded: the same lines, console and end as undisturbed"""
    small = [f"build/guests/{guest}.elf" for guest in sorted(GUEST_EXITS) if guest not in USERS]
    users = [f"build/guests/{guest}.elf,build/guests/{user}" for guest, user in USERS.items()]
    kernels = [f"build/tests/kernels/{name}.elf" for name in ("apic64", "clock", "idle", "x2apic64")]
    return counted(["build/tests/states", *small, *users, "build/guests/realmode.elf", *kernels])


def suite_inject():
    """every allocation and I/O call fails in turn"""
    return counted(["build/tests/inject", "build/guests/syscall64.elf", "build/guests/syscall64.mb.elf", GUESTS[1]])


def suite_sessions():
    """scripted sessions of the prompt against their transcripts; the prompt on a terminal; full disks"""
    return counted(["tests/sessions/run.py", "build"])


def suite_sweeps():
    """events at every boundary of the entries of guests, and injected events that traces repeat"""
    return counted(["tests/sweeps/run.py", "build"])


def suite_pictures():
    """pictures of the view, pixel by pixel"""
    return counted(["tests/view/run.py", "--pictures", "build"])


def suite_view():
    """the same, the window under keys and a mouse, what goes wrong around it, and what looking on costs the machine"""
    result = counted(["tests/view/run.py", "build"], tell="^(?:skipped|frames) .*$")
    result.add(counted(["build/tests/view-speed", "build/guests"], tell="^(?:skipped|looking on) .*$"))
    return result


def suite_fuzz():
    """every image format cut at every byte, and changed images: loaded or refused, never a wild read; a million lines at
    the prompt; debug information cut and changed, where libdw is there"""
    result = counted(["build/tests/fuzz-loaders"])
    result.add(counted(["build/tests/fuzz-prompt"]))
    result.add(fuzz_states(1000000))
    result.add(fuzz_debug("build", 10000))
    return result


def fuzz_states(runs):
    """Changed state files, divided among the processors."""
    jobs = os.cpu_count() or 1
    command = ["build/tests/fuzz-states", "build/guests/syscall64.elf,build/guests/syscall64-user.elf"]
    result = Result()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for part in pool.map(lambda job: counted([*command, str(-(-runs // jobs)), str(job)], 3600), range(jobs)):
            result.add(part)
    return result


def fuzz_debug(folder, count, runner=()):
    """What it asks ends, or it does not come to its last line."""
    result, program = Result(), f"{folder}/tests/fuzz-debug"
    if os.path.exists(program):
        for sample in (f"{folder}/tests/debug-sample-4", f"{folder}/tests/debug-sample-5", "build/guests/syscall64.elf"):
            result.add(counted([*runner, program, sample, str(count)]))
    return result


# How the kernel says that it was started, and the words that start it so.
STARTS = [
    ("multiboot2", "formats.elf"), ("multiboot", "formats.elf --format multiboot"), ("pvh", "formats.elf --format pvh"),
    ("direct", "formats.elf --format elf32"), ("pvh", "formats-pvh.elf"),
    ("direct", "formats.bin --load 100000 --mode 32"),
]


def started(protocol, module):
    """What guests/formats prints with the arguments "one two"."""
    with open(module, encoding="utf-8") as f:
        return f"{protocol}: one two\n{f.readline()}"


def suite_formats():
    """one kernel started by every protocol, and its traces run again"""
    result, module, trace = Result(), "guests/README.md", "build/formats.trace"
    for protocol, words in STARTS:
        image, *options = words.split()
        start = [f"build/guests/{image}", *options, "--user", module, "--", "one", "two"]
        code, text = run(["build/ringstep", "run", *start])
        told = code == 0 and text.startswith(started(protocol, module))
        result.add(Result(1) if told else Result(failed=1, notes=[f"{words}: exit {code}\n{tail(text)}"]))
        run(["build/ringstep", "trace", "-o", trace, *start])
        code, text = run(["build/ringstep", "check", trace, "--images", "build/guests"])
        result.add(Result(1) if code == 0 else Result(failed=1, notes=[f"{words}: check {code}\n{tail(text)}"]))
    return result


def suite_spec():
    """the rows of tests/spec against the machine: states of both vendors, and each row left out must be missed"""
    result = counted(["build/tests/spec-compare"])
    result.add(counted(["build/tests/spec-compare", "--prove"]))
    return result


def suite_mutate():
    """every eighth row, behaviour and condition inverted, and those that changed: the cases must notice"""
    code, text = run(["tools/mutate", "--sample"])
    found = re.search(r"^killed (\d+) / (\d+)$", text, re.M)
    if not found:
        return Result(failed=1, notes=[tail(text)])
    killed, total = int(found[1]), int(found[2])
    return Result(killed, total - killed, 0, [tail(text, 40)] if killed < total else [])


def suite_coverage():
    """every line and 98 % of the branches of transitions, segments, delivery and MSRs are reached"""
    code, text = run(["tools/coverage"])
    return Result(1) if code == 0 else Result(failed=1, notes=[tail(text, 60)])


def suite_bench():
    """each bench guest, briefly, on ringstep and what else is here: equal checksums; the C program natively too"""
    result = counted(["tools/bench", "--smoke"])
    with tempfile.TemporaryDirectory() as home:
        sources = ["tests/bench/native.c", "guests/bench/program.c"]
        code, text = run(["cc", "-O1", "-Iguests", *sources, "-o", f"{home}/native"])
        code, text = run([f"{home}/native"]) if not code else (code, text)
    result.add(Result(1) if code == 0 else Result(failed=1, notes=[tail(text)]))
    return result


def suite_qemu():
    """QEMU boots the same Multiboot and PVH images"""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        return Result(skipped=1, notes=["qemu-system-x86_64 is not installed"])
    module = "guests/README.md"
    result = Result()
    for kernel, initrd, wanted in (("syscall64.mb.elf", GUESTS[1], "all checks passed"),
                                   ("formats.elf", module, started("multiboot", module)),
                                   ("formats-pvh.elf", module, started("pvh", module))):
        code, text = run([qemu, "-kernel", f"build/guests/{kernel}", "-initrd", initrd, "-append", "one two",
                          "-cpu", "max", "-accel", "tcg", "-display", "none", "-debugcon", "stdio", "-no-reboot",
                          "-device", "isa-debug-exit,iobase=0xf4,iosize=1"], timeout=60)
        good = code == 1 and wanted in text
        result.add(Result(1) if good else Result(failed=1, notes=[f"{kernel}: exit {code}\n{tail(text)}"]))
    return result


def oracle(name, *options):
    program = f"build/tests/{name}"
    if not os.path.exists(program):
        return Result(skipped=1, notes=["this host is not Linux on x86-64"])
    return counted([program, *options])


def compared_profiles():
    """Of the oracles of single instructions: amd-zen4 everywhere, and on a processor of Intel's one of theirs as well."""
    with open("/proc/cpuinfo") as f:
        return ["amd-zen4", "intel-skylake"] if "GenuineIntel" in f.read() else ["amd-zen4"]


def single_instructions(count, events, least):
    """The inline and the signal oracle; each says how often it has compared the form that it compared least."""
    program, result = "build/tests/inline-oracle", Result()
    if not os.path.exists(program):
        return Result(skipped=1, notes=["this host is not Linux on x86-64"])
    told = r"^(?:\d+ forms compared.*| +\d+ \w+ (?:skipped|known):.*|seed .*)$"
    for profile in compared_profiles():
        command = [program, "--profile", profile]
        result.add(counted([*command, "--count", count, "--least", least], tell=told))
        result.add(counted([*command, "--faults", "--count", events], tell=told))
    return result


def suite_inlinequick():
    """single instructions on the processor of this host and in ringstep: a sample"""
    result = single_instructions("200000", "20000", "0")
    result.notes = result.notes if result.failed else []
    return result


def suite_inline():
    """single instructions on the processor of this host and in ringstep, results and faults"""
    return single_instructions("1e7", "1e6", "1000")


def suite_silicon():
    """random instructions in user mode, and random bytes, on the processor of this host and in ringstep"""
    result = oracle("user-oracle", "--random", "200000", "--seconds", "60")
    result.add(oracle("decode-oracle", "--prove", "--random", "16384"))
    result.add(oracle("decode-oracle", "--random", "2000000"))
    result.add(oracle("decode-oracle", "--random", "500000", "--seed", "2", "--profile", "intel-skylake"))
    return result


def suite_bytes():
    """a sample of random bytes, their length and #UD on the processor of this host and in ringstep"""
    return oracle("decode-oracle", "--random", "50000")


QUICK = [suite_units, suite_cases, suite_fpquick, suite_goldens, suite_profiles, suite_probes, suite_bytes,
         suite_inlinequick, suite_sessions, suite_sweeps, suite_pictures, suite_meta]
WHOLE = {suite_fpquick: suite_fp, suite_inlinequick: suite_inline, suite_pictures: suite_view}
FULL = [WHOLE.get(s, s) for s in QUICK] + [
    suite_transcendental, suite_equiv, suite_accessfault, suite_reverse, suite_states, suite_inject, suite_fuzz, suite_formats, suite_faultcases,
    suite_guests, suite_install, suite_demo, suite_coverage, suite_spec, suite_mutate, suite_bench, suite_silicon,
    suite_qemu, suite_qemuguests, suite_kernels, suite_qemukernels, suite_programs, suite_clang, suite_sanitizers,
    suite_O0, suite_portable]


def report(name, seconds, result):
    skipped = f", {result.skipped} skipped" if result.skipped else ""
    print(f"{name:12} {seconds:7.1f} s   {result.passed} passed, {result.failed} failed{skipped}", flush=True)
    for note in result.notes:
        print("  " + note.replace("\n", "\n  "), flush=True)


def main(arguments):
    quick = "--quick" in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    suites = [s for s in (QUICK if quick else FULL) if not wanted or s.__name__[6:] in wanted]
    total = Result()
    problem = build("build")
    if problem:
        print(tail(problem, 60))
        total.failed += 1
        suites = []
    for suite in suites:
        start = time.monotonic()
        result = suite()
        report(suite.__name__[6:], time.monotonic() - start, result)
        total.add(result)
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
