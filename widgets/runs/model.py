"""The listed runs as a table for Qt. It holds numbers of rows only; what a cell says is made when it is looked at.

The list comes from the history, in its order. Another list is applied as the difference from the one before, so that
selection, current row, scrolling and an editor at work stay where they are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from storage.query.terms import value_of
from storage.records import Aggregate, Cell, RunList, RunRecord, SortBy, main_metric
from widgets.dragged import Dragged, to_mime
from widgets.plain import tip
from widgets.runs.color_scale import ColorScale
from widgets.runs.columns import (
    NAME,
    NOTE,
    NUMBERS,
    RESULT,
    STATE,
    Column,
    Kind,
    cell_text,
    column,
    now,
    value_text,
)
from widgets.runs.rows import Heading, Keys, Rows, Values, difference
from widgets.states import advice, detail
from widgets.text import full_moment, plural
from workbench.run_views import Shown, View

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)
_EDITABLE = _FLAGS | Qt.ItemFlag.ItemIsEditable
_HEADING = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
_ROLES = frozenset({Role.DisplayRole, Role.EditRole, Role.ToolTipRole, Role.TextAlignmentRole})
_LAYOUT = "QList<QPersistentModelIndex>,QAbstractItemModel::LayoutChangeHint"
"""With the hint that only rows move, a selected row is kept as one index and not as one for each of its cells."""
_MANY = 64
"""From this many separate places on, a reset costs less than telling of each."""
_KEPT = 4096
"""How many runs are kept that the session does not hold."""
_LOOKED_AT = 50
"""How many runs are looked at to see whether a parameter is a number."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RunsModel(QAbstractTableModel):
    """``runs`` are the session's, looked at and never changed."""

    renamed = Signal(int, str)
    """A person typed a new name for a run."""
    missing = Signal(list)
    """list[int]: runs in sight that are not loaded; `add` them."""
    arranging = Signal()
    """Rows are about to be others; then `arranged`."""
    arranged = Signal()
    marked = Signal()
    """The headers show other marks: of what is sorted by, of scales. Qt's own signal for that lets the table lay out all rows again."""

    def __init__(self, runs: Mapping[int, RunRecord] | None = None) -> None:
        super().__init__()
        self._runs: Mapping[int, RunRecord] = {} if runs is None else runs
        self._others: OrderedDict[int, RunRecord] = OrderedDict()
        self._view = View()
        self._columns: tuple[Column, ...] = ()
        self._rows = Rows()
        self._keys: Keys = self._rows.keys
        self._places: dict[int, int] | None = None
        self._scales: Mapping[str, ColorScale] = {}
        self._aggregates: Sequence[Mapping[str, Aggregate]] = ()
        self._numbers: dict[str, bool] = {}
        self._wanted: set[int] = set()
        self._asked: set[int] = set()
        self._asking = QTimer(self, singleShot=True, interval=0)
        self._asking.timeout.connect(self._ask)
        self._take_columns(self._view)

    # -- what the panel asks for --------------------------------------------------------------
    @property
    def columns(self) -> tuple[Column, ...]:
        """From left to right."""
        return self._columns

    def column_of(self, term: str) -> int:
        """Where the column stands, or -1."""
        return next((place for place, each in enumerate(self._columns) if each.term == term), -1)

    def show_view(self, view: View) -> None:
        """Show the view's columns; its list comes by `show_list`."""
        if view.ordered != self._view.ordered:
            self.arranging.emit()
            self.beginResetModel()
            self._take_columns(view)
            self.endResetModel()
            self.arranged.emit()
        before, self._view = self._view, view
        if (view.sort, view.scales) != (before.sort, before.scales):
            self.marked.emit()

    def show_list(self, found: RunList) -> None:
        """List these runs, in this order and these groups."""
        self._aggregates = ()
        self._rows.take(found)
        self._arrange()

    def show_aggregates(self, aggregates: Sequence[Mapping[str, Aggregate]]) -> None:
        """One for each group of the list that is shown."""
        self._aggregates = aggregates
        self.repaint()

    def show_scales(self, scales: Mapping[str, ColorScale]) -> None:
        self._scales = scales
        self.marked.emit()
        self.repaint()

    def update(self, runs: Iterable[RunRecord], seen: range | None = None) -> None:
        """Take changed runs: of the rows in sight, all if they are not told, theirs show what they are now."""
        rows = []
        for run in runs:
            if run.id in self._others or run.trashed is not None:
                self._keep(run)
            row = self.row_of(run.id)
            if row is not None and (seen is None or row in seen):
                rows.append(row)
        if len(rows) > _MANY:
            self.repaint()
            return
        for row in rows:
            self._repaint_row(row)

    def add(self, runs: Iterable[RunRecord]) -> None:
        """Keep runs that the session does not hold, such as those in the trash."""
        for run in runs:
            self._keep(run)
            self._asked.discard(run.id)
        self.repaint()

    def repaint(self) -> None:
        if len(self._keys):
            last = self.index(len(self._keys) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    @property
    def ids(self) -> Keys:
        """The listed runs in their order, those under collapsed headings too."""
        return self._rows.ids

    @property
    def grouped(self) -> bool:
        return bool(self._rows.headings)

    def id_at(self, row: int) -> int | None:
        """The run of a row; None for a heading."""
        key = self.key_at(row)
        return key if key is not None and key > 0 else None

    def key_at(self, row: int) -> int | None:
        """What stands for a row as long as the table lives: the run's id, or a number below zero for a heading."""
        return int(self._keys[row]) if 0 <= row < len(self._keys) else None

    def ids_between(self, first: int, last: int) -> list[int]:
        """The runs of these rows, both inclusive."""
        keys = self._keys[first : last + 1]
        return [int(key) for key in keys[keys > 0]]

    def run_at(self, row: int) -> RunRecord | None:
        """The run of a row; None for a heading and for a run that is still being read."""
        run_id = self.id_at(row)
        return None if run_id is None else self.record(run_id)

    def record(self, run_id: int) -> RunRecord | None:
        return self._runs.get(run_id) or self._others.get(run_id)

    def heading_at(self, row: int) -> Heading | None:
        key = self.key_at(row)
        return None if key is None else self._rows.headings.get(key)

    def row_of(self, run_id: int) -> int | None:
        """The row that shows the run, or None if it is not listed or its group is collapsed."""
        return self.row_of_key(run_id) if run_id > 0 else None

    def heading_row_above(self, row: int) -> int | None:
        """The row of the heading that a row belongs to, or None."""
        above = np.flatnonzero(self._keys[:row] < 0)
        if (inner := self.heading_at(row)) is None:
            return int(above[-1]) if len(above) else None
        depth = len(inner.values)
        outer = (int(at) for at in above[::-1])
        return next((at for at in outer if self._depth(at) < depth), None)

    def _depth(self, row: int) -> int:
        heading = self.heading_at(row)
        return len(heading.values) if heading else 0

    def fold(self, which: Callable[[Values], bool], collapsed: bool) -> None:
        """Collapse or expand the groups with such values."""
        self._rows.fold(which, collapsed)
        self._arrange()

    def is_number(self, place: int) -> bool:
        """Whether the column's values are numbers, as far as can be seen."""
        shown = self._columns[place]
        if shown.kind is not Kind.ANY:
            return shown.kind in NUMBERS
        if shown.term not in self._numbers:
            runs = filter(None, map(self.record, map(int, self.ids[:_LOOKED_AT])))
            values = [value for run in runs if (value := value_of(run, shown.term)) is not None]
            if not values:
                return False
            self._numbers[shown.term] = all(_is_number(value) for value in values)
        return self._numbers[shown.term]

    def scale_of(self, place: int) -> ColorScale | None:
        term = self._columns[place].term
        return self._scales.get(term) if term in self._view.scales else None

    def sort_of(self, place: int) -> tuple[int, SortBy] | None:
        """Which place the column has among those sorted by, from 1, and how."""
        term = self._columns[place].term
        return next(
            ((at, key) for at, key in enumerate(self._view.sort, 1) if key.column == term), None
        )

    @property
    def view(self) -> View:
        return self._view

    # -- what Qt asks for -----------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        shown = self._columns[section]
        if role == Role.DisplayRole:
            return shown.title
        if role == Role.ToolTipRole:
            return tip("\n".join(filter(None, (shown.title, shown.tip))))
        if role == Role.TextAlignmentRole:
            return RIGHT if self.is_number(section) else LEFT
        return None

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The runs of these cells, to be dropped on a plot."""
        ids = dict.fromkeys(self.id_at(index.row()) for index in indexes)
        return to_mime(Dragged(runs=tuple(run_id for run_id in ids if run_id is not None)))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.id_at(index.row()) is None:
            return _HEADING
        return _EDITABLE if self._columns[index.column()].term == NAME else _FLAGS

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role not in _ROLES or not index.isValid():
            return None
        row, place = index.row(), index.column()
        if role == Role.TextAlignmentRole:
            return RIGHT if self.is_number(place) else LEFT
        if role == Role.ToolTipRole:
            run = self.run_at(row)
            return None if run is None else _tip(run, self._columns[place])
        return self.text_at(row, place)

    def text_at(self, row: int, place: int) -> str:
        """What stands in a cell; nothing where the run is still being read."""
        heading = self.heading_at(row)
        if heading is not None:
            return self.heading_text(heading, place)
        run = self.run_at(row)
        if run is None:
            self._want(row)
            return ""
        return cell_text(run, self._columns[place])

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Ask for the new name; it shows when the history has it."""
        name, run = str(value).strip(), self.run_at(index.row())
        if role != Role.EditRole or run is None or not name:
            return False
        if name != run.name:
            self.renamed.emit(run.id, name)
        return True

    # -- headings -----------------------------------------------------------------------------------
    def heading_text(self, heading: Heading, place: int) -> str:
        """What the row of a group shows: its value and count, and figures of the columns that have numbers."""
        if place == 0:
            return self.heading_title(heading)
        shown = self._columns[place]
        figure = self._aggregate(heading, shown.term)
        return "" if figure is None else value_text(figure, shown)

    def heading_title(self, heading: Heading) -> str:
        term = self._view.group[len(heading.values) - 1 :][:1] or ("",)
        shown = column(term[0])
        value = heading.values[-1]
        words = value_text(value, shown) if value is not None else f"no {shown.title.lower()}"
        return f"{words or '(empty)'} · {plural(heading.count, 'run')}"

    def _aggregate(self, heading: Heading, term: str) -> float | None:
        """The figure of a column over the runs of a heading, from those of its groups."""
        groups = self._aggregates[heading.first : heading.last]
        parts = [each[term] for each in groups if term in each and each[term].count]
        lows = [each.minimum for each in parts if each.minimum is not None]
        highs = [each.maximum for each in parts if each.maximum is not None]
        means = [(each.mean, each.count) for each in parts if each.mean is not None]
        if not means or not lows or not highs:
            return None
        match self._view.aggregates.get(term, Shown.MEAN):
            case Shown.MINIMUM:
                return min(lows)
            case Shown.MAXIMUM:
                return max(highs)
            case _:
                return sum(mean * count for mean, count in means) / sum(n for _, n in means)

    # -- rows -------------------------------------------------------------------------------------
    def _take_columns(self, view: View) -> None:
        self._columns = tuple(map(column, view.ordered))

    def row_of_key(self, key: int) -> int | None:
        """Where a run or a heading stands; see `key_at`."""
        if self._places is None:
            self._places = {each: row for row, each in enumerate(self._keys.tolist())}
        return self._places.get(key)

    def _arrange(self) -> None:
        """Let Qt know of the rows that are others now."""
        new = self._rows.keys
        self._numbers.clear()
        if np.array_equal(self._keys, new):
            self.repaint()
            return
        self.arranging.emit()
        change = difference(self._keys, new)
        if change.steps > _MANY or not len(change.kept):
            self.beginResetModel()
            self._set_keys(new)
            self.endResetModel()
        else:
            self._remove(change.removed)
            if change.moved:
                self._reorder(change.kept)
            self._insert(change.inserted, new)
        self.arranged.emit()

    def _set_keys(self, keys: Keys) -> None:
        self._keys, self._places = keys, None

    def _remove(self, ranges: list[tuple[int, int]]) -> None:
        for first, last in reversed(ranges):
            self.beginRemoveRows(QModelIndex(), first, last)
            self._set_keys(np.delete(self._keys, slice(first, last + 1)))
            self.endRemoveRows()

    def _insert(self, ranges: list[tuple[int, int]], new: Keys) -> None:
        for first, last in ranges:
            self.beginInsertRows(QModelIndex(), first, last)
            self._set_keys(np.insert(self._keys, first, new[first : last + 1]))
            self.endInsertRows()

    def _reorder(self, keys: Keys) -> None:
        hint = QAbstractTableModel.LayoutChangeHint.VerticalSortHint
        _overload(self.layoutAboutToBeChanged).emit([], hint)
        before = self.persistentIndexList()
        standing = [int(self._keys[index.row()]) for index in before]
        self._set_keys(keys)
        after = [
            self.index(self.row_of_key(key) or 0, index.column())
            for key, index in zip(standing, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        _overload(self.layoutChanged).emit([], hint)

    def _repaint_row(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))

    # -- runs that are not loaded ---------------------------------------------------------------------
    def _keep(self, run: RunRecord) -> None:
        self._others[run.id] = run
        self._others.move_to_end(run.id)
        while len(self._others) > _KEPT:
            self._others.popitem(last=False)

    def _want(self, row: int) -> None:
        run_id = self.id_at(row)
        if run_id is not None and run_id not in self._asked:
            self._wanted.add(run_id)
            if not self._asking.isActive():
                self._asking.start()

    def _ask(self) -> None:
        wanted, self._wanted = sorted(self._wanted), set()
        self._asked |= set(wanted)
        if wanted:
            self.missing.emit(wanted)

    def forget_asked(self) -> None:
        """Ask again for what did not come."""
        self._asked.clear()


def _overload(signal: Any) -> Any:
    """The form of a signal that takes a hint, which PySide's stubs do not know."""
    return signal[_LAYOUT]


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tip(run: RunRecord, shown: Column) -> str | None:
    if shown.term == STATE:
        return tip("\n".join(filter(None, (detail(run, now()), advice(run))))) or None
    if shown.kind is Kind.MOMENT:
        value = value_of(run, shown.term)
        return full_moment(int(value)) if isinstance(value, int | float) else None
    if shown.term == RESULT:
        return main_metric(run)
    if shown.term == NOTE:
        return tip(run.note) or None
    if shown.kind is Kind.METRIC:
        value = value_of(run, shown.term)
        return None if value is None else str(value)
    return (
        tip(f"#{run.id} {run.name}") if shown.term == NAME else tip(cell_text(run, shown)) or None
    )
