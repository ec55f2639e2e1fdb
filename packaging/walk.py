"""Walk through the views of the real window by mouse and keyboard, and keep a picture of each.

    .venv/bin/python packaging/walk.py --home HOME --pictures FOLDER [--size 1280x800]

It starts an X server without a screen, a window manager and the program, and needs Xvfb, openbox, xdotool and scrot.
The home should have some finished runs. Nothing is checked but that the program goes on: the pictures are to be looked at.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
TOOLS = ("Xvfb", "openbox", "xdotool", "scrot")
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("opened", ()),
    ("filter-completed", ("key ctrl+f", "type fram")),
    ("filter-wrong", ("key Escape", "key ctrl+f", "type framework = pytorhc and lr < 1")),
    ("filtered", ("key ctrl+a", "type state = finished ", "key Return", "wait 1")),
    ("selected", ("key ctrl+a",)),
    ("compared", ("key ctrl+3", "wait 2")),
    ("pointed-at", ("move 0.45 0.32",)),
    ("zoomed", ("drag 0.40 0.30 0.48 0.34", "wait 1")),
    ("outputs", ("key ctrl+4", "wait 2")),
    ("explained", ("key ctrl+5", "wait 2")),
    ("live", ("key ctrl+2", "wait 1")),
    ("starred-and-undone", ("key ctrl+f", "key Return", "key s", "wait 1", "key ctrl+z")),
    ("experiments", ("key ctrl+shift+m", "wait 1")),
    ("palette", ("key Escape", "key ctrl+shift+p", "type comp")),
    ("new-run", ("key Escape", "key ctrl+n", "wait 1")),
    ("duels", ("key ctrl+7", "wait 4")),
    ("duel", ("double 0.5 235", "wait 3")),
    ("new-duel", ("key ctrl+shift+n", "wait 1")),
    ("models", ("key ctrl+8", "wait 3")),
    ("export", ("key ctrl+shift+e", "wait 6")),
    ("tried", ("key Escape", "key ctrl+shift+t", "wait 20")),
)
"""A name a picture, and what is done before it: a key, text, seconds, or a place, a drag or a double click in parts of the screen; what is
above 1 are pixels."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Walk through the views and picture them.")
    parser.add_argument("--home", type=Path, required=True, help="a home with finished runs")
    parser.add_argument("--pictures", type=Path, required=True, help="where the pictures go")
    parser.add_argument("--size", default="1280x800", help="of the screen")
    parser.add_argument("--display", type=int, default=87, help="the number of the X server")
    asked = parser.parse_args()
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        parser.error(f"not installed: {', '.join(missing)}")
    asked.pictures.mkdir(parents=True, exist_ok=True)
    width, height = map(int, asked.size.split("x"))
    with tempfile.TemporaryDirectory() as choices, _window(asked, choices) as (program, env):
        for number, (name, acts) in enumerate(STEPS, 1):
            for act in acts:
                _do(act, env, (width, height))
            time.sleep(1)
            path = asked.pictures / f"{number:02}-{name}.png"
            subprocess.run(["scrot", "--overwrite", str(path)], env=env, check=True)
            print(path)
            if program.poll() is not None:
                sys.exit(f"the program ended with {program.returncode} at: {name}")


@contextmanager
def _window(
    asked: argparse.Namespace, choices: str
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """The running program and the environment that reaches its X server. ``choices`` is for what it remembers."""
    env = {**os.environ, "DISPLAY": f":{asked.display}", "QT_QPA_PLATFORM": "xcb"}
    env |= {"XDG_CONFIG_HOME": choices}
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, env=env))
        return started[-1]

    try:
        start("Xvfb", f":{asked.display}", "-screen", "0", f"{asked.size}x24")
        time.sleep(1)
        start("openbox")
        program = start(sys.executable, str(CHECKOUT / "main.py"), "--home", str(asked.home))
        found = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Twinbench"]
        window = subprocess.run(found, env=env, check=True, capture_output=True, timeout=120)
        number = window.stdout.split()[-1].decode()
        width, height = asked.size.split("x")
        _xdotool(["windowmove", number, "0", "0"], env)
        _xdotool(["windowsize", number, width, height], env)
        _xdotool(["windowfocus", "--sync", number], env)
        time.sleep(4)
        yield program, env
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def _do(act: str, env: dict[str, str], size: tuple[int, int]) -> None:
    what, _, rest = act.partition(" ")
    if what == "wait":
        time.sleep(float(rest))
    elif what == "key":
        _xdotool(["key", "--clearmodifiers", rest], env)
    elif what == "type":
        _xdotool(["type", "--delay", "40", rest], env)
    else:
        places = [_pixels(float(part), size[at % 2]) for at, part in enumerate(rest.split())]
        _xdotool(["mousemove", *places[:2]], env)
        if what == "drag":
            _xdotool(["mousedown", "1", "mousemove", *places[2:], "mouseup", "1"], env)
        elif what == "double":
            _xdotool(["click", "--repeat", "2", "--delay", "80", "1"], env)
    time.sleep(0.4)


def _pixels(place: float, side: int) -> str:
    return str(int(place * side if place <= 1 else place))


def _xdotool(arguments: Sequence[str], env: dict[str, str]) -> None:
    subprocess.run(["xdotool", *arguments], env=env, check=True)


if __name__ == "__main__":
    main()
