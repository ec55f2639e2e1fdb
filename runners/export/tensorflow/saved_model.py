"""The model as a SavedModel, with its signatures and with requests by which TensorFlow Serving warms up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from runners.datasets.dataset import Task
from runners.export.manifest import Tensor
from runners.export.tensorflow.warm_up import PLACE, write_requests
from runners.export.trained import Trained

FOLDER = "saved_model"
SIGNATURE, LIKELY = "serving_default", "probabilities"
_BATCHES = (1, 8)


def make(trained: Trained) -> tuple[str, ...]:
    path = trained.folder / FOLDER
    likely = _LIKELIHOODS.get(trained.setup.task)
    write(trained.model, trained.input, trained.output, path, likely)
    batches = [trained.samples[:size] for size in _BATCHES if len(trained.samples) >= size]
    name = trained.setup.template.name
    write_requests(path / PLACE, name, SIGNATURE, trained.input.name, batches)
    known = f"Its signature {SIGNATURE} gives scores"
    return (f"{known}; the signature {LIKELY} gives probabilities",) if likely else ()


def write(
    model: keras.Model,
    given: Tensor,
    gives: Tensor,
    folder: Path,
    likely: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> None:
    """With the signature `SIGNATURE`, and `LIKELY` for what ``likely`` makes of the outputs."""
    spec = [tf.TensorSpec(given.shape, given.dtype, name=given.name)]
    archive = keras.export.ExportArchive()
    archive.track(model)

    def endpoint(after: Callable[[Any], Any], name: str) -> Callable[[Any], dict[str, Any]]:
        return lambda x: {name: after(model(x, training=False))}

    archive.add_endpoint(SIGNATURE, endpoint(lambda y: y, gives.name), input_signature=spec)
    if likely:
        archive.add_endpoint(LIKELY, endpoint(likely, LIKELY), input_signature=spec)
    archive.write_out(str(folder), verbose=False)


_LIKELIHOODS: dict[Task, Callable[[tf.Tensor], tf.Tensor]] = {
    Task.CLASSIFICATION: tf.nn.softmax,
    Task.SEGMENTATION: tf.nn.softmax,
    Task.TEXT_GENERATION: tf.nn.softmax,
    Task.RECONSTRUCTION: tf.nn.sigmoid,
}
"""What the outputs of a task are scores of; those of others are the answer."""
