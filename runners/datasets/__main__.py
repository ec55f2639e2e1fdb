"""Prepares a dataset in a process of its own: ``python -m runners.datasets NAME FOLDER [--source DIR]``.

Writes JSON lines to stdout: ``{"progress": text, "fraction": f}`` as it goes, and at last
``{"done": sha256}``, or ``{"error": message}`` with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from runners.datasets import UnknownDataset, prepare_dataset
from runners.datasets.dataset import DatasetError


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m runners.datasets", description="Prepares a dataset."
    )
    parser.add_argument("name", help="the dataset")
    parser.add_argument("folder", type=Path, help="the folder of the prepared datasets")
    parser.add_argument("--source", type=Path, help="a folder that holds the dataset's files")
    given = parser.parse_args(arguments)
    try:
        dataset = prepare_dataset(
            given.name, given.folder, source=given.source, on_progress=_write_progress
        )
    except (DatasetError, UnknownDataset) as error:
        _write({"error": str(error)})
        return 1
    _write({"done": dataset.sha256})
    return 0


def _write_progress(text: str, fraction: float) -> None:
    _write({"progress": text, "fraction": fraction})


def _write(message: dict[str, object]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
