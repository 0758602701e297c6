"""What the compiled library and program may hold: no writable static data, small libraries only, handlers that jump."""
import os
import re

from objects import archives, compiled, functions, members, needed, sections, skip_sanitizers, uses
from source import Skip

# Read-only once it is relocated; lists of functions that run before main() are not data of ours.
RELOCATED = (".data.rel.ro",)

# Each starts in a fraction of a millisecond.
LIBRARIES = ("libc.so", "ld-linux", "libZydis.so", "libZycore.so", "libmd.so", "libcjson.so",
             "libzstd.so")

# call *%rax, call *0x20(%rdx), with or without a prefix
INDIRECT = re.compile(r"\b(?:notrack |bnd )*call[a-z]*\s+\*")
HANDLER_FILES = "cpu_"
HANDLERS_AT_LEAST = 500


# ---- no writable static data: two machines live in one process ----

def writable(path):
    return [f"{name}, {size} bytes" for name, size, flags in sections(path)
            if "W" in flags and "A" in flags and size and not name.startswith(RELOCATED)]


def check_static_data(root, build):
    libraries = archives(build)
    skip_sanitizers(build)
    return [f"{os.path.basename(archive)}: {os.path.basename(o)}: writable {what}"
            for archive in libraries for o in members(archive) for what in writable(o)]


def test_static_data():
    problems = []
    for text, bad in (("static const char *const t[] = {\"a\"}; const char *f(int i) { return t[i]; }", False),
                      ("int f(void) { static int n; return ++n; }", True),
                      ("int n = 3;", True), ("_Thread_local int n;", True)):
        home, path = compiled(text, "-O2", "-fPIC")
        with home:
            if bool(writable(path)) != bad:
                problems.append(f"{text}: {writable(path)}")
    return problems


# ---- the program starts fast: only small libraries ----

def heavy(libraries):
    return [name for name in libraries if not name.startswith(LIBRARIES)]


def check_dynamic(root, build):
    program = os.path.join(build, "ringstep")
    if not os.path.exists(program):
        raise Skip("build/ringstep is not built")
    skip_sanitizers(build)
    return [f"build/ringstep needs {name}" for name in heavy(needed(program))]


def test_dynamic():
    found = heavy(["libc.so.6", "libSDL2-2.0.so.0", "libdw.so.1", "libcrypto.so.3", "libedit.so.2", "libZydis.so.4.0"])
    return [] if len(found) == 4 else [f"objects to {found}"]


# ---- handlers end in jumps ----

def handlers(path):
    return [(name, lines) for name, lines in functions(path) if name.startswith("op_")]


def calls_in_handlers(path):
    return [f"{name} calls through a pointer: {' '.join(line.split()[1:])}"
            for name, lines in handlers(path) for line in lines if INDIRECT.search(line)]


def check_jumps(root, build):
    archive = archives(build)
    if uses(build, "-DRS_TRAMPOLINE"):
        raise Skip("this build's handlers return to the driver")
    objects = [o for a in archive for o in members(a) if os.path.basename(o).startswith(HANDLER_FILES)]
    count = sum(len(handlers(o)) for o in objects)
    if count < HANDLERS_AT_LEAST:
        return [f"only {count} handlers found: are they still called op_NAME?"]
    return [f"{os.path.basename(o)}: {what}" for o in objects for what in calls_in_handlers(o)]


HANDLER = """
struct u { int (*fn)(struct u *); };
void look(int *);
int op_a(struct u *u) { %s return u[1].fn(u + 1)%s; }
"""


def test_jumps():
    problems = []
    # With a local whose address escapes the frame must live on, and the compiler calls.
    for first, last, bad in (("", "", False), ("int n; look(&n);", "+ n", True)):
        home, path = compiled(HANDLER % (first, last), "-O2")
        with home:
            if bool(calls_in_handlers(path)) != bad:
                problems.append(f"{first or 'plain'}: {calls_in_handlers(path)}")
    return problems


CHECKS = [
    ("no writable static data", check_static_data, test_static_data),
    ("small libraries only", check_dynamic, test_dynamic),
    ("handlers end in jumps", check_jumps, test_jumps),
]
