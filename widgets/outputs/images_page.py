"""The pictures that runs kept as they trained, beside each other, at a step that they share."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from runners.protocol import ArtifactKind
from storage.records import RunRecord
from widgets.outputs.kept_page import KeptPage
from widgets.outputs.run_chip import RunChip
from workbench.artifacts import ArtifactCache, is_png
from workbench.session import Session

_NARROWEST, _TALLEST = 280, 420
_MOST_PIXELS = 16 * 2**20


class Shot(QWidget):
    """A picture, as large as there is room, in whole multiples where it is small."""

    def __init__(self, image: QImage, name: str) -> None:
        super().__init__()
        self._image = image
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as it is now."""
        return QSize(_NARROWEST, min(_TALLEST, self._fitting(max(_NARROWEST, self.width())).height()))  # fmt: skip

    def _fitting(self, width: int) -> QSize:
        size = self._image.size()
        whole = min(width // max(1, size.width()), _TALLEST // max(1, size.height()))
        if whole >= 1:
            return size * whole
        return size.scaled(width, _TALLEST, Qt.AspectRatioMode.KeepAspectRatio)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        size = self._fitting(self.width())
        smooth = size.width() < self._image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(QRect(0, 0, size.width(), size.height()), self._image)
        painter.end()


class ImagesPage(KeptPage):
    kind, prefix = ArtifactKind.IMAGE, "images"
    empty_title = "No pictures yet"
    empty_text = (
        "A run keeps its mistakes on the validation part as a picture while it trains. Set the validation split above zero "
        "when you start one."
    )

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "image-outline", "Which pictures", _NARROWEST, 6)
        self.shots: dict[int, Shot] = {}

    def _read(self) -> None:
        self.shots = {}
        super()._read()

    def parse(self, data: bytes) -> QImage:
        return decode(data)

    def card(self, run: RunRecord, step: int, content: QImage) -> QWidget:
        shot = self.shots[run.id] = Shot(content, f"{self.names.currentText()} of {run.name}")
        card = QWidget()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(4)
        layout.addWidget(RunChip(run, f"step {step:,}"))
        layout.addWidget(shot)
        return card


def decode(data: bytes) -> QImage:
    """Raises ValueError where it is no PNG, or one of more than 16 million pixels."""
    buffer = QBuffer()
    buffer.setData(QByteArray(is_png(data)))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"png"))
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > _MOST_PIXELS:
        raise ValueError(f"its size is {size.width():,} × {size.height():,} pixels")
    image = reader.read()
    if image.isNull():
        raise ValueError(reader.errorString())
    return image
