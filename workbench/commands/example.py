"""The built-in example: the same small network in each framework that is there."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from runners.protocol import FRAMEWORKS, Framework, State
from storage.records import RunRecord
from workbench.bench import Workbench
from workbench.commands.compare import comparison_json, print_comparison
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json
from workbench.commands.progress import ProgressLine
from workbench.commands.run_json import run_json
from workbench.commands.waiting import wait_for
from workbench.errors import WorkbenchError
from workbench.requests import RunRequest

EXPERIMENT = "example"


def example(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = [run.id for run in _queue(workbench)]
        ended = wait_for(workbench, ids)
    if args.json:
        print_json({"runs": list(map(run_json, ended)), "comparison": comparison_json(ended)})
    else:
        print_comparison(ended)
    if args.picture:
        _take_picture(args.home, ids, args.picture)
    return 0 if all(run.state is State.FINISHED for run in ended) else 1


def _queue(workbench: Workbench) -> list[RunRecord]:
    found = [workbench.installation(framework) for framework in FRAMEWORKS]
    if all(one.problem for one in found):
        raise WorkbenchError("\n".join(one.problem for one in found))
    there = [one.framework for one in found if not one.problem]
    with ProgressLine(sys.stderr) as progress:
        return [workbench.queue(_request(framework), progress.tell) for framework in there]


def _request(framework: Framework) -> RunRequest:
    return RunRequest(template="mlp", framework=framework, dataset="digits", experiment=EXPERIMENT)


def _take_picture(home: Path | None, run_ids: list[int], path: Path) -> None:
    """Of the window as it compares the runs, drawn without a display."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from workbench.app import picture

        picture(home, path.absolute(), run_ids)
    except (ImportError, RuntimeError) as error:
        raise WorkbenchError(f"the picture of the window could not be made: {error}") from error
    print(f"{path} shows the window", file=sys.stderr)
