"""The two axes of a plot, and the area between them that is dragged, zoomed and clicked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF

from widgets import theme
from workbench.ticks import Scale, Ticks, log_ticks, ticks

_LEFT_WIDTH = 58
_BOTTOM_HEIGHT = 22
_ROOM_BETWEEN_LABELS = 18
_LEFT_SPACING, _BOTTOM_SPACING = 60, 84
_OVERHANG_X, _OVERHANG_Y = 18, 6
_ZOOM_A_KEY = 0.8
_PAN_A_KEY = 0.1


class PlotAxis(pg.AxisItem):  # type: ignore[misc]
    """One level of ticks, each with a label that fits, and grid lines behind the curves."""

    def __init__(self, side: str) -> None:
        super().__init__(side, maxTickLength=-4)
        self.numbers = Scale.NUMBER
        self.logarithmic = False
        self._labels: dict[float, str] = {}
        self.setZValue(-10)
        self.setGrid(255)
        self.setStyle(
            tickAlpha=255,
            tickLength=0,
            tickTextOffset=5,
            maxTickLevel=0,
            hideOverlappingLabels=False,
        )
        if side == "left":
            self.setWidth(_LEFT_WIDTH)
        else:
            self.setHeight(_BOTTOM_HEIGHT)
        self.dress()

    def dress(self) -> None:
        """Take the colours and the font of the theme."""
        colors = theme.colors()
        font = theme.font(0.87)
        self.setTickFont(font)
        self._metrics = QFontMetricsF(font)
        self.setPen(QColor(colors.border))
        self.setTickPen(QColor(colors.grid))
        self.setTextPen(QColor(colors.dim))

    def show_numbers(self, numbers: Scale, *, logarithmic: bool) -> None:
        if (numbers, logarithmic) != (self.numbers, self.logarithmic):
            self.numbers, self.logarithmic = numbers, logarithmic
            self.picture = None
            self.update()

    def boundingRect(self) -> QRectF:
        """With room for a label at either end."""
        area = QRectF(super().boundingRect())
        if self.orientation == "left":
            return area.adjusted(0, -_OVERHANG_Y, 0, _OVERHANG_Y)
        return area.adjusted(-_OVERHANG_X, 0, _OVERHANG_X, 0)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        chosen = self._ticks_that_fit(low, high, size)
        self._labels = dict(chosen)
        return [(1.0, list(self._labels))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        del scale, spacing
        return [self._labels.get(value, "") for value in values]

    def _ticks_that_fit(self, low: float, high: float, size: float) -> Ticks:
        if self.orientation == "left":
            return self._make(low, high, 2 + int(size / _LEFT_SPACING))
        for most in range(max(2, int(size / _BOTTOM_SPACING)), 1, -1):
            chosen = self._make(low, high, most)
            widest = max((self._metrics.horizontalAdvance(text) for _, text in chosen), default=0)
            if len(chosen) < 2 or self._distance(chosen, size / (high - low)) >= (
                widest + _ROOM_BETWEEN_LABELS
            ):
                return chosen
        return self._make(low, high, 1)[:1]

    def _make(self, low: float, high: float, most: int) -> Ticks:
        if self.logarithmic:
            return log_ticks(low, high, max(2, most), self.numbers)
        return ticks(self.numbers, low, high, most)

    @staticmethod
    def _distance(chosen: Ticks, pixels: float) -> float:
        """The smallest distance between two ticks, in pixels."""
        places = [place for place, _ in chosen]
        return min(b - a for a, b in pairwise(places)) * pixels


class PlotBox(pg.ViewBox):  # type: ignore[misc]
    """Wheel: zoom x (with Ctrl x and y). Drag: pan. Shift and drag: zoom into a box. Double click: reset."""

    moved = Signal(bool, bool)
    """A person moved the view along x, along y."""
    reset_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0)
        self.disableAutoRange()
        self.setZValue(1)  # above the grid lines, which belong to the axes
        self.sigRangeChangedManually.connect(lambda mask: self.moved.emit(*map(bool, mask)))

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        both = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        super().wheelEvent(event, axis if axis is not None or both else 0)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            event.ignore()
            return
        boxed = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.isStart():
            self.state["mouseMode"] = self.RectMode if boxed else self.PanMode
        super().mouseDragEvent(event, axis)
        if event.isFinish() and self.state["mouseMode"] == self.RectMode:
            self.moved.emit(True, True)

    def mouseClickEvent(self, event: Any) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            self.reset_wanted.emit()
        elif event.button() == Qt.MouseButton.RightButton:
            self.menu_wanted.emit(event.screenPos().toPoint())
        else:
            event.ignore()
            return
        event.accept()

    def zoom(self, *, closer: bool) -> None:
        self.scaleBy(x=_ZOOM_A_KEY if closer else 1 / _ZOOM_A_KEY)
        self.moved.emit(True, False)

    def pan(self, direction: int) -> None:
        low, high = self.viewRange()[0]
        self.translateBy(x=direction * _PAN_A_KEY * (high - low))
        self.moved.emit(True, False)
