"""Chooses the columns of the table of runs: search on the left, what is shown in its order on the right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from storage.query.fields import FIELD
from storage.query.terms import Source, quoted
from storage.records import Fields, is_system
from widgets.icons import icon
from widgets.parts import button, column, label, row
from widgets.plain import line, tip
from widgets.runs.columns import column as column_for
from workbench.run_views import COLUMNS, View

TERM = Qt.ItemDataRole.UserRole
_SIZE = QSize(720, 520)
_ROW = QSize(0, 24)
_FIGURES = {
    Source.BEST: "Best of a metric",
    Source.LAST: "Last of a metric",
    Source.MINIMUM: "Smallest of a metric",
    Source.MAXIMUM: "Largest of a metric",
    Source.COUNT: "Points of a metric",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A column that can be shown: its term, its title and what it is."""

    term: str
    title: str
    kind: str


def offers(fields: Fields) -> Iterator[Offer]:
    """Every column that the runs of a history have something for."""
    for field in fields.fields:
        yield _offer(field.name, "Of every run")
    for name in fields.parameters:
        term = f"param({quoted(name)})" if name in FIELD else quoted(name)
        yield _offer(term, "Parameter")
    for name in sorted(fields.metrics, key=lambda name: (is_system(name), name)):
        for source, words in _FIGURES.items():
            kind = words.replace("metric", "reading") if is_system(name) else words
            yield _offer(f"{source.value}({quoted(name)})", kind)


def _offer(term: str, kind: str) -> Offer:
    return Offer(term, column_for(term).title, kind)


