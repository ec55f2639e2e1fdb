"""The last and the best value of every metric, in columns of figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from widgets import theme
from widgets.parts import ElidedLabel, label

_OF_MACHINE = "system/"
_RIGHT = Qt.AlignmentFlag.AlignRight


class MetricsGrid(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)

    def show_metrics(self, metrics: list[tuple[str, str, str]]) -> None:
        if [name for name, _, _ in metrics] != list(self._rows):
            self._rebuild([name for name, _, _ in metrics])
        for name, last, best in metrics:
            for shown, value in zip(self._rows[name], (last, best), strict=True):
                if shown.text() != value:
                    shown.setText(value)

    def _rebuild(self, names: list[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._rows = {}
        for place, title in enumerate(("", "last", "best")):
            self._grid.addWidget(label(title, "dim", scale=0.9), 0, place, _RIGHT)
        for place, name in enumerate(names, start=1):
            values = (label(), label())
            for each in values:
                each.setFont(theme.font())
                each.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._rows[name] = values
            self._grid.addWidget(ElidedLabel(name.removeprefix(_OF_MACHINE), "dim"), place, 0)
            for beside, each in enumerate(values, start=1):
                self._grid.addWidget(each, place, beside, _RIGHT)
