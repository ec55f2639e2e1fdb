"""The table of runs: one view, whose pinned columns stay where they are when the others scroll sideways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QTableView

from widgets.dragged import Dragged, drag, far_enough
from widgets.runs.cells import Cells
from widgets.runs.columns import NAME, STARRED
from widgets.runs.header import RunsHeader
from widgets.runs.keep import Standing
from widgets.runs.model import RunsModel
from widgets.theme import colors

_Select = QItemSelectionModel.SelectionFlag
Index = QModelIndex | QPersistentModelIndex
_PART_PINNED = 0.7
"""Pinned columns that would take more of the table than this scroll with the others."""
Key = Qt.Key


class RunsTable(QTableView):
    picked = Signal(tuple)
    """tuple[int, ...]: the runs that a person selected, the current one first."""
    opened = Signal(int)
    """A run was double-clicked, or Enter was pressed on it."""
    copy_wanted = Signal()
    star_wanted = Signal(int, bool)
    resized = Signal(int, int)
    """A person gave a column another width, in pixels."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self.runs = model
        self._quiet = False
        self._sizing = False
        self._frozen = 0
        self.header = RunsHeader(model, self)
        self.setHorizontalHeader(self.header)
        self.setModel(model)
        self.cells = Cells(model, self)
        self.setItemDelegate(self.cells)
        self.pinned_header = RunsHeader(model, self)
        self.pinned_header.setModel(model)
        self._standing = Standing(self)
        self._held: QMouseEvent | None = None
        self._look()
        self._connect()

    def _look(self) -> None:
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 12)
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)

    def _connect(self) -> None:
        self.selectionModel().selectionChanged.connect(self._tell)
        self.doubleClicked.connect(self._open_index)
        self.runs.arranging.connect(self._before_change)
        self.runs.arranged.connect(self._after_change)
        for header, other in (
            (self.header, self.pinned_header),
            (self.pinned_header, self.header),
        ):
            header.sectionResized.connect(
                lambda place, _, size, other=other: self._follow_size(other, place, size)
            )
        self.size_columns()

    # -- selection ----------------------------------------------------------------------------------
    def selected_runs(self) -> tuple[int, ...]:
        """The selected runs that are listed, the current one first, the others from top to bottom."""
        chosen = self.selectionModel().selection()
        parts = sorted(
            (chosen.at(at).top(), chosen.at(at).bottom()) for at in range(chosen.count())
        )
        ids = dict.fromkeys(each for part in parts for each in self.runs.ids_between(*part))
        current = self.runs.id_at(self.currentIndex().row())
        if current in ids:
            ids = {current: None, **ids}
        return tuple(ids)

    def show_selection(self, run_ids: Sequence[int]) -> None:
        """Select what another view selected."""
        if set(run_ids) == set(self.selected_runs()):
            return
        self.select_runs(run_ids, scroll=True)

    def select_runs(self, run_ids: Sequence[int], *, scroll: bool) -> None:
        """Select those that are listed, without telling."""
        rows = [row for run_id in run_ids if (row := self.runs.row_of(run_id)) is not None]
        selection, last = QItemSelection(), self.runs.columnCount() - 1
        for first, end in _stretches(sorted(set(rows))):
            selection.select(self.runs.index(first, 0), self.runs.index(end, last))
        self._quiet = True
        if rows:
            current = self.runs.index(rows[0], max(0, self.runs.column_of(NAME)))
            self.selectionModel().setCurrentIndex(current, _Select.NoUpdate)
            if scroll:
                self.scrollTo(current)
        self.selectionModel().select(selection, _Select.ClearAndSelect)
        self._quiet = False

    def _tell(self) -> None:
        if not self._quiet:
            self.picked.emit(self.selected_runs())

    # -- rows that change -----------------------------------------------------------------------------
    @property
    def editing(self) -> bool:
        return self.state() == QAbstractItemView.State.EditingState

    def _before_change(self) -> None:
        self._quiet = True
        self._standing.keep()

    def _after_change(self) -> None:
        self.size_columns()
        self._standing.restore()
        self.executeDelayedItemsLayout()  # else Qt does it within the next paint, and paints twice
        self._quiet = False

    # -- columns ------------------------------------------------------------------------------------
    def size_columns(self) -> None:
        """Give every column the width that the view says, and pin the first ones."""
        self._sizing = True
        view, digit = self.runs.view, self.fontMetrics().averageCharWidth()
        for place, each in enumerate(self.runs.columns):
            width = view.widths.get(each.term, each.width * digit + 12)
            for header in (self.header, self.pinned_header):
                header.resizeSection(place, width)
        self._sizing = False
        self._pin()

    def fit_column(self, place: int) -> None:
        """As wide as the rows in sight and the header need."""
        needed = [self.cells.wanted_width(row, place, self.font()) for row in self.visible_rows()]
        self.header.resizeSection(place, max([self.header.wanted_width(place), *needed]))

    def visible_rows(self) -> range:
        first = self.rowAt(0)
        last = self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return range(0)
        return range(first, (last if last >= 0 else self.runs.rowCount() - 1) + 1)

    def _follow_size(self, other: RunsHeader, place: int, size: int) -> None:
        if not self._sizing:
            self._sizing = True
            other.resizeSection(place, size)
            self._sizing = False
            self.resized.emit(place, size)
            self._pin()

    def _pin(self) -> None:
        view, columns = self.runs.view, self.runs.columns
        count = sum(each.term in view.pinned for each in columns)
        widths = [self.columnWidth(place) for place in range(count)]
        fits = sum(widths) <= self.viewport().width() * _PART_PINNED
        self._frozen = count if fits else 0
        self._sizing = True  # a hidden column tells of a width of nothing
        for place in range(len(columns)):
            self.pinned_header.setSectionHidden(place, place >= self._frozen)
        self._sizing = False
        self._place_pinned_header()
        self.viewport().update()

    def _place_pinned_header(self) -> None:
        place = self.header.geometry()
        self.pinned_header.setGeometry(
            self.viewport().x(), place.y(), self._pinned_width(), place.height()
        )
        self.pinned_header.setVisible(self._frozen > 0)
        self.pinned_header.raise_()

    def _pinned_width(self) -> int:
        return sum(self.columnWidth(place) for place in range(self._frozen))

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if hasattr(self, "pinned_header"):
            self._place_pinned_header()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pin()

    # -- pinned columns stay where they are --------------------------------------------------------
    def visualRect(self, index: Index) -> QRect:
        rect = super().visualRect(index)
        if index.isValid() and index.column() < self._frozen:
            rect.moveLeft(sum(self.columnWidth(place) for place in range(index.column())))
        return rect

    def indexAt(self, point: QPoint) -> QModelIndex:
        left = 0
        for place in range(self._frozen):
            left += self.columnWidth(place)
            if 0 <= point.x() < left:
                row = self.rowAt(point.y())
                return self.runs.index(row, place) if row >= 0 else QModelIndex()
        return super().indexAt(point)

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring the cell into sight, beside the pinned columns and not under them."""
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        if index.column() < self._frozen:
            bar.setValue(before)
            return
        hidden = self._pinned_width() - self.columnViewportPosition(index.column())
        if hidden > 0:
            bar.setValue(bar.value() - hidden)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if dx and self._frozen:
            self.viewport().update()
            self.updateEditorGeometries()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        super().dataChanged(first, last, list(roles))
        if self._frozen and self.horizontalOffset():
            self.viewport().update(0, 0, self._pinned_width(), self.viewport().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._frozen:
            return
        painter = QPainter(self.viewport())
        if self.horizontalOffset():
            self._paint_pinned(painter, event.rect())
        height = self.viewport().height()
        if self._frozen < len(self.runs.columns):
            edge = QRect(self._pinned_width() - 1, 0, 1, height)
            painter.fillRect(edge, QColor(colors().border))
        painter.end()

    def _paint_pinned(self, painter: QPainter, region: QRect) -> None:
        strip = QRect(0, 0, self._pinned_width(), self.viewport().height())
        painter.setClipRect(strip)
        painter.fillRect(strip & region, QColor(colors().base))
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain, chosen = option.state, self.selectionModel()
        for row in self.visible_rows():
            for place in range(self._frozen):
                index = self.runs.index(row, place)
                option.rect = self.visualRect(index)
                if option.rect.intersects(region):
                    selected = chosen.isSelected(index)
                    option.state = plain | QStyle.StateFlag.State_Selected if selected else plain
                    self.cells.paint(painter, option, index)

    # -- keys and mouse -----------------------------------------------------------------------------
    def edit_name(self) -> None:
        row, place = self.currentIndex().row(), self.runs.column_of(NAME)
        if self.runs.run_at(row) is not None and place >= 0:
            self.edit(self.runs.index(row, place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.editing:
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif not self._key(event):
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        """Whether the key was one of the table's own."""
        row, heading = self.currentIndex().row(), self.runs.heading_at(self.currentIndex().row())
        key = event.key()
        all_of_them = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Key.Key_F2:
            self.edit_name()
        elif heading and key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space):
            self.fold(row, not heading.collapsed)
        elif key in (Key.Key_Return, Key.Key_Enter):
            self._open_index(self.currentIndex())
        elif self.runs.grouped and key in (Key.Key_Left, Key.Key_Right):
            self._fold_by_key(row, key == Key.Key_Left, all_of_them)
        else:
            return False
        return True

    def _fold_by_key(self, row: int, left: bool, all_of_them: bool) -> None:
        """Left collapses, or goes to the heading above; Right expands, or goes on; with Shift for all groups."""
        heading = self.runs.heading_at(row)
        if all_of_them:
            self.fold_all(left)
        elif heading and heading.collapsed != left:
            self.fold(row, left)
        else:
            target = self.runs.heading_row_above(row) if left else row + 1
            if target is not None and target < self.runs.rowCount():
                self._go_to(target)

    def _go_to(self, row: int) -> None:
        index = self.runs.index(row, 0)
        runs = self.runs.id_at(row) is not None
        flags = _Select.ClearAndSelect | _Select.Rows if runs else _Select.NoUpdate
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def fold(self, row: int, collapsed: bool) -> None:
        """Collapse or expand the group of a heading's row."""
        heading = self.runs.heading_at(row)
        if heading:
            self.runs.fold(lambda values: values == heading.values, collapsed)

    def fold_all(self, collapsed: bool) -> None:
        self.runs.fold(lambda _: True, collapsed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            super().mousePressEvent(event)
        elif (heading := self.runs.heading_at(index.row())) is not None:
            self._go_to(index.row())
            self.fold(index.row(), not heading.collapsed)
        elif self.runs.columns[index.column()].term == STARRED:
            run = self.runs.run_at(index.row())
            if run is not None:
                self.star_wanted.emit(run.id, not run.starred)
        else:
            chosen = self.selectionModel().isSelected(index)
            self.setDragEnabled(chosen)
            if chosen or event.modifiers() != Qt.KeyboardModifier.NoModifier:
                super().mousePressEvent(event)
            else:
                self._held = event.clone()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """From a row that is not selected: to the side it is dragged, and the selection stays; down or up more are selected."""
        if self._held is None:
            super().mouseMoveEvent(event)
            return
        start, now = self._held.position().toPoint(), event.position().toPoint()
        if not far_enough(start, now):
            return
        run = self.runs.run_at(self.indexAt(start).row())
        if run is not None and abs(now.x() - start.x()) > abs(now.y() - start.y()):
            self._held = None
            drag(self, Dragged(runs=(run.id,)))
        else:
            self._press()
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._press()
        super().mouseReleaseEvent(event)

    def _press(self) -> None:
        """Let a press count that waited for what becomes of it."""
        held, self._held = self._held, None
        if held is not None:
            super().mousePressEvent(held)

    def keyboardSearch(self, _text: str) -> None:
        """Nothing: Qt would look at every run. The filter finds."""

    def _open_index(self, index: QModelIndex) -> None:
        run = self.runs.run_at(index.row()) if index.isValid() else None
        if run is not None and self.runs.columns[index.column()].term != STARRED:
            self.opened.emit(run.id)


def _stretches(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending rows as stretches of neighbours, first and last of each."""
    first = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place] != rows[place - 1] + 1:
            yield rows[first], rows[place - 1]
            first = place
