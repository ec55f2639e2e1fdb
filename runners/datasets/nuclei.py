"""Nuclei of cells under a fluorescence microscope: which pixels belong to one. One image, cut into tiles.

Caicedo et al. (2019), "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl". The parts are bands of
the image, so that no pixel is in two of them; tiles for training overlap by half.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import (
    Contents,
    DatasetError,
    DatasetInfo,
    Input,
    ProgressCallback,
    Task,
)

_TILE = 64
_BANDS = {"train": (0, 320, 32), "validation": (320, 384, 64), "test": (384, 512, 64)}
"""Of each part the first row, the one after its last, and the step from tile to tile."""
INFO = DatasetInfo(
    name="nuclei",
    title="Nuclei",
    summary="nuclei of cells in tiles of 64 by 64 pixels; say which pixels are nucleus",
    source="BBBC038v1, Broad Bioimage Benchmark Collection (Caicedo et al. 2019), as stardist has it",
    licence="CC0 1.0",
    task=Task.SEGMENTATION,
    input=Input.IMAGE,
    input_shape=(_TILE, _TILE, 1),
    classes=("background", "nucleus"),
    train_count=135,
    validation_count=8,
    test_count=16,
    scale=255,
)
FOLDER = Path(__file__).with_name("files")


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    import numpy as np
    from PIL import Image

    del datasets_folder, on_progress
    if source is not None:
        raise DatasetError(f"{INFO.title} comes with Twinbench and takes no folder")
    try:
        image = np.array(Image.open(FOLDER / "nuclei.png"))[..., None]
        mask = (np.array(Image.open(FOLDER / "nuclei_mask.png")) > 0).astype(np.uint8)
    except OSError as error:
        raise DatasetError(f"{FOLDER} cannot be read ({error}): install Twinbench again") from error
    arrays = {}
    for part, (first, last, step) in _BANDS.items():
        places = [
            (slice(row, row + _TILE), slice(column, column + _TILE))
            for row in range(first, last - _TILE + 1, step)
            for column in range(0, image.shape[1] - _TILE + 1, step)
        ]
        arrays[f"{part}_x"] = np.stack([image[place] for place in places])
        arrays[f"{part}_y"] = np.stack([mask[place] for place in places])
    return Contents(arrays)
