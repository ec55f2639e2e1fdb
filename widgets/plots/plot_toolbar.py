"""The choices that all plots of a grid share."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSlider,
    QToolButton,
    QWidget,
)

from widgets.parts import label, tool_button
from widgets.plain import line, tip
from widgets.plots.metric_chooser import MetricChooser
from workbench.plot_settings import (
    LONGEST_WINDOW,
    STRONGEST,
    WIDEST_SIGMA,
    PlotSettings,
    Smoothing,
)
from workbench.smoothing import Method
from workbench.x_axis import XAxis

_SLIDER_STEPS = 1000
_NUMBER_WIDTH = 78
_LIST_WIDTH = 190
_OF_METRIC = "metric:"
_METHOD_WORDS = {Method.EXPONENTIAL: "EMA", Method.MEAN: "Mean", Method.GAUSSIAN: "Gaussian"}
_AXES = tuple(axis for axis in XAxis if axis is not XAxis.METRIC)


class PlotToolbar(QWidget):
    changed = Signal()
    """`settings` or `linked` changed."""
    chosen = Signal(str, bool)
    """A metric is to be shown, or not."""
    reset_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = QComboBox()
        for axis in _AXES:
            self.x_axis.addItem(axis.words, axis)
        self.x_axis.setAccessibleName("What stands on the x axis")
        self.x_axis.setToolTip(
            tip(
                "What stands on the x axis. A point of a curve stands at the value that a metric had at the last step "
                "that is not after the point's own."
            )
        )
        self.x_axis.setMinimumContentsLength(5)
        self.x_axis.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.x_axis.view().setMinimumWidth(_LIST_WIDTH)
        self.smoothing = SmoothingControl()
        self.log_x = _toggle("log x", "Logarithmic x axis")
        self.log_y = _toggle("log y", "Logarithmic y axis")
        self.link = tool_button("link-variant", "Zoom all plots together along x")
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.reset = tool_button("magnify-minus-outline", "Show all in every plot (R in one plot)")
        self.metrics = tool_button("chart-multiple", "Choose the plots")
        self.outliers = tool_button(
            "chart-bell-curve",
            "Ignore outliers: the y axis shows from the 1st to the 99th percentile of the values in view; how many lie "
            "outside is told",
        )
        self.outliers.setCheckable(True)
        self.chooser = MetricChooser()
        self.chooser.setParent(self, Qt.WindowType.Popup)
        self.chooser.chosen.connect(self.chosen)
        self.metrics.clicked.connect(self._choose_metrics)
        self._layout = layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 5)
        layout.setSpacing(4)
        layout.addWidget(self.x_axis)
        layout.addSpacing(6)
        layout.addWidget(self.smoothing, 1)
        layout.addSpacing(6)
        for each in (
            self.log_x, self.log_y, self.outliers, self.link, self.reset, self.metrics,
        ):  # fmt: skip
            layout.addWidget(each)
        self.x_axis.currentIndexChanged.connect(self.changed)
        self.smoothing.changed.connect(self.changed)
        for toggle in (self.log_x, self.log_y, self.outliers, self.link):
            toggle.toggled.connect(self.changed)
        self.reset.clicked.connect(self.reset_wanted)

    def add(self, widget: QWidget) -> None:
        """Put a tool of a view's own at the end."""
        self._layout.addWidget(widget)

    @property
    def settings(self) -> PlotSettings:
        chosen = self.x_axis.currentData()
        axis = XAxis(chosen) if chosen in _AXES else XAxis.METRIC
        return PlotSettings(
            axis,
            self.log_x.isChecked(),
            self.log_y.isChecked(),
            self.smoothing.smoothing,
            "" if chosen in _AXES else str(chosen).removeprefix(_OF_METRIC),
            not self.outliers.isChecked(),
        )

    def set_settings(self, settings: PlotSettings) -> None:
        with QSignalBlocker(self):
            self.x_axis.setCurrentIndex(self._place_of(settings))
            self.log_x.setChecked(settings.log_x)
            self.log_y.setChecked(settings.log_y)
            self.outliers.setChecked(not settings.outliers)
            self.smoothing.set_smoothing(settings.smoothing)
        self.changed.emit()

    def _place_of(self, settings: PlotSettings) -> int:
        """The entry for the x axis, which a metric may get only now."""
        if settings.x_axis is not XAxis.METRIC:
            return self.x_axis.findData(settings.x_axis)
        found = self.x_axis.findData(_OF_METRIC + settings.x_metric)
        if found < 0:
            self.x_axis.addItem(line(settings.x_metric), _OF_METRIC + settings.x_metric)
            found = self.x_axis.count() - 1
        return found

    def offer_x(self, names: Sequence[str]) -> None:
        """List the metrics that can stand on the x axis; the one that stands there stays."""
        now = self.x_axis.currentData()
        wanted = [_OF_METRIC + name for name in names]
        if now not in _AXES and now not in wanted:
            wanted.append(now)
        known = [self.x_axis.itemData(place) for place in range(len(_AXES), self.x_axis.count())]
        if wanted == known:
            return
        with QSignalBlocker(self.x_axis):
            while self.x_axis.count() > len(_AXES):
                self.x_axis.removeItem(self.x_axis.count() - 1)
            for data in wanted:
                self.x_axis.addItem(line(data.removeprefix(_OF_METRIC)), data)
            self.x_axis.setCurrentIndex(max(0, self.x_axis.findData(now)))

    @property
    def linked(self) -> bool:
        return self.link.isChecked()

    def offer(self, metrics: Iterable[tuple[str, bool]]) -> None:
        """List what can be shown, and whether it is."""
        self.chooser.offer(metrics)

    def _choose_metrics(self) -> None:
        self.chooser.open_at(self.metrics.mapToGlobal(self.metrics.rect().bottomRight()))

    # -- what is remembered -------------------------------------------------------------------------
    def state(self) -> str:
        now = self.settings
        return json.dumps(
            {
                "x_axis": now.x_axis, "x_metric": now.x_metric, "log_x": now.log_x, "log_y": now.log_y,
                "outliers": now.outliers, "smoothing": asdict(now.smoothing), "linked": self.linked,
            }
        )  # fmt: skip

    def restore(self, text: str) -> None:
        """Take what `state` gave; anything else is left alone."""
        try:
            raw = json.loads(text)
            smoothing = Smoothing(
                Method(raw["smoothing"]["method"]), float(raw["smoothing"]["amount"])
            )
            settings = PlotSettings(
                XAxis(raw["x_axis"]), bool(raw["log_x"]), bool(raw["log_y"]), smoothing,
                str(raw.get("x_metric", "")), bool(raw.get("outliers", True)),
            )  # fmt: skip
            linked = bool(raw["linked"])
        except (ValueError, TypeError, KeyError):
            return
        self.link.setChecked(linked)
        self.set_settings(settings)


