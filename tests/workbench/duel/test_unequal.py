from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workbench.duel.made import EAGER, FIT, FUNCTION, TORCH, results
from workbench.bench import Workbench
from workbench.duel.checking import request_of
from workbench.duel.match import Contestant
from workbench.duel.results import Results
from workbench.duel.unequal import sentences
from workbench.requests import check_request


def told(workbench: Workbench, *contestants: Contestant, **parameters: object) -> str:
    found = results(*contestants, seeds=(1,))
    match = replace(found.match, template="cnn", dataset="digits", parameters=parameters)
    return _told(workbench, replace(found, match=match))


def _told(workbench: Workbench, found: Results) -> str:
    match, home = found.match, workbench.home
    request = check_request(request_of(match, match.contestants[0]), home.datasets, home.templates)
    return "\n".join(sentences(match, request, found.measured))


def test_what_the_frameworks_define_otherwise_is_told_where_it_plays_a_part(
    workbench: Workbench,
) -> None:
    adam = told(workbench, TORCH, FUNCTION, optimizer="adam")
    assert "Adam's epsilon" in adam
    assert "Padding" in adam
    momentum = told(workbench, TORCH, FUNCTION, optimizer="momentum", weight_decay=0.01)
    assert "Adam's epsilon" not in momentum
    assert "Momentum: Keras" in momentum
    assert "Weight decay" in momentum


def test_dropout_is_told_of_only_where_there_is_any(workbench: Workbench) -> None:
    assert "Dropout" not in told(workbench, TORCH, FUNCTION, dropout=0.0)
    assert "Dropout: each framework draws" in told(workbench, TORCH, FUNCTION, dropout=0.5)


@pytest.mark.parametrize(
    ("contestant", "begin"),
    [
        (EAGER, "TensorFlow in eager mode"),
        (FUNCTION, "Compilers order"),
        (FIT, "Keras fit prepares"),
    ],
)
def test_what_a_mode_brings_with_it_is_told_if_it_plays(
    workbench: Workbench, contestant: Contestant, begin: str
) -> None:
    assert begin in told(workbench, TORCH, contestant)
    assert begin not in told(workbench, TORCH, FIT if contestant is not FIT else EAGER)


def test_two_contestants_of_one_framework_differ_in_their_modes_alone(workbench: Workbench) -> None:
    assert "Adam's epsilon" not in told(workbench, FUNCTION, EAGER, optimizer="adam")


def test_what_should_have_been_the_same_and_was_not_is_told(workbench: Workbench) -> None:
    found = results(TORCH, FUNCTION, seeds=(1,))
    first, *others = found.measured
    changed = replace(first, environment={**first.environment, "threads": 7})
    match = replace(found.match, template="cnn", dataset="digits")
    text = _told(workbench, replace(found, match=match, measured=(changed, *others)))
    assert "The runs had different numbers of threads: 7: PyTorch;" in text
