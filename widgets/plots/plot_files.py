"""A plot as a picture, its points as a table: to the clipboard and to files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from widgets.plots import export
from widgets.plots.plot_curve import PlotCurve

T = TypeVar("T")
Background = Callable[[Callable[[], object], Callable[[object], None]], None]
"""Does work elsewhere, then hands its result to a function on the GUI thread."""


class PlotFiles:
    """``told`` gets what was saved or copied, in words."""

    def __init__(
        self, plot: QWidget, title: str, draw: export.Draw, curves: Callable[[], Sequence[PlotCurve]],
        background: Background, told: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._plot, self.title, self._draw, self._curves = plot, title, draw, curves
        self._background, self._told = background, told

    @property
    def _size(self) -> QSize:
        return self._plot.size()

    def ask(self, kind: str) -> None:
        """Ask where to save it as ``png``, ``svg`` or ``csv``, and do."""
        save = {"png": self.save_png, "svg": self.save_svg, "csv": self.save_csv}[kind]
        dialog = QFileDialog(self._plot, f"Save {self.title} as {kind.upper()}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        dialog.selectFile(f"{file_name(self.title)}.{kind}")
        dialog.fileSelected.connect(lambda path: save(Path(path)))
        dialog.open()

    def copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(export.picture(self._size, self._draw))
        self._told(f"Copied the picture of {self.title}")

    def save_png(self, path: Path) -> None:
        self._save(lambda: export.write_png(path, self._size, self._draw), path)

    def save_svg(self, path: Path) -> None:
        self._save(lambda: export.write_svg(path, self._size, self._draw, self.title), path)

    def save_csv(self, path: Path) -> None:
        """Every point of every curve, wherever the view is; written in the background."""
        points = export.tables(self._curves())
        self._background(
            lambda: _outcome(lambda: export.write_csv(path, points)),
            lambda result: self._told(
                f"Saved {result:,} points to {path}" if isinstance(result, int) else str(result)
            ),
        )

    def _save(self, write: Callable[[], None], path: Path) -> None:
        problem = _outcome(write)
        self._told(f"{problem}" if problem else f"Saved {path}")


def _outcome(work: Callable[[], T]) -> T | str:
    """What the work returns, or in words why it failed."""
    try:
        return work()
    except OSError as error:
        return f"It could not be saved: {error}"


def file_name(title: str) -> str:
    """A name for a file that stays in its folder, whatever the trainer calls its metric."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")[:80] or "plot"
