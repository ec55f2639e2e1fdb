"""Where samples come from: what the forms for images, rows, texts and series have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from runners.export.facts import Facts
from widgets.parts import while_alive
from workbench.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.trying.files import Given


class Source(QWidget):
    """What is made of files and pictures is made on workers."""

    given = Signal(object)
    """A `Given` that is to be asked about; None where there is nothing any more."""
    failed = Signal(str)

    kinds = ""
    """Qt's filter of the files that it takes."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.facts: Facts | None = None
        self._asked = 0

    def suit(self, facts: Facts) -> None:
        """Take samples for models of these facts."""
        self.facts = facts

    def show_sample(self, x: NDArray[Any]) -> None:
        """Show a sample that comes from elsewhere, as the model takes it."""
        raise NotImplementedError

    def paste(self) -> None:
        """Take what is in the clipboard, if it is something to ask about."""

    def ask_for_file(self) -> None:
        dialog = QFileDialog(self, "Open a file to try the model on")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{self.kinds};;Arrays (*.npy)")
        dialog.fileSelected.connect(lambda path: self.read(Path(path)))
        dialog.open()

    def read(self, path: Path) -> None:
        """Take the first sample in a file."""
        facts = self.facts
        if facts is None:
            return

        def work(_: object) -> Given:
            from workbench.trying.files import read_given

            return self.made(path, facts) or read_given(path, facts)[0]

        self.make(work, shown=True)

    def made(self, path: Path, facts: Facts) -> Given | None:
        """From a file, where a source reads it in a way of its own. On a worker. Raises WorkbenchError."""

    def make(self, work: Callable[[Any], Given], *, shown: bool) -> None:
        """Make a sample on a worker, ask about it and, if it is to be, show it. Of several, only the newest counts."""
        self._asked += 1
        number = self._asked

        def take(found: Given) -> None:
            if number == self._asked:
                if shown and found.x is not None:
                    self.show_sample(found.x)
                elif shown:
                    self.show_text(found.text)
                self.given.emit(found)

        def fail(error: Exception) -> None:
            if number == self._asked:
                self.failed.emit(str(error))

        self.session.call(work, while_alive(self, take), while_alive(self, fail))

    def show_text(self, text: str) -> None:
        """Show a text that comes from a file."""

    def forget_made(self) -> None:
        """What is being made is not wanted any more."""
        self._asked += 1
