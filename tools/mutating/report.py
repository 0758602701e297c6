"""docs/mutation.md: what the last whole run of tools/mutate found, and of which rows."""
import glob
import hashlib
import os
import re
import subprocess

PAGE = "docs/mutation.md"
ROW = re.compile(r"^(?:CHECK|TRY|DO|LEAVE|BEHAVIOUR|MSR)\((\w+)", re.M)
FOUND = re.compile(r"^Rows: `([0-9a-f]{64})`$", re.M)


def tables(root="."):
    """The files whose rows are mutants."""
    found = glob.glob(os.path.join(root, "src/cpu/transition/*.def"))
    return sorted(found) + [os.path.join(root, p) for p in ("src/cpu/behaviours.def", "src/msr/msr.def")]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def hash_of_rows(root="."):
    return hashlib.sha256("".join(read(path) for path in tables(root)).encode()).hexdigest()


def is_fresh(root="."):
    page = os.path.join(root, PAGE)
    found = FOUND.search(read(page)) if os.path.exists(page) else None
    return bool(found) and found[1] == hash_of_rows(root)


def rows_of(text):
    """{name: all of the row}"""
    starts = list(ROW.finditer(text))
    ends = [m.start() for m in starts[1:]] + [len(text)]
    return {m[1]: text[m.start():end] for m, end in zip(starts, ends)}


def git(*words):
    """Where there is no git nothing is told: the page's hash tells whether rows have changed."""
    try:
        done = subprocess.run(["git", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def changed_names():
    """Rows that are not as they were when the page was last committed."""
    commit, changed = git("log", "-1", "--format=%H", "--", PAGE).strip(), set()
    for path in tables() if commit else []:
        before = rows_of(git("show", f"{commit}:{os.path.normpath(path)}"))
        changed |= {name for name, row in rows_of(read(path)).items() if before.get(name) != row}
    return changed


# ---- the page ----

HEAD = """# Mutation testing

`tools/mutate` inverts one thing after the other and runs all cases: a mutant that no case notices survives. Inverted are
the rows of all transitions, the behaviours in which processors differ, the MSRs, and the conditions of the code of
transitions, segments, delivery and MSRs. This page is what its last whole run has found; `./tools/test` runs every eighth
mutant and the rows that have changed since.

| mutants | killed | total |
|---|---|---|
"""
KINDS = {"row": "rows of transitions", "behaviour": "behaviours", "msr": "MSRs", "condition": "conditions"}


def counts(verdicts, excused, kind):
    names = [n for n in verdicts if n.split(" ")[0] == kind and n not in excused]
    return sum(1 for n in names if verdicts[n]), len(names)


def listed(title, lines):
    return f"\n{title}\n\n" + "".join(f"- {line}\n" for line in lines) if lines else ""


def write(verdicts, excused):
    by_kind = {kind: counts(verdicts, excused, kind) for kind in KINDS}
    text = HEAD + "".join(f"| {KINDS[kind]} | {killed} | {total} |\n" for kind, (killed, total) in by_kind.items())
    killed, total = (sum(pair[i] for pair in by_kind.values()) for i in (0, 1))
    text += f"| all | {killed} | {total} |\n"
    survivors = [f"`{n}`" for n, dead in verdicts.items() if not dead and n not in excused]
    text += listed("Survivors:", survivors)
    text += listed("Not counted, for no case can notice them:", [f"`{bare(n)}`: {why}" for n, why in excused.items()])
    text += f"\nRows: `{hash_of_rows()}`\n"
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(text)


def bare(name):
    return re.sub(r"^condition (\S+):\d+ ", r"\1 ", name)
