"""What the history tells of a run: all that is known, a curve, a log."""

from __future__ import annotations

import argparse
import codecs
import json
import sys
from collections.abc import Iterator
from time import sleep

from runners.protocol import RunSpec
from storage.records import RunRecord
from storage.store import Series
from workbench.bench import Workbench
from workbench.commands.opening import now, open_workbench
from workbench.commands.output import (
    duration_text,
    number_text,
    print_json,
    print_pairs,
    print_table,
    printable_lines,
    since_text,
    strict,
    time_text,
    until_text,
    value_text,
)
from workbench.commands.parser import UsageError
from workbench.commands.run_json import journal_json, run_json

_LOG_BYTES = 1 << 16
_LOOK_S = 0.1


def show(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        workbench.keep_scheduler()
        run = workbench.store.find_run(args.run)
        journal = workbench.store.journal(run.id)
        described = run_json(run, workbench.store.artifacts(run.id))
    if args.json:
        print_json({**described, "journal": journal_json(journal)})
        return 0
    print_pairs(_facts(run))
    print("\nparameters")
    print_pairs({f"  {name}": value_text(value) for name, value in run.spec.parameters.items()})
    if run.summary:
        print()
        _print_summary(run)
    print("\njournal")
    print_table(["  time", "what"], [[f"  {time_text(one.time)}", one.text] for one in journal])
    return 0


def _what(spec: RunSpec) -> dict[str, str]:
    framework = spec.framework.display_name
    if script := spec.script:
        return {
            "script": script.path,
            "arguments": " ".join(script.command_line),
            "started in": script.folder,
            "interpreter": spec.interpreter,
            "framework": framework,
        }
    return {
        "template": f"{spec.template} on {spec.dataset}",
        "framework": f"{framework}, {spec.mode}",
        "seed": str(spec.seed),
    }


def _facts(run: RunRecord) -> dict[str, str]:
    spec = run.spec
    facts = {
        "run": f"{run.id} {run.name}",
        "experiment": run.experiment,
        "tags": ", ".join(run.tags),
        "state": f"{run.state}: {run.reason}" if run.reason else run.state,
        **_what(spec),
        "device": run.assigned_device or spec.device,
        "queue": _queue_text(run),
        "stalled": "" if run.stalled is None else _stalled_text(run.stalled),
        "next step": "" if run.deadline is None else f"in {until_text(run.deadline)}",
        "attempt": "" if run.attempt == 1 else str(run.attempt),
        "parent": "" if run.parent is None else f"run {run.parent}",
        "damage": _damage_text(run),
        "created": time_text(run.created),
        "started": time_text(run.started),
        "ended": time_text(run.ended),
        "duration": duration_text(run.duration_s(now())),
        "process": "" if run.pid is None else str(run.pid),
        "exit code": "" if run.exit_code is None else str(run.exit_code),
        "deleted": time_text(run.trashed),
        "folder": run.folder,
    }
    return {name: text for name, text in facts.items() if text}


def _queue_text(run: RunRecord) -> str:
    """How it waits, where that is not the usual way."""
    options = run.options
    words = [f"priority {options.priority}"] if options.priority else []
    words += ["held"] if options.held else []
    words += ["to run alone"] if options.alone else []
    return ", ".join(words)


def _stalled_text(since: int) -> str:
    return f"the trainer lives and shows no sign of life since {time_text(since)} ({since_text(since)})"


def _damage_text(run: RunRecord) -> str:
    if not run.damaged_bytes:
        return ""
    return (
        f"{run.damaged_bytes:,} bytes of its event files cannot be read; their points are missing"
    )


def _print_summary(run: RunRecord) -> None:
    rows = [
        [
            name,
            number_text(one.last),
            number_text(one.best),
            number_text(one.minimum),
            number_text(one.maximum),
            f"{one.count:,}",
        ]
        for name, one in run.summary.items()
    ]
    headers = ["metric", "last", "best", "min", "max", "points"]
    print_table(headers, rows, right="last best min max points")


def curve(args: argparse.Namespace) -> int:
    """Every point. As CSV: step, UTC seconds since 1970, value, in full precision."""
    with open_workbench(args) as workbench:
        run = workbench.store.find_run(args.run)
        metrics = workbench.store.metrics(run.id)
        if args.metric not in metrics:
            known = f"it has: {', '.join(metrics)}" if metrics else "it has none yet"
            raise UsageError(f"run {run.id} has no metric {args.metric!r}; {known}")
        series = workbench.store.series(run.id, args.metric)
    if args.json:
        columns = {
            name: column.tolist() for name, column in zip(series._fields, series, strict=True)
        }
        print(json.dumps(strict({"run": run.id, "metric": args.metric, **columns})))
    else:
        sys.stdout.writelines(_point_lines(series, as_csv=args.csv))
    return 0


def _point_lines(series: Series, *, as_csv: bool) -> Iterator[str]:
    yield "step,time,value\n" if as_csv else f"{'step':>12}  {'seconds':>12}  value\n"
    start = float(series.times[0]) if len(series.times) else 0.0
    points = zip(*(column.tolist() for column in series), strict=True)
    for step, time, value in points:
        if as_csv:
            yield f"{step},{time!r},{value!r}\n"
        else:
            yield f"{step:>12,}  {time - start:>12.3f}  {value:.10g}\n"


def log(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        run = workbench.store.find_run(args.run)
        pieces = _log_pieces(workbench, run.id, follow=args.follow)
        if args.json:
            print_json({"run": run.id, "log": "".join(pieces)})
            return 0
        for piece in pieces:
            sys.stdout.write(printable_lines(piece) if sys.stdout.isatty() else piece)
            sys.stdout.flush()
    return 0


def _log_pieces(workbench: Workbench, run_id: int, *, follow: bool) -> Iterator[str]:
    """The log as it is; to follow, also what comes until the run has ended."""
    path = workbench.home.run_folder(run_id).log
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    offset = 0
    while True:
        # Asked before reading: what was printed before the end is then read after it.
        is_over = not follow or workbench.store.run(run_id).state.final
        data = b""
        if path.exists():
            with open(path, "rb") as file:
                file.seek(offset)
                data = file.read(_LOG_BYTES)
        offset += len(data)
        if data:
            yield decoder.decode(data)
        elif is_over:
            yield decoder.decode(b"", final=True)
            return
        else:
            sleep(_LOOK_S)
