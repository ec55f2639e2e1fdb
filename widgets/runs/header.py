"""The header of the table of runs. It shows how the runs are sorted and asks for what a person does to the columns."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QHeaderView, QWidget

from widgets.runs.cells import inner, write
from widgets.runs.color_scale import tint
from widgets.runs.model import RIGHT, RunsModel
from widgets.theme import colors

_SCALE = 3


class RunsHeader(QHeaderView):
    """Clicks sort, with Shift they add to the sort; columns are dragged to another place and to another width."""

    sort_wanted = Signal(int, bool)
    """A column, and whether it is to be added to those that are sorted by."""
    menu_wanted = Signal(int, QPoint)
    """A column, or -1 beside them, and a point of the screen."""
    fit_wanted = Signal(int)
    dragged = Signal(list)
    """list[int]: the columns in the order that they were dragged into."""

    def __init__(self, model: RunsModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._runs = model
        self._hovered = -1
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(36)
        self.setMouseTracking(True)
        self.setAccessibleName("Columns")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        model.marked.connect(self.viewport().update)
        self.sectionClicked.connect(self._sort)
        self.sectionHandleDoubleClicked.connect(self.fit_wanted)
        self.sectionMoved.connect(lambda *_: self._tell_order())
        self.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(
                self.logicalIndexAt(point), self.viewport().mapToGlobal(point)
            )
        )

    def _sort(self, section: int) -> None:
        modifiers = QApplication.keyboardModifiers()
        self.sort_wanted.emit(section, bool(modifiers & Qt.KeyboardModifier.ShiftModifier))

    def _tell_order(self) -> None:
        """The model has the columns in the order of the screen, so the header moves nothing for long."""
        order = [self.logicalIndex(place) for place in range(self.count())]
        self.blockSignals(True)
        for place in range(self.count()):
            self.moveSection(self.visualIndex(place), place)
        self.blockSignals(False)
        self.dragged.emit(order)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.logicalIndexAt(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, section: int) -> None:
        if section != self._hovered:
            self._hovered = section
            self.viewport().update()

    # -- looks ------------------------------------------------------------------------------------
    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        now = colors()
        hovered = section == self._hovered
        painter.fillRect(rect, QColor(now.hover if hovered else now.window))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(now.border))
        if self._runs.scale_of(section) is not None:
            self._paint_scale(painter, rect)
        room = inner(rect)
        mark = self.mark(section)
        align = self._runs.headerData(
            section, self.orientation(), Qt.ItemDataRole.TextAlignmentRole
        )
        if mark:
            write(painter, room, mark, now.accent, RIGHT)
            room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(mark) - 4)
        title = self._runs.columns[section].title
        write(painter, room, title, now.text if hovered or mark else now.dim, align)

    def mark(self, section: int) -> str:
        """An arrow where the runs are sorted by the column, with its place among several."""
        sort = self._runs.sort_of(section)
        if sort is None:
            return ""
        place, key = sort
        arrow = "▼" if key.descending else "▲"
        return f"{arrow}{place}" if len(self._runs.view.sort) > 1 else arrow

    def wanted_width(self, section: int) -> int:
        """What title and mark need."""
        words = self._runs.columns[section].title + self.mark(section)
        return self.fontMetrics().horizontalAdvance(words) + 20

    @staticmethod
    def _paint_scale(painter: QPainter, rect: QRect) -> None:
        strip = QRect(rect.left() + 2, rect.bottom() - _SCALE, rect.width() - 4, _SCALE)
        shades = QLinearGradient(strip.topLeft(), strip.topRight())
        shades.setColorAt(0.0, tint(0.0))
        shades.setColorAt(1.0, tint(1.0))
        painter.fillRect(strip, shades)
