"""Files of a person, made by the tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from runners.datasets.dataset import PreparedDataset
from runners.datasets.importing import Column, Missing, Recipe, Role, Type, inspect, run


def write_csv(
    path: Path, names: Sequence[str], rows: Iterable[Sequence[object]], **form: Any
) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, **form)
        writer.writerow(names)
        writer.writerows(rows)
    return path


def flowers(path: Path, count: int = 120, **form: Any) -> Path:
    """Two numbers, one category and a class that follows from one number but for noise."""
    generator = np.random.default_rng(7)
    size, width = generator.normal(5, 2, count), generator.normal(100, 30, count)
    noisy = size + generator.normal(0, 1, count)
    rows = [
        (f"{s:.3f}", f"{w:.1f}", "red" if n % 3 else "blue", "large" if bigger > 5 else "small")
        for n, (s, w, bigger) in enumerate(zip(size, width, noisy, strict=True))
    ]
    return write_csv(path, ("size", "width", "colour", "kind"), rows, **form)


def image(path: Path, shape: tuple[int, ...] = (12, 16, 3), seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def image_folders(folder: Path, count: int = 10, classes: Sequence[str] = ("cat", "dog")) -> Path:
    for name in classes:
        for number in range(count):
            image(folder / name / f"{number}.png", seed=number)
    return folder


def column(
    name: str,
    role: Role = Role.FEATURE,
    kind: Type = Type.NUMBER,
    missing: Missing = Missing.MEAN,
    **rest: str,
) -> Column:
    return Column(name=name, role=role, type=kind, missing=missing, **rest)


def with_columns(recipe: Recipe, *columns: Column) -> Recipe:
    """The recipe with these columns instead of those of their names."""
    other = {column.name: column for column in columns}
    return replace(recipe, columns=tuple(other.get(c.name, c) for c in recipe.columns))


def imported(path: Path, home: Path, **changes: Any) -> PreparedDataset:
    """What the proposal of the preview, changed so, makes of the files."""
    return run(replace(inspect(path).recipe, **changes), home)[0]


def array(dataset: PreparedDataset, name: str) -> Any:
    return np.load(dataset.array(name), allow_pickle=False)
