"""How the window ends, and what surrounds it: settings, fonts, displays."""
import ctypes
import os
import re
import shutil
import signal
import tempfile
import time

from desktop import BITMAP, Display, Window, recorded, wait_for
from pngfile import difference
from run import KERNEL

def xlib():
    x11 = ctypes.CDLL("libX11.so.6")
    number, pointer = ctypes.c_ulong, ctypes.c_void_p
    for name, result, arguments in (
            ("XOpenDisplay", pointer, [ctypes.c_char_p]), ("XCloseDisplay", ctypes.c_int, [pointer]),
            ("XInternAtom", number, [pointer, ctypes.c_char_p, ctypes.c_int]),
            ("XSendEvent", ctypes.c_int, [pointer, number, ctypes.c_int, ctypes.c_long, pointer]),
            ("XDefaultRootWindow", number, [pointer]), ("XDestroyWindow", ctypes.c_int, [pointer, number]),
            ("XCreateSimpleWindow", number, [pointer, number] + [ctypes.c_int] * 5 + [number] * 2),
            ("XConvertSelection", ctypes.c_int, [pointer] + [number] * 5)):
        function = getattr(x11, name)
        function.restype, function.argtypes = result, arguments
    return x11


def ask_to_close(display, window):
    """What a window manager sends when somebody closes a window (ICCCM 4.2.8, WM_DELETE_WINDOW)."""
    x11 = xlib()
    connection = x11.XOpenDisplay(display.name.encode())
    protocols = x11.XInternAtom(connection, b"WM_PROTOCOLS", 0)
    delete = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
    # XClientMessageEvent, padded to an XEvent's 24 longs.
    event = (ctypes.c_ulong * 24)(33, 0, 1, connection, window, protocols, 32, delete, 0)
    x11.XSendEvent(connection, window, 0, 0, event)
    x11.XCloseDisplay(connection)


def spinning(display):
    """A guest that runs for ever."""
    loop = f"{display.folder}/loop.bin"
    with open(loop, "wb") as f:
        f.write(b"\xeb\xfe")  # jmp to itself
    return [loop, "--load", "100000", "--mode", "32"]


def check_close_in_a_run(display, build, counts):
    """The window is closed while the guest runs for ever; the title tells that it does."""
    loop = spinning(display)
    for name, close in (("closed", lambda: ask_to_close(display, int(w.id))), ("Ctrl-Q", lambda: w.keys("ctrl+q"))):
        w = Window(display, build, loop)
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
        before = w.picture()
        w.keys("F3", "F3", "F3", "ctrl+plus", "ctrl+minus")
        counts.check("smooth letters: after other themes and sizes as before", w.shows(before))
    w.end("ctrl+q")
    counts.check("no settings yet: none are written", "" if "No such file" in w.settings() else w.settings())


def check_no_folder(display, build, counts):
    """Settings that cannot be written are told, and no error."""
    w = Window(display, build, KERNEL)
    shutil.rmtree(w.home)
    with open(w.home, "w", encoding="utf-8"):
        pass
    w.keys("F3")
    time.sleep(0.2)
    code = w.end("ctrl+q")
    counts.check("settings that cannot be written", "" if code == 0 and "the settings are not kept" in w.messages()
                 else f"exit {code}: {w.messages()}")


WORDS = "# mine\n\n  theme\tdark # not at night\nfont bitmap\ncolour red\n\ntheme light#\n"


def leave_with_another_theme(display, build, home):
    """What is told, and the exit code if it is none of success."""
    w = Window(display, build, KERNEL, None, {"XDG_CONFIG_HOME": home})
    w.keys("F3")
    time.sleep(0.3)
    code = w.end("ctrl+q")
    return w.messages() + (f"exit {code}" if code else "")


def check_kept_settings(display, build, counts):
    """New folders are made, the file's own words stay, and a link stays a link, even to what is not there yet."""
    home, other = f"{display.folder}/a/b/c", f"{display.folder}/other"
    path = f"{home}/ringstep/view.conf"
    counts.check("settings: folders", leave_with_another_theme(display, build, home))
    with open(path, encoding="utf-8") as f:
        text = f.read()
    counts.check("settings: all of them", "" if re.sub("#.*\n", "", text) ==
                 "theme light\nfont smooth\nsize 1280x800\nzoom 0\nvectors off\nx87 off\n" else text)
    os.unlink(path)
    os.mkdir(other)
    os.symlink("../../../../other/there", path)
    os.symlink(f"{other}/deeper/view.conf", f"{other}/there")
    counts.check("settings: a link to nothing", leave_with_another_theme(display, build, home))
    with open(f"{other}/deeper/view.conf", "w", encoding="utf-8") as f:
        f.write(WORDS)
    told = leave_with_another_theme(display, build, home)
    counts.check("settings: a link", "" if re.fullmatch(r"ringstep: \S+view.conf:5: expected .*\n", told) else told)
    with open(f"{other}/deeper/view.conf", encoding="utf-8") as f:
        text = f.read()
    wanted = WORDS.replace("dark ", "contrast ").replace("light#", "contrast #")
    counts.check("settings: the user's words", "" if text == wanted else text)
    counts.check("settings: links stay", "" if os.path.islink(path) and os.path.islink(f"{other}/there")
                 else "replaced")
    os.unlink(f"{other}/there")
    os.symlink("there", f"{other}/there")
    told = leave_with_another_theme(display, build, home)
    counts.check("settings: a link to itself", "" if "the settings are not kept" in told and "exit" not in told
                 else told)


