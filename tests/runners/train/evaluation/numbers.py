"""Setups and parts of made-up numbers for the evaluations of regression and forecasting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.data import Part
from runners.train.evaluation import Evaluation
from runners.train.setup import Setup

MEANS, STDS = (10.0, -3.0), (2.0, 0.5)


def setup(task: Task, **parameters: Any) -> Setup:
    """Of two targets, or a series of two channels."""
    info = DatasetInfo(
        name="made-up",
        title="Made up",
        summary="",
        source="",
        licence="",
        task=task,
        input=Input.FEATURES if task is Task.REGRESSION else Input.SERIES,
        input_shape=(2,),
        targets=("height", "depth"),
        target_mean=MEANS,
        target_std=STDS,
        train_count=100,
        test_count=100,
    )
    return Setup(
        framework=Framework.PYTORCH,
        mode=Mode.EAGER,
        device="cpu",
        template=get_template("mlp" if task is Task.REGRESSION else "forecaster"),
        dataset=info,
        parameters=parameters,
        seed=1,
    )


def part(x: NDArray[Any], y: NDArray[Any]) -> Part:
    return Part(x, y, np.arange(len(x)))


def judge(evaluation: Evaluation, outputs: NDArray[Any], of: Part, batch: int = 7) -> None:
    for start in range(0, len(of), batch):
        some = slice(start, start + batch)
        evaluation.add(outputs[some], of.x[some], of.y[some])


def standardised(values: NDArray[Any]) -> NDArray[np.float32]:
    """From the targets' own units."""
    return np.asarray((values - np.array(MEANS)) / np.array(STDS), np.float32)
