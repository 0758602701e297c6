"""Runs a command once and tells its cost."""
import os
import pty
import re
import select
import subprocess
import tempfile
import time

CHILD = "build/tests/bench-child"
# What a terminal is told besides text.
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78M])")


class Sample:
    """Seconds of processor and of wall time, peak KiB, exit code, output, what it complained of. `failure` says why it does not count."""

    def __init__(self, cost, output, complaint):
        user, system, wall, self.peak, self.code = (int(n) for n in cost.split())
        self.seconds, self.wall = (user + system) / 1e6, wall / 1e6
        self.output, self.complaint, self.failure = output, complaint, None

    def json(self):
        return {"seconds": self.seconds, "wall": self.wall, "peak_kib": self.peak}


class Failed(Exception):
    """A command could not be measured; the text says which and why."""


def read_until(descriptor, process, is_done, deadline):
    """All that comes; asks the process to end when is_done(text) or at the deadline. (text, whether it was late)"""
    data, late, ended = b"", False, False
    while True:
        if not ended and (late or is_done(data)):
            process.terminate()
            ended = True
        ready = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()) if not ended else 10)[0]
        if not ready:
            if ended:
                break
            late = True
            continue
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # the last holder of a terminal has closed it
            piece = b""
        if not piece:
            break
        data += piece
    return data, late


def text_of(data):
    return ESCAPES.sub("", data.decode(errors="replace").replace("\r", ""))


def start(command, terminal, costs, errors):
    """(process, descriptor of its output)"""
    ours, theirs = pty.openpty() if terminal else os.pipe()
    try:
        process = subprocess.Popen([CHILD, str(costs.fileno()), *command], pass_fds=[costs.fileno()],
                                   stdin=theirs if terminal else subprocess.DEVNULL, stdout=theirs, stderr=errors,
                                   start_new_session=True, env={**os.environ, "TERM": "xterm"})
    finally:
        os.close(theirs)
    return process, ours


def content(file):
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def run(command, timeout=120, terminal=False, done=None):
    """A Sample. With `terminal` on a terminal of its own; `done(text)` true ends a command that does not end itself."""
    with tempfile.TemporaryFile() as costs, tempfile.TemporaryFile() as errors:
        process, output = start(command, terminal, costs, errors)
        is_done = (lambda data: done(text_of(data))) if done else (lambda data: False)
        try:
            data, late = read_until(output, process, is_done, time.monotonic() + timeout)
        finally:
            os.close(output)
            process.wait()
        cost, complaint = content(costs), content(errors)
    if not cost:
        raise Failed(f"{' '.join(command)}: {complaint or 'no cost was told'}")
    sample = Sample(cost, text_of(data), complaint)
    if late:
        sample.failure = f"took more than {timeout} s"
    elif sample.code == 127:
        sample.failure = complaint
    return sample
