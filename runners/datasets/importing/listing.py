"""The files of a folder, however many there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from runners.datasets.dataset import ProgressCallback
from runners.datasets.importing.part_files import part_paths
from runners.datasets.importing.recipe import How, ImportProblem, Recipe
from runners.datasets.importing.splitting import TRAIN, Parts, part_named

IMAGES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
)
TEXTS = frozenset((".txt", ".md", ".text"))
_PROGRESS_EVERY = 1000


class Labelled(NamedTuple):
    """A file with the folder that it is in: its class, and its part where folders give parts."""

    path: str
    label: str
    part: int | None


def walk(folder: Path, suffixes: frozenset[str], limit: int | None = None) -> Iterator[str]:
    """Paths of files with such a suffix below a folder, in the order of names; at most ``limit`` entries are seen.

    Neither links to folders nor hidden ones are followed. Raises ImportProblem where it cannot be read.
    """
    yield from islice(_walk(str(folder), suffixes, [limit] if limit else None), limit)


def _walk(folder: str, suffixes: frozenset[str], left: list[int] | None) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            entries = list(islice(found, left[0]) if left else found)
    except OSError as error:
        raise ImportProblem(f"{folder} cannot be read: {error.strerror or error}") from error
    if left:
        left[0] -= len(entries)
    entries.sort(key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if left is None or left[0] > 0:
                yield from _walk(entry.path, suffixes, left)
        elif os.path.splitext(entry.name)[1].lower() in suffixes:
            yield entry.path


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, by name, without hidden ones."""
    try:
        with os.scandir(folder) as found:
            names = sorted(e.name for e in found if e.is_dir() and not e.name.startswith("."))
    except OSError as error:
        raise ImportProblem(f"{folder} cannot be read: {error.strerror or error}") from error
    return [folder / name for name in names]


def class_folders(folder: Path) -> list[tuple[Path, str, int | None]]:
    """The folders of the classes with label and part: below train, test and validation where there are those."""
    if parts := part_folders(folder):
        return [(inner, inner.name, part) for path, part in parts for inner in subfolders(path)]
    return [(path, path.name, None) for path in subfolders(folder)]


def part_folders(folder: Path) -> list[tuple[Path, int]]:
    """The folders train, test and validation with the parts that they mean, if there are two or more."""
    named = [(path, part_named(path.name)) for path in subfolders(folder)]
    found = [(path, part) for path, part in named if part is not None]
    return found if len(found) >= 2 else []


def labelled(
    folder: Path, suffixes: frozenset[str], on_progress: ProgressCallback
) -> list[Labelled]:
    """All files by class. Raises ImportProblem where there are none."""
    found: list[Labelled] = []
    for path, label, part in class_folders(folder):
        for file in walk(path, suffixes):
            found.append(Labelled(file, label, part))
            if not len(found) % _PROGRESS_EVERY:
                on_progress(f"finding files: {len(found):,}", 0.0)
    if not found:
        raise ImportProblem(
            f"{folder} has no folders with files of a known kind ({', '.join(sorted(suffixes))}): "
            "it must have a folder for each class"
        )
    return found


def unlabelled(
    folder: Path, suffixes: frozenset[str], on_progress: ProgressCallback
) -> list[Labelled]:
    """All files below a folder, with their part where folders give it. Raises ImportProblem where there are none."""
    found: list[Labelled] = []
    folders: Sequence[tuple[Path, int | None]] = part_folders(folder) or [(folder, None)]
    for path, part in folders:
        for file in walk(path, suffixes):
            found.append(Labelled(file, "", part))
            if not len(found) % _PROGRESS_EVERY:
                on_progress(f"finding files: {len(found):,}", 0.0)
    if not found:
        raise ImportProblem(
            f"{folder} has no files of a known kind ({', '.join(sorted(suffixes))}): choose another folder"
        )
    return found


def of_recipe(
    recipe: Recipe, find: Callable[[Path], Sequence[Labelled]]
) -> tuple[list[Labelled], Parts | None]:
    """The files that ``find`` gives of each of the recipe's folders, and their parts where those are given."""
    found: list[Labelled] = []
    for part, path in part_paths(recipe):
        files = find(Path(path))
        found += (
            [file._replace(part=part) for file in files] if recipe.split.how is How.FILES else files
        )
    return found, _given_parts(found)


def in_ranks(values: Sequence[str]) -> tuple[list[int], list[str]]:
    """The number of each value in the order in which values first appear, and the values."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return codes, list(numbers)


def _given_parts(files: Sequence[Labelled]) -> Parts | None:
    """The parts that folders give, or None if they give none."""
    if all(file.part is None for file in files):
        return None
    return np.array([TRAIN if file.part is None else file.part for file in files], np.uint8)
