"""The test suites: what each runs, and how its counts are read.

Every suite is a function that yields Result rows. A suite that cannot run on this host yields a skip with the reason.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

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


def build(folder, *options, env=None):
    """Configures once and builds; the error text of a failure, or None."""
    if not os.path.exists(f"{folder}/build.ninja"):
        code, text = run([MESON, "setup", folder, *options], env={**os.environ, **(env or {})})
        if code:
            return text
    code, text = run(["ninja", "-C", folder])
    return text if code else None


def counted(command, timeout=1200):
    """A program that ends in the line "N passed, N failed"."""
    code, text = run(command, timeout)
    found = COUNTS.findall(text)
    if not found:
        return Result(failed=1, notes=[f"{' '.join(command)}: exit {code}\n{tail(text)}"])
    passed, failed, skipped = (int(n or 0) for n in found[-1])
    bad = failed or code
    return Result(passed, failed or (1 if code else 0), skipped, [tail(text, 40)] if bad else [])


def cmocka(program):
    code, text = run([program])
    passed = len(re.findall(r"^\[       OK \]", text, re.M))
    failed = len(set(re.findall(r"^\[  FAILED  \] (?!TESTS)(?!.*test\(s\))(.*)$", text, re.M)))
    if code and not failed:
        failed = 1
    return Result(passed, failed, 0, [f"{program}\n{tail(text)}"] if code else [])


def units_in(folder):
    result = Result()
    for program in sorted(glob.glob(f"{folder}/tests/test_*")):
        if os.access(program, os.X_OK) and os.path.isfile(program):
            result.add(cmocka(program))
    return result


def cases_in(folder):
    files = sorted(glob.glob("tests/insn/**/*.case", recursive=True))
    return counted([f"{folder}/tests/case-runner", *files])


def suite_units():
    """cmocka unit tests"""
    return units_in("build")


def suite_cases():
    """one-line cases through both drivers"""
    return cases_in("build")


def check_golden(golden):
    """The golden passes, and with one byte of a record changed it does not."""
    code, text = run(["build/ringstep", "check", golden, "--images", "build/guests"])
    if code:
        return Result(failed=1, notes=[f"{golden}: exit {code}\n{tail(text)}"])
    with open(golden, "rb") as f:
        content = bytearray(f.read())
    at = content.rindex(b"rip=") + 5
    content[at] = ord("1") if content[at] != ord("1") else ord("2")
    changed = "build/changed.trace"
    with open(changed, "wb") as f:
        f.write(content)
    code, text = run(["build/ringstep", "check", changed, "--images", "build/guests"])
    told = "rip" in text
    return Result(2) if code == 1 and told else Result(1, 1, 0, [f"{golden} with a changed byte: exit {code}\n{tail(text)}"])


def suite_goldens():
    """golden traces of all guests on all profiles"""
    result = Result()
    for golden in sorted(glob.glob("tests/golden/*.trace")):
        result.add(check_golden(golden))
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
            outputs.append({os.path.basename(p): open(p, "rb").read() for p in glob.glob(f"{source}/out/guests/*.elf")})
    for name in sorted(outputs[0]):
        same = outputs[0][name] == outputs[1].get(name) == open(f"build/guests/{name}", "rb").read()
        result.add(Result(1) if same else Result(failed=1, notes=[f"guest {name} differs between two builds"]))
    return result


QUICK = [suite_units, suite_cases, suite_goldens]
FULL = QUICK + [suite_guests]


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
