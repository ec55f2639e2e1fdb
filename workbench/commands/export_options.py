"""What the command line understands of exported models. Importing this loads nothing but argparse."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Protocol

CHECKPOINTS = ("best", "last")
SERVERS = ("tensorflow-serving", "triton", "fastapi", "tfx")
STAGES = ("none", "candidate", "production", "archived")


class Verbs(Protocol):
    def add(
        self, name: str, handler: str, help_text: str, **given: Any
    ) -> argparse.ArgumentParser: ...


def add_export(verbs: Verbs) -> None:
    """The verb that makes them."""
    export = verbs.add(
        "export", "exporting:export", "make a trained model into files that run elsewhere"
    )
    add = export.add_argument
    add("run", metavar="RUN", help="its id or its name")
    add(
        "--to",
        dest="formats",
        nargs="+",
        default=[],
        metavar="FORMAT",
        help="such as onnx; without any, list what the run can be exported to",
    )
    add("--all", action="store_true", help="every format that can be made here")
    add(
        "--checkpoint",
        choices=CHECKPOINTS,
        default="",
        help="whose weights (default: those that were tested)",
    )
    add("--no-measure", action="store_true", help="make and check them, but measure no speed")


def add_exports(acts: Verbs) -> None:
    """What is done with those that there are."""
    add_which(acts.add("list", "exports:exports", "list them"), default=argparse.SUPPRESS)
    show = acts.add("show", "exports:show", "show all that is known of an exported model")
    rename = acts.add("rename", "exports:rename", "give an exported model another name")
    stage = acts.add("stage", "exports:stage", "say what exported models are taken for")
    delete = acts.add(
        "delete", "exports:delete", "move exported models to the trash", aliases=["trash"]
    )
    restore = acts.add("restore", "exports:restore", "bring deleted ones back")
    measure = acts.add(
        "measure", "exports:measure", "check what was not checked, and measure again"
    )
    for verb in (show, rename):
        verb.add_argument("export", metavar="EXPORT", help=_HOW)
    rename.add_argument("name", metavar="NAME")
    for verb in (stage, delete, restore, measure):
        verb.add_argument("exports", nargs="+", metavar="EXPORT", help=_HOW)
    stage.add_argument("--as", dest="stage", required=True, choices=STAGES, help="its new stage")
    delete.add_argument(
        "--forever", action="store_true", help="remove those that are in the trash, with all files"
    )


def add_serve(verbs: Verbs) -> None:
    """The verb that lets them be asked over the network."""
    serve = verbs.add(
        "serve",
        "serve:serve",
        "answer for an exported model on this machine, or write a server's folder",
    )
    add = serve.add_argument
    add("export", metavar="EXPORT", help=_HOW)
    add("--port", type=int, default=8000, help="of 127.0.0.1 (default: 8000; 0 is a free one)")
    add("--for", dest="server", choices=SERVERS, help="write a folder that this server takes")
    add("--output", type=Path, metavar="DIR", help="the folder to write; it must be new or empty")


def add_which(verb: argparse.ArgumentParser, default: Any = None) -> None:
    """Which ones to list."""
    verb.add_argument("--run", dest="runs", action="append", metavar="RUN", default=default, help="only those of this run; repeat")  # fmt: skip
    verb.add_argument(
        "--trashed", action="store_true", default=default or False, help="the deleted ones instead"
    )


_HOW = "its number, such as e3, or its name"
