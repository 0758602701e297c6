"""Where rules of the ledger are named: cases, other tests, guests, and the code that goes by them."""
import os
import re

from cases import cases, rule_id, rules
from source import files, read

NAMED = re.compile(r"\b(?:RULE_)?([A-Z]{2})[-_](\d{2})(?!\d)")
SOURCES = (".c", ".h", ".S")
CODE = ["src/cpu", "src/mem", "src/msr", "src/timing"]
TESTS = ["tests/equiv", "tests/fuzz", "tests/silicon", "tests/unit"]


class Places:
    """Paths are below the root; `cases` are names, in the order of the files."""

    def __init__(self):
        self.cases, self.case_files, self.tests, self.guests, self.code = [], [], [], [], []


def add(paths, path):
    if path not in paths:
        paths.append(path)


def ids_in(text):
    return sorted({f"{area}-{number}" for area, number in NAMED.findall(text)})


def add_files(found, root, folders, kind):
    for path in files(root, folders, SOURCES):
        for rule in ids_in(read(root, path)):
            if rule in found:
                add(getattr(found[rule], kind), path)


def places(root):
    """Rule id -> its Places, for every rule of the ledger."""
    found = {rule_id(row): Places() for row in rules(root)}
    for case in cases(root):
        if case.rule in found:
            add(found[case.rule].cases, case.name)
            add(found[case.rule].case_files, case.path)
    add_files(found, root, [t for t in TESTS if os.path.isdir(os.path.join(root, t))], "tests")
    add_files(found, root, ["guests"], "guests")
    add_files(found, root, CODE, "code")
    return found


def read_files(root):
    """What the answer depends on: files, and folders, in which one may appear."""
    paths = files(root, ["tests/insn"], (".case",)) + files(root, TESTS + CODE + ["guests"], SOURCES)
    paths.append("src/cpu/rules.def")
    return sorted(set(paths) | {os.path.dirname(p) for p in paths})
