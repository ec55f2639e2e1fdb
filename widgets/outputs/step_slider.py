"""Which step is looked at: a slider over the steps at which any of the runs kept something."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSlider, QWidget

from widgets.parts import label, row


class StepSlider(QWidget):
    """Stays at its end while more steps come, so that a run that trains is followed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[int] = []
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Step")
        self.slider.setToolTip("Arrows: one step; Home and End: the first and the last")
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(120)
        self._label = label("", "dim")
        self._label.setMinimumWidth(self._label.fontMetrics().horizontalAdvance("step 0,000,000"))
        layout = row(self.slider, self._label)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._tell)

    @property
    def step(self) -> int | None:
        return self.steps[self.slider.value()] if self.steps else None

    def set_steps(self, steps: Iterable[int]) -> None:
        """Keeps the step that is looked at, or one shortly before it."""
        before, at_end = self.step, self.slider.value() >= len(self.steps) - 1
        self.steps = sorted(set(steps))
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self.steps) - 1))
        if before is None or at_end:
            self.slider.setValue(len(self.steps) - 1)
        else:
            self.slider.setValue(max(0, bisect_right(self.steps, before) - 1))
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(self.steps) > 1)
        self._write()

    def _tell(self) -> None:
        self._write()
        self.changed.emit()

    def _write(self) -> None:
        self._label.setText("" if self.step is None else f"step {self.step:,}")
