"""What a person can do with the selected runs, and which of it makes sense for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runners.protocol import State
from storage.records import RunRecord, can_extend
from widgets.actions import Needs
from widgets.dialogs import ExtendDialog
from widgets.run_edits import RunEdits
from widgets.states import can_go_on, can_pause
from widgets.text import plural


class Wording(NamedTuple):
    """What an action that has two directions is called now, and its icon."""

    text: str
    glyph: str


def is_queued(run: RunRecord) -> bool:
    return run.state is State.QUEUED


def needs_met(selected: Sequence[RunRecord], trashed: Sequence[int] = ()) -> set[Needs]:
    """What the selected runs, and those selected in the trash, offer of what actions may need."""
    one = len(selected) == 1
    met = {
        Needs.RUN: bool(selected),
        Needs.ONE_RUN: one,
        Needs.UNFINISHED_RUN: any(not run.state.final for run in selected),
        Needs.INACTIVE_RUN: any(not run.state.active for run in selected),
        Needs.PAUSE_OR_RESUME: any(can_pause(run) or can_go_on(run) for run in selected),
        Needs.ENDED_RUN: any(run.state.final for run in selected),
        Needs.EXTENDABLE_RUN: one and can_extend(selected[0]),
        Needs.QUEUED_RUN: any(map(is_queued, selected)),
        Needs.TRASHED_RUN: bool(trashed),
    }
    return {need for need, so in met.items() if so}


def wordings(selected: Sequence[RunRecord]) -> Mapping[str, Wording]:
    """What actions that have two directions mean for the selected runs."""
    pauses = any(map(can_pause, selected)) or not any(map(can_go_on, selected))
    queued = [run for run in selected if is_queued(run)]
    releases = bool(queued) and all(run.options.held for run in queued)
    shares = bool(queued) and all(run.options.alone for run in queued)
    starred = bool(selected) and all(run.starred for run in selected)
    archived = bool(selected) and all(run.archived is not None for run in selected)
    return {
        "star": Wording("Take the star away", "star-off-outline") if starred else Wording("Star", "star-outline"),
        "archive": Wording("Take out of the archive", "archive-arrow-up-outline") if archived else Wording("Archive", "archive-outline"),
        "pause": Wording("Pause", "pause") if pauses else Wording("Resume", "play"),
        "hold": Wording("Release", "play-outline") if releases else Wording("Hold", "pause-circle-outline"),
        "alone": Wording("Run beside others", "target-variant") if shares else Wording("Run alone", "target"),
    }  # fmt: skip


class RunCommands(RunEdits):
    """Each is a few words to the session; what is undone by another action needs no undo of its own."""

    # -- while they train, and after -----------------------------------------------------------------
    def pause(self) -> None:
        """Pause those that train or, if there are none, let the others go on."""
        pausing, resuming = self._ids(can_pause), self._ids(can_go_on)
        if pausing:
            self._session.control.pause_runs(pausing)
        elif resuming:
            self._session.control.resume_runs(resuming)

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        ids = self._ids(lambda run: not run.state.final)
        if ids:
            self._session.control.stop_runs(ids, kill=kill)
            word = "kill" if kill else "stop"
            self._session.notice.emit(f"Asked {plural(len(ids), 'run')} to {word}", None)

    def retry(self) -> None:
        """Train the same again, each as a new run."""
        ids = self._ids(lambda run: run.state.final)
        if ids:
            self._session.control.retry_runs(ids)

    def extend(self) -> None:
        for run in self.selected()[:1]:
            self.extend_run(run)

    def extend_run(self, run: RunRecord) -> None:
        """Ask for how many epochs, then let it go on."""
        if can_extend(run):
            dialog = ExtendDialog(self._window, run)
            dialog.wanted.connect(lambda epochs: self._session.control.extend_run(run.id, epochs))
            dialog.open()

    # -- in the queue --------------------------------------------------------------------------------
    def hold(self) -> None:
        """Hold the queued ones or, if all of them are held, release them."""
        queued = [run for run in self.selected() if is_queued(run)]
        if queued:
            held = not all(run.options.held for run in queued)
            self._session.control.hold_runs([run.id for run in queued], held)

    def alone(self) -> None:
        queued = [run for run in self.selected() if is_queued(run)]
        if queued:
            on = not all(run.options.alone for run in queued)
            self._session.control.run_alone([run.id for run in queued], on)

    def prioritise(self, step: int) -> None:
        """Raise (1) or lower (-1) the priority of each, or make it normal again (0)."""
        wanted: dict[int, list[int]] = {}
        for run in self.selected():
            if is_queued(run):
                priority = run.options.priority + step if step else 0
                wanted.setdefault(priority, []).append(run.id)
        for priority, ids in wanted.items():
            self._session.control.prioritise_runs(ids, priority)

    def hold_queue(self) -> None:
        self._window.queue.queue.toggle_hold()
