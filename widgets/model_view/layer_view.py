"""The layers of a model in a table, with their sums and what differs between the frameworks."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from runners.templates.table import LayerTable, Row
from widgets import theme
from widgets.parts import button, column, label, row
from widgets.text import plural, shape, size
from workbench.model_summary import ModelSummary, table_csv

_HEADS = ("Layer", "Kind", "Output", "Weights", "Not trained", "Multiply-adds", "Weight memory", "Output memory", "Kept")  # fmt: skip
_TIPS = (
    "Its name, the same in both frameworks", "", "The shape of what it gives for one sample",
    "How many numbers are trained", "Numbers that follow the data instead",
    "Of a forward pass of one sample", "The memory of the weights, in float32",
    "The memory of what it gives for a batch, in float32",
    "What gradient checkpointing keeps of it for the way back; the rest is computed again, a block at a time",
)  # fmt: skip
_NUMBERS = 3
"""From this column on they are numbers."""
_KEPT = len(_HEADS) - 1
_AGAIN = "computed again"
_Index = QModelIndex | QPersistentModelIndex


class LayerModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, ...]] = []

    def show_table(self, table: LayerTable) -> None:
        rows = [_texts(each) for each in table.rows]
        total = ("Sum", "", "", *_numbers(table), size(table.kept_bytes))
        self.beginResetModel()
        self._rows = [*rows, total]
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(_HEADS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.data() == _AGAIN:
            return QColor(theme.colors().dim)
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(bold=index.row() == len(self._rows) - 1)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None


def _alignment(column_number: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column_number >= _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _texts(each: Row) -> tuple[str, ...]:
    kept = _AGAIN if each.recomputed else size(each.activation_bytes)
    return each.name, each.kind, shape(each.output_shape), *_numbers(each), kept


def _numbers(of: Row | LayerTable) -> tuple[str, ...]:
    """Left empty where there is nothing, so that what there is stands out."""
    counts = (of.trained, of.fixed, of.multiply_adds)
    memory = (of.weight_bytes, of.activation_bytes)
    return tuple(f"{n:,}" if n else "" for n in counts) + tuple(
        size(n) if n else "" for n in memory
    )


def _saved(table: LayerTable) -> str:
    """In both frameworks, since it follows from the layers."""
    saved = table.activation_bytes - table.kept_bytes
    return (
        f". Gradient checkpointing keeps at most {size(table.kept_bytes)} of these at once, what goes out of each block and the "
        f"inside of the largest: it saves {size(saved)}, {saved / table.activation_bytes:.0%}"
    )


class LayerView(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._csv = ""
        self.model = LayerModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Layers")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.sums = label("", wrap=True)
        self.unmatched = label("", "dim", wrap=True)
        self.copy = button("Copy as CSV", "content-copy", flat=True)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._csv))
        head = row(self.sums, self.copy)
        head.setStretch(0, 1)
        self.setLayout(column(head, self.table, self.unmatched, margin=theme.SPACE))

    def show_summary(self, summary: ModelSummary) -> None:
        table = summary.table
        self._csv = table_csv(table)
        self.model.show_table(table)
        recomputed = any(each.recomputed for each in table.rows)
        self.table.setColumnHidden(_KEPT, not recomputed)
        self.sums.setText(
            f"{plural(len(table.rows), 'layer')}, {plural(table.trained, 'weight')}, "
            f"{table.multiply_adds:,} multiply-adds a sample; {size(table.weight_bytes)} of weights and "
            f"{size(table.activation_bytes)} of outputs for a batch of {table.batch_size:,}"
            + (_saved(table) if recomputed else "")
        )
        notes = "; ".join(summary.template.unmatched)
        self.unmatched.setText(
            f"Not the same in both frameworks: {notes}." if notes else "The same model in both frameworks."
        )  # fmt: skip
