"""What the models of sequences and tables promise. In PyTorch alone: that TensorFlow's are the same is tested elsewhere.

Run by `test_sequences` in a process of its own, since a framework in the processes of the other tests slows them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from runners.datasets import get_dataset
from runners.parameters import complete
from runners.templates import get_template
from runners.templates.forecaster import pytorch as forecaster
from runners.templates.rnn import pytorch as rnn
from runners.templates.tabular_resnet import pytorch as tabular_resnet
from runners.templates.template import ModelShape

CELLS = pytest.mark.parametrize("cell", ["lstm", "gru"])
NETWORKS = pytest.mark.parametrize("network", ["convolutions", "lstm"])


def _parameters(template: str, **given: object) -> dict[str, Any]:
    values, errors = complete(get_template(template).parameters, given)
    assert not errors
    return values


def _filled_up(text: list[int], length: int) -> Tensor:
    return torch.tensor([text + [0] * (length - len(text))])


@CELLS
def test_a_text_has_the_same_scores_however_far_it_is_filled_up(cell: str) -> None:
    parameters = _parameters("rnn", cell=cell, layers=2, units=5)
    model = rnn.build_model(parameters, ModelShape(inputs=(9,), outputs=3, vocabulary=20)).eval()
    short, long = model(_filled_up([3, 7, 1], 4)), model(_filled_up([3, 7, 1], 9))
    torch.testing.assert_close(short, long)
    assert not torch.allclose(short, model(_filled_up([1, 7, 3], 4)))


def test_an_empty_text_has_finite_scores_and_gradients() -> None:
    shape = ModelShape(inputs=(4,), outputs=3, vocabulary=20)
    model = rnn.build_model(_parameters("rnn"), shape)
    scores = model(_filled_up([], 4))
    scores.sum().backward()
    assert torch.isfinite(scores).all()
    for parameter in model.parameters():
        assert parameter.grad is None or torch.isfinite(parameter.grad).all()


@NETWORKS
def test_a_series_moved_up_has_its_forecast_moved_up_as_far(network: str) -> None:
    parameters = _parameters("forecaster", network=network, width=6)
    model = forecaster.build_model(parameters, ModelShape(inputs=(12, 2), outputs=3)).eval()
    past = torch.randn(4, 12, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model(past + 5), model(past) + 5)


def test_blocks_of_convolutions_see_as_many_steps_as_their_help_says() -> None:
    parameters = _parameters("forecaster", width=6, blocks=2, kernel_size=3)
    seen = 1 + 2 * (3 - 1) * (2**2 - 1)
    model = forecaster.build_model(parameters, ModelShape(inputs=(20, 1), outputs=1)).double()
    past = torch.randn(50, 20, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    past.requires_grad_()
    model(past).sum().backward()
    assert past.grad is not None
    reached = past.grad.abs().sum((0, 2)) > 0
    assert reached.tolist() == [False] * (20 - seen) + [True] * seen


def test_a_batch_of_one_row_trains_the_network_for_tables() -> None:
    shape = ModelShape(inputs=(3,), outputs=2)
    model = tabular_resnet.build_model(_parameters("tabular_resnet"), shape).train()
    scores = model(torch.ones(1, 3))
    scores.sum().backward()
    assert torch.isfinite(scores).all()


def test_a_series_too_short_for_context_and_horizon_is_refused() -> None:
    template, mauna_loa = get_template("forecaster"), get_dataset("mauna-loa")
    fits = _parameters("forecaster", context=400, horizon=57)
    assert template.misfit(fits, mauna_loa) == ""
    assert "457 steps together" in template.misfit(fits, replace(mauna_loa, test_count=456))
