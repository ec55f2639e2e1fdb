"""A U-Net in PyTorch.

On the way down each level looks with two convolutions and halves the image, so that what is below sees more of it
at once. On the way up a transposed convolution doubles the image again, and what the same level saw on the way down
is laid beside it: what is there comes from below, where it is from the side. At last each pixel gets a score per class.

Convolutions are padded, so that the answer is as large as the image; the paper's were not. An image whose sides
cannot be halved so often is first made larger with zeros, and the answer is cut to size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from runners.templates.template import ModelShape


class UNet(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        depth, batch_norm = parameters["depth"], parameters["batch_norm"]
        self.height, self.width, channels = shape.inputs
        self.bottom_margin, self.right_margin = -self.height % 2**depth, -self.width % 2**depth

        widths = [parameters["width"] * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleDict()
        for level in range(1, depth + 1):
            self.down[str(level)] = Double(channels, widths[level - 1], batch_norm=batch_norm)
            channels = widths[level - 1]
        self.bottom = Double(channels, widths[depth], batch_norm=batch_norm)
        self.dropout = nn.Dropout(parameters["dropout"])
        self.enlarge, self.up = nn.ModuleDict(), nn.ModuleDict()
        for level in range(depth, 0, -1):
            width = widths[level - 1]
            self.enlarge[str(level)] = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
            self.up[str(level)] = Double(2 * width, width, batch_norm=batch_norm)
        self.output = nn.Conv2d(widths[0], shape.outputs, 1)

    def forward(self, images: Tensor) -> Tensor:
        x = images.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
        x = functional.pad(x, (0, self.right_margin, 0, self.bottom_margin))
        kept = []
        for convolutions in self.down.values():
            x = convolutions(x)
            kept.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.dropout(self.bottom(x))
        for enlarge, convolutions in zip(self.enlarge.values(), self.up.values(), strict=True):
            x = convolutions(torch.cat([kept.pop(), enlarge(x)], 1))
        scores: Tensor = self.output(x).permute(0, 2, 3, 1)  # channels last again
        return scores[:, : self.height, : self.width]


class Double(nn.Module):
    """Two convolutions of 3 by 3, each followed by batch norm if wanted, and bent."""

    def __init__(self, channels: int, filters: int, *, batch_norm: bool) -> None:
        super().__init__()
        # Batch norm makes a bias superfluous.
        self.convolution_1 = nn.Conv2d(channels, filters, 3, padding=1, bias=not batch_norm)
        self.norm_1 = nn.BatchNorm2d(filters) if batch_norm else nn.Identity()
        self.convolution_2 = nn.Conv2d(filters, filters, 3, padding=1, bias=not batch_norm)
        self.norm_2 = nn.BatchNorm2d(filters) if batch_norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.norm_1(self.convolution_1(x)))
        return functional.relu(self.norm_2(self.convolution_2(x)))


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from images (samples, height, width, channels) to scores (samples, height, width, classes).

    The scores are logits: softmax is part of the loss.
    """
    return UNet(parameters, shape)
