"""The suite `programs`: static Linux programs above the guest elf64user, against the same programs on this host.

tests/programs/*.c are built with glibc and musl, at -O2 and for x86-64-v3, and run with the arguments and input of CASES.
tests/programs/expect has what each prints behind the line "exit N"; CASE.VARIANT.txt and CASE.LIBRARY.txt go before CASE.txt
where libraries or roundings (fused multiplication) differ. `tools/programs.py --write` makes the files anew from native runs.
"""
import collections
import os
import platform
import shutil
import subprocess
import sys

SOURCES, FOLDER, EXPECT = "tests/programs", "build/programs", "tests/programs/expect"
PROFILES = ("intel-skylake", "amd-zen4")
VARIANTS = {
    "glibc": ["gcc", "-static", "-O2"],
    "glibc-v3": ["gcc", "-static", "-O3", "-march=x86-64-v3"],
    "glibc-pie": ["gcc", "-static-pie", "-fPIE", "-O2"],
    "musl": ["musl-gcc", "-static", "-O2"],
    "musl-v3": ["musl-gcc", "-static", "-O3", "-march=x86-64-v3"],
}
V3 = {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}
TEXT = "a line of text\n1 0.5 2 0.25\n-3 1e2\nthen words\n\nand 17 more\nwithout an end"

Case = collections.namedtuple("Case", "name program arguments input", defaults=((), ""))
CASES = [
    *(Case(name, name) for name in ("doubles", "heap", "jumps", "mathlib", "matrix", "memory", "parse", "sha256", "signals",
                                    "sort", "strings", "system")),
    Case("arguments", "arguments"),
    Case("arguments-many", "arguments", ("a", "two words", "", "it's", 'say "so"', "back\\slash", "--", "-x", "*", "\t")),
    Case("input", "input", (), TEXT),
    Case("input-none", "input"),
    *(Case(f"ends-{way}{number}", "ends", (way, number)) for way in ("exit", "_exit") for number in ("0", "1", "200", "255")),
    *(Case(f"ends-{way}", "ends", (way,)) for way in ("abort", "segv", "jump", "fpe", "ill", "trap", "hlt", "term", "kill",
                                                      "stack")),
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


def emulated(case, variant, profile):
    return outcome(["../ringstep", "user", "--cpu", profile, f"./{case.program}.{variant}"], case, cwd=FOLDER)


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


def rows(case, variant):
    """(where, problem or None) for each place in which the program runs."""
    _, problem = build(case.program, variant)
    if problem:
        yield "build", problem
        return
    wanted = expected(case, variant)
    if wanted is None:
        yield "build", f"{EXPECT}/{case.name}.txt is not there"
        return
    if can_execute(variant):
        got = native(case, variant)
        yield "native", None if got == wanted else difference(wanted, got, "")
    for profile in PROFILES:
        got, errors = emulated(case, variant, profile)
        yield profile, None if got == wanted else difference(wanted, got, errors)


def table(results):
    """A line for each case: where it held, by variant."""
    width = max(len(case.name) for case in CASES)
    lines = [" " * width + "  " + "  ".join(f"{v:9}" for v in compilers())]
    for case in CASES:
        cells = []
        for variant in compilers():
            seen = [problem is None for _, problem in results[case.name, variant]]
            cells.append(f"{sum(seen)}/{len(seen)}".ljust(9))
        lines.append(f"{case.name:{width}}  " + "  ".join(cells))
    return "\n".join(lines)


def run_all():
    """({(case, variant): rows}, the table)"""
    results = {(case.name, variant): list(rows(case, variant)) for case in CASES for variant in compilers()}
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
            for where, problem in seen:
                if problem is not None:
                    print(f"{name} {variant} {where}: {problem}")
