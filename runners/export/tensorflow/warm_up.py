"""Requests that TensorFlow Serving sends to itself before it answers others: a file of ``tensorflow.serving.PredictionLog``.

The messages are those of tensorflow_serving/apis (prediction_log.proto, predict.proto, model.proto). Their Python package would be
one more to install for the few fields that are written here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf

from runners.train.engine import Array

PLACE = Path("assets.extra", "tf_serving_warmup_requests")
"""In the folder of a SavedModel."""


def write_requests(
    path: Path, model: str, signature: str, input_name: str, batches: Iterable[Array]
) -> None:
    """A request for each batch, to the model of that name."""
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as file:
        for batch in batches:
            file.write(prediction_log(model, signature, input_name, batch))


def prediction_log(model: str, signature: str, input_name: str, batch: Array) -> bytes:
    """PredictionLog.predict_log.request, with what ModelSpec and the map of inputs take."""
    spec = _field(1, model.encode()) + _field(3, signature.encode())
    tensor = tf.make_tensor_proto(batch).SerializeToString()
    inputs = _field(1, input_name.encode()) + _field(2, tensor)
    request = _field(1, spec) + _field(2, inputs)
    return _field(6, _field(1, request))


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes or of a message, in protobuf's wire format."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
