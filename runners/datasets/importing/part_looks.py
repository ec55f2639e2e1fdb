"""A bounded look at the files that are named for each part: what they hold, and whether they go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from runners.datasets.dataset import Task
from runners.datasets.importing import arrays, images, labels, listing
from runners.datasets.importing.batch import Skipped
from runners.datasets.importing.conversion import texts, typed
from runners.datasets.importing.inspecting import ENTRIES, looked_into
from runners.datasets.importing.part_files import check_part_files, part_paths
from runners.datasets.importing.preview import PartFacts
from runners.datasets.importing.recipe import Column, ImportProblem, Kind, Recipe, Role
from runners.datasets.importing.rows import needed_columns
from runners.datasets.importing.splitting import PART_WORDS, PARTS, TRAIN
from runners.datasets.importing.table_preview import first_rows, row_count
from runners.datasets.importing.texts import text_paths

_LABELS_READ = 1_000_000
"""Of arrays the classes are counted up to so many samples."""
_IMAGES_TRIED = 12


def look_at_parts(recipe: Recipe) -> tuple[PartFacts, ...]:
    """As `runners.datasets.importing.inspect_parts`."""
    recipe.check()
    check_part_files(recipe)
    if recipe.kind is Kind.ARRAYS:
        found = _look_at_arrays(recipe)
    else:
        by_part: dict[int, list[Path]] = {}
        for part, path in part_paths(recipe):
            by_part.setdefault(part, []).append(Path(path))
        found = [_look(recipe, part, paths) for part, paths in by_part.items()]
    for facts in found:
        if not facts.count:
            raise ImportProblem(f"The {facts.part} part holds no samples: choose other files")
    _check_labels(found)
    return tuple(found)


def _check_labels(found: Sequence[PartFacts]) -> None:
    """What was only looked at in part may know more classes: then the import will tell."""
    trained = next(facts for facts in found if facts.part == PARTS[TRAIN])
    known = {label for label, _ in trained.labels}
    for facts in found:
        unknown = sorted(label for label, _ in facts.labels if label not in known)
        if unknown and trained.exact:
            raise labels.unknown_classes(facts.part, unknown)


def _look(recipe: Recipe, part: int, paths: Sequence[Path]) -> PartFacts:
    """Problems say of which part they are."""
    looks: dict[Kind, Callable[[Recipe, Path], PartFacts]] = {
        Kind.IMAGE_FOLDERS: _look_at_classes,
        Kind.TEXT_FOLDERS: _look_at_classes,
        Kind.IMAGES: _look_at_images,
        Kind.IMAGE_MASKS: _look_at_masks,
        Kind.TEXT_FILES: _look_at_text,
    }
    look = looks.get(recipe.kind, _look_at_table)
    try:
        found = [look(recipe, path) for path in paths]
    except ImportProblem as problem:
        raise ImportProblem(f"The {PART_WORDS[part]} part: {problem}") from None
    counts: Counter[str] = Counter()
    for facts in found:
        counts.update(dict(facts.labels))
    return replace(
        found[0],
        part=PARTS[part],
        count=sum(facts.count for facts in found),
        exact=all(facts.exact for facts in found),
        labels=tuple(counts.most_common()),
    )


def _facts(count: int, unit: str, exact: bool, classes: Counter[str] | None = None) -> PartFacts:
    found = tuple(classes.items()) if classes else ()
    return PartFacts(part="", count=count, unit=unit, exact=exact, labels=found)


def _look_at_table(recipe: Recipe, path: Path) -> PartFacts:
    """The first rows: that they have the columns, and that these are of their types."""
    if not path.is_file():
        raise ImportProblem(f"{path} is a folder, and this is read as {recipe.kind}: choose a file")
    kind, reading = recipe.kind, recipe.reading
    rows, whole = first_rows(path, kind, reading, Skipped("lines", 1.0))
    columns = needed_columns(recipe)
    if lacking := [each.name for each in columns if each.name not in rows.column_names]:
        raise ImportProblem(
            f"{path} has no column {', '.join(map(repr, lacking))}, which the training part has; it has: "
            f"{', '.join(rows.column_names)}"
        )
    values = {
        each.name: typed(rows.column(each.name).combine_chunks(), each, reading.decimal)
        for each in columns
    }
    named = recipe.column_of(Role.PATH)
    if named is not None:
        _check_images(path, texts(values[named.name]).to_pylist())
    count, exact = row_count(path, kind, reading, len(rows), whole)
    return _facts(count, "rows", exact and whole, _classes(recipe, values))


def _classes(recipe: Recipe, values: dict[str, Any]) -> Counter[str] | None:
    target: Column | None = recipe.column_of(Role.TARGET)
    if target is None or recipe.task is not Task.CLASSIFICATION:
        return None
    return Counter(texts(values[target.name].drop_null()).to_pylist())


def _check_images(path: Path, names: Sequence[str | None]) -> None:
    tried = [path.parent / name for name in names if name][:_IMAGES_TRIED]
    if tried and not any(image.is_file() for image in tried):
        raise ImportProblem(f"{path} names images that are not there, such as {tried[0]}")


def _look_at_classes(recipe: Recipe, path: Path) -> PartFacts:
    is_images = recipe.kind is Kind.IMAGE_FOLDERS
    what = "images" if is_images else "texts"
    files, whole = looked_into(path, listing.IMAGES if is_images else listing.TEXTS)
    if not files:
        raise ImportProblem(
            f"{path} has no folders with {what}: there must be one for each class, as in the training part"
        )
    return _facts(len(files), what, whole, Counter(file.label for file in files))


def _look_at_images(recipe: Recipe, path: Path) -> PartFacts:
    del recipe
    count = sum(1 for _ in islice(listing.walk(path, listing.IMAGES), ENTRIES))
    if not count:
        raise ImportProblem(f"{path} holds no images: choose another folder")
    return _facts(count, "images", count < ENTRIES)


def _look_at_masks(recipe: Recipe, path: Path) -> PartFacts:
    del recipe
    pairs, alone = images.mask_pairs(path, lambda _text, _fraction: None, ENTRIES)
    if not pairs:
        raise ImportProblem(f"{path} has no image with a mask of its name")
    return _facts(len(pairs), "images", len(pairs) + alone < ENTRIES)


def _look_at_text(recipe: Recipe, path: Path) -> PartFacts:
    del recipe
    return _facts(sum(file.stat().st_size for file in text_paths((str(path),))), "bytes", True)


def _look_at_arrays(recipe: Recipe) -> list[PartFacts]:
    """Arrays say how many samples they have. Raises ImportProblem where shapes differ."""
    pairs = arrays.pairs_of(recipe)
    arrays.Joined([pair.x for pair in pairs])
    found = []
    for pair in pairs:
        count = pair.x.shape[0]
        if pair.y is not None and pair.y.shape[0] != count:
            raise ImportProblem(
                f"The {PART_WORDS[pair.part]} part has {count:,} samples and {pair.y.shape[0]:,} targets: there must be as many of both"
            )
        classes: Counter[str] | None = None
        if recipe.task is Task.CLASSIFICATION and pair.y is not None and count <= _LABELS_READ:
            codes, names = arrays.classes_of(pair.y.whole())
            counts = np.bincount(codes, minlength=len(names)).tolist()
            classes = Counter(dict(zip(names, counts, strict=True)))
        found.append(replace(_facts(count, "samples", True, classes), part=PARTS[pair.part]))
    return found