def check_small_window(display, build, counts):
    """No window manager keeps it from being smaller than it says; it is not written what cannot be read."""
    w = Window(display, build, KERNEL)
    w.tool("windowsize", "--sync", w.id, "500", "300")
    wait_for(lambda: w.place()["WIDTH"] == 500)
    w.keys("F3")
    time.sleep(0.3)
    counts.check("a small window", w.end("ctrl+q") or w.messages())
    counts.check("a small window's settings", "" if w.settings() == BITMAP + "theme light\n" else w.settings())


def check_folders(display, build, counts):
    """Where settings are: XDG_CONFIG_HOME when it is absolute, else HOME's .config, else nowhere (XDG Base Directory)."""
    frames = {name: recorded(build, display.folder, [], "--theme", name)[0] for name in ("dark", "light")}
    home = f"{display.folder}/home"
    os.makedirs(f"{home}/.config/ringstep")
    with open(f"{home}/.config/ringstep/view.conf", "w", encoding="utf-8") as f:
        f.write("font bitmap\ntheme light\n")
    for name, changes, wanted in (
            ("absent", {"HOME": home}, "light"), ("empty", {"HOME": home, "XDG_CONFIG_HOME": ""}, "light"),
            ("relative", {"HOME": home, "XDG_CONFIG_HOME": "home"}, "light"),
            ("absent, HOME too", {}, None), ("absent, HOME relative", {"HOME": "home"}, None)):
        w = Window(display, build, KERNEL, None, changes)
        if wanted:
            counts.check(f"XDG_CONFIG_HOME {name}", w.shows(frames[wanted]))
            w.keys("F3", "F3")  # contrast, dark
            wait_for(lambda: difference(w.picture(), frames["light"]))
        else:
            w.keys("F3")
        code = w.end("ctrl+q")
        told = ("" if wanted else
                "ringstep: the settings are not kept: neither XDG_CONFIG_HOME nor HOME names a folder\n")
        counts.check(f"XDG_CONFIG_HOME {name}: it ends", "" if code == 0 and w.messages() == told else w.messages())
        if wanted:
            with open(f"{home}/.config/ringstep/view.conf", encoding="utf-8") as f:
                counts.check(f"XDG_CONFIG_HOME {name}: kept there", "" if "theme dark" in f.read() else "not kept")
            with open(f"{home}/.config/ringstep/view.conf", "w", encoding="utf-8") as f:
                f.write("font bitmap\ntheme light\n")


def ask_and_leave(display):
    """Asks for the clipboard by a window that is gone before anybody can answer (ICCCM 2.4)."""
    x11 = xlib()
    connection = x11.XOpenDisplay(display.name.encode())
    window = x11.XCreateSimpleWindow(connection, x11.XDefaultRootWindow(connection), 0, 0, 1, 1, 0, 0, 0)
    words = [x11.XInternAtom(connection, name, 0) for name in (b"CLIPBOARD", b"UTF8_STRING", b"RINGSTEP")]
    x11.XConvertSelection(connection, *words, window, 0)
    x11.XDestroyWindow(connection, window)
    x11.XCloseDisplay(connection)


def check_rude_neighbour(display, build, counts):
    """Errors of X11 that are nobody's fault end nothing."""
    w = Window(display, build, KERNEL)
    counts.check("a copy", "" if "start64" in w.copied() else "nothing is copied")
    for _ in range(20):
        ask_and_leave(display)
    w.keys("F11")
    counts.check("a clipboard asked for by nobody", w.comes_to(1) or w.messages())
    counts.check("window: the end of it", w.end("ctrl+q"))


def check_server_gone(display, build, counts):
    """The X server is killed while the guest runs, and the window by xkill's request while it stands."""
    loop = spinning(display)
    other = Display(tempfile.mkdtemp(dir=display.folder))
    w = Window(other, build, loop)
    w.keys("F5")
    wait_for(lambda: "running" in w.title())
    other.server.kill()
    other.server.wait()
    code = w.end()
    counts.check("the X server dies", "" if code == 125 and "the display is gone" in w.messages()
                 else f"exit {code}: {w.messages()}")
    w = Window(display, build, KERNEL)
    w.tool("windowkill", w.id)
    code = w.end()
    counts.check("the window is killed", "" if code == 125 and "the display is gone" in w.messages()
                 else f"exit {code}: {w.messages()}")


def check_events(display, build, counts):
    """The engine's events: when the queue has no room for some, later ones come; none comes when SDL has gone."""
    shim = {"LD_PRELOAD": f"{build}/tests/sdl-events.so", "ASAN_OPTIONS": "verify_asan_link_order=0"}
    w = Window(display, build, spinning(display), None, {**shim, "SDL_EVENTS": "full"})
    w.keys("F5")
    wait_for(lambda: "running" in w.title(), 5)
    title = w.title()
    counts.check("copies are announced behind a full queue", "" if wait_for(lambda: w.title() != title, 5) else title)
    w.end("ctrl+q")
    w = Window(display, build, spinning(display), None, {**shim, "SDL_EVENTS": "late"})
    w.keys("F5")
    running = wait_for(lambda: "running" in w.title())
    code = w.end("ctrl+q")
    counts.check("no event comes behind SDL_Quit", "" if running and code == 0 else f"exit {code}: {w.messages()}")


def check_interrupted(display, build, counts):
    """Ctrl-C in the terminal that started it is the same as closing the window."""
    w = Window(display, build, KERNEL)
    w.program.send_signal(signal.SIGTERM)
    counts.check("SIGTERM closes the window", "" if w.end() == 0 else w.messages())


PARTS = (check_close_in_a_run, check_server_gone, check_rude_neighbour, check_broken_settings, check_fonts,
         check_no_folder, check_folders, check_kept_settings, check_small_window, check_events, check_interrupted)
