"""The suite `programs`: static Linux programs above the guest elf64user, against the same programs on this host.

tests/programs/*.c are built with glibc and musl, at -O2 and for x86-64-v3, and run with the arguments and input of CASES.
tests/programs/expect has what each prints behind the line "exit N"; CASE.VARIANT.txt and CASE.LIBRARY.txt go before CASE.txt
where libraries or roundings (fused multiplication) differ. `tools/programs.py --write` makes the files anew from native runs.
"""
import collections
import json
import os
import platform
import shutil
import subprocess
import sys

SOURCES, FOLDER, EXPECT = "tests/programs", "build/programs", "tests/programs/expect"
PROFILES = ("intel-haswell", "intel-skylake", "intel-icelake-server", "amd-zen1", "amd-zen4", "amd-k8")
TWO = ("intel-skylake", "amd-zen4")
# A processor without AVX2: programs for x86-64-v3 end there by SIGILL, of which MATRIX is the one to show it.
BEFORE_AVX2, MATRIX = "amd-k8", "matrix"
NOT_SERVED = "elf64user: system call 334 (rseq) is not served (ENOSYS)\n"
VARIANTS = {
    "glibc": ["gcc", "-static", "-O2"],
    "glibc-v3": ["gcc", "-static", "-O3", "-march=x86-64-v3"],
    "glibc-pie": ["gcc", "-static-pie", "-fPIE", "-O2"],
    "musl": ["musl-gcc", "-static", "-O2"],
    "musl-v3": ["musl-gcc", "-static", "-O3", "-march=x86-64-v3"],
}
V3 = {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}
TEXT = "a line of text\n1 0.5 2 0.25\n-3 1e2\nthen words\n\nand 17 more\nwithout an end"
ENDS = ("0", "1", "200", "255")
SIGNALS = ("abort", "segv", "jump", "fpe", "ill", "trap", "hlt", "term", "kill", "stack")

Case = collections.namedtuple("Case", "name program arguments input profiles", defaults=((), "", TWO))
Row = collections.namedtuple("Row", "where problem instructions", defaults=(None, None))
CASES = [
    *(Case(name, name, profiles=PROFILES) for name in ("doubles", "matrix", "sha256")),
    *(Case(name, name) for name in ("heap", "jumps", "mathlib", "memory", "parse", "signals", "sort", "strings", "system")),
    Case("arguments", "arguments"),
    Case("arguments-many", "arguments", ("a", "two words", "", "it's", 'say "so"', "back\\slash", "--", "-x", "*", "\t")),
    Case("input", "input", (), TEXT),
    Case("input-none", "input"),
    *(Case(f"ends-{way}{number}", "ends", (way, number)) for way in ("exit", "_exit") for number in ENDS),
    *(Case(f"ends-{way}", "ends", (way,)) for way in SIGNALS),
]


def compilers():
    """The variants that can be built here."""
    return {name: command for name, command in VARIANTS.items() if shutil.which(command[0])}


def build(program, variant):
    """The path of the program, made if it is older than its source; an error text instead if that fails."""
    source, target = f"{SOURCES}/{program}.c", f"{FOLDER}/{program}.{variant}"
    os.makedirs(FOLDER, exist_ok=True)
    if os.path.exists(target) and os.path.getmtime(target) > os.path.getmtime(source):
        return target, None
    done = subprocess.run([*VARIANTS[variant], "-std=gnu11", "-w", source, "-o", target, "-lm"], capture_output=True, text=True,
                          check=False)
    return target, done.stderr if done.returncode else None


def can_execute(variant):
    """Whether the programs of a variant run on this processor."""
    if platform.machine() != "x86_64" or not os.path.exists("/proc/cpuinfo"):
        return False
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        flags = next((set(line.split()) for line in f if line.startswith("flags")), set())
    return not variant.endswith("v3") or V3 <= flags


def outcome(command, case, **kwargs):
    """"exit N" and what the program printed."""
    try:
        done = subprocess.run([*command, *case.arguments], input=case.input.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300, check=False, **kwargs)
    except subprocess.TimeoutExpired:
        return "late\n", ""
    code = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return f"exit {code}\n" + done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def native(case, variant):
    return outcome([f"./{case.program}.{variant}"], case, cwd=FOLDER, env={})[0]


