"""The picture of a plot: its area, its axes and its curves."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGraphicsGridLayout, QWidget

from widgets import theme
from widgets.plots.axes import PlotAxis, PlotBox
from widgets.plots.curve_item import CurveItem
from widgets.plots.frame import Window
from widgets.plots.trace import Trace
from workbench.ticks import Scale

_LEAST_WIDTH, _LEAST_HEIGHT = 120, 70
_TOP, _RIGHT = 5, 16


class PlotCanvas(pg.GraphicsView):  # type: ignore[misc]
    pointed = Signal(object)
    """Where the pointer is, in pixels of the box; None where it is not in it."""
    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(self.Shape.NoFrame)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setMinimumSize(_LEAST_WIDTH, _LEAST_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.box = PlotBox()
        self.left, self.bottom = PlotAxis("left"), PlotAxis("bottom")
        self._frame, self._grid = pg.GraphicsWidget(), QGraphicsGridLayout()
        self._grid.setContentsMargins(0, _TOP, _RIGHT, 0)
        self._grid.setSpacing(0)
        self._grid.addItem(self.left, 0, 0)
        self._grid.addItem(self.box, 0, 1)
        self._grid.addItem(self.bottom, 1, 1)
        self._frame.setLayout(self._grid)
        self.setCentralItem(self._frame)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
        self.item = CurveItem(self.box)
        self.painting_s = 0.0
        """How long the last painting took."""
        self.scene().sigMouseMoved.connect(self.point_at)
        self.viewport().installEventFilter(self)

    def dress(self) -> None:
        """Take the colours of the theme."""
        self.setBackground(theme.colors().base)
        for axis in (self.left, self.bottom):
            axis.dress()

    # -- what is drawn ------------------------------------------------------------------------------
    def show_range(self, x: Window, y: Window) -> None:
        self.box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=False)

    def show_axes(self, x: tuple[Scale, bool], y: tuple[Scale, bool]) -> None:
        """What the numbers of each axis are, and whether it is logarithmic."""
        for axis, (numbers, logarithmic) in ((self.bottom, x), (self.left, y)):
            axis.show_numbers(numbers, logarithmic=logarithmic)

    def show_traces(self, traces: Sequence[Trace], *, log_x: bool, log_y: bool) -> None:
        self.item.show_traces(traces, log_x=log_x, log_y=log_y)

    @property
    def view_range(self) -> tuple[Window, Window]:
        (x0, x1), (y0, y1) = self.box.viewRange()
        return (x0, x1), (y0, y1)

    def draw_picture(self, painter: QPainter) -> None:
        """For a file: where it stands in its plot."""
        self.item.for_picture = True
        self.scene().render(painter, QRectF(self.geometry()), self.viewRect())
        self.item.for_picture = False

    def paintEvent(self, event: QPaintEvent) -> None:
        began = perf_counter()
        super().paintEvent(event)
        self.painting_s = perf_counter() - began

    # -- the pointer --------------------------------------------------------------------------------
    def point_at(self, place: QPointF) -> None:
        """``place`` is in pixels of the scene."""
        inside = self.box.sceneBoundingRect().contains(place)
        self.pointed.emit(self.box.mapFromScene(place) if inside else None)

    def on_screen(self, place: QPointF) -> QPoint:
        """Of a place in pixels of the box."""
        there = self.mapFromScene(self.box.mapToScene(place))
        return QPoint(self.viewport().mapToGlobal(there))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(None)
        elif event.type() == QEvent.Type.MouseButtonPress:
            self.pressed.emit()
        return bool(super().eventFilter(watched, event))
