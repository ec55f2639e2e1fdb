"""Make the pictures of the README from the program as it is.

    .venv/bin/python packaging/make_pictures.py [--home DIR]

Trains a few real runs in a home (by default a new one that is thrown away; one that is named is
kept and used again), then pictures the window with them, without a display.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

CHECKOUT = Path(__file__).resolve().parents[1]
PICTURES = CHECKOUT / "docs" / "pictures"
RUNS = (
    ("cnn", "pytorch", "fashion-mnist", "epochs=2"),
    ("cnn", "tensorflow", "fashion-mnist", "epochs=2"),
    ("mlp", "pytorch", "fashion-mnist", "epochs=3"),
    ("mlp", "tensorflow", "digits", "epochs=15"),
)
View = Literal["new", "live", "compare", "outputs", "explain", "duel", "models"]
COMPARED = (1, 2, 3)
DUEL = (
    "cnn",
    "fashion-mnist",
    "epochs=1",
    "pytorch:eager,pytorch:graph,tensorflow:eager,tensorflow:graph",
)
FIRST_OF_DUEL = len(RUNS) + 1
EXPORTS = (
    ("1", ("pt2", "torchscript", "onnx")),
    ("2", ("keras", "saved-model", "onnx", "litert", "litert-int8")),
)
VIEWS: tuple[View, ...] = ("new", "live", "compare", "outputs", "explain", "duel", "models")
CHOSEN: Mapping[View, tuple[int, ...]] = {
    "new": COMPARED[:1],
    "live": COMPARED[:1],
    "duel": (FIRST_OF_DUEL,),
    "models": COMPARED[:2],
}
"""Where it is not `COMPARED`."""
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def twinbench(home: Path, *words: str) -> None:
    command = [sys.executable, str(CHECKOUT / "main.py"), "--home", str(home), *words]
    subprocess.run(command, check=True)


def train(home: Path) -> None:
    for template, framework, dataset, setting in RUNS:
        what = ["--template", template, "--framework", framework, "--dataset", dataset]
        twinbench(home, "run", *what, "--experiment", "first steps", "--set", setting, "--wait")
    template, dataset, setting, contestants = DUEL
    what = ["--template", template, "--dataset", dataset, "--set", setting, "--seeds", "3"]
    twinbench(home, "duel", *what, "--contestants", contestants)
    for run, formats in EXPORTS:
        twinbench(home, "export", run, "--to", *formats)


def draw(home: Path) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(CHECKOUT))
    from workbench.app import picture

    PICTURES.mkdir(parents=True, exist_ok=True)
    for view in VIEWS:
        for look in LOOKS:
            path = PICTURES / f"{view}-{look}.png"
            picture(home, path, CHOSEN.get(view, COMPARED), view=view, look=look, size=(1440, 900))
            print(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the README.")
    parser.add_argument("--home", type=Path, help="a home to keep and use again")
    home: Path | None = parser.parse_args().home
    with tempfile.TemporaryDirectory(prefix="twinbench-pictures-") as scratch:
        chosen = home or Path(scratch)
        if not (chosen / "history.db").exists():
            train(chosen)
        draw(chosen)


if __name__ == "__main__":
    main()
