"""What a person can do with the selected runs, and which of it makes sense for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from runners.protocol import State
from storage.records import RunRecord
from widgets.actions import Needs
from widgets.dialogs import ExtendDialog, ask_line
from widgets.states import can_go_on, can_pause
from widgets.text import plural
from workbench.session import Session

if TYPE_CHECKING:
    from widgets.main_window import MainWindow


class Wording(NamedTuple):
    """What an action that has two directions is called now, and its icon."""

    text: str
    glyph: str


def is_queued(run: RunRecord) -> bool:
    return run.state is State.QUEUED


def needs_met(selected: Sequence[RunRecord]) -> set[Needs]:
    """What the selected runs offer, of what actions may need."""
    one = len(selected) == 1
    met = {
        Needs.RUN: bool(selected),
        Needs.ONE_RUN: one,
        Needs.UNFINISHED_RUN: any(not run.state.final for run in selected),
        Needs.INACTIVE_RUN: any(not run.state.active for run in selected),
        Needs.PAUSE_OR_RESUME: any(can_pause(run) or can_go_on(run) for run in selected),
        Needs.ENDED_RUN: any(run.state.final for run in selected),
        Needs.ONE_ENDED_RUN: one and selected[0].state.final,
        Needs.QUEUED_RUN: any(map(is_queued, selected)),
    }
    return {need for need, so in met.items() if so}


def wordings(selected: Sequence[RunRecord]) -> Mapping[str, Wording]:
    """What pause, hold and alone mean for the selected runs."""
    pauses = any(map(can_pause, selected)) or not any(map(can_go_on, selected))
    queued = [run for run in selected if is_queued(run)]
    releases = bool(queued) and all(run.options.held for run in queued)
    shares = bool(queued) and all(run.options.alone for run in queued)
    return {
        "pause": Wording("Pause", "pause") if pauses else Wording("Resume", "play"),
        "hold": Wording("Release", "play-outline") if releases else Wording("Hold", "pause-circle-outline"),
        "alone": Wording("Run beside others", "target-variant") if shares else Wording("Run alone", "target"),
    }  # fmt: skip


class RunCommands(QObject):
    """Each is a few words to the session; what is undone by another action needs no undo of its own."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session

    def selected(self) -> list[RunRecord]:
        runs = self._session.runs
        return [runs[run_id] for run_id in self._session.selection if run_id in runs]

    def _ids(self, which: Callable[[RunRecord], bool]) -> list[int]:
        return [run.id for run in self.selected() if which(run)]

    # -- while they train, and after -----------------------------------------------------------------
    def pause(self) -> None:
        """Pause those that train or, if there are none, let the others go on."""
        pausing, resuming = self._ids(can_pause), self._ids(can_go_on)
        if pausing:
            self._session.pause_runs(pausing)
        elif resuming:
            self._session.resume_runs(resuming)

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        ids = self._ids(lambda run: not run.state.final)
        if ids:
            self._session.stop_runs(ids, kill=kill)
            word = "kill" if kill else "stop"
            self._session.notice.emit(f"Asked {plural(len(ids), 'run')} to {word}", None)

    def retry(self) -> None:
        """Train the same again, each as a new run."""
        ids = self._ids(lambda run: run.state.final)
        if ids:
            self._session.retry_runs(ids)

    def extend(self) -> None:
        for run in self.selected()[:1]:
            self.extend_run(run)

    def extend_run(self, run: RunRecord) -> None:
        """Ask for how many epochs, then let it go on."""
        if run.state.final:
            dialog = ExtendDialog(self._window, run)
            dialog.wanted.connect(lambda epochs: self._session.extend_run(run.id, epochs))
            dialog.open()

    # -- in the queue --------------------------------------------------------------------------------
    def hold(self) -> None:
        """Hold the queued ones or, if all of them are held, release them."""
        queued = [run for run in self.selected() if is_queued(run)]
        if queued:
            held = not all(run.options.held for run in queued)
            self._session.hold_runs([run.id for run in queued], held)

    def alone(self) -> None:
        queued = [run for run in self.selected() if is_queued(run)]
        if queued:
            on = not all(run.options.alone for run in queued)
            self._session.run_alone([run.id for run in queued], on)

    def prioritise(self, step: int) -> None:
        """Raise (1) or lower (-1) the priority of each, or make it normal again (0)."""
        wanted: dict[int, list[int]] = {}
        for run in self.selected():
            if is_queued(run):
                priority = run.options.priority + step if step else 0
                wanted.setdefault(priority, []).append(run.id)
        for priority, ids in wanted.items():
            self._session.prioritise_runs(ids, priority)

    def hold_queue(self) -> None:
        self._window.queue.queue.toggle_hold()

    # -- what is known of them -------------------------------------------------------------------------
    def rename(self) -> None:
        self._window.runs.table.edit_name()

    def edit_tags(self) -> None:
        selected = self.selected()
        if not selected:
            return
        tags = list(dict.fromkeys(tag for run in selected for tag in run.tags))
        ids = [run.id for run in selected]
        whose = selected[0].name if len(ids) == 1 else plural(len(ids), "run")
        ask_line(
            self._window,
            "Tags",
            f"Tags of {whose}, separated by commas:",
            ", ".join(tags),
            lambda text: self._session.set_tags(
                ids, [tag.strip() for tag in text.split(",") if tag.strip()]
            ),
        )

    def open_folder(self) -> None:
        for run in self.selected()[:1]:
            self._open(Path(run.folder))

    def delete(self) -> None:
        """Put the selected runs into the trash; those that train stay."""
        ids = self._ids(lambda run: not run.state.active)
        if ids:
            self._session.delete_runs(ids)

    def _open(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.notice.emit(f"No program was found to open {folder}", None)
