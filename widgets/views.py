"""The views, a tab each. What is slow to import (the plots above all) is made by `Views.build`, after the first paint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
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
    """What a view wants beyond itself, it wants of the window."""

    built = Signal()
    """Every view is there."""

    new_run: NewRunPanel
    data: DataView
    duel: DuelView
    models: ModelsView

    def __init__(self, window: MainWindow, session: Session, choices: Choices) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._choices = choices
        self.is_built = False
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
        """Make all views, one at a turn of the event loop."""
        self._build(
            (
                self._build_new_run,
                self._build_live,
                self._build_compare,
                self._build_outputs,
                self._build_explain,
                self._build_data,
                self._build_duel,
                self._build_models,
            )
        )

    def when_built(self, act: Callable[[], object]) -> None:
        """Act now, or as soon as every view is there."""
        if self.is_built:
            act()
        else:
            self.built.connect(act, Qt.ConnectionType.SingleShotConnection)

    def remember(self) -> None:
        """Keep what the views that are there let one choose."""
        for name in ("new_run", "duel", "models"):
            if hasattr(self, name):
                getattr(self, name).remember()

    def _build(self, steps: tuple[Callable[[], None], ...]) -> None:
        if not steps:
            self.is_built = True
            self.built.emit()
            return
        steps[0]()
        QTimer.singleShot(0, self, lambda: self._build(steps[1:]))

    def _put(self, place: int, view: QWidget) -> None:
        self._places[place].addWidget(view)

    def _build_new_run(self) -> None:
        from widgets.new_run.panel import NewRunPanel

        self.new_run = NewRunPanel(self._session, self._choices)
        self.new_run.started.connect(self._window.show_started)
        self._put(NEW_RUN, self.new_run)
        if self._window.is_ready:
            self.new_run.look_for_frameworks()

    def _build_live(self) -> None:
        from widgets.live.live_view import LiveView

        live = LiveView(self._session, self._choices)
        live.extend_wanted.connect(self._window.extend_run)
        self._put(LIVE, live)

    def _build_compare(self) -> None:
        from widgets.compare.compare_view import CompareView

        self._put(COMPARE, CompareView(self._session, self._choices))

    def _build_outputs(self) -> None:
        from widgets.outputs.outputs_view import OutputsView

        self._put(OUTPUTS, OutputsView(self._session, self._choices))

    def _build_explain(self) -> None:
        from widgets.explain.explain_view import ExplainView

        runs, explain = self._window.runs, ExplainView(self._session, self._choices)
        explain.list_query(runs.view.query)
        runs.listing.found.connect(lambda found: explain.list_query(found.query))
        self._put(EXPLAIN, explain)

    def _build_data(self) -> None:
        from widgets.data.data_view import DataView

        self.data = DataView(self._session)
        self.data.run_wanted.connect(self._window.train_on)
        self.data.import_wanted.connect(self._window.import_data)
        self.data.changed.connect(self.new_run.look_for_datasets)
        self._put(DATA, self.data)

    def _build_duel(self) -> None:
        from widgets.duel.duel_view import DuelView

        self.duel = DuelView(self._session, self._choices)
        self.duel.run_wanted.connect(self._window.watch_run)
        self.duel.compare_wanted.connect(self._window.compare_runs)
        self._put(DUEL, self.duel)

    def _build_models(self) -> None:
        from widgets.models.models_view import ModelsView

        self.models = ModelsView(self._session, self._choices)
        self.models.export_wanted.connect(self._window.export_run)
        self.models.run_wanted.connect(self._window.watch_run)
        self.models.try_wanted.connect(lambda ids: self._window.try_models(export_ids=ids))
        self._put(MODELS, self.models)
