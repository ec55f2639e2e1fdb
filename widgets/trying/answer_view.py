"""What a model says, in the form that its task calls for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPixmap, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from runners.datasets.dataset import Task
from runners.export.facts import Facts
from widgets import theme
from widgets.parts import column, label, row
from widgets.text import short
from widgets.trying.asked import Asked
from widgets.trying.canvas import image_of
from widgets.trying.pictures import with_heat, with_mask
from widgets.trying.series_plot import SeriesPlot
from widgets.trying.series_source import own_steps
from widgets.trying.share_bars import ShareBars
from workbench.trying.said import covered, numbers, shares

Array = NDArray[Any]
_MOST_BARS, _NEXT = 10, 5
_PICTURE = 132
_TEXT_HEIGHT = 220


class AnswerView(QWidget):
    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts
        self._channel = 0
        self._series: tuple[Array | None, Array, Array | None] | None = None
        """What was, what it says and what came, each (steps, channels)."""
        self.picture, self.bars, self.words = label(), ShareBars(), label("", wrap=True)
        self.plot, self.text = SeriesPlot(), QPlainTextEdit()
        self.picture.setFixedSize(_PICTURE, _PICTURE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setReadOnly(True)
        self.text.setProperty("role", "field")
        self.text.setMinimumHeight(_TEXT_HEIGHT)
        self.text.setAccessibleName("How the model goes on with the text")
        across = row(self.picture, space=12)
        across.addLayout(column(self.bars, self.words), 1)
        layout = column(across, self.plot, self.text)
        self.setLayout(layout)
        task = facts.task
        self.picture.setVisible(task in (Task.SEGMENTATION, Task.RECONSTRUCTION))
        self.bars.setVisible(task in (Task.CLASSIFICATION, Task.SEGMENTATION, Task.TEXT_GENERATION))
        self.plot.setVisible(task is Task.FORECASTING)
        self.text.setVisible(task is Task.TEXT_GENERATION)

    def show_answer(self, asked: Asked, answer: Array) -> None:
        facts, truth = self.facts, asked.truth
        self.words.setText("")
        match facts.task:
            case Task.CLASSIFICATION | Task.TEXT_GENERATION:
                is_text = facts.task is Task.TEXT_GENERATION
                found = shares(facts, answer, _NEXT if is_text else _MOST_BARS)
                place = None if truth is None else int(truth)
                self.bars.show_shares(found, place, wrong_is_bad=not is_text)
            case Task.REGRESSION:
                self._show_numbers(answer, truth)
            case Task.SEGMENTATION:
                self._show_mask(asked, answer, truth)
            case Task.RECONSTRUCTION:
                self._show_picture(image_of(answer))
                self._tell_error(asked, answer)
            case Task.FORECASTING:
                self._show_forecast(asked, answer, truth)
        self.words.setVisible(bool(self.words.text()))

    def clear(self) -> None:
        """Nothing is asked about."""
        self.bars.show_shares(())
        self.words.setText("")
        self.picture.clear()
        if self.facts.explains:
            self.picture.hide()
        self._series = None
        self.plot.show_forecast(None, None, None)
        self.text.clear()

    # -- of each task -------------------------------------------------------------------------------
    def _show_numbers(self, answer: Array, truth: Array | None) -> None:
        lines = []
        for at, one in enumerate(numbers(self.facts, answer)):
            told = f"{one.name}: {one.value:.6g}"
            if truth is not None:
                scale = self.facts.targets[at]
                right = float(truth[at]) * scale.std + scale.mean
                told += f"   truly {right:.6g}, off by {short(one.value - right)}"
            lines.append(told)
        self.words.setText("\n".join(lines))

    def _show_mask(self, asked: Asked, answer: Array, truth: Array | None) -> None:
        self.bars.show_shares(covered(self.facts, answer))
        if asked.given.x is not None:
            self._show_picture(with_mask(self._bright(asked.given.x), answer))
        if truth is not None:
            self.words.setText(f"{float((answer == truth).mean()):.1%} of the pixels are right")

    def _tell_error(self, asked: Asked, answer: Array) -> None:
        if asked.given.x is not None:
            apart = float(np.square(answer - self._bright(asked.given.x)).mean())
            self.words.setText(f"What comes back of it.\nMean squared error {apart:.2g}")

    def _show_forecast(self, asked: Asked, answer: Array, truth: Array | None) -> None:
        past = None if asked.given.x is None else own_steps(self.facts, asked.given.x)
        came = None
        if truth is not None:
            mean, std = np.array([(one.mean, one.std) for one in self.facts.targets]).T
            came = truth * std + mean
        self._series = (past, answer, came)
        self._draw_series()

    def show_channel(self, channel: int) -> None:
        """Show this one of a series of several."""
        self._channel = channel
        if self._series is not None:
            self._draw_series()

    def _draw_series(self) -> None:
        assert self._series is not None
        past, said, came = (None if each is None else each[:, self._channel] for each in self._series)  # fmt: skip
        self.plot.show_forecast(past, said, came)
        if said is not None and came is not None:
            self.words.setText(f"Off by {short(float(np.abs(said - came).mean()))} a step on average")  # fmt: skip

    # -- what it rests on ---------------------------------------------------------------------------
    def show_heat(self, x: Array | None, heat: Array | None) -> None:
        """What of the image counts, (height, width) from 0 to 1; None for no picture."""
        self.picture.setVisible(heat is not None)
        if x is not None and heat is not None:
            self._show_picture(with_heat(self._bright(x), heat))

    def _bright(self, x: Array) -> Array:
        return np.asarray(x, np.float32) / self.facts.scale

    def _show_picture(self, image: QImage) -> None:
        smooth = max(image.width(), image.height()) > _PICTURE
        mode = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation  # fmt: skip
        size = QSize(_PICTURE, _PICTURE)
        self.picture.setPixmap(QPixmap.fromImage(image).scaled(size, Qt.AspectRatioMode.KeepAspectRatio, mode))  # fmt: skip

    # -- text ---------------------------------------------------------------------------------------
    def show_written(self, tokens: list[int], begun: int) -> None:
        """A text, of which the first ``begun`` tokens were given."""
        vocabulary = self.facts.vocabulary
        if vocabulary is None:
            return
        given, whole = vocabulary.decode(tokens[:begun]), vocabulary.decode(tokens)
        self.text.clear()
        cursor = self.text.textCursor()
        for text, color in ((given, theme.colors().dim), (whole[len(given) :], theme.colors().text)):  # fmt: skip
            form = QTextCharFormat()
            form.setForeground(QColor(color))
            cursor.insertText(text, form)
        self.text.moveCursor(QTextCursor.MoveOperation.End)
