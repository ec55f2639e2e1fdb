"""Running a recipe: from a person's files to a prepared dataset."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from runners.datasets import is_built_in
from runners.datasets.dataset import DatasetInfo, Input, PreparedDataset, ProgressCallback, Task
from runners.datasets.importing import arrays, images, series, table, texts
from runners.datasets.importing.made import Made
from runners.datasets.importing.part_files import check_part_files
from runners.datasets.importing.plain import to_plain
from runners.datasets.importing.recipe import ImportProblem, Kind, Recipe
from runners.datasets.preparation import publish, unfinished_folder

_Importer = Callable[[Recipe, Path, ProgressCallback], Made]
_UNITS = {Task.TEXT_GENERATION: "tokens", Task.FORECASTING: "steps"}
_SCRATCH = ("rows.arrow", "scratch")


def run_recipe(
    recipe: Recipe, datasets_folder: Path, on_progress: ProgressCallback
) -> tuple[PreparedDataset, list[str]]:
    """As `runners.datasets.importing.run`."""
    recipe.check()
    check_part_files(recipe)
    if is_built_in(recipe.name):
        raise ImportProblem(
            f"Twinbench has a dataset {recipe.name!r} of its own: choose another name"
        )
    importer = _importer(recipe)
    title = recipe.title or recipe.name
    with unfinished_folder(recipe.name, title, datasets_folder) as folder:
        made = importer(recipe, folder, lambda text, done: on_progress(text, 0.9 * done))
        for name in _SCRATCH:
            _remove(folder / name)
        info = _info(recipe, title, made)
        on_progress("measuring and checking what was written", 0.92)
        dataset = publish(info, folder, to_plain(recipe))
    on_progress(f"{title} is ready", 1.0)
    return dataset, made.notes


def _importer(recipe: Recipe) -> _Importer:
    """What imports files of this kind for this task. Raises ImportProblem where nothing does."""
    by_table: dict[tuple[Input, Task], _Importer] = {
        (Input.FEATURES, Task.CLASSIFICATION): table.import_features,
        (Input.FEATURES, Task.REGRESSION): table.import_features,
        (Input.SERIES, Task.FORECASTING): table.import_forecast,
        (Input.SERIES, Task.CLASSIFICATION): series.import_series,
        (Input.TOKENS, Task.CLASSIFICATION): texts.import_table,
        (Input.IMAGE, Task.CLASSIFICATION): images.import_table,
        (Input.IMAGE, Task.REGRESSION): images.import_table,
    }
    by_kind: dict[tuple[Kind, Task], _Importer] = {
        (Kind.IMAGE_FOLDERS, Task.CLASSIFICATION): images.import_folders,
        (Kind.IMAGES, Task.RECONSTRUCTION): images.import_unlabelled,
        (Kind.IMAGE_MASKS, Task.SEGMENTATION): images.import_masks,
        (Kind.TEXT_FILES, Task.TEXT_GENERATION): texts.import_stream,
        (Kind.TEXT_FOLDERS, Task.CLASSIFICATION): texts.import_folders,
    }
    if recipe.kind is Kind.ARRAYS:
        return arrays.import_arrays
    importer = (
        by_table.get((recipe.input, recipe.task))
        if recipe.kind.is_table
        else by_kind.get((recipe.kind, recipe.task))
    )
    if importer is None:
        raise ImportProblem(
            f"{recipe.kind} as {recipe.input} cannot be imported for {recipe.task}: choose another task"
        )
    return importer


def _info(recipe: Recipe, title: str, made: Made) -> DatasetInfo:
    train, test, validation = made.counts
    return DatasetInfo(
        name=recipe.name,
        title=title,
        summary=recipe.summary
        or f"{sum(made.counts):,} {_UNITS.get(recipe.task, 'samples')}, imported from {Path(recipe.paths[0]).name}",
        source=recipe.source or recipe.paths[0],
        licence=recipe.licence,
        task=recipe.task,
        input=recipe.input,
        train_count=train,
        test_count=test,
        validation_count=validation,
        **made.facts,
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # Windows keeps what is still mapped; the folder is cleared later
            path.unlink(missing_ok=True)
