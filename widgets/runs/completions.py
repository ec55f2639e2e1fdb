"""The list of ways to go on with a line, below the place where it is written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRect, Signal
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QHeaderView, QLineEdit, QTreeView

from storage.records import Completion
from widgets.plain import line
from widgets.theme import colors

_WIDTH = 420
_ROWS = 10
_MOST = 200


class Completions(QCompleter):
    """Nothing is chosen at first, so that Enter goes on as if the list were not there."""

    taken = Signal(str, int, int)
    """A text, and from where to where it replaces what stands in the line."""

    def __init__(self, box: QLineEdit) -> None:
        super().__init__(box)
        self._box = box
        self._offers: Sequence[Completion] = ()
        self._rows = QStandardItemModel(0, 2, self)
        self.setModel(self._rows)
        self.setWidget(box)
        self.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.setMaxVisibleItems(_ROWS)
        self._list = QTreeView()
        self._list.setHeaderHidden(True)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setProperty("role", "popup")
        self.setPopup(self._list)
        header = self._list.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._list.clicked.connect(self._click)

    @property
    def visible(self) -> bool:
        return self._list.isVisible()

    @property
    def texts(self) -> list[str]:
        return [each.text.strip() for each in self._offers]

    def offer(self, offers: Sequence[Completion], left: int) -> None:
        """Show these below the pixel of the line; without any, hide."""
        self._offers = offers[:_MOST]
        if not offers:
            self.hide()
            return
        self._rows.setRowCount(0)
        for each in self._offers:
            words = QStandardItem(line(each.text.strip()))
            more = QStandardItem(line(each.help))
            more.setForeground(QColor(colors().dim))
            self._rows.appendRow([words, more])
        self.complete(QRect(max(0, left - 6), 0, _WIDTH, self._box.height()))
        self._list.setCurrentIndex(QModelIndex())

    def hide(self) -> None:
        self._list.hide()

    def take(self, *, first: bool = False) -> bool:
        """Take the chosen one, or the first if none is; False if the list is not open or nothing is chosen."""
        if not self.visible or not self._offers:
            return False
        row = self._list.currentIndex().row()
        if row < 0 and not first:
            return False
        self._emit(max(row, 0))
        return True

    def _click(self, index: QModelIndex) -> None:
        self._emit(index.row())

    def _emit(self, row: int) -> None:
        each = self._offers[row]
        self.hide()
        self.taken.emit(each.text, each.start, each.stop)
