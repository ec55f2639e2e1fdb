"""Details: what is known of the selected run, or of several together; note, tags and other marks are edited here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from storage.records import RunRecord, Scope
from widgets import states, theme
from widgets.details import facts
from widgets.details.exports import RunExports
from widgets.details.history import History
from widgets.details.marks import Marks
from widgets.details.metrics_grid import MetricsGrid
from widgets.details.several import Several
from widgets.icons import icon_of_run
from widgets.key_values import KeyValues
from widgets.note import Note
from widgets.parts import (
    ElidedLabel,
    EmptyState,
    Picture,
    button,
    column,
    label,
    row,
    say_shortly,
    scrolled,
    set_role,
    tool_button,
    while_alive,
)
from widgets.plain import caption, line, tip
from widgets.runs.columns import now
from workbench.datasets import changed_since
from workbench.session import Session

_TICK_MS = 1000
_SEVERAL_MS = 300
_NOTHING = ("Nothing selected", "Select a run on the left.")
_TRASHED = ("In the trash", "Bring runs back (R) to see what is known of them.")


class DetailsPanel(QWidget):
    folder_wanted = Signal()
    run_wanted = Signal(int)
    """Another run, that this one came from."""
    action_wanted = Signal(str)
    """The name of an action of the window, for the selected runs."""
    exports_wanted = Signal(list)
    """list[int]: the ids of exports that are to be seen."""
    experiment_wanted = Signal(str)
    filter_wanted = Signal(str, str)
    """A field and the value to filter the runs by."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._told_of: tuple[int, str, str] | None = None
        self._make_parts()
        self._pages = QStackedWidget()
        self._empty = EmptyState("cursor-default-click-outline", *_NOTHING)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._scroll())
        self._pages.addWidget(scrolled(self.several, "Details of the selected runs"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        session.selection_changed.connect(self._show)
        self.several.wanted.connect(self.action_wanted)
        for marks in (self.marks, self.several.marks):
            marks.move_wanted.connect(lambda: self.action_wanted.emit("move"))
            marks.experiment_wanted.connect(self.experiment_wanted)
            marks.filter_wanted.connect(self.filter_wanted)
        session.runs_changed.connect(self._show_if_mine)
        theme.theme().changed.connect(self._show)
        self._show()

    def _make_parts(self) -> None:
        self._state_icon = Picture()
        self._name = ElidedLabel("", "heading")
        self._name.setFont(theme.font(1.15, bold=True))
        self._number = label("", "dim")
        self._state = label("", "heading")
        self._reason, self._advice = label("", "dim", wrap=True), label("", "dim", wrap=True)
        self._reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._warning = label("", "warning", wrap=True)
        self._data = label("", "warning", wrap=True)
        self._parent_id: int | None = None
        self.lineage = button("", "source-branch", flat=True)
        self.lineage.clicked.connect(self._show_parent)
        self._outcome, self._spec, self._machine = KeyValues(), KeyValues(), KeyValues()
        self._parameters, self._environment = KeyValues(), KeyValues()
        self._metrics = MetricsGrid()
        self.history = History(self._session)
        self.exports = RunExports(self._session)
        self.exports.export_wanted.connect(lambda: self.action_wanted.emit("export"))
        self.exports.shown_wanted.connect(self.exports_wanted)
        self.clock = QTimer(self, interval=_TICK_MS)
        self.clock.timeout.connect(self._tick)
        self.marks, self.several = Marks(self._session), Several(self._session)
        self.note = Note("Add a note")
        self.note.saved.connect(self._session.edits.note_run)
        self._later = QTimer(self, singleShot=True, interval=_SEVERAL_MS)
        self._later.timeout.connect(self._show)
        self._folder = ElidedLabel()
        self._open_folder = tool_button("folder-open-outline", "Open the run's folder")
        self._open_folder.clicked.connect(self.folder_wanted)

    def _scroll(self) -> QScrollArea:
        state = row(self._state_icon, self._state, space=6)
        state.addStretch(1)
        folder = row(self._folder, self._open_folder)
        folder.setStretch(0, 1)
        lineage = row(self.lineage)
        lineage.addStretch(1)
        layout = column(
            self._name,
            self._number,
            self.marks,
            lineage,
            state,
            self._reason,
            self._advice,
            self._warning,
            space=4,
        )
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addSpacing(4)
        layout.addWidget(self.note)
        layout.addSpacing(4)
        layout.addWidget(self._outcome)
        self._titles: dict[str, QLabel] = {}
        sections: tuple[tuple[str, QWidget], ...] = (
            ("Exports", self.exports),
            ("Results", self._metrics),
            ("Machine, last", self._machine),
            ("Spec", self._spec),
            ("", self._data),
            ("Parameters", self._parameters),
            ("History", self.history),
        )
        for title, part in sections:
            if title:
                self._add_title(layout, title)
            layout.addWidget(part)
        self._add_title(layout, "Folder")
        layout.addLayout(folder)
        self._add_title(layout, "Environment")
        layout.addWidget(self._environment)
        layout.addStretch(1)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(layout)
        return scrolled(page, "Details of the selected run")

    def _add_title(self, layout: QVBoxLayout, title: str) -> None:
        heading = label(title, "heading")
        heading.setContentsMargins(0, 10, 0, 2)
        layout.addWidget(heading)
        self._titles[title] = heading

    # -- showing ------------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show_if_mine(self, runs: list[RunRecord]) -> None:
        """Several runs are compared anew a few times a second at most."""
        selected = set(self._session.selection)
        if any(run.id in selected for run in runs):
            if len(selected) == 1:
                self._show()
            elif not self._later.isActive():
                self._later.start()

    def _runs(self) -> list[RunRecord]:
        runs = self._session.runs
        return [runs[run_id] for run_id in self._session.selection if run_id in runs]

    def _show(self) -> None:
        runs = self._runs()
        self._pages.setCurrentIndex(min(2, len(runs)))
        if len(runs) == 1:
            self._show_head(runs[0])
            self._show_facts(runs[0])
            return
        self._told_of = None
        self.note.commit()
        self.clock.stop()
        if runs:
            self.several.show_runs(runs)

    def show_scope(self, scope: Scope) -> None:
        """Runs in the trash cannot be looked at; say so."""
        self._empty.say(*(_TRASHED if scope is Scope.TRASHED else _NOTHING))

    def edit_note(self) -> None:
        """Let the note of the one selected run be written."""
        if len(self._runs()) == 1:
            self.note.edit()

    def commit(self) -> None:
        """Keep what is being written."""
        self.note.commit()

    def _show_head(self, run: RunRecord) -> None:
        self._name.set_full(run.name)
        put_away = " · archived" if run.archived is not None else ""
        self._number.setText(f"#{run.id}{put_away}")
        self.marks.show_runs([run])
        self.note.show_note(run.id, run.note)
        self._show_state(run)
        self._show_lineage(run)

    def _show_state(self, run: RunRecord) -> None:
        """Its state in words, of which some change with the clock."""
        self._state_icon.show_icon(icon_of_run(run))
        self._state.setText(states.title(run))
        texts = {
            self._reason: states.detail(run, now()),
            self._advice: states.advice(run),
            self._warning: facts.warning(run),
        }
        for each, words in texts.items():
            say_shortly(each, words)
            each.setVisible(bool(words))
        bad = run.state in states.BAD or states.is_stalled(run)
        set_role(self._reason, "error" if bad else "dim")
        ticks = states.changes_with_time(run) and self.isVisible()
        if ticks != self.clock.isActive():
            self.clock.start() if ticks else self.clock.stop()

    def _tick(self) -> None:
        for run in self._runs()[:1]:
            self._show_state(run)

    def _show_lineage(self, run: RunRecord) -> None:
        parent = self._session.runs.get(run.parent or 0)
        self._parent_id = parent.id if parent else None
        name = line(parent.name) if parent else f"run {run.parent}, which is not here"
        self.lineage.setText(caption(f"From {name if len(name) < 40 else name[:38] + '…'}"))
        self.lineage.setToolTip(tip(f"It repeats {name}, or was cloned from it"))
        self.lineage.setVisible(run.parent is not None)
        self.lineage.setEnabled(parent is not None)

    def _show_parent(self) -> None:
        if self._parent_id is not None:
            self.run_wanted.emit(self._parent_id)

    def _show_facts(self, run: RunRecord) -> None:
        self._outcome.show_values(facts.outcome(run, now()))
        self._spec.show_values(facts.spec(run))
        self._parameters.show_values(facts.parameters(run))
        environment = facts.environment(run)
        self._environment.show_values(environment)
        self._reveal("Environment", self._environment, bool(environment))
        measured = facts.metrics(run)
        self._metrics.show_metrics(measured)
        self._reveal("Results", self._metrics, bool(measured))
        readings = facts.machine(run)
        self._machine.show_values(readings)
        self._reveal("Machine, last", self._machine, bool(readings))
        self._folder.set_full(Path(run.folder).name)
        self._folder.setToolTip(tip(run.folder))
        self.exports.show_run(run)
        self._reveal("Exports", self.exports, self.exports.has_something)
        self.history.show_run(run)
        self._look_at_data(run)

    def _reveal(self, title: str, part: QWidget, has_something: bool) -> None:
        for each in (self._titles[title], part):
            each.setVisible(has_something)

    def _look_at_data(self, run: RunRecord) -> None:
        """Say where the dataset is another one than the run was made for."""
        name, sha256 = run.spec.dataset, run.spec.dataset_hash

        def tell(words: str) -> None:
            if [each.id for each in self._runs()] == [run.id]:
                self._data.setText(words)
                self._data.setVisible(bool(words))

        if self._told_of == (run.id, name, sha256):
            return
        self._data.hide()
        self._told_of = run.id, name, sha256
        self._session.call(
            lambda workbench: changed_since(workbench.home.datasets, name, sha256),
            while_alive(self, tell),
        )
