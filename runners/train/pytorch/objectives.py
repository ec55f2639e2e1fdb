"""What is learned, in PyTorch: the loss of each task, and how good a batch was, in one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

from runners.datasets.dataset import Task
from runners.train.setup import Setup


class Objective:
    """``outputs``, ``x`` and ``y`` are those of a batch, on the device of the model."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def outputs(self, model: Callable[..., Any], x: Tensor, y: Tensor) -> Any:
        """What the model gives for a batch: a tensor, or a tuple of tensors."""
        del y
        return model(x)

    def judged(self, outputs: Any, x: Tensor, y: Tensor) -> Any:
        """What the evaluation is given of a batch: the outputs, or less where they are large."""
        del x, y
        return outputs

    def losses(self, outputs: Any, x: Tensor, y: Tensor) -> Tensor:
        """The loss of each sample, of shape (samples,)."""
        raise NotImplementedError

    def loss(self, outputs: Any, x: Tensor, y: Tensor) -> Tensor:
        """What training makes smaller, of shape ()."""
        return self.losses(outputs, x, y).mean()

    def measure(self, outputs: Any, x: Tensor, y: Tensor) -> Tensor:
        """The sum over the samples of the task's quick measure (`Evaluation.measure`), of shape ()."""
        raise NotImplementedError


class Classification(Objective):
    """Cross entropy of the softmax of the scores, and how many answers are right.

    In training y may be shares of classes, (samples, classes).
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._smoothing: float = setup.parameters["label_smoothing"]
        weights = torch.tensor(setup.class_weights, device=setup.device)
        self._weights = weights.to(getattr(torch, setup.dtype)) if setup.class_weights else None

    def losses(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        return cross_entropy(outputs, y, reduction="none")

    def loss(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        if self._weights is None:
            return cross_entropy(outputs, y, label_smoothing=self._smoothing)
        each = cross_entropy(outputs, y, label_smoothing=self._smoothing, reduction="none")
        return (each * (y @ self._weights if y.ndim > 1 else self._weights[y])).mean()

    def measure(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        return (outputs.argmax(1) == (y.argmax(1) if y.ndim > 1 else y)).sum()


class Regression(Objective):
    """Squared error of standardised numbers, and the absolute error in their own units, as means over targets and steps."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        dtype = getattr(torch, setup.dtype)
        self._std = torch.tensor(setup.dataset.target_std, dtype=dtype, device=setup.device)

    def losses(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        return (outputs - y).square().flatten(1).mean(1)

    def measure(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        return ((outputs - y).abs() * self._std).flatten(1).mean(1).sum()


class Segmentation(Objective):
    """Cross entropy of the pixels, plus the parameter ``dice`` times what the Dice coefficient lacks; and how many pixels are right.

    The Dice coefficient is that of Milletari, Navab and Ahmadi (2016), V-Net, with probabilities in the place of masks, as a mean
    over the classes; a pixel added to each sum keeps it defined, and near 1, for classes that are not there.
    """

    def judged(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x, y
        return outputs.argmax(3).to(torch.uint8)

    def losses(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        losses = cross_entropy(outputs.permute(0, 3, 1, 2), y, reduction="none").mean((1, 2))
        weight = self._setup.parameters["dice"]
        return losses + weight * (1 - _dice(outputs, y)) if weight else losses

    def measure(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        return (outputs.argmax(3) == y).to(outputs.dtype).mean((1, 2)).sum()


def _dice(outputs: Tensor, y: Tensor) -> Tensor:
    given = outputs.softmax(3)
    truth = one_hot(y, outputs.shape[3]).to(given.dtype)
    both = (given * truth).sum((1, 2))
    return ((2 * both + 1) / (given.sum((1, 2)) + truth.sum((1, 2)) + 1)).mean(1)


class TextGeneration(Objective):
    """Cross entropy of the softmax of the scores of each next token, and how many tokens are right."""

    def judged(self, outputs: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.losses(outputs, x, y), self._shares(outputs, y)

    def losses(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        each = cross_entropy(outputs.flatten(0, 1), y.flatten(), reduction="none")
        return each.view(y.shape).mean(1)

    def measure(self, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        del x
        return self._shares(outputs, y).sum()

    def _shares(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Of the tokens of each sample that are right."""
        return (outputs.argmax(2) == y).to(outputs.dtype).mean(1)


class Reconstruction(Objective):
    """The negative bound of Kingma and Welling (2013) for pixels after Bernoulli, in nats a pixel; y is the noise.

    The divergence of the codes from normal ones counts by the parameter ``kl_weight``.
    """

    def outputs(self, model: Callable[..., Any], x: Tensor, y: Tensor) -> Any:
        return model(x, y)

    def losses(self, outputs: Any, x: Tensor, y: Tensor) -> Tensor:
        del y
        scores, mean, log_variance = outputs
        pixels = binary_cross_entropy_with_logits(scores, x, reduction="none").flatten(1)
        divergence = (log_variance.exp() + mean.square() - 1 - log_variance).sum(1) / 2
        weight = self._setup.parameters["kl_weight"] / pixels.shape[1]
        losses: Tensor = pixels.mean(1) + weight * divergence
        return losses

    def measure(self, outputs: Any, x: Tensor, y: Tensor) -> Tensor:
        """Of the mean squared difference of the pixels."""
        del y
        squares: Tensor = (outputs[0].sigmoid() - x).square()
        return squares.flatten(1).mean(1).sum()


OBJECTIVES: dict[Task, type[Objective]] = {
    Task.CLASSIFICATION: Classification,
    Task.REGRESSION: Regression,
    Task.SEGMENTATION: Segmentation,
    Task.FORECASTING: Regression,
    Task.TEXT_GENERATION: TextGeneration,
    Task.RECONSTRUCTION: Reconstruction,
}
