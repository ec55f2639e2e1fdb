"""Asks to which formats a run is to be exported, makes them, and shows what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QPlainTextEdit, QProgressBar, QWidget

from runners.export.formats import TRAINED
from storage.records import ExportRecord, RunRecord
from widgets import theme
from widgets.models.format_row import FormatRow
from widgets.models.work import Work
from widgets.new_run.editors import ChoiceBox
from widgets.parts import (  # fmt: skip
    ElidedLabel,
    button,
    column,
    label,
    line,
    row,
    scrolled,
    set_role,
    while_alive,
)
from widgets.text import plural, what_it_trains
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.exports.door import Exported, ExportProgress
    from workbench.exports.offers import Offer

_STEPS, _LOG_LINES, _LOG_HEIGHT = 1000, 5000, 130
_WIDTH, _HEIGHT = 640, 660
_TITLES = {"": "What its test used", "best": "The best", "last": "The last"}


class ExportDialog(QDialog):
    """Stays open while it works and beside the window; closing it while it works cancels the work first."""

    exported = Signal(list)
    """list[int]: the ids of what was made, which somebody wants to see."""

    def __init__(self, parent: QWidget, session: Session, run: RunRecord) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export a model")
        room = (parent.window().screen() or self.screen()).availableSize()
        self.resize(min(_WIDTH, room.width() - 40), min(_HEIGHT, room.height() - 80))
        self.run = run
        self._session = session
        self.rows: list[FormatRow] = []
        self._made: list[int] = []
        self._work: Work | None = None
        self._make_parts()
        self._lay_out()
        self._ask_for_offers()

    # -- parts --------------------------------------------------------------------------------------
    def _make_parts(self) -> None:
        self.said = label("Asking its Python what can be made …", "dim", wrap=True)
        self.checkpoint = ChoiceBox({"": _TITLES[""]})
        self.checkpoint.setAccessibleName("Checkpoint")
        self.checkpoint.setMinimumContentsLength(len(_TITLES[""]))
        self.measure = QCheckBox("Measure the speed, too")
        self.measure.setChecked(True)
        self.measure.setToolTip("Latency, throughput and memory, of the framework itself as well if that was not measured yet")  # fmt: skip
        self._list = QWidget()
        self._list.setProperty("page", True)
        self._formats = column(space=0)
        self._formats.setContentsMargins(14, 4, 14, 4)
        self._list.setLayout(self._formats)
        self.bar = QProgressBar(textVisible=False, maximum=_STEPS)
        self.bar.setAccessibleName("Progress of the export")
        self.doing = ElidedLabel("", "dim")
        self._progress = QWidget()
        self._progress.setLayout(column(self.doing, self.bar, space=4))
        self._progress.hide()
        self.log = QPlainTextEdit(readOnly=True, maximumBlockCount=_LOG_LINES)
        self.log.setFont(theme.fixed_font())
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log.setAccessibleName("Log of the export")
        self.log.setTabChangesFocus(True)
        self.log.setPlaceholderText("Nothing was written yet.")
        self.log.setFixedHeight(_LOG_HEIGHT)
        self.log.hide()
        self.log_button = button("Log", "text-box-outline", flat=True)
        self.log_button.setCheckable(True)
        self.log_button.toggled.connect(self.log.setVisible)
        self.all_button = button("Tick all", flat=True)
        self.all_button.setToolTip("Tick every format that can be made")
        self.all_button.clicked.connect(self._tick_all)
        self.close_button, self.export_button = button("Close"), button("Export", "file-export-outline", primary=True)  # fmt: skip
        self.close_button.setAutoDefault(False)
        self.export_button.setDefault(True)
        self.export_button.setEnabled(False)
        self.show_button = button("See them in Models", "arrow-right")
        self.show_button.setAutoDefault(False)
        self.show_button.hide()
        self.show_button.clicked.connect(self._show_made)
        self.close_button.clicked.connect(self.reject)
        self.export_button.clicked.connect(self.export)

    def _lay_out(self) -> None:
        name = ElidedLabel(self.run.name, "heading")
        name.setFont(theme.font(1.15, bold=True))
        head = column(name, label(what_it_trains(self.run.spec), "dim"), self.said, space=3)
        head.setContentsMargins(16, 12, 16, 8)
        choice = row(label("Checkpoint"), self.checkpoint, self.measure, space=10)
        choice.setContentsMargins(16, 8, 16, 0)
        choice.addStretch(1)
        foot = row(self.log_button, self.all_button, self.show_button, self.close_button, self.export_button)  # fmt: skip
        foot.insertStretch(2, 1)
        below = column(self._progress, self.log, foot)
        below.setContentsMargins(16, 8, 16, 12)
        area = scrolled(self._list)
        layout = column(space=0)
        layout.addLayout(head)
        layout.addWidget(line())
        layout.addWidget(area, 1)
        layout.addWidget(line())
        layout.addLayout(choice)
        layout.addLayout(below)
        self.setLayout(layout)

    # -- what can be made -----------------------------------------------------------------------------
    def _ask_for_offers(self) -> None:
        run_id = self.run.id
        self._session.call(
            lambda workbench: _offered(workbench, run_id),
            while_alive(self, self._take_offers),
            while_alive(self, lambda error: self._refuse(str(error))),
        )

    def _refuse(self, problem: str) -> None:
        self.said.setText(problem)
        set_role(self.said, "error")

    def _take_offers(
        self, found: tuple[Sequence[Offer], Sequence[str], Sequence[ExportRecord]]
    ) -> None:
        offers, checkpoints, there = found
        offers = [one for one in offers if one.format.id != TRAINED]
        if self.rows:
            for known, offer in zip(self.rows, offers, strict=True):
                known.show_offer(offer)
        else:
            self._make_rows(offers)
            self.checkpoint.set_options({name: _TITLES[name] for name in ("", *checkpoints)})
        newest = {one.format: one for one in reversed(there)}
        for each in self.rows:
            if each.id in newest and not each.offer.problem:
                each.show_there(newest[each.id])
        makeable = sum(not one.problem for one in offers)
        if not makeable and offers and len({one.problem for one in offers}) == 1:
            self._refuse(offers[0].problem)
            for each in self.rows:
                each.say("")
        else:
            set_role(self.said, "dim")
            self.said.setText("Each is checked against the trained model on held-out data.")
        self._allow()

    def _make_rows(self, offers: Sequence[Offer]) -> None:
        layout = self._formats
        for at, offer in enumerate(offers):
            if at:
                layout.addWidget(line())
            each = FormatRow(offer)
            each.changed.connect(self._allow)
            each.install_wanted.connect(self.install)
            layout.addWidget(each)
            self.rows.append(each)
        layout.addStretch(1)
        self._order_tabs()
        first = next((each for each in self.rows if not each.offer.problem), None)
        if first is not None:
            QTimer.singleShot(0, first.box, first.box.setFocus)

    def _order_tabs(self) -> None:
        """From the formats down to the foot; their rows came last."""
        widgets = [widget for each in self.rows for widget in (each.box, each.install)]
        for before, after in pairwise([*widgets, self.checkpoint, self.measure, self.log, self.log_button, self.all_button, self.show_button, self.close_button, self.export_button]):  # fmt: skip
            QWidget.setTabOrder(before, after)

    @property
    def chosen(self) -> list[str]:
        """The ids of the formats that are ticked."""
        return [each.id for each in self.rows if each.chosen]

    @property
    def is_busy(self) -> bool:
        return self._work is not None

    def _tick_all(self) -> None:
        boxes = [each.box for each in self.rows if each.box.isEnabled()]
        on = not all(box.isChecked() for box in boxes)
        for box in boxes:
            box.setChecked(on)

    def _allow(self) -> None:
        busy = self.is_busy
        for each in self.rows:
            each.allow(not busy)
        makeable = any(not each.offer.problem for each in self.rows)
        for widget in (self.checkpoint, self.measure, self.all_button):
            widget.setEnabled(not busy and makeable)
        self.export_button.setEnabled(not busy and bool(self.chosen))
        count = len(self.chosen)
        self.export_button.setText(f"Export {plural(count, 'format')}" if count else "Export")
        self.close_button.setText("Cancel" if busy else "Close")
        self.close_button.setEnabled(True)
        self.show_button.setVisible(bool(self._made) and not busy)

    # -- doing it -------------------------------------------------------------------------------------
    def export(self) -> None:
        """Make what is ticked."""
        formats, run_id = self.chosen, self.run.id
        checkpoint, measure = self.checkpoint.value, self.measure.isChecked()
        if not formats or self.is_busy:
            return

        def do(workbench: Workbench, work: Work) -> object:
            return workbench.exports.export(
                run_id, formats, checkpoint=checkpoint, measure=measure,
                on_progress=work.tell, on_log=work.log, cancelled=work.cancelled,
            )  # fmt: skip

        for each in self.rows:
            if each.id in formats:
                each.wait()
        work = self._begin("Starting …")
        work.progressed.connect(self._show_progress)
        work.done.connect(self._show_exported)
        work.failed.connect(self._export_failed)
        work.start(do)

    def install(self, offer: Offer) -> None:
        """Install what a format lacks for the run's Python."""
        run_id = self.run.id

        def do(workbench: Workbench, work: Work) -> object:
            workbench.exports.install(run_id, offer.missing, work.log, work.cancelled)
            return None

        if self.is_busy:
            return
        work = self._begin(f"Installing {', '.join(offer.missing)}")
        self.bar.setRange(0, 0)
        self.log_button.setChecked(True)
        self.log.appendPlainText(offer.install)
        work.done.connect(lambda _: self._installed(""))
        work.failed.connect(self._installed)
        work.start(do)

    def _begin(self, doing: str) -> Work:
        self._work = work = Work(self._session, self)
        work.logged.connect(self.log.appendPlainText)
        self.doing.set_full(doing)
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(0)
        self._progress.show()
        self._allow()
        return work

    def _end(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.deleteLater()
        self._progress.hide()
        self._allow()

    def _show_progress(self, progress: ExportProgress) -> None:
        self.bar.setValue(round(_STEPS * progress.fraction))
        self.bar.setAccessibleDescription(f"{progress.text}, {progress.fraction:.0%}")
        if self._work is not None and self._work.is_cancelled:
            return
        for each in self.rows:
            if each.id == progress.format:
                each.show_step(progress.step, progress.text)
        name = next((each.offer.format.title for each in self.rows if each.id == progress.format), "The framework itself")  # fmt: skip
        self.doing.set_full(f"{name}: {progress.text}")

    def _show_exported(self, exported: Sequence[Exported]) -> None:
        by_format = {one.format: one for one in exported}
        for each in self.rows:
            one = by_format.get(each.id)
            if one is None and each.box.isChecked():
                each.say("Not made: it was cancelled", "cancel", "dim")
            elif one is not None and one.record is not None:
                each.show_record(one.record, one.problem)
                each.box.setChecked(False)
            elif one is not None:
                each.show_failure(one.problem)
        self._say_outcome(exported)
        self._made += [one.record.id for one in exported if one.record is not None]
        self._end()

    def _say_outcome(self, exported: Sequence[Exported]) -> None:
        asked = [one for one in exported if one.format != TRAINED]
        made = [one for one in asked if one.record is not None]
        wrong = sum(bool(one.problem) for one in exported)
        told = f"Exported {plural(len(made), 'model')}." if made else "Nothing was exported."
        itself = next((one.problem for one in exported if one.format == TRAINED and one.problem), "")  # fmt: skip
        more = f" The framework itself: {itself}" if itself else " See below what went wrong." if wrong else ""  # fmt: skip
        self.said.setText(told + more)
        set_role(self.said, "error" if wrong else "dim")

    def _export_failed(self, problem: str) -> None:
        for each in self.rows:
            if each.box.isChecked():
                each.say("")
        self._refuse(problem or "It was cancelled. Nothing half-made is left.")
        self._end()

    def _installed(self, problem: str) -> None:
        if problem:
            self._refuse(problem)
        self._end()
        if not problem:
            self._ask_for_offers()

    # -- leaving --------------------------------------------------------------------------------------
    def _show_made(self) -> None:
        self.exported.emit(self._made)
        self.accept()

    def reject(self) -> None:
        """Close, or cancel what goes on and stay until it has ended."""
        if self._work is None:
            super().reject()
            return
        self._work.cancel()
        self.doing.set_full("Cancelling …")
        self.close_button.setEnabled(False)


def _offered(
    workbench: Workbench, run_id: int
) -> tuple[Sequence[Offer], Sequence[str], Sequence[ExportRecord]]:
    """What can be made of a run, the checkpoints that it has, and what was made of it, newest first."""
    exports = workbench.exports
    return exports.offers(run_id), exports.checkpoints(run_id), exports.list([run_id])
