"""Small datasets, written as an import would write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from runners.datasets.dataset import DatasetInfo, Input, PreparedDataset
from runners.datasets.preparation import publish, unfinished_folder


def import_table(
    datasets: Path, name: str, *, rows: int = 30, seed: int = 0, title: str = ""
) -> PreparedDataset:
    """A table of three features and two classes, a fifth of it for testing."""
    test = rows // 5
    info = DatasetInfo(
        name=name,
        title=title or name,
        summary="a small table",
        source="/data/a.csv",
        licence="",
        input=Input.FEATURES,
        input_shape=(3,),
        classes=("no", "yes"),
        features=("age", "height", "weight"),
        feature_mean=(40.0, 1.7, 70.0),
        feature_std=(10.0, 0.1, 12.0),
        train_count=rows - test,
        test_count=test,
    )
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((rows, 3)).astype(np.float32)
    y = (np.arange(rows) % 2).astype(np.uint8)
    with unfinished_folder(name, info.title, datasets) as folder:
        for part, chosen in (("train", slice(test, None)), ("test", slice(None, test))):
            np.save(folder / f"{part}_x.npy", x[chosen])
            np.save(folder / f"{part}_y.npy", y[chosen])
        return publish(
            info, folder, {"name": name, "paths": ["/data/a.csv"], "kind": "separated values"}
        )
