"""Details: what is known of the selected run. Of several, the current one is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from storage.records import RunRecord
from widgets import states, theme
from widgets.details import facts
from widgets.details.history import History
from widgets.details.metrics_grid import MetricsGrid
from widgets.icons import icon_of_run, run_swatch
from widgets.key_values import KeyValues
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
)
from widgets.plain import caption, line, tip
from widgets.runs.columns import now
from workbench.session import Session

_TICK_MS = 1000


class DetailsPanel(QWidget):
    tags_wanted = Signal()
    folder_wanted = Signal()
    run_wanted = Signal(int)
    """Another run, that this one came from."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._make_parts()
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyState(
                "cursor-default-click-outline", "Nothing selected", "Select a run on the left."
            )
        )
        self._pages.addWidget(self._scroll())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        session.selection_changed.connect(self._show)
        session.runs_changed.connect(self._show_if_mine)
        theme.theme().changed.connect(self._show)
        self._show()

    def _make_parts(self) -> None:
        self._swatch, self._state_icon = label(), Picture()
        self._name = ElidedLabel("", "heading")
        self._name.setFont(theme.font(1.15, bold=True))
        self._others = label("", "dim")
        self._state = label("", "heading")
        self._reason, self._advice = label("", "dim", wrap=True), label("", "dim", wrap=True)
        self._reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._warning = label("", "warning", wrap=True)
        self._parent_id: int | None = None
        self.lineage = button("", "source-branch", flat=True)
        self.lineage.clicked.connect(self._show_parent)
        self._outcome, self._spec = KeyValues(), KeyValues()
        self._parameters, self._environment = KeyValues(), KeyValues()
        self._metrics = MetricsGrid()
        self.history = History(self._session)
        self.clock = QTimer(self, interval=_TICK_MS)
        self.clock.timeout.connect(self._tick)
        self._tags = label("", wrap=True)
        self._folder = ElidedLabel()
        self._edit_tags = tool_button("tag-edit-outline", "Edit tags (Ctrl+T)")
        self._open_folder = tool_button("folder-open-outline", "Open the run's folder")
        self._edit_tags.clicked.connect(self.tags_wanted)
        self._open_folder.clicked.connect(self.folder_wanted)

    def _scroll(self) -> QScrollArea:
        state = row(self._state_icon, self._state, space=6)
        state.addStretch(1)
        head = row(self._swatch, self._name)
        head.setStretch(1, 1)
        tags = row(self._tags, self._edit_tags)
        tags.setStretch(0, 1)
        folder = row(self._folder, self._open_folder)
        folder.setStretch(0, 1)
        lineage = row(self.lineage)
        lineage.addStretch(1)
        layout = column(
            head, self._others, lineage, state, self._reason, self._advice, self._warning, space=4
        )
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addSpacing(4)
        layout.addWidget(self._outcome)
        self._titles: dict[str, QLabel] = {}
        sections: tuple[tuple[str, QWidget], ...] = (
            ("Results", self._metrics),
            ("Spec", self._spec),
            ("Parameters", self._parameters),
            ("History", self.history),
        )
        for title, part in sections:
            self._add_title(layout, title)
            layout.addWidget(part)
        for title, content in (("Tags", tags), ("Folder", folder)):
            self._add_title(layout, title)
            layout.addLayout(content)
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
        current = self._session.selection[:1]
        if any((run.id,) == current for run in runs):
            self._show()

    def _run(self) -> RunRecord | None:
        return next((self._session.runs.get(each) for each in self._session.selection), None)

    def _show(self) -> None:
        run = self._run()
        self._pages.setCurrentIndex(0 if run is None else 1)
        if run is not None:
            self._show_head(run)
            self._show_facts(run)

    def _show_head(self, run: RunRecord) -> None:
        self._swatch.setPixmap(run_swatch(run.color))
        self._name.set_full(run.name)
        others = len(self._session.selection) - 1
        self._others.setText(f"#{run.id}" + (f" and {others:,} more selected" if others else ""))
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
        run = self._run()
        if run is not None:
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
        self._titles["Environment"].setVisible(bool(environment))
        measured = facts.metrics(run)
        self._metrics.show_metrics(measured)
        for part in (self._titles["Results"], self._metrics):
            part.setVisible(bool(measured))
        self._tags.setText(", ".join(run.tags) or "none")
        self._folder.set_full(Path(run.folder).name)
        self._folder.setToolTip(tip(run.folder))
        self.history.show_run(run)
