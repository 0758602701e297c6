#!/usr/bin/env python3
"""The window and its pictures.

usage: tests/view/run.py [--update] [--pictures] [--window] [build folder]

Pictures: every row of pictures.txt must be NAME.png, pixel by pixel; --update writes them (tools/make-pictures), and
--pictures leaves the rest away. The rest: what the command line refuses; and the window itself on an X server without a
screen (Xvfb), with keys and a mouse (xdotool): after each, the screen must show what `view --record` draws of the same
commands. --window tries nothing but that, and leaves the window's speed away.
"""
import filecmp
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, problem):
        """`problem`: what is wrong, or nothing."""
        if problem:
            self.failed += 1
            print(f"FAILED {name}: {problem}")
        else:
            self.passed += 1

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped {name}: {why}")


def run(command, folder=None, **environment):
    """Exit code and what was said; without a display and with no settings but those given."""
    plain = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "HOME")}
    done = subprocess.run(command, cwd=folder, env={**plain, **environment}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


# ---- pictures ----

def picture_rows():
    with open(f"{HERE}/pictures.txt", encoding="utf-8") as f:
        for line in f:
            words = shlex.split(line, comments=True)
            if words:
                yield words[0], words[1], words[2:]


def compare_pictures(is_path, should_path):
    from pngfile import difference, read_png
    return difference(read_png(is_path), read_png(should_path))


def check_picture(build, counts, name, size, options, update):
    made, golden = f"{build}/view/{name}.png", f"{HERE}/{name}.png"
    command = [f"{build}/ringstep", "view", *options, "--size", size, "--shot", made]
    code, text = run(command, f"{build}/guests")
    if code or text:
        return counts.check(name, f"exit {code}: {text}")
    if update and (not os.path.exists(golden) or compare_pictures(made, golden)):
        shutil.copyfile(made, golden)
        print(f"wrote {os.path.relpath(golden, ROOT)}")
    if not os.path.exists(golden):
        return counts.check(name, f"no {golden}; tools/make-pictures")
    found = compare_pictures(made, golden)
    return counts.check(name, found and f"{made} is not {os.path.relpath(golden, ROOT)}: {found}")


def check_pictures(build, counts, update):
    rows = list(picture_rows())
    os.makedirs(f"{build}/view", exist_ok=True)
    for name, size, options in rows:
        check_picture(build, counts, name, size, options, update)
    known = {f"{name}.png" for name, _, _ in rows}
    strangers = [f for f in os.listdir(HERE) if f.endswith(".png") and f not in known]
    counts.check("no picture without a row", strangers)


def check_comparison(build, counts):
    """Two pictures of different moments must differ, or the comparison says nothing."""
    rows = [(n, s) for n, s, _ in picture_rows()]
    (first, size), other = rows[0], None
    other = next(n for n, s in rows[1:] if s == size)
    counts.check("the comparison sees a difference",
                 "" if compare_pictures(f"{build}/view/{first}.png", f"{build}/view/{other}.png") else "none seen")


# ---- the command line, and what surrounds the program ----

KERNEL = ["syscall64.elf", "--user", "syscall64-user.elf"]

REFUSED = [
    (["--shot", "x.png", "--record", "y"], "give one of them"),
    (["--every", "5"], "--every belongs to --record"),
    (["--every", "5", "--record", "new"], "--max-insns N or --max-cycles N says how far"),
    (["--every", "0", "--record", "new", "--max-insns", "9"], "--every: '0' is not a number above 0"),
    (["--zoom", "0"], "--zoom: '0' is not a number above 0"),
    (["--zoom", "7"], "--zoom: from 1 to 6"),
    (["--theme", "pink"], "'pink' is not dark, light or contrast"),
    (["--size", "100x100"], "800x480"),
    (["--shot", "/dev/full"], "/dev/full"),
    (["--shot", "nowhere/x.png"], "nowhere/x.png: cannot create"),
    (["--record", "nowhere/at/all"], "--record: nowhere/at/all: cannot create"),
    (["--record", "full"], "--record: full: the folder is not empty"),
    (["--record", "full/kept"], "--record: full/kept: cannot read the folder: a part of the path is not a directory"),
    (["--record", "new", "-x", "no-such-file"], "no-such-file"),
    (["--record", "new2", "--at", "1000000"], "--at 1000000: exit code 98 after 345 instructions"),
    (["--shot", "x.png", "-c", "t; nonsense; t"], "no command 'nonsense'"),
    (["--shot", "x.png", "-x", "no-such-file"], "no-such-file: cannot open"),
    (["--shot", "x.png", "--at", "1000000", "-c", "t"], "--at 1000000: exit code 98 after 345 instructions"),
    (["--shot", "x.png", "--at", "300", "--max-insns", "200"], "--at 300: --max-insns reached"),
    (["--shot", "x.png", "--at", "300", "--max-cycles", "200"], "--at 300: --max-cycles reached"),
    (["--shot", "x.png", "-c", ".logopen /dev/full; t"], "/dev/full: cannot write"),
]


def check_refused(build, counts):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/full")
        with open(f"{folder}/full/kept", "w", encoding="utf-8"):
            pass
        image = [f"{build}/guests/syscall64.elf"]
        for options, told in REFUSED:
            code, text = run([f"{build}/ringstep", "view", *image, *options], folder)
            counts.check(f"view {' '.join(options)}", "" if code == 125 and told in text else f"exit {code}: {text}")
        code, text = run([f"{build}/ringstep", "view", "nothing.elf", "--shot", "x.png"], folder)
        counts.check("view of no image", "" if code == 127 else f"exit {code}: {text}")
        left = [f for f in os.listdir(folder) if f.endswith((".png", "-partial"))]
        counts.check("nothing is left of a picture that failed", left)


def check_same_bytes(build, counts):
    """Also behind a run of which the timeline has but samples, of which the clock has no say."""
    long_run = ["bench.elf", "--at", "30000000", "--", "syscall", "90000000"]
    for about, guest in (("a short run", [*KERNEL, "--at", "900"]), ("a long run", long_run)):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a", "b", "c"):
                run([f"{build}/ringstep", "view", "--shot", f"{folder}/{name}.png", *guest], f"{build}/guests")
            same = all(filecmp.cmp(f"{folder}/a.png", f"{folder}/{name}.png", False) for name in "bc")
            counts.check(f"the same picture of {about}", "" if same else "different bytes")


def check_record(build, counts):
    """A frame at the start, one behind each command, and with --every more to the limit."""
    with tempfile.TemporaryDirectory() as folder:
        def frames(*options, code=0, told=""):
            target = f"{folder}/{len(os.listdir(folder))}"
            ended, text = run([f"{build}/ringstep", "view", *KERNEL, "--record", target, *options], f"{build}/guests")
            good = ended == code and (told in text if told else not text)
            counts.check(f"--record {' '.join(options)}: exit code", "" if good else f"exit {ended}: {text}")
            return target, sorted(os.listdir(target))
        target, names = frames("-c", 'g syscall_entry; bp syscall_entry "r; k"; t')
        wanted = [f"{i:06}.png" for i in range(4)]
        counts.check("--record: a frame for each command", "" if names == wanted else names)
        same = [n for n, m in zip(wanted, wanted[1:]) if not compare_pictures(f"{target}/{n}", f"{target}/{m}")]
        counts.check("--record: the frames differ", same)
        _, names = frames("--every", "100", "--max-insns", "450")
        counts.check("--record --every 100 to 450", "" if len(names) == 6 else names)
        _, names = frames("--every", "100", "--max-cycles", "450")
        counts.check("--record --every 100 to cycle 450", "" if len(names) > 3 else names)
        _, names = frames("-c", "t; nonsense; t", code=125, told="no command 'nonsense'")
        counts.check("--record: frames before a wrong command are kept", "" if names == wanted[:2] else names)
        _, names = frames("-c", "t; q; t; t", "--every", "100", "--max-insns", "450")
        counts.check("--record: nothing is behind q", "" if names == wanted[:3] else names)


def check_ended(build, counts):
    """How the guest ends is what a picture shows, and no failure of it."""
    with tempfile.TemporaryDirectory() as folder:
        triple = f"{build}/guests/triple.elf"
        code, text = run([f"{build}/ringstep", "view", triple, "-c", "g", "--shot", f"{folder}/x.png"])
        counts.check("--shot of a triple fault", "" if code == 0 and not text else f"exit {code}: {text}")
        code, text = run([f"{build}/ringstep", "view", triple, "-c", "g", "--record", f"{folder}/frames"])
        counts.check("--record of a triple fault", "" if code == 0 and not text else f"exit {code}: {text}")


def check_surroundings(build, counts):
    code, text = run([f"{build}/ringstep", "view", f"{build}/guests/syscall64.elf"])
    counts.check("no display", "" if code == 125 and "no display" in text and "`ringstep step IMAGE`" in text and
                 "--tui" in text else f"exit {code}: {text}")
    _, text = run(["ldd", f"{build}/ringstep"])
    counts.check("ringstep itself links no window", [n for n in ("SDL", "png", "X11") if n in text])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(f"{build}/ringstep", folder)
        code, text = run([f"{folder}/ringstep", "view", f"{build}/guests/syscall64.elf"])
        counts.check("without ringstep-view", "" if code == 125 and "-Dview=enabled" in text and "libsdl2-dev" in text and
                     "`ringstep step` (with --tui" in text
                     else f"exit {code}: {text}")


def check_window(build, counts, speed=True):
    import desktop
    import window
    import window_ends
    import window_speed
    desktop.check([*window.PARTS, *window_ends.PARTS, *(window_speed.PARTS if speed else [])], build, counts)


def main(arguments):
    flags = [a for a in arguments if a.startswith("--")]
    folders = [a for a in arguments if not a.startswith("--")]
    build = os.path.abspath(folders[0] if folders else f"{ROOT}/build")
    counts = Counts()
    if not os.path.exists(f"{build}/ringstep-view"):
        counts.skip("view", "ringstep-view is not built (libsdl2-dev, libpng-dev, console-setup-linux)")
    elif "--window" in flags:
        check_window(build, counts, False)
    else:
        check_pictures(build, counts, "--update" in flags)
        check_comparison(build, counts)
        if "--pictures" not in flags and "--update" not in flags:
            for part in (check_refused, check_same_bytes, check_record, check_ended, check_surroundings, check_window):
                part(build, counts)
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    print(f"{counts.passed} passed, {counts.failed} failed{skipped}")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
