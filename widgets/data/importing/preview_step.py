"""What the files are: their columns with proposed roles and types, first rows, pictures or texts, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QWidget,
)

from runners.datasets.dataset import Input
from runners.datasets.importing import Column, Kind, Preview, Reading, Recipe, Role, Sample
from widgets.data.charts import CountBars
from widgets.data.importing.column_model import CHOICES, MISSING, ROLE, TYPE, VALUES, ColumnModel
from widgets.data.importing.step import Step
from widgets.data.tiles import ImageTile, text_tile
from widgets.flow import Flow
from widgets.flow_grid import FlowGrid
from widgets.new_run.editors import ChoiceBox
from widgets.parts import column, label, row, scrolled, while_alive
from widgets.plain import line
from widgets.text import size
from workbench.session import Session

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "cp1251",
    "shift_jis",
    "gb18030",
)
_THUMBNAIL = 176
_WIDTHS = {0: 150, ROLE: 92, TYPE: 92, 3: 72, MISSING: 130}


class PreviewStep(Step):
    title = "Preview"
    reading_changed = Signal(object)
    """A Reading by which the files are to be looked at again."""
    target_changed = Signal(str)
    """Another column is the target."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._preview: Preview | None = None
        self.count = label("", "heading", wrap=True)
        self.notices = label("", "warning", wrap=True)
        self.reading = _ReadingForm()
        self.reading.changed.connect(self.reading_changed)
        self.model = ColumnModel()
        self.table = _columns_table(self.model)
        self.rows = QTableWidget()
        self.rows.setAccessibleName("The first rows")
        self.rows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.samples, self._tiles = QWidget(), column()
        self.samples.setLayout(self._tiles)
        self.samples.setProperty("page", True)
        self.labels = CountBars("Classes")
        self.tabs = QTabWidget()
        for title, page in (
            ("Columns", self.table),
            ("First rows", self.rows),
            ("Samples", _scrolled(self.samples)),
            ("Classes", _scrolled(self.labels)),
        ):
            self.tabs.addTab(page, title)
        self.tabs.setDocumentMode(True)
        notices = scrolled(self.notices)
        notices.setMaximumHeight(88)
        self._notices = notices
        layout = column(self.count, self.reading, self._notices, self.tabs, space=6)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.model.edited.connect(self._edited)

    def show_recipe(self, recipe: Recipe, preview: Preview) -> None:
        self._preview = preview
        self.count.setText(_counted(preview))
        self.notices.setText("\n".join(f"•  {each.text}" for each in preview.notices))
        self._notices.setVisible(bool(preview.notices))
        self.reading.show_reading(recipe, preview.sheets)
        self.model.show_columns(preview, recipe.columns)
        self._show_rows(preview)
        self._show_samples(preview.samples, recipe.input)
        self.labels.show_rows(preview.labels, sum(count for _, count in preview.labels))
        self._show_tabs(preview, recipe)

    def take(self, recipe: Recipe) -> Recipe:
        return replace(recipe, columns=tuple(self.model.columns))

    def start(self) -> None:
        (self.table if self.model.columns else self.tabs).setFocus()

    def _show_tabs(self, preview: Preview, recipe: Recipe) -> None:
        """Those that have something to show, the first of them in front."""
        is_table = recipe.kind.is_table
        self.tabs.setTabText(0, "Columns" if is_table else "Arrays")
        wanted = (
            bool(recipe.columns),
            bool(preview.rows) and is_table,
            bool(preview.samples),
            any(count for _, count in preview.labels),
        )
        for place, visible in enumerate(wanted):
            self.tabs.setTabVisible(place, visible)
        if True in wanted and not wanted[max(0, self.tabs.currentIndex())]:
            self.tabs.setCurrentIndex(wanted.index(True))

    def _edited(self, edited: Column) -> None:
        self.changed.emit()
        if edited.role is Role.TARGET and self._preview is not None:
            before = self._preview.recipe.column_of(Role.TARGET)
            if before is None or before.name != edited.name:
                self.target_changed.emit(edited.name)

    def _show_rows(self, preview: Preview) -> None:
        self.rows.clear()
        self.rows.setColumnCount(len(preview.names))
        self.rows.setRowCount(len(preview.rows))
        self.rows.setHorizontalHeaderLabels([line(name) for name in preview.names])
        for at, values in enumerate(preview.rows):
            for place, value in enumerate(values):
                item = QTableWidgetItem(line(value) or "–")
                self.rows.setItem(at, place, item)

    def _show_samples(self, samples: Sequence[Sample], taken: Input) -> None:
        while (item := self._tiles.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if taken is Input.TOKENS:
            grid = FlowGrid(280, 3)
            grid.set_items(
                [text_tile(each.text, each.label or Path(each.path).name) for each in samples]
            )
            self._tiles.addWidget(grid)
            return
        self._session.call(lambda _: _thumbnails(samples), while_alive(self, self._show_pictures))

    def _show_pictures(self, found: list[tuple[Sample, QImage]]) -> None:
        flow = Flow(space=8)
        flow.set_items(
            [ImageTile(image, each.label or Path(each.path).name, f"{each.label} {each.path} {each.text}".strip()) for each, image in found]
        )  # fmt: skip
        self._tiles.addWidget(flow)


class _ReadingForm(QWidget):
    """How the files are read: what was recognised, to be changed where it is wrong."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._reading = Reading()
        self._silent = False
        self.separator = ChoiceBox(_SEPARATORS)
        self.encoding = ChoiceBox({each: each for each in _ENCODINGS})
        self.decimal = ChoiceBox({".": "point", ",": "comma"})
        self.header = QCheckBox("The first row names the columns")
        self.sheet = ChoiceBox({})
        self._fields = {
            "Separator": self.separator,
            "Encoding": self.encoding,
            "Decimal": self.decimal,
            "Sheet": self.sheet,
        }
        layout = row(space=6)
        self._titles = {}
        for title, box in self._fields.items():
            self._titles[title] = label(title, "dim")
            box.setAccessibleName(title)
            layout.addWidget(self._titles[title])
            layout.addWidget(box)
            box.currentIndexChanged.connect(self._tell)
        layout.addWidget(self.header)
        layout.addStretch(1)
        self.setLayout(layout)
        self.header.toggled.connect(self._tell)

    def show_reading(self, recipe: Recipe, sheets: Sequence[str]) -> None:
        self._silent, self._reading = True, recipe.reading
        reading = recipe.reading
        for box, value in ((self.separator, reading.separator), (self.encoding, reading.encoding), (self.decimal, reading.decimal)):  # fmt: skip
            if box.findData(value) < 0:
                box.addItem(line(value), value)
            box.set_value(value)
        self.header.setChecked(reading.header)
        self.sheet.set_options({each: line(each) for each in sheets})
        self.sheet.set_value(reading.sheet or next(iter(sheets), ""))
        separated = recipe.kind is Kind.SEPARATED
        text = separated or recipe.kind in (Kind.JSON_LINES, Kind.TEXT_FILES, Kind.TEXT_FOLDERS)
        self._show_field("Separator", separated)
        self._show_field("Decimal", separated)
        self._show_field("Encoding", text)
        self._show_field("Sheet", len(sheets) > 1)
        self.header.setVisible(separated)
        self.setVisible(text or len(sheets) > 1)
        self._silent = False

    def _show_field(self, title: str, visible: bool) -> None:
        self._fields[title].setVisible(visible)
        self._titles[title].setVisible(visible)

    def _tell(self) -> None:
        if self._silent:
            return
        sheet = self.sheet.value if self.sheet.count() > 1 else self._reading.sheet
        self.changed.emit(
            Reading(
                encoding=self.encoding.value,
                separator=self.separator.value,
                decimal=self.decimal.value,
                header=self.header.isChecked(),
                sheet=sheet,
            )
        )


class _ChoiceDelegate(QStyledItemDelegate):
    """A box that opens at once and takes the choice at once."""

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:  # fmt: skip
        box = QComboBox(parent)
        box.addItems([str(each) for each in CHOICES[index.column()]])
        box.setCurrentText(str(index.data()))
        box.activated.connect(lambda _: self._commit(box))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        assert isinstance(editor, QComboBox)
        editor.setCurrentText(str(index.data()))

    def setModelData(self, editor: QWidget, model: ColumnModel, index: QModelIndex | QPersistentModelIndex) -> None:  # type: ignore[override]  # fmt: skip
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentText())

    def _commit(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)


def _columns_table(model: ColumnModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName("The columns, with role and type")
    table.setAccessibleDescription(
        "F2 changes a role, a type, or what happens where values are missing."
    )
    table.setItemDelegate(_ChoiceDelegate(table))
    triggers = QAbstractItemView.EditTrigger
    table.setEditTriggers(
        triggers.DoubleClicked
        | triggers.SelectedClicked
        | triggers.EditKeyPressed
        | triggers.AnyKeyPressed
    )
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setAlternatingRowColors(True)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(28)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for place, width in _WIDTHS.items():
        table.setColumnWidth(place, width)
    header.setSectionResizeMode(VALUES, QHeaderView.ResizeMode.Stretch)
    table.clicked.connect(lambda index: table.edit(index) if index.column() in CHOICES else None)
    return table


def _scrolled(widget: QWidget) -> QWidget:
    holder = QWidget()
    holder.setProperty("page", True)
    layout = column(widget, margin=8)
    layout.addStretch(1)
    holder.setLayout(layout)
    return scrolled(holder)


def _counted(preview: Preview) -> str:
    """``About 12,300 rows and 14 columns, read as separated values``."""
    about = "" if preview.exact else "about "
    count = size(preview.count) if preview.unit == "bytes" else f"{preview.count:,} {preview.unit}"
    columns = f" of {len(preview.columns):,} columns" if preview.recipe.kind.is_table else ""
    said = f"{about}{count}{columns}, read as {preview.recipe.kind}"
    return said[0].upper() + said[1:]


def _thumbnails(samples: Sequence[Sample]) -> list[tuple[Sample, QImage]]:
    """Small pictures of images, read on a worker; those that cannot be read are left out."""
    found = []
    for each in samples:
        reader = QImageReader(each.path)
        reader.setAutoTransform(True)
        natural = reader.size()
        if natural.isValid() and max(natural.width(), natural.height()) > _THUMBNAIL:
            reader.setScaledSize(natural.scaled(QSize(_THUMBNAIL, _THUMBNAIL), Qt.AspectRatioMode.KeepAspectRatio))  # fmt: skip
        image = reader.read()
        if not image.isNull():
            found.append((each, image))
    return found
