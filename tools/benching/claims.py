"""What ringstep claims of itself alone: starting, tracing, stepping, and that cost grows as work does."""
import statistics

from benching import figures, measure, rounds, workloads

STEP = "build/tests/bench-step"
RINGSTEP = "build/ringstep"
# Limits: start to exit in ms, MiB beyond the memory that the guest touches, records and steps in millions a second.
START_MS, PEAK_MIB, RECORDS, STEPS = 5, 6, 5, 10
# Times the time of a run without a timing model.
UNIT_TIMING = 1.15
TIMED = ("loop", "program", "copy", "syscall", "int", "fault")
# Ten times the instructions shall be ten times the time, but for noise.
TEN_TIMES = 11


def net(long, short, times):
    """Figure of the seconds that `long` takes more than `short`, run in turns."""
    ours, base = [], []
    for _ in range(times):
        base.append(measure.run(short).seconds)
        ours.append(measure.run(long).seconds)
    start = statistics.median(base)
    return figures.Figure(max(s - start, 1e-6) for s in ours)


def trace(arguments):
    return [RINGSTEP, "trace", rounds.IMAGE, "-m", "64M", "-o", "/dev/null", "--", *arguments.split()]


def run(arguments, memory="64M", extra=()):
    return [RINGSTEP, "run", "-m", memory, *extra, rounds.IMAGE, "--", *arguments.split()]


def step(count, arguments="program 100"):
    return [STEP, rounds.IMAGE, str(count), arguments]


def trace_speed(times, part):
    """Million records a second; a record is an instruction here, for this program raises no exception."""
    count = max(1, 8 // part)
    records = measured_instructions(f"program {count}") - measured_instructions("trivial 1")
    return records * 1e-6 / net(trace(f"program {count}"), trace("trivial 1"), times).median


def step_speed(times, part):
    count = 10_000_000 // part
    return count * 1e-6 / net(step(count), step(1), times).median


def measured_instructions(arguments):
    count, _ = rounds.peers.Ringstep().instructions(rounds.IMAGE, arguments, 64, 120)
    return count


def growth(name, times, part):
    """Time of ten times the work as a multiple."""
    count = next(w.count for w in workloads.ALL if w.name == name) // part
    one = net(run(f"{name} {count}"), run("trivial 1"), times).median
    return net(run(f"{name} {count * 10}"), run("trivial 1"), times).median / one


def timing(name, times, part):
    """Time with --timing unit as a multiple of the time without, run in turns."""
    count = next(w.count for w in workloads.ALL if w.name == name) // part
    plain, timed = [], []
    for _ in range(times):
        plain.append(measure.run(run(f"{name} {count}")).seconds)
        timed.append(measure.run(run(f"{name} {count}", extra=["--timing", "unit"])).seconds)
    return statistics.median(timed) / statistics.median(plain)


def touched_mib(image):
    """Memory that the guest's own segments take."""
    with open(image, "rb") as f:
        _, _, content, zeroes = rounds.peers.bochsdisk.flat(f.read())
    return (len(content) + zeroes) / (1 << 20)


def big_memory(times):
    """MiB and milliseconds that 4 GiB of guest memory cost a guest that does not touch them."""
    small, big = [], []
    for _ in range(times):
        small.append(measure.run(run("trivial 1", "16M")))
        big.append(measure.run(run("trivial 1", "4G")))
    peak = statistics.median(s.peak for s in big) - statistics.median(s.peak for s in small)
    wall = statistics.median(s.wall for s in big) - statistics.median(s.wall for s in small)
    return peak / 1024, wall * 1e3


def verdicts(trivial, changes, bases, times, part):
    """The measurements of this file and the verdict on each."""
    started = trivial.samples["ringstep"]
    peak = statistics.median(s.peak for s in started) / 1024 - touched_mib(rounds.IMAGE)
    peak_4g, wall_4g = big_memory(times)
    return [
        figures.at_most("start to exit of a trivial guest, ms", START_MS,
                        statistics.median(s.wall for s in started) * 1e3),
        figures.at_most("its peak memory less that of the guest, MiB", PEAK_MIB, peak),
        figures.at_least("text trace, million records a second", RECORDS, trace_speed(times, part)),
        figures.at_least("step and read all registers, million a second", STEPS, step_speed(times, part)),
        *(figures.at_most(f"{name}: ten times the work, times the time", TEN_TIMES, growth(name, times, part * 4))
          for name in ("loop", "program", "syscall", "fault")),
        *(figures.at_most(f"{name}: --timing unit, times the time", UNIT_TIMING, timing(name, times, part))
          for name in TIMED),
        figures.at_most("4 GiB of untouched guest memory, MiB more", 1, peak_4g),
        figures.at_most("4 GiB of untouched guest memory, ms more", 1, wall_4g),
        *(figures.at_most(f"{name} against {workloads.PLAIN[name]}, times the time", workloads.WITHIN, value)
          for name, value in figures.change_ratios(changes, bases).items()),
    ]
