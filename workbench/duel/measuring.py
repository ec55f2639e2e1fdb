"""What one run of a duel measured, from its file of times, its curves and what the machine did meanwhile."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.protocol import Artifact, ArtifactKind, DuelRole
from storage.points import Series
from storage.records import RunRecord, better
from storage.store import Store
from workbench.artifacts import ArtifactError, read_artifact
from workbench.duel.match import Target
from workbench.duel.results import LARGEST_BATCH, MOST_POINTS, Measured, Scaled
from workbench.duel.schedule import Part

LARGEST = Artifact("largest-batch", ArtifactKind.LARGEST_BATCH, "artifacts/largest-batch.json")
TIMING = Artifact("timing", ArtifactKind.TIMING, "artifacts/timing.json")
Floats = NDArray[np.float64]
_SECONDS = ("first_step_s", "import_s", "build_s", "start_s", "train_s")
_SHARED = ("samples_per_s", "evaluation_samples_per_s", "input_share", *_SECONDS)
"""Figures that the file of times has under the same name."""
_MEMORY = {
    "imported": "memory_imported",
    "built": "memory_built",
    "peak": "memory_peak",
    "device_peak": "device_memory_peak",
}
_CONDITIONS = {"clock_mhz": "system/clock_mhz", "temperature_c": "system/temperature"}
"""What a run was measured under: the machine's series that each figure is the mean of."""
_ENVIRONMENT = ("python", "packages", "device", "threads", "cuda", "rocm")
"""Nothing of whose machine it is goes into results, which are made to be passed on."""


def measure(store: Store, run: RunRecord, target: Target | None, contestant: int) -> Measured:
    """All that is known of a match run. What cannot be read, or is not there yet, is left out. Raises StoreError."""
    timing = _timing(Path(run.folder))
    clock = _Clock(store.series(run.id, "epoch_s"))
    figures = {**_timed(timing), **_learned(run)}
    if target is not None:
        figures |= _to_target(store, run, target, clock)
    figures |= _conditions(store, run)
    return Measured(
        contestant=contestant,
        seed=run.spec.seed,
        run_id=run.id,
        state=run.state,
        reason=run.reason,
        figures=figures,
        blocks=_floats(timing.get("blocks", ())),
        histogram={name: _floats(one) for name, one in timing.get("histogram", {}).items()},
        curves=dict(_curves(store, run, clock)),
        environment={
            name: run.environment[name] for name in _ENVIRONMENT if name in run.environment
        },
    )


def measure_scaled(store: Store, run: RunRecord, part: Part) -> Scaled:
    """What is known of a run that scales, or looks for the largest batch. Raises StoreError."""
    folder, is_largest = Path(run.folder), part.role is DuelRole.LARGEST
    figures = _largest(folder) if is_largest else _timed(_timing(folder)) | _conditions(store, run)
    return Scaled(
        contestant=part.contestant,
        what=LARGEST_BATCH if is_largest else part.scaled,
        value=part.value,
        run_id=run.id,
        state=run.state,
        reason=run.reason,
        figures=figures,
    )


def _largest(folder: Path) -> dict[str, float]:
    try:
        found = read_artifact(folder, LARGEST, _parse)
    except ArtifactError:
        return {}
    return _finite({LARGEST_BATCH: found.get("largest"), "failing_batch": found.get("failing")})


# -- its file of times ----------------------------------------------------------------------------------
def _timing(folder: Path) -> Mapping[str, Any]:
    """Nothing of a run that went on from a checkpoint, whose times are not those of a whole training."""
    try:
        timing = read_artifact(folder, TIMING, _parse)
    except ArtifactError:
        return {}
    return {} if timing.get("resumed") else timing


def _parse(data: bytes) -> Mapping[str, Any]:
    raw = json.loads(data)
    if raw["version"] != 1:
        raise ValueError("a newer version of Twinbench wrote it")
    kinds = {"memory": dict, "step_s": dict, "histogram": dict, "blocks": list}
    for name, kind in kinds.items():
        if not isinstance(raw.get(name, kind()), kind):
            raise ValueError(f"its {name} is something else")
    return dict(raw)


def _timed(timing: Mapping[str, Any]) -> dict[str, float]:
    memory, steps = timing.get("memory", {}), timing.get("step_s", {})
    found = {name: timing.get(name) for name in _SHARED}
    found |= {figure: memory.get(name) for name, figure in _MEMORY.items()}
    found |= {"step_s": steps.get("p50"), "compilations": timing.get("graphs")}
    return _finite(found)


