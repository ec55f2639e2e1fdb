"""What is told of how to come from data to a model's input, and from its output to an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runners.datasets import all_datasets
from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.datasets.vocabulary import Vocabulary
from runners.export.preprocessing import dataset_of, describe
from runners.parameters import complete
from runners.templates import all_templates, get_template
from runners.templates.template import Template
from tests.runners.templates.cases import CASES

PAIRS = [
    pytest.param(template, info, id=f"{template.name}-{info.name}")
    for template in all_templates()
    for info in all_datasets()
    if not template.unfit(info)
]


def told(template: Template, info: DatasetInfo, **parameters: object) -> dict[str, Any]:
    values, errors = complete(template.declared, parameters)
    assert not errors
    vocabulary = Vocabulary("words", ("", "?", "a"), lower=True) if info.vocabulary_size else None
    return describe(template, values, info, vocabulary)


@pytest.mark.parametrize(("template", "info"), PAIRS)
def test_it_survives_json_and_is_enough_to_know_the_dataset_and_the_models_input(
    template: Template, info: DatasetInfo
) -> None:
    about = told(template, info)
    assert json.loads(json.dumps(about, allow_nan=False)) == about
    assert dataset_of(about) == info
    values, _ = complete(template.declared, {})
    assert tuple(about["shape"]) == template.shape(values, info).inputs
    assert about["task"] == template.task(info)
    if info.input in (Input.FEATURES, Input.SERIES):
        assert len(about["features"]) == about["shape"][-1]
    assert all(sentence.endswith(".") for sentence in about["words"])
    assert len(about["words"]) >= 2


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_columns_without_names_and_scales_are_counted_and_left_as_they_are(case: Any) -> None:
    about = describe(case.declared, case.values(), case.dataset, None)
    for column in about["features"]:
        assert (column["mean"], column["std"]) == (0.0, 1.0)
    names = [column["name"] for column in about["features"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("task", "activation"),
    [
        (Task.CLASSIFICATION, "softmax"),
        (Task.SEGMENTATION, "softmax"),
        (Task.TEXT_GENERATION, "softmax"),
        (Task.RECONSTRUCTION, "sigmoid"),
        (Task.REGRESSION, "none"),
        (Task.FORECASTING, "none"),
    ],
)
def test_what_makes_an_answer_of_the_output_follows_from_the_task(
    task: Task, activation: str
) -> None:
    case = next(case for case in CASES.values() if case.declared.task(case.dataset) is task)
    about = describe(case.declared, case.values(), case.dataset, None)
    assert about["activation"] == activation
    assert bool(about["classes"]) == (task in (Task.CLASSIFICATION, Task.SEGMENTATION))
    assert bool(about["targets"]) == (task in (Task.REGRESSION, Task.FORECASTING))


def test_an_autoencoder_of_labelled_images_tells_no_classes() -> None:
    digits = next(info for info in all_datasets() if info.name == "digits")
    about = told(get_template("vae"), digits)
    assert (about["classes"], about["task"]) == ([], "reconstruction")
    assert about["dataset"]["task"] == "classification"


def test_the_vocabulary_goes_along_with_how_texts_are_read() -> None:
    case = CASES["gpt"]
    words = Vocabulary("words", ("", "?", "a"), lower=True)
    about = describe(case.declared, case.values(), case.dataset, words)
    assert about["vocabulary"] == {"kind": "words", "tokens": ["", "?", "a"], "lower": True}
