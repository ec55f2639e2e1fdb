from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.datasets import get_dataset
from runners.protocol import Framework, Mode, Scalar
from runners.templates import all_templates, get_template
from tests.imported import import_table
from workbench.requests import (
    CheckedRequest,
    InvalidRequest,
    RunRequest,
    check_request,
    estimate,
)

REQUEST = RunRequest(template="mlp", framework="pytorch", dataset="digits")


def checked_or_none(request: RunRequest) -> CheckedRequest | None:
    try:
        return check_request(request)
    except InvalidRequest:
        return None


def problems(request: RunRequest) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        check_request(request)
    return caught.value.problems


def test_a_checked_request_has_every_declared_parameter_in_its_type() -> None:
    checked = check_request(replace(REQUEST, parameters={"epochs": "3", "hidden_widths": "8, 4"}))
    declared = get_template("mlp").declared
    assert list(checked.parameters) == [parameter.name for parameter in declared]
    assert checked.parameters["epochs"] == 3
    assert checked.parameters["hidden_widths"] == (8, 4)
    assert (checked.framework, checked.mode) == (Framework.PYTORCH, Mode.EAGER)


def test_all_problems_are_told_at_once_each_at_its_field() -> None:
    wrong = RunRequest(
        template="nothing",
        framework="jax",
        dataset="none",
        mode="fast",
        seed="-1",
        device="gpu",
    )
    found = problems(wrong)
    assert set(found) == {"template", "framework", "dataset", "mode", "seed", "device"}
    assert "mlp" in found["template"]
    assert "pytorch, tensorflow" in found["framework"]
    assert "digits" in found["dataset"]
    assert "eager, graph" in found["mode"]
    assert "2,147,483,647" in found["seed"]
    assert "cuda:N" in found["device"]


def test_a_mode_that_the_framework_lacks_is_told_with_those_it_has() -> None:
    assert problems(replace(REQUEST, mode="xla")) == {
        "mode": "PyTorch has no mode 'xla'; there are: eager, graph"
    }
    checked = check_request(replace(REQUEST, framework="tensorflow", mode="XLA"))
    assert checked.mode is Mode.XLA


def test_keras_fit_computes_a_batch_as_a_whole() -> None:
    fit = replace(REQUEST, framework="tensorflow", mode="fit", parameters={"pieces": 2})
    assert set(problems(fit)) == {"pieces"}


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("epochs", "0", "from 1"),
        ("epochs", "2.5", "whole number"),
        ("epochs", 2.5, "whole number"),
        ("learning_rate", "nan", "a number from"),
        ("learning_rate", "1e9", "a number from"),
        ("optimizer", "lion", "adam"),
        ("nonsense", "1", "there is no parameter"),
    ],
)
def test_a_parameter_out_of_range_or_of_the_wrong_type_is_named(
    name: str, value: object, part: str
) -> None:
    found = problems(replace(REQUEST, parameters={name: value}))
    assert list(found) == [name]
    assert part in found[name]


@pytest.mark.parametrize("seed", [0, "0", " 12 ", 2**31 - 1])
def test_a_seed_is_a_whole_number_however_it_is_given(seed: int | str) -> None:
    assert check_request(replace(REQUEST, seed=seed)).seed == int(seed)


@pytest.mark.parametrize("seed", [2**31, -1, "1.0", "", True])
def test_a_seed_out_of_range_is_a_problem(seed: int | str) -> None:
    assert list(problems(replace(REQUEST, seed=seed))) == ["seed"]


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda:0", "CUDA:12"])
def test_a_device_is_auto_the_cpu_or_a_gpu(device: str) -> None:
    assert check_request(replace(REQUEST, device=device)).device == device.lower()


def test_names_are_trimmed_and_tags_are_kept_once() -> None:
    checked = check_request(
        replace(REQUEST, name=" a ", experiment=" e ", tags=("t", " t", "", "u"))
    )
    assert (checked.name, checked.experiment, checked.tags) == ("a", "e", ("t", "u"))


