"""What is dragged inside the window: runs, metrics, or a plot."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

_TYPE = "application/x-twinbench-dragged"


@dataclass(frozen=True, slots=True)
class Dragged:
    """``plot`` names the plot that is moved itself."""

    runs: tuple[int, ...] = ()
    metrics: tuple[str, ...] = ()
    plot: str = ""


def to_mime(what: Dragged, text: str = "") -> QMimeData:
    """``text`` is what other programs get."""
    data = QMimeData()
    data.setData(_TYPE, json.dumps(asdict(what)).encode())
    data.setText(text or "\n".join((*map(str, what.runs), *what.metrics)))
    return data


def from_mime(data: QMimeData) -> Dragged | None:
    """None where it came from elsewhere."""
    if not data.hasFormat(_TYPE):
        return None
    try:
        raw = json.loads(bytes(data.data(_TYPE).data()))
        runs, metrics = tuple(map(int, raw["runs"])), tuple(map(str, raw["metrics"]))
        return Dragged(runs, metrics, str(raw["plot"]))
    except (ValueError, TypeError, KeyError):
        return None


def drag(source: QWidget, what: Dragged) -> None:
    """Let it hang on the pointer until it is dropped."""
    held = QDrag(source)
    held.setMimeData(to_mime(what))
    held.exec(Qt.DropAction.CopyAction)


def far_enough(start: QPoint, now: QPoint) -> bool:
    """Whether the pointer, with its button down, went so far that something is dragged."""
    return (now - start).manhattanLength() >= QApplication.startDragDistance()


def dropped_paths(data: QMimeData) -> list[Path]:
    """Files and folders that come from another program."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
