"""Sizes that keep the code readable: lines a function, lines a file."""
import statistics
import tempfile

from source import files, read, without_comments_and_strings, write

MEDIAN, NINE_TENTHS, LONGEST = 12, 30, 60
FILE_LINES = 600

# Functions that are long for a reason: "path:name": why.
LONG_ALLOWED = {}


def functions(text):
    """(name, first line, lines) of each function: signature and body, as .clang-format lays them out (the braces of a
    function, and only those, stand alone at the start of a line)."""
    lines = without_comments_and_strings(text).splitlines()
    opened = None
    for i, line in enumerate(lines):
        if line.rstrip() == "{" and opened is None:
            opened = signature(lines, i)
        elif line.rstrip() == "}" and opened is not None:
            yield name_of(lines[opened]), opened + 1, i + 1 - opened
            opened = None


def signature(lines, brace):
    """The line on which the signature above a brace begins."""
    at = brace - 1
    while at > 0 and lines[at][:1] in (" ", "\t"):
        at -= 1
    return at


def name_of(line):
    """op_x of "static OP(x)", f of "int *f(void)"."""
    head, _, rest = line.partition("(")
    word = head.replace("*", " ").split()[-1] if head.split() else "?"
    return word if word.islower() else f"{word}({rest.partition(')')[0]})"


def all_functions(root):
    """(path, name, line, lines) of each function of src/."""
    return [(path, *f) for path in files(root, ["src"], (".c",)) for f in functions(read(root, path))]


def quantile(sorted_sizes, part):
    return sorted_sizes[min(len(sorted_sizes) - 1, int(part * len(sorted_sizes)))]


def check_distribution(root, build):
    sizes = sorted(f[3] for f in all_functions(root))
    if not sizes:
        return ["no function found"]
    median, nine_tenths = statistics.median(sizes), quantile(sizes, 0.9)
    problems = []
    if median > MEDIAN:
        problems.append(f"the median function has {median} lines, more than {MEDIAN}")
    if nine_tenths > NINE_TENTHS:
        problems.append(f"one function in ten has {nine_tenths} lines or more; {NINE_TENTHS} are the limit")
    return problems


def check_longest(root, build):
    found = all_functions(root)
    problems = [f"{path}:{line}: {name} has {lines} lines, more than {LONGEST}"
                for path, name, line, lines in found if lines > LONGEST and f"{path}:{name}" not in LONG_ALLOWED]
    long = {f"{path}:{name}" for path, name, _, lines in found if lines > LONGEST}
    return problems + [f"{entry} is in the allow-list but not long" for entry in sorted(set(LONG_ALLOWED) - long)]


def check_files(root, build):
    counts = {path: read(root, path).count("\n") for path in files(root, ["src", "tests"], (".c",))}
    return [f"{path} has {n} lines, more than {FILE_LINES}" for path, n in counts.items() if n > FILE_LINES]


# ---- self-tests ----

def function(name, lines):
    """One of that many lines in all."""
    return f"static int *{name}(int a,\n          int b)\n{{\n" + "\ta++; /* } */\n" * (lines - 4) + "}\n\n"


def problems_of(check, text):
    with tempfile.TemporaryDirectory() as root:
        write(root, "src/a.c", text)
        return check(root, None)


def test_scanner():
    text = function("f", 9) + 'static const char *t[] = {\n\t"{",\n};\n\nOP(x)\n{\n\tg("\\"}");\n}\n'
    found = list(functions(text))
    wanted = [("f", 1, 9), ("OP(x)", 15, 4)]
    return [] if found == wanted else [f"{wanted} expected, found {found}"]


def expect(check, good, bad):
    problems = test_scanner()
    if problems_of(check, good):
        problems.append(f"objects to good sizes: {problems_of(check, good)}")
    if len(problems_of(check, bad)) != 1:
        problems.append(f"accepts bad sizes: {problems_of(check, bad)}")
    return problems


def test_distribution():
    good = function("f", MEDIAN) * 10
    return (expect(check_distribution, good, function("f", MEDIAN + 1) * 10) +
            expect(check_distribution, good, function("f", 5) * 8 + function("g", NINE_TENTHS + 1) * 2))


def test_longest():
    return expect(check_longest, function("f", LONGEST), function("f", LONGEST + 1))


def test_files():
    return expect(check_files, "\n" * FILE_LINES, "\n" * (FILE_LINES + 1))


CHECKS = [
    ("function lengths", check_distribution, test_distribution),
    ("no long function", check_longest, test_longest),
    ("file lengths", check_files, test_files),
]
