"""A SavedModel in TensorFlow, by its signature, as TensorFlow Serving runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf

from runners.export.manifest import Manifest
from runners.export.runtimes import Array

_FOLDER, _SIGNATURE = "saved_model", "serving_default"


def load(folder: Path, manifest: Manifest, threads: int) -> SavedModel:
    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    return SavedModel(tf.saved_model.load(str(folder / _FOLDER)), manifest)


class SavedModel:
    def __init__(self, loaded: Any, manifest: Manifest) -> None:
        self._loaded = loaded  # holds the variables
        self._signature = loaded.signatures[_SIGNATURE]
        self._input, self._output = manifest.inputs[0], manifest.outputs[0].name

    def predict(self, x: Array) -> Array:
        given = {self._input.name: tf.constant(x, self._input.dtype)}
        return self._signature(**given)[self._output].numpy()  # type: ignore[no-any-return]
