"""Models: what was exported from runs, what it is worth and costs, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QTabBar, QWidget

from storage.records import RunRecord
from widgets.choices import Choices
from widgets.models import tools
from widgets.models.actions import ExportActions
from widgets.models.beside_page import BesidePage
from widgets.models.details_page import DetailsPage
from widgets.models.figures_page import FiguresPage
from widgets.models.reading import visible
from widgets.models.source import ModelSource
from widgets.models.table import ExportTable
from widgets.models.tools import ExportTools
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
    export_wanted = Signal(object)
    """The RunRecord of a run that is to be exported."""
    run_wanted = Signal(int)
    """The id of a run that is to be seen."""
    try_wanted = Signal(list)
    """list[int]: the ids of exports that are to be tried."""

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session, self._choices = session, choices
        self._wanted: Sequence[int] = ()
        self.source = ModelSource(session, self)
        self.source.while_seen(self.isVisible)
        self.actions_of = ExportActions(session, self)
        self.table = ExportTable()
        self.details, self.beside = DetailsPage(session), BesidePage(session)
        self.figures = FiguresPage()
        self.tools, self.work = ExportTools(), WorkBar()
        self._make_head()
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

    def _lay_out(self) -> None:
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
        bar = row(self.tabs, self.tools, space=10)
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
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        splitter.setSizes([230, 390])
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
        table.rename_wanted.connect(self.tools.actions_by_name[tools.RENAME].trigger)
        table.deletion_wanted.connect(self.tools.actions_by_name[tools.DELETE].trigger)
        self.tools.wanted.connect(self._act)
        self.tools.stage_wanted.connect(lambda stage: actions.set_stage(table.selected, stage))
        self.tabs.currentChanged.connect(self._turn)
        self.figures.chosen.connect(self._choose)
        self.details.copied.connect(lambda what: session.notice.emit(f"Copied {what}", None))
        self.deleted.menu().aboutToShow.connect(self._fill_deleted)
        if self._choices is not None:
            table.horizontalHeader().restoreState(self._choices.get(_HEADS, QByteArray()))

    # -- what others ask for --------------------------------------------------------------------------
    @property
    def is_read(self) -> bool:
        """Whether it is known which exports there are."""
        return self._home.currentIndex() != _READING

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
        self.tools.allow(len(selected), busy=self.work.is_busy)
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
            self.export_wanted.emit(run)

    def _act(self, name: str) -> None:
        """Do what the tools, the menu or a key ask for."""
        selected, actions = self.table.selected, self.actions_of
        if not selected:
            return
        first = selected[0]
        acts: dict[str, Callable[[], object]] = {
            tools.TRY: lambda: self.try_wanted.emit([one.record.id for one in selected]),
            tools.MEASURE: self.measure_again,
            tools.EXAMPLE: lambda: actions.copy_example(first),
            tools.SERVE: lambda: actions.copy(f"twinbench serve e{first.record.id}", f"the command that serves {first.record.name}"),
            tools.PATH: lambda: actions.copy(str(first.folder), f"the path of {first.record.name}"),
            tools.FOLDER: lambda: actions.open_folder(first),
            tools.RENAME: lambda: actions.rename(first),
            tools.RUN: lambda: self.run_wanted.emit(first.run.id),
            tools.EXPORT: lambda: self.export_wanted.emit(first.run),
            tools.DELETE: lambda: actions.delete(selected),
        }  # fmt: skip
        acts[name]()

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
        if self.table.selected:
            self.tools.show_menu(point)

    def _fill_deleted(self) -> None:
        menu = self.deleted.menu()
        menu.clear()
        for record in self.source.trashed:
            menu.addAction(caption(f"Bring back {record.name}")).triggered.connect(lambda _=False, record=record: self.actions_of.restore(record))  # fmt: skip
        menu.addSeparator()
        menu.addAction("Delete these forever …").triggered.connect(lambda: self.actions_of.delete_forever(self.source.trashed))  # fmt: skip
