"""A ``.tflite`` file in LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from runners.export.manifest import Manifest
from runners.export.runtimes import Array

FILE = "model.tflite"


def load(folder: Path, manifest: Manifest, threads: int) -> LiteRt:
    interpreter = Interpreter(model_path=str(folder / FILE), num_threads=threads or None)
    return LiteRt(interpreter, manifest)


class LiteRt:
    """Memory is laid out for one size of batch, and anew for another. A model of a fixed size is given its samples in so many pieces."""

    def __init__(self, interpreter: Any, manifest: Manifest) -> None:
        self._interpreter = interpreter
        (given,), (gives,) = interpreter.get_input_details(), interpreter.get_output_details()
        self._input, self._output = given["index"], gives["index"]
        self._dtype = np.dtype(manifest.inputs[0].dtype)
        signature = [int(size) for size in given["shape_signature"]] or list(given["shape"])
        self._fixed = signature[0] if signature[0] > 0 else 0
        self._size = 0

    def predict(self, x: Array) -> Array:
        x = np.ascontiguousarray(x, self._dtype)
        if not self._fixed:
            return self._answer(x)
        answers = [
            self._answer(_filled(x[start : start + self._fixed], self._fixed))
            for start in range(0, len(x), self._fixed)
        ]
        return np.concatenate(answers)[: len(x)]

    def _answer(self, x: Array) -> Array:
        if len(x) != self._size:
            self._interpreter.resize_tensor_input(self._input, x.shape)
            self._interpreter.allocate_tensors()
            self._size = len(x)
        self._interpreter.set_tensor(self._input, x)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)  # type: ignore[no-any-return]


def _filled(x: Array, size: int) -> Array:
    """Made so many samples by repeating the last."""
    return x if len(x) == size else np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)])
