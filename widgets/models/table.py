"""The exports as a table: a row each, sorted by any column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from widgets import plain, text, theme
from widgets.icons import icon, run_icon
from widgets.models import words
from widgets.models.reading import Item

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_ROW = 26
_FOR_ARROW = "\u2003"
"""Room at the right of a title for the mark of the order."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Key = str | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """``key`` is what rows are sorted by; None, which is not known, comes last in either direction."""

    title: str
    tip: str
    width: int
    text: Callable[[Item], str]
    key: Callable[[Item], Key]
    right: bool = False


def _metric(item: Item) -> float | None:
    return words.reached(item.manifest, words.metric_of(item.manifest))


def _check(item: Item) -> str:
    passed = item.record.passed
    return "not checked" if passed is None else "passed" if passed else "failed"


COLUMNS = (
    Column("Name", "What the export is called", 180, lambda i: i.record.name, lambda i: i.record.name.lower()),
    Column("Format", "What it was exported to", 138, lambda i: words.format_title(i.record.format, i.framework), lambda i: words.format_title(i.record.format, i.framework)),
    Column("Check", "Whether it gives what the trained model gives, on held-out samples", 92, _check, _check),
    Column("Result", "The task's figure that the exported model reaches on the held-out samples", 70, lambda i: text.number(_metric(i)), _metric, right=True),
    Column("Latency", "Of one sample: the median, on this machine", 86, lambda i: words.seconds(i.record.latency_s), lambda i: i.record.latency_s, right=True),
    Column("Samples/s", "The most, over batch sizes and threads", 88, lambda i: words.rate(i.record.samples_per_s).removesuffix("/s"), lambda i: i.record.samples_per_s, right=True),
    Column("Size", "Of the files that the format takes", 72, lambda i: text.size(i.record.size_bytes) if i.record.size_bytes else "–", lambda i: i.record.size_bytes or None, right=True),
    Column("Stage", "Candidate, production or archived, as you say", 88, lambda i: words.STAGES.get(i.record.stage, i.record.stage) if i.record.stage else "–", lambda i: i.record.stage or None),
    Column("Run", "The run that was exported", 144, lambda i: i.run.name, lambda i: i.run.name.lower()),
    Column("Framework", "What trained it", 84, lambda i: i.framework.display_name, lambda i: i.framework.display_name),
    Column("Created", "When it was exported", 84, lambda i: text.moment(i.record.created), lambda i: float(i.record.created)),
)  # fmt: skip
CHECK, RUN, STAGE, CREATED = (
    next(at for at, column in enumerate(COLUMNS) if column.title == title)
    for title in ("Check", "Run", "Stage", "Created")
)
_CHECK_ICONS = {"passed": ("check-circle", "success"), "failed": ("alert-circle", "error"), "not checked": ("help-circle-outline", "dim")}  # fmt: skip


class ExportModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item] = []
        self._column, self._order = CREATED, Qt.SortOrder.DescendingOrder
        theme.theme().changed.connect(self._repaint)

    def show_items(self, items: Iterable[Item]) -> None:
        """Show these; where they are the ones that are shown, in their order, only their cells change."""
        found = self._sorted(items)
        same = [one.record.id for one in found] == [one.record.id for one in self.items]
        if same:
            self.items = found
            self._repaint()
        else:
            self.beginResetModel()
            self.items = found
            self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self.items[index.row()].record.id for index in before]
        self.items = self._sorted(self.items)
        places = {one.record.id: at for at, one in enumerate(self.items)}
        after = [self.index(places[id_], index.column()) for id_, index in zip(ids, before, strict=True)]  # fmt: skip
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted(self, items: Iterable[Item]) -> list[Item]:
        key = COLUMNS[self._column].key
        descending = self._order is Qt.SortOrder.DescendingOrder
        newest = sorted(items, key=lambda one: (-one.record.created, -one.record.id))
        known = [one for one in newest if key(one) is not None]
        known.sort(key=key, reverse=descending)  # type: ignore[arg-type]
        return known + [one for one in newest if key(one) is None]

    def _repaint(self) -> None:
        if self.items:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.items) - 1, len(COLUMNS) - 1))  # fmt: skip

    # -- for the view -------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item, column = self.items[index.row()], COLUMNS[index.column()]
        if role == Role.DisplayRole:
            return plain.line(column.text(item))
        if role == Role.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        if role == Role.ToolTipRole:
            return plain.tip(_tip(item, index.column()))
        if role == Role.DecorationRole:
            return self._picture(item, index.column())
        if role == Role.ForegroundRole:
            return self._color(item, index.column())
        return None

    def _picture(self, item: Item, column: int) -> Any:
        if column == CHECK:
            return icon(*_CHECK_ICONS[_check(item)])
        return run_icon(item.run.color) if column == RUN else None

    def _color(self, item: Item, column: int) -> QColor | None:
        colors = theme.colors()
        if column == CHECK:
            return QColor(getattr(colors, _CHECK_ICONS[_check(item)][1]))
        if column == STAGE:
            return QColor(getattr(colors, words.STAGE_TINTS.get(item.record.stage, "text")))
        return QColor(colors.dim) if item.record.stage == "archived" else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:  # fmt: skip
        if orientation == Qt.Orientation.Vertical:
            return None
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return column.title + (_FOR_ARROW if column.right and section == self._column else "")
        if role == Role.ToolTipRole:
            return plain.tip(column.tip)
        if role == Role.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        return None


def _tip(item: Item, column: int) -> str:
    if column == CHECK:
        check = item.manifest.check if item.manifest else None
        return words.verdict(check) if check else item.problem or "It was not checked"
    if column == RUN:
        return f"#{item.run.id} {item.run.name}\n{text.what_it_trains(item.run.spec)}"
    if column == CREATED:
        return text.full_moment(item.record.created)
    return COLUMNS[column].text(item)


class ExportTable(QTableView):
    """F2 renames, Delete deletes, Return opens; the menu key or a right click asks for the menu."""

    chosen = Signal()
    """Other rows are selected, or what is in them is another."""
    opened = Signal()
    rename_wanted = Signal()
    deletion_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.data_model = ExportModel()
        self._showing = False
        self.setModel(self.data_model)
        self.setAccessibleName("Exports")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTextElideMode(
            Qt.TextElideMode.ElideMiddle
        )  # names begin and end with what tells them apart
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFont(theme.font())
        self.setIconSize(QSize(14, 14))
        self.setSortingEnabled(True)
        self._arrange_heads()
        self.customContextMenuRequested.connect(lambda point: self.menu_wanted.emit(self.viewport().mapToGlobal(point)))  # fmt: skip
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        self.activated.connect(lambda _: self.opened.emit())

    def _arrange_heads(self) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        heads = self.horizontalHeader()
        heads.setSectionsMovable(True)
        heads.setHighlightSections(False)
        heads.setStretchLastSection(True)
        heads.setSortIndicator(CREATED, Qt.SortOrder.DescendingOrder)
        for at, column in enumerate(COLUMNS):
            self.setColumnWidth(at, column.width)

    @property
    def selected(self) -> list[Item]:
        """In the order of the table."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.data_model.items[row] for row in rows]

    def show_items(self, items: Sequence[Item]) -> None:
        """Show these; the selected ones stay selected while they are there, else the first one is."""
        before = [one.record.id for one in self.selected]
        current = self.currentIndex().row()
        self._showing = True
        self.data_model.show_items(items)
        kept = [one.record.id for one in items if one.record.id in before]
        if not kept and self.data_model.items:
            near = min(max(0, current), len(self.data_model.items) - 1)
            kept = [self.data_model.items[near].record.id]
        self._select(kept)
        self._showing = False
        self.chosen.emit()

    def choose(self, export_ids: Iterable[int]) -> None:
        """Select these, and no others."""
        self._select(list(export_ids))
        self.scrollTo(self.currentIndex())

    def _tell_chosen(self) -> None:
        if not self._showing:
            self.chosen.emit()

    def _select(self, export_ids: Sequence[int]) -> None:
        wanted = set(export_ids)
        model, flags = self.data_model, QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        rows = [at for at, one in enumerate(model.items) if one.record.id in wanted]
        for row in rows:
            chosen.select(model.index(row, 0), model.index(row, len(COLUMNS) - 1))
        if rows and self.currentIndex().row() not in rows:
            self.selectionModel().setCurrentIndex(model.index(rows[0], 0), flags.NoUpdate)
        self.selectionModel().select(chosen, flags.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        acts = {
            Qt.Key.Key_F2: self.rename_wanted,
            Qt.Key.Key_Delete: self.deletion_wanted,
            Qt.Key.Key_Return: self.opened,
            Qt.Key.Key_Enter: self.opened,
        }
        if event.key() in acts and self.selected:
            acts[Qt.Key(event.key())].emit()
        else:
            super().keyPressEvent(event)
