"""Layers that compute in fewer bits, in PyTorch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """Casts by PyTorch's list of operations, and scales the loss for float16, whose small gradients would vanish."""

    def __init__(self, kind: str, device: torch.device) -> None:
        self._device = device
        self._type = _TYPES.get(kind)
        self._scaler = torch.amp.GradScaler(device.type) if kind == "float16" else None

    def casts(self) -> AbstractContextManager[Any]:
        if self._type is None:
            return nullcontext()
        return torch.autocast(self._device.type, self._type)

    def scaled(self, loss: Tensor) -> Tensor:
        return self._scaler.scale(loss) if self._scaler else loss

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        """Give the gradients their true size, before they are clipped."""
        if self._scaler:
            self._scaler.unscale_(optimizer)

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """A step of the optimizer, left out where a scaled gradient overflowed."""
        if self._scaler is None:
            optimizer.step()
            return
        self._scaler.step(optimizer)
        self._scaler.update()

    def state(self) -> dict[str, Any]:
        return self._scaler.state_dict() if self._scaler else {}

    def restore(self, state: dict[str, Any]) -> None:
        if self._scaler:
            self._scaler.load_state_dict(state)
