"""Samples as rows: the picture, what it truly is, and what each run said of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QImage, QPixmap

from storage.records import RunRecord
from widgets import plain, theme
from widgets.icons import run_swatch
from workbench.samples import Answer, Bytes, Sample

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
PICTURE = 44
"""The side of a picture in pixels."""
_LEADING = ("Sample", "Truth", "Loss")
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SamplesModel(QAbstractTableModel):
    """The picture with its number, the truth, the mean loss, then a column a run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunRecord] = []
        self.samples: list[Sample] = []
        self._images: Mapping[int, Bytes] = {}
        self._pixmaps: dict[int, QPixmap] = {}
        theme.theme().changed.connect(self._repaint)

    def set_runs(self, runs: Sequence[RunRecord], images: Mapping[int, Bytes]) -> None:
        """``images`` are those of the samples, by their places."""
        self.beginResetModel()
        self.runs, self._images, self._pixmaps = list(runs), images, {}
        self.samples = []
        self.endResetModel()

    def set_samples(self, samples: Sequence[Sample]) -> None:
        self.beginResetModel()
        self.samples = list(samples)
        self.endResetModel()

    def _repaint(self) -> None:
        if self.samples:
            last = self.index(len(self.samples) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.samples)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(_LEADING) + len(self.runs)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        sample, column = self.samples[index.row()], index.column()
        if column >= len(_LEADING):
            return self._of_run(sample, sample.answers[column - len(_LEADING)], role)
        if role == Role.DisplayRole:
            return (f"{sample.index:,}", plain.line(sample.truth), _loss(sample.loss))[column]
        if role == Role.DecorationRole and column == 0:
            return self._pixmap(sample.index)
        if role == Role.TextAlignmentRole:
            return _LEFT
        if role == Role.FontRole and column == 1:
            return theme.font(bold=True)
        if role == Role.ToolTipRole:
            return plain.tip((f"Sample {sample.index:,} of the test part", f"It is {sample.truth}", "The mean of the losses that are known")[column])  # fmt: skip
        return None

    def _of_run(self, sample: Sample, answer: Answer, role: int) -> Any:
        colors = theme.colors()
        if role == Role.DisplayRole:
            return _words(sample, answer)
        if role == Role.ForegroundRole:
            known = answer.right is not None
            return QColor(colors.dim if not known else colors.text if answer.right else colors.error)  # fmt: skip
        if role == Role.BackgroundRole and answer.right is False:
            return theme.mixed(colors.error, colors.base, 0.1)
        if role == Role.FontRole and answer.right is False:
            return theme.font(bold=True)
        if role == Role.ToolTipRole:
            return plain.tip(_whole_words(answer))
        return _LEFT if role == Role.TextAlignmentRole else None

    def _pixmap(self, index: int) -> QPixmap | None:
        if index not in self._images:
            return None
        if index not in self._pixmaps:
            self._pixmaps[index] = as_pixmap(self._images[index], PICTURE)
        return self._pixmaps[index]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if section < len(_LEADING):
            return _LEADING[section] if role == Role.DisplayRole else None
        run = self.runs[section - len(_LEADING)]
        if role == Role.DisplayRole:
            return plain.line(run.name)
        if role == Role.DecorationRole:
            return run_swatch(run.color)
        if role == Role.ToolTipRole:
            return plain.tip(f"#{run.id} {run.name}")
        return None


def as_pixmap(image: Bytes, side: int) -> QPixmap:
    """Of shape (height, width, 1 or 3); small ones are enlarged without smoothing, so that their pixels are seen."""
    height, width, channels = image.shape
    form = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    picture = QImage(image.tobytes(), width, height, width * channels, form)
    smooth = max(width, height) > side
    mode = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation  # fmt: skip
    scaled = picture.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode)
    return QPixmap.fromImage(scaled)


def _loss(loss: float) -> str:
    return "–" if math.isnan(loss) else "∞" if math.isinf(loss) else f"{loss:.3f}"


def _words(sample: Sample, answer: Answer) -> str:
    given = answer.prediction
    if given is None:
        return plain.line(sample.truth) if answer.right else "not kept"
    chance = "" if given.probability is None else f"  {given.probability:.0%}"
    return plain.line(given.predicted) + chance


def _whole_words(answer: Answer) -> str:
    given = answer.prediction
    if given is None:
        if answer.right:
            return "Right: it is not among the mistakes, all of which the run kept"
        return "The run did not keep its answer about this sample"
    words = ["Right" if given.right else f"Wrong: it is {given.truth}"]
    if given.probability is not None:
        words.append(f"{given.probability:.2%} sure of {given.predicted}")
    if given.truth_probability is not None:
        words.append(f"{given.truth_probability:.2%} for {given.truth}, a loss of {_loss(given.loss)}")  # fmt: skip
    return "\n".join(words)
