"""Prepares, looks at, or imports data in a process of its own, which may be killed at any moment::

    python -m runners.datasets NAME FOLDER [--source DIR]     prepare a dataset that Twinbench knows
    python -m runners.datasets inspect PATH [GIVEN.json]      look at a person's files
    python -m runners.datasets parts RECIPE.json              look at the files named for training, test, validation
    python -m runners.datasets import RECIPE.json FOLDER      import them

Writes JSON lines to stdout: ``{"progress": text, "fraction": f, "seconds_left": s or null}`` as it goes, at most ten a
second, and at last ``{"done": sha256}``, of an import with ``"notes"``; ``{"preview": {...}}``;
``{"parts": [...]}``; or ``{"error": message}`` with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from runners.datasets import UnknownDataset, prepare_dataset
from runners.datasets.dataset import DatasetError

_PROGRESS_S = 0.1
_SURE_S, _SURE_FRACTION = 1.0, 0.02


def main(arguments: list[str]) -> int:
    commands = {"inspect": _inspect, "parts": _parts, "import": _import}
    command = commands.get(arguments[0] if arguments else "")
    try:
        _write(command(arguments[1:]) if command else _prepare(arguments))
    except (DatasetError, UnknownDataset) as error:
        _write({"error": str(error)})
        return 1
    return 0


def _prepare(arguments: list[str]) -> dict[str, Any]:
    parser = _parser("", "Prepares a dataset.")
    parser.add_argument("name", help="the dataset")
    parser.add_argument("folder", type=Path, help="the folder of the prepared datasets")
    parser.add_argument("--source", type=Path, help="a folder that holds the dataset's files")
    given = parser.parse_args(arguments)
    dataset = prepare_dataset(
        given.name, given.folder, source=given.source, on_progress=_progress_writer()
    )
    return {"done": dataset.sha256}


def _inspect(arguments: list[str]) -> dict[str, Any]:
    from runners.datasets.importing import Given, from_plain, inspect, to_plain

    parser = _parser(" inspect", "Looks at files that could be imported.")
    parser.add_argument("path", type=Path, help="the file or folder")
    parser.add_argument("given", type=Path, nargs="?", help="what is decided already, as JSON")
    asked = parser.parse_args(arguments)
    given = from_plain(Given, _read_json(asked.given)) if asked.given else Given()
    return {"preview": to_plain(inspect(asked.path, given))}


def _parts(arguments: list[str]) -> dict[str, Any]:
    from runners.datasets.importing import Recipe, from_plain, inspect_parts, to_plain

    parser = _parser(" parts", "Looks at the files that a recipe names for each part.")
    parser.add_argument("recipe", type=Path, help="the recipe, as JSON")
    recipe = from_plain(Recipe, _read_json(parser.parse_args(arguments).recipe))
    return {"parts": [to_plain(part) for part in inspect_parts(recipe)]}


def _import(arguments: list[str]) -> dict[str, Any]:
    from runners.datasets.importing import Recipe, from_plain, run

    parser = _parser(" import", "Imports files as a recipe says.")
    parser.add_argument("recipe", type=Path, help="the recipe, as JSON")
    parser.add_argument("folder", type=Path, help="the folder of the prepared datasets")
    asked = parser.parse_args(arguments)
    recipe = from_plain(Recipe, _read_json(asked.recipe))
    dataset, notes = run(recipe, asked.folder, _progress_writer())
    return {"done": dataset.sha256, "notes": notes}


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(f"python -m runners.datasets{command}", description=description)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error


def _progress_writer() -> Callable[[str, float], None]:
    """Writes progress with the seconds left, as far as they can be told from those gone."""
    began = monotonic()
    last = began - _PROGRESS_S

    def write(text: str, fraction: float) -> None:
        nonlocal last
        now = monotonic()
        if now - last < _PROGRESS_S and fraction < 1:
            return
        last = now
        sure = fraction > _SURE_FRACTION and now - began > _SURE_S
        left = round((now - began) * (1 - fraction) / fraction, 1) if sure else None
        _write({"progress": text, "fraction": fraction, "seconds_left": left})

    return write


def _write(message: dict[str, Any]) -> None:
    try:
        print(json.dumps(message), flush=True)
    except OSError:  # whoever started this is gone
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
