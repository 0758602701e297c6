"""The ledger against its tests: a rule that is said to hold has a case with its id."""
import tempfile

from cases import cases, names_by_rule, rule_id, rules
from deffile import rows
from places import unknown_ids
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


def check_named(root, build):
    """The same for other tests, guests and comments."""
    return [f"{path}: there is no rule {found}" for path, found in unknown_ids(root)]


def check_missing(root, build):
    """Each rule that is not modelled waits for one thing that is missing, and no other rule does."""
    waiting = [rule for row in rows(root, "src/cpu/missing.def") for rule in row.text(1).split()]
    later = [rule_id(row) for row in rules(root) if row[2] == "LATER"]
    problems = [f"{rule} is LATER, and {waiting.count(rule)} rows of missing.def say why" for rule in later
                if waiting.count(rule) != 1]
    return problems + [f"missing.def: {rule} is not LATER" for rule in waiting if rule not in later]


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


def trial_of(check, files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            write(root, path, text)
        return check(root, None)


def test_named():
    ledger = RULE.format("SC", "01", "HELD")
    found = trial_of(check_named, {"src/cpu/rules.def": ledger, "tests/unit/a.c": "/* SC-01, SC-99, SC-02 */\n",
                                   "guests/g.S": "# SR-01\n"})
    return [] if len(found) == 2 else [f"SC-02 and SR-01 are named without being there: {found}"]


def test_missing():
    ledger = RULE.format("SC", "01", "HELD") + RULE.format("SC", "02", "LATER") + RULE.format("SC", "03", "LATER")
    found = trial_of(check_missing, {"src/cpu/rules.def": ledger,
                                     "src/cpu/missing.def": 'MISSING("a", "SC-01 SC-02")\nMISSING("b", "")\n'})
    return [] if len(found) == 2 else [f"SC-01 is held, SC-03 waits for nothing: {found}"]


CHECKS = [
    ("ledger is well-formed", check_ledger, test_ledger),
    ("held rules have cases", check_held, test_held),
    ("cases name rules that exist", check_ids, test_ids),
    ("other tests, guests and code name rules that exist", check_named, test_named),
    ("rules that are not modelled wait for something", check_missing, test_missing),
]
