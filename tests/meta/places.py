"""Where rules of the ledger are named: cases, other tests, guests, and the code that goes by them."""
import os
import re

from cases import cases, rule_id, rules
from source import files, read

NAMED = re.compile(r"\b(?:RULE_)?([A-Z]{2})[-_](\d{2})(?!\d)")
WRITTEN = re.compile(r"\b[A-Z]{2}-\d{2}\b")
SOURCES = (".c", ".h", ".S", ".def")
CODE = ["src/cpu", "src/mem", "src/msr", "src/timing"]
TESTS = ["tests/equiv", "tests/fuzz", "tests/silicon", "tests/spec", "tests/unit"]


class Places:
    """Paths are below the root; `cases` are names, in the order of the files."""

    def __init__(self):
        self.cases, self.case_files, self.tests, self.guests, self.code = [], [], [], [], []
        self.missing = []  # what a rule that is not modelled waits for


def add(paths, path):
    if path not in paths:
        paths.append(path)


def ids_in(text):
    return sorted({f"{area}-{number}" for area, number in NAMED.findall(text)})


def add_files(found, root, folders, kind, endings=SOURCES):
    for path in files(root, folders, endings):
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
    add_files(found, root, TESTS, "tests")
    add_files(found, root, ["guests"], "guests")
    add_files(found, root, CODE, "code", (".c", ".h"))
    return found


def unknown_ids(root):
    """(path, id) of what tests, guests and code name although the ledger does not. Number 99 is for what must not be."""
    known = {rule_id(row) for row in rules(root)}
    paths = files(root, TESTS + ["guests", "src"], SOURCES)
    return [(path, found) for path in paths for found in sorted(set(WRITTEN.findall(read(root, path))))
            if found not in known and not found.endswith("-99")]


def read_files(root):
    """What the answer depends on: files, and folders, in which one may appear."""
    paths = files(root, ["tests/insn"], (".case",)) + files(root, TESTS + CODE + ["guests"], SOURCES)
    paths.append("src/cpu/rules.def")
    return sorted(set(paths) | {os.path.dirname(p) for p in paths})
