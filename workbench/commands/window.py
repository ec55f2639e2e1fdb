"""No verb: the window."""

from __future__ import annotations

import argparse

from workbench.bench import WorkbenchError
from workbench.display import missing_display


def open_window(args: argparse.Namespace) -> int:
    if problem := missing_display():
        raise WorkbenchError(problem)
    from workbench.app import main

    return main(args.home)
