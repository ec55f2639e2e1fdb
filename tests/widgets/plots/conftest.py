"""Curves and runs to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from runners.protocol import Progress, State
from storage.records import RunRecord
from tests.examples import SPEC
from widgets.plots.plot_curve import PlotCurve
from workbench.curve import Curve

START = 1_700_000_000.0
RUN = RunRecord(
    id=1,
    revision=1,
    name="one",
    experiment="default",
    state=State.RUNNING,
    reason="",
    spec=SPEC,
    created=0,
    started=int(START * 1e6),
    ended=None,
    folder="",
    pid=None,
    pid_created=None,
    exit_code=None,
    assigned_device="cpu",
    request=None,
    position=0.0,
    color=0,
    trashed=None,
    progress=Progress("training", 50, 100, 3, 5),
    heartbeat=None,
)
MakePlotCurve = Callable[..., PlotCurve]


def curve_of(values: Sequence[float], steps: Sequence[int] | None = None) -> Curve:
    """A point a step and a second from the run's start, unless other steps are given."""
    curve = Curve()
    numbers = np.arange(len(values)) if steps is None else np.asarray(steps, np.int64)
    curve.append(numbers, START + np.arange(len(values)), np.asarray(values, float))
    return curve


@pytest.fixture
def plot_curve() -> MakePlotCurve:
    def make(
        values: Sequence[float],
        *,
        metric: str = "loss",
        steps: Sequence[int] | None = None,
        **changes: Any,
    ) -> PlotCurve:
        run = replace(RUN, **changes)
        return PlotCurve(run, metric, run.name, curve_of(values, steps), len(values))

    return make
