"""A trained model of PyTorch as it is exported: one input in the dataset's own values, one output."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from runners.datasets.dataset import Input, Task
from runners.train.engine import Array
from runners.train.setup import Setup


def wrapped(model: nn.Module, setup: Setup) -> nn.Module:
    """The model that `runners.export.trained.Trained` describes, of what `Engine.deployed` gives. Its parameters are not trained any more."""
    if setup.task is Task.RECONSTRUCTION:
        model = AtTheMean(model, setup.parameters["latent"])
    if setup.dataset.input is Input.IMAGE:
        model = Scaled(model, float(np.float32(1 / setup.dataset.scale)))
    elif setup.dataset.input is Input.TOKENS:
        model = Tokens(model)
    return Exported(model).eval().requires_grad_(False)


def outputs(model: nn.Module, x: Array) -> Array:
    """What a wrapped model gives for a batch."""
    with torch.no_grad():
        given: Array = model(torch.from_numpy(x)).numpy()
    return given


def unwrapped(model: nn.Module) -> nn.Module:
    """The template's own model within."""
    while isinstance(model, (Exported, Scaled, Tokens, AtTheMean)):
        model = model.model
    return model


class Exported(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.model(input)
        return output


class Scaled(nn.Module):
    """Takes images from 0 to the dataset's scale."""

    def __init__(self, model: nn.Module, factor: float) -> None:
        super().__init__()
        self.model, self.factor = model, factor

    def forward(self, images: Tensor) -> Any:
        return self.model(images * self.factor)


class Tokens(nn.Module):
    """Takes tokens as int32, where PyTorch wants int64."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> Any:
        return self.model(tokens.long())


class AtTheMean(nn.Module):
    """The scores of an autoencoder's reconstruction at the mean of the code."""

    def __init__(self, model: nn.Module, latent: int) -> None:
        super().__init__()
        self.model, self.latent = model, latent

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.model(images, images.new_zeros((images.shape[0], self.latent)))[0]
        return scores
