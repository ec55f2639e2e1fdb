"""Which plots to show: the metrics in sections, searched where they are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLineEdit, QTreeWidget, QTreeWidgetItem

from widgets import theme
from widgets.dragged import Dragged, to_mime
from widgets.parts import column
from widgets.plain import line, tip
from workbench.metrics import title

_KEY = Qt.ItemDataRole.UserRole
_SIZE = QSize(300, 380)
_SECTIONS = {"": "Each step", "train": "Training", "val": "Validation", "test": "Test", "system": "Machine"}  # fmt: skip


class MetricChooser(QFrame):
    """Opens below a button and closes when one clicks elsewhere. A metric can be dragged from it onto a plot."""

    chosen = Signal(str, bool)
    """A plot is to be shown, or not."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search metrics")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.tree = _Tree()
        self.tree.itemChanged.connect(self._changed)
        self.tree.leaving.connect(self.hide)
        self.setLayout(column(self.search, self.tree, margin=6, space=6))
        self._offered: list[tuple[str, bool]] = []

    def offer(self, metrics: Iterable[tuple[str, bool]]) -> None:
        """List what can be shown, and whether it is."""
        self._offered = list(metrics)
        if self.isVisible():
            self._fill()

    def open_at(self, place: QPoint) -> None:
        """Place its top right corner."""
        self._fill()
        self.resize(_SIZE)
        self.move(place - QPoint(self.width(), 0))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self) -> None:
        with QSignalBlocker(self.tree):
            if [key for key, _ in self._offered] != self.tree.keys:
                self.tree.fill([key for key, _ in self._offered])
            shown = dict(self._offered)
            for key, item in self.tree.items.items():
                item.setCheckState(0, _state(shown[key]))
        self._filter(self.search.text())

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        fitting: set[str] = set()
        for key, item in self.tree.items.items():
            hidden = not all(word in f"{key} {item.text(0)}".casefold() for word in words)
            item.setHidden(hidden)
            if not hidden:
                fitting.add(section_of(key))
        for name, section in self.tree.sections.items():
            section.setHidden(name not in fitting)

    def _changed(self, item: QTreeWidgetItem) -> None:
        if (key := item.data(0, _KEY)) is not None:
            self.chosen.emit(key, item.checkState(0) == Qt.CheckState.Checked)


class _Tree(QTreeWidget):
    leaving = Signal()
    """Something is dragged out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []
        self.items: dict[str, QTreeWidgetItem] = {}
        self.sections: dict[str, QTreeWidgetItem] = {}
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(False)
        self.setIndentation(10)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setAccessibleName("Metrics")

    def fill(self, keys: Sequence[str]) -> None:
        self.clear()
        self.keys, self.items, self.sections = list(keys), {}, {}
        for key in keys:
            name = section_of(key)
            if name not in self.sections:
                self.sections[name] = _section(name)
                self.addTopLevelItem(self.sections[name])
                self.sections[name].setExpanded(True)
            item = QTreeWidgetItem(self.sections[name], [line(title(key))])
            item.setData(0, _KEY, key)
            item.setToolTip(0, tip(key))
            self.items[key] = item

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        keys = [item.data(0, _KEY) for item in items]
        return to_mime(Dragged(metrics=tuple(key for key in keys if key)))

    def startDrag(self, actions: Qt.DropAction) -> None:
        self.leaving.emit()
        super().startDrag(actions)


def section_of(metric: str) -> str:
    """``val`` of ``val/top5/accuracy``; "" of ``loss``."""
    return metric.partition("/")[0] if "/" in metric else ""


def _section(name: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([_SECTIONS.get(name, line(name))])
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    item.setFont(0, theme.font(bold=True))
    return item


def _state(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
