"""Values that the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from runners.protocol import Framework, Mode, RunSpec
from storage.records import RunRecord
from storage.store import Series

SPEC = RunSpec(
    template="mlp",
    framework=Framework.PYTORCH,
    mode=Mode.EAGER,
    dataset="digits",
    dataset_hash="0" * 64,
    parameters={
        "learning_rate": 0.1,
        "epochs": 3,
        "shuffle": True,
        "kernel": (3, 3),
        "optimizer": "adam",
    },
    seed=1,
    device="auto",
    interpreter="python",
)


def spec(**changes: Any) -> RunSpec:
    return replace(SPEC, **changes)


def series(values: Sequence[float], first_step: int = 0) -> Series:
    """A series with these values, a step a point and a second a step."""
    steps = np.arange(first_step, first_step + len(values), dtype=np.int64)
    return Series(steps, steps.astype(np.float64), np.asarray(values, dtype=np.float64))


def ids(runs: Iterable[RunRecord]) -> list[int]:
    return [run.id for run in runs]
