"""Training with TensorFlow and Keras."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from runners.processor import cpu_name
from runners.protocol import Mode
from runners.templates.initial import Weights, initial_weights
from runners.train.engine import Bytes
from runners.train.environment import package_versions
from runners.train.setup import NoGpuError, Setup
from runners.train.tensorflow_optimizers import clip, create_optimizer
from runners.train.tensorflow_weights import load_weights, read_weights

_cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits


def create_engine(setup: Setup) -> TensorflowEngine:
    """Build the model with its initial weights. Raises TrainerError."""
    if setup.device == "cuda":
        _prepare_gpus()
    return TensorflowEngine(setup)


def _prepare_gpus() -> None:
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        raise NoGpuError(
            "TensorFlow finds no GPU: install tensorflow[and-cuda], which is for Linux and WSL2, "
            "or train on the CPU"
        )
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)


class TensorflowEngine:
    checkpoint_suffix = ".npz"

    def __init__(self, setup: Setup) -> None:
        keras.utils.set_random_seed(setup.seed)
        keras.config.set_floatx(setup.dtype)
        keras.config.set_dtype_policy(setup.dtype)
        self._device = setup.device
        self._dtype = tf.as_dtype(setup.dtype)
        self._scale = tf.constant(1 / setup.dataset.scale, self._dtype)
        self._layers = setup.template.layers(setup.parameters, setup.dataset)
        self._clip = setup.parameters["gradient_clip"]
        template = import_module(f"runners.templates.{setup.template.name}.tensorflow")
        self._model = template.build_model(
            setup.parameters, setup.dataset.input_shape, len(setup.dataset.classes)
        )
        load_weights(self._model, self._layers, initial_weights(self._layers, setup.seed))
        self._variables = [variable.value for variable in self._model.trainable_variables]
        self._optimizer = create_optimizer(setup.parameters, self._variables)
        self._steps = 0
        self._run_step, self._run_scores = self._step, self._scores
        if setup.mode is Mode.GRAPH:
            batch = tf.TensorSpec((None, *setup.dataset.input_shape), tf.uint8)
            labels = tf.TensorSpec((None,), tf.uint8)
            rates = tuple(tf.TensorSpec((), self._dtype) for _ in self._optimizer.rates(1, 0.0))
            self._run_step = tf.function(self._step, input_signature=(batch, labels, rates))
            self._run_scores = tf.function(self._scores, input_signature=(batch, labels))

    def train_step(self, images: Bytes, labels: Bytes, learning_rate: float) -> tuple[float, int]:
        self._steps += 1
        rates = self._optimizer.rates(self._steps, learning_rate)
        loss, right = self._run_step(
            tf.convert_to_tensor(images),
            tf.convert_to_tensor(labels),
            tuple(tf.constant(rate, self._dtype) for rate in rates),
        )
        return float(loss), int(right)

    def evaluate(self, images: Bytes, labels: Bytes) -> tuple[float, NDArray[np.int64]]:
        loss, classes = self._run_scores(tf.convert_to_tensor(images), tf.convert_to_tensor(labels))
        return float(loss), classes.numpy()

    def weights(self) -> Weights:
        return read_weights(self._model, self._layers)

    def save(self, path: Path) -> None:
        arrays: dict[str, Any] = {f"weights/{k}": array for k, array in self.weights().items()}
        for number, slot in enumerate(self._optimizer.slots):
            arrays[f"optimizer/{number}"] = slot.numpy()
        with open(path, "wb") as file:
            np.savez(file, allow_pickle=False, steps=np.array(self._steps), **arrays)

    def environment(self) -> dict[str, Any]:
        return {
            "packages": package_versions(tf, keras, np),
            "device": _gpu_name() if self._device == "cuda" else cpu_name(),
            "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
            "cuda": tf.sysconfig.get_build_info().get("cuda_version")
            if self._device == "cuda"
            else None,
        }

    def _step(
        self, images: tf.Tensor, labels: tf.Tensor, rates: tuple[tf.Tensor, ...]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        y = tf.cast(labels, tf.int64)
        with tf.GradientTape() as tape:
            scores = self._model(self._scaled(images), training=True)
            loss = tf.reduce_mean(_cross_entropy(y, scores))
        gradients = tape.gradient(loss, self._variables)
        if self._clip:
            gradients = clip(gradients, self._clip)
        self._optimizer.apply(gradients, rates)
        right = tf.math.count_nonzero(tf.argmax(scores, 1) == y)
        return loss, right

    def _scores(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The summed loss, and the class that the model gives each sample."""
        scores = self._model(self._scaled(images), training=False)
        loss = tf.reduce_sum(_cross_entropy(tf.cast(labels, tf.int64), scores))
        return loss, tf.argmax(scores, 1)

    def _scaled(self, images: tf.Tensor) -> tf.Tensor:
        return tf.cast(images, self._dtype) * self._scale


def _gpu_name() -> str:
    gpu = tf.config.list_physical_devices("GPU")[0]
    details: dict[str, str] = tf.config.experimental.get_device_details(gpu)
    return details.get("device_name", "GPU")
