"""A series: from the test part, typed or pasted as numbers, or from a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from runners.datasets.dataset import Task
from runners.export.facts import Facts
from widgets.outputs.page import chooser
from widgets.parts import button, column, label, row
from widgets.plain import line
from widgets.trying.series_plot import SeriesPlot
from widgets.trying.source import Source
from workbench.errors import WorkbenchError
from workbench.session import Session
from workbench.trying.files import Given
from workbench.trying.rows import own_units, text_of_series, typed_series

_WAIT_MS = 250
_LINES = 6
_MOST_NAMES = 6


class SeriesSource(Source):
    kinds = "Tables (*.csv *.tsv *.txt)"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._shown: NDArray[np.float64] | None = None
        """The steps (steps, channels) in the channels' own units."""
        self.plot = SeriesPlot()
        self.channel = chooser("Channel", 260)
        self._channels = QWidget()
        choosing = row(label("Channel", "dim"), self.channel)
        choosing.addStretch(1)
        self._channels.setLayout(choosing)
        self._words = label("", "dim", wrap=True)
        self.editor = QPlainTextEdit()
        self.editor.setProperty("role", "field")
        self.editor.setTabChangesFocus(True)
        self.editor.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.editor.setAccessibleName("The series, a step a line")
        self.editor.setFixedHeight(_LINES * self.editor.fontMetrics().lineSpacing() + 14)
        self.open = button("Open a CSV …", "folder-open-outline")
        tools = row(self.open)
        tools.addStretch(1)
        self.setLayout(column(self._channels, self.plot, self._words, self.editor, tools))
        self._timer = QTimer(self, interval=_WAIT_MS, singleShot=True)
        self._timer.timeout.connect(self._typed)
        self.editor.textChanged.connect(self._timer.start)
        self.open.clicked.connect(self.ask_for_file)
        self.channel.currentIndexChanged.connect(self._draw)

    def suit(self, facts: Facts) -> None:
        super().suit(facts)
        names = [one.name for one in facts.features]
        self.channel.clear()
        self.channel.addItems([line(name) for name in names])
        self._channels.setVisible(len(names) > 1)
        self._words.setText(_words(facts, names))
        example = ", ".join(f"{one.mean:.4g}" for one in facts.features[:_MOST_NAMES])
        self.editor.setPlaceholderText(f"Type or paste numbers, a step a line:\n{example}")

    def show_sample(self, x: NDArray[Any]) -> None:
        self._show(x)
        if self.facts is not None:
            self.editor.blockSignals(True)
            self.editor.setPlainText(text_of_series(self.facts, x))
            self.editor.blockSignals(False)
            self._timer.stop()

    def paste(self) -> None:
        self.editor.setFocus()
        self.editor.paste()

    def _show(self, x: NDArray[Any] | None) -> None:
        self._shown = None if x is None else own_steps(self.facts, x)
        self._draw()

    def _draw(self) -> None:
        at = max(0, self.channel.currentIndex())
        self.plot.show_past(np.zeros(0) if self._shown is None else self._shown[:, at])

    def _typed(self) -> None:
        self.forget_made()
        facts, text = self.facts, self.editor.toPlainText()
        if facts is None:
            return
        if not text.strip():
            self._show(None)
            self.given.emit(None)
            return
        try:
            x = typed_series(text, facts)[0]
        except WorkbenchError as error:
            self.failed.emit(str(error))
            return
        self._show(x)
        self.given.emit(Given("Your series", x))


def own_steps(facts: Facts | None, x: NDArray[Any]) -> NDArray[np.float64]:
    """The steps (steps, channels) in the channels' own units."""
    values = np.asarray(x, np.float64)
    return own_units(facts.features, values) if facts and facts.features else values


def _words(facts: Facts, names: list[str]) -> str:
    channels = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    which = "last" if facts.task is Task.FORECASTING else "first"
    return f"The model looks at the {which} {facts.shape[0]:,} steps of {channels}. Choose some of the test part below, or type, paste or open a line for each step."
