"""How many rules each emulator holds: a rule is probed if one of its probes means something there, held if all agree."""
from probing import files

EMULATORS = ["ringstep", *files.PEERS]
NAMES = {"ringstep": "ringstep", "qemu": "QEMU TCG", "bochs": "Bochs", "intel": "Intel", "amd": "AMD"}


def ringstep_verdicts(root):
    """All agree but the known ones: the suite `probes` has seen to that."""
    excepted = {(k.id, k.vendor) for k in files.known(root)}
    return [files.Verdict(name, "ringstep", vendor, "differs" if (name, vendor) in excepted
                          else files.verdict_of(observation, observation), observation)
            for vendor in files.VENDORS for name, observation in files.expectations(root, vendor).items()]


def counts(root):
    """{(area, emulator, vendor): [rules held, rules probed]}"""
    rules = {}
    for v in ringstep_verdicts(root) + files.verdicts(root):
        if v.verdict != "unavailable":
            rules.setdefault((v.peer, v.vendor, files.rule_of(v.id)), []).append(v.verdict == "agrees")
    found = {}
    for (peer, vendor, rule), agree in rules.items():
        held = found.setdefault((files.area_of(rule), peer, vendor), [0, 0])
        held[0] += all(agree)
        held[1] += 1
    return found


def columns():
    return [(peer, vendor) for vendor in files.VENDORS for peer in EMULATORS]


def rows(root):
    """The table's lines, the sums last."""
    found = counts(root)
    out = []
    for area in files.areas(root):
        out.append([area] + ["/".join(map(str, found.get((area, *c), [0, 0]))) for c in columns()])
    sums = [[sum(found.get((area, *c), [0, 0])[i] for area in files.areas(root)) for i in (0, 1)] for c in columns()]
    return out + [["all"] + ["/".join(map(str, s)) for s in sums]]


def heads():
    return ["area"] + [f"{NAMES[peer]}, {NAMES[vendor]}" for peer, vendor in columns()]
