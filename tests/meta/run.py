#!/usr/bin/env python3
"""Checks of the tree itself: directions, sizes, objects, docs.

usage: tests/meta/run.py [build folder]

Each check_*.py beside this file has CHECKS = [(name, check, self_test)]:
  check(root, build)  a list of problems, one line each; raises Skip where this host cannot tell
  self_test()         a list of problems of the check itself: it must object to something bad that is made up
A check whose self-test fails counts as failed, for its silence means nothing.
"""
import glob
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHOWN = 60

sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from source import Skip  # noqa: E402


def checks():
    for path in sorted(glob.glob(os.path.join(HERE, "check_*.py"))):
        yield from importlib.import_module(os.path.basename(path)[:-3]).CHECKS


def print_problems(name, problems):
    for problem in problems[:SHOWN]:
        print(f"FAIL {name}: {problem}")
    if len(problems) > SHOWN:
        print(f"FAIL {name}: and {len(problems) - SHOWN} more")


def verdict(name, check, self_test, build):
    """"passed", "failed" or "skipped", told on the way."""
    try:
        problems = [f"self-test: {p}" for p in self_test()] or check(ROOT, build)
    except Skip as why:
        print(f"skip {name}: {why}")
        return "skipped"
    except (OSError, RuntimeError, ValueError) as failure:
        problems = [f"{type(failure).__name__}: {failure}"]
    print_problems(name, problems)
    if not problems:
        print(f"ok {name}")
    return "failed" if problems else "passed"


def main(arguments):
    build = os.path.abspath(arguments[0]) if arguments else os.path.join(ROOT, "build")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, check, self_test in checks():
        counts[verdict(name, check, self_test, build)] += 1
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
