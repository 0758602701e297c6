"""The window on an X server of its own, with keys and a mouse; what it shows against pictures of the same commands."""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from pngfile import difference, read_png, read_screen
from run import KERNEL, run

TOOLS = ("Xvfb", "xdotool", "xclip")
WAIT = 20.0  # seconds, on a busy machine
BITMAP = "font bitmap\n"


def wait_for(what, seconds=WAIT):
    """The value of `what` once it is true, or the last one."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.03)


class Display:
    """An X server without a screen."""

    def __init__(self, folder):
        self.folder = folder
        reader, writer = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-fbdir",
                                        folder, "-noreset", "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader, encoding="ascii") as number:
            self.name = ":" + number.readline().strip()

    def screen(self):
        return read_screen(f"{self.folder}/Xvfb_screen0")

    def tool(self, *words, **options):
        return subprocess.run(words, env={**os.environ, "DISPLAY": self.name}, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, timeout=60, check=False, **options).stdout

    def close(self):
        self.server.terminate()
        self.server.wait()


class Window:
    """`ringstep view` on a display, with settings of its own."""

    def __init__(self, display, build, options, settings=BITMAP):
        self.display, self.build = display, build
        self.home = tempfile.mkdtemp(dir=display.folder)
        if settings is not None:
            os.mkdir(f"{self.home}/ringstep")
            with open(f"{self.home}/ringstep/view.conf", "w", encoding="utf-8") as f:
                f.write(settings)
        self.said = open(f"{self.home}/said", "w+", encoding="utf-8")
        environment = {**os.environ, "DISPLAY": display.name, "XDG_CONFIG_HOME": self.home, "SDL_VIDEODRIVER": "x11"}
        self.program = subprocess.Popen([f"{build}/ringstep", "view", *options], cwd=f"{build}/guests",
                                        env=environment, stderr=self.said, stdin=subprocess.DEVNULL)
        self.id = wait_for(lambda: self.tool("search", "--onlyvisible", "--pid", str(self.program.pid)).strip())
        if not self.id:
            raise RuntimeError(f"no window (exit {self.program.poll()}): {self.messages()}")
        self.id = self.id.split("\n")[0]
        wait_for(lambda: "n=" in self.title())

    def tool(self, *words):
        return self.display.tool("xdotool", *words)

    def title(self):
        return self.tool("getwindowname", self.id) if self.id else ""

    def n(self):
        found = re.search(r"- n=(\d+) ", self.title())
        return int(found[1]) if found else None

    def place(self):
        return {k: int(v) for k, v in re.findall(r"^(\w+)=(\d+)$", self.tool("getwindowgeometry", "--shell", self.id),
                                                 re.M)}

    def picture(self):
        at = self.place()
        return self.display.screen().part(at["X"], at["Y"], at["WIDTH"], at["HEIGHT"])

    def keys(self, *names):
        self.tool("key", "--delay", "40", *names)

    def type(self, text):
        self.tool("type", "--delay", "15", text)

    def click(self, x, y, times=1):
        self.tool("mousemove", "--window", self.id, str(x), str(y), "click", "--repeat", str(times), "--delay", "60",
                  "1")

    def shows(self, wanted):
        """"" when the window comes to show the picture, else in what it differs."""
        found = ""

        def same():
            nonlocal found
            found = difference(self.picture(), wanted)
            return not found
        return "" if wait_for(same) else found

    def comes_to(self, n):
        return "" if wait_for(lambda: self.n() == n) else f"stands at {self.title()!r}, not at n={n}"

    def copied(self):
        """The text of the pane that has the keyboard."""
        subprocess.run(["xclip", "-selection", "clipboard", "-i", "/dev/null"], check=False, timeout=10,
                       env={**os.environ, "DISPLAY": self.display.name})
        self.keys("ctrl+c")
        return wait_for(lambda: self.display.tool("xclip", "-selection", "clipboard", "-o"))

    def messages(self):
        self.said.seek(0)
        return self.said.read()

    def settings(self):
        try:
            with open(f"{self.home}/ringstep/view.conf", encoding="utf-8") as f:
                return f.read()
        except OSError as why:
            return str(why)

    def end(self, *keys):
        """The exit code after a key, or None when it goes on."""
        if keys:
            self.keys(*keys)
        try:
            return self.program.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
            return None


def recorded(build, folder, commands, *options):
    """The frames behind each of the commands, the first before them."""
    target = tempfile.mkdtemp(dir=folder)
    code, text = run([f"{build}/ringstep", "view", *KERNEL, "--record", target, *options,
                      *(["-c", "; ".join(commands)] if commands else [])],
                     f"{build}/guests")
    if code:
        raise RuntimeError(f"--record: exit {code}: {text}")
    return [read_png(f"{target}/{name}") for name in sorted(os.listdir(target))]


# ---- what is tried ----

def try_steps(w, build, counts):
    """Keys are commands, and the picture is that of the commands, however they were given."""
    keys = [("F11", "t"), ("F11", "t"), ("F10", "p"), ("ctrl+F11", "t-"), ("F4", "tring"), ("shift+F10", "p-")]
    frames = recorded(build, w.display.folder, [command for _, command in keys])
    counts.check("window: at the entry", w.shows(frames[0]))
    for (key, command), frame in zip(keys, frames[1:]):
        w.keys(key)
        counts.check(f"window: {key} is {command}", w.shows(frame))


def try_typing(w, build, counts):
    """A line at the prompt. What is shown there in the end differs by the pane with the keyboard, so n is asked for."""
    w.keys("colon")
    w.type("!tt 321")
    w.keys("Return")
    counts.check("window: a line typed at the prompt", w.comes_to(321))
    w.keys("Escape", "Escape")


def code_row(w, pattern):
    """The line on the screen of an instruction in the code pane, found by its text."""
    w.click(40, 24)
    lines = w.copied().split("\n")
    return next((i for i, line in enumerate(lines) if re.search(pattern, line)), None), lines


def try_breakpoint(w, build, counts):
    """A double click sets one, F5 runs to it, another clears it."""
    w.keys("colon")
    w.type("g syscall_entry")
    w.keys("Return", "Escape")
    wait_for(lambda: w.n() not in (None, 321))
    row, lines = code_row(w, r"push\s+0x2B")
    if row is None:
        return counts.check("window: breakpoint by double click", f"no such instruction in {lines}")
    before = w.n()
    y = (row + 1) * 16 + 8
    w.click(100, y, 2)
    time.sleep(0.6)
    w.keys("F5")
    counts.check("window: breakpoint by double click, and F5", w.comes_to(before + 3))
    marked = [line for line in code_row(w, "push")[1] if "\u2022" in line or "*" in line or "●" in line]
    counts.check("window: the breakpoint is marked", "" if marked else "no mark in the code pane")
    return None


def try_timeline(w, build, counts):
    """A click seeks, backwards and forwards. Where the pane lies is found by trying, slowly enough for single clicks."""
    end, place, seen, y = w.n(), w.place(), None, 0
    for y in range(place["HEIGHT"] * 3 // 4 // 16 * 16 + 8, place["HEIGHT"] - 64, 16):
        w.click(place["WIDTH"] // 2, y)
        if wait_for(lambda: w.n() != end, 0.7):
            seen = w.n()
            break
    counts.check("window: a click on the timeline goes back",
                 "" if seen is not None and seen < end else f"{seen} from {end}")
    if seen is not None:
        w.click(place["WIDTH"] * 3 // 4, y)
        counts.check("window: and forwards", "" if wait_for(lambda: seen < w.n() < end) else w.title())


def try_shot(w, build, counts):
    """F12 keeps exactly what is on the screen."""
    path = f"{build}/guests/ringstep-{w.n()}.png"
    w.keys("F12")
    kept = wait_for(lambda: "the picture is in" in w.messages() and os.path.exists(path))
    counts.check("window: F12", w.shows(read_png(path)) if kept else w.messages())
    if kept:
        os.unlink(path)


def try_quit(w, build, counts):
    code = w.end("ctrl+q")
    counts.check("window: Ctrl-Q", "" if code == 0 else f"exit {code}: {w.messages()}")
    counts.check("window: nothing is written to settings that are the same", "" if w.settings() == BITMAP
                 else w.settings())


def check_session(display, build, counts):
    w = Window(display, build, KERNEL)
    for part in (try_steps, try_typing, try_breakpoint, try_timeline, try_shot, try_quit):
        part(w, build, counts)


def check_looks(display, build, counts):
    """Zoom, size and theme by hand, and that they are there again the next time."""
    w = Window(display, build, KERNEL)
    frames = {name: recorded(build, display.folder, [], *options)[0] for name, options in {
        "larger": ["--zoom", "2"], "usual": [], "light": ["--theme", "light"],
        "small": ["--theme", "light", "--size", "1024x640"]}.items()}
    for key, name in (("ctrl+plus", "larger"), ("ctrl+0", "usual"), ("F3", "light")):
        w.keys(key)
        counts.check(f"window: {key}", w.shows(frames[name]))
    w.tool("windowsize", w.id, "1024", "640")
    counts.check("window: another size", w.shows(frames["small"]))
    w.keys("ctrl+plus")
    wait_for(lambda: difference(w.picture(), frames["small"]))
    last = w.picture()
    counts.check("window: quit", w.end("ctrl+q"))
    kept = w.settings()
    missing = [line for line in ("theme light", "size 1024x640", "zoom 1", "font bitmap") if line not in kept]
    counts.check("window: settings are kept", missing and f"{missing} not in {kept}")
    again = Window(display, build, KERNEL, kept)
    counts.check("window: and used", again.shows(last))
    again.end("ctrl+q")


def check_copy(display, build, counts):
    w = Window(display, build, [*KERNEL, "--at", "866"])
    wait_for(lambda: w.n() == 866)
    w.click(40, 24)
    text = w.copied()
    counts.check("window: Ctrl-C copies the pane's text", "" if "swapgs" in text and "entry.S:18" in text else repr(text))
    w.end("ctrl+q")


def ask_to_close(display, window):
    """What a window manager sends when somebody closes a window (ICCCM 4.2.8, WM_DELETE_WINDOW)."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = x11.XOpenDisplay(display.name.encode())
    protocols = x11.XInternAtom(connection, b"WM_PROTOCOLS", 0)
    delete = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
    # XClientMessageEvent, padded to an XEvent's 24 longs.
    event = (ctypes.c_ulong * 24)(33, 0, 1, connection, window, protocols, 32, delete, 0)
    x11.XSendEvent(connection, window, 0, 0, event)
    x11.XCloseDisplay(connection)


