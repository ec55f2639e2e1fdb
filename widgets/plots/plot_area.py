"""Plots in equal columns and equal rows, some over several of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from widgets.plots.plot_view import PlotView

_MINIMUM_WIDTH = 270
_MINIMUM_HEIGHT = 176
_BEST_SHAPE = 1.7
"""Width over height."""


class PlotArea(QScrollArea):
    """The rows share the room or, below a least size, are scrolled."""

    sight_changed = Signal()
    """Other plots may be on the screen than before."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cells = _Cells(self)
        self.setWidget(self._cells)
        self.verticalScrollBar().valueChanged.connect(self.sight_changed)
        self._cells.arranged.connect(self.sight_changed)

    def set_plots(self, plots: Sequence[PlotView]) -> None:
        """Show these, in this order; their options say how large."""
        self._cells.set_plots(plots)


class _Cells(QWidget):
    arranged = Signal()

    def __init__(self, area: PlotArea) -> None:
        super().__init__()
        self.setProperty("page", True)
        self._area = area
        self._plots: list[PlotView] = []
        self._sizes: list[tuple[int, int]] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)

    def set_plots(self, plots: Sequence[PlotView]) -> None:
        sizes = [(plot.options.columns, plot.options.rows) for plot in plots]
        if list(plots) != self._plots or sizes != self._sizes:
            self._plots, self._sizes = list(plots), sizes
            self._arrange(self._fitting())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting() != self._columns:
            self._arrange(self._fitting())
        self.arranged.emit()

    def _fitting(self) -> int:
        """As many columns as give the plots the shape that is nearest to the best one."""
        count = max(1, sum(columns * rows for columns, rows in self._sizes))
        width, height = self.width(), self._area.viewport().height()

        def misshape(columns: int) -> float:
            rows = -(-count // columns)
            shape = (width / columns) / max(_MINIMUM_HEIGHT, height / rows)
            return abs(math.log(max(shape, 0.01) / _BEST_SHAPE))

        room = max(1, min(count, width // _MINIMUM_WIDTH))
        return min(range(1, room + 1), key=misshape)

    def _arrange(self, columns: int) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        places = places_for(self._sizes, columns)
        rows = max((row + height for row, _, height, _ in places), default=0)
        for place in range(max(self._grid.columnCount(), columns)):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
        for place in range(max(self._grid.rowCount(), rows)):
            self._grid.setRowStretch(place, 1 if place < rows else 0)
        for plot, (row, column, height, width) in zip(self._plots, places, strict=True):
            plot.setMinimumSize(0, _MINIMUM_HEIGHT * height)
            self._grid.addWidget(plot, row, column, height, width)
            plot.show()
        self._columns = columns
        self.arranged.emit()


def places_for(sizes: Sequence[tuple[int, int]], columns: int) -> list[tuple[int, int, int, int]]:
    """Row, column, height and width for plots of these columns and rows: each where it first fits."""
    taken: set[tuple[int, int]] = set()
    places = []
    for wanted, height in sizes:
        width = min(wanted, columns)
        place = 0
        while True:
            row, column = divmod(place, columns)
            cells = {(row + down, column + right) for down in range(height) for right in range(width)}  # fmt: skip
            if column + width <= columns and not cells & taken:
                break
            place += 1
        taken |= cells
        places.append((row, column, height, width))
    return places
