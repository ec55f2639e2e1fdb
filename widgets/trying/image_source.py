"""Images: drawn, opened, pasted or dropped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QCheckBox

from runners.export.facts import Facts
from widgets.dragged import dropped_paths
from widgets.parts import button, column, label, row
from widgets.trying.canvas import Canvas, image_of
from widgets.trying.source import Source
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.trying.files import Given

_SEEN = 84


class ImageSource(Source):
    kinds = "Images (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.ppm *.pgm)"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.canvas = Canvas()
        self.clear = button("Clear", "eraser")
        self.open = button("Open …", "folder-open-outline")
        self.paste_button = button("Paste", "content-paste")
        self.invert = QCheckBox("Swap dark and bright")
        self.invert.setToolTip("A grey image whose border is bright is swapped by itself where the training images' is dark")  # fmt: skip
        self._seen = label()
        self._seen.setFixedSize(_SEEN, _SEEN)
        self._seen.setAccessibleName("The image as the model sees it")
        self._size = label("", "dim", scale=0.9)
        self._again: Path | bytes | None = None
        self._wanted = False
        self._busy = False
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        seen = column(label("As the model sees it", "dim", wrap=True, scale=0.9), self._seen, self._size, space=4)  # fmt: skip
        tools = column(self.clear, self.open, self.paste_button, space=6)
        side = column(tools, space=12)
        side.addLayout(seen)
        side.addStretch(1)
        across = row(self.canvas, space=12)
        across.addLayout(side)
        across.addStretch(1)
        self.setLayout(column(across, self.invert, space=6))

    def _connect(self) -> None:
        self.given.connect(self._made_one)
        self.failed.connect(lambda _: self._made_one(None))
        self.canvas.drawn.connect(self._take_drawn)
        self.canvas.cleared.connect(self._forget)
        self.clear.clicked.connect(self.canvas.clear)
        self.open.clicked.connect(self.ask_for_file)
        self.paste_button.clicked.connect(self.paste)
        self.invert.toggled.connect(self._invert)

    def suit(self, facts: Facts) -> None:
        super().suit(facts)
        self.canvas.suit(facts)
        self.invert.setVisible(facts.shape[-1] == 1)
        height, width, channels = facts.shape
        self._size.setText(f"{width} × {height}" + (", grey" if channels == 1 else ""))

    # -- from elsewhere -----------------------------------------------------------------------------
    def show_sample(self, x: NDArray[Any]) -> None:
        image = self._see(x)
        self.canvas.show_image(image)

    def paste(self) -> None:
        data: QMimeData | None = QGuiApplication.clipboard().mimeData()
        image = QGuiApplication.clipboard().image()
        if not image.isNull():
            self._take(_as_png(image))
        elif data is not None and (paths := dropped_paths(data)):
            self.read(paths[0])
        else:
            self.failed.emit("There is no image in the clipboard: copy one first")

    def read(self, path: Path) -> None:
        self._again = path
        super().read(path)

    def made(self, path: Path, facts: Facts) -> Given | None:
        if path.suffix.lower() == ".npy" or not path.is_file():
            return None
        return self._made(path, facts, drawn=False)

    def _made(self, source: Path | bytes, facts: Facts, *, drawn: bool) -> Given:
        from workbench.trying.files import Given
        from workbench.trying.images import image_input

        invert = False if drawn else (True if self.invert.isChecked() else None)
        name = (
            source.name if isinstance(source, Path) else "Your drawing" if drawn else "Your image"
        )
        return Given(name, image_input(source, facts, invert=invert, drawn=drawn))

    def _take(self, png: bytes) -> None:
        facts, self._again = self.facts, png
        if facts is not None:
            self.make(lambda _: self._made(png, facts, drawn=False), shown=True)

    def _invert(self) -> None:
        if isinstance(self._again, bytes):
            self._take(self._again)
        elif self._again is not None:
            self.read(self._again)

    # -- drawn --------------------------------------------------------------------------------------
    def _take_drawn(self) -> None:
        """What is being drawn is asked about as fast as its sample can be made, and no faster."""
        self._again = None
        if self._busy:
            self._wanted = True
            return
        facts = self.facts
        if facts is None:
            return
        self._busy, png = True, self.canvas.png()

        def work(_: object) -> Given:
            return self._made(png, facts, drawn=True)

        self.make(work, shown=False)

    def _made_one(self, given: Given | None) -> None:
        """Go on with what was drawn since."""
        if given is not None and given.x is not None:
            self._see(given.x)
        again, self._busy, self._wanted = self._wanted, False, False
        if again:
            self._take_drawn()

    def _forget(self) -> None:
        self.forget_made()
        self._again, self._busy, self._wanted = None, False, False
        self._seen.clear()
        self.given.emit(None)

    def _see(self, x: NDArray[Any]) -> QImage:
        assert self.facts is not None
        image = image_of(np.asarray(x, np.float32) / self.facts.scale)
        pixmap = QPixmap.fromImage(image).scaled(QSize(_SEEN, _SEEN), Qt.AspectRatioMode.KeepAspectRatio)  # fmt: skip
        self._seen.setPixmap(pixmap)
        return image


def _as_png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
