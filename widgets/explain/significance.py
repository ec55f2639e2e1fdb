"""Whether two groups of runs differ in a metric: in words, figures and a small picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from storage.records import Cell
from widgets.explain.column_box import ColumnBox
from widgets.explain.interval import IntervalPicture
from widgets.explain.part import COMMON_FIELDS, Part, field, offer
from widgets.explain.source import Source, Table
from widgets.parts import button, column, label, row, scrolled, tool_button
from widgets.plain import line
from widgets.text import plural
from workbench.errors import WorkbenchError
from workbench.explain.scales import numbers_of
from workbench.explain.significance import Group, Sample, Significance, significance
from workbench.explain.words import figure, probability
from workbench.replicates import words

_METRIC_NAMES = ("best(", "last(", "min(", "max(")
_MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class _Compared:
    """``values`` are those that groups can be made from, the commonest first; ``result`` is None with fewer than two."""

    values: tuple[str, ...]
    pair: tuple[str, str]
    result: Significance | None


class SignificancePart(Part):
    """Two groups of the runs: by two values of a column, or made by hand from the selection."""

    glyph = "scale-balance"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.measure, self.by = ColumnBox("Metric"), ColumnBox("Groups by")
        self.first, self.second = QComboBox(), QComboBox()
        for box, name in ((self.first, "First group"), (self.second, "Second group")):
            box.setAccessibleName(name)
            box.setMinimumContentsLength(10)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)  # fmt: skip
            box.activated.connect(self._choose_values)
        self.hand = tuple(button(f"Set {name}") for name in "AB")
        self.by_column = button("By column again")
        self.by_column.hide()
        self.by_column.clicked.connect(self._forget_hands)
        self._by_hand: list[tuple[int, ...]] = [(), ()]
        for place, each in enumerate(self.hand):
            each.setToolTip(f"Make group {'AB'[place]} of the runs that are selected now")
            each.clicked.connect(lambda _=False, place=place: self._take_by_hand(place))
        self._versus = label("against", "dim")
        self._groups = QWidget()
        self._groups.setLayout(row(field("groups by", self.by), self.first, self._versus, self.second, space=6))  # fmt: skip
        self.tools.set_items([field("Metric", self.measure), self._groups, *self.hand, self.by_column])  # fmt: skip
        self.headline = label("", "heading", wrap=True, scale=1.15)
        self.picture = IntervalPicture()
        self.figures = QGridLayout()
        self.figures.setHorizontalSpacing(22)
        self.figures.setVerticalSpacing(4)
        self.explanation = label("", wrap=True)
        self.copy = tool_button("content-copy", "Copy the words")
        self.copy.clicked.connect(self._copy)
        self._lay_out()
        self.measure.chosen.connect(self.refresh)
        self.by.chosen.connect(self._choose_column)

    def _lay_out(self) -> None:
        head = row(self.headline, self.copy)
        head.setStretch(0, 1)
        holder = QWidget()
        holder.setMaximumWidth(900)
        table = QWidget()
        table.setLayout(self.figures)
        layout = column(head, self.picture, self.explanation, table, margin=14, space=10)
        layout.addStretch(1)
        holder.setLayout(layout)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(row(holder))
        self.body.setLayout(column(scrolled(page, "Significance")))

    # -- what is compared -------------------------------------------------------------------------
    def offer(self) -> None:
        source = self.source
        fields = [name for name in COMMON_FIELDS if name not in ("duration", "samples_per_s", "created")]  # fmt: skip
        offer(source, [(self.measure, [*source.metrics, "duration", "samples_per_s"]), (self.by, [*fields, *source.parameters])])  # fmt: skip
        if not self.measure.column:
            self.measure.show_column(source.main_metric)
        if not self.by.column:
            self.by.show_column("framework")

    def columns(self) -> list[str]:
        if not self.measure.column:
            return []
        return [self.measure.column, "seed", "framework", *([self.by.column] if self.by.column else [])]  # fmt: skip

    @property
    def _hand(self) -> bool:
        return any(self._by_hand)

    def work(self) -> Callable[[Table], _Compared]:
        metric, by = self.measure.column, self.by.column
        wanted = self.first.currentText(), self.second.currentText()
        hands = [frozenset(ids) for ids in self._by_hand] if self._hand else None

        def compare(table: Table) -> _Compared:
            if hands is not None:
                groups = [["A" if i in hands[0] else "", "B" if i in hands[1] else ""] for i in map(int, table.ids)]  # fmt: skip
                kinds: list[str | None] = [a or b or None for a, b in groups]
                return _Compared((), ("A", "B"), _result(table, kinds, ("A", "B"), metric, "group "))  # fmt: skip
            kinds = [None if cell is None else words(cell) for cell in table[by]]
            known = _known(kinds, table[metric])
            pair = _pair(wanted, known)
            result = _result(table, kinds, pair, metric, _named(by)) if pair else None
            return _Compared(known[:_MOST_VALUES], pair or ("", ""), result)

        return compare

    def refresh(self) -> None:
        self._show_hands()
        super().refresh()

    def take(self, _table: Table, result: _Compared) -> None:
        for box, value in ((self.first, result.pair[0]), (self.second, result.pair[1])):
            with QSignalBlocker(box):
                if [box.itemText(at) for at in range(box.count())] != list(result.values):
                    box.clear()
                    box.addItems(list(result.values))
                box.setCurrentText(value)
        if result.result is None:
            self.say(
                "There are no two groups",
                f"All these runs with a {self.measure.column} have the same {self.by.column}. Choose another column, or make the groups by hand: "
                "select runs, press “Set A”, then the same for B.",
            )
        else:
            self._show(result.result)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, WorkbenchError):
            self.say("The groups cannot be compared", str(error))
        else:
            super().refuse(error)

    def _choose_column(self) -> None:
        for box in (self.first, self.second):
            box.clear()
        self._forget_hands()

    def _choose_values(self) -> None:
        if self.first.currentText() == self.second.currentText():
            return
        self.refresh()

    # -- by hand ----------------------------------------------------------------------------------
    def _take_by_hand(self, place: int) -> None:
        chosen = self.source.session.selection
        if not chosen:
            self.source.session.notice.emit("Select the runs of the group first", None)
            return
        self._by_hand[place] = chosen
        rest = self._by_hand[1 - place]
        self._by_hand[1 - place] = tuple(run_id for run_id in rest if run_id not in chosen)
        self.refresh()

    def _forget_hands(self) -> None:
        self._by_hand = [(), ()]
        self.refresh()

    def _show_hands(self) -> None:
        self._groups.setVisible(not self._hand)
        self.by_column.setVisible(self._hand)
        for place, each in enumerate(self.hand):
            name, count = "AB"[place], len(self._by_hand[place])
            each.setText(f"{name}: {plural(count, 'run')}" if count else f"Set {name}")  # fmt: skip

    # -- the result -------------------------------------------------------------------------------
    def _show(self, found: Significance) -> None:
        self.pages.setCurrentIndex(1)
        self.headline.setText(found.headline)
        self.explanation.setText("\n\n".join(found.explanation))
        self.picture.show_result(found)
        while (item := self.figures.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for at, cells in enumerate(_figures(found)):
            for place, text in enumerate(cells):
                cell: QLabel = label(text, "dim" if at == 0 or place == 0 else "")
                self.figures.addWidget(cell, at, place)
        self.figures.setColumnStretch(8, 1)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.headline.text()}\n\n{self.explanation.text()}")
        self.source.session.notice.emit("Copied the words", None)


def _known(kinds: Sequence[str | None], cells: Sequence[Cell]) -> tuple[str, ...]:
    """The values of runs that have the metric, the commonest first."""
    both = zip(kinds, cells, strict=True)
    counts = Counter(kind for kind, cell in both if kind is not None and cell is not None)
    return tuple(kind for kind, _ in counts.most_common())


def _pair(wanted: tuple[str, str], known: Sequence[str]) -> tuple[str, str] | None:
    if wanted[0] in known and wanted[1] in known and wanted[0] != wanted[1]:
        return wanted
    return (known[0], known[1]) if len(known) > 1 else None


def _result(
    table: Table, kinds: Sequence[str | None], pair: tuple[str, str], metric: str, before: str
) -> Significance:
    values = numbers_of(table[metric])
    if values is None:
        raise WorkbenchError(f"{metric} has no numbers in these runs.")
    groups = []
    for name in pair:
        samples = (
            Sample(float(value), None if seed is None else int(float(seed)))
            for value, seed, kind in zip(values, table["seed"], kinds, strict=True)
            if kind == name
        )
        groups.append(Group(f"{before}{name}", tuple(samples)))
    return significance(groups[0], groups[1], _plain(metric))


def _plain(metric: str) -> str:
    """The name of the metric, from which it is told which way is better."""
    bare = next((metric[len(f) : -1] for f in _METRIC_NAMES if metric.startswith(f)), metric)
    return bare.strip("\"'")


def _named(column: str) -> str:
    return "" if column in ("framework", "template", "dataset", "name") else f"{line(column)} "


def _figures(found: Significance) -> list[list[str]]:
    rows = [["", "runs", "mean", "deviation"]]
    for at, name in enumerate(found.names):
        rows.append([name, f"{found.runs[at]:,}", figure(found.means[at]), figure(found.deviations[at])])  # fmt: skip
    rows.append(["difference", "", figure(found.difference), ""])
    for test in (found.t, found.ranks):
        if test is not None:
            df = f", {test.df:.4g} degrees of freedom" if test.df is not None else ""
            rows.append([test.name, "", probability(test.p), f"statistic {figure(test.statistic)}{df}"])  # fmt: skip
    if found.effect is not None:
        rows.append([found.effect_name, "", figure(found.effect), ""])
    return rows
