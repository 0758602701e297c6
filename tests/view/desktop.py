"""An X server without a screen, the window on it, keys and a mouse; pictures of the same commands."""
import os
import re
import shutil
import subprocess
import tempfile
import time

from pngfile import difference, read_png, read_screen
from run import HERE, KERNEL, run

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

    def __init__(self, display, build, options, settings=BITMAP, places=None):
        """`places`: HOME and XDG_CONFIG_HOME, instead of a folder with these settings."""
        self.display, self.build = display, build
        self.home = tempfile.mkdtemp(dir=display.folder)
        if settings is not None:
            os.mkdir(f"{self.home}/ringstep")
            with open(f"{self.home}/ringstep/view.conf", "w", encoding="utf-8") as f:
                f.write(settings)
        self.said = open(f"{self.home}/said", "w+", encoding="utf-8")
        plain = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CONFIG_HOME")}
        environment = {**plain, "DISPLAY": display.name, "SDL_VIDEODRIVER": "x11",
                       **({"XDG_CONFIG_HOME": self.home} if places is None else places)}
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

    def click(self, x, y, times=1, button=1):
        self.tool("mousemove", "--window", self.id, str(x), str(y), "click", "--repeat", str(times), "--delay", "60",
                  str(button))

    def line(self, text):
        """Typed at the prompt, and the keyboard back to the code."""
        self.keys("colon")
        self.type(text)
        self.keys("Return", "Escape")

    def shows(self, wanted):
        """"" when the window comes to show the picture, else in what it differs."""
        found = ""

        def same():
            nonlocal found
            found = difference(self.picture(), wanted)
            return not found
        return "" if wait_for(same) else found

    def differs(self, picture):
        """Shows something else than the picture, and what it comes to show then; None: it never does."""
        def other():
            now = self.picture()
            return now if difference(now, picture) else None
        if not wait_for(other):
            return None
        last = None

        def still():
            nonlocal last
            now = self.picture()
            same, last = last and not difference(now, last), now
            return last if same else None
        return wait_for(still)

    def clip(self, text, selection="clipboard"):
        """As if another program had copied it."""
        subprocess.run(["xclip", "-selection", selection], input=text.encode(), check=False, timeout=10,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env={**os.environ, "DISPLAY": self.display.name})

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


def place(word, lines=1):
    """The pixels so many lines below a word at 1280x800, behind its fourth letter; where panes lie is a golden text."""
    with open(f"{HERE}/syscall-160x50.txt", encoding="utf-8") as f:
        for row, line in enumerate(f):
            found = re.search(rf"[ \[]{word}[ \]]", line)
            if found:
                return (found.start() + 5) * 8 + 4, (row + lines) * 16 + 8
    raise RuntimeError(f"{word} is nowhere")


def recorded(build, folder, commands, *options, guest=KERNEL):
    """The frames behind each of the commands, the first before them."""
    target = tempfile.mkdtemp(dir=folder)
    code, text = run([f"{build}/ringstep", "view", *guest, "--record", target, *options,
                      *(["-c", "; ".join(commands)] if commands else [])],
                     f"{build}/guests")
    if code:
        raise RuntimeError(f"--record: exit {code}: {text}")
    return [read_png(f"{target}/{name}") for name in sorted(os.listdir(target))]


def check(parts, build, counts):
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        counts.skip("window", f"no {', '.join(missing)}")
        return
    with tempfile.TemporaryDirectory() as folder:
        display = Display(folder)
        try:
            for part in parts:
                part(display, build, counts)
        finally:
            display.close()
