"""Where a digit is drawn, and where the image that is asked about is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from runners.export.facts import Facts
from widgets import theme

_SIDE, _PEN = 280, 0.075
"""Of the paper in pixels, and how thick the pen is as a share of it."""


class Canvas(QWidget):
    """``drawn`` tells of each piece of a line. The first line after another image begins on empty paper."""

    drawn = Signal()
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._background, self._can_draw = 0.0, True
        self._paper = QImage()
        self._shown: QImage | None = None
        self._last: QPointF | None = None
        self.is_empty = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The image that is asked about")
        self.setAccessibleDescription("Draw with the mouse; Delete clears it")
        self._wipe()

    def suit(self, facts: Facts) -> None:
        """Have the colours of a model's images. Only of one channel is there something to be drawn."""
        self._background, self._can_draw = facts.background, facts.shape[-1] == 1
        self.setCursor(Qt.CursorShape.CrossCursor if self._can_draw else Qt.CursorShape.ArrowCursor)
        self._wipe()

    def clear(self) -> None:
        """Empty paper."""
        self._wipe()
        self.cleared.emit()

    def show_image(self, image: QImage) -> None:
        """Show what was not drawn here."""
        self._wipe()
        self._shown, self.is_empty = image, False
        self.update()

    def png(self) -> bytes:
        """What was drawn, as a PNG."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._paper.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    def _wipe(self) -> None:
        self._paper = QImage(_SIDE, _SIDE, QImage.Format.Format_Grayscale8)
        self._paper.fill(_grey(self._background))
        self._shown, self._last, self.is_empty = None, None, True
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE + 2, _SIDE + 2)

    # -- drawing ------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._can_draw and event.button() is Qt.MouseButton.LeftButton:
            if self._shown is not None:
                self._wipe()
            self._line(event.position(), event.position() + QPointF(0.1, 0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._line(self._last, event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._last = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def _line(self, start: QPointF, end: QPointF) -> None:
        painter = QPainter(self._paper)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = _grey(0.0 if self._background > 0.5 else 1.0)
        painter.setPen(QPen(ink, _PEN * _SIDE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))  # fmt: skip
        painter.drawLine(start, end)
        painter.end()
        self._last, self.is_empty = end, False
        self.update()
        self.drawn.emit()

    # -- painting -----------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRect(1, 1, _SIDE, _SIDE)
        painter.drawImage(place, self._paper)
        if self._shown is not None:
            painter.drawImage(_fitting(self._shown, place), self._shown)
        if self.is_empty and self._can_draw:
            painter.setPen(QColor("#777777"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "Draw here")
        colors = theme.colors()
        painter.setPen(QColor(colors.accent if self.hasFocus() else colors.outline))
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.end()


def image_of(bright: NDArray[Any]) -> QImage:
    """(height, width, 1 or 3), from 0 to 1. Of other numbers of channels the first is shown."""
    values = np.rint(np.nan_to_num(bright).clip(0, 1) * 255).astype(np.uint8)
    rgb = values if values.shape[-1] == 3 else np.repeat(values[..., :1], 3, -1)
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _fitting(image: QImage, place: QRect) -> QRect:
    size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    left = place.left() + (place.width() - size.width()) // 2
    top = place.top() + (place.height() - size.height()) // 2
    return QRect(left, top, size.width(), size.height())


def _grey(bright: float) -> QColor:
    return QColor.fromRgbF(bright, bright, bright)