def emulated(case, variant, profile, *options):
    """What it printed and told, and how many instructions that took."""
    status = os.path.abspath(f"{FOLDER}/status.json")
    command = ["../ringstep", "user", "--cpu", profile, "--status-json", status, *options, f"./{case.program}.{variant}"]
    got, errors = outcome(command, case, cwd=FOLDER)
    with open(status, encoding="utf-8") as f:
        return got, errors, json.load(f).get("instructions")


def expected(case, variant):
    """What the variant must print, or None."""
    for name in (f"{case.name}.{variant}", f"{case.name}.{variant.split('-')[0]}", case.name):
        path = f"{EXPECT}/{name}.txt"
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="") as f:
                return f.read()
    return None


def difference(wanted, got, errors):
    """The first line that is another one, and what was told on standard error."""
    pairs = zip((wanted or "").splitlines() + ["(end)"], got.splitlines() + ["(end)"])
    first = next((f"\n  expected: {w[:200]}\n  printed:  {g[:200]}" for w, g in pairs if w != g), " (the same lines)")
    return first + (f"\n  {errors.strip()[-300:]}" if errors.strip() else "")


def compared(where, wanted, got, errors="", instructions=None):
    return Row(where, None if got == wanted else difference(wanted, got, errors), instructions)


def rows(case, variant):
    """A Row for each place in which the program runs."""
    _, problem = build(case.program, variant)
    if problem:
        yield Row("build", problem)
        return
    wanted = expected(case, variant)
    if wanted is None:
        yield Row("build", f"{EXPECT}/{case.name}.txt is not there")
        return
    if can_execute(variant):
        yield compared("native", wanted, native(case, variant))
    for profile in case.profiles:
        if profile != BEFORE_AVX2 or not variant.endswith("v3"):
            yield compared(profile, wanted, *emulated(case, variant, profile))
        elif case.name == MATRIX:
            yield compared(profile, "exit 132\n", *emulated(case, variant, profile))


def told(variant):
    """What -v tells of the call that the libraries of GNU ask for first, and that nothing is told without it."""
    case = Case("arguments", "arguments")
    wanted = NOT_SERVED if variant.startswith("glibc") else ""
    for options, text in (((), ""), (("-v",), wanted)):
        got, errors, instructions = emulated(case, variant, PROFILES[0], *options)
        yield compared(f"{PROFILES[0]} {' '.join(options)}".strip(), text + got, errors + got, "", instructions)


def table(results):
    """A line for each program and variant: how it compared with this host, and in how many instructions by profile."""
    names = [name for name, _ in results]
    width = max(map(len, names))
    lines = [f"{'program':{width}}  built as   native" + "".join(f"  {profile:>20}" for profile in PROFILES)]
    for (name, variant), seen in results.items():
        cell = {r.where: "differs" if r.problem is not None else f"{r.instructions} same" for r in seen}
        if variant.endswith("v3") and cell.get(BEFORE_AVX2, "differs") != "differs":
            cell[BEFORE_AVX2] = cell[BEFORE_AVX2].replace("same", "SIGILL")
        own = {"native": "-"} | {r.where: "differs" if r.problem is not None else "same" for r in seen}
        lines.append(f"{name:{width}}  {variant:9}  {own['native']:7}" +
                     "".join(f" {cell.get(profile, '-'):>21}" for profile in PROFILES))
    return "\n".join(lines)


def run_all():
    """({(case, variant): rows}, the table)"""
    results = {(case.name, variant): list(rows(case, variant)) for case in CASES for variant in compilers()}
    results |= {("told", variant): list(told(variant)) for variant in compilers()}
    return results, table(results)


def write():
    """The expectations from native runs: one file a case, and others for variants that print something else."""
    os.makedirs(EXPECT, exist_ok=True)
    for case in CASES:
        texts = {}
        for variant in compilers():
            _, problem = build(case.program, variant)
            if problem:
                sys.exit(problem)
            texts[variant] = native(case, variant)
        files = {case.name: collections.Counter(texts.values()).most_common(1)[0][0]}
        for variant, text in texts.items():
            library = variant.split("-")[0]
            alone = any(t != text for v, t in texts.items() if v.split("-")[0] == library)
            if text != files[case.name]:
                files[f"{case.name}.{variant if alone else library}"] = text
        for name, text in files.items():
            with open(f"{EXPECT}/{name}.txt", "w", encoding="utf-8", newline="") as f:
                f.write(text)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        found, text = run_all()
        print(text)
        for (name, variant), seen in found.items():
            for row in seen:
                if row.problem is not None:
                    print(f"{name} {variant} {row.where}: {row.problem}")
