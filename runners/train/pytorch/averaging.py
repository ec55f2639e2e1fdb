"""A moving average of the weights, in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


class AveragedWeights:
    """average ← d average + (1 - d) weight after each step, after Polyak and Juditsky (1992).

    d is the decay, or (1 + steps) / (10 + steps) while that is less, so that the first weights are soon forgotten. While
    `in_use`, the model holds the averages and this object the weights that are trained.
    """

    def __init__(self, parameters: Sequence[Tensor], decay: float) -> None:
        self._parameters = list(parameters)
        self._decay = decay
        self._kept = [parameter.detach().clone() for parameter in parameters]
        self._steps = 0
        self.in_use = False

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        torch._foreach_lerp_(self._kept, self._parameters, 1 - decay)

    @torch.no_grad()
    def use(self, *, averages: bool) -> None:
        """Let the model hold the averages, or the trained weights again."""
        if averages == self.in_use:
            return
        for parameter, kept in zip(self._parameters, self._kept, strict=True):
            held = parameter.clone()
            parameter.copy_(kept)
            kept.copy_(held)
        self.in_use = averages

    def state(self) -> dict[str, Any]:
        """For a checkpoint; only while not `in_use`."""
        return {"steps": self._steps, "averages": self._kept}

    def restore(self, state: dict[str, Any]) -> None:
        self._steps = state["steps"]
        for kept, loaded in zip(self._kept, state["averages"], strict=True):
            kept.copy_(loaded)
