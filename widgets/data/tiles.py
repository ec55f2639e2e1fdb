"""Samples to look at: a picture, a text, or a series, each with what it is labelled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from widgets import theme
from widgets.parts import column, label
from widgets.plain import line, tip
from widgets.text import short

_PICTURE, _LINE = 64, 18
_SERIES = 110
_CHANNELS = 6
_TEXT = 420


class ImageTile(QWidget):
    """A picture, in whole multiples of its pixels where it is small."""

    def __init__(self, image: QImage, caption: str, said: str) -> None:
        super().__init__()
        self._image, self._caption = image, line(caption)
        self.setAccessibleName(said)
        self.setToolTip(tip(said))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(0.9))

    def sizeHint(self) -> QSize:
        return QSize(_PICTURE, _PICTURE + (_LINE if self._caption else 0))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        size = self._fitting()
        place = QRect((_PICTURE - size.width()) // 2, (_PICTURE - size.height()) // 2, size.width(), size.height())  # fmt: skip
        smooth = size.width() < self._image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(place, self._image)
        painter.setPen(QColor(theme.colors().border))
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.setPen(QColor(theme.colors().dim))
        below = QRect(0, _PICTURE, self.width(), _LINE)
        words = painter.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideRight, _PICTURE)  # fmt: skip
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()

    def _fitting(self) -> QSize:
        size = self._image.size()
        whole = _PICTURE // max(1, size.width(), size.height())
        if whole >= 1:
            return size * whole
        return size.scaled(_PICTURE, _PICTURE, Qt.AspectRatioMode.KeepAspectRatio)


class SeriesTile(QWidget):
    """The first channels of a series over its steps, each on its own scale where there are several."""

    def __init__(self, series: NDArray[np.float64], names: tuple[str, ...], caption: str) -> None:
        super().__init__()
        self._series, self._caption = series[:, :_CHANNELS], line(caption)
        self._several = series.shape[1] > 1
        self.setAccessibleName(f"{caption}, {len(series)} steps of {', '.join(names[:_CHANNELS])}")
        self.setToolTip(tip(self._said(names)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(0.86))

    def _said(self, names: tuple[str, ...]) -> str:
        named = [*names, *(f"channel {at + 1}" for at in range(len(names), self._series.shape[1]))]
        ranges = zip(named, self._series.T, strict=False)
        words = [f"{name}: {short(float(np.nanmin(each)))} to {short(float(np.nanmax(each)))}" for name, each in ranges]  # fmt: skip
        return "\n".join([self._caption, *words])

    def sizeHint(self) -> QSize:
        return QSize(200, _SERIES)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.colors()
        frame = QRectF(self.rect()).adjusted(0.5, _LINE + 0.5, -0.5, -0.5)
        painter.setPen(QColor(colors.border))
        painter.drawRect(frame)
        for at, channel in enumerate(self._series.T):
            painter.setPen(QPen(theme.run_color(at), 1.4))
            painter.drawPolyline(self._curve(channel, frame.adjusted(4, 5, -4, -5)))
        painter.setPen(QColor(colors.dim))
        painter.drawText(QRectF(0, 0, self.width(), _LINE), Qt.AlignmentFlag.AlignLeft, self._head())  # fmt: skip
        painter.end()

    def _head(self) -> str:
        if self._several:
            return self._caption
        low, high = float(np.nanmin(self._series)), float(np.nanmax(self._series))
        return f"{self._caption}   {short(low)} to {short(high)}"

    def _curve(self, values: NDArray[np.float64], place: QRectF) -> QPolygonF:
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        span = (high - low) or 1.0
        xs = np.linspace(place.left(), place.right(), len(values))
        ys = place.bottom() - (values - low) / span * place.height()
        return QPolygonF([QPointF(float(x), float(y)) for x, y in zip(xs, ys, strict=True) if np.isfinite(y)])  # fmt: skip


def text_tile(text: str, caption: str) -> QFrame:
    """A text in a frame, its beginning only where it is long."""
    frame = QFrame()
    frame.setProperty("role", "panel")
    short = text[:_TEXT].rstrip() + (" …" if len(text) > _TEXT else "")
    words = label(short or "(empty)", "" if short else "dim", wrap=True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    layout = column(label(caption, "dim", scale=0.92), words, margin=10, space=3)
    layout.addStretch(1)
    frame.setLayout(layout)
    frame.setAccessibleName(f"{caption}: {text[:80]}")
    return frame
