"""The model as ``model.onnx``, by Keras's exporter, which is tf2onnx with what it lacks for NumPy 2."""

from __future__ import annotations

import tensorflow as tf

from runners.export.trained import Trained

FILE = "model.onnx"
_OPSET = 18


def make(trained: Trained) -> tuple[str, ...]:
    given = trained.input
    spec = [tf.TensorSpec(given.shape, given.dtype, name=given.name)]
    trained.model.export(
        str(trained.folder / FILE),
        format="onnx",
        input_signature=spec,
        opset_version=_OPSET,
        verbose=False,
    )
    return ()
