"""What was exported from the selected run, in a few words each, and the way to more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from runners.protocol import Framework
from storage.records import ExportRecord, RunRecord
from widgets.flow import Flow
from widgets.models.words import STAGES, seconds, short_title
from widgets.parts import ElidedLabel, Picture, button, column, label, row, while_alive
from widgets.plain import tip
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_MOST = 8
_MARKS = {True: ("check-circle", "success"), False: ("alert-circle", "error"), None: ("help-circle-outline", "dim")}  # fmt: skip


class RunExports(QWidget):
    export_wanted = Signal()
    shown_wanted = Signal(list)
    """list[int]: the ids of exports that are to be seen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._run: RunRecord | None = None
        self.records: Sequence[ExportRecord] = ()
        self._lines: list[QWidget] = []
        self._list = column(space=2)
        self.export = button("Export …", "file-export-outline")
        self.show_them = button("See them", "arrow-right", flat=True)
        self.show_them.setAccessibleName("See its exports in Models")
        for each in (self.export, self.show_them):
            each.setProperty("quiet", True)
        foot = Flow()
        foot.set_items([self.export, self.show_them])
        self.setLayout(column(self._list, foot, space=4))
        self.export.clicked.connect(self.export_wanted)
        self.show_them.clicked.connect(self._tell_shown)  # fmt: skip
        session.exports_changed.connect(self._read)
        self._show(())

    @property
    def has_something(self) -> bool:
        """Whether there is anything to see or to do: scripts, and runs that have not ended, cannot be exported."""
        run = self._run
        return run is not None and run.state.final and run.spec.script is None

    def show_run(self, run: RunRecord) -> None:
        """Show those of this run, now and whenever they change."""
        before, self._run = self._run, run
        if before is None or before.id != run.id:
            self._show(())
            self._offer("")
            self._read()
        elif before.state is not run.state:
            self._read()

    def _tell_shown(self) -> None:
        self.shown_wanted.emit([one.id for one in self.records])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    def _read(self) -> None:
        if self._run is None or not self.isVisible():
            return
        run_id = self._run.id

        def work(workbench: Workbench) -> tuple[Sequence[ExportRecord], str]:
            return workbench.exports.list([run_id]), workbench.exports.why_not(run_id)

        def take(found: tuple[Sequence[ExportRecord], str]) -> None:
            records, problem = found
            if self._run is None or self._run.id != run_id:
                return
            self._offer(problem)
            if records != self.records:
                self._show(records)

        self._session.call(work, while_alive(self, take))

    def _offer(self, problem: str) -> None:
        """``problem`` says why it cannot be exported, or is ""."""
        self.export.setEnabled(not problem)
        self.export.setToolTip(tip(problem))
        self.export.setAccessibleDescription(problem)

    def _show(self, records: Sequence[ExportRecord]) -> None:
        self.records = records
        for each in self._lines:
            each.hide()
            each.deleteLater()
        self._lines = []
        if self._run is not None:
            self._lines = [_line(one, self._run.spec.framework) for one in records[:_MOST]]
        if len(records) > _MOST:
            self._lines.append(label(f"and {len(records) - _MOST:,} more", "dim"))
        for each in self._lines:
            self._list.addWidget(each)
        self.show_them.setVisible(bool(records))


def _line(record: ExportRecord, framework: Framework) -> QWidget:
    """``✓ ONNX · 11.7 µs · Production``."""
    said = [short_title(record.format, framework)]
    if record.latency_s is not None:
        said.append(seconds(record.latency_s))
    if record.stage:
        said.append(STAGES.get(record.stage, record.stage))
    result = QWidget()
    mark = Picture(*_MARKS[record.passed], size=14)
    layout = row(mark, ElidedLabel(" · ".join(said)), space=6)
    layout.setStretch(1, 1)
    result.setLayout(layout)
    return result
