"""Reads the rows of .def files: NAME(argument, ...) with C strings, nested brackets and comments."""
import re

from source import line_of, read, without_comments

OPENING, CLOSING = "([{", ")]}"
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
ROW = re.compile(r"^(\w+)\(|^(\w+)$", re.M)


class Row:
    """One macro call: its word, its arguments as written, and where it stands."""

    def __init__(self, word, arguments, path, line):
        self.word, self.arguments, self.path, self.line = word, arguments, path, line

    def __getitem__(self, index):
        return self.arguments[index]

    def text(self, index):
        """An argument that is one C string or several behind each other."""
        return unquote(self.arguments[index])

    def rest(self, index):
        """What stands from an argument on, its commas included (C code as the last argument)."""
        return ", ".join(self.arguments[index:])


def unquote(argument):
    return "".join(m[1] for m in STRING.finditer(argument)).replace('\\"', '"').replace("\\\\", "\\")


def string_end(text, at):
    return STRING.match(text, at).end()


def split_call(text, at):
    """Arguments of the call whose "(" lies at `at`, and the position behind its ")"."""
    arguments, depth, start, i = [], 0, at + 1, at
    while True:
        c = text[i]
        if c == '"':
            i = string_end(text, i)
            continue
        depth += (c in OPENING) - (c in CLOSING)
        if depth == 0 or (depth == 1 and c == ","):
            arguments.append(" ".join(text[start:i].split()))
            start = i + 1
        if depth == 0:
            return arguments, i + 1
        i += 1


def rows_of(text, path="?"):
    """The rows of a .def file's text. Calls count only at the start of a line: the others are C code in a row."""
    text, at, rows = without_comments(text), 0, []
    while True:
        found = ROW.search(text, at)
        if not found:
            return rows
        line = line_of(text, found.start())
        if found[2]:
            rows.append(Row(found[2], [], path, line))
            at = found.end()
        else:
            arguments, at = split_call(text, found.end() - 1)
            rows.append(Row(found[1], arguments, path, line))


def rows(root, path):
    return rows_of(read(root, path), path)
