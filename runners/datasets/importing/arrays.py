"""Arrays of images, features or series with their targets; or one series to be forecast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input, ProgressCallback, Task
from runners.datasets.importing import labels
from runners.datasets.importing.array_files import Source, open_arrays
from runners.datasets.importing.made import Made, PartWriters, present, save_parts
from runners.datasets.importing.recipe import How, ImportProblem, Recipe, Role
from runners.datasets.importing.splitting import PART_WORDS, TEST, TRAIN, VALIDATION, Parts, split
from runners.datasets.importing.table import stage

Scales = tuple[NDArray[np.float64], NDArray[np.float64]]


class Pair(NamedTuple):
    """Arrays that belong together, and the part that their names say."""

    x: Source
    y: Source | None
    part: int


class Joined:
    """The arrays of all parts, one after the other."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self.count = sum(source.shape[0] for source in sources)
        self.shape = sources[0].shape[1:]
        for source in sources[1:]:
            if source.shape[1:] != self.shape:
                raise ImportProblem(
                    f"{source.name} has samples of shape {source.shape[1:]}, and {sources[0].name} of {self.shape}: "
                    "both must have the same"
                )

    def blocks(self) -> Iterator[tuple[int, Any]]:
        before = 0
        for source in self._sources:
            for start, block in source.blocks():
                yield before + start, block
            before += source.shape[0]

    def whole(self) -> Any:
        return np.concatenate([source.whole() for source in self._sources])


