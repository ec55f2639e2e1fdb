"""What the images of a dataset look like, so that a person's picture can be made like them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input, PreparedDataset
from runners.export.preprocessing import Look
from runners.train.data import Part

Images = NDArray[Any]
_INK = 0.15
"""What differs from the background by more than this, of 1, stands out."""
_LOOKED_AT = 256
"""So many images tell it."""


def look_of(dataset: PreparedDataset, test: Part) -> Look | None:
    """By the first images of the test part and the recipe of the dataset; None for what is no images."""
    if dataset.info.input is not Input.IMAGE:
        return None
    images = test.x[test.indices[:_LOOKED_AT]].astype(np.float32) / dataset.info.scale
    background = _background(images)
    return Look(_resize(dataset), background, _ink(images, background))


def _resize(dataset: PreparedDataset) -> str:
    """What the recipe says; of images that came in their size, colour pictures fill it and drawings fit into it."""
    usual = "crop" if dataset.info.input_shape[-1] == 3 else "pad"
    return str(dataset.recipe.get("image", {}).get("resize", usual))


def _background(images: Images) -> float:
    """The median of the border."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return float(np.median(np.concatenate([edge.reshape(-1) for edge in edges])))


def _ink(images: Images, background: float) -> float:
    """The median share of the side that the longer extent of what is not background takes."""
    inked = np.abs(images.max(-1) - background) > _INK
    extents = [max(_extent(each.any(axis)) for axis in (0, 1)) for each in inked]
    height, width = images.shape[1:3]
    return float(np.median(extents) / max(height, width))


def _extent(occupied: NDArray[np.bool_]) -> int:
    """From the first to the last place that is."""
    places = np.flatnonzero(occupied)
    return int(places[-1] - places[0] + 1) if len(places) else len(occupied)
