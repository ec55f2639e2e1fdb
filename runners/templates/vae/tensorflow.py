"""A variational autoencoder in TensorFlow, with Keras.

The encoder tells of an image a mean and a variance for each of a few numbers, its code. A code is drawn with them,
from noise that is given, and the decoder draws the image from the code. Since the loss also asks that codes be
spread as normal noise is, the decoder can make new images from such noise alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from runners.templates.template import ModelShape


class VariationalAutoencoder(keras.Model):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        latent = parameters["latent"]
        if parameters["architecture"] == "dense":
            widths = parameters["hidden_widths"]
            self.encoder = dense_encoder(widths, shape)
            self.decoder = dense_decoder(widths, latent, shape)
        else:
            filters = parameters["filters"]
            self.encoder = convolutional_encoder(filters, shape)
            self.decoder = convolutional_decoder(filters, latent, shape)
        self.mean = layers.Dense(latent, name="mean")
        self.log_variance = layers.Dense(latent, name="log_variance")
        self.mean.build(self.encoder.output_shape)
        self.log_variance.build(self.encoder.output_shape)

    def call(self, images: Any, noise: Any) -> tuple[Any, Any, Any]:
        x = self.encoder(images)
        mean, log_variance = self.mean(x), self.log_variance(x)
        codes = mean + ops.exp(log_variance / 2) * noise
        return self.decode(codes), mean, log_variance

    def decode(self, codes: Any) -> Any:
        return self.decoder(codes)


def dense_encoder(widths: tuple[int, ...], shape: ModelShape) -> keras.Model:
    encoder = keras.Sequential([keras.Input(shape.inputs), layers.Flatten()])
    for number, width in enumerate(widths, start=1):
        encoder.add(layers.Dense(width, activation="relu", name=f"encoder_{number}"))
    return encoder


def dense_decoder(widths: tuple[int, ...], latent: int, shape: ModelShape) -> keras.Model:
    decoder = keras.Sequential([keras.Input((latent,))])
    for number, width in enumerate(reversed(widths), start=1):
        decoder.add(layers.Dense(width, activation="relu", name=f"decoder_{number}"))
    decoder.add(layers.Dense(math.prod(shape.inputs), name="output"))
    decoder.add(layers.Reshape(shape.inputs, name="image"))
    return decoder


def convolutional_encoder(filters: tuple[int, ...], shape: ModelShape) -> keras.Model:
    """Every convolution halves the image."""
    encoder = keras.Sequential([keras.Input(shape.inputs)])
    for number, count in enumerate(filters, start=1):
        encoder.add(layers.ZeroPadding2D(1))
        convolution = layers.Conv2D(
            count, 3, strides=2, activation="relu", name=f"encoder_{number}"
        )
        encoder.add(convolution)
    encoder.add(layers.Flatten(name="flatten"))
    return encoder


def convolutional_decoder(filters: tuple[int, ...], latent: int, shape: ModelShape) -> keras.Model:
    """Every transposed convolution doubles the image; what is too much where a side was odd is cut off."""
    height, width, channels = shape.inputs
    small = smallest(filters, shape)
    codes = keras.Input((latent,))
    x = layers.Dense(math.prod(small), activation="relu", name="decoder_start")(codes)
    x = layers.Reshape(small, name="start")(x)
    for number, count in enumerate((*filters[-2::-1], filters[0]), start=1):
        x = layers.Conv2DTranspose(
            count, 2, strides=2, activation="relu", name=f"decoder_{number}"
        )(x)
    x = x[:, :height, :width]
    x = layers.Conv2D(channels, 3, padding="same", name="output")(x)
    return keras.Model(codes, x)


def smallest(filters: tuple[int, ...], shape: ModelShape) -> tuple[int, int, int]:
    """The height, width and channels that are left of an image after the last convolution of the encoder."""
    height, width, _ = shape.inputs
    times = 2 ** len(filters)
    return math.ceil(height / times), math.ceil(width / times), filters[-1]


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) and noise (samples, latent numbers).

    It gives scores of the same shape as the images, whose sigmoid is the reconstruction, and the means and the
    logarithms of the variances of the codes. Its ``decode`` gives the scores for codes.
    """
    return VariationalAutoencoder(parameters, shape)
