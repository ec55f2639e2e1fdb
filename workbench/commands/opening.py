"""What verbs need from the history."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from storage.errors import QueryError
from storage.records import RunList, RunQuery, RunRecord
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
        text = query.filter.replace("\n", " ")
        mark = " " * error.start + "^" * max(1, error.stop - error.start)
        raise UsageError(f"{error}\n  {text}\n  {mark}") from error


def now() -> int:
    """UTC, microseconds since 1970."""
    return int(time() * 1e6)
