"""From samples to figures: medians, spreads, speeds, ratios, verdicts, and the tables that show them."""
import statistics

from benching import workloads

# Seconds; what takes less drowns in the noise of starting.
SHORTEST = 1e-3


class Figure:
    """A quantity measured several times."""

    def __init__(self, values):
        self.values = sorted(values)
        self.median = statistics.median(self.values)

    @property
    def spread(self):
        """From the least to the greatest, as a part of the median."""
        return (self.values[-1] - self.values[0]) / self.median if self.median else 0.0

    def json(self):
        return {"median": self.median, "min": self.values[0], "max": self.values[-1]}


def seconds(job, peer, trivial):
    """Processor time of the job less that of a guest that does nothing, or None."""
    samples, base = job.samples.get(peer), trivial.samples.get(peer)
    if not samples or not base:
        return None
    start = statistics.median(s.seconds for s in base)
    figure = Figure(s.seconds - start for s in samples)
    return figure if figure.values[0] > SHORTEST else None


def amount(job, trivial):
    """Of work, in the job's unit times a second; 0 for an image that could not be run."""
    return (job.instructions - trivial.instructions) * 1e-6 if job.amount is None else job.amount


def speed(job, peer, trivial):
    """Figure in the job's unit, or None."""
    time, work = seconds(job, peer, trivial), amount(job, trivial)
    return Figure(work / s for s in time.values) if time and work > 0 else None


class Verdict:
    """A demand and what came out. `good` is None when it could not be measured."""

    def __init__(self, what, wanted, value, good):
        self.what, self.wanted, self.value, self.good = what, wanted, value, good

    def text(self):
        return {True: "yes", False: "NO", None: "not measured"}[self.good]

    def json(self):
        return {"what": self.what, "wanted": self.wanted, "value": self.value, "good": self.good}


def at_least(what, wanted, value):
    return Verdict(what, f">= {wanted:g}", value, None if value is None else value >= wanted)


def at_most(what, wanted, value):
    return Verdict(what, f"<= {wanted:g}", value, None if value is None else value <= wanted)


def ratio(job, peer, trivial):
    """ringstep's speed as a multiple of the peer's, or None."""
    ours, theirs = speed(job, "ringstep", trivial), speed(job, peer, trivial)
    return ours.median / theirs.median if ours and theirs else None


def ratio_verdicts(jobs, trivial, names):
    """On what is demanded against the emulators that were to be measured."""
    return [at_least(f"{job.name} against {peer}", wanted, ratio(job, peer, trivial))
            for job in jobs for peer, wanted in job.wanted.items() if peer in names]


def change_ratios(jobs, bases):
    """name -> time as a multiple of the plain twin's; bases: the twin's name -> the job that is not counted."""
    by_name = {job.name: job for job in jobs}
    found = {}
    for name, plain in workloads.PLAIN.items():
        dear, cheap = (by_name.get(n) and seconds(by_name[n], "ringstep", bases[plain]) for n in (name, plain))
        found[name] = dear.median / cheap.median if dear and cheap else None
    return found


# ---- tables ----

def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cell(figure):
    return f"{number(figure.median)} ±{figure.spread * 50:.0f}%" if figure else "-"


def table(heads, rows):
    """As Markdown, with columns that line up."""
    widths = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]

    def line(row):
        return "| " + " | ".join(str(text).ljust(width) for text, width in zip(row, widths)) + " |"

    return "\n".join([line(heads), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)])


def speed_table(jobs, base_of, names):
    """base_of(job): the job whose time is not counted."""
    others = [name for name in names if name != "ringstep"]
    rows = []
    for job in jobs:
        speeds = [cell(speed(job, name, base_of(job))) for name in names]
        rows.append([job.name, job.unit, *speeds, *(number(ratio(job, name, base_of(job))) for name in others)])
    return table(["workload", "unit", *names, *(f"to {name}" for name in others)], rows)


def start_table(trivial, names):
    rows = [[name, cell(Figure(s.wall * 1e3 for s in trivial.samples[name])),
             number(statistics.median(s.peak for s in trivial.samples[name]) / 1024)]
            for name in names if trivial.samples.get(name)]
    return table(["start to exit", "wall ms", "peak MiB"], rows)


def verdict_table(verdicts):
    return table(["wanted", "", "measured", "reached"],
                 [[v.what, v.wanted, number(v.value), v.text()] for v in verdicts])
