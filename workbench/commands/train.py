"""Queueing a run and waiting for it."""

from __future__ import annotations

import argparse
import sys

from runners.protocol import State
from storage.home import Home
from storage.records import RunRecord, main_metric
from workbench.bench import Workbench
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line
from workbench.commands.progress import ProgressLine
from workbench.commands.run_json import run_json
from workbench.commands.waiting import wait_for
from workbench.paths import default_home
from workbench.requests import RunRequest, check_request


def run(args: argparse.Namespace) -> int:
    request = RunRequest(
        template=args.template,
        framework=args.framework,
        dataset=args.dataset,
        mode=args.mode,
        parameters=dict(args.parameters),
        seed=args.seed,
        device=args.device,
        name=args.name,
        experiment=args.experiment,
        tags=tuple(args.tags),
        priority=args.priority,
        held=args.hold,
        alone=args.alone,
        interpreter=args.interpreter,
    )
    home = Home(args.home or default_home())
    check_request(request, home.datasets, home.templates)  # before a home is made for nothing
    with open_workbench(args) as workbench:
        with ProgressLine(sys.stderr) as progress:
            queued = workbench.queue(request, progress.tell)
        return follow(workbench, queued, args)


def follow(workbench: Workbench, queued: RunRecord, args: argparse.Namespace) -> int:
    """Tell of a run that was queued and, where that is wanted, wait for it; returns the exit code."""
    if not args.json:
        print(queued.id, flush=True)
    if not args.wait:
        return _tell_queued(workbench, queued, as_json=args.json)
    (ended,) = wait_for(workbench, [queued.id])
    return _tell_ended(workbench, ended, as_json=args.json)


def _tell_queued(workbench: Workbench, queued: RunRecord, *, as_json: bool) -> int:
    if as_json:
        print_json(run_json(queued, workbench.store.artifacts(queued.id)))
    else:
        print_line(f"{queued.name} is {'held' if queued.options.held else 'queued'}", sys.stderr)
    return 0


def _tell_ended(workbench: Workbench, ended: RunRecord, *, as_json: bool) -> int:
    if as_json:
        print_json(run_json(ended, workbench.store.artifacts(ended.id)))
    elif metric := main_metric(ended):
        print(f"{metric} {ended.summary[metric].last:.6g}")
    return 0 if ended.state is State.FINISHED else 1
