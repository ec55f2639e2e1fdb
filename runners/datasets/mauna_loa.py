"""Carbon dioxide in the air on Mauna Loa, week by week: a rising line with a wave a year.

Keeling and Whorf (2004), "Atmospheric CO2 concentrations derived from flask air samples at sites in the SIO network". Weeks
without a measurement lie on the straight line between their neighbours. The last fifth is for testing.
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

INFO = DatasetInfo(
    name="mauna-loa",
    title="Mauna Loa",
    summary="carbon dioxide in the air, weekly from 1958 to 2001",
    source="Keeling and Whorf (2004), Scripps Institution of Oceanography, as statsmodels has it",
    licence="public domain",
    task=Task.FORECASTING,
    input=Input.SERIES,
    input_shape=(1,),
    targets=("CO2 (ppmv)",),
    features=("CO2 (ppmv)",),
    target_mean=(333.456,),
    target_std=(12.9501,),
    feature_mean=(333.456,),
    feature_std=(12.9501,),
    train_count=1827,
    test_count=457,
    ordered=True,
)
FILE = Path(__file__).with_name("files") / "co2.csv"


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    import csv

    import numpy as np

    del datasets_folder, on_progress
    if source is not None:
        raise DatasetError(f"{INFO.title} comes with Twinbench and takes no folder")
    try:
        with open(FILE, encoding="utf-8", newline="") as file:
            texts = [row["co2"] for row in csv.DictReader(file)]
    except OSError as error:
        raise DatasetError(f"{FILE} cannot be read ({error}): install Twinbench again") from error
    weeks = np.arange(len(texts))
    known = np.array([bool(text) for text in texts])
    values = np.interp(weeks, weeks[known], [float(text) for text in texts if text])
    series = ((values - INFO.target_mean[0]) / INFO.target_std[0]).astype(np.float32)[:, None]
    return Contents({"train_x": series[: INFO.train_count], "test_x": series[INFO.train_count :]})
