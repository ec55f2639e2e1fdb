"""What one run writes and keeps as it trains: its log, its confusion matrix, pictures, texts and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabBar, QWidget

from runners.protocol import Artifact, ArtifactKind
from storage.records import RunRecord
from widgets.live.confusion import ConfusionView
from widgets.live.log_view import LogView
from widgets.outputs.images_page import ImagesPage
from widgets.outputs.numbers_pages import ForecastsPage, RegressionPage
from widgets.outputs.page import Page, RunOutputs
from widgets.outputs.texts_page import TextsPage
from widgets.parts import column, line, row, show_tab, while_alive
from workbench.artifacts import ArtifactCache, Confusion, parse_confusion
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_SOON_MS = 300
_CONFUSION = 1
_Found = tuple[tuple[Artifact, ...], Confusion | None]


class LiveOutputs(QWidget):
    """A tab for each kind that the run keeps, each with its tools beside the tabs. They appear as the first one comes."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._cache = ArtifactCache()
        self._run: RunRecord | None = None
        self._seen: object = None
        self._artifacts: tuple[Artifact, ...] = ()
        self._stale: set[int] = set()
        self.log = LogView(session)
        self.confusion = ConfusionView()
        self.kept: dict[ArtifactKind, Page] = {
            ArtifactKind.IMAGE: ImagesPage(session, self._cache),
            ArtifactKind.TEXT: TextsPage(session, self._cache),
            ArtifactKind.REGRESSION: RegressionPage(session, self._cache),
            ArtifactKind.FORECASTS: ForecastsPage(session, self._cache),
        }
        self._make_layout()
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._look)

    def _make_layout(self) -> None:
        self.tabs, pages, tools = QTabBar(), QStackedWidget(), QStackedWidget()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName("What the run writes")
        titles = ("Log", "Confusion matrix", "Images", "Texts", "Numbers", "Forecasts")
        shown: tuple[LogView | ConfusionView | Page, ...] = (
            self.log, self.confusion, *self.kept.values()
        )  # fmt: skip
        for place, (title, page) in enumerate(zip(titles, shown, strict=True)):
            self.tabs.addTab(title)
            self.tabs.setTabVisible(place, place == 0)
            pages.addWidget(page)
            tools.addWidget(page.bar)
        self.tabs.currentChanged.connect(pages.setCurrentIndex)
        self.tabs.currentChanged.connect(tools.setCurrentIndex)
        self.tabs.currentChanged.connect(self._turn)
        tools.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        head = row(self.tabs, tools, space=0)
        head.setStretch(1, 1)
        self.setLayout(column(head, line(), pages, space=0))

    def show_run(self, run: RunRecord) -> None:
        """Show what the run has kept by now; called again as it goes on."""
        other = self._run is None or self._run.id != run.id
        self._run = run
        self.log.show_run(run)
        if other:
            self._soon.stop()
            self._take(run, ((), None))
            self._look()
        elif not self._soon.isActive():
            self._soon.start()

    def _look(self) -> None:
        run = self._run
        if run is None:
            return
        cache = self._cache

        def find(workbench: Workbench) -> _Found:
            """Raises ArtifactError where the confusion matrix is damaged, which is told."""
            kept = tuple(each.artifact for each in workbench.store.artifacts(run.id))
            folder = workbench.home.run_folder(run.id).path
            matrices = [each for each in kept if each.kind is ArtifactKind.CONFUSION_MATRIX]
            return kept, cache.read(folder, matrices[0], parse_confusion) if matrices else None

        self._session.call(find, while_alive(self, lambda found: self._take(run, found)))

    def _take(self, run: RunRecord, found: _Found) -> None:
        if self._run is None or self._run.id != run.id:
            return
        kept, matrix = found
        seen = run.id, run.name, run.color, run.state.final, kept
        if seen == self._seen:
            return
        self._seen, self._artifacts = seen, kept
        self.confusion.set_matrix(matrix)
        show_tab(self.tabs, _CONFUSION, matrix is not None)
        kinds = {each.kind for each in kept}
        for place, kind in enumerate(self.kept, _CONFUSION + 1):
            show_tab(self.tabs, place, kind in kinds)
            self._stale.add(place)
        self.tabs.updateGeometry()
        self._turn()

    def _turn(self) -> None:
        """Give the page in sight what the run has kept, if that is new."""
        place = self.tabs.currentIndex()
        if self._run is not None and place in self._stale:
            self._stale.discard(place)
            page = list(self.kept.values())[place - _CONFUSION - 1]
            page.show_runs([RunOutputs(self._run, self._artifacts)])
