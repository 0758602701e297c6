"""How quick the window is: what a frame costs, and how many come while the guest runs at full speed."""
import mmap
import os
import subprocess
import time

from desktop import Window, wait_for

LIMIT = 16      # ms for a frame at 1280x800
WANTED = 50     # frames a second, of the 60 that there are at most
TRIES = 5
BUSY = 1.5      # processes that want each processor


def is_busy():
    return os.getloadavg()[0] / (os.cpu_count() or 1) > BUSY


def check_frames(display, build, counts):
    environment = {**os.environ, "DISPLAY": display.name, "SDL_VIDEODRIVER": "x11"}
    for size, limit in (("1280x800", LIMIT), ("1600x1000", 4 * LIMIT)):
        for attempt in range(TRIES):
            done = subprocess.run([f"{build}/tests/view-frames", f"{build}/guests", size, str(limit)], text=True,
                                  env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200,
                                  check=False)
            if done.returncode == 0:
                break
        print(done.stdout.strip())
        if done.returncode == 1 and is_busy():
            counts.skip(f"frames at {size}", f"other programs have the host ({os.getloadavg()[0]:.1f})")
        else:
            counts.check(f"frames at {size}", "" if done.returncode == 0 else f"exit {done.returncode}: {done.stdout}")


def frames_seen(screen, at, size, seconds):
    """Changes a second of a row of pixels through the digits of n, which no two frames have in common."""
    row = slice(at, at + size)
    changes, before, end = 0, screen[row], time.monotonic() + seconds
    while time.monotonic() < end:
        now = screen[row]
        changes += now != before
        before = now
        time.sleep(0.001)
    return changes / seconds


def check_rate(display, build, counts):
    """`bench.elf` at full speed: the title bar counts its instructions."""
    w = Window(display, build, ["bench.elf", "--", "program", "1000000000"])
    w.keys("F5")
    wait_for(lambda: "running" in w.title())
    place, path = w.place(), f"{display.folder}/Xvfb_screen0"
    with open(path, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as screen:
        stride = 4 * 1600
        at = os.path.getsize(path) - 1000 * stride + (place["Y"] + 7) * stride + 4 * place["X"]
        best = 0
        for _ in range(TRIES):
            best = max(best, frames_seen(screen, at, 4 * place["WIDTH"], 2))
            if best >= WANTED:
                break
    print(f"frames while the guest runs: {best:.1f} a second")
    if best < WANTED and is_busy():
        counts.skip("frames while the guest runs", f"other programs have the host ({os.getloadavg()[0]:.1f})")
    else:
        counts.check("frames while the guest runs", "" if best >= WANTED else f"{best:.1f} a second")
    counts.check("window: the end of a quick run", w.end("ctrl+q"))


PARTS = (check_frames, check_rate)
