"""Every observation of an area's image, whatever the emulator makes of it."""
from probing import files, peers

TIMEOUT = 6  # seconds for an image; they need less than one


class Strange(Exception):
    """An image printed something that is no observation."""


def image_of(area):
    return f"build/tests/probes/{area.lower()}.elf"


def take(run, names, found):
    """Puts the lines of a run into `found`; how many of the names it told."""
    told = 0
    for line in run.lines:
        name, _, observation = line.partition(" ")
        if told < len(names) and name == names[told]:
            found[name] = observation
            told += 1
    return told


def observations(peer, vendor, area, names, timeout=TIMEOUT):
    """{id: observation}; a probe at which the emulator ends has dead=HOW, and the next run begins behind it."""
    found, first = {}, 0
    while first < len(names):
        run = peer.run(image_of(area), vendor, f"{first}..", timeout)
        first += take(run, names[first:], found)
        if run.how == peers.ENDED and first < len(names):
            raise Strange(f"{peer.name} as {vendor}: {area} ended without {names[first]}: {run.lines[-3:]}")
        if first < len(names):
            found[names[first]] = f"dead={run.how}"
            first += 1
    return found


def all_observations(peer, vendor, root, wanted=None):
    """Those of all areas, in the order of the expectations."""
    names = list(files.expectations(root, vendor))
    found = {}
    for area in files.areas(root):
        if not wanted or area in wanted:
            found.update(observations(peer, vendor, area, [n for n in names if files.area_of(n) == area]))
    return found
