"""`step --tui` on a terminal: keys, the mouse, sizes, signals, and what it leaves behind.

Each test returns None, or what is wrong.
"""
import base64
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from screen import Screen

GUEST = ["syscall64.elf", "--user", "syscall64-user.elf"]
ECHO = ["elf64user.elf", "--user", "elf64user-echo.elf"]
SPIN = ["spin.bin", "--format", "flat", "--load", "8000", "--mode", "16"]
F = {"F1": b"\x1bOP", "F4": b"\x1bOS", "F5": b"\x1b[15~", "F9": b"\x1b[20~", "F11": b"\x1b[23~", "F12": b"\x1b[24~",
     "PageDown": b"\x1b[6~", "End": b"\x1b[F", "S-F4": b"\x1b[1;2S", "C-F11": b"\x1b[23;5~", "S-F11": b"\x1b[23;2~", "Down": b"\x1b[B", "Up": b"\x1b[A"}
OTHER_SCREEN, MOUSE, CURSOR, PASTING = 1049, 1000, 25, 2004
WHEEL_DOWN = "\x1b[<65;5;5M"


class Wrong(Exception):
    pass


def shell(words):
    """A shell with jobs, as far as one job needs it: tells when it stops, and lets it go on behind a line."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(words[0], words)
    while True:
        status = os.waitpid(job, os.WUNTRACED)[1]
        if not os.WIFSTOPPED(status):
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        os.tcsetpgrp(0, os.getpgrp())
        os.write(1, b"job stopped\r\n")
        os.read(0, 100)
        os.tcsetpgrp(0, job)
        os.kill(job, signal.SIGCONT)


class Panes:
    """A ringstep with a terminal of its own."""

    def __init__(self, program, home, *arguments, size=(200, 80), by_shell=False, ignores_hup=False, **environment):
        self.screen, self.sent = Screen(*size), b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background may have it ignored
            signal.signal(signal.SIGHUP, signal.SIG_IGN if ignores_hup else signal.SIG_DFL)
            os.chdir(home)
            for name in ("NO_COLOR", "COLORTERM", "LC_ALL", "LC_CTYPE"):
                os.environ.pop(name, None)
            os.environ.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_CONFIG_HOME": f"{home}/settings",
                               **environment})
            time.sleep(0.1)  # until the size is set
            words = [program, "step", "--tui", *arguments]
            shell(words) if by_shell else os.execv(program, words)
        self.set_size(*size)
        self.before = termios.tcgetattr(self.fd)

    def set_size(self, width, height):
        self.screen.resize(width, height)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self, seconds):
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            return False
        self.sent += part
        self.screen.feed(part)
        return bool(part)

    def until(self, what, is_so, seconds=60):
        end = time.monotonic() + seconds
        while not is_so(self.screen):
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise Wrong(f"never: {what}\n" + "\n".join(self.screen.lines()))

    def shows(self, pattern):
        self.until(pattern, lambda screen: screen.find(pattern))

    def hides(self, pattern):
        self.until(f"no {pattern}", lambda screen: not screen.find(pattern))

    def press(self, *keys):
        for key in keys:
            os.write(self.fd, F.get(key, key.encode()))

    def click(self, place, times=1):
        x, y = place[0] + 1, place[1] + 1
        for _ in range(times):
            os.write(self.fd, f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m".encode())

    def stands(self, n):
        self.until(f"n={n}", lambda screen: re.search(rf"\bn={n}\b.*\bstopped\b", screen.lines()[0]))

    def settle(self):
        """Until nothing more is drawn."""
        while self.read(0.3):
            pass

    def end(self):
        """Exit code, once it has ended; the terminal must be as it was found."""
        end = time.monotonic() + 60
        while time.monotonic() < end and self.read(end - time.monotonic()):
            pass
        if not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            os.kill(self.pid, signal.SIGKILL)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        left = [m for m in (OTHER_SCREEN, MOUSE, 1006, PASTING) if self.screen.modes.get(m)]
        if left or not self.screen.modes.get(CURSOR) or self.screen.modes.get(7) is False:
            raise Wrong(f"the terminal is left in modes {self.screen.modes}")
        return os.waitstatus_to_exitcode(status)

    def quit(self, code=0, key="q"):
        self.press(key)
        found = self.end()
        if found != code:
            raise Wrong(f"exit code {found}")


def stepping(t):
    """Forwards and back, by keys and by letters; the prompt shows what each of them did."""
    t.stands(0)
    t.press("F11", "F11", "s")
    t.stands(3)
    t.shows(r"cpl0> t\b")
    t.press("C-F11", "S")
    t.stands(1)
    t.shows(r"cpl0> t-")
    t.quit()


def breakpoints(t):
    t.stands(0)
    t.press("Down", "Down", "F9")
    t.shows("^│.•")
    t.press("F5")
    t.shows("Breakpoint 0 hit")
    t.stands(2)
    t.press("b")
    t.hides("^│.•")
    t.quit()


def rings(t):
    """To CPL 3 and back; the kernel's first exit is a change that the timeline has."""
    t.stands(0)
    t.press("F4")
    t.until("CPL 3", lambda s: re.search(r"CPL 0>3 .*stopped", s.lines()[0]))
    t.press("r")
    t.until("CPL 0", lambda s: re.search(r"CPL 3>0 .*SYSCALL.*stopped", s.lines()[0]))
    t.shows("TRANSITION")
    t.shows(r"SYSCALL: CPL 3 -> 0")
    t.press("S-F4")
    t.until("CPL 3", lambda s: re.search(r"CPL 0>3 .*stopped", s.lines()[0]))
    t.press("g")
    t.shows(r"kernel: the end|exit code|ended")
    t.press("q")
    t.end()


