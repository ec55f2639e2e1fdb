"""Images: in a folder for each class, listed in a table, or with masks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import ProgressCallback, Task
from runners.datasets.importing import labels, listing
from runners.datasets.importing.batch import Skipped
from runners.datasets.importing.made import Made, PartWriters, present
from runners.datasets.importing.part_files import part_paths
from runners.datasets.importing.pixels import (
    Pixels,
    UnreadableImage,
    image_size,
    in_threads,
    read_image,
    read_mask,
    resize_mask,
)
from runners.datasets.importing.recipe import How, ImageRule, ImportProblem, Recipe, Role
from runners.datasets.importing.splitting import Parts, check, split
from runners.datasets.importing.table import Table, stage, standardised_targets

MASK_CLASSES = 256
_BACKGROUND = "background"


def import_folders(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """A folder for each class, or those below train, test and validation."""
    files, given = listing.of_recipe(
        recipe, lambda path: listing.labelled(path, listing.IMAGES, on_progress)
    )
    codes, names = listing.in_ranks([file.label for file in files])
    found, classes = labels.ordered(np.array(codes), names)
    parts = split(recipe.split, len(files), labels=found, given=given)
    labels.check_known(found, classes, parts)
    paths = [file.path for file in files]
    y = found.astype(labels.dtype(classes))
    return _write(recipe, folder, paths, y, parts, {"classes": classes}, on_progress)


def import_unlabelled(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """Images alone, or those in folders train, test and validation."""
    files, given = listing.of_recipe(
        recipe, lambda path: listing.unlabelled(path, listing.IMAGES, on_progress)
    )
    parts = split(recipe.split, len(files), given=given)
    nothing = np.zeros((len(files), 0), np.uint8)
    return _write(recipe, folder, [file.path for file in files], nothing, parts, {}, on_progress)


def import_table(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """The images that a column of a table names, with their class or their numbers in another."""
    column = recipe.column_of(Role.PATH)
    if column is None:
        raise ImportProblem("No column names the images: give one the role path")
    table = Table(recipe, folder, stage(on_progress, 0, 0.2))
    parts = table.split()
    paths = table.rows.column(column.name).to_pylist()
    facts: dict[str, Any]
    if table.labels is not None:
        y: NDArray[Any] = table.labels.astype(labels.dtype(table.classes))
        facts = {"classes": table.classes}
    else:
        y, facts = standardised_targets(table, parts)
    made = _write(recipe, folder, paths, y, parts, facts, stage(on_progress, 0.2, 1))
    return Made(made.counts, made.facts, [*table.notes(), *made.notes])


def import_masks(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """Two folders; an image and its mask have the same name."""
    pairs, given, alone = _pairs_of_parts(recipe, on_progress)
    if alone > recipe.skip * (alone + len(pairs)):
        raise ImportProblem(
            f"{alone:,} of {alone + len(pairs):,} images have no mask of their name: add or remove them"
        )
    parts = split(recipe.split, len(pairs), given=given)
    values = _mask_values([mask for _, mask in pairs], parts, stage(on_progress, 0.05, 0.4))
    facts: dict[str, Any] = {"classes": _mask_classes(values)}
    skipped = Skipped("images", recipe.skip)
    shape = (recipe.image.height, recipe.image.width)
    channels = 3 if recipe.image.colour else 1
    with (
        PartWriters(folder, "x", (*shape, channels), np.uint8, present(parts)) as x,
        PartWriters(folder, "y", shape, np.uint8, present(parts)) as y,
    ):
        work = partial(_read_pair, rule=recipe.image, values=values)
        for number, read in enumerate(in_threads(work, pairs)):
            if isinstance(read, UnreadableImage):
                skipped.add(str(read))
            else:
                skipped.rows += 1
                for writers, pixels in zip((x, y), read, strict=True):
                    writers.append(pixels[np.newaxis], parts[number : number + 1])
            on_progress(f"reading {len(pairs):,} images", 0.4 + 0.55 * number / len(pairs))
        skipped.check()
        counts = x.counts
    facts.update(input_shape=(*shape, channels), scale=255)
    lacking = f"{alone:,} images without a mask were left out" if alone else ""
    return Made(counts, facts, [note for note in (skipped.note, lacking) if note])


def _pairs_of_parts(
    recipe: Recipe, on_progress: ProgressCallback
) -> tuple[list[tuple[str, str]], Parts, int]:
    """The images with their masks, the part whose files each pair is of, and how many images have no mask."""
    pairs: list[tuple[str, str]] = []
    parts: list[int] = []
    alone = 0
    for part, path in part_paths(recipe):
        found, lacking = mask_pairs(Path(path), on_progress)
        if not found:
            raise ImportProblem(
                f"{path} has no image with a mask: its folders images and masks must hold files of the same names"
            )
        pairs += found
        parts += [part] * len(found)
        alone += lacking
    return pairs, np.array(parts, np.uint8), alone


def mask_folders(folder: Path) -> tuple[Path, Path] | None:
    """The folders of images and masks, by their names."""
    found = {path.name.lower(): path for path in listing.subfolders(folder)}
    masks = [path for name, path in found.items() if _names_masks(name)]
    others = [path for name, path in found.items() if not _names_masks(name)]
    return (others[0], masks[0]) if len(masks) == len(others) == 1 else None


def mask_pairs(
    folder: Path, on_progress: ProgressCallback, limit: int | None = None
) -> tuple[list[tuple[str, str]], int]:
    """Images with their masks, and how many images have none."""
    folders = mask_folders(folder)
    if folders is None:
        raise ImportProblem(
            f"{folder} must hold two folders, such as images and masks, for images with masks"
        )
    on_progress("finding images and masks", 0.0)
    images = list(listing.walk(folders[0], listing.IMAGES, limit))
    masks = {_stem(path): path for path in listing.walk(folders[1], listing.IMAGES, limit)}
    pairs = [(path, masks[_stem(path)]) for path in images if _stem(path) in masks]
    return pairs, len(images) - len(pairs)


def _names_masks(name: str) -> bool:
    return any(word in name for word in ("mask", "label", "annotation", "segment"))


def _stem(path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    for ending in ("_mask", "-mask", "_label", "_labels", "_seg", "_segmentation"):
        stem = stem.removesuffix(ending)
    return stem


def _write(
    recipe: Recipe,
    folder: Path,
    paths: Sequence[str],
    y: NDArray[Any],
    parts: Parts,
    facts: dict[str, Any],
    on_progress: ProgressCallback,
) -> Made:
    """Read the images in their order; those that cannot be read are left out, with what they are labelled."""
    rule, skipped = recipe.image, Skipped("images", recipe.skip)
    shape = (rule.height, rule.width, 3 if rule.colour else 1)
    kept = np.ones(len(paths), np.bool_)
    with (
        PartWriters(folder, "x", shape, np.uint8, present(parts)) as x_writers,
        PartWriters(folder, "y", y.shape[1:], y.dtype, present(parts)) as y_writers,
    ):
        for number, pixels in enumerate(in_threads(partial(_try_image, rule=rule), paths)):
            if isinstance(pixels, UnreadableImage):
                skipped.add(str(pixels))
                kept[number] = False
            else:
                skipped.rows += 1
                this = slice(number, number + 1)
                x_writers.append(pixels[np.newaxis], parts[this])
                y_writers.append(y[this], parts[this])
            if number % 50 == 0:
                on_progress(
                    f"reading images: {number:,} of {len(paths):,}", 0.95 * number / len(paths)
                )
        skipped.check()
        counts = x_writers.counts
    check(parts[kept], recipe.split)
    if recipe.task is Task.CLASSIFICATION:
        labels.check_known(y[kept].astype(np.int64), facts["classes"], parts[kept])
    made = {
        **facts,
        "input_shape": shape,
        "scale": 255,
        "ordered": recipe.split.how is How.TIME,
    }
    return Made(counts, made, [skipped.note] if skipped.note else [])


def _try_image(path: str, rule: ImageRule) -> Pixels | UnreadableImage:
    try:
        return read_image(path, rule)
    except UnreadableImage as error:
        return error


def mask_values(path: str) -> set[int]:
    """The values of a mask; of one that cannot be read none, since it is left out later."""
    try:
        return set(np.unique(read_mask(path)[0]).tolist())
    except UnreadableImage:
        return set()


def _mask_values(
    masks: Sequence[str], parts: Parts, on_progress: ProgressCallback
) -> NDArray[np.uint32]:
    """The values of all masks in order, each a class. Raises ImportProblem for what are no classes."""
    found: set[int] = set()
    trained: set[int] = set()
    for number, values in enumerate(in_threads(mask_values, masks)):
        found |= values
        trained |= values if parts[number] == 0 else set()
        on_progress(f"looking through {len(masks):,} masks", number / len(masks))
        if len(found) > MASK_CLASSES or (len(values) > 64 and len(found) > 64):
            raise ImportProblem(
                f"{masks[number]} has {len(values):,} different values, and a mask has one for each class. Save masks "
                "as PNG without smoothing, or with a palette"
            )
    if len(found) < 2:
        raise ImportProblem(
            "The masks have one value only, so there is nothing to tell apart: check that they are the right files"
        )
    if unknown := sorted(found - trained):
        raise ImportProblem(
            "Masks outside of the training part have values that those of the training part have not: "
            f"{', '.join(map(str, unknown[:8]))}. Correct the masks or choose another seed for the split"
        )
    return np.array(sorted(found), np.uint32)


def _mask_classes(values: NDArray[np.uint32]) -> tuple[str, ...]:
    names = [f"#{value:06x}" if value > 255 else str(value) for value in values.tolist()]
    if values[0] == 0:
        names[0] = _BACKGROUND
    if len(names) == 2 and values[0] == 0:
        names[1] = "object"
    return tuple(names)


def _read_pair(
    pair: tuple[str, str], rule: ImageRule, values: NDArray[np.uint32]
) -> tuple[Pixels, Pixels] | UnreadableImage:
    """An image and its mask at the size that the rule says. Raises ImportProblem where their sizes differ."""
    image, mask = pair
    try:
        found, mask_size = read_mask(mask)
        size, _ = image_size(image)
        if size != mask_size:
            raise ImportProblem(
                f"{image} has {size[0]} by {size[1]} pixels and its mask {mask} has {mask_size[0]} by {mask_size[1]}: "
                "both must have the same size"
            )
        classes = np.searchsorted(values, found).astype(np.uint8)
        return read_image(image, rule), resize_mask(classes, rule)
    except UnreadableImage as error:
        return error