def check_close_in_a_run(display, build, counts):
    """The window is closed while the guest runs for ever; the title tells that it does."""
    loop = f"{display.folder}/loop.bin"
    with open(loop, "wb") as f:
        f.write(b"\xeb\xfe")  # jmp to itself
    for name, close in (("closed", lambda: ask_to_close(display, int(w.id))), ("Ctrl-Q", lambda: w.keys("ctrl+q"))):
        w = Window(display, build, [loop, "--load", "100000", "--mode", "32"])
        w.keys("F5")
        running = wait_for(lambda: "running" in w.title())
        began = time.monotonic()
        close()
        code = w.end()
        seconds = time.monotonic() - began
        counts.check(f"window: {name} in the middle of a run", "" if running and code == 0 and seconds < 5
                     else f"running {running!r}, exit {code} after {seconds:.1f} s: {w.messages()}")


BROKEN = "theme dark\nzoom much\n# a remark\nsize 12\nfont bitmap\ncolour red\ntheme\n\x01\x02\xff\n"


def check_broken_settings(display, build, counts):
    w = Window(display, build, KERNEL, BROKEN)
    frame = recorded(build, display.folder, [])[0]
    counts.check("broken settings: the rest counts", w.shows(frame))
    w.end("ctrl+q")
    told = re.findall(r"view\.conf:(\d+): expected", w.messages())
    counts.check("broken settings: the lines are told", "" if told == ["2", "4", "6", "7", "8"] else w.messages())
    counts.check("broken settings: they stay as they are", "" if w.settings() == BROKEN else w.settings())


