"""The datasets as a list, found by any word of what is said of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from widgets import theme
from widgets.data.words import GLYPH, ORIGIN, line, state
from widgets.icons import icon
from widgets.item_paint import paint_ground, paint_line
from widgets.parts import column
from widgets.plain import tip
from workbench.datasets import Listed, Origin

_HEIGHT, _PICTURE = 50, 22
_LISTED = Qt.ItemDataRole.UserRole


class DatasetList(QWidget):
    chosen = Signal(str)
    """The name of the dataset that is the current one now."""

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a dataset")
        self.search.setAccessibleName("Find a dataset")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Datasets")
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = column(self.search, self.list, space=6)
        layout.setContentsMargins(8, 8, 0, 0)
        self.setLayout(layout)
        self.search.textChanged.connect(self._find)
        self.list.currentItemChanged.connect(self._tell)

    @property
    def current(self) -> str:
        """The name of the current dataset, or ""."""
        item = self.list.currentItem()
        return item.data(_LISTED).info.name if item else ""

    def show_datasets(self, found: Sequence[Listed]) -> None:
        """Show these; the current one stays so while it is there."""
        before, place = self.current, self.list.verticalScrollBar().value()
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for each in found:
            item = QListWidgetItem(each.info.title)
            item.setData(_LISTED, each)
            item.setToolTip(tip(f"{each.info.summary}\n{ORIGIN[each.origin]}, {state(each)}"))
            words = f"{each.info.title}, {line(each)}, {ORIGIN[each.origin]}, {state(each)}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            self.list.addItem(item)
        self._find()
        self.choose(before)
        if self.list.currentRow() < 0 and self.list.count():
            self.list.setCurrentRow(0)
        self.list.blockSignals(blocked)
        self.list.verticalScrollBar().setValue(place)
        if self.current != before:
            self._tell()

    def choose(self, name: str) -> None:
        """Make a dataset the current one, if it is there."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_LISTED).info.name == name:
                self.list.setCurrentRow(row)
                self.list.scrollToItem(self.list.item(row))

    def _find(self) -> None:
        words = self.search.text().lower().split()
        for row in range(self.list.count()):
            item = self.list.item(row)
            each: Listed = item.data(_LISTED)
            said = f"{each.info.name} {each.info.summary} {item.data(Qt.ItemDataRole.AccessibleTextRole)}".lower()
            item.setHidden(not all(word in said for word in words))

    def _tell(self) -> None:
        if self.current:
            self.chosen.emit(self.current)


class _Delegate(QStyledItemDelegate):
    """Two lines: the title and how it is at hand; below what it is."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:  # fmt: skip
        return QSize(200, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:  # fmt: skip
        listed: Listed = index.data(_LISTED)
        rect: QRect = option.rect
        painter.save()
        paint_ground(painter, option)
        picture = QRect(
            rect.left() + 8, rect.top() + (rect.height() - _PICTURE) // 2, _PICTURE, _PICTURE
        )
        icon(GLYPH[listed.info.input], "accent" if listed.prepared else "dim").paint(
            painter, picture
        )
        self._paint_words(painter, rect.adjusted(38, 6, -8, -6), listed)
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRect, listed: Listed) -> None:
        colors = theme.colors()
        said = "imported" if listed.origin is Origin.IMPORTED else state(listed)
        painter.setFont(theme.font(0.86))
        painter.setPen(QColor(colors.success if listed.prepared else colors.dim))
        painter.drawText(rect, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, said)
        room = rect.width() - painter.fontMetrics().horizontalAdvance(said) - 8
        paint_line(
            painter, rect, line(listed), colors.dim, Qt.AlignmentFlag.AlignBottom, rect.width()
        )
        painter.setFont(theme.font(bold=True))
        paint_line(painter, rect, listed.info.title, colors.text, Qt.AlignmentFlag.AlignTop, room)
