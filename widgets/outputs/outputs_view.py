"""Outputs: what the selected runs got right and wrong, and what they kept to look at, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabBar, QWidget

from runners.protocol import Artifact, ArtifactKind
from storage.records import RunRecord
from widgets.choices import Choices
from widgets.outputs.classes_page import ClassesPage
from widgets.outputs.confusion_page import ConfusionPage
from widgets.outputs.histograms_page import HistogramsPage
from widgets.outputs.images_page import ImagesPage
from widgets.outputs.numbers_pages import ForecastsPage, RegressionPage
from widgets.outputs.page import Page, RunOutputs
from widgets.outputs.samples_page import SamplesPage
from widgets.outputs.texts_page import TextsPage
from widgets.parts import EmptyState, column, label, line, show_tab, while_alive
from workbench.artifacts import ArtifactCache
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

MOST_RUNS = 24
"""So many runs are shown beside each other; more nobody can tell apart."""
_SOON_MS = 300
_CHOICE = "outputs/page"


class OutputsView(QWidget):
    """The selected runs, in the order they were selected; those that train are looked at again as they go on."""

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self._cache = ArtifactCache()
        self._seen: object = None
        self._outputs: list[RunOutputs] = []
        self._stale: set[int] = set()
        self._number = 0
        self._make_pages()
        self._make_layout()
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._look)
        session.ready.connect(self._show)
        session.selection_changed.connect(self._show)
        session.runs_changed.connect(self._runs_changed)

    def _make_pages(self) -> None:
        session, cache = self._session, self._cache
        self.confusion = ConfusionPage(session, cache)
        self.classes = ClassesPage(session, cache)
        self.samples = SamplesPage(session, cache)
        self.images = ImagesPage(session, cache)
        self.histograms = HistogramsPage(session, cache)
        self._pages: dict[str, Page] = {
            "Confusion": self.confusion,
            "Classes": self.classes,
            "Samples": self.samples,
            "Images": self.images,
            "Histograms": self.histograms,
            "Numbers": RegressionPage(session, cache),
            "Forecasts": ForecastsPage(session, cache),
            "Texts": TextsPage(session, cache),
        }
        self.confusion.samples_wanted.connect(self._show_samples)

    def _make_layout(self) -> None:
        self.tabs, pages, tools = QTabBar(), QStackedWidget(), QStackedWidget()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName("Outputs")
        for title, page in self._pages.items():
            self.tabs.addTab(title)
            pages.addWidget(page)
            tools.addWidget(page.bar)
        tools.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.tabs.currentChanged.connect(pages.setCurrentIndex)
        self.tabs.currentChanged.connect(tools.setCurrentIndex)
        self.tabs.currentChanged.connect(self._turn)
        self.remark = label("", "dim", wrap=True)
        self.remark.setContentsMargins(10, 4, 10, 4)
        self.remark.hide()
        whole = QWidget()
        whole.setLayout(column(self.tabs, line(), tools, self.remark, pages, space=0))
        self.stack = QStackedWidget()
        self.stack.addWidget(
            EmptyState(
                "image-search-outline",
                "No runs are selected",
                "Select runs on the left (Ctrl or Shift and click) to see what each of them got right and wrong.",
            )
        )
        self.stack.addWidget(whole)
        self.setLayout(column(self.stack))
        if self._choices is not None:
            self.tabs.setCurrentIndex(self._choices.get(_CHOICE, 0))

    # -- which runs -----------------------------------------------------------------------------------
    @property
    def runs(self) -> list[RunRecord]:
        """The runs to show."""
        known = self._session.runs
        selected = [known[each] for each in self._session.selection if each in known]
        return selected[:MOST_RUNS]

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        shown = set(self._session.selection[:MOST_RUNS])
        if self.isVisible() and not self._soon.isActive() and any(run.id in shown for run in changed):  # fmt: skip
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        if not self.isVisible():
            return
        runs = self.runs
        self.stack.setCurrentIndex(1 if runs else 0)
        more = len(self._session.selection) - len(runs)
        self.remark.setText(f"The first {len(runs):,} of {len(runs) + more:,} selected runs")
        self.remark.setVisible(more > 0)
        self._look()

    def _look(self) -> None:
        """Find what the runs kept, off the window's thread."""
        runs = self.runs
        self._number += 1
        number = self._number

        def find(workbench: Workbench) -> list[tuple[Artifact, ...]]:
            found = workbench.store.artifacts
            return [tuple(each.artifact for each in found(run.id)) for run in runs]

        def take(found: list[tuple[Artifact, ...]]) -> None:
            if number == self._number:
                pairs = zip(runs, found, strict=True)
                self._take([RunOutputs(run, kept) for run, kept in pairs])

        if runs:
            self._session.call(find, while_alive(self, take))

    def _take(self, outputs: Sequence[RunOutputs]) -> None:
        seen = [
            (each.run.id, each.run.name, each.run.color, each.run.state.final, each.artifacts)
            for each in outputs
        ]
        if seen != self._seen:
            self._seen = seen
            self._outputs = list(outputs)
            self._stale = set(range(len(self._pages)))
            self._offer({each.kind for one in outputs for each in one.artifacts})
        self._turn()

    def _offer(self, kinds: set[ArtifactKind]) -> None:
        """Show the tabs that have something of these runs, or all while they have nothing."""
        having = [each.kind in kinds for each in self._pages.values()]
        for place, has in enumerate(having):
            show_tab(self.tabs, place, has or not any(having))

    # -- pages ------------------------------------------------------------------------------------------
    def _turn(self) -> None:
        """Give the page in sight the runs, if it has others."""
        place = self.tabs.currentIndex()
        if self._choices is not None:
            self._choices.set(_CHOICE, place)
        if place in self._stale:
            self._stale.discard(place)
            list(self._pages.values())[place].show_runs(self._outputs)

    def _show_samples(self, name: str) -> None:
        self.tabs.setCurrentIndex(list(self._pages.values()).index(self.samples))
        self.samples.show_class(name)
