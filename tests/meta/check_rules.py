"""The ledger against its tests: a rule that is said to hold has a case with its id."""
import tempfile

from cases import cases, names_by_rule, rule_id, rules
from source import write

STATES = ("HELD", "LATER", "OPEN")


def check_ledger(root, build):
    seen, problems = set(), []
    for row in rules(root):
        name = rule_id(row)
        if name in seen:
            problems.append(f"{row.path}:{row.line}: {name} is there twice")
        if row[2] not in STATES or len(row.arguments) != 7:
            problems.append(f"{row.path}:{row.line}: {name} is malformed")
        seen.add(name)
    return problems if seen else ["no rule found"]


def check_held(root, build):
    names, missing = names_by_rule(root), {}
    for row in rules(root):
        if row[2] == "HELD" and rule_id(row) not in names:
            missing.setdefault(row[0], []).append(row[1])
    return [f"{area}: {len(numbers)} HELD without a case: {' '.join(numbers)}" for area, numbers in missing.items()]


def check_ids(root, build):
    """A case of a rule that does not exist tests nothing that the ledger knows."""
    known, problems = {rule_id(row) for row in rules(root)}, []
    for case in cases(root):
        ids = [case.rule] if case.rule else []
        problems += [f"{case.path}:{case.line}: there is no rule {i}" for i in ids + case.cited() if i not in known]
    return problems


# ---- self-tests ----

RULE = 'RULE({}, {}, {}, "both", "none", "SDM2:X", "Text (with a comma, and a \\"quote\\").")\n'


def problems_of(check, ledger, case_text):
    with tempfile.TemporaryDirectory() as root:
        write(root, "src/cpu/rules.def", ledger)
        write(root, "tests/insn/rules/a.case", case_text)
        return check(root, None)


def expect(check, *trials):
    return [f"{ledger!r} with {text!r}: {problems_of(check, ledger, text)}"
            for ledger, text, count in trials if len(problems_of(check, ledger, text)) != count]


def test_ledger():
    good = RULE.format("SC", "01", "HELD")
    return expect(check_ledger, (good, "", 0), (good + good, "", 1), (RULE.format("SC", "01", "MAYBE"), "", 1),
                  ("", "", 1))


def test_held():
    held, later = RULE.format("SC", "01", "HELD"), RULE.format("SC", "02", "LATER")
    return expect(check_held, (held + later, "SC-01.compat | both long3 | | 90 | -\n", 0), (held, "# SC-01\n", 1),
                  (held, "SC-011 | both long3 | | 90 | -\n", 1))


def test_ids():
    held = RULE.format("SC", "01", "HELD")
    return expect(check_ids, (held, "a | both long3 | | 90 | #UD rule=SC-01\n", 0),
                  (held, "a | both long3 | | 90 | - rule=SC-01,SC-02\n", 1), (held, "SC-03 | both | | 90 | -\n", 1))


CHECKS = [
    ("ledger is well-formed", check_ledger, test_ledger),
    ("held rules have cases", check_held, test_held),
    ("cases name rules that exist", check_ids, test_ids),
]
