"""Messages: what happened, newest last."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedWidget, QTableView, QWidget

from storage.records import Message
from widgets.icons import icon
from widgets.parts import EmptyState, column
from widgets.plain import line, tip
from widgets.runs.columns import now
from widgets.text import full_moment, moment
from widgets.theme import colors
from workbench.session import Session

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_GLYPHS = {
    "info": ("information-outline", "dim"),
    "warning": ("alert-outline", "warning"),
    "error": ("alert-circle-outline", "error"),
}
_KEPT = 5000


class MessagesModel(QAbstractTableModel):
    """Two columns, when and what; the oldest go when there are too many."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: list[Message] = []

    def add(self, messages: list[Message]) -> None:
        if not messages:
            return
        first = len(self._messages)
        self.beginInsertRows(QModelIndex(), first, first + len(messages) - 1)
        self._messages.extend(messages)
        self.endInsertRows()
        excess = len(self._messages) - _KEPT
        if excess > 0:
            self.beginRemoveRows(QModelIndex(), 0, excess - 1)
            del self._messages[:excess]
            self.endRemoveRows()

    def message(self, row: int) -> Message:
        return self._messages[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._messages)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 2

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        message, when = self._messages[index.row()], index.column() == 0
        if role == Role.DisplayRole:
            return moment(message.time) if when else line(message.text)
        if role == Role.ToolTipRole:
            return full_moment(message.time) if when else tip(message.text)
        if role == Role.DecorationRole and not when:
            return icon(*_GLYPHS[message.level])
        if role == Role.ForegroundRole and when:
            return QColor(colors().dim)
        return None


class MessagesPanel(QWidget):
    """``opened`` tells the run that a message is about when the message is double-clicked."""

    opened = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.model = MessagesModel()
        self.table = _Table(self.model)
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyState("message-outline", "No messages", "What happens is told here.")
        )
        self._pages.addWidget(self.table)
        self.setLayout(column(self._pages))
        session.messages_arrived.connect(self.add)
        session.failed.connect(self._add_failure)
        self.table.doubleClicked.connect(self._open)

    def add(self, messages: list[Message]) -> None:
        bar = self.table.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        self.model.add(messages)
        self._pages.setCurrentIndex(1)
        if at_end:
            self.table.scrollToBottom()

    def _add_failure(self, text: str) -> None:
        self.add([Message(0, now(), "error", text, None)])

    def _open(self, index: QModelIndex) -> None:
        run_id = self.model.message(index.row()).run_id
        if run_id is not None:
            self.opened.emit(run_id)


class _Table(QTableView):
    def __init__(self, model: MessagesModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Messages")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().hide()
        self.horizontalHeader().resizeSection(0, self.fontMetrics().averageCharWidth() * 15)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            model = self.model()
            assert isinstance(model, MessagesModel)
            chosen = [model.message(row) for row in rows]
            QGuiApplication.clipboard().setText(
                "\n".join(f"{full_moment(each.time)} {each.level} {each.text}" for each in chosen)
            )
        else:
            super().keyPressEvent(event)
