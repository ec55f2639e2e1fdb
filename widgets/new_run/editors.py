"""The editors of the form. Turning the wheel over one that has no focus scrolls the form."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QWidget

from runners.parameters import Real
from widgets.plain import tip

_LINEAR_STEPS = 20
_TEXT_MARGIN = 6
"""The style sheet's padding does not reach the line inside a spin box."""


class IntegerBox(QSpinBox):
    def __init__(self, minimum: int, maximum: int) -> None:
        super().__init__()
        self.setRange(minimum, maximum)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(60)
        self.lineEdit().setTextMargins(_TEXT_MARGIN, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class ChoiceBox(QComboBox):
    """Entries have a title to read and a value to use."""

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.set_options(options)

    def set_options(self, options: dict[str, str]) -> None:
        """Offer these values with their titles; the chosen one stays if it is among them."""
        chosen = self.value
        blocked = self.blockSignals(True)
        self.clear()
        for value, title in options.items():
            self.addItem(title, str(value))
        self.blockSignals(blocked)
        self.set_value(chosen)

    def set_reasons(self, reasons: Mapping[str, str]) -> None:
        """Why values cannot be chosen now: those are greyed, with the reason as their tip."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for place in range(self.count()):
            reason = reasons.get(str(self.itemData(place)), "")
            model.item(place).setEnabled(not reason)
            model.item(place).setToolTip(tip(reason))

    @property
    def value(self) -> str:
        return str(self.currentData() or "")

    def set_value(self, value: str) -> None:
        place = self.findData(str(value))
        if place >= 0:
            self.setCurrentIndex(place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class RealEdit(QLineEdit):
    """A number as typed, such as ``1e-3``. Up and Down go to the next round one."""

    def __init__(self, parameter: Real, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parameter = parameter

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if event.key() == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)

    def _step(self, direction: int) -> None:
        parameter = self._parameter
        try:
            value = float(self.text())
        except ValueError:
            return
        if not math.isfinite(value):
            return
        if parameter.logarithmic and value > 0:
            stepped = next_round(value, direction)
        else:
            stepped = value + direction * _linear_step(parameter)
        stepped = min(parameter.maximum, max(parameter.minimum, stepped))
        self.setText(parameter.format(float(f"{stepped:.6g}")))


def next_round(value: float, direction: int) -> float:
    """The next of 1, 2 and 5 times a power of ten, above the value or below it."""
    exponent = math.floor(math.log10(value))
    rounds = [
        digit * 10.0**power for power in range(exponent - 1, exponent + 2) for digit in (1, 2, 5)
    ]
    slack = 1e-9 * value
    if direction > 0:
        return min(each for each in rounds if each > value + slack)
    return max(each for each in rounds if each < value - slack)


def _linear_step(parameter: Real) -> float:
    """A twentieth of a range that a person can survey, else 0.1."""
    span = parameter.maximum - parameter.minimum
    return span / _LINEAR_STEPS if span <= 1 else 0.1
