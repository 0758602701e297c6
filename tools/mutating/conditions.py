"""Conditions of C code as mutants: each is wrapped into a word that can invert it at run time.

Wrapped are the operands of && and ||, the conditions of `if` and of ?:, and what a function of type bool returns. The
source stays as it is; a copy of it is changed.
"""
import re

TOKEN = re.compile(r"""
    (?P<skip>//[^\n]*|/\*.*?\*/|\s+|\\\n)|
    (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|
    (?P<word>\w+)|
    (?P<sign>&&|\|\||<<=|>>=|[-+*/%&|^=!<>]=|->|\+\+|--|<<|>>|.)
    """, re.X | re.S)
# What ends an operand: an assignment, a list, another operator that binds less than && and ||.
BREAKS = {",", ";", "?", ":", "=", "|=", "&=", "^=", "+=", "-=", "{", "}", "return", "else", "case"}
OPEN, CLOSE = {"(": ")", "[": "]"}, {")", "]"}
# Always false, or no condition at all.
NOT_MUTATED = {"true", "false", "cpu_fault", "cpu_fault_missing", "cpu_fault_from_mmu", "past_limit"}


class Token:
    def __init__(self, text, start, end):
        self.text, self.start, self.end = text, start, end


def tokens_of(source):
    """Without comments, white space and preprocessor lines."""
    found, at = [], 0
    directives = [m.span() for m in re.finditer(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", source, re.M)]
    for match in TOKEN.finditer(source):
        while at < len(directives) and directives[at][1] <= match.start():
            at += 1
        if match["skip"] or (at < len(directives) and directives[at][0] <= match.start()):
            continue
        found.append(Token(match[0], match.start(), match.end()))
    return found


def group_end(tokens, start):
    """The index of the sign that closes what tokens[start] opens."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += (tokens[i].text in OPEN) - (tokens[i].text in CLOSE)
        if depth == 0:
            return i
    raise ValueError("unbalanced parentheses")


def operand_end(tokens, i):
    while tokens[i].text not in BREAKS:
        i = group_end(tokens, i) + 1 if tokens[i].text in OPEN else i + 1
    return i


class Finder:
    """Collects the spans of conditions in a list of tokens."""

    def __init__(self, tokens):
        self.tokens, self.spans = tokens, []

    def add(self, first, last):
        """An operand, tokens first to last - 1; one in parentheses is looked into instead."""
        t = self.tokens
        if first >= last:
            return
        if t[first].text == "(" and group_end(t, first) == last - 1:
            if self.region(first + 1, last - 1):
                return
        if t[first].text not in NOT_MUTATED:
            self.spans.append((t[first].start, t[last - 1].end))

    def region(self, first, last, whole=False):
        """Looks at tokens first to last - 1; `whole`: they are a condition. True: they have operands of && or ||."""
        t, start, i, operands, found = self.tokens, first, first, [], False
        while i <= last:
            text = t[i].text if i < last else ";"
            if text in ("&&", "||"):
                operands.append((start, i))
                start = i + 1
            elif text in BREAKS:
                if operands or text == "?" or (whole and start == first and i == last):
                    operands.append((start, i))
                for operand in operands:
                    self.add(*operand)
                found = found or bool(operands)
                operands, start = [], i + 1
            elif text in OPEN:
                end = group_end(t, i)
                inner = self.region(i + 1, end, whole=i > 0 and t[i - 1].text == "if")
                if t[i - 1].text == "if":
                    start = end + 1
                elif i == start and end + 1 < last and t[end + 1].text in ("&&", "||", ")"):
                    found = found or inner
                i = end
            i += 1
        return found


def bool_returns(tokens):
    """(first, last) of the expressions that functions of type bool return."""
    i, depth, is_bool = 0, 0, False
    while i < len(tokens):
        text = tokens[i].text
        if depth == 0 and text == "(":
            end = group_end(tokens, i)
            is_bool = i > 1 and tokens[i - 2].text == "bool"
            i = end
        depth += (text == "{") - (text == "}")
        if depth and is_bool and text == "return":
            end = next(j for j in range(i, len(tokens)) if tokens[j].text == ";")
            yield i + 1, end
        i += 1


def bool_values(tokens):
    """(first, last) of the expressions that variables of type bool begin with."""
    for i in range(len(tokens) - 3):
        if tokens[i].text == "bool" and tokens[i + 2].text == "=":
            yield i + 3, operand_end(tokens, i + 3)


def spans_of(source):
    """Where conditions stand in a source, inner ones included, each once."""
    tokens = tokens_of(source)
    finder = Finder(tokens)
    finder.region(0, len(tokens))
    for first, last in [*bool_returns(tokens), *bool_values(tokens)]:
        if not {t.text for t in tokens[first:last]} & {"&&", "||", "?"}:
            finder.add(first, last)
    return sorted(set(finder.spans))


def change(source, spans, number):
    """The source with each span wrapped; the first has `number`."""
    edits = []
    for i, (start, end) in enumerate(spans):
        edits.append((start, 1, -end, f"CONDITION({number + i}, "))
        edits.append((end, 0, -start, ")"))
    # at one place: ends first, inner before outer; then beginnings, outer before inner
    edits.sort(key=lambda e: (e[0], e[1], e[2]))
    out, at = [], 0
    for place, _, _, text in edits:
        out += [source[at:place], text]
        at = place
    return "".join(out) + source[at:]


def line_of(source, start):
    return source.count("\n", 0, start) + 1


def text_of(source, span):
    return " ".join(source[span[0]:span[1]].split())
