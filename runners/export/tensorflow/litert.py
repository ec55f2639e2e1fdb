"""The model for LiteRT, as ``model.tflite``: by TensorFlow's converter, from a SavedModel that is thrown away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import tensorflow as tf

from runners.export.tensorflow import saved_model
from runners.export.trained import ExportError, Trained
from runners.train.engine import Array

MODEL_FILE = "model.tflite"
_CALIBRATION = 300
"""Samples; TensorFlow's guide takes 100 to 500."""


def make(trained: Trained) -> tuple[str, ...]:
    return _make(trained, lambda _converter: None)


def make_float16(trained: Trained) -> tuple[str, ...]:
    return _make(trained, _to_float16)


def make_dynamic(trained: Trained) -> tuple[str, ...]:
    return (
        *_make(trained, _to_int8_weights),
        "Small layers stay float32, as eight bits would not make them smaller by much",
    )


def make_int8(trained: Trained) -> tuple[str, ...]:
    def configure(converter: Any) -> None:
        _to_int8_weights(converter)
        converter.representative_dataset = lambda: _examples(trained)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]

    told = (
        f"Its ranges are those of up to {_CALIBRATION} training samples; its input stays {trained.input.dtype}, its output "
        f"{trained.output.dtype}"
    )
    return (*_make(trained, configure), told)


def _make(trained: Trained, configure: Callable[[Any], None]) -> tuple[str, ...]:
    with TemporaryDirectory(dir=trained.folder) as scratch:
        trained.tell("writing its graph", 0.1)
        model = unrolled(trained.model)
        saved_model.write(model, trained.input, trained.output, Path(scratch))
        trained.tell("converting", 0.3)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            scratch, signature_keys=[saved_model.SIGNATURE]
        )
        configure(converter)
        try:
            content = converter.convert()
        except Exception as error:
            if names := _unknown(error):
                raise ExportError(
                    f"LiteRT has no operation for {names} of this model: choose ONNX or SavedModel"
                ) from error
            raise
    (trained.folder / MODEL_FILE).write_bytes(content)
    return ()


def unrolled(model: keras.Model) -> keras.Model:
    """The same model with the same weights, its recurrent layers step by step: LiteRT's loops take batches of one size only."""

    def clone(layer: keras.Layer) -> keras.Layer:
        if not isinstance(layer, keras.layers.RNN):
            return layer
        copy = type(layer).from_config({**layer.get_config(), "unroll": True})
        copy.build(layer.input.shape)
        copy.set_weights(layer.get_weights())
        return copy

    if not any(isinstance(layer, keras.layers.RNN) for layer in model._flatten_layers()):
        return model
    return keras.models.clone_model(model, clone_function=clone, recursive=True)


def _unknown(error: Exception) -> str:
    """The operations that the converter says it does not know."""
    found = re.findall(r"tf\.(\w+)(?: op|\()|'tf\.(\w+)'", str(error))
    return ", ".join(sorted({one or other for one, other in found}))


def _to_float16(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _to_int8_weights(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _examples(trained: Trained) -> Iterator[dict[str, Array]]:
    """Training samples one by one, as the converter wants them."""
    for batch in islice(trained.calibration(1), _CALIBRATION):
        yield {trained.input.name: batch}
