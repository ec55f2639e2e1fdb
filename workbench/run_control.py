"""What a person asks of runs: that they end, that they go on, that they wait differently. What can be undone tells so in a notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from storage.records import RunRecord
from workbench.edits import named

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.session import Session

V = TypeVar("V", int, bool)


class RunControl:
    """Reachable as ``session.control``. All methods return at once; what goes wrong comes by `Session.failed`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stop_runs(self, run_ids: Iterable[int], *, kill: bool = False) -> None:
        ids = list(run_ids)
        self._session.call(lambda workbench: workbench.stop(ids, kill=kill))

    def pause_runs(self, run_ids: Iterable[int]) -> None:
        """Let runs that train wait, with their device, at their next step, and hold those that are queued."""
        ids = list(run_ids)
        self._session.call(lambda workbench: workbench.pause(ids))

    def resume_runs(self, run_ids: Iterable[int]) -> None:
        """Let runs go on that are paused or held, or that ended before they were finished."""
        ids = list(run_ids)
        self._session.call(lambda workbench: workbench.resume(ids))

    def retry_runs(
        self, run_ids: Iterable[int], then: Callable[[list[RunRecord]], None] | None = None
    ) -> None:
        """Train the same as ended runs again, as new runs; they are in `Session.runs` when ``then`` is called."""
        ids = list(run_ids)

        def queued(runs: list[RunRecord]) -> None:
            self._session.take_queued(runs)
            self._session.notice.emit(f"Queued {named([run.name for run in runs])}", None)
            if then is not None:
                then(runs)

        self._session.call(lambda workbench: workbench.retry(ids), queued)

    def extend_run(
        self,
        run_id: int,
        epochs: int | str,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Let an ended run go on to more epochs, ``epochs`` in all."""
        self._session.call(lambda workbench: workbench.extend(run_id, epochs), failed=failed)

    # -- in the queue -------------------------------------------------------------------------------
    def hold_runs(self, run_ids: Iterable[int], held: bool) -> None:
        """Hold queued runs or release them."""
        what = "Held" if held else "Released"
        self._change_queued(what, run_ids, held, lambda run: run.options.held, _hold)

    def prioritise_runs(self, run_ids: Iterable[int], priority: int) -> None:
        """Give queued runs a priority."""
        what = f"Gave priority {priority} to"
        self._change_queued(what, run_ids, priority, lambda run: run.options.priority, _prioritise)

    def run_alone(self, run_ids: Iterable[int], on: bool) -> None:
        """Let queued runs train while nothing else does, or beside others."""
        what = "To run alone:" if on else "To run beside others:"
        self._change_queued(what, run_ids, on, lambda run: run.options.alone, _set_alone)

    def hold_queue(self, on: bool) -> None:
        """Start nothing more, or go on."""
        text = "The queue is held" if on else "The queue is released"
        self._session.call(
            lambda workbench: workbench.hold_queue(on),
            lambda _: self._session.notice.emit(text, lambda: self.hold_queue(not on)),
        )

    def _change_queued(
        self,
        what: str,
        run_ids: Iterable[int],
        value: V,
        now: Callable[[RunRecord], V],
        change: Callable[[Workbench, list[int], V], None],
    ) -> None:
        """Give queued runs a new value of what they wait by; the undo gives back those that were others."""
        ids, known = list(run_ids), self._session.runs
        there = [known[run_id] for run_id in ids if run_id in known]
        before = {run.id: now(run) for run in there if now(run) != value}

        def take_back(workbench: Workbench) -> None:
            for old in set(before.values()):
                change(workbench, [run_id for run_id, was in before.items() if was == old], old)

        def tell(_: None) -> None:
            if before:
                names = named([self._name(run_id) for run_id in before])
                undo = partial(self._session.call, take_back)
                self._session.notice.emit(f"{what} {names}", undo)

        self._session.call(lambda workbench: change(workbench, ids, value), tell)

    def _name(self, run_id: int) -> str:
        runs = self._session.runs
        return runs[run_id].name if run_id in runs else f"run {run_id}"


def _hold(workbench: Workbench, ids: list[int], held: bool) -> None:
    workbench.hold(ids, held)


def _prioritise(workbench: Workbench, ids: list[int], priority: int) -> None:
    workbench.set_priority(ids, priority)


def _set_alone(workbench: Workbench, ids: list[int], on: bool) -> None:
    workbench.set_alone(ids, on)
