"""The ranges of a plot's axes as numbers to type."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from widgets.parts import button, label
from workbench.plot_settings import OPEN, Ends

_WIDTH = 130
_PLACES = ("From", "to")


class RangeEditor(QDialog):
    """An empty box leaves that end to the points. Nothing is taken over that is no number or no range."""

    def __init__(self, title: str, x: Ends, y: Ends, locked: bool, seen: tuple[Ends, Ends], parent: QWidget) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle(f"Ranges of {title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._seen = seen
        self.boxes = {axis: (_box(ends[0]), _box(ends[1])) for axis, ends in (("x", x), ("y", y))}
        self.locked = QCheckBox("Lock: the mouse does not move the plot")
        self.locked.setChecked(locked)
        self.problem = label("", "error", wrap=True)
        grid = QGridLayout()
        for row, (axis, boxes) in enumerate(self.boxes.items()):
            grid.addWidget(label(axis, "dim"), row, 0)
            for column, box in enumerate(boxes):
                box.setAccessibleName(f"{axis} {_PLACES[column].lower()}")
                grid.addWidget(label(_PLACES[column], "dim"), row, 1 + 2 * column)
                grid.addWidget(box, row, 2 + 2 * column)
                box.textChanged.connect(self._check)
        take, clear = button("As it is seen now"), button("Clear")
        take.clicked.connect(lambda: self._fill(*self._seen))
        clear.clicked.connect(lambda: self._fill(OPEN, OPEN))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.addButton(take, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(clear, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        for each in (self.locked, self.problem, buttons):
            layout.addWidget(each)
        self._check()

    def _fill(self, x: Ends, y: Ends) -> None:
        for boxes, ends in zip(self.boxes.values(), (x, y), strict=True):
            for box, end in zip(boxes, ends, strict=True):
                box.setText("" if end is None else f"{end:.6g}")

    def _check(self) -> None:
        problem = ""
        for axis in self.boxes:
            try:
                self.ends(axis)
            except ValueError as error:
                problem = f"{axis}: {error}"
        self.problem.setText(problem)
        self._ok.setEnabled(not problem)

    def ends(self, axis: str) -> Ends:
        """What was typed for an axis. Raises ValueError where it is no range."""
        low, high = (_number(box.text()) for box in self.boxes[axis])
        if low is not None and high is not None and low >= high:
            raise ValueError("the first number must be smaller than the second")
        return low, high


def _box(end: float | None) -> QLineEdit:
    box = QLineEdit("" if end is None else f"{end:.10g}")
    box.setPlaceholderText("automatic")
    box.setFixedWidth(_WIDTH)
    return box


def _number(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a number") from None
    if not math.isfinite(number):
        raise ValueError("a range must be finite")
    return number
