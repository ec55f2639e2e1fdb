"""The pictures that runs kept as they trained, beside each other, at a step that they share."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from runners.protocol import Artifact, ArtifactKind
from storage.records import RunRecord
from widgets import plain
from widgets.flow_grid import FlowGrid
from widgets.outputs.page import Page, chooser, sort_out
from widgets.outputs.run_chip import RunChip
from widgets.outputs.step_slider import StepSlider
from widgets.parts import row, scrolled
from workbench.artifacts import ArtifactCache, ArtifactError, is_png
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


class ImagesPage(Page):
    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "image-outline")
        self.names = chooser("Which pictures")
        self.slider = StepSlider()
        layout = row(self.names, self.slider, space=12)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        layout.setStretch(1, 6)
        self.bar.setLayout(layout)
        self.grid = FlowGrid(_NARROWEST, 6)
        self.shots: dict[int, Shot] = {}
        inner = QWidget()
        inner.setProperty("page", True)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(10, 8, 10, 8)
        inside.addWidget(self.grid)
        inside.addStretch(1)
        self.set_content(scrolled(inner))
        self._kept: dict[str, list[tuple[RunRecord, Artifact]]] = {}
        self.names.currentIndexChanged.connect(self._choose)
        self.slider.changed.connect(self._read)

    def show_outputs(self) -> None:
        self._kept = {}
        for each in self.runs:
            for artifact in each.of(ArtifactKind.IMAGE):
                name = artifact.name.removeprefix("images/").rpartition("/")[0] or artifact.name
                self._kept.setdefault(name, []).append((each.run, artifact))
        if not self._kept:
            self.say_empty(
                "No pictures yet",
                "A run keeps its mistakes on the validation part as a picture while it trains. Set the validation split above zero "
                "when you start one.",
            )
            return
        before = self.names.currentText()
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems([plain.line(name) for name in self._kept])
        self.names.setCurrentIndex(max(0, self.names.findText(before)))
        self.names.blockSignals(False)
        self._choose()

    @property
    def _chosen(self) -> list[tuple[RunRecord, Artifact]]:
        kept = list(self._kept.values())
        return kept[self.names.currentIndex()] if 0 <= self.names.currentIndex() < len(kept) else []

    def _choose(self) -> None:
        self.slider.set_steps(artifact.step or 0 for _, artifact in self._chosen)
        self._read()

    def _read(self) -> None:
        wanted = at_step(self._chosen, self.slider.step or 0)

        def take(found: list[QImage | ArtifactError]) -> None:
            read, problems = sort_out(wanted, found)
            steps = {run.id: artifact.step or 0 for run, artifact in wanted}
            self._show(read, steps)
            self.tell_problems(problems)

        self.read(wanted, decode, take)

    def _show(self, images: list[tuple[RunRecord, QImage]], steps: dict[int, int]) -> None:
        cards = []
        self.shots = {}
        for run, image in images:
            shot = self.shots[run.id] = Shot(image, f"{self.names.currentText()} of {run.name}")
            card = QWidget()
            layout = QVBoxLayout(card)
            layout.setContentsMargins(0, 0, 0, 8)
            layout.setSpacing(4)
            layout.addWidget(RunChip(run, f"step {steps[run.id]:,}"))
            layout.addWidget(shot)
            cards.append(card)
        self.grid.set_items(cards)
        self.show_content()


def at_step(kept: list[tuple[RunRecord, Artifact]], step: int) -> list[tuple[RunRecord, Artifact]]:
    """Of each run what it kept last before or at this step; a run that kept nothing until then is left out."""
    found: dict[int, tuple[RunRecord, Artifact]] = {}
    for run, artifact in kept:
        before = found.get(run.id)
        last = -1 if before is None else before[1].step or 0
        if last < (artifact.step or 0) <= step:
            found[run.id] = run, artifact
    return list(found.values())


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
