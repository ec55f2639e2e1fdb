from __future__ import annotations

import pytest

from runners.export.manifest import Tensor
from runners.protocol import Framework
from tests.widgets.models import made
from widgets.models import words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"), (8.52e-5, "85.2 µs"), (4.311e-3, "4.31 ms"), (0.9994, "999 ms"), (0.9996, "1.00 s"), (12.34, "12.3 s"),
        (123.4, "123 s"), (1e-7, "0.10 µs"),
    ],
)  # fmt: skip
def test_a_latency_has_three_digits_and_the_unit_that_fits(value: float | None, said: str) -> None:
    assert words.seconds(value) == said


def test_a_share_is_called_all_only_where_it_is() -> None:
    assert words.share(1.0) == "100 %"
    assert words.share(0.99999) == "> 99.9 %"
    assert words.share(0.953) == "95.3 %"


@pytest.mark.parametrize(("value", "said"), [(0.0, "0"), (3.14e-7, "3.1e-07"), (0.0123, "1.2 %")])
def test_a_difference_is_told_as_a_share_once_it_is_one(value: float, said: str) -> None:
    assert words.difference(value) == said


def test_the_framework_itself_is_called_by_its_name_and_an_unknown_format_by_its_id() -> None:
    assert words.format_title("trained", Framework.PYTORCH) == "PyTorch itself"
    assert words.format_title("onnx") == "ONNX"
    assert words.format_title("of-tomorrow") == "of-tomorrow"


def test_a_verdict_says_what_went_wrong_or_how_close_it_is() -> None:
    assert words.verdict(made.check(problem="too far apart")) == "Too far apart"
    assert words.verdict(made.check()) == (
        "Checked on 360 held-out samples: largest difference 3.0e-07, 100 % of the predictions the same"
    )
    bare = made.check(largest=None, mean=None, agreement=None)
    assert words.verdict(bare) == "Checked on 360 held-out samples"


def test_the_figure_that_a_task_is_judged_by_is_no_loss_where_there_is_another() -> None:
    assert words.lead_metric(["loss", "macro_f1", "accuracy"]) == "accuracy"
    assert words.lead_metric(["loss", "psnr"]) == "psnr"
    assert words.lead_metric(["loss"]) == "loss"
    assert words.lead_metric([]) == ""
    assert words.is_better("mae") == "less is better"


def test_a_tensor_is_told_with_its_number_of_samples_open() -> None:
    assert words.tensor(Tensor("input", (None, 28, 28, 1), "float32")) == "input: float32, N × 28 × 28 × 1"  # fmt: skip
