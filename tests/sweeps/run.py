#!/usr/bin/env python3
"""Sweeps of events over the entries of guests, and what they report; injected events that a trace repeats.

usage: tests/sweeps/run.py [--update] [build folder]

A row of SWEEPS is run on its profiles; what is printed must be NAME.CPU.txt, and the exit code must tell whether an
invariant breaks. --update writes the texts, for review.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BOTH = ("intel-skylake", "amd-zen4")

# name, exit code, profiles, image, options
SWEEPS = [
    ("nmi", 1, BOTH, "window-nmi.elf", ["--sweep", "nmi"]),
    ("nmi-fixed", 0, BOTH, "window-nmi-fixed.elf", ["--sweep", "nmi"]),
    ("irq", 1, BOTH, "window-irq.elf", ["--sweep", "irq:32"]),
    ("irq-fixed", 0, BOTH, "window-irq-fixed.elf", ["--sweep", "irq:32"]),
    ("part", 1, BOTH, "window-nmi.elf", ["--sweep", "nmi", "--from", "syscall_entry", "--to", "serve"]),
    ("leave", 1, BOTH, "window-nmi.elf", ["--sweep", "nmi", "--from", "syscall_leave"]),
    ("leave-fixed", 0, BOTH, "window-nmi-fixed.elf", ["--sweep", "nmi", "--from", "syscall_leave"]),
]

# words of the command line, exit code, what is told
REFUSED = [
    (["window-nmi.elf", "--sweep", "smi"], 125, "'smi' is not nmi, mce, db or irq:VECTOR"),
    (["window-nmi.elf", "--sweep", "irq"], 125, "is not nmi"),
    (["window-nmi.elf", "--sweep", "irq:256"], 125, "is not nmi"),
    (["window-nmi.elf", "--sweep", "nmi", "--from", "nowhere"], 125, "'nowhere' is no number, register or symbol"),
    (["window-nmi.elf", "--sweep", "nmi", "--from", "12345678"], 125, "never comes to 12345678"),
    (["triple.elf", "--sweep", "nmi"], 125, "never comes to an entry from CPL 3"),
    (["window-nmi.elf", "--sweep", "nmi", "--sweep-json", "/dev/full"], 125, "/dev/full"),
    (["window-nmi.elf", "--sweep", "nmi", "--both", "intel-skylake,amd-zen4"], 125, "does not go with '--both'"),
    (["window-nmi.elf", "--sweep", "nmi", "--until", "serve"], 125, "does not go with '--until'"),
    (["window-nmi.elf", "--from", "serve"], 125, "without --sweep there is no meaning in '--from'"),
    (["window-nmi.elf", "--nmi-at", "x"], 125, "'x' is no number"),
    (["window-nmi.elf", "--nmi-at", "syscall_entry#0"], 125, "'0' is no count"),
    (["window-nmi.elf", "--irq", "32"], 125, "is not VECTOR@WHEN"),
    (["window-nmi.elf", "--irq", "256@1"], 125, "is not VECTOR@WHEN"),
    (["window-nmi-fixed.elf", "--nmi-at", "99999999"], 0, "--nmi-at 99999999: the run ended before"),
]

# Events by instruction and by arrival, in a trace and again by `check`.
TRACED = [
    ("window-nmi-fixed.elf", 0, ["--nmi-at", "syscall_entry#2"], "inject nmi at="),
    ("window-nmi.elf", 108, ["--nmi-at", "syscall_entry"], "inject nmi at="),
    ("window-irq-fixed.elf", 0, ["--irq", "0x20@700", "--irq", "32@syscall_entry+3"], "inject irq vector=20 n=700"),
    ("window-nmi-fixed.elf", 101, ["--db-at", "700"], "inject db n=700"),
    ("window-nmi-fixed.elf", 121, ["--mce-at", "600"], "inject mce n=600"),
]


class Runner:
    def __init__(self, build, update):
        self.program, self.guests, self.update = f"{build}/ringstep", f"{build}/guests", update
        self.passed, self.problems = 0, []

    def run(self, *words):
        return subprocess.run([self.program, *words], cwd=self.guests, capture_output=True, text=True, timeout=120,
                              check=False)

    def judge(self, name, problem):
        self.passed += not problem
        if problem:
            self.problems.append(f"{name}: {problem}")

    def sweep(self, name, code, cpu, image, options):
        golden = f"{HERE}/{name}.{cpu}.txt"
        done = self.run("run", image, "--cpu", cpu, *options)
        if self.update:
            with open(golden, "w", encoding="utf-8") as f:
                f.write(done.stdout)
        if done.returncode != code:
            return f"exit code {done.returncode}, not {code}\n{done.stdout[-300:]}{done.stderr}"
        with open(golden, encoding="utf-8") as f:
            return None if f.read() == done.stdout else "prints something else than its text"

    def as_json(self, cpu, image, options):
        """The same boundaries and breaches as in words."""
        words = self.run("run", image, "--cpu", cpu, *options).stdout.splitlines()
        told = self.run("run", image, "--cpu", cpu, *options, "--sweep-json", "sweep.json")
        with open(f"{self.guests}/sweep.json", encoding="utf-8") as f:
            rows = json.load(f)
        os.unlink(f"{self.guests}/sweep.json")
        lines = [w for w in words if w.lstrip()[:1].isdigit()]
        if told.stdout.splitlines() != words or len(rows) != len(lines):
            return "other boundaries in JSON"
        for row, line in zip(rows, lines):
            if bool(row["broken"]) != (" FAIL " in line) or any(f" {b['invariant']} at" not in line
                                                                 for b in row["broken"]):
                return f"JSON and words differ: {line}"
        return None

    def refusal(self, words, code, text):
        done = self.run("run", *words)
        good = done.returncode == code and text in done.stderr
        return None if good else f"exit code {done.returncode}: {done.stderr}"

    def traced(self, image, code, options, header):
        done = self.run("trace", image, "-o", "swept.trace", *options)
        with open(f"{self.guests}/swept.trace", encoding="utf-8") as f:
            trace = f.read()
        again = self.run("check", "swept.trace")
        plain = self.run("run", image, *options)
        os.unlink(f"{self.guests}/swept.trace")
        if done.returncode != code or plain.returncode != code:
            return f"exit codes {done.returncode} and {plain.returncode}, not {code}\n{done.stderr}"
        if header not in trace:
            return f"no '{header}' in the trace"
        return None if again.returncode == 0 else f"check: {again.stdout}{again.stderr}"


def main(arguments):
    folders = [a for a in arguments if not a.startswith("--")]
    r = Runner(os.path.abspath(folders[0] if folders else f"{ROOT}/build"), "--update" in arguments)
    for name, code, cpus, image, options in SWEEPS:
        for cpu in cpus:
            r.judge(f"{name} on {cpu}", r.sweep(name, code, cpu, image, options))
            r.judge(f"{name} on {cpu} as JSON", r.as_json(cpu, image, options))
    for words, code, text in REFUSED:
        r.judge(" ".join(words), r.refusal(words, code, text))
    for image, code, options, header in TRACED:
        r.judge(f"{image} {' '.join(options)}", r.traced(image, code, options, header))
    for problem in r.problems:
        print(f"FAIL {problem}")
    print(f"{r.passed} passed, {len(r.problems)} failed")
    return 1 if r.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