def test_a_misfit_stands_at_the_parameter_that_would_mend_it() -> None:
    cnn = get_template("cnn")
    deep = ", ".join(["8"] * 6)
    name = next(
        parameter.name for parameter in cnn.parameters if "," in parameter.format(parameter.default)
    )
    found = problems(replace(REQUEST, template="cnn", parameters={name: deep}))
    assert list(found) == [name]


@pytest.mark.parametrize("template", [template.name for template in all_templates()])
@pytest.mark.parametrize("dataset", ["fashion-mnist", "iris", "diabetes", "austen", "mauna-loa", "nuclei"])  # fmt: skip
def test_the_estimate_counts_the_declared_weights_and_what_does_not_fit_is_told(
    template: str, dataset: str
) -> None:
    request = replace(REQUEST, template=template, dataset=dataset)
    if reason := get_template(template).unfit(get_dataset(dataset)):
        assert problems(request) == {"dataset": reason}
        return
    checked = checked_or_none(request)
    if checked is None:
        return
    layers = get_template(template).layers_for(checked.parameters, get_dataset(dataset))
    weights = sum(w.size for layer in layers for w in layer.weights if w.trained)
    found = estimate(checked)
    assert found.parameter_count == weights
    assert found.memory_bytes > 4 * weights


def test_the_estimate_grows_with_the_batch_and_the_optimizer() -> None:
    def memory(**parameters: object) -> int:
        return estimate(check_request(replace(REQUEST, parameters=parameters))).memory_bytes

    assert memory(batch_size=256) > memory(batch_size=128)
    assert memory(optimizer="adam") > memory(optimizer="momentum") > memory(optimizer="sgd")


def test_pieces_and_gradient_checkpointing_lower_the_estimate() -> None:
    gpt = replace(REQUEST, template="gpt", dataset="austen")

    def memory(**parameters: object) -> int:
        return estimate(check_request(replace(gpt, parameters=parameters))).memory_bytes

    assert memory(pieces=4) < memory(pieces=2) < memory()
    assert memory(gradient_checkpointing=True, depth=12) < memory(depth=12) / 3


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_float16_is_refused_on_devices_that_have_no_units_for_it(device: str) -> None:
    asked = replace(REQUEST, device=device, parameters={"precision": "float16"})
    assert "float16 needs an NVIDIA GPU" in problems(asked)["precision"]
    for other in ("auto", "cuda:0"):
        assert check_request(replace(asked, device=other)).parameters["precision"] == "float16"


@pytest.mark.parametrize(
    ("framework", "mode", "refused"),
    [
        ("tensorflow", Mode.GRAPH, {}),
        ("pytorch", Mode.GRAPH, {"device": "a TPU is for TensorFlow alone: choose another device"}),
        ("tensorflow", Mode.EAGER, {"mode": "on a TPU TensorFlow computes graphs alone: choose graph"}),
    ],
)  # fmt: skip
def test_a_tpu_is_for_graphs_of_tensorflow(
    framework: str, mode: Mode, refused: dict[str, str]
) -> None:
    asked = replace(REQUEST, device="tpu", framework=framework, mode=mode)
    assert (problems(asked) if refused else check_request(asked).device) == (refused or "tpu")


def test_gradient_checkpointing_is_refused_where_there_are_no_blocks() -> None:
    asked = replace(REQUEST, parameters={"gradient_checkpointing": True})
    assert "has none: set it to no" in problems(asked)["gradient_checkpointing"]


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=4))
def test_whatever_is_typed_is_accepted_or_explained(parameters: dict[str, str]) -> None:
    found: dict[str, str] = {}
    try:
        check_request(replace(REQUEST, parameters=parameters))
    except InvalidRequest as error:
        found = error.problems
    assert set(found) <= set(parameters)
    assert all(found.values())


