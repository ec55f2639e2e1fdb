"""A mobile network, MobileNetV2, in PyTorch.

A convolution that looks at places and at channels together is dear. Here one looks at each channel by itself
(depthwise), and convolutions of 1 by 1 mix the channels of each pixel. A block widens a thin image to many channels,
looks at each of them, and makes it thin again without bending the result, since bending loses what a thin image
holds; where its shape stays, its input is added to it. At last the mean over all places gives a score per class.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn

from runners.templates.template import ModelShape

# Blocks, channels and the stride of the first block of each stage.
STAGES = ((1, 16, 1), (2, 24, 2), (3, 32, 2), (4, 64, 2), (3, 96, 1), (3, 160, 2), (1, 320, 1))


class MobileNetwork(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        multiplier = parameters["width"]
        strides = fitted_strides(min(shape.inputs[:2]))

        channels = rounded(32 * multiplier)
        self.stem = normed(shape.inputs[2], channels, 3, next(strides))
        self.blocks = nn.Sequential()
        for stage, (blocks, stage_channels, stage_stride) in enumerate(STAGES, start=1):
            stride = next(strides) if stage_stride == 2 else 1
            expansion = 1 if stage == 1 else parameters["expansion"]
            filters = rounded(stage_channels * multiplier)
            for number in range(1, blocks + 1):
                block = Block(channels, filters, expansion, stride if number == 1 else 1)
                self.blocks.add_module(f"stage_{stage}_block_{number}", block)
                channels = filters

        width = rounded(1280 * max(1.0, multiplier))
        self.head = normed(channels, width, 1)
        self.dropout = nn.Dropout(parameters["dropout"])
        self.output = nn.Linear(width, shape.outputs)

    def forward(self, images: Tensor) -> Tensor:
        x = images.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
        x = self.head(self.blocks(self.stem(x)))
        scores: Tensor = self.output(self.dropout(x.mean((2, 3))))
        return scores


class Block(nn.Module):
    def __init__(self, channels: int, filters: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.expand = normed(channels, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = normed(wide, wide, 3, stride, groups=wide)
        self.project = normed(wide, filters, 1, bends=False)
        self.adds = stride == 1 and channels == filters

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.adds else y


def normed(
    channels: int, filters: int, size: int, stride: int = 1, *, groups: int = 1, bends: bool = True
) -> nn.Sequential:
    """A convolution, padded alike on all sides, and batch norm, which makes a bias superfluous."""
    part = nn.Sequential()
    padding = size // 2
    part.add_module(
        "convolution",
        nn.Conv2d(channels, filters, size, stride, padding, groups=groups, bias=False),
    )
    part.add_module("norm", nn.BatchNorm2d(filters))
    if bends:
        part.add_module("activation", nn.ReLU6())
    return part


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


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    return MobileNetwork(parameters, shape)
