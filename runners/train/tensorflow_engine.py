"""Training with TensorFlow and Keras."""

from __future__ import annotations

import os
from importlib import import_module
from io import BytesIO
from typing import Any, BinaryIO

import keras
import numpy as np
import tensorflow as tf

from runners.processor import cpu_name
from runners.protocol import Mode
from runners.templates.initial import Weights, initial_weights
from runners.train.engine import Bytes, CheckpointError, Scores
from runners.train.environment import package_versions
from runners.train.setup import NoGpuError, Setup
from runners.train.tensorflow_optimizers import clip, create_optimizer
from runners.train.tensorflow_weights import load_weights, read_weights

_cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits


def create_engine(setup: Setup) -> TensorflowEngine:
    """Build the model with its initial weights. Raises TrainerError."""
    if setup.device == "cpu":
        tf.config.set_visible_devices([], "GPU")  # a plugin's GPU does not heed CUDA's variable
    else:
        _prepare_gpus(setup.device)
    return TensorflowEngine(setup)


def _prepare_gpus(device: str) -> None:
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        install = {
            "cuda": "tensorflow[and-cuda], which is for Linux and WSL2",
            "mps": "tensorflow-metal, which is for Macs",
        }
        raise NoGpuError(f"TensorFlow finds no GPU: install {install[device]}, or train on the CPU")
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
        shape = setup.template.shape(setup.parameters, setup.dataset)
        self._layers = setup.template.layers(setup.parameters, shape)
        self._clip = setup.parameters["gradient_clip"]
        template = import_module(f"runners.templates.{setup.template.name}.tensorflow")
        self._model = template.build_model(setup.parameters, shape)
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

    def evaluate(self, images: Bytes, labels: Bytes) -> tuple[float, Scores]:
        loss, scores = self._run_scores(tf.convert_to_tensor(images), tf.convert_to_tensor(labels))
        return float(loss), scores.numpy()

    def weights(self) -> Weights:
        return read_weights(self._model, self._layers)

    def checkpoint(self, about: str) -> BytesIO:
        arrays: dict[str, Any] = {f"weights/{k}": array for k, array in self.weights().items()}
        for name, variable in self._state().items():
            arrays[name] = variable.numpy()
        file = BytesIO()
        np.savez(
            file,
            allow_pickle=False,
            about=np.frombuffer(about.encode(), np.uint8),
            steps=np.array(self._steps),
            **arrays,
        )
        return file

    def restore(self, file: BinaryIO) -> str:
        with np.load(file, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        weights, state = self.weights(), self._state()
        own = {f"weights/{name}": array.shape for name, array in weights.items()}
        own |= {name: tuple(variable.shape) for name, variable in state.items()}
        about, steps = arrays.pop("about"), arrays.pop("steps")
        if own != {name: array.shape for name, array in arrays.items()}:
            raise CheckpointError("its arrays have other names or shapes than those of the model")
        load_weights(self._model, self._layers, {k: arrays[f"weights/{k}"] for k in weights})
        for name, variable in state.items():
            variable.assign(arrays[name])
        self._steps = int(steps)
        return str(about.tobytes(), "utf-8")

    def _state(self) -> dict[str, tf.Variable]:
        """What changes with training besides the weights: the optimizer's slots, and dropout's seeds."""
        fixed = [variable.value for variable in self._model.non_trainable_variables]
        return {
            **{f"optimizer/{number}": slot for number, slot in enumerate(self._optimizer.slots)},
            **{f"state/{number}": variable for number, variable in enumerate(fixed)},
        }

    def environment(self) -> dict[str, Any]:
        return {
            "packages": package_versions(tf, keras, np),
            "device": cpu_name() if self._device == "cpu" else _gpu_name(),
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
        """The summed loss, and the scores before the softmax."""
        scores = self._model(self._scaled(images), training=False)
        loss = tf.reduce_sum(_cross_entropy(tf.cast(labels, tf.int64), scores))
        return loss, scores

    def _scaled(self, images: tf.Tensor) -> tf.Tensor:
        return tf.cast(images, self._dtype) * self._scale


def _gpu_name() -> str:
    gpu = tf.config.list_physical_devices("GPU")[0]
    details: dict[str, str] = tf.config.experimental.get_device_details(gpu)
    return details.get("device_name", "GPU")
