"""A TensorRT engine, on the GPU that it was built for. Written after the documentation of TensorRT 10 and Polygraphy; not tried on a GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from polygraphy.backend.common import BytesFromPath
from polygraphy.backend.trt import EngineFromBytes, TrtRunner

from runners.export.manifest import Manifest
from runners.export.runtimes import Array, Predictor

FILE = "model.engine"
MOST_SAMPLES = 64
"""An engine is built for batches of so many samples at most."""


class TensorRt:
    def __init__(self, runner: TrtRunner, manifest: Manifest) -> None:
        self._runner = runner
        self._input, self._output = manifest.inputs[0].name, manifest.outputs[0].name

    def predict(self, x: Array) -> Array:
        parts = [x[at : at + MOST_SAMPLES] for at in range(0, len(x), MOST_SAMPLES)]
        return np.concatenate([self._infer(part) for part in parts])

    def _infer(self, x: Array) -> Array:
        found: Array = self._runner.infer({self._input: x})[self._output]
        return found.copy()  # the runner writes its next answer there


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises whatever TensorRT raises for a damaged file, another GPU or another version of it."""
    del threads
    runner = TrtRunner(EngineFromBytes(BytesFromPath(str(folder / FILE))))
    runner.activate()
    return TensorRt(runner, manifest)