def import_arrays(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """Arrays by the roles that the recipe gives them. Raises ImportProblem."""
    pairs = pairs_of(recipe)
    x = Joined([pair.x for pair in pairs])
    given = np.concatenate([np.full(pair.x.shape[0], pair.part, np.uint8) for pair in pairs])
    targets = [pair.y for pair in pairs if pair.y]
    y = Joined(targets) if targets else None
    if y and y.count != x.count:
        raise ImportProblem(
            f"There are {x.count:,} samples and {y.count:,} targets: there must be as many of both"
        )
    facts: dict[str, Any] = {"ordered": recipe.split.how is How.TIME or recipe.task.streams}
    if recipe.task is Task.SEGMENTATION:
        parts = split(recipe.split, x.count, given=given)
        facts.update(_write_masks(_needed(y), x.shape, parts, folder))
    else:
        parts = _write_targets(recipe, y, x.count, given, folder, facts)
    write = _write_images if recipe.input is Input.IMAGE else _write_numbers
    counts = write(recipe, x, parts, folder, facts, on_progress)
    return Made(counts, facts)


def as_images(block: Any) -> Any:
    """Images as (samples, height, width, channels), whose channels may be missing or stand before."""
    if block.ndim == 3:
        return block[..., np.newaxis]
    if block.shape[1] in (1, 3, 4) and block.shape[3] not in (1, 3, 4):
        return np.moveaxis(block, 1, -1)
    return block


def pairs_of(recipe: Recipe) -> list[Pair]:
    """The arrays that belong together, in the order of the parts. Raises ImportProblem."""
    sources = {source.name: source for source in open_arrays(recipe.paths)}
    for column in recipe.columns:
        if column.role is not Role.IGNORED and column.name not in sources:
            raise ImportProblem(
                f"There is no array {column.name!r}; there are: {', '.join(sources)}"
            )
    xs = [sources[column.name] for column in recipe.columns_of(Role.FEATURE)]
    ys = [sources[column.name] for column in recipe.columns_of(Role.TARGET)]
    if not xs:
        raise ImportProblem("No array is the input: give one the role feature")
    if not recipe.task.streams and len(ys) != len(xs):
        raise ImportProblem(
            f"There are {len(xs)} arrays of samples and {len(ys)} of targets: choose as many of both"
        )
    if recipe.split.how is not How.GIVEN:
        if len(xs) > 1:
            raise ImportProblem(
                "Several arrays of samples are parts that are given: split so, or choose one"
            )
        first = Pair(xs[0], ys[0] if ys else None, TRAIN)
        return [first, *_pairs_of_files(recipe, first)]
    by_part = {(source.part or TRAIN): source for source in ys}
    pairs = [Pair(source, by_part.get(source.part or TRAIN), source.part or TRAIN) for source in xs]
    return sorted(pairs, key=lambda pair: pair.part)


def _pairs_of_files(recipe: Recipe, trained: Pair) -> Iterator[Pair]:
    """The arrays in the files of other parts that stand for those of the training part."""
    if recipe.split.how is not How.FILES:
        return
    named = ((TEST, recipe.split.test_paths), (VALIDATION, recipe.split.validation_paths))
    for part, paths in named:
        if paths:
            sources = open_arrays(paths)
            x = _like(trained.x, sources, part)
            yield Pair(x, _like(trained.y, sources, part) if trained.y else None, part)


def _like(wanted: Source, sources: list[Source], part: int) -> Source:
    """The array of that name within its file, or the only one that is, or is no, target by its name."""
    found = [source for source in sources if source.own_name == wanted.own_name]
    if len(found) != 1:
        found = [source for source in sources if source.is_target == wanted.is_target]
    if len(found) != 1:
        raise ImportProblem(
            f"Which array of the {PART_WORDS[part]} part is as {wanted.name} is not clear; there are: "
            f"{', '.join(source.name for source in sources)}. Call it {wanted.own_name} as in the training part"
        )
    return found[0]


def _needed(y: Joined | None) -> Joined:
    if y is None:
        raise ImportProblem("No array is the target: give one that role")
    return y


def _write_targets(
    recipe: Recipe, y: Joined | None, count: int, given: Parts, folder: Path, facts: dict[str, Any]
) -> Parts:
    """Write the targets, if there are any; returns the parts of all samples."""
    if recipe.task.streams:
        if recipe.split.how not in (How.TIME, How.GIVEN, How.FILES):
            raise ImportProblem(
                "A series to be forecast is split by time: choose that, given arrays, or by files"
            )
        return split(recipe.split, count, given=given)
    values = _needed(y).whole()
    if recipe.task is Task.CLASSIFICATION:
        codes, classes = labels.ordered(*classes_of(values))
        parts = split(recipe.split, count, labels=codes, given=given)
        labels.check_known(codes, classes, parts)
        save_parts(folder, "y", codes.astype(labels.dtype(classes)), parts)
        facts["classes"] = classes
        return parts
    parts = split(recipe.split, count, given=given)
    numbers = _as_numbers(values.reshape(len(values), -1), "the target")
    mean, std = numbers[parts == TRAIN].mean(axis=0), numbers[parts == TRAIN].std(axis=0)
    if not std.all() or not np.isfinite(numbers).all():
        raise ImportProblem(
            "The target is constant, or has values that are not finite: choose another"
        )
    save_parts(folder, "y", ((numbers - mean) / std).astype(np.float32), parts)
    names = tuple(f"target {n + 1}" for n in range(len(mean))) if len(mean) > 1 else ("target",)
    facts.update(targets=names, target_mean=tuple(mean.tolist()), target_std=tuple(std.tolist()))
    return parts


def classes_of(values: Any) -> tuple[Any, list[Any]]:
    """Classes as numbers or texts, or a column for each class with a 1 in one."""
    if values.ndim == 2 and values.shape[1] > 1:
        if values.dtype.kind not in "biuf" or not ((values == 0) | (values == 1)).all() or not (values.sum(axis=1) == 1).all():  # fmt: skip
            raise ImportProblem(
                f"The classes have the shape {values.shape}: they must be one number or text a sample, or a 1 in one "
                "of the columns"
            )
        values = values.argmax(axis=1)
    if values.dtype.kind == "f" and not (values == np.round(values)).all():
        raise ImportProblem("The target holds fractions, which are no classes: choose regression")
    if values.dtype.kind == "f":
        values = values.astype(np.int64)
    found, codes = np.unique(values.reshape(-1), return_inverse=True)
    texts = [
        item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)
        for item in found.tolist()
    ]
    return codes.reshape(-1).astype(np.int64), texts


def _write_masks(y: Joined, shape: tuple[int, ...], parts: Parts, folder: Path) -> dict[str, Any]:
    """Masks of classes as bytes; their values must be the same in all parts."""
    found: set[int] = set()
    trained: set[int] = set()
    for start, block in y.blocks():
        here = parts[start : start + len(block)]
        found |= set(np.unique(block).tolist())
        trained |= set(np.unique(block[here == TRAIN]).tolist())
        if len(found) > 256:
            raise ImportProblem(
                "The masks have more than 256 different values: a mask has one for each class"
            )
    if len(found) < 2:
        raise ImportProblem("The masks have one value only, so there is nothing to tell apart")
    if found - trained:
        raise ImportProblem(
            f"Masks outside of the training part have values that it has not: {sorted(found - trained)[:8]}"
        )
    values = np.array(sorted(found))
    size = y.shape[:2]
    if len(y.shape) not in (2, 3) or size not in (shape[:2], shape[1:3]):
        raise ImportProblem(
            f"Images are of shape {shape} and masks of {y.shape}: both must have the same size"
        )
    with PartWriters(folder, "y", size, np.uint8, present(parts)) as writers:
        for start, block in y.blocks():
            classes = np.searchsorted(values, block.reshape(len(block), *size)).astype(np.uint8)
            writers.append(classes, parts[start : start + len(block)])
    return {"classes": tuple(str(value) for value in values.tolist())}


