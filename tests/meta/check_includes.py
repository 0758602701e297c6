"""Who may include whom, and who may name a vendor (ARCHITECTURE.md, directions)."""
import fnmatch
import os
import re
import tempfile

from source import files, line_of, read, without_comments, write

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)
MADE = ("rule_places.def", "font_tables.inc")  # by the build
OBSERVERS = ("trace/*", "debug/*")
OUTER = OBSERVERS + ("timing/*", "board/*", "ui/*")

# Folder or file, what it must not reach by any chain of includes, what is allowed all the same.
# Paths are below src/; system headers are written <so>.
FORBIDDEN = [
    ("cpu/isa/alu.h", ("*",), ("cpu/flags.h", "cpu/state.h", "fp/fp80.h", "<std*>", "<string.h>")),
    ("cpu/isa/bmi.h", ("*",), ("cpu/isa/alu.h", "cpu/flags.h", "cpu/state.h", "fp/fp80.h", "<std*>", "<string.h>")),
    ("cpu/flags.h", ("*",), ("cpu/state.h", "fp/fp80.h", "<std*>", "<string.h>")),
    ("fp/*", ("*",), ("fp/*", "<std*>", "<string.h>")),
    ("cpu/*", OUTER, ()),
    ("msr/*", OUTER, ()),
    ("mem/*", OUTER + ("cpu/*", "msr/*"), ("cpu/state.h",)),
    ("host/*", OUTER + ("cpu/*", "msr/*", "mem/*"), ()),
    ("board/*", OBSERVERS + ("ui/*",), ()),
    ("ringstep.h", ("*",), ("<std*>",)),
]

# The same for what a file includes itself.
FORBIDDEN_DIRECTLY = [
    # What is charged for, and the rows that have a cost: tables, nothing of the machine.
    ("timing/*", ("*",), ("timing/*", "cpu/costs.h", "cpu/isa/insn.def", "<*>")),
    ("cpu/isa/*", ("cpu/costs.h", "cpu/engine/clock.h"), ()),
    # Commit records, the public state, and the names of its parts: nothing else of the machine.
    ("trace/*", ("*",), ("trace/*", "ringstep.h", "cpu/record.h", "cpu/state.h", "cpu/fault.h", "host/*", "<*>")),
    ("debug/*", ("*",), ("debug/*", "ringstep.h", "cpu/record.h", "cpu/state.h", "cpu/fault.h", "host/*", "<*>")),
]

# Who has all of it: main().
PROGRAMS = ("ui/main.c",)

# Who alone may include a foreign library.
LIBRARIES = [
    ("<Zydis*", ("cpu/engine/decode.c", "ui/disasm.c")),
    ("<Zycore*", ("cpu/engine/decode.c", "ui/disasm.c")),
    ("<SDL*", ("view/window*.c",)),
    ("<png.h>", ("view/picture.c",)),
    ("<*cJSON*", ("ui/*",)),
    ("<elfutils/*", ("ui/*",)),
    ("<histedit.h>", ("ui/*",)),
    ("<editline/*", ("ui/*",)),
    ("<immintrin.h>", ()),
    ("<x86intrin.h>", ()),
    ("<cpuid.h>", ()),
    ("<math.h>", ()),
]

# Code that asks for behaviours and never for the maker.
VENDOR_BLIND = ("cpu/isa/*.c", "cpu/isa/*.h", "cpu/engine/*.c", "cpu/engine/*.h", "cpu/transition/*")
VENDOR = re.compile(r"(?<![a-z])(intel|amd)", re.I)
FOREIGN_NAME = re.compile(r"\bZYDIS_\w+")


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, p) for p in patterns)


def included(text):
    return [m[1] or f"<{m[2]}>" for m in INCLUDE.finditer(without_comments(text))]


def graph(root):
    """File below src/ -> what it includes."""
    paths = files(root, ["src"], (".c", ".h", ".def"))
    return {p[4:]: included(read(root, p)) for p in paths}


def reached(edges, start):
    """Everything that `start` includes, directly or not, each with the file that includes it."""
    found, todo = {}, [start]
    while todo:
        at = todo.pop()
        for other in edges.get(at, ()):
            if other not in found:
                found[other] = at
                todo.append(other)
    return found


def broken(path, others, rules):
    for who, forbidden, allowed in rules:
        if not fnmatch.fnmatchcase(path, who):
            continue
        for other, by in others.items():
            if matches(other, forbidden) and not matches(other, allowed):
                way = "" if by == path else f" by way of src/{by}"
                yield f"src/{path} includes {other}{way}"


def check_directions(root, build):
    edges = graph(root)
    problems = []
    for path, direct in sorted(edges.items()):
        problems += broken(path, reached(edges, path), FORBIDDEN)
        problems += broken(path, {other: path for other in direct}, FORBIDDEN_DIRECTLY)
        if path not in PROGRAMS:
            outer = () if path.startswith("view/") else ("view/",) if path.startswith("ui/") else ("ui/", "view/")
            problems += [f"src/{path} includes {other}" for other in direct if other.startswith(outer)]
    return sorted(set(problems))


def check_libraries(root, build):
    return [f"src/{path} includes {other}"
            for path, direct in sorted(graph(root).items()) for other in direct
            for library, allowed in LIBRARIES if matches(other, (library,)) and not matches(path, allowed)]


