"""Stopping, deleting, bringing back, and the scheduler."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from storage.records import RunRecord
from workbench.bench import Workbench
from workbench.commands.opening import find_runs, open_workbench
from workbench.commands.output import print_json
from workbench.commands.run_json import run_json
from workbench.commands.waiting import wait_for


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
