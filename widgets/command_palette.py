"""Find an action by a few letters of its name and do it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QWidget

from widgets.parts import column

_WIDTH, _ROWS = 460, 12


class CommandPalette(QDialog):
    def __init__(self, parent: QWidget, actions: Iterable[QAction]) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find an action")
        self._actions = [action for action in actions if action.isEnabled()]
        self.box = QLineEdit()
        self.box.setPlaceholderText("What do you want to do?")
        self.box.setAccessibleName("Find an action")
        self.list = QListWidget()
        self.list.setAccessibleName("Actions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setLayout(column(self.box, self.list, margin=8))
        self.box.textChanged.connect(self._fill)
        self.box.installEventFilter(self)
        self.list.itemClicked.connect(self._do)
        self._fill("")
        height = self.list.sizeHintForRow(0) * _ROWS + self.box.sizeHint().height() + 32
        self.setFixedSize(_WIDTH, height)
        self.move(
            parent.mapToGlobal(parent.rect().center()).x() - _WIDTH // 2,
            parent.mapToGlobal(parent.rect().topLeft()).y() + 70,
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys and Enter act on the list while the line has the focus."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if event.key() in steps:
                count = max(1, self.list.count())
                self.list.setCurrentRow(
                    (self.list.currentRow() + steps[Qt.Key(event.key())]) % count
                )
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, typed: str) -> None:
        self.list.clear()
        found = [action for action in self._actions if matches(typed, action.text())]
        for action in found:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(action.icon(), action.text() + (f"    {keys}" if keys else ""))
            item.setData(Qt.ItemDataRole.UserRole, action)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self, item: QListWidgetItem | None) -> None:
        self.close()
        if item is not None:
            action: QAction = item.data(Qt.ItemDataRole.UserRole)
            action.trigger()


def matches(typed: str, text: str) -> bool:
    """Whether the text has the typed letters in their order; spaces and capitals do not count."""
    letters = iter(text.casefold())
    return all(letter in letters for letter in typed.casefold().replace(" ", ""))
