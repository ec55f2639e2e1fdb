"""What went wrong, as a message instead of a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping

from runners.datasets import UnknownDataset
from runners.datasets.dataset import DatasetError
from runners.templates import UnknownTemplate
from storage.errors import UnknownDuel, UnknownExport
from storage.store import StoreError, UnknownRun
from workbench.commands.output import print_json, printable_lines
from workbench.commands.parser import UsageError
from workbench.errors import WorkbenchError
from workbench.requests import InvalidRequest
from workbench.settings import SettingError
from workbench.tensorboard.launcher import TensorBoardError

TRACEBACK_VARIABLE = "TWINBENCH_TRACEBACK"
_MISUSE = (
    UsageError,
    InvalidRequest,
    SettingError,
    UnknownDuel,
    UnknownExport,
    UnknownRun,
    UnknownTemplate,
    UnknownDataset,
)
_KNOWN = (*_MISUSE, DatasetError, StoreError, WorkbenchError, TensorBoardError, OSError)


def report(error: Exception, *, as_json: bool) -> int:
    """Say it on stderr, with ``--json`` also on stdout; returns the exit code."""
    problems: Mapping[str, str] = error.problems if isinstance(error, InvalidRequest) else {}
    message = _message(error)
    print(printable_lines(f"twinbench: {message}"), file=sys.stderr)
    if as_json:
        print_json({"error": message, "problems": problems})
    return 2 if isinstance(error, _MISUSE) else 1


def _message(error: Exception) -> str:
    if isinstance(error, InvalidRequest) and len(error.problems) > 1:
        lines = (f"  {name}: {text}" for name, text in error.problems.items())
        return "\n".join(["this cannot be trained", *lines])
    if isinstance(error, _KNOWN):
        return str(error)
    if os.environ.get(TRACEBACK_VARIABLE):
        return traceback.format_exc()
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"an error that should not happen: {type(error).__name__}: {error} "
        f"({where.filename}:{where.lineno}); {TRACEBACK_VARIABLE}=1 shows more"
    )
