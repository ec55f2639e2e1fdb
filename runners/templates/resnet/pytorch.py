"""A residual network in PyTorch.

Each block adds its input to what its two convolutions make of it: they learn only what is to be changed, and the
way around them carries gradients to the first layers of even a deep network. Where a stage halves the image and
has more filters, the way around does so too: by leaving out pixels and adding channels of zeros in the small
networks (20, 32), by a convolution of 1 by 1 in the large ones (18, 34). At last the mean over all places gives
a score per class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from runners.templates.template import ModelShape

# By depth: the filters and the number of blocks of each stage.
STAGES = {
    "20": ((16, 3), (32, 3), (64, 3)),
    "32": ((16, 5), (32, 5), (64, 5)),
    "18": ((64, 2), (128, 2), (256, 2), (512, 2)),
    "34": ((64, 3), (128, 4), (256, 6), (512, 3)),
}


class ResidualNetwork(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        stages = STAGES[parameters["depth"]]
        height, width, channels = shape.inputs
        filters = round(stages[0][0] * parameters["width"])
        # The networks for ImageNet first make large images small.
        shrinks = len(stages) == 4 and min(height, width) >= 64
        self.stem = nn.Sequential()
        self.stem.add_module(
            "convolution",
            convolution(channels, filters, 7, 2) if shrinks else convolution(channels, filters, 3),
        )
        self.stem.add_module("norm", nn.BatchNorm2d(filters))
        self.stem.add_module("activation", nn.ReLU())
        if shrinks:
            self.stem.add_module("pooling", nn.MaxPool2d(3, 2, padding=1))

        self.blocks = nn.Sequential()
        channels = filters
        for stage, (stage_filters, blocks) in enumerate(stages, start=1):
            filters = round(stage_filters * parameters["width"])
            for number in range(1, blocks + 1):
                stride = 2 if stage > 1 and number == 1 else 1
                block = Block(channels, filters, stride, projects=len(stages) == 4)
                self.blocks.add_module(f"stage_{stage}_block_{number}", block)
                channels = filters

        self.output = nn.Linear(channels, shape.outputs)

    def forward(self, images: Tensor) -> Tensor:
        x = images.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
        x = self.blocks(self.stem(x))
        scores: Tensor = self.output(x.mean((2, 3)))
        return scores


class Block(nn.Module):
    def __init__(self, channels: int, filters: int, stride: int, *, projects: bool) -> None:
        super().__init__()
        self.convolution_1 = convolution(channels, filters, 3, stride)
        self.norm_1 = nn.BatchNorm2d(filters)
        self.convolution_2 = convolution(filters, filters, 3)
        self.norm_2 = nn.BatchNorm2d(filters)
        self.stride = stride
        self.new_channels = filters - channels
        self.projects = projects and (stride > 1 or channels != filters)
        if self.projects:
            self.shortcut = convolution(channels, filters, 1, stride)
            self.shortcut_norm = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm_1(self.convolution_1(x)))
        y = self.norm_2(self.convolution_2(y))
        return functional.relu(y + self.around(x))

    def around(self, x: Tensor) -> Tensor:
        if self.projects:
            projected: Tensor = self.shortcut_norm(self.shortcut(x))
            return projected
        if self.stride > 1:
            x = x[:, :, :: self.stride, :: self.stride]
            x = functional.pad(x, (0, 0, 0, 0, 0, self.new_channels))
        return x


def convolution(channels: int, filters: int, size: int, stride: int = 1) -> nn.Conv2d:
    """Padded alike on all sides; batch norm, which follows, makes a bias superfluous."""
    return nn.Conv2d(channels, filters, size, stride, padding=size // 2, bias=False)


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    return ResidualNetwork(parameters, shape)
