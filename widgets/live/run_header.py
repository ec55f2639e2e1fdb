"""What a run is doing, in two lines and a bar, and the button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from runners.protocol import Request, State
from storage.records import RunRecord
from widgets import text, theme
from widgets.icons import run_swatch, state_icon
from widgets.parts import ElidedLabel, button, column, label, row, set_role
from widgets.runs.columns import now

_BAR_STEPS = 1000
_BAD = (State.FAILED, State.KILLED, State.LOST)


class RunHeader(QWidget):
    stop_wanted = Signal(int)
    kill_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._run: RunRecord | None = None
        self._kills = False
        self._swatch, self._state_icon = QLabel(), QLabel()
        self.name = label("", "heading", scale=1.15)
        self.what = ElidedLabel("", "dim")
        self.state = label("", "heading")
        self.stop = button("Stop", "stop")
        self.stop.clicked.connect(self._clicked)
        self.bar = QProgressBar(textVisible=False, maximum=_BAR_STEPS)
        self.bar.setAccessibleName("Progress")
        self.facts = ElidedLabel("", "dim")
        self.facts.setFont(theme.font())
        first = row(self._swatch, self.name, self.what, self._state_icon, self.state, self.stop)
        first.setStretch(2, 1)
        layout = column(first, self.bar, self.facts, space=5)
        layout.setContentsMargins(12, 8, 10, 8)
        self.setLayout(layout)
        theme.theme().changed.connect(self._show)

    def show_run(self, run: RunRecord) -> None:
        self._run = run
        self._show()

    def _show(self) -> None:
        run = self._run
        if run is None:
            return
        self._swatch.setPixmap(run_swatch(run.color))
        self.name.setText(run.name)
        self.what.set_full(text.what_it_trains(run.spec))
        self._state_icon.setPixmap(state_icon(run.state).pixmap(QSize(16, 16)))
        self.state.setText(run.state.value.capitalize())
        self.bar.setValue(round(_BAR_STEPS * run.progress.fraction))
        self.bar.setVisible(not run.state.final)
        self.facts.set_full(facts_of(run))
        set_role(self.facts, "error" if run.state in _BAD else "dim")
        self._show_button(run)

    def _show_button(self, run: RunRecord) -> None:
        self._kills = run.state is State.STOPPING or run.request is Request.STOP
        self.stop.setVisible(not run.state.final)
        self.stop.setEnabled(run.request is not Request.KILL)
        self.stop.setText("Kill" if self._kills else "Stop")
        self.stop.setToolTip(
            "End it at once, without a last checkpoint"
            if self._kills
            else "Ask it to stop after this step (Ctrl+.)"
        )

    def _clicked(self) -> None:
        if self._run is not None:
            (self.kill_wanted if self._kills else self.stop_wanted).emit(self._run.id)


def facts_of(run: RunRecord) -> str:
    """``epoch 3 of 10 · step 120 of 400 · 0:12 left · 5,120 samples/s · 0:08 so far``."""
    done = run.progress
    parts = [run.reason] if run.reason and run.state not in _BAD else []
    if run.state is State.QUEUED and not parts:
        parts.append("waits for a free device")
    if run.state.active and done.phase and done.phase != "training":
        parts.append(done.phase)
    if done.epochs and run.state != State.QUEUED:
        parts.append(f"epoch {done.epoch} of {done.epochs}")
    if done.total_steps and not run.state.final:
        parts.append(f"step {done.step:,} of {done.total_steps:,}")
    if run.state.active and done.remaining_s is not None:
        parts.append(f"{text.duration(done.remaining_s)} left")
    if done.samples_per_s is not None:
        parts.append(f"{done.samples_per_s:,.0f} samples/s")
    spent = run.duration_s(now())
    if spent is not None:
        parts.append(
            f"took {text.duration(spent)}" if run.state.final else f"{text.duration(spent)} so far"
        )
    return " · ".join(parts)
