"""What verbs need from the history."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from storage.records import RunRecord

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


def now() -> int:
    """UTC, microseconds since 1970."""
    return int(time() * 1e6)
