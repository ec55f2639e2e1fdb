"""The queue: what waits, for what, and in which order."""

from __future__ import annotations

import argparse

from storage.records import RunRecord
from workbench.bench import QUEUE_HELD, Workbench
from workbench.commands.control import chosen_ids, tell
from workbench.commands.opening import find_runs, open_workbench
from workbench.commands.output import print_json, print_line, print_table
from workbench.commands.run_json import run_json


def queue(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        if args.hold or args.release:
            workbench.hold_queue(args.hold)
        workbench.keep_scheduler()
        waiting, held = workbench.store.queue(), bool(workbench.store.setting(QUEUE_HELD, False))
    if args.json:
        print_json({"held": held, "runs": [run_json(run) for run in waiting]})
        return 0
    if waiting:
        headers = ["place", "id", "name", "device", "priority", "alone", "waits for"]
        rows = [[str(place), *_row(run)] for place, run in enumerate(waiting, 1)]
        print_table(headers, rows, right="place id priority")
    if held:
        print_line("the queue is held: nothing starts; `twinbench queue --release` lets it go on")
    elif not waiting:
        print_line("nothing waits")
    return 0


def _row(run: RunRecord) -> list[str]:
    options = run.options
    waits = run.reason or ("held" if options.held else "")
    alone = "yes" if options.alone else ""
    return [str(run.id), run.name, run.spec.device, str(options.priority), alone, waits]


def hold(args: argparse.Namespace) -> int:
    return _change(args, held=True)


def release(args: argparse.Namespace) -> int:
    return _change(args, held=False)


def _change(args: argparse.Namespace, *, held: bool) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args)
        workbench.hold(ids, held)
        words = "is held" if held else "is released"
        return tell(args, workbench, ids, lambda _run: words)


def alone(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args)
        workbench.set_alone(ids, not args.off)
        words = "may run beside others" if args.off else "is to run alone on this machine"
        return tell(args, workbench, ids, lambda _run: words)


def priority(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = [run.id for run in find_runs(workbench, [args.run])]
        workbench.set_priority(ids, args.priority)
        return tell(args, workbench, ids, lambda run: f"has priority {run.options.priority}")


def move(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        (run,) = find_runs(workbench, [args.run])
        workbench.store.move_in_queue(run.id, _target(args, workbench, run))
        order = [one.id for one in workbench.store.queue()]
        return tell(args, workbench, [run.id], lambda run: f"is number {order.index(run.id) + 1}")


def _target(args: argparse.Namespace, workbench: Workbench, run: RunRecord) -> int | None:
    """Before which run; None for behind all. The first place is that of the run's own priority."""
    if args.before is not None:
        return find_runs(workbench, [args.before])[0].id
    if args.last:
        return None
    same = [
        one
        for one in workbench.store.queue()
        if one.options.priority == run.options.priority or one.id == run.id
    ]
    return same[0].id if same else run.id
