from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runners.datasets.dataset import Task
from runners.protocol import Framework, Mode
from workbench.duel.checking import VALIDATED, check_match, read_scaled
from workbench.duel.match import Contestant, Match, Scaling, Target
from workbench.requests import InvalidRequest

TORCH = Contestant(Framework.PYTORCH, Mode.EAGER)
FIT = Contestant(Framework.TENSORFLOW, Mode.FIT)
MATCH = Match("mlp", "digits", (TORCH, FIT), (0, 1, 2), {"epochs": "1"})


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        check_match(replace(MATCH, **changes))
    return caught.value.problems


def test_a_match_that_can_be_held_gives_what_each_contestant_trains() -> None:
    own = replace(FIT, parameters={"learning_rate": "0.01"})
    one, other = check_match(replace(MATCH, contestants=(TORCH, own)))
    assert (one.framework, one.mode, one.seed) == (Framework.PYTORCH, Mode.EAGER, 0)
    assert (other.framework, other.mode) == (Framework.TENSORFLOW, Mode.FIT)
    assert (one.parameters["epochs"], other.parameters["epochs"]) == (1, 1)
    assert (one.parameters["learning_rate"], other.parameters["learning_rate"]) == (0.001, 0.01)


@pytest.mark.parametrize(
    ("contestants", "told"),
    [
        ((), "two contestants or more"),
        ((TORCH,), "two contestants or more"),
        ((TORCH, TORCH), "are the same: PyTorch"),
        ((TORCH, Contestant(Framework.PYTORCH, Mode.XLA)), "PyTorch has no mode 'xla'"),
        ((TORCH, Contestant(Framework.OTHER, Mode.EAGER)), "Other has no mode"),
        ((TORCH, replace(FIT, parameters={"learning_rate": "fast"})), "Keras fit"),
        ((TORCH, replace(FIT, parameters={"speed": 3})), "there is no parameter 'speed'"),
    ],
)
def test_what_is_wrong_with_contestants_is_told_of_them(
    contestants: tuple[Contestant, ...], told: str
) -> None:
    found = problems(contestants=contestants)
    assert list(found) == ["contestants"]
    assert told in found["contestants"]


@pytest.mark.parametrize(
    ("seeds", "told"),
    [((), "needs a seed"), ((1, 1), "only once"), ((-1,), "from 0"), ((2**31,), "from 0")],
)
def test_seeds_that_make_no_sense_are_refused(seeds: tuple[int, ...], told: str) -> None:
    assert told in problems(seeds=seeds)["seeds"]


@pytest.mark.parametrize(
    ("target", "parameters", "told"),
    [
        (Target("test/accuracy", 0.9), {}, "validation tells no 'test/accuracy'"),
        (Target("val/rmse", 0.9), {}, "it tells: val/loss, val/accuracy"),
        (Target("val/accuracy", 0.9), {"validation_split": "0"}, "nothing is validated"),
        (Target("val/accuracy", float("nan")), {}, "a target is a number"),
    ],
)
def test_a_target_that_no_validation_tells_is_refused(
    target: Target, parameters: dict[str, str], told: str
) -> None:
    assert told in problems(target=target, parameters=parameters)["target"]


def test_all_problems_are_told_at_once_by_their_fields() -> None:
    wrong = {"epochs": "0", "hidden_widths": "x"}
    found = problems(device="gpu", seeds=(), parameters=wrong, contestants=(TORCH,))
    assert set(found) == {"device", "seeds", "epochs", "hidden_widths", "contestants"}
    assert set(problems(template="none", dataset="nothing")) == {"template", "dataset"}


def test_every_task_has_something_that_validation_tells() -> None:
    assert set(VALIDATED) == set(Task)


@pytest.mark.parametrize(
    ("scaling", "field", "told"),
    [
        (Scaling((16,)), "scale_batch", "2 to 16 whole numbers"),
        (Scaling((0, 16)), "scale_batch", "from 1 to"),
        (Scaling((16, 16)), "scale_batch", "only once"),
        (Scaling((16, 4096)), "scale_batch", "an epoch has only"),
        (Scaling((), (1, 4096)), "scale_threads", "from 1 to 1,024"),
    ],
)
def test_values_that_cannot_be_scaled_to_are_refused(
    scaling: Scaling, field: str, told: str
) -> None:
    found = problems(scaling=scaling)
    assert list(found) == [field]
    assert told in found[field]


@pytest.mark.parametrize("device", ["cpu", "cpu:2", "cuda:all", "cuda:0,cuda:1"])
def test_the_largest_batch_is_looked_for_on_one_gpu(device: str) -> None:
    contestants = (TORCH, Contestant(Framework.TENSORFLOW, Mode.EAGER))
    scaling = Scaling(largest_batch=True)
    found = problems(contestants=contestants, device=device, scaling=scaling)
    assert "GPU" in found["largest_batch"]
    assert check_match(replace(MATCH, device="cuda:0", scaling=scaling))


def test_what_is_typed_to_be_scaled_is_read() -> None:
    values, wrong = read_scaled({"batch_size": "16, 64", "threads": ""})
    assert (values, wrong) == ({"batch_size": (16, 64), "threads": ()}, {})
    _, wrong = read_scaled({"batch_size": "many", "threads": "1,2"})
    assert list(wrong) == ["scale_batch"]
