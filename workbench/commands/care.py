"""Looking after the history: check it, make it again, copy it."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing, suppress
from dataclasses import asdict
from time import monotonic, sleep

from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.backup import backup as copy_history
from storage.check import Finding
from storage.check import check as find_damage
from storage.home import Home
from storage.rebuild import rebuild as make_again
from storage.store import Store, StoreError
from workbench.bench import Workbench
from workbench.commands.output import print_json, print_line
from workbench.commands.progress import ProgressLine
from workbench.paths import default_home

_PATIENCE_S = 30.0
_LOOK_S = 0.05


def check(args: argparse.Namespace) -> int:
    with ProgressLine(sys.stderr) as progress:
        found = find_damage(
            _home(args), lambda done, of: progress.tell("looking at runs", done / max(1, of))
        )
    has_error = any(finding.level == "error" for finding in found)
    if args.json:
        print_json({"sound": not has_error, "findings": [asdict(finding) for finding in found]})
    else:
        _print(found)
    return 1 if has_error else 0


def _print(found: list[Finding]) -> None:
    for finding in found:
        print_line(f"{finding.level}: {finding.what}")
        if finding.mend:
            print_line(f"  {finding.mend}")
    if not found:
        print_line("all is well")


def rebuild(args: argparse.Namespace) -> int:
    home = _home(args)
    _let_scheduler_leave(home)
    with ProgressLine(sys.stderr) as progress:
        rebuilt = make_again(
            home, lambda done, of: progress.tell("reading the folders of runs", done / max(1, of))
        )
    with Workbench.open(home.path) as workbench:
        workbench.keep_scheduler()
    if args.json:
        print_json(asdict(rebuilt))
        return 0
    print_line(f"the history has {rebuilt.runs:,} runs with {rebuilt.points:,} points")
    if rebuilt.damaged_bytes:
        print_line(f"{rebuilt.damaged_bytes:,} bytes of event files could not be read")
    for problem in rebuilt.problems:
        print_line(f"  {problem}")
    if rebuilt.kept:
        print_line(f"the old history is kept as {rebuilt.kept}")
    return 0


def backup(args: argparse.Namespace) -> int:
    target = args.to.expanduser().absolute() if args.to else None
    path = copy_history(_home(args), target)
    if args.json:
        print_json({"backup": path, "bytes": path.stat().st_size})
    else:
        print_line(str(path))
    return 0


def _home(args: argparse.Namespace) -> Home:
    return Home((args.home or default_home()).absolute())


def _let_scheduler_leave(home: Home) -> None:
    """Where the history can still be read; where it cannot, the scheduler has let go of the home by itself."""
    if not home.database.exists():
        return
    with suppress(StoreError), closing(Store.open(home)) as store:
        deadline = monotonic() + _PATIENCE_S
        stop_scheduler(store)
        while scheduler_alive(store) and monotonic() < deadline:
            sleep(_LOOK_S)
