"""The window: its docks, views and toolbar, put together. What the actions do is in `widgets.commands`.

What is slow to import (the plots above all) is built by `finish`, after the first paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from storage.records import RunRecord, Scope
from widgets.actions import QUEUE_MENU, RUN_MENU, TOOLBAR, TRASH_MENU, Actions
from widgets.banner import Banner
from widgets.choices import Choices
from widgets.commands import COMPARE, DATA, LIVE, MODELS, NEW_RUN, Commands
from widgets.details.panel import DetailsPanel
from widgets.docks import Area, Layout, add_docks
from widgets.dragged import dropped_paths
from widgets.health_banner import HealthBanner
from widgets.messages.panel import MessagesPanel
from widgets.notice_bar import NoticeBar
from widgets.parts import label
from widgets.queue_devices.panel import QueueDevicesPanel
from widgets.run_commands import wordings
from widgets.runs.panel import RunsPanel
from widgets.states import activity
from widgets.text import plural
from widgets.theme import theme
from widgets.views import Views
from widgets.welcome import Welcome
from workbench.dataset_jobs import DatasetJob
from workbench.session import Session
from workbench.trying.tried import Tried

_GOES_ON = "Runs go on training when you close this window."


class MainWindow(QMainWindow):
    painted = Signal()
    """The window was painted for the first time."""
    finished = Signal()
    """Every view is there."""

    def __init__(self, session: Session, choices: Choices) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self._painted = False
        self.is_ready = False
        self.setWindowTitle("Twinbench")
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self._make_panels()
        self._make_docks()
        self._make_center()
        self._make_status_bar()
        self._commands = Commands(self, session)
        self.actions_table = Actions(self, self._commands, self.runs.table)
        self._make_menus()
        self._connect()
        self._layout = Layout(self, self.docks, choices)
        self.runs.table.setFocus()
        self.views.setCurrentIndex(choices.get("window/tab", NEW_RUN))
        self._show_theme()
        self._allow_actions()

    # -- parts ------------------------------------------------------------------------------------
    def _make_panels(self) -> None:
        self.runs = RunsPanel(self._session, self._choices)
        self.details = DetailsPanel(self._session)
        self.queue = QueueDevicesPanel(self._session)
        self.messages = MessagesPanel(self._session)
        self.welcome = Welcome()
        self.notices = NoticeBar()

    def _make_docks(self) -> None:
        self.docks = add_docks(
            self,
            (
                ("Runs", self.runs, Area.LeftDockWidgetArea),
                ("Details", self.details, Area.RightDockWidgetArea),
                ("Queue and devices", self.queue, Area.BottomDockWidgetArea),
                ("Messages", self.messages, Area.BottomDockWidgetArea),
            ),
        )

    def _make_center(self) -> None:
        self.views = Views(self, self._session, self._choices)
        self.views.built.connect(self._settle)
        self.health = HealthBanner(self._session)
        self.banner = Banner("information-outline", _GOES_ON)
        self.banner.hide()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.views)
        self._pages.addWidget(self.welcome)
        center = QWidget()
        layout = QVBoxLayout(center)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.health)
        layout.addWidget(self.banner)
        layout.addWidget(self._pages)
        self.setCentralWidget(center)

    def _make_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.notices, 1)
        self._activity = label("", "dim")
        self._activity.setContentsMargins(6, 0, 8, 0)
        bar.addPermanentWidget(self._activity)

    def _make_menus(self) -> None:
        menus = self.actions_table.fill_menu_bar(self.menuBar())
        panels = QMenu("Panels", menus["&View"])
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())
        menus["&View"].addMenu(panels)
        self._toolbar = QToolBar("Toolbar")
        self._toolbar.setObjectName("Toolbar")
        self._toolbar.setMovable(False)
        self._toolbar.setIconSize(QSize(18, 18))
        self._toolbar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toolbar.toggleViewAction().setVisible(False)
        self.actions_table.fill(self._toolbar, TOOLBAR)
        self.addToolBar(self._toolbar)

    def _connect(self) -> None:
        session, commands = self._session, self._commands
        session.ready.connect(self._show_ready)
        session.runs_changed.connect(self._runs_changed)
        session.selection_changed.connect(self._allow_actions)
        session.scheduler_changed.connect(self._show_activity)
        session.notice.connect(self.notices.tell)
        session.failed.connect(self.notices.tell_failure)
        self.notices.undo_changed.connect(self._allow_actions)
        self.runs.opened.connect(self.watch_run)
        self.queue.opened.connect(self.watch_run)
        self.messages.opened.connect(self.watch_run)
        self.queue.queue.held_changed.connect(self._show_held)
        self.runs.menu_wanted.connect(self._show_run_menu)
        self.queue.menu_wanted.connect(lambda point: self._show_menu(QUEUE_MENU, point))
        self.details.run_wanted.connect(self._select_run)
        self.details.action_wanted.connect(lambda name: self.actions_table[name].trigger())
        self.details.exports_wanted.connect(self._show_exported)
        self.details.experiment_wanted.connect(commands.show_experiment)
        self.details.filter_wanted.connect(self.runs.add_filter)
        self.runs.table.picked.connect(self._allow_actions)
        self.runs.view_changed.connect(lambda view: self.details.show_scope(view.scope))
        self.details.folder_wanted.connect(commands.open_folder)
        self.welcome.example_wanted.connect(commands.train_example)
        self.welcome.own_wanted.connect(commands.new_run)
        self.banner.dismissed.connect(self._dismiss_banner)
        theme().changed.connect(self._show_theme)

    # -- after the first paint ----------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def finish(self) -> None:
        """Build what the first paint did not wait for, a piece at a time."""
        QTimer.singleShot(0, self.views, self.views.build)

    def _settle(self) -> None:
        self._layout.settle()
        self.finished.emit()

    # -- what commands and views ask of the window ---------------------------------------------------
    @property
    def tab(self) -> int:
        """The tab in sight, or -1 while the welcome is."""
        return self.views.currentIndex() if self._pages.currentIndex() == 0 else -1

    def show_tab(self, place: int) -> None:
        self._pages.setCurrentIndex(0)
        self.views.setCurrentIndex(place)

    def show_welcome(self) -> None:
        self._pages.setCurrentIndex(1)
        self.welcome.example.setFocus()

    def show_runs(self) -> None:
        self.docks["Runs"].show()
        self.docks["Runs"].raise_()

    def show_started(self, runs: list[RunRecord], watch: bool) -> None:
        """Tell that runs were queued and, if they are to be watched, go to them."""
        names = ", ".join(run.name for run in runs)
        self._session.notice.emit(f"Queued {names}", None)
        if watch:
            self._session.select(run.id for run in runs)
            self.show_tab(LIVE)

    def watch_run(self, run_id: int) -> None:
        if run_id in self._session.runs:
            self._session.select([run_id])
            self.show_tab(LIVE)

    def compare_runs(self, run_ids: list[int]) -> None:
        self._session.select(run_ids)
        self.show_tab(COMPARE)

    def train_on(self, dataset: str) -> None:
        self.show_tab(NEW_RUN)
        self.views.new_run.train_on(dataset)

    def extend_run(self, run_id: int) -> None:
        """Ask for how many epochs, then let it go on."""
        self._commands.extend_run(self._session.runs[run_id])

    def export_run(self, run: RunRecord) -> None:
        """Ask to which formats a run is to be exported, and make them."""
        from widgets.models.export_dialog import ExportDialog

        dialog = ExportDialog(self, self._session, run)
        dialog.exported.connect(self._show_exported)
        dialog.show()

    def _show_exported(self, export_ids: list[int]) -> None:
        self.show_tab(MODELS)
        self.views.models.show_exports(export_ids)

    def try_models(self, run_ids: Sequence[int] = (), export_ids: Sequence[int] = ()) -> None:
        """Give runs and exports samples, and see what they say, side by side."""
        from widgets.trying.try_window import TryWindow

        window = TryWindow(self, self._session)
        window.add_models(run_ids, export_ids)
        window.show()

    def import_data(self, recipe: dict[str, Any] | None = None, paths: Sequence[Path] = ()) -> None:
        """Ask for a person's files and import them; ``recipe`` is that of a dataset to import anew."""
        from widgets.data.importing.wizard import ImportWizard

        wizard = ImportWizard(self, self._session, recipe, paths)
        wizard.imported.connect(self._show_imported)
        wizard.open()

    def _show_imported(self, name: str, notes: list[str]) -> None:
        self.show_tab(DATA)
        self.views.data.show_imported(name, notes)
        self.views.new_run.look_for_datasets()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Files that are dropped anywhere begin an import."""
        paths = dropped_paths(event.mimeData())
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.import_data(paths=paths))

    # -- showing what is so ------------------------------------------------------------------------
    def use_theme(self, choice: str) -> None:
        theme().apply(choice)
        self._choices.set("theme", theme().choice)

    def _show_theme(self) -> None:
        self.actions_table.show_theme(theme().choice)

    def _show_ready(self) -> None:
        self.is_ready = True
        if not self._session.runs:
            self.show_welcome()
        self._show_activity()

    def _runs_changed(self, runs: list[RunRecord]) -> None:
        if self._session.runs and self._pages.currentIndex() == 1:
            self.show_tab(LIVE)
        if any(run.state.active for run in runs) and not self._choices.get("told/goes on", False):
            self.banner.show()
        self._allow_actions()
        self._show_activity()

    def _show_activity(self) -> None:
        runs = self._session.going.values()
        parts = activity(runs)
        if any(run.state == "queued" for run in runs) and self._session.scheduler is None:
            parts.append("no scheduler yet")
        if self.queue.queue.held:
            parts.append("the queue is held")
        self._activity.setText(" · ".join(parts) or plural(len(self._session.runs), "run"))

    def _select_run(self, run_id: int) -> None:
        self._session.select([run_id])

    def _show_menu(self, names: tuple[str, ...], point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.actions_table.fill(menu, names)
        menu.popup(point)

    def _show_run_menu(self, point: QPoint) -> None:
        in_trash = self.runs.view.scope is Scope.TRASHED
        self._show_menu(TRASH_MENU if in_trash else RUN_MENU, point)

    def _allow_actions(self) -> None:
        self.actions_table.allow(self._commands.needs_met())
        self.actions_table.say(wordings(self._commands.selected()))

    def _show_held(self, held: bool) -> None:
        text, glyph = ("Release", "play-box-outline") if held else ("Hold", "pause-box-outline")
        self.actions_table.say({"hold_queue": (f"{text} the queue", glyph)})
        self._show_activity()

    def _dismiss_banner(self) -> None:
        self._choices.set("told/goes on", True)
        self.banner.hide()

    # -- what is remembered -------------------------------------------------------------------------
    def reset_layout(self) -> None:
        self._layout.reset()

    def remember(self) -> None:
        """Keep layout, filters and choices, if the home is one that can be written."""
        if not self.is_ready:
            return
        self._layout.remember()
        self._choices.set("window/tab", self.views.currentIndex())
        self.runs.remember()
        self.views.remember()
        self._choices.save()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            QTimer.singleShot(0, self, self._layout.adapt)  # the docks follow the window first

    def closeEvent(self, event: QCloseEvent) -> None:
        self.details.commit()
        self.remember()
        self._commands.board.close()
        for job in self.findChildren(DatasetJob):
            job.end()
        for tried in self.findChildren(Tried):
            tried.end()
        super().closeEvent(event)
