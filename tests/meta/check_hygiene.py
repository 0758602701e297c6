"""Small cleanliness: white space, long lines, notes to oneself, paths of somebody's machine."""
import os
import re
import tempfile

from source import files, read, write

FOLDERS = ["src", "tests", "tools", "docs", "guests", ".ci"]
ENDINGS = (".c", ".h", ".def", ".S", ".ld", ".py", ".sh", ".md", ".build", ".case")
TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "meson.build", "meson_options.txt",
       ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore")
COLUMNS, TAB = 120, 8
# The rules' texts are sentences of the ledger, one a line; a source that it cites may be such a note of others.
LEDGER = ("src/cpu/rules.def", "docs/rules.md")

# Spelt so that this file does not find itself.
NOTE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
MACHINE = re.compile(r"(?<![\w.}])/(?:home|root|work|Users|mnt|media)" r"/(?!someone\b)\w")


def texts(root):
    """(path, text) of everything that a person wrote."""
    paths = files(root, FOLDERS, ENDINGS) + [p for p in TOP if os.path.exists(os.path.join(root, p))]
    paths += [p for p in files(root, ["tools", ".ci"], ("",)) if "." not in os.path.basename(p)]
    return [(p, read(root, p)) for p in sorted(set(paths))]


def lines_that(root, is_bad, what):
    return [f"{path}:{i}: {what}" for path, text in texts(root)
            for i, line in enumerate(text.split("\n"), 1) if is_bad(path, line)]


def check_space(root, build):
    problems = lines_that(root, lambda p, line: line.endswith((" ", "\t", "\r")), "white space at the end of the line")
    problems += lines_that(root, lambda p, line: re.match(r" +\t", line), "a space before a tab")
    return problems


def check_ends(root, build):
    problems = [f"{p}: no newline at the end" for p, text in texts(root) if text and not text.endswith("\n")]
    return problems + [f"{p}: empty lines at the end" for p, text in texts(root) if text.endswith("\n\n")]


def width(line):
    return len(line.expandtabs(TAB))


def check_columns(root, build):
    return [f"{path}:{i}: {width(line)} columns" for path, text in texts(root)
            if path.startswith(("src/", "tests/")) and path.endswith((".c", ".h", ".def")) and path not in LEDGER
            for i, line in enumerate(text.split("\n"), 1) if width(line) > COLUMNS]


def check_notes(root, build):
    return lines_that(root, lambda p, line: p not in LEDGER and NOTE.search(line), "a note of something left to do")


def check_machines(root, build):
    return lines_that(root, lambda p, line: MACHINE.search(line), "a path of somebody's machine")


# ---- self-tests ----

def problems_of(check, text):
    with tempfile.TemporaryDirectory() as root:
        write(root, "src/a.c", text)
        return check(root, None)


def finds(check, *bad):
    """Each of the bad texts has one problem, a good one has none."""
    problems = [f"objects to good text: {p}" for p in problems_of(check, "int a;\n\t    /* XXXXXX ../work/x */\n")]
    return problems + [f"accepts {text!r}" for text in bad if len(problems_of(check, text)) != 1]


CHECKS = [
    ("white space", check_space, lambda: finds(check_space, "int a; \n", "int a;\r\n", "  \tint a;\n")),
    ("ends of files", check_ends, lambda: finds(check_ends, "int a;", "int a;\n\n")),
    ("long lines", check_columns, lambda: finds(check_columns, "x" * 121 + "\n", "\t" * 15 + "x\n")),
    ("no notes to oneself", check_notes, lambda: finds(check_notes, "/* TO" "DO */\n", "// X" "XX\n")),
    ("no paths of a machine", check_machines, lambda: finds(check_machines, '"/home' '/me/x"\n', "in /work" "/x\n")),
]
