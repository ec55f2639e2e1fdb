"""What the command line understands of duels. Importing this loads nothing but argparse."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Protocol

_OWN_JSON = {"conflict_handler": "resolve"}
"""Every verb has ``--json``; these have one of their own, which may name a file."""
PROFILES = ("research", "production", "edge", "teaching")
CONTESTANTS = "pytorch:eager,pytorch:graph,tensorflow:eager,tensorflow:graph,tensorflow:fit"


class Verbs(Protocol):
    def add(
        self, name: str, handler: str, help_text: str, **given: Any
    ) -> argparse.ArgumentParser: ...


def add_duel(verbs: Verbs) -> argparse.ArgumentParser:
    """The verb that starts one."""
    duel = verbs.add(
        "duel", "duel:duel", "measure the frameworks against each other, and judge", **_OWN_JSON
    )
    add = duel.add_argument
    add("--template", default="", metavar="T", help="see `twinbench templates`")
    add("--dataset", default="", metavar="D", help="see `twinbench datasets`")
    add(
        "--contestants",
        default=CONTESTANTS,
        metavar="F:M,...",
        help=f"frameworks with their modes: eager, graph, xla, fit (default {CONTESTANTS})",
    )
    add(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=A,B",
        help="let each contestant train with each of these values; with ; between lists; repeat",
    )
    add("--seeds", default=None, metavar="N", help="how many trainings of each (default 3)")
    add("--target", default="", metavar="M=X", help="such as val/accuracy=0.9")
    add(
        "--scale-batch",
        default="",
        metavar="N,N,...",
        help="also measure the speed with batches of these sizes, in one short run each",
    )
    add("--scale-threads", default="", metavar="N,N,...", help="the same with numbers of threads")
    add("--largest-batch", action="store_true", help="also find the largest that the GPU can hold")
    add("--device", default=None, help="auto (default), cpu, cuda:N or mps")
    add("--name", default="", metavar="N", help="default: template on dataset")
    add("--again", type=Path, metavar="FILE", help="the duel of a JSON file once more")
    add("--no-wait", action="store_true", help="only queue it, and print its id")
    add_pages(duel)
    return duel


def add_duels(acts: Verbs) -> None:
    """What is done with those that there are."""
    show = acts.add("show", "duels:show", "show how far a duel is, its runs and its verdict")
    stop = acts.add("stop", "duels:stop", "stop the runs of a duel; what has finished stays")
    resume = acts.add("resume", "duels:resume", "queue again what did not finish")
    extend = acts.add("extend", "duels:extend", "let each contestant train with more seeds")
    export = acts.add(
        "export", "duels:export", "export its trainings, for the rows deployment and mobile"
    )
    rename = acts.add("rename", "duels:rename", "give a duel another name")
    delete = acts.add("delete", "duels:delete", "move a duel to the trash with its runs")
    delete.add_argument(
        "--forever",
        action="store_true",
        help="remove one that is in the trash, with its runs and all files",
    )
    restore = acts.add("restore", "duels:restore", "bring a deleted duel back with its runs")
    report = acts.add(
        "report",
        "duels:report",
        "tell the verdict, or write it and the raw numbers into files",
        **_OWN_JSON,
    )
    beside = acts.add("beside", "duels:beside", "lay two duels side by side")
    for verb in (show, stop, resume, extend, export, rename, delete, restore, report):
        verb.add_argument("duel", metavar="DUEL", help="its name or the beginning of its id")
    extend.add_argument("seeds", metavar="N", help="how many more")
    export.add_argument("--to", dest="formats", nargs="+", default=[], metavar="FORMAT", help="such as onnx; without any, all that can be made here")  # fmt: skip
    rename.add_argument("name", metavar="NAME")
    for verb in (resume, extend):
        verb.add_argument("--wait", action="store_true", help="show progress until it ends")
    add_pages(report)
    for name in ("one", "other"):
        beside.add_argument(name, metavar=name.upper(), help="a duel, or the JSON file of one")
    beside.add_argument("--html", type=Path, metavar="FILE", help="write a page")
    beside.add_argument("--markdown", type=Path, metavar="FILE", help="write a page as Markdown")


def add_pages(verb: argparse.ArgumentParser) -> None:
    """The files that a duel goes into. ``--json`` alone prints what it would write into a file."""
    add = verb.add_argument
    add("--html", type=Path, metavar="FILE", help="write the verdict as a page of its own")
    add("--markdown", type=Path, metavar="FILE", help="write it as Markdown, pictures beside it")
    add("--csv", type=Path, metavar="FILE", help="write a row for each contestant, seed and figure")
    add(
        "--json",
        nargs="?",
        type=Path,
        const=True,
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="write all of it, to be judged or run again elsewhere; without FILE, print it",
    )
    add(
        "--profile",
        choices=PROFILES,
        default=PROFILES[0],
        help="whose weights the verdict is for: research (default), production, edge, teaching",
    )
