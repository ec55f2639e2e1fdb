"""The views, a tab each, made when they are looked at or asked for: what they import, the plots above all, is slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from widgets.choices import Choices
from widgets.commands import COMPARE, DATA, DUEL, EXPLAIN, LIVE, MODELS, NEW_RUN, OUTPUTS
from workbench.session import Session

if TYPE_CHECKING:
    from widgets.data.data_view import DataView
    from widgets.duel.duel_view import DuelView
    from widgets.main_window import MainWindow
    from widgets.models.models_view import ModelsView
    from widgets.new_run.panel import NewRunPanel

_TITLES = ("New run", "Live", "Compare", "Outputs", "Explain", "Data", "Duel", "Models")


class Views(QTabWidget):
    """From `build` on the view in sight is made at once, and the others while nothing else is to be done.

    What a view wants beyond itself, it wants of the window.
    """

    built = Signal()
    """Every view is there."""

    def __init__(self, window: MainWindow, session: Session, choices: Choices) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._choices = choices
        self._made: dict[int, QWidget] = {}
        self._makers: dict[int, Callable[[], QWidget]] = {
            NEW_RUN: self._make_new_run,
            LIVE: self._make_live,
            COMPARE: self._make_compare,
            OUTPUTS: self._make_outputs,
            EXPLAIN: self._make_explain,
            DATA: self._make_data,
            DUEL: self._make_duel,
            MODELS: self._make_models,
        }
        self.setDocumentMode(True)
        self.setAccessibleName("Views")
        self._places = [QVBoxLayout() for _ in _TITLES]
        for title, place in zip(_TITLES, self._places, strict=True):
            page = QWidget()
            page.setProperty("role", "data")
            place.setContentsMargins(0, 0, 0, 0)
            page.setLayout(place)
            self.addTab(page, title)

    def build(self) -> None:
        """Make the view in sight, then the others, one at a turn of the event loop."""
        self.currentChanged.connect(self._view)
        self._view(self.currentIndex())
        QTimer.singleShot(0, self, self._build_next)

    def _build_next(self) -> None:
        missing = next((place for place in self._makers if place not in self._made), None)
        if missing is None:
            self.built.emit()
            return
        self._view(missing)
        QTimer.singleShot(0, self, self._build_next)

    def _view(self, place: int) -> QWidget:
        """That of a tab, made if it is not there yet."""
        if place not in self._made:
            self._made[place] = self._makers[place]()
            self._places[place].addWidget(self._made[place])
        return self._made[place]

    @property
    def new_run(self) -> NewRunPanel:
        return cast("NewRunPanel", self._view(NEW_RUN))

    @property
    def data(self) -> DataView:
        return cast("DataView", self._view(DATA))

    @property
    def duel(self) -> DuelView:
        return cast("DuelView", self._view(DUEL))

    @property
    def models(self) -> ModelsView:
        return cast("ModelsView", self._view(MODELS))

    def remember(self) -> None:
        """Keep what the views that are there let one choose."""
        for place in (NEW_RUN, DUEL, MODELS):
            if place in self._made:
                cast("NewRunPanel | DuelView | ModelsView", self._made[place]).remember()

    def _make_new_run(self) -> QWidget:
        from widgets.new_run.panel import NewRunPanel

        new_run = NewRunPanel(self._session, self._choices)
        new_run.started.connect(self._window.show_started)
        if self._window.is_ready:
            new_run.look_for_frameworks()
        return new_run

    def _make_live(self) -> QWidget:
        from widgets.live.live_view import LiveView

        live = LiveView(self._session, self._choices)
        live.extend_wanted.connect(self._window.extend_run)
        return live

    def _make_compare(self) -> QWidget:
        from widgets.compare.compare_view import CompareView

        return CompareView(self._session, self._choices)

    def _make_outputs(self) -> QWidget:
        from widgets.outputs.outputs_view import OutputsView

        return OutputsView(self._session, self._choices)

    def _make_explain(self) -> QWidget:
        from widgets.explain.explain_view import ExplainView

        runs, explain = self._window.runs, ExplainView(self._session, self._choices)
        explain.list_query(runs.view.query)
        runs.listing.found.connect(lambda found: explain.list_query(found.query))
        return explain

    def _make_data(self) -> QWidget:
        from widgets.data.data_view import DataView

        data = DataView(self._session)
        data.run_wanted.connect(self._window.train_on)
        data.import_wanted.connect(self._window.import_data)
        data.changed.connect(self._datasets_changed)
        return data

    def _datasets_changed(self) -> None:
        self.new_run.look_for_datasets()

    def _make_duel(self) -> QWidget:
        from widgets.duel.duel_view import DuelView

        duel = DuelView(self._session, self._choices)
        duel.run_wanted.connect(self._window.watch_run)
        duel.compare_wanted.connect(self._window.compare_runs)
        return duel

    def _make_models(self) -> QWidget:
        from widgets.models.models_view import ModelsView

        models = ModelsView(self._session, self._choices)
        models.export_wanted.connect(self._window.export_run)
        models.run_wanted.connect(self._window.watch_run)
        models.try_wanted.connect(lambda ids: self._window.try_models(export_ids=ids))
        return models
