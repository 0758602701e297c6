"""The window with keys and a mouse; what it shows against pictures of the same commands."""
import os
import re
import time

from desktop import BITMAP, Window, place, recorded, wait_for
from pngfile import difference, read_png
from run import KERNEL

ECHO = ["elf64user.elf", "--user", "elf64user-echo.elf"]

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
    row, lines = code_row(w, r"push\s+0x2[Bb]")
    if row is None:
        return counts.check("window: breakpoint by double click", f"no such instruction in {lines}")
    before = w.n()
    y = (row + 2) * 16 + 8
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
    """F12 keeps exactly what is on the screen, in a file that was not there, and says in the prompt's pane which."""
    paths = [f"{build}/guests/ringstep-n{w.n()}{more}.png" for more in ("", "-2", "-3")]
    for path in paths:
        if os.path.exists(path):
            os.unlink(path)
    with open(paths[0], "w", encoding="utf-8") as f:
        f.write("somebody's")
    for path in paths[1:]:
        seen = w.picture()
        w.keys("F12")
        found = difference(read_png(path), seen) if wait_for(lambda: os.path.exists(path)) else "no picture"
        counts.check(f"window: F12 makes {os.path.basename(path)}", found)
        counts.check("window: F12 is told in the pane", "" if w.differs(seen) and not w.messages()
                     else w.messages() or "not")
    with open(paths[0], encoding="utf-8") as f:
        counts.check("window: F12 leaves a file that is there", "" if f.read() == "somebody's" else "overwritten")
    w.keys("colon")
    counts.check("window: F12's words", "" if ("kept in " + os.path.basename(paths[2])) in w.copied() else "missing")
    w.keys("Escape")
    for path in paths:
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
    row, lines = code_row(w, r"swapgs")
    x, y = lines[row].index("swapgs") * 8 + 12, (row + 2) * 16 + 8
    w.tool("mousemove", "--window", w.id, str(x), str(y), "mousedown", "1", "mousemove_relative", "40", "0", "mouseup", "1")
    taken = wait_for(lambda: w.display.tool("xclip", "-selection", "clipboard", "-o") == "swapgs\n", 5)
    counts.check("window: what the mouse marks is copied", "" if taken else
                 repr(w.display.tool("xclip", "-selection", "clipboard", "-o")))
    counts.check("window: and nothing is executed by that", "" if w.n() == 866 else w.title())
    w.end("ctrl+q")


def log(w):
    """The text of the prompt's pane; the keyboard is the code's again."""
    w.keys("colon")
    text = w.copied()
    w.keys("Escape")
    return text


def try_marks(w, build, counts):
    """A click among the marks sets a breakpoint, the next one clears it; both are lines of the prompt."""
    row, lines = code_row(w, r"mov\s+rax")
    if row is None:
        return counts.check("window: breakpoint by a click", f"no such instruction in {lines}")
    y = (row + 2) * 16 + 8
    w.click(12, y)
    found = wait_for(lambda: re.search(r"> bp ([0-9a-f]+)", log(w)), 5)
    if not found:
        return counts.check("window: breakpoint by a click", log(w))
    frames = recorded(build, w.display.folder, [f"bp {found[1]}", "bc 0"])
    counts.check("window: breakpoint by a click", w.shows(frames[1]))
    time.sleep(0.5)  # no second click of two
    w.click(12, y)
    counts.check("window: and cleared by another", w.shows(frames[2]))
    return None


def try_seeking(w, build, counts):
    """What a click on the timeline shows is what !tt shows."""
    w.keys("F5")
    frame = recorded(build, w.display.folder, ["g"])[1]
    counts.check("window: F5 to the end", w.shows(frame))
    end, (x, y), commands = w.n(), place("RINGS", 2), ["g"]
    for name, to in (("back", x + 300), ("forwards", x + 600), ("back again", x + 100)):
        before = w.n()
        w.click(to, y)
        wait_for(lambda: w.n() not in (None, before))
        commands.append(f"!tt {w.n()}")
        w.keys("Escape")
        frame = recorded(build, w.display.folder, commands)[-1]
        wrong = "" if 0 <= w.n() < end and (w.n() > before) == (name == "forwards") else f"from {before} to {w.n()}"
        counts.check(f"window: the timeline leads {name}", wrong or w.shows(frame))
        time.sleep(0.5)


def check_mouse(display, build, counts):
    for part in (try_marks, try_seeking, try_wheel, try_key_line):
        w = Window(display, build, KERNEL)
        wait_for(lambda: w.n() == 0)
        part(w, build, counts)
        counts.check("window: the end of it", w.end("ctrl+q"))


