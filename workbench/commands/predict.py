"""Asking a trained or exported model about files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from runners.export.facts import Facts
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line, printable_lines
from workbench.commands.parser import UsageError
from workbench.trying.client import Asker, asking
from workbench.trying.files import Given, given_text, read_given
from workbench.trying.said import as_json, in_words
from workbench.trying.subjects import find_subject, require


def predict(args: argparse.Namespace) -> int:
    if not args.files and args.text is None:
        raise UsageError("name the files to predict, or give a text with --text TEXT")
    with open_workbench(args) as workbench:
        subject = find_subject(workbench, args.model, args.checkpoint)
        target = require(subject)
    with asking(target) as asker:
        facts = asker.facts(lambda text: None if args.json else _tell(text))
        samples = _samples(args, facts)
        told = [_asked(asker, facts, sample, args) for sample in samples]
    if args.json:
        print_json({"model": subject.title, "format": facts.format, "task": facts.task, "predictions": told})  # fmt: skip
    return 0


def _tell(text: str) -> None:
    if sys.stderr.isatty() and text:
        print_line(f"{text} …", sys.stderr)


def _samples(args: argparse.Namespace, facts: Facts) -> list[Given]:
    """Raises WorkbenchError."""
    invert = {"yes": True, "no": False}.get(args.invert)
    found = [] if args.text is None else [given_text(args.text, facts)]
    for file in args.files:
        found += read_given(Path(file), facts, invert=invert)
    return found


def _asked(asker: Asker, facts: Facts, sample: Given, args: argparse.Namespace) -> dict[str, Any]:
    """The answer as JSON; printed for people."""
    done = asker.ask("predict", **sample.question)
    answer = done["answers"][0]
    told = {"sample": sample.name, "seconds": done["seconds"], **as_json(facts, answer)}
    if not args.json:
        print_line(f"{sample.name}: {in_words(facts, answer)}")
    if args.write and facts.vocabulary is not None:
        told["text"] = _written(asker, facts, sample, args)
        if not args.json:
            print(printable_lines(told["text"]))
    return told


def _written(asker: Asker, facts: Facts, sample: Given, args: argparse.Namespace) -> str:
    """The text and how it goes on."""
    assert facts.vocabulary is not None
    tokens = list(sample.tokens)
    asker.ask(
        "write", lambda part: tokens.extend(part["tokens"]),
        tokens=list(tokens), count=args.write, temperature=args.temperature, seed=args.seed,
    )  # fmt: skip
    return facts.vocabulary.decode(tokens)
