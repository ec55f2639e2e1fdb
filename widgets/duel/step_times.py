"""How long steps took: their distribution, and whether that changed while the contestants trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.outputs.histogram_plot import Shape
from workbench.artifacts import Histogram
from workbench.duel.figures import figure_of
from workbench.duel.results import Measured, Results
from workbench.duel.telling import value_words

_BINS = 80
_SHOWN = 0.99
"""Of the steps; a few that were held up would squeeze all others into one bin."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 14, 10, 24
_MS = 1e3
_STEP = figure_of("step_s")
_Floats = NDArray[np.float64]


def step_shapes(results: Results) -> list[Shape]:
    """A histogram for each contestant, in milliseconds, of the steps of all its seeds."""
    known = [one for one in results.measured if len(one.histogram.get("counts", ())) > 0]
    if not known:
        return []
    edges = _common_edges(known)
    shapes = []
    for place, contestant in enumerate(results.match.contestants):
        mine = [one for one in known if one.contestant == place]
        if mine:
            counts = np.diff(sum((_below(one, edges) for one in mine), np.zeros(len(edges))))
            shapes.append(Shape(contestant.name, place, Histogram(edges * _MS, counts)))
    return shapes


def _below(one: Measured, at: _Floats) -> _Floats:
    """How many steps took no longer than each of these times, evenly spread within a bin."""
    edges, counts = (np.asarray(one.histogram[name], np.float64) for name in ("edges", "counts"))
    return np.interp(at, edges, np.concatenate(([0.0], np.cumsum(counts))))


def _common_edges(known: Sequence[Measured]) -> _Floats:
    """From the shortest step to what all but a hundredth of each one's steps took at most."""
    low = min(one.histogram["edges"][0] for one in known)
    highs = []
    for one in known:
        edges, counts = (np.asarray(one.histogram[name], np.float64) for name in ("edges", "counts"))  # fmt: skip
        whole = np.concatenate(([0.0], np.cumsum(counts)))
        highs.append(float(np.interp(_SHOWN * whole[-1], whole, edges)))
    high = max(highs)
    return np.linspace(low, high if high > low else low + 1e-9, _BINS + 1)


class DriftPlot(QWidget):
    """The median step in each twentieth of a training, a line for each contestant and seed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[int, tuple[float, ...]]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFont(theme.font(0.88))
        self.setAccessibleName("Median step from the beginning to the end of each training")
        theme.theme().changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 140)

    def show_results(self, results: Results) -> None:
        self.lines = [(one.contestant, one.blocks) for one in results.measured if len(one.blocks) > 1]  # fmt: skip
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self.lines:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        colors, flag = theme.colors(), Qt.AlignmentFlag
        high = 1.06 * max(max(blocks) for _, blocks in self.lines)
        for part in (0.0, 0.5, 1.0):
            y = area.bottom() - part * area.height()
            painter.setPen(QColor(colors.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colors.dim))
            painter.drawText(QRectF(0, y - 9, _LEFT - 7, 18), flag.AlignRight | flag.AlignVCenter, value_words(_STEP, part * high) if part else "0")  # fmt: skip
        below = QRectF(area.left(), area.bottom() + 3, area.width(), _BOTTOM - 4)
        for where, text in ((flag.AlignLeft, "beginning"), (flag.AlignHCenter, "of the training"), (flag.AlignRight, "end")):  # fmt: skip
            painter.drawText(below, where, text)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, blocks in self.lines:
            painter.setPen(QPen(theme.run_color(color), 1.4))
            xs = np.linspace(area.left(), area.right(), len(blocks))
            ys = area.bottom() - np.asarray(blocks) / high * area.height()
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]))  # fmt: skip
        painter.end()
