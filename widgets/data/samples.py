"""A few samples of a dataset's part: pictures, rows, texts or series."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from runners.datasets.dataset import DatasetInfo, Input, PreparedDataset, Task
from widgets import theme
from widgets.data.pictures import as_image
from widgets.data.tiles import ImageTile, SeriesTile, text_tile
from widgets.data.words import unit
from widgets.flow import Flow
from widgets.flow_grid import FlowGrid
from widgets.new_run.segments import Segments
from widgets.outputs.page import chooser
from widgets.parts import button, column, label, row, while_alive
from widgets.plain import line
from widgets.text import capital, short
from workbench.datasets import DatasetPage, read_samples, shown_places
from workbench.session import Session

if TYPE_CHECKING:
    from runners.datasets.samples import Sample
    from workbench.bench import Workbench

_MOST = {Input.IMAGE: 60, Input.FEATURES: 24, Input.TOKENS: 6, Input.SERIES: 12}
_COLUMNS = 60
_ROW_HEIGHT = 24
_EVERY = "All classes"
_Drawn = tuple["Sample", QImage | None]


class SamplesSection(QWidget):
    """Reads no more than what it shows, off the window's thread."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._page: DatasetPage | None = None
        self._dataset: PreparedDataset | None = None
        self._asked = 0
        self.parts = Segments({"train": "Training", "validation": "Validation", "test": "Test"})
        self.classes = chooser("Samples of which class", 240)
        self.others = button("Other samples", "dice-multiple-outline", flat=True)
        self.problem = label("", "warning", wrap=True)
        self.content: QWidget = QWidget()
        head = row(self.parts, self.classes, self.others)
        head.addStretch(1)
        self._layout = column(head, self.problem, self.content)
        self.setLayout(self._layout)
        self.parts.changed.connect(self._show_chosen)
        self.classes.currentIndexChanged.connect(self._show_chosen)
        self.others.clicked.connect(self._show_others)

    def show_page(self, page: DatasetPage) -> None:
        """Show samples of this dataset, which is prepared."""
        self._page, self._dataset = page, page.listed.prepared
        info = page.listed.info
        self.parts.offer(info.parts)
        blocked = self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItems([_EVERY, *(line(name) for name in info.classes)])
        self.classes.blockSignals(blocked)
        self.classes.setVisible(info.task is Task.CLASSIFICATION and len(info.classes) > 1)
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self._page is None:
            return
        rows = shown_places(self._page.statistics, self.parts.value)
        chosen = self.classes.currentIndex() - 1
        if self.classes.isVisibleTo(self) and 0 <= chosen < len(rows):
            rows = [rows[chosen]]
        self._read(_some_of(rows, _MOST[self._page.listed.info.input]))

    def _show_others(self) -> None:
        if self._page is None:
            return
        info = self._page.listed.info
        count = {"train": info.train_count, "test": info.test_count, "validation": info.validation_count}[self.parts.value]  # fmt: skip
        places = random.sample(range(count), min(count, _MOST[info.input]))
        self.classes.setCurrentIndex(0)
        self._read(sorted(places))

    def _read(self, places: Sequence[int]) -> None:
        dataset, part = self._dataset, self.parts.value
        if dataset is None:
            return
        self._asked += 1
        number, tints = self._asked, _tints()

        def work(_workbench: Workbench) -> list[_Drawn]:
            found = read_samples(dataset, part, places)
            return [(each, None if each.image is None else as_image(each.image, each.mask, tints)) for each in found]  # fmt: skip

        def take(found: list[_Drawn]) -> None:
            if number == self._asked:
                self._show(dataset.info, found)

        def fail(error: Exception) -> None:
            if number == self._asked:
                self._replace(QWidget())
                self._say(str(error))

        self._session.call(work, while_alive(self, take), while_alive(self, fail))

    def _show(self, info: DatasetInfo, found: list[_Drawn]) -> None:
        self._say("" if found else "This part holds no samples.")
        samples = [each for each, _ in found]
        match info.input:
            case Input.IMAGE:
                self._replace(_pictures(info, found))
            case Input.FEATURES:
                self._replace(_table(info, samples))
            case Input.TOKENS:
                self._replace(_grid([text_tile(each.text, _caption(info, each)) for each in samples], 300, 3))  # fmt: skip
            case Input.SERIES:
                names = info.features or info.targets
                tiles = [SeriesTile(each.series, names, _caption(info, each)) for each in samples if each.series is not None]  # fmt: skip
                self._replace(_grid(tiles, 250, 4))

    def _replace(self, content: QWidget) -> None:
        self._layout.replaceWidget(self.content, content)
        self.content.hide()
        self.content.deleteLater()
        self.content = content
        content.show()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))


def _some_of(rows: Sequence[Sequence[int]], most: int) -> list[int]:
    """As many of each row, from all along it."""
    each = max(1, most // max(1, len(rows)))
    return [place for one in rows for place in one[:: -(-len(one) // each) or 1]][:most]


def _pictures(info: DatasetInfo, found: Sequence[_Drawn]) -> QWidget:
    flow = Flow(space=8)
    tiles = [
        ImageTile(image, each.label or _targets(each), f"{_caption(info, each)} {_targets(each)}".strip())
        for each, image in found
        if image is not None
    ]  # fmt: skip
    flow.set_items(tiles)
    return flow


def _grid(tiles: Sequence[QWidget], width: int, columns: int) -> QWidget:
    grid = FlowGrid(width, columns)
    grid.set_items(tiles)
    return grid


def _caption(info: DatasetInfo, sample: Sample) -> str:
    """``setosa · sample 7``."""
    place = f"{unit(info)} {sample.index:,}"
    said = sample.label or _targets(sample)
    return f"{said} · {place}" if said else capital(place)


def _targets(sample: Sample) -> str:
    return ", ".join(f"{cell.name} {short(cell.value)}" for cell in sample.targets)


def _table(info: DatasetInfo, samples: Sequence[Sample]) -> QWidget:
    """A row a sample: what it is labelled first, then its features in their own units."""
    table = QTableWidget()
    table.setAccessibleName("Samples")
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    first = [cell.name for cell in samples[0].targets] if samples else []
    first = first or ["class"]
    names = [cell.name for cell in samples[0].row[:_COLUMNS]] if samples else []
    table.setColumnCount(len(first) + len(names))
    table.setRowCount(len(samples))
    table.setHorizontalHeaderLabels([line(name) for name in (*first, *names)])
    table.setVerticalHeaderLabels([f"{each.index:,}" for each in samples])
    for at, each in enumerate(samples):
        said = [short(cell.value) for cell in each.targets] or [each.label]
        for place, text in enumerate([*said, *(short(cell.value) for cell in each.row[:_COLUMNS])]):
            table.setItem(at, place, _item(text, emphasised=place < len(first), numeric=place >= len(first) or bool(each.targets)))  # fmt: skip
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
    table.setFixedHeight(_ROW_HEIGHT * min(len(samples), 10) + 48)
    left_out = len(info.features) - _COLUMNS
    note = label(f"The first {_COLUMNS} of {len(info.features):,} features", "dim")
    note.setVisible(left_out > 0)
    holder = QWidget()
    holder.setLayout(column(table, note, space=4))
    return holder


def _item(text: str, *, emphasised: bool, numeric: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(line(text))
    if numeric:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if emphasised:
        item.setForeground(QColor(theme.colors().accent))
    return item


def _tints() -> list[tuple[int, int, int]]:
    """The colours of masks' classes."""
    found: list[Any] = [theme.run_color(at) for at in range(10)]
    return [(color.red(), color.green(), color.blue()) for color in found]
