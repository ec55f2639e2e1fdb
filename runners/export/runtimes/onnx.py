"""ONNX Runtime, on the CPU."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

from runners.export.manifest import Manifest
from runners.export.runtimes import Array, Predictor

FILE = "model.onnx"


class Onnx:
    def __init__(self, path: Path, manifest: Manifest, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self._input, self._output = manifest.inputs[0].name, manifest.outputs[0].name

    def predict(self, x: Array) -> Array:
        found: Array = self._session.run([self._output], {self._input: x})[0]
        return found


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises whatever ONNX Runtime raises for a damaged file."""
    return Onnx(folder / FILE, manifest, threads)
