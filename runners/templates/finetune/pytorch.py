"""Fine-tuning in PyTorch: a residual network that begins with the weights of an earlier training.

What a network learns first, edges, textures and shapes, serves for other images as well. So it begins where a training on
many images ended, with a new output layer, and goes on with few. What is not to be trained is frozen: its weights get no
gradients, and its batch norm goes on with the means and variances of the images it came from.

The weights were learnt from images of some size, colours and brightness, so the new ones are made like them. For the
residual network itself see the template resnet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
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
# Of the pixels of ImageNet, from 0 to 1, in red, green and blue.
MEANS = np.array((0.485, 0.456, 0.406), np.float32)
DEVIATIONS = np.array((0.229, 0.224, 0.225), np.float32)


class FineTunedNetwork(nn.Module):
    scale: Tensor
    offset: Tensor

    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        stages = STAGES[parameters["depth"]]
        height, width, channels = shape.inputs
        self.factor = math.ceil(parameters["least_size"] / min(height, width))
        self.is_normalised = parameters["normalisation"] == "imagenet"
        if self.is_normalised:
            channels = 3
            self.register_buffer("scale", torch.from_numpy(1 / DEVIATIONS), persistent=False)
            self.register_buffer("offset", torch.from_numpy(-MEANS / DEVIATIONS), persistent=False)

        # The networks for ImageNet first make large images small.
        shrinks = len(stages) == 4 and min(height, width) * self.factor >= 64
        filters = stages[0][0]
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
        for stage, (filters, blocks) in enumerate(stages, start=1):
            for number in range(1, blocks + 1):
                stride = 2 if stage > 1 and number == 1 else 1
                block = Block(channels, filters, stride, projects=len(stages) == 4)
                self.blocks.add_module(f"stage_{stage}_block_{number}", block)
                channels = filters

        self.output = nn.Linear(channels, shape.outputs)
        self.frozen = self.frozen_parts(parameters["trained"], f"stage_{len(stages)}_")
        for part in self.frozen:
            part.requires_grad_(requires_grad=False)
        self.train()

    def frozen_parts(self, trained: str, last_stage: str) -> list[nn.Module]:
        if trained == "everything":
            return []
        if trained == "output":
            return [self.stem, self.blocks]
        blocks = self.blocks.named_children()
        return [self.stem, *(block for name, block in blocks if not name.startswith(last_stage))]

    def train(self, mode: bool = True) -> FineTunedNetwork:
        """What is frozen is never in training, or its batch norm would follow the new images."""
        super().train(mode)
        for part in self.frozen:
            part.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        x = images.repeat_interleave(self.factor, 1).repeat_interleave(self.factor, 2)
        if self.is_normalised:
            x = x * self.scale + self.offset  # gray becomes three channels
        x = x.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
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

    The scores are logits: softmax is part of the loss. Its weights have yet to be loaded.
    """
    return FineTunedNetwork(parameters, shape)
