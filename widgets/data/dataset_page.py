"""All that is known of one dataset, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runners.datasets.dataset import Input, Task
from widgets.data import words
from widgets.data.charts import MOST_BARS, CountBars, HistogramTile
from widgets.data.job_bar import JobBar
from widgets.data.samples import SamplesSection
from widgets.flow import Flow
from widgets.flow_grid import FlowGrid
from widgets.key_values import KeyValues
from widgets.parts import button, column, label, scrolled
from widgets.text import full_moment, plural, size
from workbench.datasets import DatasetPage, Origin, class_counts
from workbench.session import Session

_WIDEST = 1180
_HISTOGRAMS = 60


class DatasetPageView(QWidget):
    """Shows one page at a time. The buttons only ask; `DataView` does it."""

    run_wanted = Signal()
    preparation_wanted = Signal()
    source_wanted = Signal()
    version_wanted = Signal()
    deletion_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.page: DatasetPage | None = None
        self._make_head()
        self.samples = SamplesSection(session)
        self.balance = CountBars("Samples of each class")
        self.histograms = FlowGrid(170, 6)
        self.tokens = CountBars("The most frequent tokens")
        self.facts, self.recipe, self.versions = KeyValues(), KeyValues(), KeyValues()
        self._notes = {
            name: label("", "dim", wrap=True) for name in ("balance", "histograms", "tokens")
        }
        self._sections = {
            "samples": _section("Samples", self.samples),
            "balance": _section("Class balance", self._notes["balance"], self.balance),
            "tokens": _section("Most frequent tokens", self._notes["tokens"], self.tokens),
            "histograms": _section("Distributions", self._notes["histograms"], self.histograms),
            "facts": _section("About", self.facts),
            "recipe": _section("How it was imported", self.recipe),
            "versions": _section("Earlier versions", self.versions),
        }
        inner = QWidget()
        inner.setProperty("page", True)
        inner.setMaximumWidth(_WIDEST)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(16, 12, 16, 16)
        inside.setSpacing(10)
        for part in (self._head, self.job, self.problem, self.notes, *self._sections.values()):
            inside.addWidget(part)
        inside.addStretch(1)
        self._area = scrolled(inner, "The dataset")
        self.setLayout(column(self._area))

    def _make_head(self) -> None:
        self.title = label("", "heading", scale=1.4)
        self.summary = label("", wrap=True)
        self.counts = label("", "dim", wrap=True)
        self.run = button("New run with this dataset", "plus", primary=True)
        self.prepare = button("Prepare", "download-outline")
        self.source = button("From a folder …", "folder-open-outline")
        self.version = button("Import another version …", "import")
        self.delete = button("Delete …", "trash-can-outline")
        self.run.clicked.connect(self.run_wanted)
        self.prepare.clicked.connect(self.preparation_wanted)
        self.source.clicked.connect(self.source_wanted)
        self.version.clicked.connect(self.version_wanted)
        self.delete.clicked.connect(self.deletion_wanted)
        self._buttons = Flow(space=8)
        self._buttons.set_items([self.run, self.prepare, self.source, self.version, self.delete])
        self._head = QWidget()
        self._head.setLayout(column(self.title, self.summary, self.counts, self._buttons, space=5))
        self.job = JobBar()
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.notes = label("", "warning", wrap=True)
        self.notes.hide()
        self._noted = ""

    def say_notes(self, name: str, notes: Sequence[str]) -> None:
        """What an import left out, shown as long as this dataset is."""
        self._noted = name if notes else ""
        self.notes.setText("\n".join(notes))

    def show_page(self, page: DatasetPage, used_by: int) -> None:
        """Show this dataset; ``used_by`` counts the runs on it."""
        before, self.page = self.page, page
        if before is None or before.listed.info.name != page.listed.info.name:
            self.say_problem("")
            self._area.verticalScrollBar().setValue(0)
        info, prepared = page.listed.info, page.listed.prepared
        self.notes.setVisible(bool(self._noted) and info.name == self._noted)
        self.title.setText(info.title)
        runs = plural(used_by, "run") if used_by else "no run yet"
        self.summary.setText(info.summary)
        self.counts.setText(f"{words.line(page.listed)} · {runs}")
        self.allow(True)
        self._show_statistics(page)
        if prepared:
            self.samples.show_page(page)
        self.facts.show_values(words.facts(page))
        self.recipe.show_values(words.recipe(prepared.recipe if prepared else {}))
        self.versions.show_values(_versions(page))
        shown = {
            "samples": bool(prepared),
            "recipe": bool(prepared and prepared.recipe),
            "versions": bool(page.versions),
        }
        for name, visible in shown.items():
            self._sections[name].setVisible(visible)

    def allow(self, allowed: bool) -> None:
        """Offer what makes sense for this dataset, unless a job on it runs."""
        if self.page is None:
            return
        listed = self.page.listed
        missing = listed.prepared is None
        network = listed.origin is Origin.NETWORK
        self.prepare.setText("Download" if network else "Prepare")
        self.prepare.setVisible(missing)
        self.source.setVisible(missing and network)
        self.version.setVisible(listed.origin is Origin.IMPORTED)
        self.delete.setVisible(not missing)
        for each in (self.run, self.prepare, self.source, self.version, self.delete):
            each.setEnabled(allowed)
        self._buttons.set_items(self._buttons.items)  # those that are hidden leave no gap

    def say_problem(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _show_statistics(self, page: DatasetPage) -> None:
        info, found = page.listed.info, page.statistics
        counts = class_counts(found, "train")
        self._sections["balance"].setVisible(bool(counts))
        if counts:
            self._show_balance(info.classes, counts, info.task)
        columns = [each for each in found.get("columns", ()) if each.get("histogram")]
        lengths = found.get("tokens", {}).get("lengths")
        if lengths:
            columns.append({"name": "tokens of a text", "histogram": lengths})
        self._sections["histograms"].setVisible(bool(columns))
        self.histograms.set_items([HistogramTile(each) for each in columns[:_HISTOGRAMS]])
        left_out = len(columns) + int(found.get("columns_left_out", 0)) - _HISTOGRAMS
        shown = (
            f" The first {_HISTOGRAMS} of {left_out + _HISTOGRAMS:,} columns."
            if left_out > 0
            else ""
        )
        unit = (
            "in the bytes of its pixels"
            if info.input is Input.IMAGE
            else "in their own units where known"
        )
        self._notes["histograms"].setText(f"Of the training part, {unit}.{shown}")
        self._show_tokens(found.get("tokens", {}))

    def _show_balance(self, names: Sequence[str], counts: Sequence[int], task: Task) -> None:
        what = "pixels" if task is Task.SEGMENTATION else "samples"
        pairs = list(zip(names, counts, strict=False))
        more = len(pairs) - MOST_BARS
        if more > 0:
            pairs = sorted(pairs, key=lambda pair: -pair[1])
        self._notes["balance"].setText(
            f"The {what} of each class in the training part"
            + (f"; the {MOST_BARS} largest of {len(pairs):,} classes." if more > 0 else ".")
        )
        self.balance.show_rows(pairs, sum(counts))

    def _show_tokens(self, tokens: Mapping[str, Any]) -> None:
        self._sections["tokens"].setVisible(bool(tokens))
        if not tokens or self.page is None:
            return
        unknown = (
            f", and {tokens['unknown']:,} that are not in the vocabulary"
            if tokens["unknown"]
            else ""
        )
        self._notes["tokens"].setText(
            f"{tokens['used']:,} of {self.page.listed.info.vocabulary_size:,} tokens occur in the training part{unknown}."
        )
        frequent = [(_visible(str(text)), int(count)) for text, count in tokens["frequent"]]
        self.tokens.show_rows(frequent[:20], sum(count for _, count in frequent))


def _section(title: str, *parts: QWidget) -> QWidget:
    section = QWidget()
    layout = column(label(title, "heading"), *parts, space=6)
    layout.setContentsMargins(0, 8, 0, 0)
    section.setLayout(layout)
    return section


def _versions(page: DatasetPage) -> dict[str, str]:
    return {
        version.sha256[:12]: (
            f"made {full_moment(version.made)}, {version.count:,} {words.unit(page.listed.info)}s, "
            f"{size(version.size_bytes)}; runs that were made for it go on with it"
        )
        for version in page.versions
    }


def _visible(token: str) -> str:
    """A token with its spaces to be seen."""
    return token.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")
