"""The model for LiteRT, as ``model.tflite``: by TensorFlow's converter, from a SavedModel that is thrown away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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

    told = f"Its ranges are those of {_CALIBRATION} training samples; input and output stay {trained.input.dtype} and {trained.output.dtype}"
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
            raise ExportError(_words(error)) from error
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


def _words(error: Exception) -> str:
    """Which operations LiteRT does not know, and what to do."""
    text = str(error)
    found = sorted(set(re.findall(r"tf\.(\w+)(?= op|\()|'tf\.(\w+)'", text)))
    names = ", ".join(sorted({one or other for one, other in found}))
    if names:
        return f"LiteRT has no operation for {names} of this model: choose ONNX or SavedModel"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"LiteRT's converter cannot express this model: {lines[0] if lines else type(error).__name__}"


def _to_float16(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _to_int8_weights(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _examples(trained: Trained) -> Iterator[dict[str, Array]]:
    """Training samples one by one, as the converter wants them."""
    left = _CALIBRATION
    for batch in trained.calibration(1):
        if not left:
            return
        left -= 1
        yield {trained.input.name: batch}