def _write_images(
    recipe: Recipe,
    x: Joined,
    parts: Parts,
    folder: Path,
    facts: dict[str, Any],
    on_progress: ProgressCallback,
) -> tuple[int, ...]:
    """Images as bytes; fractions from 0 to 1 become bytes from 0 to 255."""
    del recipe
    if len(x.shape) not in (2, 3):
        raise ImportProblem(f"Samples of shape {x.shape} are no images: choose features or series")
    low, high, fractions = np.inf, -np.inf, False
    for start, block in x.blocks():
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        fractions = fractions or (block.dtype.kind == "f" and not (block == np.round(block)).all())
        on_progress("looking at the images", 0.3 * start / x.count)
    factor = 255 if fractions else 1
    if not (low >= 0 and high * factor <= 255):
        raise ImportProblem(
            f"Images have values from {low:g} to {high:g}: they must be from 0 to 255, or fractions from 0 to 1"
        )
    shape = as_images(np.empty((1, *x.shape), np.bool_)).shape[1:]
    with PartWriters(folder, "x", shape, np.uint8, present(parts)) as writers:
        for start, block in x.blocks():
            images = as_images(block)
            if fractions:
                images = np.round(images * 255.0)
            writers.append(images.astype(np.uint8), parts[start : start + len(block)])
            on_progress("writing images", 0.3 + 0.65 * start / x.count)
        counts = writers.counts
    facts.update(input_shape=shape, scale=255 if fractions or high > 127 else max(1, int(high)))
    return counts


def _write_numbers(
    recipe: Recipe,
    x: Joined,
    parts: Parts,
    folder: Path,
    facts: dict[str, Any],
    on_progress: ProgressCallback,
) -> tuple[int, ...]:
    """Features or series as float32, standardised by the training part; what is missing is the mean."""
    shape = _number_shape(recipe, x.shape)
    mean, std = _measured(x, parts, shape, stage(on_progress, 0, 0.4))
    with PartWriters(folder, "x", shape, np.float32, present(parts)) as writers:
        for start, block in x.blocks():
            scaled = (_as_numbers(block, "the input").reshape(len(block), *shape) - mean) / std
            scaled[~np.isfinite(scaled)] = 0
            writers.append(scaled.astype(np.float32), parts[start : start + len(block)])
            on_progress("writing numbers", 0.4 + 0.55 * start / x.count)
        counts = writers.counts
    names = tuple(f"{n + 1}" for n in range(len(mean)))
    facts.update(input_shape=shape, features=names)
    facts.update(feature_mean=tuple(mean.tolist()), feature_std=tuple(std.tolist()))
    if recipe.task.streams:
        facts.update(
            targets=names, target_mean=facts["feature_mean"], target_std=facts["feature_std"]
        )
    return counts


def _number_shape(recipe: Recipe, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a sample: features flat, series with channels; a stream's step is its channels."""
    if recipe.task.streams:
        if len(shape) > 1:
            raise ImportProblem(
                f"A series to be forecast is (steps, channels); its steps are {shape}"
            )
        return shape or (1,)
    if recipe.input is Input.SERIES:
        if len(shape) not in (1, 2):
            raise ImportProblem(f"Series are (samples, steps, channels); samples are {shape}")
        return (*shape, 1)[:2]
    return (int(np.prod(shape)),)


def _measured(
    x: Joined, parts: Parts, shape: tuple[int, ...], on_progress: ProgressCallback
) -> Scales:
    """Mean and deviation of each channel, or feature, over the training part."""
    channels = shape[-1]
    count, mean, squares = np.zeros(channels), np.zeros(channels), np.zeros(channels)
    for start, block in x.blocks():
        chosen = block[parts[start : start + len(block)] == TRAIN]
        values = _as_numbers(chosen, "the input").reshape(-1, channels)
        here = np.isfinite(values)
        n = here.sum(axis=0)
        total = np.maximum(count + n, 1)
        own = np.where(here, values, 0).sum(axis=0) / np.maximum(n, 1)
        squares += np.where(here, np.square(values - own), 0).sum(axis=0)
        delta = own - mean
        squares += np.square(delta) * count * n / total
        mean += delta * n / total
        count += n
        on_progress("measuring the training part", start / x.count)
    std = np.sqrt(squares / np.maximum(count, 1))
    return mean, np.where(std > np.abs(mean) * 1e-12, std, 1.0)


def _as_numbers(block: Any, what: str) -> NDArray[np.float64]:
    if block.dtype.kind not in "biuf":
        raise ImportProblem(f"{what} holds {block.dtype}, which are no numbers")
    found: NDArray[np.float64] = block.astype(np.float64)
    return found
