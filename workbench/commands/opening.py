"""What verbs need from the history."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from storage.errors import QueryError
from storage.records import RunList, RunQuery, RunRecord, Scope
from workbench.commands.parser import UsageError

if TYPE_CHECKING:
    from workbench.bench import Workbench


def open_workbench(args: argparse.Namespace) -> Workbench:
    """Imported here, since not every verb needs the database's packages. Raises StoreError."""
    from workbench.bench import Workbench

    return Workbench.open(args.home)


def find_runs(workbench: Workbench, names: Sequence[str]) -> list[RunRecord]:
    """The runs of these ids or names, each once. Raises UnknownRun."""
    found = [workbench.store.find_run(name) for name in names]
    return list({run.id: run for run in found}.values())


def find_by_filter(workbench: Workbench, query: RunQuery) -> RunList:
    """The runs that a typed filter lets through. Raises UsageError, which points at what cannot be understood."""
    try:
        return workbench.store.find(query)
    except QueryError as error:
        raise pointed(error, query.filter) from error


def pointed(error: QueryError, text: str) -> UsageError:
    """With a line that marks the place in what was typed."""
    line = "".join(one if one.isprintable() else " " for one in text)
    mark = " " * error.start + "^" * max(1, error.stop - error.start)
    return UsageError(f"{error}\n  {line}\n  {mark}")


def chosen_runs(
    workbench: Workbench, args: argparse.Namespace, scope: Scope = Scope.LISTED
) -> list[RunRecord]:
    """The named runs, then those of a part of the history that ``--filter`` lets through. Raises UsageError if there is none."""
    runs = find_runs(workbench, args.runs)
    if args.filter is not None:
        named = {run.id for run in runs}
        ids = find_by_filter(workbench, RunQuery(args.filter, scope=scope)).ids
        runs += workbench.store.runs_by_id([each for each in ids if each not in named])
        if not runs:
            raise UsageError("no run passes the filter")
    if not runs:
        raise UsageError("name the runs, or find them with --filter EXPRESSION")
    return runs


def now() -> int:
    """UTC, microseconds since 1970."""
    return int(time() * 1e6)
