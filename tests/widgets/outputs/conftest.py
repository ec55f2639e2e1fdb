"""Two runs on the digits, of two frameworks, with files as a trainer keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from runners.datasets import prepare_dataset
from runners.protocol import Artifact, ArtifactKind, Framework
from storage.home import Home
from storage.records import RunRecord
from storage.store import Arrival, Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.outputs.outputs_view import OutputsView
from workbench.session import Session

Keep = Callable[..., None]
CLASSES = ["0", "1"]


@pytest.fixture
def keep(store: Store, home_path: Path) -> Keep:
    """Writes a file into a run's folder and lets the history know of it, as scheduler and trainer do."""

    def write(
        run: RunRecord, name: str, kind: ArtifactKind, content: Any, step: int | None = None
    ) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path = Home(home_path).run_folder(run.id).artifacts / f"{name}.file"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        relative = path.relative_to(Home(home_path).run_folder(run.id).path).as_posix()
        store.take([Arrival(run.id, artifacts=(Artifact(name, kind, relative, step),))])

    return write


@pytest.fixture
def runs(
    make_run: MakeRun, keep: Keep, home_path: Path, session: Session, qtbot: QtBot
) -> list[RunRecord]:
    """The first mistakes sample 1 for a 0, the second is right about it and mistakes sample 0."""
    dataset = prepare_dataset("digits", Home(home_path).datasets)
    made = [
        make_run("torch", dataset_hash=dataset.sha256),
        make_run("flow", dataset_hash=dataset.sha256, framework=Framework.TENSORFLOW),
    ]
    for place, run in enumerate(made):
        keep(run, "confusion matrix", ArtifactKind.CONFUSION_MATRIX, matrix(place))
        keep(run, "predictions", ArtifactKind.PREDICTIONS, predictions(place))
        for step in (10, 20 + 10 * place):
            keep(run, f"images/mistakes/{step}", ArtifactKind.IMAGE, picture(step), step)
            keep(run, f"histograms/weights/{step}", ArtifactKind.HISTOGRAM, weights(step), step)
    qtbot.waitUntil(lambda: all(run.id in session.runs for run in made))
    return made


def matrix(place: int) -> dict[str, Any]:
    counts = [[9, 1], [0, 10]] if place else [[10, 0], [2, 8]]
    figures = {"precision": 0.9, "recall": 0.9 - 0.1 * place, "f1": 0.5, "support": 10}
    return {
        "classes": CLASSES,
        "matrix": counts,
        "per_class": {"0": figures, "1": {**figures, "recall": 0.6 + 0.2 * place}},
    }


def predictions(place: int) -> dict[str, Any]:
    zero = answer(0, "0", "1" if place else "0", 0.25 if place else 0.75)
    one = answer(1, "1", "1" if place else "0", 0.9 if place else 0.1)
    return {"samples": [zero, one], "mistakes": [zero if place else one]}


def answer(index: int, truth: str, given: str, chance: float) -> dict[str, Any]:
    sure = chance if truth == given else 1 - chance
    return {"index": index, "truth": truth, "predicted": given, "probability": sure, "truth_probability": chance}  # fmt: skip


def picture(step: int) -> bytes:
    """A square of as many pixels as the step."""
    from PySide6.QtCore import QBuffer

    image = QImage(step, step, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    buffer = QBuffer()
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def weights(step: int) -> dict[str, Any]:
    edges = np.linspace(-step, step, 5).tolist()
    return {
        name: {"edges": edges, "counts": [1, 2, 2, 1]} for name in ("dense/kernel", "dense/bias")
    }


@pytest.fixture
def view(qtbot: QtBot, session: Session, choices: Choices) -> OutputsView:
    made = OutputsView(session, choices)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    return made
