"""A residual network in TensorFlow, with Keras.

Each block adds its input to what its two convolutions make of it: they learn only what is to be changed, and the
way around them carries gradients to the first layers of even a deep network. Where a stage halves the image and
has more filters, the way around does so too: by leaving out pixels and adding channels of zeros in the small
networks (20, 32), by a convolution of 1 by 1 in the large ones (18, 34). At last the mean over all places gives
a score per class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from runners.templates.template import ModelShape

# By depth: the filters and the number of blocks of each stage.
STAGES = {
    "20": ((16, 3), (32, 3), (64, 3)),
    "32": ((16, 5), (32, 5), (64, 5)),
    "18": ((64, 2), (128, 2), (256, 2), (512, 2)),
    "34": ((64, 3), (128, 4), (256, 6), (512, 3)),
}


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    stages = STAGES[parameters["depth"]]
    height, width, _ = shape.inputs
    filters = round(stages[0][0] * parameters["width"])
    # The networks for ImageNet first make large images small.
    shrinks = len(stages) == 4 and min(height, width) >= 64

    images = keras.Input(shape.inputs)
    x = convolution(images, filters, 7 if shrinks else 3, 2 if shrinks else 1, "stem_convolution")
    x = layers.ReLU()(BatchNorm(name="stem_norm")(x))
    if shrinks:
        x = layers.MaxPooling2D(3, 2, name="stem_pooling")(layers.ZeroPadding2D(1)(x))

    for stage, (stage_filters, blocks) in enumerate(stages, start=1):
        filters = round(stage_filters * parameters["width"])
        for number in range(1, blocks + 1):
            stride = 2 if stage > 1 and number == 1 else 1
            name = f"stage_{stage}_block_{number}"
            x = residual_block(x, filters, stride, name, projects=len(stages) == 4)

    x = layers.GlobalAveragePooling2D(name="pooling")(x)
    return keras.Model(images, layers.Dense(shape.outputs, name="output")(x))


def residual_block(
    given: keras.KerasTensor, filters: int, stride: int, name: str, *, projects: bool
) -> keras.KerasTensor:
    """A model within the model."""
    x = inputs = keras.Input(given.shape[1:], dtype=given.dtype)
    y = convolution(x, filters, 3, stride, f"{name}_convolution_1")
    y = layers.ReLU()(BatchNorm(name=f"{name}_norm_1")(y))
    y = convolution(y, filters, 3, 1, f"{name}_convolution_2")
    y = BatchNorm(name=f"{name}_norm_2")(y)

    new_channels = filters - x.shape[-1]
    if projects and (stride > 1 or new_channels):
        x = convolution(x, filters, 1, stride, f"{name}_shortcut")
        x = BatchNorm(name=f"{name}_shortcut_norm")(x)
    elif stride > 1:
        x = ops.pad(x[:, ::stride, ::stride], ((0, 0), (0, 0), (0, 0), (0, new_channels)))
    y = layers.ReLU()(layers.Add(name=f"{name}_add")([y, x]))
    return keras.Model(inputs, y, name=name)(given)


def convolution(
    x: keras.KerasTensor, filters: int, size: int, stride: int, name: str
) -> keras.KerasTensor:
    """Padded alike on all sides; batch norm, which follows, makes a bias superfluous."""
    if size > 1:
        x = layers.ZeroPadding2D(size // 2)(x)
    return layers.Conv2D(filters, size, stride, use_bias=False, name=name)(x)


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