def check_missing_files(root, build):
    """An include that names no file of src/ would only be found by accident of -I."""
    edges = graph(root)
    return [f"src/{path} includes {other}, which is not there"
            for path, direct in sorted(edges.items()) for other in direct
            if not other.startswith("<") and other not in MADE and not os.path.exists(os.path.join(root, "src", other))]


def check_pure(root, build):
    text = {p: without_comments(read(root, p)) for p in ("src/cpu/isa/alu.h", "src/cpu/isa/bmi.h", "src/cpu/flags.h")}
    return [f"{p}:{line_of(t, m.start())}: struct cpu in a kernel"
            for p, t in text.items() for m in re.finditer(r"\bstruct\s+cpu\b", t)]


def check_vendors(root, build):
    problems = []
    for path in files(root, ["src"], (".c", ".h", ".def")):
        if matches(path[4:], VENDOR_BLIND):
            text = FOREIGN_NAME.sub(lambda m: " " * len(m[0]), without_comments(read(root, path)))
            problems += [f"{path}:{line_of(text, m.start())}: names a vendor" for m in VENDOR.finditer(text)]
    return problems


# ---- self-tests: a made-up tree that each check must object to ----

def made_up(tree):
    home = tempfile.TemporaryDirectory()
    for path, text in tree.items():
        write(home.name, path, text)
    return home


def expect(check, *cases):
    """Each case is (a tree, how many problems it has)."""
    problems = []
    for tree, count in cases:
        with made_up(tree) as home:
            found = check(home, None)
        if len(found) != count:
            problems.append(f"{sorted(tree)}: {count} expected, found {found}")
    return problems


def test_directions():
    return expect(
        check_directions,
        ({"src/mem/a.c": '#include "cpu/state.h"\n// #include "cpu/cpu.h"\n', "src/cpu/state.h": ""}, 0),
        ({"src/mem/a.c": '#include "mem/a.h"\n', "src/mem/a.h": '#include "cpu/cpu.h"\n'}, 2),
        ({"src/cpu/isa/a.c": '#include "trace/trace.h"\n'}, 1),
        ({"src/cpu/isa/alu.h": '#include "cpu/flags.h"\n', "src/cpu/flags.h": '#include "cpu/cpu.h"\n'}, 2),
        ({"src/fp/a.c": '#include "fp/fp.h"\n', "src/fp/fp.h": "#include <stdint.h>\n"}, 0),
        ({"src/fp/a.c": '#include "cpu/state.h"\n', "src/cpu/state.h": ""}, 1),
        ({"src/trace/a.c": '#include "board/machine.h"\n'}, 1),
        ({"src/timing/a.c": '#include "cpu/cpu.h"\n', "src/cpu/isa/a.c": '#include "cpu/costs.h"\n'}, 2),
        ({"src/board/a.c": '#include "timing/timing.h"\n', "src/timing/timing.h": '#include "cpu/costs.h"\n'}, 0),
        ({"src/board/a.c": '#include "ui/ui.h"\n'}, 1),
        ({"src/ui/a.c": '#include "ui/ui.h"\n#include "board/machine.h"\n'}, 0),
        ({"src/view/a.c": '#include "ui/ui.h"\n#include "view/model.h"\n', "src/view/model.h": ""}, 0),
        ({"src/ui/a.c": '#include "view/model.h"\n', "src/ui/main.c": '#include "view/model.h"\n'}, 1),
        ({"src/board/a.c": '#include "view/model.h"\n'}, 1))


def test_libraries():
    return expect(
        check_libraries,
        ({"src/cpu/engine/decode.c": "#include <Zydis/Zydis.h>\n"}, 0),
        ({"src/cpu/engine/run.c": "#include <Zydis/Zydis.h>\n"}, 1),
        ({"src/ui/ui.c": "#include <SDL2/SDL.h>\n"}, 1))


def test_missing_files():
    return expect(check_missing_files, ({"src/a.c": '#include "b.h"\n'}, 1), ({"src/a.c": "#include <b.h>\n"}, 0))


def test_pure():
    good = {"src/cpu/isa/alu.h": "int f(struct cpu_state *s); /* no struct cpu */\n", "src/cpu/isa/bmi.h": "",
            "src/cpu/flags.h": ""}
    bad = {"src/cpu/isa/alu.h": "int f(struct cpu *c);\n", "src/cpu/isa/bmi.h": "", "src/cpu/flags.h": ""}
    return expect(check_pure, (good, 0), (bad, 1))


def test_vendors():
    return expect(
        check_vendors,
        ({"src/cpu/isa/a.c": "/* AMD does not */ f(ZYDIS_DECODER_MODE_AMD_BRANCHES);\n"}, 0),
        ({"src/cpu/isa/a.c": "if (is_amd(cpu)) f(MSR_OF_INTEL);\n"}, 2),
        ({"src/cpu/profile.c": "intel_skylake\n"}, 0))


CHECKS = [
    ("include directions", check_directions, test_directions),
    ("foreign libraries", check_libraries, test_libraries),
    ("included files exist", check_missing_files, test_missing_files),
    ("kernels are pure", check_pure, test_pure),
    ("handlers name no vendor", check_vendors, test_vendors),
]
