"""Handwritten digits, 8 by 8 pixels: small, and part of scikit-learn, so always at hand."""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetError, DatasetInfo, ProgressCallback

INFO = DatasetInfo(
    name="digits",
    title="Digits",
    summary="1,797 handwritten digits of 8 by 8 pixels; trains in seconds",
    source="UCI Optical Recognition of Handwritten Digits, as scikit-learn ships it",
    licence="CC BY 4.0",
    input_shape=(8, 8, 1),
    classes=tuple("0123456789"),
    train_count=1437,
    test_count=360,
    scale=16,
)
_SPLIT_SEED = 0


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    """The arrays, split in a fixed random order, since the file's order goes by writer."""
    del datasets_folder
    if source is not None:
        raise DatasetError(f"{INFO.title} is part of scikit-learn and takes no folder")
    on_progress("reading Digits from scikit-learn", 0.0)
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DatasetError(
            "Digits is part of scikit-learn, which is not installed: pip install scikit-learn"
        ) from error
    import numpy as np

    bunch = load_digits()
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(bunch.target))
    images = bunch.images.astype(np.uint8)[order][..., np.newaxis]
    labels = bunch.target.astype(np.uint8)[order]
    train, test = slice(None, INFO.train_count), slice(INFO.train_count, None)
    return Contents(
        {
            "train_x": images[train],
            "train_y": labels[train],
            "test_x": images[test],
            "test_y": labels[test],
        }
    )