class _Shown(QListWidget):
    """The shown columns. They are dragged, or moved with Alt and the arrow keys; Delete hides one."""

    reordered = Signal()
    hidden_wanted = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_by(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentItem():
            self.hidden_wanted.emit(self.currentItem().data(TERM))
        else:
            super().keyPressEvent(event)

    def move_by(self, step: int) -> None:
        place = self.currentRow()
        if place >= 0 and 0 <= place + step < self.count():
            self.insertItem(place + step, self.takeItem(place))
            self.setCurrentRow(place + step)
            self.reordered.emit()

    def terms(self) -> tuple[str, ...]:
        return tuple(self.item(place).data(TERM) for place in range(self.count()))


class ColumnChooser(QDialog):
    """Every change shows in the table at once."""

    changed = Signal(object)
    """The View as it is to be."""
    menu_wanted = Signal(str, QPoint)
    """What else can be done with a column is asked for at a point of the screen."""

    def __init__(self, parent: QWidget, view: View) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Columns of the runs")
        self.resize(_SIZE)
        self._view = view
        self._filling = False
        self._items: list[QTreeWidgetItem] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search: a parameter, a metric, a field …")
        self.search.setAccessibleName("Search columns")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("magnify", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.offered = QTreeWidget()
        self.shown = _Shown()
        self._note = label("Reading what the runs have …", "dim", wrap=True)
        self._prepare_lists()
        self._make_layout()
        self._connect()
        self.show_view(view)
        self.search.setFocus()

    def _prepare_lists(self) -> None:
        self.offered.setColumnCount(2)
        self.offered.setHeaderHidden(True)
        self.offered.setRootIsDecorated(False)
        self.offered.setUniformRowHeights(True)
        self.offered.setAccessibleName("Columns that are not shown")
        header = self.offered.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.shown.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.shown.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.shown.setAccessibleName("Shown columns, in their order")
        self.shown.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.shown.setToolTip("Drag to order, or Alt with Up and Down. Delete hides.")

    def _make_layout(self) -> None:
        self.add = button("Show", "plus")
        self.hide_button = button("Hide", "minus")
        self.up = button("Up", "arrow-up")
        self.down = button("Down", "arrow-down")
        self.usual = button("As at first", flat=True)
        done = button("Done", primary=True)
        done.clicked.connect(self.accept)
        for each in (self.add, self.hide_button, self.up, self.down, self.usual):
            each.setAutoDefault(False)
        left = column(self.search, self.offered, row(self.add, self._note))
        order = row(self.hide_button, self.up, self.down)
        right = column(label("Shown", "heading"), self.shown, order)
        lists = row(left, right, space=12)
        lists.setStretch(0, 3)
        lists.setStretch(1, 2)
        foot = row(self.usual)
        foot.addStretch(1)
        foot.addWidget(done)
        self.setLayout(column(lists, foot, margin=14, space=10))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._show_current)
        self.offered.itemActivated.connect(lambda *_: self._show_current())
        self.add.clicked.connect(self._show_current)
        self.hide_button.clicked.connect(lambda: self._hide(self._term()))
        self.up.clicked.connect(lambda: self.shown.move_by(-1))
        self.down.clicked.connect(lambda: self.shown.move_by(1))
        self.usual.clicked.connect(self._show_usual)
        self.shown.hidden_wanted.connect(self._hide)
        self.shown.reordered.connect(self._reorder)
        self.shown.model().rowsMoved.connect(self._reorder)
        self.shown.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(self._term(), self.shown.mapToGlobal(point))
        )

    # -- what is there --------------------------------------------------------------------------------
    def offer(self, fields: Fields) -> None:
        """Fill the list of what can be shown."""
        self.offered.clear()
        self._items = []
        for each in offers(fields):
            item = QTreeWidgetItem([line(each.title), each.kind])
            item.setData(0, TERM, each.term)
            item.setSizeHint(0, _ROW)
            item.setToolTip(0, tip(each.term))
            item.setForeground(1, self.palette().placeholderText())
            self._items.append(item)
        self.offered.addTopLevelItems(self._items)
        self._note.setText("")
        self._filter(self.search.text())

    def refuse(self, error: Exception) -> None:
        self._note.setText(f"What the runs have could not be read: {error}")

    def show_view(self, view: View) -> None:
        self._view = view
        if self.shown.terms() != view.ordered:
            current = self._term()
            self._filling = True
            self.shown.clear()
            for term in view.ordered:
                item = QListWidgetItem(line(column_for(term).title))
                item.setData(TERM, term)
                item.setSizeHint(_ROW)
                item.setToolTip(tip(term))
                self.shown.addItem(item)
            self._filling = False
            terms = view.ordered
            self.shown.setCurrentRow(terms.index(current) if current in terms else len(terms) - 1)
        self._filter(self.search.text())

    def _filter(self, typed: str) -> None:
        """Offer what has every typed word in its title, term or kind, and is not shown."""
        words, shown = typed.casefold().split(), set(self._view.columns)
        fitting = []
        for item in self._items:
            text = f"{item.text(0)} {item.data(0, TERM)} {item.text(1)}".casefold()
            fits = item.data(0, TERM) not in shown and all(word in text for word in words)
            item.setHidden(not fits)
            fitting += [item] if fits else []
        current = self.offered.currentItem()
        if fitting and (current is None or current.isHidden()):
            self.offered.setCurrentItem(fitting[0])

    def _term(self) -> str:
        item = self.shown.currentItem()
        return str(item.data(TERM)) if item else ""

    # -- what a person does -----------------------------------------------------------------------------
    def _show_current(self) -> None:
        item = self.offered.currentItem()
        if item is not None and not item.isHidden():
            self._change((*self._view.columns, item.data(0, TERM)))
            self.shown.setCurrentRow(self.shown.count() - 1)

    def _hide(self, term: str) -> None:
        if term:
            self.changed.emit(self._view.without(term))

    def _reorder(self) -> None:
        if not self._filling:
            self._change(self.shown.terms())

    def _show_usual(self) -> None:
        self._change(COLUMNS)

    def _change(self, columns: tuple[str, ...]) -> None:
        self.changed.emit(replace(self._view, columns=columns))
