"""What `tests.runners.templates.parity` measured in both frameworks, and how far it is apart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.protocol import FRAMEWORKS, Framework
from tests.runners.templates.cases import CASES

ROOT = Path(__file__).parents[3]
Array = NDArray[Any]
Found = Mapping[str, Array]
PATIENCE_S = 1800.0


class Pair:
    """What was found of one case in PyTorch and in TensorFlow."""

    def __init__(self, folder: Path, case: str) -> None:
        self.pytorch, self.tensorflow = (read_found(folder, f, case) for f in FRAMEWORKS)

    @property
    def both(self) -> tuple[Found, Found]:
        return self.pytorch, self.tensorflow

    def names(self, prefix: str) -> list[str]:
        """What was found under it, which has to be the same in both."""
        ours, theirs = ({name for name in found if name.startswith(prefix)} for found in self.both)
        assert ours == theirs, ours ^ theirs
        return sorted(ours)

    def apart(self, prefix: str) -> float:
        """How far arrays are apart at most, relative to the largest number of the array."""
        return max(relative(self.pytorch[n], self.tensorflow[n]) for n in self.names(prefix))

    def gradients_apart(self, dtype: str) -> float:
        """As `apart`. Against a hundredth of the largest gradient of all at least, since some are zero but for rounding."""
        names = self.names(f"{dtype}/gradient/")
        least = max(_largest(self.pytorch[name]) for name in names) / 100
        return max(relative(self.pytorch[n], self.tensorflow[n], least) for n in names)

    def gradients_rounded(self) -> float:
        """How far gradients in float32 are from those in float64 in the worse of the frameworks, as in `gradients_apart`."""
        exact = {n: self.pytorch[n] for n in self.names("float64/gradient/")}
        least = max(map(_largest, exact.values())) / 100
        return max(
            relative(array, found[name.replace("float64", "float32")], least)
            for found in self.both
            for name, array in exact.items()
        )

    def losses_apart(self, course: str, steps: int) -> float:
        """How far the losses of the first steps are apart at most, each relative to itself."""
        ours, theirs = (found[f"{course}/losses"][:steps] for found in self.both)
        return float(np.max(np.abs(ours - theirs) / np.abs(ours)))


def relative(one: Array, other: Array, least: float = 0.0) -> float:
    assert one.shape == other.shape
    assert np.isfinite(one).all()
    assert np.isfinite(other).all()
    largest = max(_largest(one), least)
    return float(np.max(np.abs(one.astype(np.float64) - other))) / largest if largest else 0.0


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array)))


def read_found(folder: Path, framework: Framework, case: str) -> Found:
    """What `measure` found of a case in a framework."""
    error = folder / framework / f"{case}.error"
    assert not error.exists(), f"{framework}: {error.read_text('utf-8')}"
    with np.load(folder / framework / f"{case}.npz", allow_pickle=False) as file:
        return dict(file)


def measure(folder: Path, cases: Iterable[str] = CASES, what: str = "parity") -> None:
    """Measure the cases in both frameworks at the same time. Raises RuntimeError where a process fails.

    ``what`` is the module beside this one that measures.
    """
    processes = []
    for framework in FRAMEWORKS:
        (folder / framework).mkdir()
        command = [sys.executable, "-m", f"tests.runners.templates.{what}", framework]
        command += [str(folder / framework), *cases]
        with open(folder / framework / "output.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **_ONE_THREAD}
            )
        processes.append(process)
    try:
        for process in processes:
            process.wait(PATIENCE_S)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for framework, process in zip(FRAMEWORKS, processes, strict=True):
        if process.returncode:
            raise RuntimeError((folder / framework / "output.log").read_text("utf-8"))


_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""The models are so small that threads cost more than they bring."""
