#!/usr/bin/env python3
"""Scripted sessions of the prompt and what they print; the prompt and the panes on a terminal; disks that are full.

usage: tests/sessions/run.py [--update] [build folder]

NAME.cmd is executed by `step -x`; lines of it that begin with "* " and one of these words say how:
  * image: IMAGE [OPTION]...   a guest and its options, as on the command line
  * cpu: NAME...               profiles to run it on (intel-skylake)
  * exit: CODE                 the exit code that is expected (0)
  * typed                      the lines are typed, one by one: a wrong one does not end the session
What is printed must be NAME.CPU.txt; --update writes it, for review.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import panes  # noqa: E402
import terminal  # noqa: E402


def setting(text, word, default=""):
    found = re.search(rf"^\* {word}:(.*)$", text, re.M)
    return found.group(1).strip() if found else default


def workplace(home, build):
    """Guests and command files side by side, so that no path of this host is in a transcript."""
    for path in glob.glob(f"{build}/guests/*") + glob.glob(f"{HERE}/*.cmd"):
        if os.path.isfile(path):
            os.symlink(path, os.path.join(home, os.path.basename(path)))
    with open(os.path.join(home, "good.syms"), "w", encoding="utf-8") as f:
        f.write("# a text of symbols\n401000 here 10\n0x401010 there\n\n; the end\n")
    with open(os.path.join(home, "spin.bin"), "wb") as f:
        f.write(b"\xeb\xfe")  # jmp $


def play(program, home, name, text, cpu):
    """Exit code and transcript."""
    command, image = [program, "step", "--cpu", cpu], setting(text, "image").split()
    typed = re.search(r"^\* typed$", text, re.M)
    done = subprocess.run(command + ([] if typed else ["-x", f"{name}.cmd"]) + image, cwd=home, timeout=120,
                          input=text if typed else "", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    return done.returncode, done.stdout


def difference(golden, transcript):
    """The first line in which they differ."""
    for number, (old, new) in enumerate(zip(golden.splitlines() + ["<end>"], transcript.splitlines() + ["<end>"]), 1):
        if old != new:
            return f"line {number}\n  golden: {old}\n  now:    {new}"
    return "more lines than before"


def check(program, home, path, cpu, update):
    name = os.path.basename(path)[:-4]
    with open(path, encoding="utf-8") as f:
        text = f.read()
    golden = f"{HERE}/{name}.{cpu}.txt"
    code, transcript = play(program, home, name, text, cpu)
    if update:
        with open(golden, "w", encoding="utf-8") as f:
            f.write(transcript)
    expected = int(setting(text, "exit", "0"))
    if code != expected:
        return f"exit code {code}, not {expected}\n{transcript[-400:]}"
    if not os.path.exists(golden):
        return f"no golden {golden}"
    with open(golden, encoding="utf-8") as f:
        was = f.read()
    return None if was == transcript else difference(was, transcript)


def main(arguments):
    update = "--update" in arguments
    folders = [a for a in arguments if not a.startswith("--")]
    build = os.path.abspath(folders[0] if folders else f"{ROOT}/build")
    program = f"{build}/ringstep"
    problems, passed = [], 0
    with tempfile.TemporaryDirectory() as home:
        workplace(home, build)
        for path in sorted(glob.glob(f"{HERE}/*.cmd")):
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if not setting(text, "image"):
                continue  # one that others execute
            for cpu in setting(text, "cpu", "intel-skylake").split():
                problem = check(program, home, path, cpu, update)
                passed += not problem
                if problem:
                    problems.append(f"{os.path.basename(path)} on {cpu}: {problem}")
        for name, test in terminal.TESTS + panes.TESTS:
            problem = test(program, home)
            passed += not problem
            if problem:
                problems.append(f"{name}: {problem}")
    for problem in problems:
        print(f"FAIL {problem}")
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
