"""Several exports beside each other: a column each, a row for each figure, the best of a row marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (  # fmt: skip
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from storage.records import better
from widgets import plain, theme
from widgets.icons import run_icon
from widgets.models import words
from widgets.models.reading import Item
from widgets.parts import column, label, line, row, tool_button
from widgets.saving import ask_where, copy_table, save_table
from widgets.text import number, plural, size, what_it_trains
from workbench import metrics
from workbench.session import Session

_MOST = 40
"""A table of hundreds would stop the window for a second, and nobody reads it."""
_COLUMN, _ROW, _WIDEST_NAMES, _BEST = 156, 25, 210, "★ "


@dataclass(frozen=True, slots=True)
class Row:
    """``values`` are what is judged, as far as it is known; a row of ``texts`` alone is not."""

    title: str
    texts: tuple[str, ...]
    values: tuple[float | None, ...] = ()
    good: Literal["lower", "higher"] = "lower"

    @property
    def best(self) -> frozenset[int]:
        """The places of the best values, where they differ."""
        known = [one for one in self.values if one is not None and math.isfinite(one)]
        if len(set(known)) < 2:
            return frozenset()
        wanted = min(known) if self.good == "lower" else max(known)
        return frozenset(at for at, one in enumerate(self.values) if one == wanted)


def rows(items: Sequence[Item]) -> list[Row]:
    """What tells exports apart: what they are, how good they are and what they cost."""
    return [*_plain_rows(items), *_metric_rows(items), *_cost_rows(items), *_speed_rows(items)]


def _plain_rows(items: Sequence[Item]) -> list[Row]:
    return [
        Row("Name", tuple(one.record.name for one in items)),
        Row("Run", tuple(one.run.name for one in items)),
        Row("Trained", tuple(what_it_trains(one.run.spec) for one in items)),
        Row("Stage", tuple(words.STAGES.get(one.record.stage, one.record.stage) for one in items)),
        Row("Check", tuple("–" if one.record.passed is None else "passed" if one.record.passed else "failed" for one in items)),
    ]  # fmt: skip


def _metric_rows(items: Sequence[Item]) -> list[Row]:
    checks = [one.manifest.check if one.manifest else None for one in items]
    names = dict.fromkeys(name for check in checks if check for name in check.metrics)
    found = [
        _judged(metrics.title(name), [check.metrics[name][1] if check and name in check.metrics else None for check in checks], number, better(name))
        for name in names
    ]  # fmt: skip
    largest = [check.largest if check else None for check in checks]
    agreement = [check.agreement if check else None for check in checks]
    return [
        *found,
        _judged("Largest difference", largest, words.difference),
        _judged("Same predictions", agreement, words.share, "higher"),
    ]


def _cost_rows(items: Sequence[Item]) -> list[Row]:
    measured = [one.manifest.measurement if one.manifest else None for one in items]
    return [
        _judged("Size on disk", [one.record.size_bytes or None for one in items], size),
        _judged("Load", [one.load_s if one else None for one in measured], words.seconds),
        _judged("Peak memory", [one.peak_bytes if one else None for one in measured], size),
    ]


def _speed_rows(items: Sequence[Item]) -> list[Row]:
    """For each batch size and number of threads that any was measured at."""
    measured = [one.manifest.measurement if one.manifest else None for one in items]
    keys = sorted({(speed.threads, speed.batch_size) for one in measured if one for speed in one.speeds})  # fmt: skip
    found = []
    for threads, batch_size in keys:
        speeds = [words.speed_at(one, batch_size, threads) for one in measured]
        told = f"batch {batch_size:,}, {'all threads' if threads == 0 else plural(threads, 'thread')}"  # fmt: skip
        found.append(_judged(f"Latency, {told}", [one.p50_s if one else None for one in speeds], words.seconds))  # fmt: skip
        found.append(_judged(f"Samples/s, {told}", [one.samples_per_s if one else None for one in speeds], words.rate, "higher"))  # fmt: skip
    return found


def _judged(
    title: str,
    values: Sequence[float | None],
    said: Callable[[float], str],
    good: Literal["lower", "higher"] = "lower",
) -> Row:
    texts = tuple("–" if one is None else said(one) for one in values)
    return Row(title, texts, tuple(values), good)


class BesidePage(QWidget):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._items: list[Item] = []
        self._rows: list[Row] = []
        self.table = QTableWidget()
        self.table.setAccessibleName("Exports beside each other")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setFont(theme.font())
        heads, names = self.table.horizontalHeader(), self.table.verticalHeader()
        heads.setDefaultSectionSize(_COLUMN)
        heads.setIconSize(QSize(12, 12))
        heads.setHighlightSections(False)
        heads.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        names.setMaximumWidth(_WIDEST_NAMES)
        names.setDefaultSectionSize(_ROW)
        names.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        names.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        copy = tool_button("content-copy", "Copy the table")
        save = tool_button("content-save-outline", "Save the table as CSV")
        copy.clicked.connect(lambda: copy_table(session, self.as_text("\t"), "the table"))
        save.clicked.connect(self._ask_where)
        self._count = label("", "dim")
        tools = row(self._count, copy, save)
        tools.setStretch(0, 1)
        tools.setContentsMargins(12, 3, 8, 3)
        layout = column(space=0)
        layout.addLayout(tools)
        layout.addWidget(line())
        layout.addWidget(self.table, 1)
        self.setLayout(layout)
        theme.theme().changed.connect(self._fill)

    def show_items(self, items: Sequence[Item]) -> None:
        self._items = list(items[:_MOST])
        self._rows = rows(self._items)
        shown = f"The first {_MOST} of " if len(items) > _MOST else ""
        self._count.setText(f"{shown}{plural(len(items), 'export')}; a star marks the best of a row")  # fmt: skip
        self._fill()

    def _fill(self) -> None:
        self.table.setColumnCount(len(self._items))
        self.table.setRowCount(len(self._rows))
        for at, item in enumerate(self._items):
            title = words.format_title(item.record.format, item.framework)
            head = QTableWidgetItem(run_icon(item.run.color), plain.line(title))
            head.setToolTip(plain.tip(f"{item.record.name} of {item.run.name}"))
            self.table.setHorizontalHeaderItem(at, head)
        for at, each in enumerate(self._rows):
            self.table.setVerticalHeaderItem(at, QTableWidgetItem(plain.line(each.title)))
            for place, text in enumerate(each.texts):
                self.table.setItem(at, place, self._cell(text, place in each.best))

    @staticmethod
    def _cell(text: str, best: bool) -> QTableWidgetItem:
        cell = QTableWidgetItem(plain.line(_BEST + text if best else text))
        cell.setToolTip(plain.tip(text))
        cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if best:
            cell.setForeground(QColor(theme.colors().success))
            cell.setFont(theme.font(bold=True))
        return cell

    # -- as text ------------------------------------------------------------------------------------
    def as_text(self, separator: str) -> str:
        """The table with every digit, the first line with the names."""
        import csv
        import io

        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow(["", *(one.record.name for one in self._items)])
        for each in self._rows:
            exact = each.values or each.texts
            writer.writerow([each.title, *("" if one is None else one for one in exact)])
        return out.getvalue()

    def _ask_where(self) -> None:
        ask_where(self, "Save the table as CSV", Path("exports.csv"), "CSV (*.csv)", self.save)

    def save(self, path: Path) -> None:
        save_table(self._session, path, self.as_text(","), "the table")
