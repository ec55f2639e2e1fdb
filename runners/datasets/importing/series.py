"""Series to be told apart: of each either many rows, or one row with a column for each step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from runners.datasets.dataset import ProgressCallback
from runners.datasets.importing import labels
from runners.datasets.importing.conversion import as_numpy
from runners.datasets.importing.encoders import Moments
from runners.datasets.importing.made import Made, PartWriters, present, save_parts
from runners.datasets.importing.recipe import Column, How, ImportProblem, Recipe, Role, Type
from runners.datasets.importing.rows import Rows
from runners.datasets.importing.splitting import PARTS, TRAIN, Codes, split
from runners.datasets.importing.table import (
    Table,
    feature_encoders,
    scales_of,
    stage,
    write_encoded,
)

_BLOCK = 256


def import_series(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """A group of rows is a series if a column has the role group; else a row is. Raises ImportProblem."""
    features = recipe.columns_of(Role.FEATURE)
    if wrong := [column.name for column in features if column.type is not Type.NUMBER]:
        raise ImportProblem(
            f"The channels of a series are numbers; {', '.join(wrong)} are not. Ignore them or make them numbers"
        )
    table = Table(recipe, folder, on_progress)
    if table.labels is None:
        raise ImportProblem("A table of series is for classification or forecasting: choose one")
    group = recipe.column_of(Role.GROUP)
    if group is None:
        return _rows_as_series(table, features, folder, stage(on_progress, 0.5, 0.95))
    return _groups_as_series(table, group, folder, stage(on_progress, 0.5, 0.95))


def _rows_as_series(
    table: Table, features: tuple[Column, ...], folder: Path, on_progress: ProgressCallback
) -> Made:
    """All steps are of one channel, so they share one mean and one deviation."""
    parts, moments = table.split(), Moments()
    for start, batch in table.rows.batches():
        values = _matrix(batch, features)
        moments.add(values[parts[start : start + len(batch)] == TRAIN].ravel())
    with PartWriters(folder, "x", (len(features), 1), np.float32, present(parts)) as writers:
        for start, batch in table.rows.batches():
            scaled = (_matrix(batch, features) - moments.mean) / moments.scale
            block = np.nan_to_num(scaled).astype(np.float32)[..., np.newaxis]
            writers.append(block, parts[start : start + len(batch)])
            on_progress("writing series", (start + len(batch)) / table.rows.count)
        counts = writers.counts
    if table.labels is None:
        raise AssertionError("a classification has labels")
    save_parts(folder, "y", table.labels.astype(labels.dtype(table.classes)), parts)
    facts = {
        "classes": table.classes,
        "input_shape": (len(features), 1),
        "features": ("value",),
        "feature_mean": (moments.mean,),
        "feature_std": (moments.scale,),
    }
    return Made(counts, facts, table.notes())


def _matrix(batch: Any, features: tuple[Column, ...]) -> Any:
    return np.stack([as_numpy(batch.column(column.name)) for column in features], axis=1)


def _groups_as_series(
    table: Table, group: Column, folder: Path, on_progress: ProgressCallback
) -> Made:
    """The rows of a group in the order of time are a series of as many channels as there are features."""
    recipe, rows = table.recipe, table.rows
    groups, names = _groups(recipe, rows, group)
    order, starts, lengths = _series_of(groups, _times(recipe, table))
    first = order[starts]
    codes = _label_of_each(table, order, starts, lengths, names)
    given = rows.given_parts(recipe)
    times = _times(recipe, table)
    parts = split(
        recipe.split,
        len(starts),
        labels=codes,
        groups=np.arange(len(starts)),
        times=None if times is None else times[first],
        given=None if given is None else given[first],
    )
    labels.check_known(codes, table.classes, parts)
    row_parts = np.empty(rows.count, np.uint8)
    row_parts[order] = np.repeat(parts, lengths)
    encoders = feature_encoders(recipe, rows, row_parts, stage(on_progress, 0, 0.3))
    channels = tuple(name for encoder in encoders for name in encoder.names)
    scratch = _encoded_rows(table, encoders, len(channels), folder, stage(on_progress, 0.3, 0.6))
    steps = recipe.steps or int(lengths.max())
    with PartWriters(folder, "x", (steps, len(channels)), np.float32, present(parts)) as writers:
        for start in range(0, len(starts), _BLOCK):
            stop = min(start + _BLOCK, len(starts))
            block = np.zeros((stop - start, steps, len(channels)), np.float32)
            for number in range(start, stop):
                length = min(steps, int(lengths[number]))
                chosen = order[starts[number] : starts[number] + length]
                block[number - start, :length] = scratch[chosen]
            writers.append(block, parts[start:stop])
            on_progress("writing series", 0.6 + 0.4 * stop / len(starts))
        counts = writers.counts
    save_parts(folder, "y", codes.astype(labels.dtype(table.classes)), parts)
    facts = {
        "classes": table.classes,
        "input_shape": (steps, len(channels)),
        "features": channels,
        **scales_of(encoders),
    }
    return Made(counts, facts, table.notes() + _length_notes(lengths, steps))


def _groups(recipe: Recipe, rows: Rows, group: Column) -> tuple[Codes, list[Any]]:
    """The series of each row, and their names. In the files of another part the same name is another series."""
    groups, names = rows.codes(group.name)
    parts = rows.given_parts(recipe)
    if recipe.split.how is not How.FILES or parts is None:
        return groups, names
    found, codes = np.unique(groups * len(PARTS) + parts, return_inverse=True)
    return codes.astype(np.int64), [names[each // len(PARTS)] for each in found.tolist()]


def _times(recipe: Recipe, table: Table) -> Codes | None:
    time = recipe.column_of(Role.TIME)
    return table.rows.times(time.name) if time else None


def _series_of(groups: Codes, times: Codes | None) -> tuple[Codes, Codes, Codes]:
    """The rows sorted by group and time, and where each group starts and how long it is."""
    by_time = np.arange(len(groups)) if times is None else np.argsort(times, kind="stable")
    order = by_time[np.argsort(groups[by_time], kind="stable")]
    _, starts, lengths = np.unique(groups[order], return_index=True, return_counts=True)
    return order, starts, lengths


def _label_of_each(
    table: Table, order: Codes, starts: Codes, lengths: Codes, names: list[Any]
) -> Codes:
    """The class of each series, which all of its rows must have."""
    if table.labels is None:
        raise AssertionError("a classification has labels")
    found = table.labels[order]
    codes: Codes = found[starts]
    other = found != np.repeat(codes, lengths)
    if other.any():
        number = int(np.searchsorted(starts, np.flatnonzero(other)[0], side="right")) - 1
        raise ImportProblem(
            f"The series {names[number]!r} has rows of several classes: each series must have one. "
            "Correct the target, or choose another column as the group"
        )
    return codes


def _encoded_rows(
    table: Table, encoders: Any, channels: int, folder: Path, on_progress: ProgressCallback
) -> Any:
    """All rows as features, in a file that is mapped into memory."""
    all_train = np.zeros(table.rows.count, np.uint8)
    scratch = folder / "scratch"
    scratch.mkdir()
    with PartWriters(scratch, "x", (channels,), np.float32, [TRAIN]) as writers:

        def write(start: int, block: Any) -> None:
            writers.append(block, all_train[start : start + len(block)])

        write_encoded(table.rows, encoders, table.recipe, on_progress, write)
    return np.load(scratch / "train_x.npy", mmap_mode="r", allow_pickle=False)


def _length_notes(lengths: Codes, steps: int) -> list[str]:
    cut, short = int((lengths > steps).sum()), int((lengths < steps).sum())
    notes = [f"{cut:,} series were cut to {steps:,} steps"] if cut else []
    return notes + ([f"{short:,} series were filled up to {steps:,} steps"] if short else [])
