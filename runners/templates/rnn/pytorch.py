"""A recurrent network in PyTorch.

It reads a sample step by step: the tokens of a text, the steps of a series, the rows of an image. At each
step a layer mixes what it reads with what it remembers; gates decide how much is kept. A bidirectional
layer reads the steps once more from the last to the first. The output layer looks at the mean of all steps.

Texts differ in length: token 0 fills up the shorter ones at their end. Fillers are no part of the mean, and
who reads backwards begins at the last real token, so a text gives the same scores however far it is filled up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from runners.templates.template import ModelShape

FILLER = 0


class RecurrentNetwork(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        if shape.vocabulary:
            width = parameters["embedding_width"]
            self.embedding = nn.Embedding(shape.vocabulary, width)
        else:
            width = math.prod(shape.inputs[1:])
        self.reads_text = shape.vocabulary > 0

        self.layers = nn.ModuleDict()
        for number in range(1, parameters["layers"] + 1):
            layer = RecurrentLayer(width, parameters)
            self.layers[f"layer_{number}"] = layer
            width = layer.width
        self.dropout = nn.Dropout(parameters["dropout"])
        self.output = nn.Linear(width, shape.outputs)

    def forward(self, x: Tensor) -> Tensor:
        if self.reads_text:
            lengths = (x != FILLER).sum(1)
            x = self.embedding(x)
        else:
            x = x.flatten(2)  # a row of an image with all its channels is one step
            lengths = torch.full((x.shape[0],), x.shape[1], device=x.device)
        for layer in self.layers.values():
            x = self.dropout(layer(x, lengths))
        scores: Tensor = self.output(mean_of_steps(x, lengths))
        return scores


class RecurrentLayer(nn.Module):
    def __init__(self, inputs: int, parameters: Mapping[str, Any]) -> None:
        super().__init__()
        units = parameters["units"]
        self.ahead = new_cell(parameters["cell"], inputs, units)
        self.back = None
        if parameters["bidirectional"]:
            self.back = new_cell(parameters["cell"], inputs, units)
        self.width = units if self.back is None else 2 * units

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        ahead: Tensor = self.ahead(x)[0]
        if self.back is None:
            return ahead
        back: Tensor = self.back(turned_round(x, lengths))[0]
        return torch.cat([ahead, turned_round(back, lengths)], 2)


def new_cell(kind: str, inputs: int, units: int) -> nn.Module:
    if kind == "gru":
        return nn.GRU(inputs, units, batch_first=True)
    cell = nn.LSTM(inputs, units, batch_first=True)
    # PyTorch adds two biases where one does the same, and TensorFlow has one.
    nn.init.zeros_(cell.get_parameter("bias_hh_l0")).requires_grad_(False)
    return cell


def turned_round(x: Tensor, lengths: Tensor) -> Tensor:
    """The first steps of each sample, as many as its length, in turned order; the others stay where they are."""
    step = torch.arange(x.shape[1], device=x.device)
    last = lengths[:, None] - 1
    order = torch.where(last >= step, last - step, step)
    return x.gather(1, order[:, :, None].expand_as(x))


def mean_of_steps(x: Tensor, lengths: Tensor) -> Tensor:
    """The mean of the first steps of each sample, as many as its length; zero for an empty text."""
    step = torch.arange(x.shape[1], device=x.device)
    counts = (lengths[:, None] > step)[:, :, None].to(x.dtype)
    return (x * counts).sum(1) / lengths.clamp(min=1)[:, None].to(x.dtype)


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, to scores (samples, outputs): logits of classes, or numbers.

    From tokens (samples, length), series (samples, steps, channels) or images (samples, height, width, channels).
    """
    return RecurrentNetwork(parameters, shape)
