"""What a person can ask of runs that are there: to pause, to go on, to wait differently.

Every function looks at all the runs before it changes one, so that a selection of which one cannot be changed is left as
it is. Asking again for what is so already changes nothing. All raise WorkbenchError with the reason of each run
that cannot, UnknownRun and StoreError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from runners.protocol import DuelRole, Request, State
from storage.home import Home
from storage.records import RunRecord, can_go_on
from storage.store import Store, StoreError
from workbench.errors import WorkbenchError


def pause(store: Store, run_ids: Iterable[int]) -> None:
    """Let runs that train wait at their next step, and hold those that are queued."""
    for run in _all(store, run_ids, _why_not_paused):
        if run.state is State.QUEUED:
            with suppress(StoreError):  # it may just have been started
                store.set_queue_options([run.id], held=True)
                continue
        store.request([run.id], Request.PAUSE)


def resume(store: Store, home: Home, run_ids: Iterable[int]) -> None:
    """Let paused runs go on, release held ones, and queue again those that ended before they were finished."""
    for run in _all(store, run_ids, lambda run: _why_not_resumed(home, run)):
        if run.state.final:
            store.resume_run(run.id)
            continue
        if run.options.held and run.state is State.QUEUED:
            store.set_queue_options([run.id], held=False)
        store.request([run.id], None)


def ended(store: Store, run_ids: Iterable[int]) -> list[RunRecord]:
    """The runs, all of which have ended and can be trained again."""
    return _all(store, run_ids, _why_not_retried)


def extend(store: Store, home: Home, run_id: int, epochs: int) -> None:
    """Queue an ended run again with more epochs, ``epochs`` in all."""
    run = store.run(run_id)
    if not run.state.final and run.spec.parameters.get("epochs") == epochs:
        return
    if problem := (
        _why_not_ended(run) or _why_not_gone_on_with(run) or _why_no_checkpoint(home, run)
    ):
        raise WorkbenchError(problem)
    store.extend_run(run_id, epochs)


def _all(
    store: Store, run_ids: Iterable[int], why_not: Callable[[RunRecord], str]
) -> list[RunRecord]:
    runs = [store.run(run_id) for run_id in dict.fromkeys(run_ids)]
    if problems := [problem for run in runs if (problem := why_not(run))]:
        raise WorkbenchError("\n".join(problems))
    return runs


def _why_not_paused(run: RunRecord) -> str:
    if run.state.final:
        return f"{_called(run)} is {run.state}; only a run that trains or waits can be paused."
    if _is_ending(run):
        return f"{_called(run)} is being stopped and cannot be paused any more."
    return ""


def _why_not_resumed(home: Home, run: RunRecord) -> str:
    if run.state is State.FINISHED:
        return (
            f"{_called(run)} is finished: there is nothing left to train. "
            "Extend it to train more epochs, or retry it to train the same again."
        )
    if run.state.final:
        return _why_not_gone_on_with(run) or _why_no_checkpoint(home, run)
    if _is_ending(run):
        return f"{_called(run)} is being stopped. It can be resumed when it has ended."
    return ""


def _why_not_gone_on_with(run: RunRecord) -> str:
    if can_go_on(run):
        return ""
    if run.spec.duel is not None:
        return (
            f"{_called(run)} is part of a duel, and one that goes on from a checkpoint cannot be timed. "
            "Resume the duel: what is missing is trained anew."
        )
    return (
        f"{_called(run)} is that of a script, and only the script knows how it could go on from where it was. "
        "Retry it to run the script again from its start, or clone it with other arguments."
    )


def _why_no_checkpoint(home: Home, run: RunRecord) -> str:
    if run.trashed is not None:
        return f"{_called(run)} is in the trash. Bring it back first."
    folder = home.run_folder(run.id)
    if not folder.spec.exists():
        return (
            f"{_called(run)} cannot go on: its folder {folder.path} or the spec in it is gone. "
            "Retry it to train the same again as a new run."
        )
    return ""


def _why_not_ended(run: RunRecord) -> str:
    return "" if run.state.final else f"{_called(run)} is {run.state}; it has not ended yet."


def _why_not_retried(run: RunRecord) -> str:
    if run.spec.duel is not None and run.spec.duel.role is not DuelRole.MATCH:
        return f"{_called(run)} is part of a duel and no whole training. Resume the duel to make up for what is missing."
    return _why_not_ended(run)


def _is_ending(run: RunRecord) -> bool:
    return run.state is State.STOPPING or run.request in (Request.STOP, Request.KILL)


def _called(run: RunRecord) -> str:
    return f'Run {run.id} "{run.name}"'
