"""The duels that there are: how far they are, and what can be done with them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runners.export.formats import UnknownFormat, get_format
from storage.errors import UnknownDuel
from storage.records import DuelRecord, RunRecord
from workbench.bench import Workbench
from workbench.commands.duel import GOING, follow
from workbench.commands.duel_pages import read_file, require_folders, tell, write_pages
from workbench.commands.exports import export_json, print_exports
from workbench.commands.opening import open_workbench
from workbench.commands.output import (  # fmt: skip
    duration_text,
    print_json,
    print_line,
    print_table,
    time_json,
    time_text,
)
from workbench.commands.parser import UsageError
from workbench.commands.progress import ProgressLine
from workbench.duel.queueing import DuelState
from workbench.duel.results import Results
from workbench.exports.door import Exported

_HEADERS = ("id", "name", "state", "runs", "left", "created")


def duels(args: argparse.Namespace) -> int:
    """List them."""
    with open_workbench(args) as workbench:
        states = workbench.duels.list(trashed=args.trashed)
    if args.json:
        print_json([_json(state) for state in states])
    elif states:
        print_table(_HEADERS, [_row(state) for state in states])
    else:
        print("There is no duel yet: `twinbench duel --template mlp --dataset digits` starts one.")
    return 0


def _row(state: DuelState) -> list[str]:
    return [
        state.record.id[:8],
        state.record.name,
        state.state,
        f"{state.done}/{state.total}",
        duration_text(state.remaining_s),
        time_text(state.record.created),
    ]


def _json(state: DuelState) -> dict[str, Any]:
    return {
        "id": state.record.id,
        "name": state.record.name,
        "created": time_json(state.record.created),
        "state": state.state,
        "done": state.done,
        "total": state.total,
        "remaining_s": state.remaining_s,
        "running": state.running,
        "problems": state.problems,
    }


def show(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        record = workbench.duels.find(args.duel)
        state = workbench.duels.state(record.id)
        runs = workbench.store.duels.runs(record.id)
    if args.json:
        print_json({**_json(state), "runs": [{"id": run.id, "name": run.name, "state": run.state} for run in runs]})  # fmt: skip
        return 0
    print_table(_HEADERS, [_row(state)])
    print()
    print_table(("run", "name", "state", "why"), [[str(run.id), run.name, run.state.value, run.reason] for run in runs])  # fmt: skip
    if state.state not in GOING:
        print()
        print_line(f"`twinbench duels report {record.id[:8]}` tells the verdict")
    return 0


# -- what is asked of one -------------------------------------------------------------------------------
def stop(args: argparse.Namespace) -> int:
    return _do(args, lambda workbench, record: workbench.duels.stop(record.id))


def resume(args: argparse.Namespace) -> int:
    return _do(args, lambda workbench, record: workbench.duels.resume(record.id))


def extend(args: argparse.Namespace) -> int:
    return _do(args, lambda workbench, record: workbench.duels.extend(record.id, args.seeds))


def rename(args: argparse.Namespace) -> int:
    return _do(args, lambda workbench, record: workbench.duels.rename(record.id, args.name))


def delete(args: argparse.Namespace) -> int:
    if args.forever:
        return _delete_forever(args)
    return _do(args, lambda workbench, record: workbench.duels.trash(record.id))


def _delete_forever(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        record = workbench.duels.find(args.duel, trashed=True)
        workbench.duels.delete_forever(record.id)
    if args.json:
        print_json({"id": record.id})
    else:
        print_line(f"deleted for ever: {record.name}")
    return 0


def restore(args: argparse.Namespace) -> int:
    args.trashed = True
    return _do(args, lambda workbench, record: workbench.duels.restore(record.id))


def _do(args: argparse.Namespace, act: Callable[[Workbench, DuelRecord], None]) -> int:
    with open_workbench(args) as workbench:
        record = workbench.duels.find(args.duel, trashed=getattr(args, "trashed", False))
        act(workbench, record)
        if getattr(args, "wait", False):
            args.html = args.markdown = args.csv = None
            args.profile = "research"
            return follow(workbench, record, args)
    if args.json:
        print_json({"id": record.id, "name": record.name})
    return 0


def export(args: argparse.Namespace) -> int:
    """Exit code 1 if one of them could not be made, or did not pass its check."""
    formats = [_format(name) for name in args.formats]
    with open_workbench(args) as workbench:
        record = workbench.duels.find(args.duel)
        with ProgressLine(sys.stderr) as progress:
            found = workbench.duels.export(record.id, formats, on_progress=progress.tell)
        if args.json:
            print_json([_made_json(workbench, run, one) for run, one in found])
        else:
            print_exports(workbench, [one.record for _, one in found if one.record])
    bad = [(run, one) for run, one in found if one.problem]
    for run, one in bad:
        print_line(f"twinbench: {run.name}, {one.format}: {one.problem}", sys.stderr)
    if not args.json:
        print_line(f"`twinbench duels report {record.id[:8]}` tells the rows deployment and mobile")
    return 1 if bad else 0


def _format(name: str) -> str:
    """Raises UsageError."""
    try:
        return get_format(name).id
    except UnknownFormat as error:
        raise UsageError(str(error)) from error


def _made_json(workbench: Workbench, run: RunRecord, one: Exported) -> dict[str, Any]:
    record = export_json(workbench, one.record) if one.record else None
    return {"run": run.id, "format": one.format, "problem": one.problem, "export": record}


# -- what it found --------------------------------------------------------------------------------------
def report(args: argparse.Namespace) -> int:
    require_folders(args)
    with open_workbench(args) as workbench:
        results = workbench.duels.results(workbench.duels.find(args.duel).id)
    tell(results, args)
    return 0


def beside(args: argparse.Namespace) -> int:
    from workbench.duel.beside import document
    from workbench.report.markdown import to_markdown

    require_folders(args)
    with open_workbench(args) as workbench:
        page = document(_results(workbench, args.one), _results(workbench, args.other))
    written = write_pages(page, args)
    if args.json:
        print_json({"files": written, "markdown": to_markdown(page)})
    elif written:
        for path in written:
            print_line(str(path))
    else:
        print(to_markdown(page))
    return 0


def _results(workbench: Workbench, text: str) -> Results:
    """Of a file, or of a duel of the home. Raises WorkbenchError and UnknownDuel."""
    if Path(text).is_file():
        return read_file(Path(text))
    try:
        return workbench.duels.results(workbench.duels.find(text).id)
    except UnknownDuel as error:
        raise UnknownDuel(f"{error} There is no file of that name either.") from error
