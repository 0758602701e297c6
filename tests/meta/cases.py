"""The names of the .case files: which cases test which rule."""
import re

from deffile import rows
from source import files, read

RULES = "src/cpu/rules.def"
RULE_ID = re.compile(r"^([A-Z]{2}-\d{2})(?!\d)")
CITED = re.compile(r"\brule=([A-Z]{2}-\d{2}(?:,[A-Z]{2}-\d{2})*)")


class Case:
    def __init__(self, path, line, name, text):
        self.path, self.line, self.name, self.text = path, line, name, text

    @property
    def rule(self):
        """The id that the name begins with, or None."""
        found = RULE_ID.match(self.name)
        return found[1] if found else None

    def cited(self):
        """The ids that the case expects to see in records."""
        return [rule for found in CITED.finditer(self.text) for rule in found[1].split(",")]


def cases(root, folder="tests/insn"):
    for path in files(root, [folder], (".case",)):
        for number, line in enumerate(read(root, path).split("\n"), 1):
            if line.strip() and not line.startswith("#"):
                yield Case(path, number, line.split("|")[0].strip(), line)


def rule_id(row):
    return f"{row[0]}-{row[1]}"


def rules(root):
    """Rows of the ledger, in its order."""
    return [row for row in rows(root, RULES) if row.word == "RULE"]


def names_by_rule(root):
    """Rule id -> names of its cases, in the order of the files."""
    found = {}
    for case in cases(root):
        names = found.setdefault(case.rule, [])
        if case.name not in names:
            names.append(case.name)
    return found
