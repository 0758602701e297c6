"""The prompt on a terminal: editing, completion, history, Ctrl-C, end of file, long lines; and full disks.

Each test returns None, or what is wrong.
"""
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

GUEST = ["syscall64.elf", "--user", "syscall64-user.elf"]
PROMPT = re.compile(rb"cpl[0-3]> ")


class Terminal:
    """A ringstep that believes a person sits there."""

    def __init__(self, program, home, *arguments):
        self.pid, self.fd = pty.fork()
        self.seen = self.all = b""  # what has not been asked for yet, and all
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background may have it ignored
            os.chdir(home)
            os.environ["TERM"] = "xterm"
            os.execv(program, [program, "step", *arguments])

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += part
        self.all += part
        return bool(part)

    def until(self, pattern, seconds=60):
        """Reads on until the pattern is there; what came before it and with it, or None."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                return None
        text, self.seen = self.seen[:found.end()], self.seen[found.end():]
        return text

    def prompt(self):
        """Until the prompt is there and the line is edited: before, the terminal would take a Ctrl-D for itself."""
        text, end = self.until(PROMPT), time.monotonic() + 60
        while text is not None and termios.tcgetattr(self.fd)[3] & termios.ICANON and time.monotonic() < end:
            time.sleep(0.01)
        return text

    def type(self, text):
        os.write(self.fd, text)

    def end(self):
        """The exit code; -9 when it does not end by itself."""
        while self.read(60):
            pass
        if select.select([self.fd], [], [], 0)[0] == []:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def converse(program, home, lines, wanted, *arguments):
    """Types each line at a prompt; `wanted` must come in this order, and the exit code be 0."""
    t = Terminal(program, home, *(arguments or GUEST))
    for line in lines:
        if t.prompt() is None:
            return f"no prompt before {line!r}: {t.seen[-300:]!r}"
        t.type(line)
    if t.prompt() is None:
        return f"no prompt at the end: {t.seen[-300:]!r}"
    t.type(b"q\r")
    code, at = t.end(), 0
    for pattern in wanted:
        found = re.compile(pattern).search(t.all, at)
        if not found:
            return f"{pattern!r} does not come: {t.all[-1000:]!r}"
        at = found.start() + 1
    return None if code == 0 else f"exit code {code}"


def editing(program, home):
    return converse(program, home, [b".echo onx\x7fe\x01\x05 two\r"], [rb"\none two\r\n"])


def completion(program, home):
    """A command, a symbol, a register, a file; and the list where there are several."""
    return (converse(program, home, [b"trin\t\r"], [rb"CPL 0 -> 3"])
            or converse(program, home, [b"? start6\t\r"], [rb"= ffffffff`8010006e"])
            or converse(program, home, [b"? @kg\t+7\r"], [rb"= 00000000`00000007"])
            or converse(program, home, [b"$$>< inner\t\r"], [rb"inner is here"])
            or converse(program, home, [b"sx\t\t\x15\r"], [rb"sxe +sxn"]))


def history(program, home):
    return converse(program, home, [b".echo once\r", b".echo other\r", b"\x1b[A\x1b[A\r"],
                    [rb"\nonce\r\n", rb"\nother\r\n", rb"\nonce\r\n"])


def enter_repeats(program, home):
    return converse(program, home, [b"t\r", b"\r"], [rb"n=1", rb"n=2"])


def end_of_file(program, home):
    t = Terminal(program, home, *GUEST)
    if t.prompt() is None:
        return "no prompt"
    t.type(b"\x04")
    code = t.end()
    return None if code == 0 else f"exit code {code}"


def long_line(program, home):
    """Longer than the prompt takes, in parts that a terminal takes."""
    t = Terminal(program, home, *GUEST)
    if t.prompt() is None:
        return "no prompt"
    for _ in range(30):
        t.type(b"x" * 50)
        t.read(0.2)
    t.type(b"\r")
    if t.until(rb"more than 1023 characters") is None:
        return f"it is not refused: {t.seen[-200:]!r}"
    t.type(b"q\r")
    code = t.end()
    return None if code == 0 else f"exit code {code}"


def interrupt(program, home):
    """Ctrl-C in a run without end, in commands of an event without end, and at the prompt."""
    t = Terminal(program, home, "spin.bin", "--format", "flat", "--load", "8000", "--mode", "16")
    for line in (b"g\r", b"bp 8000 \"g\"\r", b"g\r"):
        if t.prompt() is None:
            return f"no prompt before {line!r}"
        t.type(line)
        if line != b"g\r":
            continue
        time.sleep(0.5)
        t.type(b"\x03")
        if t.until(rb"interrupted") is None:
            return f"{line!r} is not interrupted: {t.seen[-200:]!r}"
    if t.prompt() is None:
        return "no prompt after it"
    t.type(b"nothing at all\x03")
    if t.prompt() is None:
        return "no prompt after Ctrl-C at the prompt"
    t.type(b"q\r")
    code = t.end()
    return None if code == 0 else f"exit code {code}"


def run_into(program, home, target, commands):
    with open(target, "wb") as full:
        done = subprocess.run([program, "step", *GUEST, "-c", commands], cwd=home, stdout=full, stderr=subprocess.PIPE,
                              timeout=120)
    return done.returncode, done.stderr.decode()


def full_output(program, home):
    code, text = run_into(program, home, "/dev/full", "g")
    told = "standard output" in text and "no space left" in text
    return None if code == 125 and told else f"exit code {code}: {text}"


def full_log(program, home):
    code, text = run_into(program, home, "/dev/null", ".logopen /dev/full; r; t")
    told = "/dev/full" in text and "no space left" in text
    return None if code == 125 and told else f"exit code {code}: {text}"


def log_has_all(program, home):
    """What is typed and what is printed, messages too."""
    done = subprocess.run([program, "step", *GUEST], cwd=home, timeout=120, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, input=".logopen log.txt\nr rip\nnonsense\n.logclose\nr rsp\n")
    with open(f"{home}/log.txt", encoding="utf-8") as f:
        log = f.read()
    wanted = ("cpl0> r rip\nrip=ffffffff8010006e\ncpl0> nonsense\nringstep: no command 'nonsense'; help lists them\n"
              "cpl0> .logclose\n")
    return None if log == wanted and done.returncode == 0 else f"exit code {done.returncode}, log: {log}"


# A breakpoint on the SWAPGS at LSTAR that is stepped; every kind of event; all ways back; a state read on the way.
WANDERINGS = [
    (GUEST, "bp syscall_entry; g; t; bc *; g"),
    (GUEST, "bp syscall_entry; sx seg ss; ba w8 syscall_entry; g; g; g; r; !why; dq @rsp; g; t; t-; g; p 20; !tt 50%; "
            "bc *; t 5; sx insn sysret \"r; g\"; g"),
    (["interrupts.elf"], "sx vec irq; g; g; t-; g; g-; g; g; t 50; !tt 20%; bc *; p 10; sx cpl; g; g; g-; p-; "
                         "bc *; g"),
    (["taskswitch.elf", "--timing", "unit"], "sx seg tr; g; g; g-; t- 3; !tt 90%; bc *; g"),
]


def same_trace(program, home):
    """Whatever the prompt does, the trace of the run is that of a run without it, byte for byte."""
    for guest, commands in WANDERINGS:
        subprocess.run([program, "trace", *guest, "-o", "plain.trace"], cwd=home, timeout=120, capture_output=True)
        done = subprocess.run([program, "step", *guest, "-o", "session.trace", "-c", commands], cwd=home, timeout=120,
                              capture_output=True)
        with open(f"{home}/plain.trace", "rb") as plain, open(f"{home}/session.trace", "rb") as session:
            same = plain.read() == session.read()
        if done.returncode or not same:
            return f"{guest[0]}: {commands}: exit code {done.returncode}, {'same' if same else 'another trace'}"
    return None


LEFT = [  # guest, what is done, exit code
    (GUEST, "t 20", 0), (["interrupts.elf"], "sx vec irq; g; g; g; t-", 0), (["interrupts.elf"], "t 50; t- 20", 0),
    (["faults.elf"], "sx vec pf; g", 0), (["interrupts.elf"], "g", 0), (["interrupts.elf"], "t 20; r rax=5; g", 125),
    (["interrupts.elf"], "t 20; eb @rsp 1; g", 125), (["interrupts.elf"], "t 20; wrmsr lstar 1; g", 125),
]


def left_trace(program, home):
    """A session that leaves the guest before it has ended leaves a trace that `check` repeats."""
    for guest, commands, code in LEFT:
        done = subprocess.run([program, "step", *guest, "-o", "left.trace", "-c", commands], cwd=home, timeout=120,
                              capture_output=True)
        check = subprocess.run([program, "check", "left.trace"], cwd=home, timeout=120, text=True, capture_output=True)
        if done.returncode != code or check.returncode:
            return f"{guest[0]}: {commands}: exit code {done.returncode}; {check.stdout}{check.stderr}"
    return None


UNOBSERVED = [  # guest, commands
    (GUEST, "bp syscall_entry; g; k; !why; g; g; t; k; !why; t- 3; k; !why; !tt 50%; k; !why; g; p; p; !why; "
            "g; bc *; bp ffff0123; g; !why; k; g- syscall_entry; k; !why; !tt 95%; k; !why"),
    (["interrupts.elf"], "g; !why; k; t-; !why; k; !tt 50%; !why; k; !tt 30%; k; !why; !tt 70%; !why; k; t- 100; k; g"),
    (["taskswitch.elf"], "g; !why; k; !tt 50%; !why; k; g; !why; !tt 60%; !why; k; t 3; !why"),
    (["triple.elf"], "g; !why; k; t-; !why; k; t; !why; k"),
    (["faults.elf"], "g; !why; k; t- 5; !why; k; t- 5; !why; !tt 30%; !why; k; !tt 40%; k; !why; p 5; k; p 5; k"),
]


def unobserved(program, home):
    """A run to breakpoints makes no records while nothing else is looked for; nobody can tell."""
    for guest, commands in UNOBSERVED:
        shown = [subprocess.run([program, "step", *guest], input=first + commands.replace("; ", "\n") + "\n", cwd=home,
                                timeout=120, text=True, capture_output=True).stdout
                 for first in ("bp ffff0000\n", "sx port fff0\n")]
        lines = [x for x in zip(*(text.splitlines() for text in shown)) if x[0] != x[1]]
        if len(lines) != 1 or shown[0].count("\n") != shown[1].count("\n"):
            return f"{guest[0]}: {lines[1:4]}"
    return None


ARRIVALS = [(GUEST, (40, 865, 915, 1400)), (["interrupts.elf"], (365, 1860, 1861, 4668, 5817)),
            (["faults.elf"], (1338, 1820, 3312))]


def arrivals(program, home):
    """What is told of the past at a position is the same by every way there."""
    def told(guest, way):
        done = subprocess.run([program, "step", *guest], input=f"{way}\n.echo HERE\n!why\nk\nr\n!tt\n", cwd=home,
                              timeout=120, text=True, capture_output=True)
        text, _, time = done.stdout.partition("HERE\n")[2].rpartition("n=")
        return text, time.partition(",")[0]
    for guest, counts in ARRIVALS:
        for count in counts:
            steps, position = told(guest, f"t {count:x}")
            for way in (f"g\n!tt {position}", f"g\n!tt 10%\n!tt {position}", f"t {count + 300:x}\nt- 12c"):
                if told(guest, way) != (steps, position):
                    return f"{guest[0]}, n={position}: {way!r}"
    return None


def full_trace(program, home):
    done = subprocess.run([program, "step", *GUEST, "-o", "/dev/full", "-c", "g"], cwd=home, timeout=120, text=True,
                          capture_output=True)
    told = "/dev/full" in done.stderr and "no space left" in done.stderr
    return None if done.returncode == 125 and told else f"exit code {done.returncode}: {done.stderr}"


TESTS = [
    ("editing", editing), ("completion", completion), ("history", history), ("Enter repeats", enter_repeats),
    ("end of file", end_of_file), ("a long line", long_line), ("Ctrl-C", interrupt),
    ("standard output is full", full_output), ("the log is full", full_log), ("the log", log_has_all),
    ("the trace is the same", same_trace), ("a trace that is left", left_trace),
    ("unobserved", unobserved), ("ways to a position", arrivals), ("the trace is full", full_trace),
]
