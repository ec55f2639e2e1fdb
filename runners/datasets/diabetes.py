"""Diabetes: ten measures of 442 patients and how far their illness went on within a year.

Efron, Hastie, Johnstone and Tibshirani (2004), "Least Angle Regression".
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetInfo, Input, ProgressCallback, Task
from runners.datasets.tables import load_table

INFO = DatasetInfo(
    name="diabetes",
    title="Diabetes",
    summary="442 patients; predict how far their illness went on within a year",
    source="Efron, Hastie, Johnstone and Tibshirani (2004), as scikit-learn ships it",
    licence="distributed with scikit-learn (BSD 3-Clause)",
    task=Task.REGRESSION,
    input=Input.FEATURES,
    input_shape=(10,),
    targets=("disease progression",),
    target_mean=(152.582,),
    target_std=(76.9105,),
    features=(
        "age (years)",
        "sex",
        "body mass index",
        "blood pressure",
        "s1 total cholesterol",
        "s2 LDL",
        "s3 HDL",
        "s4 total/HDL",
        "s5 log triglycerides",
        "s6 blood sugar",
    ),
    feature_mean=(
        48.8503,
        1.48023,
        26.3446,
        95.2297,
        188.223,
        114.636,
        49.7415,
        4.04579,
        4.63548,
        91.1751,
    ),
    feature_std=(
        13.3416,
        0.499609,
        4.35863,
        13.9055,
        34.9528,
        30.4564,
        13.0595,
        1.2426,
        0.530136,
        11.3783,
    ),
    train_count=354,
    test_count=88,
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    del datasets_folder, on_progress
    return load_table(INFO, "load_diabetes", source, scaled=False)
