"""The command line: the same core as the window, one verb each. Verbs are imported when they are called.

Exit codes: 0 it was done; 1 it went wrong, or the run that was waited for did not finish; 2 what was
asked for makes no sense (an unknown name, a value out of range); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from workbench.commands.parser import UsageError, parse

DONE, WRONG, MISUSED, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        args = parse(words)
    except UsageError as error:
        return _report(error, as_json="--json" in words)
    except SystemExit as done:  # after --help and --version
        return int(done.code or 0)
    module, function = args.handler.split(":")
    try:
        code: int = getattr(import_module(f"workbench.commands.{module}"), function)(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who read our output has left; Python would complain about that once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG
    except Exception as error:
        return _report(error, as_json=args.json)
    return code


def _report(error: Exception, *, as_json: bool) -> int:
    from workbench.commands.errors import report

    return report(error, as_json=as_json)


if __name__ == "__main__":
    sys.exit(main())
