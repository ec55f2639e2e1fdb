"""What a run is doing, in two lines and a bar, and the buttons that control it."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal, SignalInstance
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from runners.protocol import Request, State
from storage.records import RunRecord, can_extend
from widgets import states, text, theme
from widgets.icons import icon, icon_of_run, run_swatch
from widgets.parts import ElidedLabel, button, column, label, row, set_role, tool_button
from widgets.plain import tip
from widgets.runs.columns import now

_BAR_STEPS = 1000
_TICK_MS = 1000


class RunHeader(QWidget):
    pause_wanted = Signal(int)
    resume_wanted = Signal(int)
    stop_wanted = Signal(int)
    kill_wanted = Signal(int)
    retry_wanted = Signal(int)
    extend_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._run: RunRecord | None = None
        self._kills = self._pauses = False
        self._swatch, self._state_icon = label(), label()
        self.name = ElidedLabel("", "heading")
        self.name.setFont(theme.font(1.15, bold=True))
        self.name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.what = ElidedLabel("", "dim")
        self.state = label("", "heading")
        self.bar = QProgressBar(textVisible=False, maximum=_BAR_STEPS)
        self.bar.setAccessibleName("Progress")
        self.facts = ElidedLabel("", "dim")
        self.facts.setFont(theme.font())
        self._make_buttons()
        first = row(
            self._swatch, self.name, self.what, self._state_icon, self.state,
            self.retry, self.extend, self.pause, self.stop,
        )  # fmt: skip
        first.setStretch(2, 1)
        layout = column(first, self.bar, self.facts, space=5)
        layout.setContentsMargins(12, 8, 10, 8)
        self.setLayout(layout)
        self.clock = QTimer(self, interval=_TICK_MS)
        self.clock.timeout.connect(self._show_facts)
        theme.theme().changed.connect(self._show)

    def _make_buttons(self) -> None:
        self.pause, self.stop = button("Pause", "pause"), button("Stop", "stop")
        self.retry = tool_button("replay", "Retry: train the same again, as a new run (Ctrl+R)")
        self.extend = tool_button("arrow-expand-right", "Extend: go on for more epochs (Ctrl+E)")
        self.pause.clicked.connect(self._pause_clicked)
        self.stop.clicked.connect(self._stop_clicked)
        for each, wanted in ((self.retry, self.retry_wanted), (self.extend, self.extend_wanted)):
            each.clicked.connect(lambda _=False, wanted=wanted: self._tell(wanted))

    def show_run(self, run: RunRecord) -> None:
        self._run = run
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.clock.stop()

    def _show(self) -> None:
        run = self._run
        if run is None:
            return
        self._swatch.setPixmap(run_swatch(run.color))
        self.name.set_full(run.name)
        self.what.set_full(text.what_it_trains(run.spec))
        self._state_icon.setPixmap(icon_of_run(run).pixmap(QSize(16, 16)))
        self.state.setText(states.title(run))
        self.state.setToolTip(tip(states.advice(run)))
        self.bar.setValue(round(_BAR_STEPS * run.progress.fraction))
        self.bar.setVisible(not run.state.final)
        self._show_facts()
        self._show_buttons(run)
        if states.changes_with_time(run) and self.isVisible():
            self.clock.start()
        else:
            self.clock.stop()

    def _show_facts(self) -> None:
        run = self._run
        if run is not None:
            self.facts.set_full(facts_of(run))
            set_role(self.facts, "error" if states.is_stalled(run) else "dim")

    def _show_buttons(self, run: RunRecord) -> None:
        self._kills = run.state is State.STOPPING or run.request is Request.STOP
        self.stop.setVisible(not run.state.final)
        self.stop.setEnabled(run.request is not Request.KILL)
        self.stop.setText("Kill" if self._kills else "Stop")
        self.stop.setIcon(icon("skull-outline" if self._kills else "stop"))
        self.stop.setToolTip(
            "End it at once, without a last checkpoint"
            if self._kills
            else "Ask it to stop after this step (Ctrl+.)"
        )
        self._pauses = states.can_pause(run)
        self.pause.setVisible(self._pauses or states.can_go_on(run))
        self.pause.setText("Pause" if self._pauses else "Resume")
        self.pause.setIcon(icon("pause" if self._pauses else "play"))
        self.pause.setToolTip(
            "Wait after this step, with memory and device kept (Ctrl+P)"
            if self._pauses
            else "Go on where it left off (Ctrl+P)"
        )
        self.retry.setVisible(run.state.final)
        self.extend.setVisible(can_extend(run))

    def _stop_clicked(self) -> None:
        self._tell(self.kill_wanted if self._kills else self.stop_wanted)

    def _pause_clicked(self) -> None:
        self._tell(self.pause_wanted if self._pauses else self.resume_wanted)

    def _tell(self, wanted: SignalInstance) -> None:
        if self._run is not None:
            wanted.emit(self._run.id)


def facts_of(run: RunRecord) -> str:
    """``attempt 2 · epoch 3 of 10 · step 120 of 400 · 0:12 left · 5,120 samples/s · 0:08 so far``."""
    done = run.progress
    parts = [states.attempt(run)]
    if run.state not in states.BAD:
        parts.append(states.detail(run, now()))
    if run.state.active and done.phase not in ("training", run.state.value):
        parts.append(done.phase)
    if done.epochs and run.state != State.QUEUED:
        parts.append(f"epoch {done.epoch} of {done.epochs}")
    if done.total_steps and not run.state.final:
        parts.append(f"step {done.step:,} of {done.total_steps:,}")
    moves = run.state not in (State.PAUSED, State.QUEUED) and not states.is_stalled(run)
    if run.state.active and moves and done.remaining_s is not None:
        parts.append(f"{text.duration(done.remaining_s)} left")
    if moves and done.samples_per_s is not None:
        parts.append(f"{done.samples_per_s:,.0f} samples/s")
    spent = run.duration_s(now())
    if spent is not None and run.state is not State.QUEUED:
        parts.append(
            f"took {text.duration(spent)}" if run.state.final else f"{text.duration(spent)} so far"
        )
    return " · ".join(part for part in parts if part)