def _finite(found: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def _floats(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values if isinstance(value, int | float))


# -- its curves -----------------------------------------------------------------------------------------
class _Clock:
    """How long a run trained and validated up to a step: no pauses, no testing, and nothing before the first step."""

    def __init__(self, epochs: Series) -> None:
        """``epochs`` has the seconds of each epoch at its last step."""
        self._steps, self._seconds = epochs.steps, np.cumsum(epochs.values)

    def __call__(self, step: int) -> float:
        """Seconds; NaN for a step before the end of the first epoch."""
        place = int(np.searchsorted(self._steps, step, "right"))
        return float(self._seconds[place - 1]) if place else math.nan


def _learned(run: RunRecord) -> dict[str, float]:
    """The test figures at the end, and the best validation figures of any epoch."""
    ends = {name: one.last for name, one in run.summary.items() if name.startswith("test/")}
    best = {f"best/{name}": one.best for name, one in run.summary.items() if name.startswith("val/")}  # fmt: skip
    return _finite({**ends, **best})


def _curves(
    store: Store, run: RunRecord, clock: _Clock
) -> Iterator[tuple[str, tuple[tuple[float, float, float], ...]]]:
    """The points (step, seconds, value) of what is logged once an epoch."""
    for name in run.summary:
        if name.startswith("val/") or name == "train/loss":
            points = store.series(run.id, name)
            chosen = np.unique(
                np.linspace(0, len(points.steps) - 1, min(MOST_POINTS, len(points.steps))).astype(int)
            )  # fmt: skip
            yield (
                name,
                tuple(
                    (float(points.steps[at]), clock(points.steps[at]), float(points.values[at]))
                    for at in chosen
                ),
            )


def _to_target(store: Store, run: RunRecord, target: Target, clock: _Clock) -> dict[str, float]:
    """What it took until the end of the epoch in which validation first reached the target; nothing where it did not."""
    points = store.series(run.id, target.metric)
    enough = points.values >= target.value if better(target.metric) == "higher" else points.values <= target.value  # fmt: skip
    if not enough.any():
        return {}
    at = int(np.argmax(enough))
    step = int(points.steps[at])
    found = {"target_steps": float(step), "target_s": clock(step)}
    if not _was_paused(store, run):
        found["target_joules"] = _joules(store, run, points.times[at] - clock(step), points.times[at])  # fmt: skip
    return _finite(found)


def _was_paused(store: Store, run: RunRecord) -> bool:
    """Its seconds of training are then not those of the clock on the wall, by which its GPU was read."""
    return any(entry.details.get("state") == "paused" for entry in store.journal(run.id))


def _joules(store: Store, run: RunRecord, begun: float, ended: float) -> float:
    """The GPU's power over the time, by the trapezoidal rule; NaN where it is not told over nearly all of it."""
    power = store.series(run.id, "system/gpu_power_watts")
    during = (power.times >= begun - 1) & (power.times <= ended + 1)
    times, watts = power.times[during], power.values[during]
    if len(times) < 2:
        return math.nan
    moments = np.unique(
        np.concatenate([[begun], times[(times > begun) & (times < ended)], [ended]])
    )
    read: Floats = np.interp(moments, times, watts)
    return float(np.trapezoid(read, moments))


# -- what it was measured under -------------------------------------------------------------------------
def _conditions(store: Store, run: RunRecord) -> dict[str, float]:
    found = {"other_cpu_share": _others(store, run)}
    for figure, metric in _CONDITIONS.items():
        values = store.series(run.id, metric).values
        found[figure] = _mean(values[np.isfinite(values)])
    return _finite(found)


def _others(store: Store, run: RunRecord) -> float:
    """The mean share of the processor that other programs took while the run was there; NaN where it is not known."""
    machine = store.series(run.id, "system/machine_cpu_percent")
    own = store.series(run.id, "system/cpu_percent")
    cores = run.environment.get("cpu_count")
    if not isinstance(cores, int) or not cores:
        return math.nan
    _, one, other = np.intersect1d(machine.steps, own.steps, return_indices=True)
    taken = np.clip(machine.values[one] - own.values[other], 0.0, None)
    return _mean(taken[np.isfinite(taken)]) / (100 * cores)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan
