"""A row of joined buttons, one of which is pressed."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QWidget

from widgets.parts import button, row


class Segments(QWidget):
    changed = Signal(str)

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons = {value: button(title) for value, title in options.items()}
        layout = row(space=0)
        last = len(options) - 1
        for place, each in enumerate(self._buttons.values()):
            each.setCheckable(True)
            each.setProperty(
                "segment", "first" if place == 0 else "last" if place == last else "middle"
            )
            each.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(each)
            layout.addWidget(each)
        self.setLayout(layout)
        first = next(iter(self._buttons.values()))
        first.setChecked(True)
        self.setFocusProxy(first)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._group.buttonClicked.connect(lambda: self.changed.emit(self.value))

    @property
    def value(self) -> str:
        pressed = self._group.checkedButton()
        return next(value for value, each in self._buttons.items() if each is pressed)

    def set_value(self, value: str) -> None:
        if value in self._buttons:
            self._buttons[value].setChecked(True)
            self.changed.emit(value)

    def offer(self, values: Collection[str]) -> None:
        """Show only these; the first of them is pressed where another one was. Those at both ends stay."""
        for value, each in self._buttons.items():
            each.setVisible(value in values)
        if self.value not in values:
            next(self._buttons[value] for value in self._buttons if value in values).setChecked(
                True
            )

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        for each in self._buttons.values():
            each.setAccessibleName(f"{name}: {each.text()}")
