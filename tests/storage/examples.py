"""Values that the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from runners.protocol import RunSpec
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
