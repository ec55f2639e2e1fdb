"""Prepared datasets made of given arrays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from runners.datasets.dataset import DESCRIPTION, DatasetInfo, PreparedDataset
from runners.datasets.vocabulary import Vocabulary

PLAIN = DatasetInfo(
    name="made",
    title="Made",
    summary="made up",
    source="a test",
    licence="none",
    input_shape=(),
    train_count=0,
    test_count=0,
)


def made(
    folder: Path,
    arrays: dict[str, Any],
    vocabulary: Vocabulary | None = None,
    **described: Any,
) -> PreparedDataset:
    """Written into the folder as its arrays are; what is described goes into its info."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {
        f"{part}_count": len(arrays[f"{part}_x"])
        for part in ("train", "validation", "test")
        if f"{part}_x" in arrays
    }
    shape = arrays["train_x"].shape[1:]
    dataset = PreparedDataset(
        replace(PLAIN, input_shape=shape, **counts, **described), folder, "none"
    )
    for name, array in arrays.items():
        np.save(dataset.array(name), array)
    if vocabulary:
        vocabulary.write(folder)
    (folder / DESCRIPTION).write_text(dataset.describe(), "utf-8")
    return dataset