def typing(t):
    """A line with completion, history and editing."""
    t.stands(0)
    t.press(":", "? start6", "\t")
    t.shows(r"\? start64\b")
    t.press("\r")
    t.shows(r"= ffffffff`8010006e")
    t.press("\x1b[A")
    t.shows(r">.*\? start64")
    t.press("\x15", "t 5", "\x7f", "4", "\r")
    t.stands(4)
    t.press("q", "\r")
    if t.end():
        raise Wrong("q at the prompt")


def mouse(t):
    """A key's name, an instruction twice, the timeline."""
    t.stands(0)
    t.shows(r"\[F11\]")
    t.click(t.screen.find(r"\[F11\]"))
    t.stands(1)
    t.press("t")
    t.stands(2)
    x, y = t.screen.find(r"cmp rdi, rax")
    t.click((x, y), times=2)
    t.shows("^│.•")
    t.press("F4")
    t.until("CPL 3", lambda s: re.search(r"CPL 0>3 .*stopped", s.lines()[0]))
    x, y = t.screen.find(r"CPL 0 █")
    t.click((x + 20, y))
    t.shows(r"!tt \d+")
    n = int(re.search(r"!tt (\d+)", "\n".join(t.screen.lines()))[1])
    t.stands(n)
    if not 0 < n < 860:
        raise Wrong(f"the timeline leads to n={n}")
    t.quit()


def sizes(t):
    """Too small, large enough again; what is drawn then is what would have been drawn at once."""
    t.stands(0)
    t.press("F11")
    t.stands(1)
    for size in ((80, 24), (200, 60), (80, 24), (79, 24), (80, 23), (1, 1), (100, 30), (600, 250), (200, 80)):
        t.set_size(*size)
        if size[0] < 80 or size[1] < 24:
            t.until("too small", lambda s: s.lines()[0] == f"! {size[0]}x{size[1]} is too small: 80x24 at least"[:size[0]])
        else:
            t.stands(1)
            t.shows(r"\[F1\]")
    t.settle()
    changed = t.screen.lines()
    t.screen.resize(200, 80)
    t.press("\x0c")
    t.stands(1)
    t.settle()
    if changed != t.screen.lines():
        raise Wrong("another picture after Ctrl-L")
    t.set_size(40, 10)
    t.shows("too small")
    t.quit()


def help_and_copy(t):
    t.stands(0)
    t.press("F1")
    t.shows(r"Ctrl-W")
    t.press("\x1b")
    t.hides(r"Ctrl-W")
    t.press("\x03")
    t.until("a copy", lambda s: s.clipboard)
    text = base64.b64decode(t.screen.clipboard).decode()
    if "start64" not in text or "\x1b" in text:
        raise Wrong(f"copied: {text!r}")
    t.quit()


def small(t):
    """80x24: it steps, and the keys of F1 scroll to the last."""
    t.stands(0)
    t.press("F11")
    t.stands(1)
    t.press("F1")
    t.shows("KEYS: lines 1 to 20 of")
    t.hides("Ctrl-Q q")
    t.press("PageDown", "Down", WHEEL_DOWN)
    t.shows("KEYS: lines 24 to 43 of")
    t.press("End")
    t.shows("Ctrl-Q q")
    t.press("\x1b")
    t.hides("Ctrl-Q q")
    t.quit()


def pasting(t):
    """Several lines: one line of the prompt, which nothing executes unasked; also while no prompt has the keyboard."""
    t.stands(0)
    t.press("\x1b[200~t 2\r# a remark\r  q\x1b[23~\r\x1b[201~")
    t.shows(r"> t 2; q\b")
    t.settle()
    t.stands(0)
    t.press("\x7f", "t 3", "\r")
    t.stands(5)
    t.quit(key="\x11")


def pasting_without_end(t):
    """What a terminal has lost the end of keeps no keys: after a while it is taken, and two keys end it at once."""
    t.stands(0)
    t.press("\x1b[200~t 2")
    t.shows(r"> t 2\b")
    t.press("\r")
    t.stands(2)
    t.press("\x1b")
    t.settle()
    t.press("\x1b[200~q", "\x03", "s")
    t.stands(3)
    t.press("\x1b[200~q")
    t.quit(key="\x11")


def pasting_too_much(t):
    """Nothing of it, and a word of that; what just fits is too much for the prompt's line alone."""
    t.stands(0)
    t.press("\x1b[200~" + "t\r" * 2048 + "\x1b[201~")
    t.shows("nothing was pasted: more than 4095 bytes")
    t.hides(r"t; t; t")
    t.press("s")
    t.stands(1)
    t.press("\x1b[200~" + "t\r" * 2047 + "\x1b[201~")
    t.shows(r"t; t; t")
    t.quit(key="\x11")


def console(t):
    """What is typed and pasted there reaches the guest, which answers in capitals; Ctrl-D is a character for it."""
    t.press(":", "g\r")
    t.until("it runs", lambda s: "RUNNING" in s.lines()[0])
    t.click(t.screen.find("CONSOLE"))
    t.press("hello ")
    t.shows("HELLO")
    t.press("q\r", "\x1b[200~two\rlines\r\x1b[201~")
    for line in ("HELLO Q", "TWO", "LINES"):
        t.shows(line + r"\b")
    t.press("\x04")
    t.until("it has ended", lambda s: "ENDED" in s.lines()[0])
    t.shows("exit code 0")
    t.quit(key="\x11")


def endless(t):
    """A run without end shows where it is, and ends by Esc and by Ctrl-C; the keys stay alive."""
    for key in ("\x1b", "\x03"):
        t.press("F5")
        t.until("it runs", lambda s: "RUNNING" in s.lines()[0])
        t.press(key)
        t.until("it stands", lambda s: "stopped" in s.lines()[0])
    t.press("F5")
    t.until("it runs", lambda s: "RUNNING" in s.lines()[0])
    t.quit()


def stopped(t):
    """Stopped by force and going on: all of it is drawn again."""
    t.stands(0)
    os.kill(t.pid, signal.SIGSTOP)
    time.sleep(0.2)
    t.screen.resize(200, 80)
    os.kill(t.pid, signal.SIGCONT)
    t.stands(0)
    t.press("F11")
    t.stands(1)
    t.quit()


def suspended(t):
    """Ctrl-Z: the shell has a terminal as it was; what is drawn behind it is whole."""
    t.stands(0)
    t.settle()
    t.press("\x1a")
    t.until("job stopped", lambda s: b"job stopped" in t.sent)
    if t.screen.modes.get(OTHER_SCREEN) or not termios.tcgetattr(t.fd)[3] & termios.ICANON:
        raise Wrong(f"the shell's terminal has modes {t.screen.modes}")
    t.screen.resize(200, 80)
    t.press("\r")
    t.stands(0)
    t.shows(r"\[F1\]")
    t.press("s")
    t.stands(1)
    t.quit()


def stopped_by_signal(t):
    """SIGTSTP of another's, as Ctrl-Z."""
    t.stands(0)
    t.settle()
    with open(f"/proc/{t.pid}/task/{t.pid}/children", encoding="ascii") as f:
        job = int(f.read().split()[0])
    os.kill(job, signal.SIGTSTP)
    t.until("job stopped", lambda s: b"job stopped" in t.sent)
    if t.screen.modes.get(OTHER_SCREEN) or t.screen.modes.get(PASTING):
        raise Wrong(f"the shell's terminal has modes {t.screen.modes}")
    t.screen.resize(200, 80)
    t.press("\r")
    t.stands(0)
    t.quit()


def hung_up(t):
    """The terminal goes away in the middle of a run: so does the program."""
    t.press("F5")
    t.until("it runs", lambda s: "RUNNING" in s.lines()[0])
    os.close(t.fd)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pid, status = os.waitpid(t.pid, os.WNOHANG)
        if pid:
            return None if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGHUP else f"status {status}"
        time.sleep(0.05)
    os.kill(t.pid, signal.SIGKILL)
    os.waitpid(t.pid, 0)
    return "it goes on"


def ended_by(number):
    def test(t):
        t.stands(0)
        t.settle()
        raw = termios.tcgetattr(t.fd)[3]
        os.kill(t.pid, number)
        code = t.end()
        if raw & termios.ICANON:
            raise Wrong("the terminal was not raw")
        if code != -number:
            raise Wrong(f"exit code {code}")
    return test


def ignoring(t):
    """As nohup has it: a signal that is ignored ends nothing."""
    t.stands(0)
    os.kill(t.pid, signal.SIGHUP)
    t.press("s")
    t.stands(1)
    t.quit()


def screenshot(t):
    t.stands(0)
    t.press("F12")
    t.shows(r"kept in ringstep-n0\.txt")
    t.press("F12")
    t.shows(r"kept in ringstep-n0-2\.txt")
    t.quit()


def script_first(t):
    """The commands of -x and -c, then the keys."""
    t.stands(5)
    t.press("s")
    t.stands(6)
    t.quit()


def plain(t):
    """Without colours and UTF-8."""
    t.stands(0)
    t.shows("start64")
    if not all(b < 0x80 for b in t.sent) or any(re.search(r"[34]8;|;3\d|;4\d", a) for a in t.screen.attributes):
        raise Wrong(f"sent {t.screen.attributes}")
    t.quit()


def themes(program, home):
    """--theme, F3, and the settings that the window has too: read, kept, and not without a change."""
    folder = f"{home}/themes"
    path = f"{folder}/ringstep/view.conf"
    os.makedirs(f"{folder}/ringstep")
    with open(path, "w", encoding="utf-8") as f:
        f.write("zoom 2\nvectors on\ntheme light\nnonsense\n")
    seen = []
    for arguments, keys, kept in (([], "", "nonsense"), (["--theme", "contrast"], "", "nonsense"),
                                  ([], "\x1bOR", "zoom 2\nvectors on\ntheme contrast\nnonsense\n")):
        t = Panes(program, home, *GUEST, *arguments, XDG_CONFIG_HOME=folder, COLORTERM="truecolor")
        try:
            t.stands(0)
            t.shows("zmm|ymm|xmm")
            seen.append({a for a in t.screen.attributes if "48;2" in a})
            t.press(*keys and [keys])
            t.settle()
            t.quit()
        except Wrong as wrong:
            return str(wrong)
        if b"view.conf:4: expected" not in t.sent:
            return f"nothing said of the line: {t.sent[:300]!r}"
        with open(path, encoding="utf-8") as f:
            if kept not in f.read():
                return f"{kept!r} is not in the settings"
    if not seen[0] or seen[0] == seen[1]:
        return "light and contrast look the same"
    done = subprocess.run([program, "step", *GUEST, "--theme", "dark", "-c", "q"], cwd=home, timeout=60, text=True,
                          capture_output=True)
    return None if done.returncode == 125 and "--theme belongs to --tui" in done.stderr else done.stderr


