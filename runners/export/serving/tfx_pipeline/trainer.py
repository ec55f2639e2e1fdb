"""The module of TFX's Trainer: goes on with the exported model, and writes the SavedModel that is served."""

from __future__ import annotations

import json
import math
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

BATCH = 64
LEARNING_RATE = 1e-4


def run_fn(fn_args: Any) -> None:
    """Called by TFX, with a ``tfx.v1.components.FnArgs``; ``custom_config["folder"]`` holds the model."""
    folder = Path(fn_args.custom_config["folder"])
    about = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    model = exported_model(folder)
    classes = bool(about["classes"])
    losses = keras.losses
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=losses.SparseCategoricalCrossentropy(from_logits=True)
        if classes
        else losses.MeanSquaredError(),
        metrics=["accuracy"] if classes else ["mean_absolute_error"],
    )
    shape = model.output_shape[1:]
    model.fit(
        samples(fn_args.train_files, about, shape).shuffle(1024).repeat(),
        steps_per_epoch=fn_args.train_steps,
        validation_data=samples(fn_args.eval_files, about, shape),
        validation_steps=fn_args.eval_steps,
        verbose=2,
    )
    model.export(fn_args.serving_model_dir)


def exported_model(folder: Path) -> keras.Model:
    code = folder / "layers.py"  # is there where the model has layers of its own
    own = runpy.run_path(str(code)) if code.is_file() else {}
    layers = {name: one for name, one in own.items() if isinstance(one, type)}
    return keras.saving.load_model(folder / "model.keras", custom_objects=layers, compile=False)


def samples(
    files: Sequence[str], about: Mapping[str, Any], outputs: Sequence[int]
) -> tf.data.Dataset:
    """Batches of (x, y) from what ExampleGen wrote. ``outputs`` is the shape of what the model gives for one sample."""
    classes, shape = bool(about["classes"]), about["shape"]
    answer = outputs[:-1] if classes else outputs
    read = {
        "x": tf.io.FixedLenFeature([math.prod(shape)], tf.float32),
        "y": tf.io.FixedLenFeature([math.prod(answer)], tf.int64 if classes else tf.float32),
    }

    def parsed(records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        found = tf.io.parse_example(records, read)
        x = tf.reshape(found["x"], (-1, *shape))
        if about["input"] == "tokens":
            x = tf.cast(x, tf.int32)
        return x, tf.reshape(found["y"], (-1, *answer))

    names = tf.io.gfile.glob(list(files))
    return tf.data.TFRecordDataset(names, "GZIP").batch(BATCH).map(parsed)
