"""docs/mutation.md is of the rows that are there."""
import importlib.util
import os
import tempfile

from source import write

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def report():
    spec = importlib.util.spec_from_file_location("report", os.path.join(TOP, "tools/mutating/report.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_age(root, build):
    return [] if report().is_fresh(root) else ["docs/mutation.md is of other rows: run tools/mutate"]


# ---- self-test ----

def test_age():
    problems = []
    with tempfile.TemporaryDirectory() as home:
        for path in ("src/cpu/transition/a.def", "src/cpu/behaviours.def", "src/msr/msr.def"):
            write(home, path, "MSR(A, 1)\n")
        if not check_age(home, None):
            problems.append("a missing page goes unnoticed")
        write(home, "docs/mutation.md", f"Rows: `{report().hash_of_rows(home)}`\n")
        problems += check_age(home, None)
        write(home, "src/msr/msr.def", "MSR(A, 2)\n")
        if not check_age(home, None):
            problems.append("a changed row goes unnoticed")
    return problems


CHECKS = [("mutation page is of these rows", check_age, test_age)]
