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


def full_trace(program, home):
    done = subprocess.run([program, "step", *GUEST, "-o", "/dev/full", "-c", "g"], cwd=home, timeout=120, text=True,
                          capture_output=True)
    told = "/dev/full" in done.stderr and "no space left" in done.stderr
    return None if done.returncode == 125 and told else f"exit code {done.returncode}: {done.stderr}"


TESTS = [
    ("editing", editing), ("completion", completion), ("history", history), ("Enter repeats", enter_repeats),
    ("end of file", end_of_file), ("a long line", long_line), ("Ctrl-C", interrupt),
    ("standard output is full", full_output), ("the log is full", full_log), ("the log", log_has_all),
    ("the trace is the same", same_trace), ("the trace is full", full_trace),
]
