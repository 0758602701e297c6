"""What the checks share: the files of the tree, C text without its comments, and the reason to skip."""
import os
import re
import subprocess


class Skip(Exception):
    """A check cannot run here; its text says why."""


def files(root, folders, endings):
    """Paths below `folders` with one of `endings`, relative to root, sorted."""
    found = []
    for folder in folders:
        for at, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(at, n), root) for n in names if n.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", newline="") as f:
        return f.read()


def write(root, path, text):
    """For self-tests: a file of a tree that is made up."""
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8", newline="") as f:
        f.write(text)


# A string, a character or a comment: whichever begins first hides the others.
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)


def blank(text):
    """The same number of lines, nothing else."""
    return "".join(c if c == "\n" else " " for c in text)


def without_comments(text):
    """C text with comments blanked; lines and columns stay where they were."""
    return TOKEN.sub(lambda m: blank(m[0]) if m[0].startswith("/") else m[0], text)


def without_comments_and_strings(text):
    return TOKEN.sub(lambda m: blank(m[0]), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def output(*command):
    """What a tool of the host prints; a tool that is not there is a reason to skip."""
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout
    except FileNotFoundError:
        raise Skip(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as failure:
        raise RuntimeError(f"{' '.join(command)}: {failure.stderr.strip()}") from failure
