"""A residual network for tables in PyTorch.

The columns of a row become units. Each block looks at the units, standardised over the batch, through a
hidden layer, and adds what it found to them (skip): it need only learn a correction. The output layer gives a
score per class, or the numbers to be predicted.

Where all units go through batch normalisation afterwards, a bias would be taken away again: there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from runners.templates.template import ModelShape


class TabularResNet(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        width = parameters["width"]
        self.input = nn.Linear(shape.inputs[0], width, bias=False)
        self.blocks = nn.Sequential()
        for number in range(1, parameters["blocks"] + 1):
            self.blocks.add_module(f"block_{number}", Block(width, parameters))
        self.norm = BatchNorm(width)
        self.output = nn.Linear(width, shape.outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.input(x))
        scores: Tensor = self.output(relu(self.norm(x)))
        return scores


class Block(nn.Module):
    def __init__(self, width: int, parameters: Mapping[str, Any]) -> None:
        super().__init__()
        self.norm = BatchNorm(width)
        self.hidden = nn.Linear(width, parameters["hidden_width"])
        self.hidden_dropout = nn.Dropout(parameters["dropout"])
        self.back = nn.Linear(parameters["hidden_width"], width, bias=False)
        self.dropout = nn.Dropout(parameters["residual_dropout"])

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.hidden_dropout(relu(self.hidden(self.norm(x))))
        y = self.dropout(self.back(y))
        return x + y


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation as TensorFlow does it: its running variance follows the batch's own, and one row is a batch.

    PyTorch's multiplies the batch's variance by n / (n - 1) before it follows it.
    """

    corrected = False
    running_mean: Tensor
    running_var: Tensor

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        x = x.to(self.weight.dtype)
        variance, mean = torch.var_mean(x, 0, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, 0.1)
            self.running_var.lerp_(variance, 0.1)
        return (x - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from columns (samples, features) to scores (samples, outputs): logits of classes, or numbers."""
    return TabularResNet(parameters, shape)
