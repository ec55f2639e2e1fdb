"""The duels of the home, the newest first: what they are about and how far they are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (  # fmt: skip
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (  # fmt: skip
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from widgets import theme
from widgets.duel import words
from widgets.icons import icon
from widgets.item_paint import paint_ground, paint_line
from widgets.plain import line
from workbench.duel.queueing import DuelState

_HEIGHT, _PICTURE, _BAR = 58, 22, 4
_STATE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class DuelList(QListWidget):
    """Return or a double click opens a duel."""

    opened = Signal(str)
    menu_wanted = Signal(str, QPoint)
    """A duel's id, and where on the screen its menu is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Duels")
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.itemActivated.connect(lambda item: self.opened.emit(item.data(_STATE).record.id))
        self.customContextMenuRequested.connect(self._ask_for_menu)

    @property
    def current(self) -> DuelState | None:
        item = self.currentItem()
        return item.data(_STATE) if item else None

    def show_duels(self, states: Sequence[DuelState]) -> None:
        """Show these, in this order; the current one stays so while it is there."""
        before = self.current
        while self.count() > len(states):
            self.takeItem(self.count() - 1)
        while self.count() < len(states):
            self.addItem(QListWidgetItem())
        for at, each in enumerate(states):
            item = self.item(at)
            item.setText(line(each.record.name))
            item.setData(_STATE, each)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{each.record.name}, {words.state(each)}, {words.about(each.match)}")  # fmt: skip
        ids = [each.record.id for each in states]
        if before is not None and before.record.id in ids:
            self.setCurrentRow(ids.index(before.record.id))
        elif states:
            self.setCurrentRow(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current.record.id)
        else:
            super().keyPressEvent(event)

    def _ask_for_menu(self, point: QPoint) -> None:
        if self.current is not None:
            self.menu_wanted.emit(self.current.record.id, self.viewport().mapToGlobal(point))


class _Delegate(QStyledItemDelegate):
    """Two lines: the name and the state; below what it is about and, while it goes on, how far it is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(240, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        state: DuelState = index.data(_STATE)
        rect = QRect(option.rect)
        painter.save()
        paint_ground(painter, option)
        top = rect.top() + (rect.height() - _PICTURE) // 2
        tint = words.tint(state)
        icon("sword-cross", tint).paint(painter, QRect(rect.left() + 12, top, _PICTURE, _PICTURE))
        self._paint_words(painter, rect.adjusted(46, 8, -14, -10), state)
        if words.goes_on(state) and state.total:
            self._paint_bar(painter, QRectF(rect.left() + 46, rect.bottom() - 6, rect.width() - 60, _BAR), state)  # fmt: skip
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRect, state: DuelState) -> None:
        colors, flag = theme.colors(), Qt.AlignmentFlag
        said = words.state(state)
        painter.setFont(theme.font(0.9))
        painter.setPen(QColor(getattr(colors, words.tint(state))))
        painter.drawText(rect, flag.AlignTop | flag.AlignRight, said)
        room = rect.width() - painter.fontMetrics().horizontalAdvance(said) - 12
        paint_line(
            painter, rect, words.about(state.match), colors.dim, flag.AlignBottom, rect.width()
        )
        painter.setFont(theme.font(bold=True))
        paint_line(painter, rect, state.record.name, colors.text, flag.AlignTop, room)

    def _paint_bar(self, painter: QPainter, rect: QRectF, state: DuelState) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, part in ((theme.colors().track, 1.0), (theme.colors().accent, state.done / state.total)):  # fmt: skip
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(QRectF(rect.left(), rect.top(), rect.width() * part, rect.height()), 2, 2)  # fmt: skip
