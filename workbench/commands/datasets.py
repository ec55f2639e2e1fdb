"""The datasets: listing, showing, preparing and importing them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input
from runners.datasets.importing import (
    Given,
    How,
    Preview,
    Recipe,
    Split,
    from_plain,
    inspect,
    inspect_parts,
    run,
    to_plain,
)
from storage.home import Home
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line, print_pairs, print_table, size_text
from workbench.commands.parser import UsageError
from workbench.commands.progress import ProgressLine
from workbench.datasets import DatasetPage, Listed, class_counts, list_datasets, read_page
from workbench.paths import default_home

_COLUMNS_SHOWN = 40
_CLASSES_SHOWN = 40
_TOKENS_SHOWN = 20


def datasets(args: argparse.Namespace) -> int:
    if args.prepare:
        return _prepare(args)
    if args.source:
        raise UsageError("--source goes with --prepare DATASET")
    known = list_datasets(_folder(args))
    if args.json:
        print_json([_info_json(each) for each in known])
        return 0
    headers = [
        "dataset",
        "task",
        "sample",
        "classes",
        "train",
        "test",
        "size",
        "prepared",
        "summary",
    ]
    print_table(headers, [_row(each) for each in known], right="classes train test size")
    return 0


def show(args: argparse.Namespace) -> int:
    page = read_page(_folder(args), args.name)
    if args.json:
        print_json(_page_json(page))
        return 0
    info = page.listed.info
    print_line(f"{info.title}: {info.summary}")
    print()
    print_pairs(_facts(page))
    for print_more in (_print_classes, _print_columns, _print_tokens):
        print_more(page)
    if page.listed.prepared is None:
        print(
            f"\n`twinbench datasets --prepare {info.name}` prepares it; then its statistics are shown too."
        )
    return 0


def import_files(args: argparse.Namespace) -> int:
    recipe, preview = _recipe(args)
    if args.preview:
        _print_preview(recipe, preview, args.json)
        return 0
    with open_workbench(args) as workbench, ProgressLine(sys.stderr) as progress:
        prepared, notes = run(recipe, workbench.home.datasets, progress.tell)
    notes = [*(notice.text for notice in (preview.notices if preview else ())), *notes]
    if args.json:
        found = {"name": recipe.name, "folder": prepared.folder, "sha256": prepared.sha256}
        print_json({**found, "notes": notes})
        return 0
    for note in notes:
        print_line(note, sys.stderr)
    print(prepared.folder)
    return 0


def _folder(args: argparse.Namespace) -> Path:
    return Home(args.home or default_home()).datasets


def _prepare(args: argparse.Namespace) -> int:
    progress = ProgressLine(sys.stderr)
    source = args.source.expanduser().absolute() if args.source else None
    with open_workbench(args) as workbench, progress:
        prepared = workbench.prepare(args.prepare, progress.tell, source)
    if args.json:
        print_json({"name": args.prepare, "folder": prepared.folder, "sha256": prepared.sha256})
    else:
        print(prepared.folder)
    return 0


def _recipe(args: argparse.Namespace) -> tuple[Recipe, Preview | None]:
    """What is to be imported and how: as a file says, or as the files themselves suggest. Raises ImportProblem."""
    if args.recipe:
        if args.path or args.target or args.test or args.validation:
            raise UsageError("a recipe names its files and target itself: give --recipe alone")
        try:
            recipe = from_plain(Recipe, json.loads(args.recipe.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise UsageError(f"{args.recipe} cannot be read: {error}") from error
        return _named(recipe, args), None
    if not args.path:
        raise UsageError("name a file or folder to import, or a recipe with --recipe FILE")
    preview = inspect(args.path.expanduser().absolute(), Given(target=args.target))
    names = [column.name for column in preview.recipe.columns]
    if args.target and args.target not in names:
        there = f"there are: {', '.join(names)}" if names else "these files have no columns"
        raise UsageError(f"there is no column {args.target!r}; {there}")
    return _named(_with_parts(preview.recipe, args), args), preview


def _with_parts(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    """The recipe with the files that are named for parts."""
    test, validation = (
        tuple(str(path.expanduser().absolute()) for path in paths)
        for paths in (args.test, args.validation)
    )
    if validation and not test:
        raise UsageError("--validation goes with --test PATH")
    if not test:
        return recipe
    split = Split(how=How.FILES, test_paths=test, validation_paths=validation)
    return replace(recipe, split=split)


def _named(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    given = {"name": args.name, "title": args.title, "source": args.origin, "licence": args.licence}
    return replace(recipe, **{field: text for field, text in given.items() if text})


def _print_preview(recipe: Recipe, preview: Preview | None, as_json: bool) -> None:
    parts = inspect_parts(recipe) if recipe.split.how is How.FILES else ()
    if as_json or preview is None:
        print_json(to_plain(recipe))
        return
    about = "" if preview.exact else "about "
    shares = f"{recipe.split.how}, {recipe.split.test:.0%} to test"
    files = ", ".join(
        f"{one.part} {'' if one.exact else 'about '}{one.count:,} {one.unit}" for one in parts
    )
    print_pairs(
        {
            "name": recipe.name,
            "files": str(recipe.kind),
            "count": f"{about}{preview.count:,} {preview.unit}",
            "task": str(recipe.task),
            "split": f"{recipe.split.how}: {files}" if parts else shares,
        }
    )
    if recipe.columns:
        print()
        rows = [[one.name, str(one.role), str(one.type)] for one in recipe.columns]
        print_table(["column", "role", "type"], rows)
    for notice in preview.notices:
        print_line(f"\n{notice.column}: {notice.text}" if notice.column else f"\n{notice.text}")
    print("\nWith --json it is printed as a recipe; edit that and import it with --recipe FILE.")


def _row(listed: Listed) -> list[str]:
    info = listed.info
    return [
        info.name,
        str(info.task),
        _sample(info),
        str(len(info.classes) or ""),
        f"{info.train_count:,}",
        f"{info.test_count:,}",
        size_text(info.size_bytes),
        "yes" if listed.prepared else "no",
        info.summary,
    ]


def _sample(info: DatasetInfo) -> str:
    shape = " x ".join(map(str, info.input_shape))
    return f"{shape} {info.input}" if info.input is not Input.IMAGE and shape else shape or "token"


def _facts(page: DatasetPage) -> dict[str, str]:
    listed, info = page.listed, page.listed.info
    facts = {
        "name": info.name,
        "task": str(info.task),
        "sample": _sample(info),
        "parts": ", ".join(f"{part} {getattr(info, f'{part}_count'):,}" for part in info.parts),
        "targets": ", ".join(info.targets),
        "vocabulary": f"{info.vocabulary_size:,} tokens" if info.vocabulary_size else "",
        "source": info.source,
        "licence": info.licence,
        "origin": str(listed.origin),
        "size": size_text(info.size_bytes),
    }
    if listed.prepared:
        facts |= {"hash": listed.prepared.sha256, "folder": str(listed.prepared.folder)}
    facts["versions"] = ", ".join(version.sha256[:12] for version in page.versions)
    return {name: text for name, text in facts.items() if text}


def _print_classes(page: DatasetPage) -> None:
    info = page.listed.info
    counts = {part: class_counts(page.statistics, part) for part in info.parts}
    if not all(counts.values()):
        return
    totals = {part: max(1, sum(found)) for part, found in counts.items()}
    rows = [
        [name, *(f"{counts[part][n]:,} ({counts[part][n] / totals[part]:.1%})" for part in counts)]
        for n, name in enumerate(info.classes)
    ]
    print()
    print_table(["class", *counts], rows[:_CLASSES_SHOWN], right=" ".join(counts))
    _print_left_out(len(rows) - _CLASSES_SHOWN, "classes")


def _print_columns(page: DatasetPage) -> None:
    columns: Sequence[Mapping[str, Any]] = page.statistics.get("columns", ())
    if not columns:
        return
    figures = ("mean", "std", "min", "max")
    rows = [
        [
            str(column["name"]),
            str(column["role"]),
            *("" if column[figure] is None else f"{column[figure]:.5g}" for figure in figures),
            str(column["missing"]),
        ]
        for column in columns
    ]
    print()
    headers = ["column", "role", *figures, "missing"]
    print_table(headers, rows[:_COLUMNS_SHOWN], right=" ".join(headers[2:]))
    left_out = page.statistics.get("columns_left_out", 0) + len(rows) - _COLUMNS_SHOWN
    _print_left_out(left_out, "columns")


def _print_tokens(page: DatasetPage) -> None:
    tokens: Mapping[str, Any] = page.statistics.get("tokens", {})
    if not tokens:
        return
    frequent = tokens["frequent"][:_TOKENS_SHOWN]
    print(
        f"\n{tokens['used']:,} different tokens are used; {tokens['unknown']:,} times an unknown one."
    )
    print_line("most frequent: " + "  ".join(f"{text!r} {count:,}" for text, count in frequent))


def _print_left_out(count: int, what: str) -> None:
    if count > 0:
        print(f"and {count:,} more {what}; --json has them")


def _info_json(listed: Listed) -> dict[str, Any]:
    info = listed.info
    found = {**asdict(info), "size_bytes": info.size_bytes, "origin": listed.origin}
    return {**found, "prepared": listed.prepared is not None}


def _page_json(page: DatasetPage) -> dict[str, Any]:
    prepared = page.listed.prepared
    return {
        **_info_json(page.listed),
        "sha256": prepared.sha256 if prepared else None,
        "folder": prepared.folder if prepared else None,
        "recipe": prepared.recipe if prepared else {},
        "versions": [version.sha256 for version in page.versions],
        "statistics": page.statistics,
    }
