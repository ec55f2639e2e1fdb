"""Tables of features, for classification and regression; and the series of a forecast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from runners.datasets.dataset import ProgressCallback, Task
from runners.datasets.importing import labels
from runners.datasets.importing.batch import Skipped
from runners.datasets.importing.conversion import as_numpy
from runners.datasets.importing.encoders import Encoder, Floats, Moments, encoder_for
from runners.datasets.importing.made import Made, PartWriters, present, reorder, save_parts
from runners.datasets.importing.recipe import Column, How, ImportProblem, Recipe, Role, Type
from runners.datasets.importing.rows import Rows, read_rows
from runners.datasets.importing.splitting import PARTS, TRAIN, Codes, Parts, split


class Table:
    """A table that was read: its rows, their parts, and what is to be predicted."""

    def __init__(self, recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> None:
        self.recipe = recipe
        self.skipped = Skipped("lines", recipe.skip)
        reading = stage(on_progress, 0.0, 0.5)
        self.rows = read_rows(recipe, folder / "rows.arrow", reading, self.skipped)
        self.labels: Codes | None = None
        self.classes: tuple[str, ...] = ()
        if recipe.task is Task.CLASSIFICATION:
            self.labels, self.classes = labels.ordered(*self.rows.codes(self.target.name))

    @property
    def target(self) -> Column:
        return self.recipe.columns_of(Role.TARGET)[0]

    def split(self) -> Parts:
        """The part of each row. Raises ImportProblem for labels that training does not know."""
        recipe, rows = self.recipe, self.rows
        group, time = recipe.column_of(Role.GROUP), recipe.column_of(Role.TIME)
        parts = split(
            recipe.split,
            rows.count,
            labels=self.labels,
            groups=rows.codes(group.name)[0] if group else None,
            times=rows.times(time.name) if time else None,
            given=rows.given_parts(recipe),
        )
        if self.labels is not None:
            labels.check_known(self.labels, self.classes, parts)
        return parts

    def notes(self) -> list[str]:
        left_out = self.rows.left_out
        lacking = f"{left_out:,} rows lacked a value that they need and were left out"
        return [note for note in (self.skipped.note, lacking if left_out else "") if note]


def stage(on_progress: ProgressCallback, start: float, end: float) -> ProgressCallback:
    """The progress of a stage as progress of the whole."""
    return lambda text, fraction: on_progress(text, start + (end - start) * fraction)


def import_features(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """Rows of numbers, categories and dates. Raises ImportProblem."""
    table = Table(recipe, folder, on_progress)
    parts = table.split()
    encoders = feature_encoders(recipe, table.rows, parts, stage(on_progress, 0.5, 0.65))
    facts: dict[str, Any] = {"ordered": recipe.split.how is How.TIME}
    if table.labels is not None:
        save_parts(folder, "y", table.labels.astype(labels.dtype(table.classes)), parts)
        facts["classes"] = table.classes
    else:
        targets, described = standardised_targets(table, parts)
        save_parts(folder, "y", targets, parts)
        facts.update(described)
    names = tuple(name for encoder in encoders for name in encoder.names)
    facts.update(features=names, input_shape=(len(names),), **scales_of(encoders))
    with PartWriters(folder, "x", (len(names),), np.float32, present(parts)) as writers:
        write_encoded(table.rows, encoders, recipe, stage(on_progress, 0.65, 0.95), (
            lambda start, block: writers.append(block, parts[start : start + len(block)])
        ))  # fmt: skip
        counts = writers.counts
    _put_in_order(table, parts, folder, "xy")
    return Made(counts, facts, table.notes())


def import_forecast(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """One series of as many channels as there are features, in the order of time."""
    channels = recipe.columns_of(Role.FEATURE, Role.TARGET)
    if wrong := [column.name for column in channels if column.type is not Type.NUMBER]:
        raise ImportProblem(
            f"The channels of a series are numbers; {', '.join(wrong)} are not. Ignore them or make them numbers"
        )
    if recipe.split.how not in (How.TIME, How.GIVEN, How.FILES):
        raise ImportProblem("A series to be forecast is split by time: choose that, or by files")
    table = Table(recipe, folder, on_progress)
    parts = table.split()
    encoders = feature_encoders(recipe, table.rows, parts, stage(on_progress, 0.5, 0.65))
    names = tuple(column.name for column in channels)
    with PartWriters(folder, "x", (len(names),), np.float32, present(parts)) as writers:
        write_encoded(table.rows, encoders, recipe, stage(on_progress, 0.65, 0.95), (
            lambda start, block: writers.append(block, parts[start : start + len(block)])
        ))  # fmt: skip
        counts = writers.counts
    _put_in_order(table, parts, folder, "x")
    scales = scales_of(encoders)
    facts = {
        "input_shape": (len(names),),
        "targets": names,
        "target_mean": scales["feature_mean"],
        "target_std": scales["feature_std"],
        "features": names,
        **scales,
        "ordered": True,
    }
    return Made(counts, facts, table.notes())


def feature_encoders(
    recipe: Recipe, rows: Rows, parts: Parts, on_progress: ProgressCallback
) -> list[Encoder]:
    """An encoder for each feature, which has learned from the training part."""
    columns = _features(recipe)
    if not columns:
        raise ImportProblem("No column is a feature: give at least one that role")
    encoders = [encoder_for(column, recipe.categories, recipe.dates) for column in columns]
    for start, batch in rows.batches():
        trained = np.flatnonzero(parts[start : start + len(batch)] == TRAIN)
        learned = batch if len(trained) == len(batch) else batch.take(trained)
        for column, encoder in zip(columns, encoders, strict=True):
            encoder.learn(learned.column(column.name))
        on_progress("measuring the training part", (start + len(batch)) / rows.count)
    for encoder in encoders:
        encoder.finish()
    if not any(encoder.names for encoder in encoders):
        raise ImportProblem(
            "No feature varies in the training part: there is nothing to learn from"
        )
    return encoders


def scales_of(encoders: list[Encoder]) -> dict[str, tuple[float, ...]]:
    """The facts that turn features back into their own units."""
    scales = [scale for encoder in encoders for scale in encoder.scales]
    return {
        "feature_mean": tuple(mean for mean, _ in scales),
        "feature_std": tuple(std for _, std in scales),
    }


def write_encoded(
    rows: Rows,
    encoders: list[Encoder],
    recipe: Recipe,
    on_progress: ProgressCallback,
    write: Callable[[int, Any], None],
) -> None:
    """Give each batch of encoded rows to ``write``, with the number of its first row."""
    columns = _features(recipe)
    for start, batch in rows.batches():
        encoded: list[Floats] = [
            encoder.encode(batch.column(column.name))
            for column, encoder in zip(columns, encoders, strict=True)
        ]
        write(start, np.concatenate(encoded, axis=1).astype(np.float32))
        on_progress(f"writing {rows.count:,} rows", (start + len(batch)) / rows.count)


def _features(recipe: Recipe) -> list[Column]:
    """The columns that become x: of a forecast the targets too."""
    roles = [Role.FEATURE] + [Role.TARGET] * recipe.task.streams
    columns = recipe.columns_of(*roles)
    texts = [column.name for column in columns if column.type is Type.TEXT]
    if texts:
        raise ImportProblem(
            f"Texts are no features of a table: make {', '.join(texts)} a category, ignore it, or choose text as input"
        )
    return list(columns)


def standardised_targets(table: Table, parts: Parts) -> tuple[Any, dict[str, Any]]:
    """The numbers to be predicted, standardised as float32 (rows, targets), and the facts that turn them back."""
    targets = table.recipe.columns_of(Role.TARGET)
    numeric = (Type.NUMBER, Type.BOOLEAN)
    if wrong := [column.name for column in targets if column.type not in numeric]:
        raise ImportProblem(
            f"A regression predicts numbers, and {', '.join(wrong)} holds none: choose classification or another target"
        )
    columns, moments = [], []
    for column in targets:
        values = as_numpy(table.rows.column(column.name))
        measured = Moments()
        measured.add(values[parts == TRAIN])
        if not measured.std:
            raise ImportProblem(
                f"The target {column.name!r} has the same value in the whole training part: choose another target"
            )
        columns.append((values - measured.mean) / measured.scale)
        moments.append(measured)
    return np.stack(columns, axis=1).astype(np.float32), {
        "targets": tuple(column.name for column in targets),
        "target_mean": tuple(measured.mean for measured in moments),
        "target_std": tuple(measured.scale for measured in moments),
    }


def _put_in_order(table: Table, parts: Parts, folder: Path, kinds: str) -> None:
    """Sort what was split by time by time, where the file is not."""
    time = table.recipe.column_of(Role.TIME)
    if time is None or not (table.recipe.split.how is How.TIME or table.recipe.task.streams):
        return
    times = table.rows.times(time.name)
    for part in present(parts):
        found = times[parts == part]
        if (found[1:] < found[:-1]).any():
            order = np.argsort(found, kind="stable")
            for kind in kinds:
                reorder(folder / f"{PARTS[part]}_{kind}.npy", order)
