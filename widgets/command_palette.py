"""Find an action by a few letters of its name and do it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from widgets.parts import column

_WIDTH, _HEIGHT, _ROW = 480, 400, 26
_FROM_TOP = 70


class CommandPalette(QDialog):
    def __init__(self, parent: QWidget, actions: Iterable[QAction]) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find an action")
        self.setProperty("role", "popup")
        self._actions = [action for action in actions if action.isEnabled()]
        self.box = QLineEdit()
        self.box.setPlaceholderText("What do you want to do?")
        self.box.setAccessibleName("Find an action")
        self.box.textChanged.connect(self._fill)
        self.box.installEventFilter(self)
        self.list = QTreeWidget()
        self._prepare_list()
        self.setLayout(column(self.box, self.list, margin=8))
        self._fill("")
        self.setFixedSize(_WIDTH, _HEIGHT)
        self.move(parent.mapToGlobal(QPoint((parent.width() - _WIDTH) // 2, _FROM_TOP)))
        self.box.setFocus()

    def _prepare_list(self) -> None:
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.setAccessibleName("Actions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemClicked.connect(self._do)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys and Enter act on the list while the line has the focus."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, typed: str) -> None:
        self.list.clear()
        for action in self._actions:
            if matches(typed, action.text()):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QTreeWidgetItem([action.text(), keys])
                item.setIcon(0, action.icon())
                item.setSizeHint(0, QSize(0, _ROW))
                item.setData(0, Qt.ItemDataRole.UserRole, action)
                self.list.addTopLevelItem(item)
        self._choose(0)

    def _step(self, step: int) -> None:
        count = self.list.topLevelItemCount()
        if count:
            self._choose((self.list.currentIndex().row() + step) % count)

    def _choose(self, place: int) -> None:
        self.list.setCurrentIndex(self.list.model().index(place, 0))

    def _do(self, item: QTreeWidgetItem | None) -> None:
        self.close()
        if item is not None:
            action: QAction = item.data(0, Qt.ItemDataRole.UserRole)
            action.trigger()


def matches(typed: str, text: str) -> bool:
    """Whether the text has the typed letters in their order; spaces and capitals do not count."""
    letters = iter(text.casefold())
    return all(letter in letters for letter in typed.casefold().replace(" ", ""))
