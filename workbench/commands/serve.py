"""Asking an exported model over the network: serving it on this machine, or writing the folder that a server takes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line
from workbench.commands.parser import UsageError
from workbench.errors import WorkbenchError
from workbench.processes import Message, ask, run_lines


def serve(args: argparse.Namespace) -> int:
    if (args.server is None) != (args.output is None):
        raise UsageError("--for and --output belong together: the server, and the folder to write")
    with open_workbench(args) as workbench:
        export = workbench.exports.find(args.export)
        folder = workbench.exports.folder(export.id)
        if export.passed is False:
            _log(f"e{export.id} did not pass its check; `twinbench exports show e{export.id}` says why")  # fmt: skip
        if args.server:
            return _write(folder, args)
        interpreter = workbench.exports.interpreter(workbench.store.run(export.run_id))
    command = _command(interpreter, "serve", folder, ["--port", str(args.port)])
    return _serve(command, f"e{export.id}", as_json=args.json)


def _write(folder: Path, args: argparse.Namespace) -> int:
    output: Path = args.output.absolute()
    words = ["--for", args.server, "--output", str(output)]
    ask(_command(sys.executable, "pack", folder, words), lambda _text, _fraction: None, _log)
    if args.json:
        print_json({"folder": output, "server": args.server})
    else:
        print_line(f"{output} is written; README.md in it says how to begin")
    return 0


def _serve(command: Sequence[str], name: str, *, as_json: bool) -> int:
    """Until it is interrupted."""
    problem = ""

    def take(message: Message) -> None:
        nonlocal problem
        problem = str(message.get("error", problem))
        if url := message.get("serving"):
            about = {"export": name, "url": url}
            hint = f"{name} answers at {url}; {url}/docs says how to ask it, Ctrl+C ends it"
            print(json.dumps(about) if as_json else hint, flush=True)

    with suppress(KeyboardInterrupt):
        code = run_lines(command, take, _log)
        if problem or code:
            raise WorkbenchError(problem or f"the service ended by itself, with exit code {code}")
    return 0


def _command(interpreter: str, verb: str, folder: Path, words: Sequence[str]) -> list[str]:
    return [interpreter, "-m", "runners.export", verb, str(folder), *words]


def _log(line: str) -> None:
    print_line(line, sys.stderr)
