"""Keras's own training loop, `Model.fit`, around a step of ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import keras
import tensorflow as tf

from runners.train.engine import Batch, OnStep

Step = Callable[..., tuple[tf.Tensor, tf.Tensor]]


class Fit(keras.Model):  # type: ignore[misc]
    """Its step is a ``tf.function``, as that of any Keras model, and is given ``count`` numbers that change from step to step.

    The weights are those of the step. Keras's loss, metrics and optimizers have no part in it.
    """

    def __init__(self, step: Step, count: int, dtype: tf.DType) -> None:
        super().__init__()
        self._ours = step
        self._rates = tuple(tf.Variable(0, dtype=dtype, trainable=False) for _ in range(count))
        self.traces = 0
        self.compile(jit_compile=False)

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Traced by Keras; returns what is logged."""
        self.traces += 1
        loss, measure = self._ours(*data, tuple(tf.identity(rate) for rate in self._rates))
        return {"loss": loss, "measure": measure}

    def train(
        self, batches: Iterator[Batch], rates: Callable[[], Sequence[float]], on_step: OnStep
    ) -> None:
        """An epoch, as `runners.train.engine.Engine.train_epoch` has it; ``rates`` gives the numbers of the next step.

        The batches come by the same pipeline that Keras makes of any generator, which reads ahead on a thread.
        """
        first = next(batches, None)
        if first is None:
            return
        signature = tuple(tf.TensorSpec((None, *a.shape[1:]), a.dtype) for a in first)
        data = tf.data.Dataset.from_generator(
            lambda: chain([first], batches), output_signature=signature
        )
        data = data.prefetch(tf.data.AUTOTUNE)
        between = _Between(self._rates, rates, on_step)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Your input ran out of data")  # as an epoch's does
            self.fit(data, epochs=1, shuffle=False, verbose=0, callbacks=[between])


class _Between(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the numbers before a step, and tells of it afterwards. Keras also announces a step after the last batch."""

    def __init__(
        self,
        variables: Sequence[tf.Variable],
        rates: Callable[[], Sequence[float]],
        on_step: OnStep,
    ) -> None:
        super().__init__()
        self._variables = variables
        self._numbers = rates
        self._on_step = on_step

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        del batch, logs
        for variable, number in zip(self._variables, self._numbers(), strict=True):
            variable.assign(number)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del batch
        if not self._on_step(float(logs["loss"]), float(logs["measure"])):
            self.model.stop_training = True
