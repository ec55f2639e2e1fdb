"""A U-Net in TensorFlow, with Keras.

On the way down each level looks with two convolutions and halves the image, so that what is below sees more of it
at once. On the way up a transposed convolution doubles the image again, and what the same level saw on the way down
is laid beside it: what is there comes from below, where it is from the side. At last each pixel gets a score per class.

Convolutions are padded, so that the answer is as large as the image; the paper's were not. An image whose sides
cannot be halved so often is first made larger with zeros, and the answer is cut to size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) to scores (samples, height, width, classes).

    The scores are logits: softmax is part of the loss.
    """
    depth, batch_norm = parameters["depth"], parameters["batch_norm"]
    height, width, _ = shape.inputs
    margins = ((0, -height % 2**depth), (0, -width % 2**depth))
    widths = [parameters["width"] * 2**level for level in range(depth + 1)]

    images = keras.Input(shape.inputs)
    x = layers.ZeroPadding2D(margins, name="padding")(images)
    kept = []
    for level in range(1, depth + 1):
        x = double(x, widths[level - 1], f"down_{level}", batch_norm=batch_norm)
        kept.append(x)
        x = layers.MaxPooling2D(2, name=f"down_{level}_pooling")(x)
    x = double(x, widths[depth], "bottom", batch_norm=batch_norm)
    x = layers.Dropout(parameters["dropout"], name="dropout")(x)
    for level in range(depth, 0, -1):
        width = widths[level - 1]
        x = layers.Conv2DTranspose(width, 2, 2, name=f"enlarge_{level}")(x)
        x = layers.Concatenate(name=f"joined_{level}")([kept.pop(), x])
        x = double(x, width, f"up_{level}", batch_norm=batch_norm)
    x = layers.Conv2D(shape.outputs, 1, name="output")(x)
    return keras.Model(images, layers.Cropping2D(margins, name="cropping")(x))


def double(
    given: keras.KerasTensor, filters: int, name: str, *, batch_norm: bool
) -> keras.KerasTensor:
    """Two convolutions of 3 by 3, each followed by batch norm if wanted, and bent: a model within the model."""
    x = inputs = keras.Input(given.shape[1:], dtype=given.dtype)
    for number in (1, 2):
        # Batch norm makes a bias superfluous.
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=not batch_norm, name=f"{name}_convolution_{number}"
        )(x)
        if batch_norm:
            x = BatchNorm(name=f"{name}_norm_{number}")(x)
        x = layers.ReLU()(x)
    return keras.Model(inputs, x, name=name)(given)


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
