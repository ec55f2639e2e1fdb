"""What is learned, in TensorFlow: the loss of each task, and how good a batch was, in one number."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from runners.datasets.dataset import Task
from runners.train.setup import Setup


class Objective:
    """``outputs``, ``x`` and ``y`` are those of a batch."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def outputs(self, model: keras.Model, x: tf.Tensor, y: tf.Tensor, *, training: bool) -> Any:
        """What the model gives for a batch: a tensor, or a tuple of tensors."""
        del y
        return model(x, training=training)

    def judged(self, outputs: Any, x: tf.Tensor, y: tf.Tensor) -> Any:
        """What the evaluation is given of a batch: the outputs, or less where they are large."""
        del x, y
        return outputs

    def losses(self, outputs: Any, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """The loss of each sample, of shape (samples,)."""
        raise NotImplementedError

    def loss(self, outputs: Any, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """What training makes smaller, of shape ()."""
        return tf.reduce_mean(self.losses(outputs, x, y))

    def measure(self, outputs: Any, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """The sum over the samples of the task's quick measure (`Evaluation.measure`), of shape ()."""
        raise NotImplementedError


class Classification(Objective):
    """Cross entropy of the softmax of the scores, and how many answers are right.

    In training y may be shares of classes, (samples, classes).
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._smoothing: float = setup.parameters["label_smoothing"]
        dtype = tf.as_dtype(setup.dtype)
        self._weights = tf.constant(setup.class_weights, dtype) if setup.class_weights else None

    def losses(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs)

    def loss(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        if y.shape.rank == 1 and not self._smoothing:
            each = self.losses(outputs, x, y)
        else:
            classes = outputs.shape[-1]
            shares = y if y.shape.rank > 1 else tf.one_hot(y, classes, dtype=outputs.dtype)
            shares = shares * (1 - self._smoothing) + self._smoothing / classes
            each = tf.nn.softmax_cross_entropy_with_logits(shares, outputs)
        if self._weights is not None:
            each *= (
                tf.gather(self._weights, y)
                if y.shape.rank == 1
                else tf.linalg.matvec(y, self._weights)
            )
        return tf.reduce_mean(each)

    def measure(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        truth = y if y.shape.rank == 1 else tf.argmax(y, 1)
        return tf.math.count_nonzero(tf.argmax(outputs, 1) == truth)


class Regression(Objective):
    """Squared error of standardised numbers, and the absolute error in their own units, as means over targets and steps."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._std = tf.constant(setup.dataset.target_std, tf.as_dtype(setup.dtype))

    def losses(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        return _per_sample(tf.square(outputs - y))

    def measure(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        return tf.reduce_sum(_per_sample(tf.abs(outputs - y) * self._std))


def _per_sample(values: tf.Tensor) -> tf.Tensor:
    """The mean of each sample."""
    return tf.reduce_mean(values, axis=list(range(1, len(values.shape))))


class Segmentation(Objective):
    """Cross entropy of the pixels, plus the parameter ``dice`` times what the Dice coefficient lacks; and how many pixels are right.

    The Dice coefficient is that of Milletari, Navab and Ahmadi (2016), V-Net, with probabilities in the place of masks, as a mean
    over the classes; a pixel added to each sum keeps it defined, and near 1, for classes that are not there.
    """

    def judged(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x, y
        return tf.cast(tf.argmax(outputs, 3), tf.uint8)

    def losses(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        losses = _per_sample(tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs))
        weight = self._setup.parameters["dice"]
        return losses + weight * (1 - _dice(outputs, y)) if weight else losses

    def measure(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        right = tf.cast(tf.argmax(outputs, 3) == y, outputs.dtype)
        return tf.reduce_sum(_per_sample(right))


def _dice(outputs: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    given = tf.nn.softmax(outputs, 3)
    truth = tf.one_hot(y, outputs.shape[3], dtype=given.dtype)
    both, one, other = (tf.reduce_sum(a, (1, 2)) for a in (given * truth, given, truth))
    return tf.reduce_mean((2 * both + 1) / (one + other + 1), 1)


class TextGeneration(Objective):
    """Cross entropy of the softmax of the scores of each next token, and how many tokens are right."""

    def judged(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return self.losses(outputs, x, y), self._shares(outputs, y)

    def losses(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs)
        return tf.reduce_mean(each, 1)

    def measure(self, outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del x
        return tf.reduce_sum(self._shares(outputs, y))

    def _shares(self, outputs: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """Of the tokens of each sample that are right."""
        return tf.reduce_mean(tf.cast(tf.argmax(outputs, 2) == y, outputs.dtype), 1)


class Reconstruction(Objective):
    """The negative bound of Kingma and Welling (2013) for pixels after Bernoulli, in nats a pixel; y is the noise.

    The divergence of the codes from normal ones counts by the parameter ``kl_weight``.
    """

    def outputs(self, model: keras.Model, x: tf.Tensor, y: tf.Tensor, *, training: bool) -> Any:
        return model(x, y, training=training)

    def losses(self, outputs: Any, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        del y
        scores, mean, log_variance = outputs
        pixels = tf.nn.sigmoid_cross_entropy_with_logits(x, scores)
        gaps = tf.exp(log_variance) + mean**2 - 1 - log_variance
        weight = self._setup.parameters["kl_weight"] / math.prod(x.shape[1:])
        return tf.reduce_mean(pixels, (1, 2, 3)) + weight * tf.reduce_sum(gaps, 1) / 2

    def measure(self, outputs: Any, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """Of the mean squared difference of the pixels."""
        del y
        return tf.reduce_sum(tf.reduce_mean((tf.sigmoid(outputs[0]) - x) ** 2, (1, 2, 3)))


OBJECTIVES: dict[Task, type[Objective]] = {
    Task.CLASSIFICATION: Classification,
    Task.REGRESSION: Regression,
    Task.SEGMENTATION: Segmentation,
    Task.FORECASTING: Regression,
    Task.TEXT_GENERATION: TextGeneration,
    Task.RECONSTRUCTION: Reconstruction,
}
