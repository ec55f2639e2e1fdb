"""A variational autoencoder in PyTorch.

The encoder tells of an image a mean and a variance for each of a few numbers, its code. A code is drawn with them,
from noise that is given, and the decoder draws the image from the code. Since the loss also asks that codes be
spread as normal noise is, the decoder can make new images from such noise alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import relu

from runners.templates.template import ModelShape


class VariationalAutoencoder(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        latent = parameters["latent"]
        self.encoder: nn.Module
        self.decoder: nn.Module
        if parameters["architecture"] == "dense":
            widths = parameters["hidden_widths"]
            self.encoder = DenseEncoder(widths, shape)
            self.decoder = DenseDecoder(widths, latent, shape)
            features = widths[-1]
        else:
            filters = parameters["filters"]
            self.encoder = ConvolutionalEncoder(filters, shape)
            self.decoder = ConvolutionalDecoder(filters, latent, shape)
            features = math.prod(smallest(filters, shape))
        self.mean = nn.Linear(features, latent)
        self.log_variance = nn.Linear(features, latent)

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.encoder(images)
        mean, log_variance = self.mean(x), self.log_variance(x)
        codes = mean + (log_variance / 2).exp() * noise
        return self.decode(codes), mean, log_variance

    def decode(self, codes: Tensor) -> Tensor:
        scores: Tensor = self.decoder(codes)
        return scores


class DenseEncoder(nn.Sequential):
    def __init__(self, widths: tuple[int, ...], shape: ModelShape) -> None:
        super().__init__()
        self.add_module("flatten", nn.Flatten())
        inputs = math.prod(shape.inputs)
        for number, width in enumerate(widths, start=1):
            self.add_module(f"encoder_{number}", nn.Linear(inputs, width))
            self.add_module(f"activation_{number}", nn.ReLU())
            inputs = width


class DenseDecoder(nn.Sequential):
    def __init__(self, widths: tuple[int, ...], latent: int, shape: ModelShape) -> None:
        super().__init__()
        inputs = latent
        for number, width in enumerate(reversed(widths), start=1):
            self.add_module(f"decoder_{number}", nn.Linear(inputs, width))
            self.add_module(f"activation_{number}", nn.ReLU())
            inputs = width
        self.add_module("output", nn.Linear(inputs, math.prod(shape.inputs)))
        self.add_module("image", nn.Unflatten(1, shape.inputs))


class ConvolutionalEncoder(nn.Module):
    """Every convolution halves the image."""

    def __init__(self, filters: tuple[int, ...], shape: ModelShape) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        channels = shape.inputs[2]
        for number, count in enumerate(filters, start=1):
            convolution = nn.Conv2d(channels, count, 3, stride=2, padding=1)
            self.layers.add_module(f"encoder_{number}", convolution)
            self.layers.add_module(f"activation_{number}", nn.ReLU())
            channels = count

    def forward(self, images: Tensor) -> Tensor:
        x = images.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
        x = self.layers(x)
        features: Tensor = x.permute(0, 2, 3, 1).flatten(1)  # channels last, as in TensorFlow
        return features


class ConvolutionalDecoder(nn.Module):
    """Every transposed convolution doubles the image; what is too much where a side was odd is cut off."""

    def __init__(self, filters: tuple[int, ...], latent: int, shape: ModelShape) -> None:
        super().__init__()
        self.size = shape.inputs
        self.smallest = smallest(filters, shape)
        self.decoder_start = nn.Linear(latent, math.prod(self.smallest))
        self.layers = nn.Sequential()
        channels = filters[-1]
        for number, count in enumerate((*filters[-2::-1], filters[0]), start=1):
            convolution = nn.ConvTranspose2d(channels, count, 2, stride=2)
            self.layers.add_module(f"decoder_{number}", convolution)
            self.layers.add_module(f"activation_{number}", nn.ReLU())
            channels = count
        self.output = nn.Conv2d(channels, self.size[2], 3, padding=1)

    def forward(self, codes: Tensor) -> Tensor:
        height, width, _ = self.size
        x = relu(self.decoder_start(codes)).view(-1, *self.smallest)
        x = self.layers(x.permute(0, 3, 1, 2))
        scores: Tensor = self.output(x[:, :, :height, :width])
        return scores.permute(0, 2, 3, 1)


def smallest(filters: tuple[int, ...], shape: ModelShape) -> tuple[int, int, int]:
    """The height, width and channels that are left of an image after the last convolution of the encoder."""
    height, width, _ = shape.inputs
    times = 2 ** len(filters)
    return math.ceil(height / times), math.ceil(width / times), filters[-1]


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from images (samples, height, width, channels) and noise (samples, latent numbers).

    It gives scores of the same shape as the images, whose sigmoid is the reconstruction, and the means and the
    logarithms of the variances of the codes. Its ``decode`` gives the scores for codes.
    """
    return VariationalAutoencoder(parameters, shape)
