"""A picture that is computed by a worker, so that neither the paint nor the keyboard waits for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.parts import while_alive
from workbench.session import Session

Pixels = NDArray[np.uint8]
"""Of shape (height, width, 4): blue, green, red, alpha, not premultiplied."""
Draw = Callable[[int, int], Pixels]
"""Makes the picture of so many pixels' width and height; it runs on another thread and sees what it was given only."""


class Canvas(QWidget):
    """The newest picture is shown; while one is drawn, at most one more waits."""

    drawn = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._layers: dict[str, QImage] = {}
        self._wanted: dict[str, Draw | None] = {}
        self._busy = False
        self.setMinimumSize(QSize(200, 140))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.theme().changed.connect(self.redraw)

    def area(self) -> QRectF:
        """Where the picture is on the widget."""
        return QRectF(self.rect())

    def draw(self) -> None:
        """Ask for the layers by `ask`; called when the size or the theme is another one."""

    def redraw(self) -> None:
        self.draw()
        self.update()

    def ask(self, layer: str, draw: Draw | None) -> None:
        """Have a layer drawn; None for nothing there. Layers are shown in the order of their names."""
        if draw is None:
            self._wanted.pop(layer, None)
            self._layers.pop(layer, None)
            self.update()
            return
        self._wanted[layer] = draw
        self._next()

    @property
    def waiting(self) -> bool:
        """Whether what is shown is not the newest."""
        return self._busy or bool(self._wanted)

    def _next(self) -> None:
        if self._busy or not self._wanted:
            return
        layer = max(self._wanted)  # what stands out comes before what lies behind it
        draw = self._wanted.pop(layer)
        size, ratio = self.area().size(), self.devicePixelRatioF()
        width, height = round(size.width() * ratio), round(size.height() * ratio)
        if draw is None or min(width, height) < 2:
            self._next()
            return
        self._busy = True
        self._session.call(
            lambda _: draw(width, height),
            while_alive(self, partial(self._take, layer, ratio)),
            while_alive(self, self._refuse),
        )

    def _take(self, layer: str, ratio: float, pixels: Pixels) -> None:
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32).copy()
        image.setDevicePixelRatio(ratio)
        self._layers[layer] = image
        self._busy = False
        self.update()
        self._next()
        if not self.waiting:
            self.drawn.emit()

    def _refuse(self, error: Exception) -> None:
        self._busy = False
        self._session.failed.emit(f"The picture could not be drawn: {error}")
        self._next()

    def paint_layers(self, painter: QPainter) -> None:
        for name in sorted(self._layers):
            painter.drawImage(self.area(), self._layers[name])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.colors().base))
        self.paint_layers(painter)
        painter.end()


def rgb_table(colors: list[QColor]) -> NDArray[np.uint8]:
    """Blue, green and red of each colour."""
    return np.array([(each.blue(), each.green(), each.red()) for each in colors], np.uint8)
