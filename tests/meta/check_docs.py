"""The documents that tools/make-docs makes are those that are checked in."""
import importlib.machinery
import importlib.util
import os
import shutil
import tempfile

from source import read, write

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def generator():
    """tools/make-docs as a module (its name has no ending that Python would know)."""
    loader = importlib.machinery.SourceFileLoader("make_docs", os.path.join(TOP, "tools", "make-docs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_docs", loader))
    loader.exec_module(module)
    return module


def check_fresh(root, build):
    return [f"{path} is stale: run tools/make-docs" for path, _ in generator().stale(root)]


def check_markers(root, build):
    """README ends in what is missing."""
    text, docs = read(root, "README.md"), generator()
    if docs.BEGIN not in text or docs.END not in text:
        return ["README.md has no generated list of what is missing"]
    return [] if text.endswith(docs.END) else ["the list of what is missing is not the last thing in README.md"]


# ---- self-tests ----

def copy_of_sources(home):
    """The tables in a tree of their own, with all documents made."""
    shutil.copytree(os.path.join(TOP, "src"), os.path.join(home, "src"),
                    ignore=lambda at, names: [n for n in names if n.endswith((".c", ".h"))])
    for folder in ("probes", "sessions"):
        shutil.copytree(os.path.join(TOP, "tests", folder), os.path.join(home, "tests", folder))
    docs = generator()
    write(home, "README.md", f"# A project\n\n{docs.BEGIN}- old\n{docs.END}")
    write(home, "tests/insn/rules/a.case", "SC-01 | both long3 | | 90 | -\n")
    for path, text in docs.stale(home):
        write(home, path, text)


def test_fresh():
    with tempfile.TemporaryDirectory() as home:
        copy_of_sources(home)
        problems = [f"objects to fresh pages: {p}" for p in check_fresh(home, None)]
        if "`SC-01`" not in read(home, "docs/rules.md"):
            problems.append("a rule's case is not named")
        write(home, "docs/msr.md", read(home, "docs/msr.md").replace("C0000080h", "C0000081h", 1))
        missing = "src/cpu/missing.def"
        write(home, missing, read(home, missing) + 'MISSING("the moon", "")\n')
        found = check_fresh(home, None)
    return problems if len(found) == 2 else problems + [f"two stale pages expected, found {found}"]


def test_markers():
    docs, problems = generator(), []
    for text, count in ((f"{docs.BEGIN}{docs.END}", 0), ("# A project\n", 1), (f"{docs.BEGIN}{docs.END}More.\n", 1)):
        with tempfile.TemporaryDirectory() as home:
            write(home, "README.md", text)
            if len(check_markers(home, None)) != count:
                problems.append(f"{text!r}: {check_markers(home, None)}")
    return problems


CHECKS = [
    ("documents are fresh", check_fresh, test_fresh),
    ("README tells what is missing", check_markers, test_markers),
]
