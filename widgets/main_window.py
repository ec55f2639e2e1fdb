"""The window: its docks, tabs and toolbar, put together. What the actions do is in `widgets.commands`.

What is slow to import (the plots, the icon font) is built by `finish`, after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from storage.records import RunRecord, Scope
from widgets import icons
from widgets.actions import QUEUE_MENU, RUN_MENU, TOOLBAR, TRASH_MENU, Actions
from widgets.banner import Banner
from widgets.choices import Choices
from widgets.commands import COMPARE, DATA, DUEL, EXPLAIN, LIVE, MODELS, NEW_RUN, OUTPUTS, Commands
from widgets.details.panel import DetailsPanel
from widgets.dragged import dropped_paths
from widgets.health_banner import HealthBanner
from widgets.messages.panel import MessagesPanel
from widgets.notice_bar import NoticeBar
from widgets.parts import label, row, tool_button
from widgets.queue_devices.panel import QueueDevicesPanel
from widgets.run_commands import wordings
from widgets.runs.panel import RunsPanel
from widgets.states import activity
from widgets.text import plural
from widgets.theme import theme
from widgets.welcome import Welcome
from workbench.dataset_jobs import DatasetJob
from workbench.session import Session
from workbench.trying.tried import Tried

if TYPE_CHECKING:
    from widgets.data.data_view import DataView
    from widgets.duel.duel_view import DuelView
    from widgets.models.models_view import ModelsView
    from widgets.new_run.panel import NewRunPanel

_SIZE = QSize(1360, 860)
_WIDE = 1400
_LAYOUT_VERSION = 1
_TABS = ("New run", "Live", "Compare", "Outputs", "Explain", "Data", "Duel", "Models")
_GOES_ON = "Runs go on training when you close this window."
Dock = Qt.DockWidgetArea


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
        self._ready = False
        self.is_built = False
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
        self._recall()
        self._show_theme()
        self._allow_actions()

    # -- parts ------------------------------------------------------------------------------------
    def _make_panels(self) -> None:
        self.runs = RunsPanel(self._session, self._choices)
        self.details = DetailsPanel(self._session)
        self.queue = QueueDevicesPanel(self._session)
        self.messages = MessagesPanel(self._session)
        self.new_run: NewRunPanel
        self.data: DataView
        self.duel: DuelView
        self.models: ModelsView
        self.welcome = Welcome()
        self.notices = NoticeBar()

    def _make_docks(self) -> None:
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Dock.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Dock.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        self.setTabPosition(Dock.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.docks = {
            "Runs": self._dock("Runs", self.runs, Dock.LeftDockWidgetArea),
            "Details": self._dock("Details", self.details, Dock.RightDockWidgetArea),
            "Queue and devices": self._dock(
                "Queue and devices", self.queue, Dock.BottomDockWidgetArea
            ),
            "Messages": self._dock("Messages", self.messages, Dock.BottomDockWidgetArea),
        }

    def _dock(self, title: str, panel: QWidget, area: Dock) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title)
        dock.setWidget(panel)
        dock.setTitleBarWidget(self._title_bar(dock, area))
        self.addDockWidget(area, dock)
        return dock

    def _title_bar(self, dock: QDockWidget, area: Dock) -> QWidget:
        """The docks at the bottom are tabs, which carry their titles."""
        bar = QWidget()
        if area != Dock.BottomDockWidgetArea:
            hide = tool_button("close", f"Hide {dock.windowTitle()} (View, Panels)", "dim")
            hide.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            hide.clicked.connect(dock.hide)
            layout = row(label(dock.windowTitle(), "heading"))
            layout.setContentsMargins(9, 5, 5, 3)
            layout.addStretch(1)
            layout.addWidget(hide)
            bar.setLayout(layout)
        return bar

    def _make_center(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Views")
        self._places = [QVBoxLayout() for _ in _TABS]
        for title, place in zip(_TABS, self._places, strict=True):
            page = QWidget()
            page.setProperty("role", "data")
            place.setContentsMargins(0, 0, 0, 0)
            page.setLayout(place)
            self.tabs.addTab(page, title)
        self.health = HealthBanner(self._session)
        self.banner = Banner("information-outline", _GOES_ON)
        self.banner.hide()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tabs)
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
        self.runs.opened.connect(self._watch_run)
        self.queue.opened.connect(self._watch_run)
        self.messages.opened.connect(self._watch_run)
        self.queue.queue.held_changed.connect(self._show_held)
        self.runs.menu_wanted.connect(self._show_run_menu)
        self.queue.menu_wanted.connect(lambda point: self._show_menu(QUEUE_MENU, point))
        self.details.run_wanted.connect(self._select_run)
        self.details.action_wanted.connect(lambda name: self.actions_table[name].trigger())
        self.details.exports_wanted.connect(
            lambda ids: self.when_built(lambda: self._show_exported(ids))
        )
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
        steps = (
            self._build_new_run,
            self._build_live,
            self._build_compare,
            self._build_outputs,
            self._build_explain,
            self._build_data,
            self._build_duel,
            self._build_models,
        )
        self._build((self._load_icons, *steps))

    def _build(self, steps: tuple[Callable[[], None], ...]) -> None:
        if not steps:
            if not self._recalled:  # the views that came since have pushed the docks aside
                self._size_docks()
            self.is_built = True
            self.finished.emit()
            return
        steps[0]()
        QTimer.singleShot(0, self, lambda: self._build(steps[1:]))

    def when_built(self, act: Callable[[], object]) -> None:
        """Act now, or as soon as every view is there."""
        if self.is_built:
            act()
        else:
            self.finished.connect(act, Qt.ConnectionType.SingleShotConnection)

    def _load_icons(self) -> None:
        icons.load()
        for widget in self.findChildren(QWidget):
            widget.update()

    def _build_new_run(self) -> None:
        from widgets.new_run.panel import NewRunPanel

        self.new_run = NewRunPanel(self._session, self._choices)
        self.new_run.started.connect(self.show_started)
        self._put(NEW_RUN, self.new_run)
        if self._ready:
            self.new_run.look_for_frameworks()

    def _build_live(self) -> None:
        from widgets.live.live_view import LiveView

        live = LiveView(self._session, self._choices)
        live.extend_wanted.connect(
            lambda run_id: self._commands.extend_run(self._session.runs[run_id])
        )
        self._put(LIVE, live)

    def _build_compare(self) -> None:
        from widgets.compare.compare_view import CompareView

        self._put(COMPARE, CompareView(self._session, self._choices))

    def _build_outputs(self) -> None:
        from widgets.outputs.outputs_view import OutputsView

        self._put(OUTPUTS, OutputsView(self._session, self._choices))

    def _build_explain(self) -> None:
        from widgets.explain.explain_view import ExplainView

        explain = ExplainView(self._session, self._choices)
        explain.list_query(self.runs.view.query)
        self.runs.listing.found.connect(lambda found: explain.list_query(found.query))
        self._put(EXPLAIN, explain)

    def _build_data(self) -> None:
        from widgets.data.data_view import DataView

        self.data = DataView(self._session)
        self.data.run_wanted.connect(self._train_on)
        self.data.import_wanted.connect(self.import_data)
        self.data.changed.connect(self.new_run.look_for_datasets)
        self._put(DATA, self.data)

    def _build_duel(self) -> None:
        from widgets.duel.duel_view import DuelView

        self.duel = DuelView(self._session, self._choices)
        self.duel.run_wanted.connect(self._watch_run)
        self.duel.compare_wanted.connect(self._compare_runs)
        self._put(DUEL, self.duel)

    def _build_models(self) -> None:
        from widgets.models.models_view import ModelsView

        self.models = ModelsView(self._session, self._choices)
        self.models.export_wanted.connect(self.export_run)
        self.models.run_wanted.connect(self._watch_run)
        self.models.try_wanted.connect(lambda ids: self.try_models(export_ids=ids))
        self._put(MODELS, self.models)

    def _compare_runs(self, run_ids: list[int]) -> None:
        self._session.select(run_ids)
        self.show_tab(COMPARE)

    def _train_on(self, dataset: str) -> None:
        self.show_tab(NEW_RUN)
        self.new_run.train_on(dataset)

    def _put(self, place: int, view: QWidget) -> None:
        self._places[place].addWidget(view)

    # -- showing --------------------------------------------------------------------------------
    @property
    def tab(self) -> int:
        """The tab in sight, or -1 while the welcome is."""
        return self.tabs.currentIndex() if self._pages.currentIndex() == 0 else -1

    def show_tab(self, place: int) -> None:
        self._pages.setCurrentIndex(0)
        self.tabs.setCurrentIndex(place)

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

    def export_run(self, run: RunRecord) -> None:
        """Ask to which formats a run is to be exported, and make them."""
        from widgets.models.export_dialog import ExportDialog

        dialog = ExportDialog(self, self._session, run)
        dialog.exported.connect(self._show_exported)
        dialog.show()

    def _show_exported(self, export_ids: list[int]) -> None:
        self.show_tab(MODELS)
        self.models.show_exports(export_ids)

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
        self.data.show_imported(name, notes)
        self.new_run.look_for_datasets()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Files that are dropped anywhere begin an import."""
        paths = dropped_paths(event.mimeData())
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.import_data(paths=paths))

    def use_theme(self, choice: str) -> None:
        theme().apply(choice)
        self._choices.set("theme", theme().choice)

    def _show_theme(self) -> None:
        self.actions_table.show_theme(theme().choice)

    def _show_ready(self) -> None:
        self._ready = True
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

    def _watch_run(self, run_id: int) -> None:
        if run_id in self._session.runs:
            self._session.select([run_id])
            self.show_tab(LIVE)

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
    def _recall(self) -> None:
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(0, 40)))
        self._arrange()
        self._first_state = self.saveState(_LAYOUT_VERSION)
        self.restoreGeometry(self._choices.get("window/geometry", QByteArray()))
        layout = self._choices.get("window/layout", QByteArray())
        self._recalled = self.restoreState(layout, _LAYOUT_VERSION)
        self.runs.table.setFocus()
        self.tabs.setCurrentIndex(self._choices.get("window/tab", NEW_RUN))

    def _arrange(self) -> None:
        docks = self.docks
        for dock in docks.values():
            dock.setFloating(False)
            dock.show()
        self.tabifyDockWidget(docks["Queue and devices"], docks["Messages"])
        docks["Queue and devices"].raise_()
        self._size_docks()

    def _size_docks(self) -> None:
        docks, wide = self.docks, self.width() >= _WIDE
        self.resizeDocks(
            [docks["Runs"], docks["Details"]],
            [450, 310] if wide else [384, 232],
            Qt.Orientation.Horizontal,
        )
        height = 250 if self.height() >= 900 else 170
        self.resizeDocks([docks["Queue and devices"]], [height], Qt.Orientation.Vertical)

    def reset_layout(self) -> None:
        self.restoreState(self._first_state, _LAYOUT_VERSION)
        self._arrange()

    def remember(self) -> None:
        """Keep layout, filters and choices, if the home is one that can be written."""
        if not self._ready:
            return
        self._choices.set("window/geometry", self.saveGeometry())
        self._choices.set("window/layout", self.saveState(_LAYOUT_VERSION))
        self._choices.set("window/tab", self.tabs.currentIndex())
        self.runs.remember()
        if hasattr(self, "new_run"):
            self.new_run.remember()
        if hasattr(self, "duel"):
            self.duel.remember()
        if hasattr(self, "models"):
            self.models.remember()
        self._choices.save()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.details.commit()
        self.remember()
        self._commands.board.close()
        for job in self.findChildren(DatasetJob):
            job.end()
        for tried in self.findChildren(Tried):
            tried.end()
        super().closeEvent(event)
