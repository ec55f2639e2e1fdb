"""No verb: the window."""

from __future__ import annotations

import argparse
import gc

from workbench.display import missing_display
from workbench.errors import WorkbenchError


def open_window(args: argparse.Namespace) -> int:
    if problem := missing_display():
        raise WorkbenchError(problem)
    gc.disable()  # an import leaves no garbage, and looking for it costs a sixth of the start; the window collects by itself
    try:
        from workbench.app import main
    except ImportError as error:
        gc.enable()
        raise WorkbenchError(
            f"the window cannot be opened, for Qt does not load: {error}. "
            "From a checkout `python3 dev.py run` installs what it needs, or says how"
        ) from error
    return main(args.home)
