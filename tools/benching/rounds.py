"""Runs workloads on emulators in turns, so that what disturbs the machine disturbs all of them alike."""
import sys

from benching import peers, workloads

IMAGE = "build/guests/bench.mb.elf"


class Job:
    """An image with its arguments, how much work its run is, and its samples by emulator."""

    def __init__(self, name, image, arguments, memory, unit=workloads.INSTRUCTIONS, amount=None, about="", wanted=None,
                 line=None):
        self.name, self.image, self.arguments, self.memory = name, image, arguments, memory
        self.unit, self.amount, self.about, self.wanted = unit, amount, about, wanted or {}
        self.line = line          # what the output must contain, if that is known
        self.output, self.instructions = None, 0  # of ringstep, for the others to be compared with
        self.samples, self.trouble = {}, {}


def job_of(workload, count):
    known = dict([workload.known]).get(count)
    amount = None if workload.unit == workloads.INSTRUCTIONS else count * workload.scale
    return Job(workload.name, IMAGE, f"{workload.name} {count}", workload.memory, workload.unit, amount, workload.about,
               workload.wanted, None if known is None else workload.line(count, known))


def lines(text):
    return [line for line in text.splitlines() if line.strip()]


def same_output(expected, sample):
    """Bochs writes other things to the terminal too."""
    return all(line in sample.output for line in lines(expected))


def prepare(job, timeout):
    """Counts the instructions and keeps the output, with ringstep. False: it cannot run the image."""
    count, sample = peers.Ringstep().instructions(job.image, job.arguments, job.memory, timeout)
    stopped = not count or sample.code in peers.RINGSTEP_TROUBLE
    if sample.failure or stopped or (job.line and job.line not in sample.output):
        said = sample.complaint or sample.output.strip() or "no output"
        job.trouble["ringstep"] = sample.failure or f"exit code {sample.code}: {said}"
        return False
    job.output, job.instructions = sample.output, count
    return True


def measure_once(job, peer, timeout):
    expected = job.output if job.image != IMAGE else None
    try:
        sample = peer.run(job.image, job.arguments, job.memory, timeout, expected)
    except (peers.bochsdisk.Unfit, peers.measure.Failed) as problem:
        job.trouble[peer.name] = str(problem)
        return
    if not sample.failure and not same_output(job.output, sample):
        sample.failure = f"other output than ringstep's: {sample.output.strip()[-200:] or 'none'}"
    if sample.failure:
        job.trouble[peer.name] = sample.failure
    else:
        job.samples.setdefault(peer.name, []).append(sample)


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def run(jobs, emulators, rounds, timeout):
    """Every job on every emulator, once a round; the order of emulators turns."""
    jobs = [job for job in jobs if prepare(job, timeout)]
    for r in range(rounds):
        for at, job in enumerate(jobs):
            for k in range(len(emulators)):
                peer = emulators[(r + at + k) % len(emulators)]
                if peer.name not in job.trouble:
                    progress(f"round {r + 1} of {rounds}: {job.name} on {peer.name}")
                    measure_once(job, peer, timeout)
    progress("")
