"""Models: what was exported from runs, what it is worth and costs, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QTabBar, QWidget

from storage.records import RunRecord
from widgets.choices import Choices
from widgets.flow import Flow
from widgets.models.actions import ExportActions
from widgets.models.beside_page import BesidePage
from widgets.models.details_page import DetailsPage
from widgets.models.figures_page import FiguresPage
from widgets.models.reading import visible
from widgets.models.source import ModelSource
from widgets.models.table import ExportTable
from widgets.models.words import STAGES
from widgets.models.work import Work
from widgets.models.work_bar import WorkBar
from widgets.new_run.editors import ChoiceBox
from widgets.new_run.segments import Segments
from widgets.parts import EmptyState, button, column, label, line, row
from widgets.plain import caption
from widgets.text import plural
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.exports.door import Exported

DETAILS, FIGURES = range(2)
_READING, _EMPTY, _NONE_HERE, _LIST = range(4)
_ADVICE = (
    "Export a run that has ended to ONNX, SavedModel, LiteRT and others: each export is checked against the trained model, "
    "measured, and ready to be tried and served. Select a run on the left, then export it."
)
_HEADS, _ANY, _NONE = "models/heads", "any", "none"


class ModelsView(QWidget):
    export_wanted = Signal(int)
    """The id of a run that is to be exported."""
    run_wanted = Signal(int)
    """The id of a run that is to be seen."""
    try_wanted = Signal(list)
    """list[int]: the ids of exports that are to be tried."""

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session, self._choices = session, choices
        self.source = ModelSource(session, self)
        self.source.while_seen(self.isVisible)
        self.actions_of = ExportActions(session, self)
        self.table = ExportTable()
        self.details, self.beside = DetailsPage(session), BesidePage(session)
        self.figures = FiguresPage()
        self.work = WorkBar()
        self._make_head()
        self._make_tools()
        self._lay_out()
        self._connect()
        self._allow()

    # -- parts --------------------------------------------------------------------------------------
    def _make_head(self) -> None:
        self.whose = Segments({"all": "All runs", "selected": "Selected runs"})
        self.whose.setAccessibleName("Exports of")
        self.stage = ChoiceBox({_ANY: "Any stage", **{each or _NONE: title for each, title in STAGES.items()}})  # fmt: skip
        self.stage.setAccessibleName("Stage")
        self.deleted = button("Deleted", "delete-outline", flat=True)
        self.deleted.setToolTip("What was deleted can be brought back")
        self.deleted.setMenu(QMenu(self.deleted))
        self.deleted.hide()
        self.export = button("Export a run …", "file-export-outline", primary=True)
        self.first = button("Export a run …", "file-export-outline", primary=True)

    def _make_tools(self) -> None:
        self.try_it = button("Try it", "gesture-tap")
        self.measure = button("Measure again", "speedometer")
        self.stage_button = button("Stage", "tag-outline")
        self.copy = button("Copy", "content-copy")
        self.more = button("More", "dots-horizontal")
        self.try_it.setToolTip("Give it samples of your own, and see what it answers")
        self.measure.setToolTip("Measure latency, throughput and memory once more, and check what was not checked")  # fmt: skip
        self.stage_menu = _menu(self.stage_button)
        for value, title in STAGES.items():
            self.stage_menu.addAction(title).triggered.connect(
                lambda _=False, value=value: self._set_stage(value)
            )
        copies = _menu(self.copy)
        copies.addAction("The example in Python").triggered.connect(self._copy_example)
        copies.addAction("The command that serves it").triggered.connect(self._copy_serve)
        copies.addAction("The path of its folder").triggered.connect(self._copy_path)
        others = _menu(self.more)
        self.rename_action = others.addAction("Rename …")
        self.folder_action = others.addAction("Open its folder")
        others.addAction("Go to its run").triggered.connect(self._go_to_run)
        others.addAction("Export its run again …").triggered.connect(self._export_again)
        others.addSeparator()
        self.delete_action = others.addAction("Delete")

    def _lay_out(self) -> None:
        tools = Flow(6)
        tools.set_items([self.try_it, self.measure, self.stage_button, self.copy, self.more])  # fmt: skip
        self.tabs, self._pages = QTabBar(), QStackedWidget()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Pages of the exports")
        for title in ("Details", "Figures"):
            self.tabs.addTab(title)
        self._one_or_more = QStackedWidget()
        nothing = EmptyState("cursor-default-click-outline", "Nothing selected", "Select an export above, or several to see them beside each other.")  # fmt: skip
        for shown in (nothing, self.details, self.beside):
            self._one_or_more.addWidget(shown)
        self._pages.addWidget(self._one_or_more)
        self._pages.addWidget(self.figures)
        below = QWidget()
        bar = row(self.tabs, tools, space=10)
        bar.setStretch(1, 1)
        bar.setContentsMargins(0, 4, 10, 4)
        inside = column(space=0)
        inside.addLayout(bar)
        inside.addWidget(line())
        inside.addWidget(self._pages)
        inside.setStretch(2, 1)
        below.setLayout(inside)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.table)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 3)
        splitter.setSizes([170, 420])
        splitter.setChildrenCollapsible(False)
        self._home = self._make_home(splitter)
        head = row(self.whose, self.stage, self.deleted, self.export)
        head.insertStretch(3, 1)
        head.setContentsMargins(12, 8, 10, 8)
        layout = column(space=0)
        layout.addLayout(head)
        layout.addWidget(self.work)
        layout.addWidget(line())
        layout.addWidget(self._home)
        layout.setStretch(3, 1)
        self.setLayout(layout)

    def _make_home(self, splitter: QSplitter) -> QStackedWidget:
        reading = label("Reading the exports …", "dim")
        reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty = EmptyState("package-variant-closed", "No model was exported yet", _ADVICE, self.first)  # fmt: skip
        self._none_here = EmptyState("filter-outline", "No export is like that", "")
        home = QStackedWidget()
        for page in (reading, self._empty, self._none_here, splitter):
            home.addWidget(page)
        return home

    def _connect(self) -> None:
        session, table, actions = self._session, self.table, self.actions_of
        for each in (self.export, self.first):
            each.clicked.connect(self._ask_to_export)
        self.whose.changed.connect(self._show)
        self.stage.currentIndexChanged.connect(self._show)
        session.selection_changed.connect(self._selection_changed)
        self.source.listed.connect(self._listed)
        self.source.refused.connect(self._refuse)
        table.chosen.connect(self._show_chosen)
        table.opened.connect(lambda: self.tabs.setCurrentIndex(DETAILS))
        table.menu_wanted.connect(self._show_menu)
        table.rename_wanted.connect(self._rename)
        table.deletion_wanted.connect(self._delete)
        self.rename_action.triggered.connect(self._rename)
        self.delete_action.triggered.connect(self._delete)
        self.try_it.clicked.connect(self._try)
        self.measure.clicked.connect(self.measure_again)
        self.folder_action.triggered.connect(lambda: actions.open_folder(table.selected[0]))
        self.tabs.currentChanged.connect(self._turn)
        self.figures.chosen.connect(self._choose)
        self.details.copied.connect(lambda what: session.notice.emit(f"Copied {what}", None))
        self.deleted.menu().aboutToShow.connect(self._fill_deleted)
        if self._choices is not None:
            table.horizontalHeader().restoreState(self._choices.get(_HEADS, QByteArray()))

    # -- what others ask for --------------------------------------------------------------------------
    def show_exports(self, export_ids: Sequence[int]) -> None:
        """Go to exports that were just made."""
        self.whose.set_value("all")
        self.stage.set_value(_ANY)
        if self.source.items and all(self.source.item(one) for one in export_ids):
            self.table.choose(export_ids)
        else:
            self._wanted = list(export_ids)
            self.source.refresh()

    def remember(self) -> None:
        """Keep the widths and the order of the columns."""
        if self._choices is not None:
            self._choices.set(_HEADS, self.table.horizontalHeader().saveState())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.source.refresh()

    # -- showing --------------------------------------------------------------------------------------
    _wanted: Sequence[int] = ()

    def _listed(self) -> None:
        self._show()
        if self._wanted:
            self.table.choose(self._wanted)
            self._wanted = ()
        self.deleted.setVisible(bool(self.source.trashed))

    def _refuse(self, problem: str) -> None:
        self._none_here.say("The exports cannot be read", problem)
        self._home.setCurrentIndex(_NONE_HERE)

    def _selection_changed(self) -> None:
        self._allow()
        if self.whose.value == "selected":
            self._show()

    def _show(self) -> None:
        items = self.source.items
        runs = self._session.selection if self.whose.value == "selected" else None
        stages = {_ANY: None, _NONE: ""}
        shown = visible(items, runs, stages.get(self.stage.value, self.stage.value))
        if not items:
            self._home.setCurrentIndex(_EMPTY)
        elif not shown:
            self._none_here.say("No export is like that", self._why_none(runs))
            self._home.setCurrentIndex(_NONE_HERE)
        else:
            self._home.setCurrentIndex(_LIST)
        self.table.show_items(shown)

    def _why_none(self, runs: Sequence[int] | None) -> str:
        if runs is None:
            return "None has this stage. Choose another one above."
        if not runs:
            return "No run is selected. Select some on the left, or choose all runs above."
        return f"The selected {'run was' if len(runs) == 1 else 'runs were'} not exported yet, or the exports have another stage."  # fmt: skip

    def _show_chosen(self) -> None:
        selected = self.table.selected
        self._one_or_more.setCurrentIndex(min(2, len(selected)))
        self._turn()
        self._allow()

    def _turn(self) -> None:
        """Bring the page in sight up to date."""
        selected = self.table.selected
        self._pages.setCurrentIndex(self.tabs.currentIndex())
        if self.tabs.currentIndex() == FIGURES:
            self.figures.show_items(self.table.data_model.items, [one.record.id for one in selected])  # fmt: skip
        elif len(selected) == 1:
            self.details.show_item(selected[0])
        elif selected:
            self.beside.show_items(selected)

    def _choose(self, export_id: int, adds: bool) -> None:
        before = [one.record.id for one in self.table.selected] if adds else []
        self.table.choose([*before, export_id])

    def _allow(self) -> None:
        selected = self.table.selected
        one = len(selected) == 1
        for widget in (self.try_it, self.stage_button, self.more):
            widget.setEnabled(bool(selected))
        self.copy.setEnabled(one)
        for action in (self.rename_action, self.folder_action):
            action.setEnabled(one)
        self.measure.setEnabled(bool(selected) and not self.work.is_busy)
        exportable = bool(self._run_to_export())
        for button_ in (self.export, self.first):
            button_.setEnabled(exportable)
            button_.setToolTip("" if exportable else "Select a run on the left first")

    def _run_to_export(self) -> RunRecord | None:
        """The run that is selected in the window, else that of the selected export."""
        for run_id in self._session.selection:
            if run_id in self._session.runs:
                return self._session.runs[run_id]
        return self.table.selected[0].run if self.table.selected else None

    # -- acting ---------------------------------------------------------------------------------------
    def _ask_to_export(self) -> None:
        run = self._run_to_export()
        if run is not None:
            self.export_wanted.emit(run.id)

    def _export_again(self) -> None:
        self.export_wanted.emit(self.table.selected[0].run.id)

    def _go_to_run(self) -> None:
        self.run_wanted.emit(self.table.selected[0].run.id)

    def _try(self) -> None:
        self.try_wanted.emit([one.record.id for one in self.table.selected])

    def _set_stage(self, stage: str) -> None:
        if self.table.selected:
            self.actions_of.set_stage(self.table.selected, stage)

    def _rename(self) -> None:
        if len(self.table.selected) == 1:
            self.actions_of.rename(self.table.selected[0])

    def _delete(self) -> None:
        if self.table.selected:
            self.actions_of.delete(self.table.selected)

    def _copy_example(self) -> None:
        self.actions_of.copy_example(self.table.selected[0])

    def _copy_serve(self) -> None:
        record = self.table.selected[0].record
        self.actions_of.copy(f"twinbench serve e{record.id}", f"the command that serves {record.name}")  # fmt: skip

    def _copy_path(self) -> None:
        item = self.table.selected[0]
        self.actions_of.copy(str(item.folder), f"the path of {item.record.name}")

    def measure_again(self) -> None:
        """Measure what is selected once more, in shuffled order."""
        ids = [one.record.id for one in self.table.selected]
        if not ids or self.work.is_busy:
            return

        def do(workbench: Workbench, work: Work) -> object:
            return workbench.exports.measure(ids, on_progress=work.tell, on_log=work.log, cancelled=work.cancelled)  # fmt: skip

        work = Work(self._session, self)
        self.work.follow(work, f"Measuring {plural(len(ids), 'export')} …")
        work.done.connect(self._measured)
        work.failed.connect(self._not_measured)
        work.start(do)
        self._allow()

    def _measured(self, found: Sequence[Exported]) -> None:
        wrong = [f"{one.record.name if one.record else one.format}: {one.problem}" for one in found if one.problem]  # fmt: skip
        if wrong:
            self._session.failed.emit("; ".join(wrong))
        else:
            self._session.notice.emit(f"Measured {plural(len(found), 'export')}", None)
        self.source.refresh()
        self._allow()

    def _not_measured(self, problem: str) -> None:
        if problem:
            self._session.failed.emit(problem)
        self._allow()

    # -- menus ----------------------------------------------------------------------------------------
    def _show_menu(self, point: QPoint) -> None:
        selected = self.table.selected
        if not selected:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Try it").triggered.connect(self._try)
        menu.addAction("Measure again").triggered.connect(self.measure_again)
        stages = menu.addMenu("Stage")
        for value, title in STAGES.items():
            stages.addAction(title).triggered.connect(
                lambda _=False, value=value: self._set_stage(value)
            )
        if len(selected) == 1:
            menu.addSeparator()
            menu.addAction("Copy the example").triggered.connect(self._copy_example)
            menu.addAction("Copy the command that serves it").triggered.connect(self._copy_serve)
            menu.addAction("Open its folder").triggered.connect(self.folder_action.trigger)
            menu.addAction("Go to its run").triggered.connect(self._go_to_run)
            menu.addSeparator()
            menu.addAction("Rename …").triggered.connect(self._rename)
        menu.addAction("Delete").triggered.connect(self._delete)
        menu.popup(point)

    def _fill_deleted(self) -> None:
        menu = self.deleted.menu()
        menu.clear()
        for record in self.source.trashed:
            menu.addAction(caption(f"Bring back {record.name}")).triggered.connect(lambda _=False, record=record: self.actions_of.restore(record))  # fmt: skip
        menu.addSeparator()
        menu.addAction("Delete these forever …").triggered.connect(lambda: self.actions_of.delete_forever(self.source.trashed))  # fmt: skip


def _menu(of: QWidget) -> QMenu:
    menu = QMenu(of)
    of.setMenu(menu)  # type: ignore[attr-defined]
    return menu
