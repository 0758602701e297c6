"""Conditions that no case can notice when they are inverted, with the reason."""
import re

# (expression for "condition FILE:LINE TEXT" without the line, reason)
EQUIVALENT = [
    (r"cpu/deliver\.c cpu->armed$", "a CPU that stays armed is stepped for nothing, and steps the same"),
    (r"cpu/deliver\.c (cpu->st\.pending & PENDING_INIT|init)$", "which words tell of what is missing"),
    (r"cpu/fault\.c vector < sizeof names", "the name of a vector that has none"),
    (r"cpu/transition/text\.c id < MUTANT_COUNT$", "the list of mutants itself"),
    (r"msr/msr\.c profile_behaves\(p, ", "which MSRs a list of a processor names"),
    (r"cpu/engine/step\.c cpu->costs$", "cases run without a table of costs (tests/unit/test_timing.c)"),
    (r"cpu/interrupt\.c cpu->intr == up$", "it saves calls only"),
    (r"cpu/interrupt\.c (\(cpu->st\.rflags & FLAG_IF\)|cpu->st\.halted != HALTED_SHUTDOWN|takes)$",
     "no device of a case waits for a time"),
    (r"cpu/interrupt\.c cpu->st\.pending & PENDING_NMI$", "no device of a case waits"),
]


def reason(name):
    bare = re.sub(r"^condition (\S+):\d+ ", r"\1 ", name)
    for expression, why in EQUIVALENT:
        if re.search(expression, bare):
            return why
    return None
