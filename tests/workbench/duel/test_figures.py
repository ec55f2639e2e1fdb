"""What figures are called and which of them decide."""

from __future__ import annotations

import pytest

from workbench.duel.figures import FIGURES, Row, figure_of, leading


@pytest.mark.parametrize(
    ("name", "higher", "ratio"),
    [
        ("test/accuracy", True, False),
        ("test/loss", False, True),
        ("best/val/loss", False, True),
        ("test/r2", True, False),
        ("test/mse", False, True),
        ("test/cross_entropy", False, True),
        ("test/perplexity", False, True),
    ],
)
def test_scores_are_compared_by_difference_and_losses_by_ratio(
    name: str, higher: bool, ratio: bool
) -> None:
    found = figure_of(name)
    assert (found.higher_is_better, found.ratio, found.row) == (higher, ratio, Row.LEARNING)


def test_the_main_test_figure_of_the_task_decides() -> None:
    assert leading(["test/loss", "test/accuracy", "val/loss"]) == leading(["test/accuracy"])
    assert leading(["step_s", "val/accuracy"]) is None
    found = leading(["test/accuracy", "test/perplexity"])
    assert found is not None
    assert found.name == "test/perplexity"


def test_known_figures_are_found_by_their_names() -> None:
    assert all(figure_of(one.name) is one for one in FIGURES)