def try_wheel(w, build, counts):
    """Down shows something else, up the same again; with Ctrl it makes letters larger and smaller."""
    w.line("g syscall_entry")
    before = recorded(build, w.display.folder, ["g syscall_entry"])[1]
    counts.check("window: before the wheel", w.shows(before))
    for title, back in (("CODE", None), ("REGISTERS", 4), ("RINGS", 5)):
        w.click(*place(title, 2), button=9 - back if back else 5)
        counts.check(f"window: the wheel over {title}", "" if w.differs(before) else "nothing moves")
        w.click(*place(title, 2), button=back or 4) if back else w.keys("Home")
        counts.check(f"window: and back over {title}", w.shows(before))
    larger = recorded(build, w.display.folder, ["g syscall_entry"], "--zoom", "2")[1]
    for button, wanted in ((4, larger), (5, before)):
        w.tool("keydown", "ctrl", "click", str(button), "keyup", "ctrl")
        counts.check(f"window: Ctrl and wheel {button}", w.shows(wanted))
    w.click(*place("MEMORY", 2), button=5)
    counts.check("window: the wheel over MEMORY", "" if w.differs(before) else "nothing moves")


def try_key_line(w, build, counts):
    """A key's name in the last line is that key."""
    frames = recorded(build, w.display.folder, ["t", "t-", "tring"])
    for (word, name), frame in zip(((r"\[F11", "F11"), (r"\[C-F11", "Ctrl-F11"), (r"\[F4", "F4")), frames[1:]):
        w.click(*place(word, 0))
        counts.check(f"window: a click on the name of {name}", w.shows(frame))


def try_help(w, build, counts):
    before = recorded(build, w.display.folder, [])[0]
    counts.check("window: before the keys", w.shows(before))
    for name, close in (("F1", lambda: w.keys("F1")), ("Esc", lambda: w.keys("Escape")),
                        ("a click", lambda: w.click(640, 400))):
        w.keys("F1")
        counts.check("window: the keys are shown", "" if w.differs(before) else "nothing is")
        close()
        counts.check(f"window: {name} closes them", w.shows(before))


def try_animation(w, build, counts):
    """F8 leads through the last transition; a key ends that, and so does its last step."""
    before = recorded(build, w.display.folder, ["tring", "tring"])[2]
    w.keys("F4", "F4")
    counts.check("window: before the animation", w.shows(before))
    w.keys("F8")
    first = w.differs(before) and w.picture()
    counts.check("window: F8", "" if first else "nothing moves")
    counts.check("window: it goes on", "" if first and w.differs(first) else "it stands still")
    w.keys("Home")
    counts.check("window: a key ends it", w.shows(before))
    w.keys("F8")
    w.differs(before)
    counts.check("window: it ends by itself", w.shows(before))


def try_completion(w, build, counts):
    frames = recorded(build, w.display.folder, ["g syscall_entry", "t"])
    w.keys("colon")
    w.type("g syscall_ent")
    w.keys("Tab", "Return", "Escape")
    counts.check("window: completion by Tab", w.shows(frames[1]))
    w.keys("colon", "t", "Return", "Up", "Escape", "Escape")
    counts.check("window: history by Up, cleared by Esc", w.shows(frames[2]))


def try_pasting(w, build, counts):
    """Several lines wait as one line of the prompt."""
    text = "t 3\r\n# a remark\n\nt\n"
    for name, selection, paste in (("Ctrl-V", "clipboard", lambda: w.keys("ctrl+v")),
                                   ("Shift-Insert", "clipboard", lambda: w.keys("shift+Insert")),
                                   ("the middle button", "primary", lambda: w.click(*place("STACK", 2), button=2))):
        start = w.n()
        w.clip(text, selection)
        paste()
        came = wait_for(lambda: "> t 3; t" in w.copied(), 10)
        time.sleep(0.5)
        stood, typed = w.n() == start, w.copied().rstrip().split("\n")[-1]
        w.keys("Return", "Escape")
        counts.check(f"window: {name}", ("" if stood and came else f"stood {stood}, {typed!r}") or
                     w.comes_to(start + 4))


def check_keys(display, build, counts):
    for part in (try_help, try_animation, try_completion, try_pasting):
        w = Window(display, build, KERNEL)
        wait_for(lambda: w.n() == 0)
        part(w, build, counts)
        counts.check("window: the end of it", w.end("ctrl+q"))


def check_console(display, build, counts):
    """A guest that answers what is typed into its console, in ring 3."""
    w = Window(display, build, ECHO)
    w.keys("colon", "g", "Return", "shift+Tab")
    counts.check("window: the guest waits", "" if wait_for(lambda: "running" in w.title()) else w.title())
    w.type("hello you")
    w.keys("Return")
    w.clip("pasted\nlines\n")
    w.keys("ctrl+v")
    time.sleep(1)
    w.keys("ctrl+d")
    counts.check("window: Ctrl-D ends it", "" if wait_for(lambda: "running" not in w.title()) else w.title())
    text = w.copied()
    counts.check("window: typing into the console", "" if re.search(r"HELLO YOU\n\W?PASTED\n\W?LINES\n", text)
                 else repr(text))
    counts.check("window: the end of it", w.end("ctrl+q"))


PARTS = (check_session, check_mouse, check_keys, check_console, check_looks, check_copy)
