"""Values that the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from runners.export.manifest import Check, Manifest, Measurement, Speed, Tensor
from runners.protocol import RunSpec
from storage.home import Home
from storage.records import RunRecord
from storage.store import Series
from tests import examples

SPEC = replace(examples.SPEC, parameters={**examples.SPEC.parameters, "shuffle": True})
"""Its parameters are of every type."""


def spec(**changes: Any) -> RunSpec:
    return replace(SPEC, **changes)


def series(values: Sequence[float], first_step: int = 0) -> Series:
    """A series with these values, a step a point and a second a step."""
    steps = np.arange(first_step, first_step + len(values), dtype=np.int64)
    return Series(steps, steps.astype(np.float64), np.asarray(values, dtype=np.float64))


def ids(runs: Iterable[RunRecord]) -> list[int]:
    return [run.id for run in runs]


SPEEDS = (Speed(1, 1, 9, 2e-3, 3e-3, 4e-3, 500.0), Speed(1, 0, 9, 1e-3, 3e-3, 4e-3, 1000.0), Speed(32, 0, 9, 5e-3, 6e-3, 7e-3, 6400.0))  # fmt: skip
CHECK = Check(9, 1e-6, 1e-7, 1.0, {"accuracy": (0.9, 0.9)})
MEASUREMENT = Measurement(0.1, 0.2, 1_000_000, SPEEDS, "a processor", 1_700_000_000_000_001)
MANIFEST = Manifest(
    format="onnx", run=1, spec={}, checkpoint="best", step=9, created=1_700_000_000_000_000, inputs=(Tensor("input", (None, 4), "float32"),),
    outputs=(Tensor("output", (None, 3), "float32"),), versions={"python": "3.11"}, preprocessing={}, files={"model.onnx": (1234, "0" * 64)},
)  # fmt: skip


def export(
    home: Home, run_id: int, name: str = "onnx", manifest: Manifest = MANIFEST.with_check(CHECK).with_measurement(MEASUREMENT)
) -> Path:  # fmt: skip
    """The folder of an export, with its manifest alone."""
    folder = home.run_folder(run_id).path / "exports" / name
    folder.mkdir(parents=True, exist_ok=True)
    replace(manifest, run=run_id).write(folder)
    return folder
