"""Starting a duel, waiting for it, and telling its verdict."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from time import monotonic, sleep

from runners.parameters import Integer, ParameterError
from runners.protocol import Framework, Mode, Scalar
from storage.home import Home
from storage.records import DuelRecord
from workbench.bench import Workbench
from workbench.commands.duel_pages import require_folders, tell
from workbench.commands.opening import open_workbench
from workbench.commands.output import duration_text, print_json, print_line
from workbench.commands.parser import UsageError, assignment
from workbench.commands.progress import ProgressLine, bar, run_line
from workbench.duel.checking import check_match, read_scaled
from workbench.duel.match import Contestant, Match, Scaling, Target
from workbench.duel.queueing import DuelState
from workbench.paths import default_home
from workbench.requests import InvalidRequest

GOING = ("queued", "running", "stopping", "held")
_SEEDS = Integer(name="seeds", title="Seeds", help="", default=3, minimum=1, maximum=1000)
_LOOK_S = 0.5
_SCHEDULER_S = 5.0


def duel(args: argparse.Namespace) -> int:
    match = match_of(args)
    require_folders(args)
    home = Home(args.home or default_home())
    check_match(match, home.datasets, home.templates)  # before a home is made for nothing
    with open_workbench(args) as workbench:
        with ProgressLine(sys.stderr) as progress:
            record = workbench.duels.start(match, progress.tell)
        if not args.no_wait:
            return follow(workbench, record, args)
        if args.json:
            print_json({"id": record.id, "name": record.name})
        else:
            print_line(record.id)
    return 0


def follow(workbench: Workbench, record: DuelRecord, args: argparse.Namespace) -> int:
    """Show progress until it ends, then its verdict; returns the exit code."""
    state = wait_for(workbench, record)
    tell(workbench.duels.results(record.id), args)
    return 0 if state.state == "finished" else 1


# -- what is asked for --------------------------------------------------------------------------------
def match_of(args: argparse.Namespace) -> Match:
    """Raises UsageError and InvalidRequest."""
    if args.again is not None:
        return _again(args)
    if not (args.template and args.dataset):
        raise UsageError("a duel needs --template and --dataset, or --again with the file of one")
    return Match(
        template=args.template,
        dataset=args.dataset,
        contestants=tuple(contestants(args.contestants, args.vary)),
        seeds=tuple(range(_seeds(args.seeds))),
        parameters=dict(args.parameters),
        device=args.device or "auto",
        target=_target(args.target),
        name=args.name,
        scaling=_scaling(args),
    )


def _again(args: argparse.Namespace) -> Match:
    """The match of a file, on the device and under the name that are asked for."""
    from dataclasses import replace

    from workbench.commands.duel_pages import read_file

    given = (args.template, args.dataset, args.parameters, args.vary, args.target, args.seeds, args.scale_batch, args.scale_threads, args.largest_batch)  # fmt: skip
    if any(given):
        raise UsageError("--again trains what stands in the file: only --device and --name can be changed")  # fmt: skip
    match = read_file(args.again).match
    return replace(match, device=args.device or match.device, name=args.name or match.name)


def contestants(text: str, varied: Sequence[str] = ()) -> Iterator[Contestant]:
    sets = list(product(*map(_values, varied)))
    for word in filter(None, (one.strip() for one in text.split(","))):
        framework, _, mode = word.lower().partition(":")
        try:
            which = Framework(framework), Mode(mode or Mode.EAGER)
        except ValueError:
            raise InvalidRequest({"contestants": f"{word!r} is no framework with a mode, such as pytorch:graph or tensorflow:fit"}) from None  # fmt: skip
        for values in sets:
            parameters: dict[str, Scalar] = dict(values)
            yield Contestant(*which, parameters)


def _values(text: str) -> list[tuple[str, str]]:
    try:
        name, values = assignment(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--vary: {error}") from error
    return [(name, one.strip()) for one in values.split(";" if ";" in values else ",")]


def _seeds(text: str | None) -> int:
    try:
        count = _SEEDS.parse(text) if text is not None else _SEEDS.default
    except ParameterError as error:
        raise InvalidRequest({"seeds": str(error)}) from error
    assert isinstance(count, int)
    return count


def _scaling(args: argparse.Namespace) -> Scaling | None:
    """Raises InvalidRequest."""
    values, problems = read_scaled({"batch_size": args.scale_batch, "threads": args.scale_threads})
    if problems:
        raise InvalidRequest(problems)
    asked = Scaling(values["batch_size"], values["threads"], args.largest_batch)
    return None if asked == Scaling() else asked


def _target(text: str) -> Target | None:
    if not text:
        return None
    metric, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not metric or math.isnan(value):
        raise InvalidRequest({"target": f"{text!r} is not of the form METRIC=NUMBER, such as val/accuracy=0.9"})  # fmt: skip
    return Target(metric.strip(), value)


# -- waiting --------------------------------------------------------------------------------------------
def wait_for(workbench: Workbench, record: DuelRecord) -> DuelState:
    """Until none of its runs goes on. An interruption is passed on after saying that they do."""
    try:
        with ProgressLine(sys.stderr) as line:
            return _wait(workbench, record, line)
    except KeyboardInterrupt:
        name = Path(record.id[:8])
        print(
            f"the duel goes on; `twinbench duels show {name}` shows it, `twinbench duels stop {name}` stops it",
            file=sys.stderr,
        )
        raise


def _wait(workbench: Workbench, record: DuelRecord, line: ProgressLine) -> DuelState:
    looked_after, told = monotonic(), 0
    while True:
        state = workbench.duels.state(record.id)
        for problem in state.problems[told:]:
            line.keep(problem)
        told = len(state.problems)
        if state.state not in GOING:
            return state
        line.show(*_progress(workbench, state))
        if monotonic() - looked_after > _SCHEDULER_S:
            looked_after = monotonic()
            workbench.start_scheduler()
        sleep(_LOOK_S)


def _progress(workbench: Workbench, state: DuelState) -> tuple[str, str]:
    """For a terminal, and, shorter, where each line stays."""
    runs = workbench.store.runs_by_id(state.running)
    words = [f"{bar(state.done / state.total)} {state.done}/{state.total}"]
    if state.remaining_s is not None:
        words.append(f"{duration_text(state.remaining_s)} left")
    words += [run_line(run) for run in runs] or [state.state]
    names = [run.name for run in runs] or [state.state]
    return "  ".join(words), f"{state.done}/{state.total}  {', '.join(names)}"
