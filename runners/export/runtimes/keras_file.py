"""A ``.keras`` file in Keras, with the layers of its own from the file beside it."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from runners.export.manifest import Manifest
from runners.export.runtimes import Array

_MODEL, _CODE = "model.keras", "layers.py"


def load(folder: Path, manifest: Manifest, threads: int) -> KerasModel:
    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    code = folder / _CODE
    known = runpy.run_path(str(code)) if code.is_file() else {}
    layers = {name: one for name, one in known.items() if _is_layer(one)}
    model = keras.saving.load_model(folder / _MODEL, custom_objects=layers, compile=False)
    return KerasModel(model, manifest)


def _is_layer(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, keras.Layer)


class KerasModel:
    def __init__(self, model: keras.Model, manifest: Manifest) -> None:
        given = manifest.inputs[0]
        self._dtype = given.dtype
        spec = tf.TensorSpec(given.shape, given.dtype)
        self._call = tf.function(lambda x: model(x, training=False), input_signature=[spec])

    def predict(self, x: Array) -> Array:
        return self._call(tf.constant(x, self._dtype)).numpy()  # type: ignore[no-any-return]
