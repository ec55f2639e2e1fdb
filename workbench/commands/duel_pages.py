"""What a duel found, on the terminal and in files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill

from workbench.commands.output import print_line, print_table, printable
from workbench.commands.parser import UsageError
from workbench.duel import files, scaling
from workbench.duel.page import document, totals_table
from workbench.duel.results import Results
from workbench.duel.verdict import judge
from workbench.duel.weights import PROFILES
from workbench.errors import WorkbenchError
from workbench.report.document import Document
from workbench.report.markdown import write_html, write_markdown


def require_folders(args: argparse.Namespace) -> None:
    """See that the files that are asked for can be written. Raises UsageError."""
    for path in (args.html, args.markdown, getattr(args, "csv", None), args.json):
        if isinstance(path, Path) and not path.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {path.absolute().parent}")


def tell(results: Results, args: argparse.Namespace) -> None:
    """Print the verdict, or all as JSON, and write the files that are asked for. Raises OSError."""
    weights = PROFILES[args.profile]
    written = write_pages(document(results, weights), args)
    if args.csv is not None:
        _write(args.csv, files.to_csv(results))
        written.append(args.csv)
    if isinstance(args.json, Path):
        _write(args.json, files.to_json(results))
        written.append(args.json)
    if args.json is True:
        print(files.to_json(results))
    else:
        _print_verdict(results, args.profile)
    for path in written:
        print_line(str(path), sys.stderr)


def write_pages(page: Document, args: argparse.Namespace) -> list[Path]:
    """Write the pages that are asked for; returns their paths. Raises OSError."""
    written = []
    if args.html is not None:
        write_html(page, args.html)
        written.append(args.html)
    if args.markdown is not None:
        written += write_markdown(page, args.markdown)
    return written


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def read_file(path: Path) -> Results:
    """Raises WorkbenchError where it is not the JSON file of a duel, and OSError."""
    try:
        return files.from_json(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{path} is not the file of a duel: {error}") from error
    except ValueError as error:
        raise WorkbenchError(f"{path}: {error}") from error


def _print_verdict(results: Results, profile: str) -> None:
    verdict = judge(results, PROFILES[profile])
    lines = verdict.sentences if verdict.fairness.proved else (verdict.fairness.sentence,)
    for line in (*lines, *verdict.out):
        print_line(line)
    width = get_terminal_size().columns
    for one in verdict.rows:
        print()
        print_line(f"{str(one.row).capitalize()}: {one.winner or one.ruling}")
        print(fill(printable(one.sentence), width, initial_indent="  ", subsequent_indent="  "))
    if scaled := [
        *scaling.sentences(results),
        *scaling.largest(results),
        *scaling.problems(results),
    ]:
        print()
        print_line("Scaling")
        for line in scaled:
            print(fill(printable(line), width, initial_indent="  ", subsequent_indent="  "))
    if verdict.totals:
        table = totals_table(verdict.totals)
        print()
        print_table(table.headers, [[cell.text for cell in row] for row in table.rows])
