"""Iris: four lengths of 150 flowers.

Fisher (1936), "The use of multiple measurements in taxonomic problems".
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetInfo, Input, ProgressCallback
from runners.datasets.tables import load_table

INFO = DatasetInfo(
    name="iris",
    title="Iris",
    summary="150 flowers of three species by the lengths of their leaves; trains in a second",
    source="UCI, R. A. Fisher (1936), as scikit-learn ships it",
    licence="CC BY 4.0",
    input=Input.FEATURES,
    input_shape=(4,),
    classes=("setosa", "versicolor", "virginica"),
    features=("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
    feature_mean=(5.85667, 3.07167, 3.7675, 1.20167),
    feature_std=(0.850464, 0.429376, 1.77046, 0.763215),
    train_count=120,
    test_count=30,
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    del datasets_folder, on_progress
    return load_table(INFO, "load_iris", source)