ANYTHING = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.sampled_from(["9" * 5000, "-" + "9" * 5000, "1e999", "\0", "\ud800", "٣", "1_0", " 5\n", "0x1", "+1", "cuda:٣"]),
)  # fmt: skip
"""What may be typed into any field: other scripts' digits, halves of characters, NUL, numbers of any size."""
MOSTLY_SOUND = {
    "template": st.sampled_from(["mlp", "cnn"]),
    "framework": st.sampled_from(["pytorch", " TensorFlow"]),
    "dataset": st.sampled_from(["digits", "fashion-mnist"]),
    "mode": st.sampled_from(["eager", "graph"]),
    "seed": st.just("0"),
    "device": st.sampled_from(["auto", "cpu", "cuda:0"]),
    "priority": st.just("0"),
}
NAMES = [one.name for one in get_template("mlp").declared]


@given(
    st.fixed_dictionaries(
        {name: st.one_of(sound, sound, sound, ANYTHING) for name, sound in MOSTLY_SOUND.items()}
    ),
    st.dictionaries(st.one_of(st.sampled_from(NAMES), ANYTHING), ANYTHING, max_size=4),
    st.tuples(ANYTHING, ANYTHING, ANYTHING),
)
def test_anything_typed_into_any_field_is_trainable_or_a_problem_of_that_field(
    fields: dict[str, Any], parameters: dict[str, str], words: tuple[str, str, str]
) -> None:
    name, experiment, tag = words
    request = replace(
        REQUEST, **fields, parameters=parameters, name=name, experiment=experiment, tags=(tag,)
    )
    found: dict[str, str] | None = None
    try:
        checked = check_request(request)
    except InvalidRequest as error:
        found = error.problems
    if found is not None:
        declared = (one.name for name in ("mlp", "cnn") for one in get_template(name).declared)
        assert found
        assert set(found) <= {*fields, *parameters, *declared}
        assert all(found.values())
        return
    for parameter in get_template(checked.template).declared:
        assert parameter.check(checked.parameters[parameter.name]) is not None
    assert 0 <= checked.seed < 2**31
    assert -1000 <= checked.options.priority <= 1000
    assert checked.device.isascii()
    assert estimate(checked).memory_bytes > 0


@given(st.data())
def test_a_value_that_was_formatted_is_read_back_as_the_value(data: st.DataObject) -> None:
    typed: dict[str, Scalar] = {
        "epochs": data.draw(st.integers(1, 100_000)),
        "learning_rate": data.draw(st.floats(1e-8, 10)),
        "hidden_widths": tuple(data.draw(st.lists(st.integers(1, 8192), min_size=1, max_size=8))),
    }
    declared = {one.name: one for one in get_template("mlp").declared}
    texts = {name: declared[name].format(value) for name, value in typed.items()}
    checked = check_request(replace(REQUEST, parameters=texts)).parameters
    assert checked["epochs"] == typed["epochs"]
    assert checked["hidden_widths"] == typed["hidden_widths"]
    assert checked["learning_rate"] == pytest.approx(typed["learning_rate"], rel=1e-9)


def test_an_epoch_of_a_stream_has_as_many_steps_as_windows_fill_batches() -> None:
    given = {"context": 64, "batch_size": 32, "validation_split": 0.0}
    text = check_request(replace(REQUEST, template="gpt", dataset="austen", parameters=given))
    assert estimate(text).steps_per_epoch == math.ceil(
        (get_dataset("austen").train_count - 1) // 64 / 32
    )


def test_an_imported_dataset_is_found_in_the_folder_of_the_home(tmp_path: Path) -> None:
    import_table(tmp_path, "mine")
    request = replace(REQUEST, dataset="mine")
    assert "dataset" in problems(request)
    checked = check_request(request, tmp_path)
    assert checked.info.title == "mine"
    assert estimate(checked).steps_per_epoch > 0
