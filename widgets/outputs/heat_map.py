"""A confusion matrix, small, painted at once; several beside each other share their colours and the cell looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from widgets import plain, theme
from widgets.outputs.cells import change_color, share_color

Cell = tuple[int, int]
"""Row (the truth) and column (what was given)."""
_LABELS = 64
_ROOMY, _ROOMIEST, _CLOSE, _MOST_HEIGHT = 22, 34, 15, 420
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


MOST_WRITTEN = 40
"""Of more classes no number has room in its cell: a pixel is painted for each."""


@dataclass(frozen=True, slots=True)
class Heat:
    """What is painted: ``strength`` 0 to 1, or -1 to 1 where it is a ``difference``; ``texts`` by cell, of few classes; ``tip`` of any cell."""

    classes: tuple[str, ...]
    strength: NDArray[np.float64]
    texts: Sequence[Sequence[str]]
    tip: Callable[[int, int], str]
    difference: bool = False


class HeatMap(QWidget):
    pointed = Signal(object)
    """The Cell that is looked at, or None."""
    chosen = Signal(object)
    """The Cell on which Enter or the mouse was pressed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.heat: Heat | None = None
        self.cell: Cell | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Confusion matrix of {name}")
        self.setFont(theme.font(0.88))
        theme.theme().changed.connect(self.update)

    def show_heat(self, heat: Heat) -> None:
        self.heat = heat
        self.updateGeometry()
        self.update()

    def point_at(self, cell: Cell | None) -> None:
        if cell != self.cell:
            self.cell = cell
            self.update()

    # -- where things are -----------------------------------------------------------------------------
    @property
    def _count(self) -> int:
        return len(self.heat.classes) if self.heat else 0

    def sizeHint(self) -> QSize:
        count = self._count
        across = (self.width() - self._side) // max(1, count)
        few = min(_ROOMIEST, max(_ROOMY, across * 3 // 4))
        room = few if count <= 12 else _CLOSE if count <= 24 else max(3, _MOST_HEIGHT // count)
        return QSize(280, count * room + self._head)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    @property
    def _head(self) -> int:
        return self.fontMetrics().height() + 4

    @property
    def _side(self) -> int:
        metrics = self.fontMetrics()
        classes = self.heat.classes if self.heat else ()
        longest = max((metrics.horizontalAdvance(plain.line(name)) for name in classes), default=0)
        return min(_LABELS, longest) + 8

    def _edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the columns and the rows begin, and end, in pixels."""
        count = max(1, self._count)
        across = np.linspace(self._side, self.width(), count + 1).astype(np.int64)
        down = np.linspace(self._head, self.height(), count + 1).astype(np.int64)
        return across, down

    def cell_rect(self, cell: Cell) -> QRect:
        across, down = self._edges()
        row, column = cell
        left, top = int(across[column]), int(down[row])
        return QRect(left, top, int(across[column + 1]) - left - 1, int(down[row + 1]) - top - 1)

    def cell_at(self, point: QPoint) -> Cell | None:
        across, down = self._edges()
        column = int(np.searchsorted(across, point.x(), "right")) - 1
        row = int(np.searchsorted(down, point.y(), "right")) - 1
        inside = 0 <= row < self._count and 0 <= column < self._count
        return (row, column) if inside else None

    # -- painting -------------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.heat is None or not self._count:
            return
        painter = QPainter(self)
        self._paint_labels(painter, self.heat)
        self._paint_cells(painter, self.heat)
        if self.cell is not None and max(self.cell) < self._count:
            painter.setPen(QColor(theme.colors().text))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.cell_rect(self.cell).adjusted(-1, -1, 0, 0))
        painter.end()

    def _paint_labels(self, painter: QPainter, heat: Heat) -> None:
        metrics = self.fontMetrics()
        painter.setPen(QColor(theme.colors().dim))
        every = max(1, metrics.height() // max(1, self.cell_rect((0, 0)).height() + 1))
        for place in range(0, self._count, every):
            rect = self.cell_rect((place, 0))
            beside = QRect(0, rect.top(), self._side - 6, max(rect.height(), metrics.height()))
            name = plain.line(heat.classes[place])
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, beside.width())
            painter.drawText(
                beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short
            )
            if every == 1:
                above = self.cell_rect((0, place))
                short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, above.width() + 1)
                head = QRect(above.left(), 0, above.width(), self._head - 3)
                painter.drawText(head, Qt.AlignmentFlag.AlignCenter, short)

    def _paint_cells(self, painter: QPainter, heat: Heat) -> None:
        if self._count <= MOST_WRITTEN:
            self._write_cells(painter, heat)
        else:
            first, last = self.cell_rect((0, 0)), self.cell_rect((self._count - 1,) * 2)
            painter.drawImage(first.united(last), _image(heat))

    def _write_cells(self, painter: QPainter, heat: Heat) -> None:
        metrics = self.fontMetrics()
        blank = QColor(theme.colors().alternate)
        for row in range(self._count):
            for column in range(self._count):
                rect, strength = self.cell_rect((row, column)), float(heat.strength[row, column])
                tint = blank
                if strength:
                    paint = change_color if heat.difference else share_color
                    tint = paint(strength, right=row == column)
                painter.fillRect(rect, tint)
                text = heat.texts[row][column]
                fits = metrics.horizontalAdvance(text) <= rect.width() and metrics.height() <= rect.height() + 2  # fmt: skip
                if text and fits:
                    painter.setPen(QColor(theme.colors().text))
                    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    # -- mouse and keyboard ---------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self.cell_at(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if cell is not None:
            self.chosen.emit(cell)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MOVES and self._count:
            down, right = _MOVES[key]
            row, column = self.cell or (0, -right if right > 0 else 0)
            moved = [min(self._count - 1, max(0, at)) for at in (row + down, column + right)]
            self.pointed.emit((moved[0], moved[1]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cell is not None:
            self.chosen.emit(self.cell)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            if cell is not None and self.heat is not None:
                row, column = cell
                QToolTip.showText(event.globalPos(), plain.tip(self.heat.tip(row, column)), self)
            return True
        return super().event(event)


def _image(heat: Heat) -> QImage:
    """A pixel a cell."""
    paint = change_color if heat.difference else share_color
    scale = np.linspace(-1.0 if heat.difference else 0.0, 1.0, 256)
    tables = {
        right: _rgb([paint(float(at), right=right) for at in scale]) for right in (False, True)
    }
    place = np.rint(np.interp(heat.strength, scale, np.arange(256))).astype(np.intp)
    diagonal = np.eye(len(place), dtype=bool)[..., None]
    pixels = np.where(diagonal, tables[True][place], tables[False][place])
    pixels[heat.strength == 0] = _rgb([QColor(theme.colors().alternate)])[0]
    height, width, _ = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()


def _rgb(colors: Sequence[QColor]) -> NDArray[np.uint8]:
    return np.array([(each.red(), each.green(), each.blue()) for each in colors], np.uint8)
