"""What tests/probes holds besides code: expectations, known differences, verdicts and judgements."""
import collections
import os

FOLDER = "tests/probes"
VENDORS = ["intel", "amd"]
PEERS = ["qemu", "bochs"]
DISAGREE = ("differs", "dies")
RIGHT = ("expected", "peer", "unsettled")

Verdict = collections.namedtuple("Verdict", "id peer vendor verdict observation")
Judgement = collections.namedtuple("Judgement", "ids peers right reason")
Known = collections.namedtuple("Known", "id vendor reason")


class Bad(Exception):
    """A file of tests/probes that is not as it should be."""


def lines(root, name):
    with open(os.path.join(root, FOLDER, name), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]


def expectations(root, vendor):
    """{id: observation} in the order of the images."""
    found = {}
    for line in lines(root, f"expect-{vendor}.txt"):
        name, _, observation = line.partition(" ")
        if name in found:
            raise Bad(f"expect-{vendor}.txt: {name} twice")
        found[name] = observation
    return found


def rule_of(probe):
    return probe.partition(".")[0]


def area_of(probe):
    return probe[:2]


def areas(root):
    """In the order in which the first vendor's expectations have them."""
    return list(dict.fromkeys(area_of(name) for name in expectations(root, VENDORS[0])))


def known(root):
    """Where ringstep itself is not as expected: ID vendor reason."""
    return [Known(*line.split(" ", 2)) for line in lines(root, "known.txt")]


def verdicts(root):
    return [Verdict(*line.split(" ", 4)) for line in lines(root, "verdicts.txt")]


def judgements(root):
    """ID[,ID...] PEER[,PEER] RIGHT REASON; an ID may be a rule's, which then covers all its probes."""
    found = []
    for line in lines(root, "judgements.txt"):
        ids, peers, right, reason = line.split(" ", 3)
        if right not in RIGHT or set(peers.split(",")) - set(PEERS):
            raise Bad(f"judgements.txt: {line}")
        found.append(Judgement(tuple(ids.split(",")), tuple(peers.split(",")), right, reason))
    return found


def verdict_of(expected, observed):
    """One word for what a peer has shown."""
    if observed.startswith("n/a") or expected.startswith("n/a"):
        return "unavailable"
    if observed == expected:
        return "agrees"
    return "dies" if observed.startswith("dead=") else "differs"


def judgement_of(verdict, table):
    """The row for a disagreement; one that names the probe comes before one that names its rule."""
    fitting = [j for j in table if verdict.peer in j.peers]
    for name in (verdict.id, rule_of(verdict.id)):
        row = next((j for j in fitting if name in j.ids), None)
        if row:
            return row
    return None


def check_coverage(root, found):
    """Problems: a line is missing, has no probe, or is not the verdict that its observation makes."""
    wanted = {(name, peer, vendor): expected for vendor in VENDORS for peer in PEERS
              for name, expected in expectations(root, vendor).items()}
    have = {(v.id, v.peer, v.vendor): v for v in found}
    problems = [f"verdicts.txt lacks {' '.join(key)}" for key in wanted if key not in have]
    problems += [f"verdicts.txt has {' '.join(key)}, which is no probe" for key in have if key not in wanted]
    if len(have) != len(found):
        problems.append("verdicts.txt has a line twice")
    return problems + [f"verdicts.txt: {v.id} {v.peer} {v.vendor} is not {v.verdict}" for key, v in have.items()
                       if key in wanted and v.verdict != verdict_of(wanted[key], v.observation)]


def check_judgements(root, found):
    """Problems: a disagreement without a row, a row without a disagreement."""
    table, used = judgements(root), set()
    problems = []
    for v in found:
        if v.verdict not in DISAGREE:
            continue
        row = judgement_of(v, table)
        if not row:
            problems.append(f"judgements.txt has no row for {v.id} {v.peer} ({v.vendor}: {v.observation})")
            continue
        used.add((v.id if v.id in row.ids else rule_of(v.id), v.peer, row))
    return problems + [f"judgements.txt: nothing differs for {name} {peer}" for row in table for name in row.ids
                       for peer in row.peers if (name, peer, row) not in used]


def check(root):
    try:
        found = verdicts(root)
        return check_coverage(root, found) + check_judgements(root, found)
    except (Bad, OSError, TypeError, ValueError) as why:
        return [f"{FOLDER}: {why}"]
