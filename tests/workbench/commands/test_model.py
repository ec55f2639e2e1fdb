from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.conftest import Call


def test_the_layers_of_a_model_are_listed_with_their_sums(call: Call) -> None:
    answer = call("model", "mlp", "--dataset", "digits", "--set", "hidden_widths=10,5")
    assert (answer.code, answer.err) == (0, "")
    lines = [line.split() for line in answer.out.splitlines()]
    assert lines[3][:5] == ["hidden_1", "dense", "10", "650", "640"]
    (total,) = (line for line in lines if line[:1] == ["total"])
    assert total[1:3] == ["765", "740"]
    assert "a batch of 128 samples" in answer.out


def test_programs_get_the_numbers(call: Call) -> None:
    words = ("--set", "filters=4", "--set", "batch_size=2", "--json")
    told = call("model", "cnn", "--dataset", "digits", *words).json
    first = told["layers"][0]
    assert first["output_shape"] == [8, 8, 4]
    assert first["activation_bytes"] == 4 * 2 * 8 * 8 * 4
    assert told["trained"] == sum(layer["trained"] for layer in told["layers"])
    assert told["parameters"]["filters"] == [4]


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("lstn", "--dataset", "digits"), "there is no template 'lstn'"),
        (("mlp", "--dataset", "digit"), "there is no dataset 'digit'"),
        (("mlp", "--dataset", "digits", "--set", "hidden_widths=0"), "Hidden widths must be"),
        (("cnn", "--dataset", "iris"), "takes images"),
        (("cnn", "--dataset", "digits", "--set", "filters=4,4,4,4"), "only 8 pixels wide"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_reason(
    words: tuple[str, ...], wrong: str, call: Call
) -> None:
    answer = call("model", *words)
    assert (answer.code, answer.out) == (2, "")
    assert wrong in answer.err


def test_looking_at_a_model_makes_no_home(call: Call, home_path: Path) -> None:
    call("model", "mlp", "--dataset", "digits")
    assert not home_path.exists()
