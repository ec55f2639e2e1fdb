"""Stopping, pausing, going on, repeating, deleting, bringing back, and the scheduler."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from time import monotonic, sleep

from runners.protocol import Request, State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.records import RunRecord, Scope
from workbench.bench import Workbench
from workbench.commands.opening import chosen_runs, find_runs, open_workbench
from workbench.commands.output import print_json, print_line, time_json
from workbench.commands.run_json import run_json
from workbench.commands.waiting import wait_for
from workbench.errors import WorkbenchError

_PATIENCE_S = 30.0
_LOOK_S = 0.05


def stop(args: argparse.Namespace) -> int:
    """Ask for a stop; the scheduler sees to it, and the state tells when it is done."""
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args)
        workbench.stop(ids, kill=args.kill)
        if args.wait:
            wait_for(workbench, ids)
        return tell(args, workbench, ids, _stopped)


def pause(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args)
        workbench.pause(ids)
        return tell(args, workbench, ids, _paused)


def resume(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args)
        workbench.resume(ids)
        return _tell_going(args, workbench, ids, _resumed)


def extend(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        (run,) = find_runs(workbench, [args.run])
        workbench.extend(run.id, args.epochs)
        return _tell_going(args, workbench, [run.id], _extended)


def retry(args: argparse.Namespace) -> int:
    """Like `run`, it prints the ids of what it queued."""
    with open_workbench(args) as workbench:
        queued = [run.id for run in workbench.retry(chosen_ids(workbench, args))]
        return _tell_going(args, workbench, queued, lambda run: f"repeats run {run.parent}")


def delete(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args, Scope.TRASHED if args.forever else Scope.LISTED)
        if args.forever:
            return _delete_forever(args, workbench, ids)
        workbench.store.trash(ids)
        return tell(
            args, workbench, ids, lambda run: f"is deleted; `twinbench restore {run.id}` undoes it"
        )


def _delete_forever(args: argparse.Namespace, workbench: Workbench, ids: Sequence[int]) -> int:
    workbench.store.delete_forever(ids)
    if args.json:
        print_json([{"id": run_id} for run_id in ids])
    else:
        print_line(f"deleted for ever: {', '.join(map(str, ids))}")
    return 0


def restore(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args, Scope.TRASHED)
        workbench.store.restore(ids)
        return tell(args, workbench, ids, lambda _run: "is back")


def tell(
    args: argparse.Namespace,
    workbench: Workbench,
    ids: Sequence[int],
    done: Callable[[RunRecord], str],
) -> int:
    """Print what became of the runs; returns the exit code."""
    runs = [workbench.store.run(run_id) for run_id in ids]
    if args.json:
        print_json([run_json(run) for run in runs])
        return 0
    for run in runs:
        print_line(f"{run.id} {run.name} {done(run)}")
    return 0


def chosen_ids(
    workbench: Workbench, args: argparse.Namespace, scope: Scope = Scope.LISTED
) -> list[int]:
    return [run.id for run in chosen_runs(workbench, args, scope)]


def _tell_going(
    args: argparse.Namespace,
    workbench: Workbench,
    ids: Sequence[int],
    done: Callable[[RunRecord], str],
) -> int:
    """Of runs that go on; with ``--wait`` when they have ended, and then 1 where one did not finish."""
    if not args.wait:
        return tell(args, workbench, ids, done)
    ended = wait_for(workbench, ids)
    if args.json:
        print_json([run_json(run) for run in ended])
    return 0 if all(run.state is State.FINISHED for run in ended) else 1


def _stopped(run: RunRecord) -> str:
    if not run.state.final:
        return "is asked to stop"
    return f"is {run.state}: {run.reason}" if run.reason else f"is {run.state}"


def _paused(run: RunRecord) -> str:
    if run.state is State.QUEUED and run.request is not Request.PAUSE:
        return f"is held; `twinbench resume {run.id}` releases it"
    is_paused = run.state is State.PAUSED
    return "is paused" if is_paused else "is asked to pause at its next step"


def _resumed(run: RunRecord) -> str:
    if run.state is not State.QUEUED:
        return "goes on"
    return "is queued" if run.attempt == 1 else f"is queued, attempt {run.attempt}"


def _extended(run: RunRecord) -> str:
    return f"is queued to go on to {run.spec.parameters['epochs']} epochs, attempt {run.attempt}"


def scheduler(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        if args.action == "start":
            _start(workbench)
        elif args.action == "stop":
            _stop(workbench)
        alive = scheduler_alive(workbench.store)
        waiting, active = len(workbench.store.queue()), _active_count(workbench)
    if args.json:
        described = {**asdict(alive), "started": time_json(alive.started)} if alive else None
        if alive and described:
            described["heartbeat"] = time_json(alive.heartbeat)
        print_json({"scheduler": described, "queued": waiting, "active": active})
    else:
        process = f"runs as process {alive.pid} on {alive.host}" if alive else "does not run"
        print_line(f"the scheduler {process}; {waiting} queued, {active} active")
    return 0


def _active_count(workbench: Workbench) -> int:
    return sum(run.state.active for run in workbench.store.runs())


def _start(workbench: Workbench) -> None:
    workbench.start_scheduler()
    _until(lambda: scheduler_alive(workbench.store) is not None, "the scheduler did not start")


def _stop(workbench: Workbench) -> None:
    if stop_scheduler(workbench.store):
        _until(lambda: scheduler_alive(workbench.store) is None, "the scheduler did not leave")


def _until(condition: Callable[[], bool], problem: str) -> None:
    deadline = monotonic() + _PATIENCE_S
    while not condition():
        if monotonic() > deadline:
            raise WorkbenchError(f"{problem} within {_PATIENCE_S:.0f} s; see the home's log of it")
        sleep(_LOOK_S)
