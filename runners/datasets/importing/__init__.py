"""Importing a person's files: look at them, propose a recipe, run it. Importing this package loads no array library.

`inspect` and `run` read files for as long as that takes, so they belong into a process or a thread of their own.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import PreparedDataset, ProgressCallback
from runners.datasets.importing.plain import from_plain, to_plain
from runners.datasets.importing.preview import (
    ColumnFacts,
    Given,
    Notice,
    PartFacts,
    Preview,
    Sample,
)
from runners.datasets.importing.recipe import (
    Column,
    How,
    ImageRule,
    ImportProblem,
    Kind,
    Missing,
    Reading,
    Recipe,
    Resize,
    Role,
    Split,
    TextRule,
    Tokeniser,
    Type,
)

__all__ = [
    "Column",
    "ColumnFacts",
    "Given",
    "How",
    "ImageRule",
    "ImportProblem",
    "Kind",
    "Missing",
    "Notice",
    "PartFacts",
    "Preview",
    "Reading",
    "Recipe",
    "Resize",
    "Role",
    "Sample",
    "Split",
    "TextRule",
    "Tokeniser",
    "Type",
    "from_plain",
    "inspect",
    "inspect_parts",
    "run",
    "to_plain",
]


def inspect(path: Path, given: Given | None = None) -> Preview:
    """What the files are, from a bounded part of them, with a recipe that can be run. Raises ImportProblem."""
    from runners.datasets.importing.inspecting import inspect_path

    return inspect_path(path, given or Given())


def inspect_parts(recipe: Recipe) -> tuple[PartFacts, ...]:
    """What the files hold that are named for each part, from a bounded part of them.

    Raises ImportProblem where they do not go together: other columns or shapes, unknown classes, the same files, none.
    """
    from runners.datasets.importing.part_looks import look_at_parts

    return look_at_parts(recipe)


def run(
    recipe: Recipe,
    datasets_folder: Path,
    on_progress: ProgressCallback = lambda _text, _fraction: None,
) -> tuple[PreparedDataset, list[str]]:
    """Import the files into the folder of the prepared datasets, as a whole or not at all.

    Returns the dataset and notes on what was left out. What had its name before is kept as an older version.
    Raises ImportProblem, and DatasetError where the folder cannot be written.
    """
    from runners.datasets.importing.running import run_recipe

    return run_recipe(recipe, datasets_folder, on_progress)
