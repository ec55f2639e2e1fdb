"""Stopping, deleting, bringing back, and the scheduler."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic, sleep

from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.records import RunRecord
from workbench.bench import Workbench
from workbench.commands.opening import find_runs, open_workbench
from workbench.commands.output import print_json, time_json
from workbench.commands.run_json import run_json
from workbench.commands.waiting import wait_for
from workbench.errors import WorkbenchError

_PATIENCE_S = 30.0
_LOOK_S = 0.05


def stop(args: argparse.Namespace) -> int:
    """Ask for a stop; the scheduler sees to it, and the state tells when it is done."""
    with open_workbench(args) as workbench:
        ids = [run.id for run in find_runs(workbench, args.runs)]
        workbench.stop(ids, kill=args.kill)
        if args.wait:
            wait_for(workbench, ids)
        return _tell(args, workbench, ids, _stopped)


def delete(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = [run.id for run in find_runs(workbench, args.runs)]
        workbench.store.trash(ids)
        return _tell(
            args, workbench, ids, lambda run: f"is deleted; `twinbench restore {run.id}` undoes it"
        )


def restore(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = [run.id for run in find_runs(workbench, args.runs)]
        workbench.store.restore(ids)
        return _tell(args, workbench, ids, lambda _run: "is back")


def _tell(
    args: argparse.Namespace,
    workbench: Workbench,
    ids: list[int],
    done: Callable[[RunRecord], str],
) -> int:
    runs = [workbench.store.run(run_id) for run_id in ids]
    if args.json:
        print_json([run_json(run) for run in runs])
        return 0
    for run in runs:
        print(f"{run.id} {run.name} {done(run)}")
    return 0


def _stopped(run: RunRecord) -> str:
    if not run.state.final:
        return "is asked to stop"
    return f"is {run.state}: {run.reason}" if run.reason else f"is {run.state}"


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
        print(f"the scheduler {process}; {waiting} queued, {active} active")
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
