"""Compares what the proof runs of a duel kept."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runners.protocol import Artifact, ArtifactKind, State
from storage.records import RunRecord
from workbench.artifacts import ArtifactError, read_artifact
from workbench.duel.match import Match
from workbench.duel.results import Proof

PROOF = Artifact("proof", ArtifactKind.PROOF, "artifacts/proof.npz")
PRECISIONS = ("float32", "float64")
Arrays = Mapping[str, NDArray[np.generic]]


def proofs(match: Match, runs: Mapping[int, RunRecord]) -> list[Proof]:
    """A proof for each contestant that has a proof run, by its place. The reference is the first contestant with the same parameters
    of its own whose proof can be read, or the first one if there is none.
    """
    kept = {at: _kept(run) for at, run in runs.items()}
    readable = {at for at, (arrays, _) in kept.items() if arrays}
    found = []
    for at, run in sorted(runs.items()):
        (arrays, problem), reference = kept[at], _reference(match, at, readable)
        unreadable = bool(problem) and run.state is State.FINISHED
        start = Proof(
            contestant=at,
            reference=reference,
            run_id=run.id,
            state=State.FAILED if unreadable else run.state,
            reason=problem if unreadable else run.reason,
        )
        others = kept[reference][0] if reference in readable else {}
        found.append(_compared(start, arrays, others) if arrays else start)
    return found


def _kept(run: RunRecord) -> tuple[Arrays, str]:
    """What a run kept, or nothing and why that cannot be read."""
    try:
        return read_artifact(Path(run.folder), PROOF, _parse), ""
    except ArtifactError as error:
        return {}, str(error)


def _parse(data: bytes) -> Arrays:
    """Raises ValueError or KeyError."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = dict(file)
    except (zipfile.BadZipFile, zlib.error, EOFError, AttributeError) as error:
        raise ValueError(str(error)) from error
    if arrays["parameters"].size != 1 or any(
        one.dtype.kind not in "fiu" for one in arrays.values()
    ):
        raise ValueError("it is no proof")
    return arrays


def _reference(match: Match, at: int, readable: Collection[int]) -> int:
    own = match.contestants[at].parameters
    alike = [place for place, one in enumerate(match.contestants) if one.parameters == own]
    return next((place for place in alike if place in readable), alike[0])


def _compared(start: Proof, arrays: Arrays, others: Arrays) -> Proof:
    """With what was kept. A proof is not compared with itself, nor where the other one cannot be read."""
    change = arrays.get("shape_change_s")
    kinds = PRECISIONS if others and start.reference != start.contestant else ()
    return replace(
        start,
        parameter_count=int(arrays["parameters"].item()),
        output_difference={kind: _outputs(arrays, others, kind) for kind in kinds},
        loss_differences={kind: _losses(arrays, others, kind) for kind in kinds},
        shape_change_s=None if change is None else float(change.item()),
    )


def _outputs(one: Arrays, other: Arrays, kind: str) -> float:
    """The largest difference of any output relative to the largest number of that output; NaN if they are not alike."""
    names = [sorted(_outputs_of(arrays, kind)) for arrays in (one, other)]
    if not names[0] or names[0] != names[1]:
        return math.nan
    return max((_difference(one[name], other[name]) for name in names[0]), key=_nan_first)


def _outputs_of(arrays: Arrays, kind: str) -> Iterator[str]:
    return (name for name in arrays if name.startswith(f"{kind}/output"))


def _nan_first(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _difference(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    if one.shape != other.shape or not one.size:
        return math.nan
    a, b = one.astype(np.float64), other.astype(np.float64)
    largest = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / largest) if largest else 0.0


def _losses(one: Arrays, other: Arrays, kind: str) -> tuple[float, ...]:
    """The difference of each loss relative to it; nothing if there are not equally many."""
    a, b = (np.atleast_1d(each.get(f"{kind}/losses", np.empty(0))).astype(np.float64) for each in (one, other))  # fmt: skip
    if a.shape != b.shape:
        return ()
    return tuple(_relative(x, y) for x, y in zip(a.tolist(), b.tolist(), strict=True))


def _relative(a: float, b: float) -> float:
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))


def by_contestant(runs: Sequence[RunRecord]) -> dict[int, RunRecord]:
    """Proof runs by their contestants."""
    return {run.spec.duel.contestant: run for run in runs if run.spec.duel is not None}