def check_fonts(display, build, counts):
    frame = recorded(build, display.folder, [])[0]
    w = Window(display, build, KERNEL, "font /nowhere/mono.ttf\n")
    counts.check("no font: the bitmap font", w.shows(frame))
    w.end("ctrl+q")
    told = w.messages().count("/nowhere/mono.ttf")
    counts.check("no font: said once", "" if told == 1 else w.messages())
    w = Window(display, build, KERNEL, None)
    def colours():
        return len({bytes(row[i:i + 3]) for row in w.picture().rows for i in range(0, len(row), 3)})
    if "bitmap" in w.messages():
        counts.skip("smooth letters", w.messages())
    else:
        counts.check("smooth letters", "" if wait_for(lambda: colours() > 60) else f"{colours()} colours")
    w.end("ctrl+q")
    counts.check("no settings yet: none are written", "" if "No such file" in w.settings() else w.settings())


def check_no_folder(display, build, counts):
    """Settings that cannot be written are nobody's error."""
    w = Window(display, build, KERNEL)
    shutil.rmtree(w.home)
    with open(w.home, "w", encoding="utf-8"):
        pass
    w.keys("F3")
    time.sleep(0.2)
    code = w.end("ctrl+q")
    counts.check("settings that cannot be written", "" if code == 0 else f"exit {code}")


def check_interrupted(display, build, counts):
    """Ctrl-C in the terminal that started it is the same as closing the window."""
    w = Window(display, build, KERNEL)
    w.program.send_signal(signal.SIGTERM)
    counts.check("SIGTERM closes the window", "" if w.end() == 0 else w.messages())


def check(build, counts):
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        counts.skip("window", f"no {', '.join(missing)}")
        return
    with tempfile.TemporaryDirectory() as folder:
        display = Display(folder)
        try:
            for part in (check_session, check_looks, check_copy, check_close_in_a_run, check_broken_settings,
                         check_fonts, check_no_folder, check_interrupted):
                part(display, build, counts)
        finally:
            display.close()
