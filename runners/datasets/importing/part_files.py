"""The files of a recipe, and of which part each of them is."""

from __future__ import annotations

import os
from pathlib import Path

from runners.datasets.importing.recipe import How, ImportProblem, Recipe
from runners.datasets.importing.splitting import PART_WORDS, TEST, TRAIN, VALIDATION


def part_paths(recipe: Recipe) -> list[tuple[int, str]]:
    """The recipe's paths with the part of each; all are `TRAIN` where no files are named for parts."""
    found = [(TRAIN, path) for path in recipe.paths]
    if recipe.split.how is How.FILES:
        found += [(TEST, path) for path in recipe.split.test_paths]
        found += [(VALIDATION, path) for path in recipe.split.validation_paths]
    return found


def check_part_files(recipe: Recipe) -> None:
    """Raises ImportProblem where a file is not there, or samples of it would be in two parts."""
    named = [(part, Path(path)) for part, path in part_paths(recipe)]
    for part, path in named:
        if not path.exists():
            what = "" if part == TRAIN else f"The {PART_WORDS[part]} part: "
            raise ImportProblem(f"{what}{path} is not there: choose the file again")
    for place, (part, path) in enumerate(named):
        for other_part, other in named[:place]:
            if part != other_part:
                _check_apart(part, path, other_part, other)


def _check_apart(part: int, path: Path, other_part: int, other: Path) -> None:
    one, two = PART_WORDS[part], PART_WORDS[other_part]
    if os.path.samefile(path, other):
        raise ImportProblem(
            f"The {one} part is the same {'folder' if path.is_dir() else 'file'} as the {two} part, {path}: "
            "a model must be tested on samples that it has not seen. Choose another one"
        )
    inner, outer = path.resolve(), other.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise ImportProblem(
            f"{path} of the {one} part and {other} of the {two} part lie in each other, so samples would be in both "
            "parts: choose folders that lie side by side"
        )
