"""Reads object files, archives and programs with binutils."""
import glob
import os
import re
import subprocess
import tempfile

from source import Skip, output

# [Nr] Name Type Address Off Size ES Flg ...
SECTION = re.compile(r"^\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([A-Za-z]*)", re.M)
NEEDED = re.compile(r"\(NEEDED\).*\[(.*)\]")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")


def archives(build):
    found = sorted(glob.glob(os.path.join(build, "src", "libringstep*.a")))
    if not found:
        raise Skip("the libraries are not built")
    return found


def members(archive):
    """Paths of the objects that meson put into the archive."""
    objects = sorted(glob.glob(os.path.join(archive + ".p", "*.o")))
    names = {os.path.basename(n) for n in output("ar", "t", archive).split()}
    # An object of a source that is gone stays in the folder; the archive knows.
    return [o for o in objects if os.path.basename(o) in names]


def sections(path):
    """(name, size, flags) of each section."""
    return [(m[1], int(m[2], 16), m[3]) for m in SECTION.finditer(output("readelf", "-SW", path))]


def needed(path):
    return NEEDED.findall(output("readelf", "-dW", path))


def functions(path):
    """(name, lines of disassembly) of each function."""
    name, lines = None, []
    for line in output("objdump", "-dr", "--no-show-raw-insn", path).splitlines():
        found = FUNCTION.match(line)
        if found:
            if name:
                yield name, lines
            name, lines = found[1], []
        elif "\t" in line:
            lines.append(line)
    if name:
        yield name, lines


def uses(build, option):
    """Whether anything of a build folder is compiled or linked with that option."""
    with open(os.path.join(build, "build.ninja"), encoding="utf-8") as f:
        return option in f.read()


def skip_sanitizers(build):
    """Sanitizers add data and libraries of their own."""
    if uses(build, "-fsanitize="):
        raise Skip("this build has sanitizers")


def compiled(text, *options):
    """For self-tests: the object of some C text, in a temporary folder that lives as long as the first result."""
    home = tempfile.TemporaryDirectory()
    path = os.path.join(home.name, "a.o")
    try:
        subprocess.run(["cc", "-x", "c", "-c", "-o", path, *options, "-"], input=text, text=True, check=True,
                       stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise Skip("cc is not installed") from None
    return home, path