class SmoothingControl(QWidget):
    """A method, a slider and a number. At the slider's left end nothing is smoothed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.method = QComboBox()
        for method, words in _METHOD_WORDS.items():
            self.method.addItem(words, method)
        self.method.setToolTip(
            "How curves are smoothed: by an exponential moving average, as in TensorBoard, by the mean of the last "
            "points, or by a Gaussian to both sides. The raw curve stays behind."
        )
        self.method.setAccessibleName("How curves are smoothed")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _SLIDER_STEPS)
        self.slider.setMinimumWidth(60)
        self.slider.setAccessibleName("Smoothing")
        self.number = QDoubleSpinBox()
        self.number.setAccessibleName("Smoothing as a number")
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(_NUMBER_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._caption = label("Smooth", "dim")
        for each in (self._caption, self.method, self.slider, self.number):
            layout.addWidget(each)
        layout.setStretch(2, 1)
        self._take_method()
        self.method.currentIndexChanged.connect(self._take_method)
        self.slider.valueChanged.connect(self._slide)
        self.number.valueChanged.connect(self._count)

    @property
    def smoothing(self) -> Smoothing:
        return Smoothing(Method(self.method.currentData()), self.number.value())

    def set_smoothing(self, smoothing: Smoothing) -> None:
        self.method.setCurrentIndex(self.method.findData(smoothing.method))
        self.number.setValue(smoothing.amount)

    def _take_method(self) -> None:
        method = Method(self.method.currentData())
        kind = _NUMBERS[method]
        with QSignalBlocker(self.number):
            self.number.setDecimals(kind.decimals)
            self.number.setSingleStep(kind.step)
            self.number.setRange(kind.least, kind.most)
            self.number.setToolTip(tip(kind.tip))
            self.number.setValue(0)
        self._count(self.number.value())

    def _slide(self, place: int) -> None:
        part = place / _SLIDER_STEPS
        with QSignalBlocker(self.number):
            self.number.setValue(_amount(Method(self.method.currentData()), part))
        self.changed.emit()

    def _count(self, amount: float) -> None:
        with QSignalBlocker(self.slider):
            part = _part(Method(self.method.currentData()), amount)
            self.slider.setValue(round(part * _SLIDER_STEPS))
        self.changed.emit()


def _amount(method: Method, part: float) -> float:
    """What a place of the slider (0 to 1) stands for: finer where it smooths more, or less."""
    if method is Method.EXPONENTIAL:
        return min(STRONGEST, 1 - 10 ** (-3 * part))
    if method is Method.MEAN:
        return float(round(LONGEST_WINDOW**part))
    return float((WIDEST_SIGMA + 1) ** part - 1)


def _part(method: Method, amount: float) -> float:
    if method is Method.EXPONENTIAL:
        return min(1.0, -math.log10(1 - amount) / 3)
    if method is Method.MEAN:
        return math.log(max(1.0, amount)) / math.log(LONGEST_WINDOW)
    return math.log(1 + amount) / math.log(1 + WIDEST_SIGMA)


class _Number(NamedTuple):
    decimals: int
    step: float
    least: float
    most: float
    tip: str


_NUMBERS = {
    Method.EXPONENTIAL: _Number(3, 0.05, 0, STRONGEST, "Weight of the past: 0 to 0.999"),
    Method.MEAN: _Number(0, 10, 1, LONGEST_WINDOW, "Number of points"),
    Method.GAUSSIAN: _Number(1, 1, 0, WIDEST_SIGMA, "Standard deviation, in points"),
}


def _toggle(text: str, name: str) -> QToolButton:
    result = QToolButton()
    result.setText(text)
    result.setProperty("compact", True)
    result.setCheckable(True)
    result.setToolTip(tip(name))
    result.setAccessibleName(name)
    return result
