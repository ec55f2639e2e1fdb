"""A plot as a picture, its points as a table: to the clipboard and to files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressDialog, QWidget

from widgets.parts import while_alive
from widgets.plots import export
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.points_file import ReadPoints, Wanted, Writing
from widgets.saving import ask_where
from workbench.session import Session

Background = Callable[
    [Callable[[ReadPoints], None], Callable[[None], None], Callable[[Exception], None]], None
]
"""Does work elsewhere with what reads the history; then calls the second on the GUI thread or, with what was raised, the third."""
_SHORT_MS = 500
"""What takes no longer shows no progress."""
_LOOK_MS = 100


def in_background(session: Session) -> Background:
    return lambda work, then, failed: session.call(
        lambda workbench: work(workbench.store.series), then, failed
    )


class PlotFiles:
    """``told`` gets what was saved or copied, in words."""

    def __init__(
        self, plot: QWidget, title: str, draw: export.Draw, curves: Callable[[], Sequence[PlotCurve]],
        background: Background | None, told: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._plot, self.title, self._draw, self._curves = plot, title, draw, curves
        self._background, self._told = background, told

    @property
    def _size(self) -> QSize:
        return self._plot.size()

    def ask(self, kind: str) -> None:
        """Ask where to save it as ``png``, ``svg`` or ``csv``, and do."""
        save = {"png": self.save_png, "svg": self.save_svg, "csv": self.save_csv}[kind]
        name = Path(f"{file_name(self.title)}.{kind}")
        kinds = f"{kind.upper()} (*.{kind})"
        ask_where(self._plot, f"Save {self.title} as {kind.upper()}", name, kinds, save)

    def copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(export.picture(self._size, self._draw))
        self._told(f"Copied the picture of {self.title}")

    def save_png(self, path: Path) -> None:
        self._save(lambda: export.write_png(path, self._size, self._draw), path)

    def save_svg(self, path: Path) -> None:
        self._save(lambda: export.write_svg(path, self._size, self._draw, self.title), path)

    @property
    def can_read(self) -> bool:
        """Whether there is a history to read every point from."""
        return self._background is not None

    def save_csv(self, path: Path) -> None:
        """Every point of every curve as the history has it, wherever the view is; in the background."""
        assert self._background is not None
        curves = [
            Wanted(each.run.id, each.run.name, each.metric, each.known) for each in self._curves()
        ]
        writing = Writing(path, curves)
        end = self._show_progress(writing)

        def saved(_: None) -> None:
            end()
            if writing.cancelled:
                self._told(f"Saved nothing: {path} is as it was")
            else:
                self._told(f"Saved {writing.written:,} points to {path}")

        def failed(error: Exception) -> None:
            end()
            self._told(f"It could not be saved: {error}")

        plot = self._plot
        self._background(writing.write, while_alive(plot, saved), while_alive(plot, failed))

    def _show_progress(self, writing: Writing) -> Callable[[], None]:
        """With a button to cancel, if it takes long; returns what ends it."""
        most = max(1, writing.known)
        dialog = QProgressDialog("Saving every point …", "Cancel", 0, most, self._plot)
        dialog.setWindowTitle("Save as CSV")
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumDuration(_SHORT_MS)
        dialog.canceled.connect(writing.cancel)
        dialog.destroyed.connect(writing.cancel)
        look = QTimer(dialog, interval=_LOOK_MS)
        look.timeout.connect(lambda: dialog.setValue(min(writing.written, most)))
        look.start()
        return dialog.deleteLater

    def _save(self, write: Callable[[], None], path: Path) -> None:
        try:
            write()
        except OSError as error:
            self._told(f"It could not be saved: {error}")
        else:
            self._told(f"Saved {path}")


def file_name(title: str) -> str:
    """A name for a file that stays in its folder, whatever the trainer calls its metric."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")[:80] or "plot"
