"""What the tables of scikit-learn have in common: a fixed split, and features in units of their deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runners.datasets.dataset import Contents, DatasetError, DatasetInfo, Task

if TYPE_CHECKING:
    from pathlib import Path

    from runners.datasets.dataset import Array

_SPLIT_SEED = 0


def load_table(info: DatasetInfo, loader: str, source: Path | None, **options: Any) -> Contents:
    """The arrays of what ``sklearn.datasets.LOADER`` returns, split and standardised. Raises DatasetError."""
    bunch = _bunch(info, loader, source, options)
    import numpy as np

    x = (bunch.data - np.array(info.feature_mean)) / np.array(info.feature_std)
    if info.task is Task.REGRESSION:
        y = (bunch.target[:, None] - np.array(info.target_mean)) / np.array(info.target_std)
        train, test = split(np.zeros(len(x), np.uint8), info.test_count)
        y = y.astype(np.float32)
    else:
        y = bunch.target.astype(np.uint8)
        train, test = split(y, info.test_count)
    x = x.astype(np.float32)
    return Contents(
        {"train_x": x[train], "train_y": y[train], "test_x": x[test], "test_y": y[test]}
    )


def split(labels: Array, test_count: int) -> tuple[Array, Array]:
    """The places of training and of test, with the shares of the classes the same in both, in a fixed random order.

    Samples are ordered at random, then class by class taken in turn; of this row each part is an even share.
    """
    import numpy as np

    order = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    chosen = np.zeros(len(labels), bool)
    chosen[(np.arange(test_count) * len(labels)) // test_count] = True
    is_test = np.zeros(len(labels), bool)
    is_test[by_class[chosen]] = True
    return order[~is_test[order]], order[is_test[order]]


def _bunch(info: DatasetInfo, loader: str, source: Path | None, options: dict[str, Any]) -> Any:
    if source is not None:
        raise DatasetError(f"{info.title} is part of scikit-learn and takes no folder")
    try:
        from sklearn import datasets
    except ImportError as error:
        raise DatasetError(
            f"{info.title} is part of scikit-learn, which is not installed: pip install scikit-learn"
        ) from error
    return getattr(datasets, loader)(**options)
