"""Wine: thirteen chemical measures of 178 wines.

Aeberhard and Forina (1992), "Wine", https://doi.org/10.24432/C5PC7J.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetInfo, Input, ProgressCallback
from runners.datasets.tables import load_table

INFO = DatasetInfo(
    name="wine",
    title="Wine",
    summary="178 wines of three growers by their chemistry",
    source="UCI, Aeberhard and Forina (1992), as scikit-learn ships it",
    licence="CC BY 4.0",
    input=Input.FEATURES,
    input_shape=(13,),
    classes=("grower 1", "grower 2", "grower 3"),
    features=(
        "alcohol (%)",
        "malic acid",
        "ash",
        "alcalinity of ash",
        "magnesium",
        "total phenols",
        "flavanoids",
        "nonflavanoid phenols",
        "proanthocyanins",
        "color intensity",
        "hue",
        "OD280/OD315 of diluted wine",
        "proline",
    ),
    feature_mean=(
        13.0061,
        2.32014,
        2.37634,
        19.6148,
        100.972,
        2.31,
        2.04676,
        0.365141,
        1.59521,
        5.13866,
        0.961239,
        2.60958,
        744.387,
    ),
    feature_std=(
        0.771741,
        1.08591,
        0.273206,
        3.37874,
        14.8826,
        0.620166,
        1.00853,
        0.128982,
        0.541834,
        2.34222,
        0.226604,
        0.702681,
        306.101,
    ),
    train_count=142,
    test_count=36,
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    del datasets_folder, on_progress
    return load_table(INFO, "load_wine", source)
