"""Several copies of a model that train together in one process, by MirroredStrategy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from typing import Any

import keras
import tensorflow as tf
from keras.layers import BatchNormalization

from runners.train.setup import Setup, TrainerError

SEED_STATE = "seed_generator_state"
"""How the path ends of the variable from which a layer's dropout draws."""


class Mirrors:
    """The devices of a training. On a single one nothing is different from how it always is.

    What is built in ``scope`` has a copy on each device, which functions that are given to `run` read and write.
    """

    any_size = True
    """Whether a graph that was traced once takes portions of any number of samples."""

    def __init__(self, strategy: tf.distribute.Strategy | None) -> None:
        self.strategy = strategy
        self.count: int = strategy.num_replicas_in_sync if strategy else 1

    @property
    def together(self) -> bool:
        """Whether a step is shared."""
        return self.strategy is not None

    def scope(self) -> AbstractContextManager[Any]:
        return self.strategy.scope() if self.strategy else nullcontext()

    def spread(self, portions: Sequence[Sequence[Any]]) -> Any:
        """The portion of each device, as `run` takes them."""
        return portions

    def run(self, function: Callable[..., Any], portions: Any, *others: Any) -> Any:
        """Call it on each device with the device's portion and the others; returns what the first one gives."""
        if self.strategy is None:
            return function(portions[0], *others)
        return self.first(self.strategy.run(lambda: function(portions[_number()], *others)))

    def everywhere(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is computed outside of `run`: on the first device alone, where that goes."""
        return function

    def first(self, given: Any) -> Any:
        """What the first device gave."""
        assert self.strategy
        return tf.nest.map_structure(
            lambda one: self.strategy.experimental_local_results(one)[0], given
        )

    def summed(self, values: Any) -> Any:
        """Over all devices, in a function that `run` calls."""
        return _summed(values) if self.strategy else values

    def adapt(self, model: keras.Model) -> None:
        """Let batch norm take its statistics from all devices, and dropout draw other numbers on each."""
        if self.strategy is None:
            return
        for layer in model._flatten_layers():
            if isinstance(layer, BatchNormalization):
                layer.synchronized = True
                if getattr(layer, "corrected", False):
                    layer.call = partial(_corrected, layer)
        self.scatter_seeds(model)

    def scatter_seeds(self, model: keras.Model) -> None:
        """Let the copies of each seed differ, after all were given the same value."""
        if self.strategy is None:
            return
        for variable in model.non_trainable_variables:
            if variable.path.endswith(SEED_STATE):
                copies = self.strategy.experimental_local_results(variable.value)
                for number, copy in enumerate(copies):
                    copy.assign_add(tf.constant([number, 0], copy.dtype))


def mirrors(setup: Setup) -> Mirrors:
    """Those of the CPU or of GPUs. Raises TrainerError."""
    return Mirrors(_strategy(setup.device, setup.replicas) if setup.replicas > 1 else None)


@cache
def _strategy(device: str, count: int) -> tf.distribute.Strategy:
    """One for all trainings of a process: those of several would number their exchanges alike. Raises TrainerError."""
    tf.get_logger().addFilter(_is_no_news)
    kind = "CPU" if device == "cpu" else "GPU"
    if kind == "CPU":
        shares = [tf.config.LogicalDeviceConfiguration()] * count
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, shares)
    found = len(tf.config.list_logical_devices(kind))
    if found < count:
        raise TrainerError(f"TensorFlow sees {found} of the {count} devices that the run was given")
    return tf.distribute.MirroredStrategy([f"{kind}:{number}" for number in range(count)])


def _is_no_news(record: logging.LogRecord) -> bool:
    """Leave out what TensorFlow says at each step: that it would be faster in graph mode."""
    return "eagerly has significant overhead" not in record.getMessage()


def _number() -> int:
    """Of the device for which this is called or traced."""
    number = tf.distribute.get_replica_context().replica_id_in_sync_group
    return number if isinstance(number, int) else int(tf.get_static_value(number))


def _summed(values: Any) -> Any:
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


def _corrected(layer: BatchNormalization, x: tf.Tensor, training: bool = False) -> tf.Tensor:
    """In the place of the call of a layer whose running variance follows that of the population: n is that of all devices."""
    kept = layer.momentum * layer.moving_variance
    outputs = BatchNormalization.call(layer, x, training=training)
    if training and layer.trainable:
        own = tf.reduce_prod(tf.shape(x)[:-1])
        n = _summed(tf.cast(own, kept.dtype))
        layer.moving_variance.assign_add((layer.moving_variance - kept) / (n - 1))
    return outputs
