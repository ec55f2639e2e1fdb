"""A text: typed, opened or pasted. Where models go on with it, how they are to."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QPlainTextEdit, QSpinBox, QWidget

from runners.datasets.dataset import Task
from runners.export.facts import Facts
from widgets.parts import button, column, label, row
from widgets.trying.source import Source
from workbench.errors import WorkbenchError
from workbench.session import Session
from workbench.trying.files import given_text

_WAIT_MS = 250
_SHOWN_OF_SAMPLE = 64
"""Tokens of a sample that a model is to go on with."""


class TextSource(Source):
    kinds = "Texts (*.txt *.md)"
    write_wanted = Signal(int, float, int)
    """So many tokens, with this temperature and seed."""
    stop_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.editor = QPlainTextEdit()
        self.editor.setProperty("role", "field")
        self.editor.setTabChangesFocus(True)
        self.editor.setAccessibleName("Text")
        self.open = button("Open …", "folder-open-outline")
        self.write = button("Write on", "typewriter", primary=True)
        self.stop = button("Stop", "stop")
        self.count, self.temperature, self.seed = QSpinBox(), QDoubleSpinBox(), QSpinBox()
        self._timer = QTimer(self, interval=_WAIT_MS, singleShot=True)
        self._timer.timeout.connect(self._typed)
        self._writing = self._make_writing()
        tools = row(self.open)
        tools.addStretch(1)
        self.setLayout(column(self.editor, self._writing, tools))
        self.editor.textChanged.connect(self._timer.start)
        self.open.clicked.connect(self.ask_for_file)
        self.write.clicked.connect(self._ask_to_write)
        self.stop.clicked.connect(self.stop_wanted)
        self.show_writing(on=False)

    def _make_writing(self) -> QWidget:
        self.count.setRange(1, 5000)
        self.count.setValue(200)
        self.temperature.setRange(0.05, 5.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(0.8)
        self.temperature.setToolTip("Low: nearly always what is likeliest. 1: as likely as the model says. High: anything")  # fmt: skip
        self.seed.setRange(0, 2**31 - 1)
        named = (("Tokens", self.count), ("Temperature", self.temperature), ("Seed", self.seed))
        across = row()
        for name, box in named:
            box.setAccessibleName(name)
            across.addLayout(column(label(name, "dim", scale=0.9), box, space=2), 1)
        end = row(self.write, self.stop)
        end.addStretch(1)
        holder = QWidget()
        holder.setLayout(column(across, end))
        return holder

    def suit(self, facts: Facts) -> None:
        super().suit(facts)
        goes_on = facts.task is Task.TEXT_GENERATION
        self._writing.setVisible(goes_on)
        what = "Type a text for the models to go on with …" if goes_on else "Type or paste a text …"
        self.editor.setPlaceholderText(what)

    def show_writing(self, *, on: bool) -> None:
        """Whether models are writing now."""
        self.stop.setEnabled(on)

    def show_sample(self, x: NDArray[Any]) -> None:
        if self.facts is None or self.facts.vocabulary is None:
            return
        tokens = [int(token) for token in x if token]
        if self.facts.task is Task.TEXT_GENERATION:
            tokens = tokens[:_SHOWN_OF_SAMPLE]
        self.show_text(self.facts.vocabulary.decode(tokens))

    def show_text(self, text: str) -> None:
        self.editor.blockSignals(True)
        self.editor.setPlainText(text)
        self.editor.blockSignals(False)
        self._timer.stop()

    def paste(self) -> None:
        self.editor.setFocus()
        self.editor.paste()

    def _typed(self) -> None:
        self.forget_made()
        if self.facts is None:
            return
        try:
            self.given.emit(given_text(self.editor.toPlainText(), self.facts, "Your text"))
        except WorkbenchError:
            self.given.emit(None)

    def _ask_to_write(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._typed()
        self.write_wanted.emit(self.count.value(), self.temperature.value(), self.seed.value())