def refused(program, home, told, stdin=True, stdout=True, *options, **environment):
    """On a terminal or without it on one side: exit code 125, what is missing is said, and nothing is drawn."""
    here, there = pty.openpty()
    try:
        done = subprocess.run([program, "step", "--tui", *GUEST, *options], cwd=home, timeout=60, text=True,
                              stdin=there if stdin else subprocess.DEVNULL, stderr=subprocess.PIPE,
                              stdout=there if stdout else subprocess.DEVNULL,
                              env={**os.environ, "TERM": "xterm", **environment})
        drawn = os.read(here, 100) if select.select([here], [], [], 0)[0] else b""
    finally:
        os.close(here)
        os.close(there)
    good = done.returncode == 125 and told in done.stderr and not drawn
    return None if good else f"exit code {done.returncode}: {done.stderr} {drawn!r}"


def no_terminal(program, home):
    return (refused(program, home, "standard input is no terminal; `ringstep step`", stdin=False) or
            refused(program, home, "standard output is no terminal; `ringstep step`", stdout=False) or
            refused(program, home, "standard input is no terminal", False, False))


def dumb(program, home):
    return (refused(program, home, "cannot place its cursor (TERM=dumb); `ringstep step`", TERM="dumb") or
            refused(program, home, "'pink' is not dark, light or contrast", True, True, "--theme", "pink"))


def no_image(program, home):
    """What cannot be loaded is told on the terminal as it was."""
    t = Panes(program, home, "nowhere.elf")
    while t.read(60):
        pass
    status = os.waitpid(t.pid, 0)[1]
    os.close(t.fd)
    code = os.waitstatus_to_exitcode(status)
    return None if code == 127 and b"nowhere.elf" in t.sent and b"\x1b" not in t.sent else f"exit code {code}: {t.sent!r}"


def picture_is_kept(program, home):
    with open(f"{home}/ringstep-n0.txt", encoding="utf-8") as f:
        text = f.read()
    return None if "start64" in text and "\x1b" not in text else f"kept: {text!r}"


def on(test, *arguments, **others):
    def run(program, home):
        t = Panes(program, home, *(arguments or GUEST), **others)
        try:
            return test(t)
        except Wrong as wrong:
            return str(wrong)
        finally:
            try:
                os.kill(t.pid, signal.SIGKILL)
                os.waitpid(t.pid, 0)
                os.close(t.fd)
            except OSError:
                pass  # it has ended, as it should
    return run


TESTS = [
    ("panes: stepping", on(stepping)), ("panes: breakpoints", on(breakpoints)), ("panes: rings", on(rings)),
    ("panes: typing", on(typing)), ("panes: the mouse", on(mouse)), ("panes: sizes", on(sizes)),
    ("panes: help and copies", on(help_and_copy)), ("panes: a run without end", on(endless, *SPIN)),
    ("panes: stopped by force", on(stopped)), ("panes: Ctrl-Z", on(suspended, by_shell=True)),
    ("panes: SIGTERM", on(ended_by(signal.SIGTERM))),
    ("panes: SIGHUP", on(ended_by(signal.SIGHUP))), ("panes: SIGHUP ignored", on(ignoring, ignores_hup=True)), ("panes: SIGINT", on(ended_by(signal.SIGINT))),
    ("panes: a crash", on(ended_by(signal.SIGSEGV))), ("panes: an abort", on(ended_by(signal.SIGABRT))), ("panes: a picture", on(screenshot)),
    ("panes: the picture", picture_is_kept), ("panes: -c", on(script_first, *GUEST, "-c", "t 5")),
    ("panes: no colours", on(plain, NO_COLOR="1", LANG="C")), ("panes: vt220", on(plain, TERM="vt220", LANG="")),
    ("panes: 80x24", on(small, size=(80, 24))), ("panes: pasting", on(pasting)),
    ("panes: a paste without end", on(pasting_without_end)), ("panes: a paste too long", on(pasting_too_much)),
    ("panes: the console", on(console, *ECHO)),
    ("panes: SIGTSTP", on(stopped_by_signal, by_shell=True)), ("panes: hung up", on(hung_up, *SPIN)),
    ("panes: themes", themes), ("panes: a dumb terminal", dumb), ("panes: no terminal", no_terminal), ("panes: no image", no_image),
]
