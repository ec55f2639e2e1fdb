"""A mobile network, MobileNetV2, in TensorFlow, with Keras.

A convolution that looks at places and at channels together is dear. Here one looks at each channel by itself
(depthwise), and convolutions of 1 by 1 mix the channels of each pixel. A block widens a thin image to many channels,
looks at each of them, and makes it thin again without bending the result, since bending loses what a thin image
holds; where its shape stays, its input is added to it. At last the mean over all places gives a score per class.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
from keras import layers, ops

from runners.templates.template import ModelShape

# Blocks, channels and the stride of the first block of each stage.
STAGES = ((1, 16, 1), (2, 24, 2), (3, 32, 2), (4, 64, 2), (3, 96, 1), (3, 160, 2), (1, 320, 1))


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    multiplier = parameters["width"]
    strides = fitted_strides(min(shape.inputs[:2]))

    images = keras.Input(shape.inputs)
    x = convolution(images, rounded(32 * multiplier), 3, next(strides), "stem")
    x = layers.ReLU(6)(x)
    for stage, (blocks, stage_channels, stage_stride) in enumerate(STAGES, start=1):
        stride = next(strides) if stage_stride == 2 else 1
        expansion = 1 if stage == 1 else parameters["expansion"]
        filters = rounded(stage_channels * multiplier)
        for number in range(1, blocks + 1):
            name = f"stage_{stage}_block_{number}"
            x = inverted_residual(x, filters, expansion, stride if number == 1 else 1, name)

    x = convolution(x, rounded(1280 * max(1.0, multiplier)), 1, 1, "head")
    x = layers.GlobalAveragePooling2D(name="pooling")(layers.ReLU(6)(x))
    x = layers.Dropout(parameters["dropout"], name="dropout")(x)
    return keras.Model(images, layers.Dense(shape.outputs, name="output")(x))


def inverted_residual(
    given: keras.KerasTensor, filters: int, expansion: int, stride: int, name: str
) -> keras.KerasTensor:
    """A model within the model."""
    x = y = inputs = keras.Input(given.shape[1:], dtype=given.dtype)
    if expansion > 1:
        y = layers.ReLU(6)(convolution(y, x.shape[-1] * expansion, 1, 1, f"{name}_expand"))
    y = layers.ReLU(6)(depthwise_convolution(y, stride, f"{name}_depthwise"))
    y = convolution(y, filters, 1, 1, f"{name}_project")
    if x.shape == y.shape:
        y = layers.Add(name=f"{name}_add")([x, y])
    return keras.Model(inputs, y, name=name)(given)


def convolution(
    x: keras.KerasTensor, filters: int, size: int, stride: int, name: str
) -> keras.KerasTensor:
    """A convolution, padded alike on all sides, and batch norm, which makes a bias superfluous."""
    if size > 1:
        x = layers.ZeroPadding2D(size // 2)(x)
    x = layers.Conv2D(filters, size, stride, use_bias=False, name=f"{name}_convolution")(x)
    return BatchNorm(name=f"{name}_norm")(x)


def depthwise_convolution(x: keras.KerasTensor, stride: int, name: str) -> keras.KerasTensor:
    """The same for each channel by itself, looking at 3 by 3 pixels."""
    x = layers.ZeroPadding2D(1)(x)
    x = layers.DepthwiseConv2D(3, stride, use_bias=False, name=f"{name}_convolution")(x)
    return BatchNorm(name=f"{name}_norm")(x)


class BatchNorm(layers.BatchNormalization):
    """Batch norm whose running variance follows that of the population, as in the paper and in PyTorch.

    Keras lets it follow that of the batch, which is smaller by (n - 1) / n.
    """

    corrected = True

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, **given: Any) -> None:
        super().__init__(momentum=momentum, epsilon=epsilon, **given)

    def call(self, x: Any, training: bool = False) -> Any:
        kept = self.momentum * self.moving_variance
        outputs = super().call(x, training=training)
        if training and self.trainable:
            samples, height, width, _ = ops.shape(x)
            n = ops.cast(samples * height * width, kept.dtype)
            self.moving_variance.assign_add((self.moving_variance - kept) / (n - 1))
        return outputs


def fitted_strides(side: int) -> Iterator[int]:
    """The strides of the five places that halve large images; small ones are halved at the last of these only.

    What is left is at least 4 pixels wide.
    """
    halvings = [n for n in range(1, 6) if math.ceil(side / 2**n) >= 4]
    return iter([1] * (5 - len(halvings)) + [2] * len(halvings))


def rounded(channels: float) -> int:
    """The multiple of 8 next to it, but not less than nine tenths of it."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
