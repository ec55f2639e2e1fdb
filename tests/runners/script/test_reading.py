from __future__ import annotations

import argparse

import pytest

from runners.parameters import Choice, Flag, Integer, Parameter, Real, Text, complete
from runners.protocol import Framework
from runners.script.reading import option_words, read_script

SCRIPT = """
import argparse
import torch
parser = argparse.ArgumentParser()
parser.add_argument("data", help="where the %% data is")
parser.add_argument("extra", nargs="*")
parser.add_argument("-l", "--learning-rate", type=float, default=1e-3, help="step (%(default)s)")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--kind", choices=["a", "b"], default="b")
parser.add_argument("--layers", type=int, nargs="+", default=[64, 32])
parser.add_argument("--fast", action="store_true")
parser.add_argument("--no-shuffle", dest="shuffle", action="store_false")
parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--computed", default=torch.__name__)
parser.add_argument("--name", required=True)
parser.add_argument("-v", action="count")
"""


def options() -> dict[str, Parameter]:
    return {option.parameter.name: option.parameter for option in read_script(SCRIPT).options}


def words(**chosen: object) -> tuple[str, ...]:
    facts = read_script(SCRIPT)
    values, errors = complete(facts.parameters, chosen)
    assert not errors
    return option_words(facts.options, values)


def test_options_are_read_with_their_type_default_choices_and_help() -> None:
    found = options()
    assert list(found) == [
        "data", "extra", "learning_rate", "epochs", "kind", "layers", "fast", "shuffle", "amp", "computed", "name",
    ]  # fmt: skip
    assert isinstance(found["learning_rate"], Real)
    assert isinstance(found["epochs"], Integer)
    assert isinstance(found["kind"], Choice)
    assert found["kind"].options == ("a", "b")
    assert isinstance(found["layers"], Text)
    assert found["layers"].default == "64 32"
    assert [found[name].default for name in ("fast", "shuffle", "amp")] == [False, True, True]
    assert isinstance(found["amp"], Flag)
    assert found["learning_rate"].help == "step (the default)"
    assert found["data"].help == "where the % data is"
    assert found["learning_rate"].title == "Learning rate"


def test_what_must_be_given_is_known() -> None:
    required = [each.parameter.name for each in read_script(SCRIPT).options if each.required]
    assert required == ["data", "name"]


def test_only_what_differs_from_the_defaults_is_given_and_argparse_reads_it_back() -> None:
    line = words(data="d", name="n", learning_rate="0.5", fast=True, shuffle=False, amp=False)
    assert line == (
        "--learning-rate", "0.5", "--fast", "--no-shuffle", "--no-amp", "--name", "n", "d",
    )  # fmt: skip
    parser = argparse.ArgumentParser()
    made = {"argparse": argparse, "parser": parser}
    calls = "\n".join(line for line in SCRIPT.splitlines() if "add_argument" in line)
    exec(calls.replace("torch.__name__", "'torch'"), made)
    read = parser.parse_args([*words(data="d", name="n", layers="3 4", kind="a", epochs="7")])
    assert (read.data, read.name, read.layers, read.kind, read.epochs) == ("d", "n", [3, 4], "a", 7)


def test_a_value_that_looks_like_an_option_is_told_apart() -> None:
    assert "--learning-rate=-0.5" in words(data="d", name="n", learning_rate="-0.5")


@pytest.mark.parametrize(
    ("text", "framework"),
    [
        ("import torch", Framework.PYTORCH),
        ("from lightning.pytorch import Trainer", Framework.PYTORCH),
        ("def main():\n    from transformers import AutoModel", Framework.PYTORCH),
        ("import keras", Framework.TENSORFLOW),
        ("import tensorflow.keras as k", Framework.TENSORFLOW),
        ("import keras, torch", Framework.PYTORCH),
        ("import tensorflow as tf\nimport torch", Framework.TENSORFLOW),
        ("from . import torch", Framework.OTHER),
        ("import jax", Framework.OTHER),
    ],
)
def test_the_framework_is_told_by_the_imports(text: str, framework: Framework) -> None:
    assert read_script(text).framework is framework


@pytest.mark.parametrize("text", ["def", "x = \0", b"\xff\xfe\x00"])
def test_what_is_no_python_is_refused(text: str | bytes) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        read_script(text)


def test_calls_that_cannot_be_read_are_left_to_arguments() -> None:
    text = "p.add_argument(name)\np.add_argument(*names)\np.add_argument('--a', **more)\np.add_argument()"
    assert read_script(text).options == ()
