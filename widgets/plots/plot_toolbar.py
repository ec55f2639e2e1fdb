"""The choices that all plots of a grid share."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
)

from widgets.parts import label, tool_button
from widgets.plain import caption, tip
from workbench.metrics import title
from workbench.plot_settings import LONGEST_WINDOW, STRONGEST, PlotSettings, Smoothing
from workbench.smoothing import Method
from workbench.x_axis import XAxis

_SLIDER_STEPS = 1000
_NUMBER_WIDTH = 78
_METHOD_WORDS = {Method.EXPONENTIAL: "EMA", Method.MEAN: "Mean"}


class PlotToolbar(QWidget):
    changed = Signal()
    """`settings` or `linked` changed."""
    chosen = Signal(str, bool)
    """A metric is to be shown, or not."""
    reset_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = QComboBox()
        for axis in XAxis:
            self.x_axis.addItem(axis.words, axis)
        self.x_axis.setAccessibleName("What stands on the x axis")
        self.x_axis.setToolTip("What stands on the x axis")
        self.smoothing = SmoothingControl()
        self.log_x = _toggle("log x", "Logarithmic x axis")
        self.log_y = _toggle("log y", "Logarithmic y axis")
        self.link = tool_button("link-variant", "Zoom all plots together along x")
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.reset = tool_button("magnify-minus-outline", "Show all in every plot (R in one plot)")
        self.metrics = tool_button("chart-multiple", "Choose the plots")
        self.metrics.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = _StayingMenu(self)
        self.metrics.setMenu(self._menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 5)
        layout.setSpacing(4)
        layout.addWidget(self.x_axis)
        layout.addSpacing(6)
        layout.addWidget(self.smoothing, 1)
        layout.addSpacing(6)
        for each in (self.log_x, self.log_y, self.link, self.reset, self.metrics):
            layout.addWidget(each)
        self.x_axis.currentIndexChanged.connect(self.changed)
        self.smoothing.changed.connect(self.changed)
        for toggle in (self.log_x, self.log_y, self.link):
            toggle.toggled.connect(self.changed)
        self.reset.clicked.connect(self.reset_wanted)

    @property
    def settings(self) -> PlotSettings:
        return PlotSettings(
            XAxis(self.x_axis.currentData()),
            self.log_x.isChecked(),
            self.log_y.isChecked(),
            self.smoothing.smoothing,
        )

    def set_settings(self, settings: PlotSettings) -> None:
        with QSignalBlocker(self):
            self.x_axis.setCurrentIndex(self.x_axis.findData(settings.x_axis))
            self.log_x.setChecked(settings.log_x)
            self.log_y.setChecked(settings.log_y)
            self.smoothing.set_smoothing(settings.smoothing)
        self.changed.emit()

    @property
    def linked(self) -> bool:
        return self.link.isChecked()

    def offer(self, metrics: Iterable[tuple[str, bool]]) -> None:
        """List what can be shown, and whether it is."""
        self._menu.clear()
        for metric, shown in metrics:
            action = QAction(caption(title(metric)), self._menu, checkable=True, checked=shown)
            action.toggled.connect(lambda on, metric=metric: self.chosen.emit(metric, on))
            self._menu.addAction(action)

    # -- what is remembered -------------------------------------------------------------------------
    def state(self) -> str:
        return json.dumps({**asdict(self.settings), "linked": self.linked})

    def restore(self, text: str) -> None:
        """Take what `state` gave; anything else is left alone."""
        try:
            raw = json.loads(text)
            smoothing = Smoothing(
                Method(raw["smoothing"]["method"]), float(raw["smoothing"]["amount"])
            )
            settings = PlotSettings(
                XAxis(raw["x_axis"]), bool(raw["log_x"]), bool(raw["log_y"]), smoothing
            )
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
            "How curves are smoothed: by an exponential moving average, as in TensorBoard, or by the "
            "mean of the last points. The raw curve stays behind."
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
        exponential = self.method.currentData() == Method.EXPONENTIAL
        with QSignalBlocker(self.number):
            self.number.setDecimals(3 if exponential else 0)
            self.number.setSingleStep(0.05 if exponential else 10)
            self.number.setRange(*((0, STRONGEST) if exponential else (1, LONGEST_WINDOW)))
            self.number.setToolTip(
                "Weight of the past: 0 to 0.999" if exponential else "Number of points"
            )
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
    """What a place of the slider (0 to 1) stands for: finer where it smooths more."""
    if method is Method.EXPONENTIAL:
        return min(STRONGEST, 1 - 10 ** (-3 * part))
    return float(round(LONGEST_WINDOW**part))


def _part(method: Method, amount: float) -> float:
    if method is Method.EXPONENTIAL:
        return min(1.0, -math.log10(1 - amount) / 3)
    return math.log(max(1.0, amount)) / math.log(LONGEST_WINDOW)


class _StayingMenu(QMenu):
    """Stays open while boxes are checked."""

    def mouseReleaseEvent(self, event: object) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable():
            action.toggle()
            return
        super().mouseReleaseEvent(event)  # type: ignore[arg-type]


def _toggle(text: str, name: str) -> QToolButton:
    result = QToolButton()
    result.setText(text)
    result.setCheckable(True)
    result.setToolTip(tip(name))
    result.setAccessibleName(name)
    return result
