from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from runners.datasets.dataset import Input, Task
from runners.export.answering.judging import answers, losses
from runners.export.facts import Facts
from tests.runners.export.answering.subjects import HOUSES, IMAGES, TEXT


def test_a_classification_is_answered_with_probabilities() -> None:
    found = answers(IMAGES, np.array([[0.0, math.log(3)], [1000.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.25, 0.75], [1.0, 0.0]], atol=1e-6)


def test_numbers_are_answered_in_their_own_units() -> None:
    np.testing.assert_allclose(answers(HOUSES, np.array([[-1.0], [0.5]])), [[800], [1100]])


def test_a_segmentation_is_answered_with_the_class_of_each_pixel() -> None:
    facts = replace(IMAGES, task=Task.SEGMENTATION)
    outputs = np.zeros((1, 2, 2, 2))
    outputs[0, 0, 1, 1] = 3
    np.testing.assert_array_equal(answers(facts, outputs), [[[0, 1], [0, 0]]])


def test_a_reconstruction_is_answered_with_brightness() -> None:
    facts = replace(IMAGES, task=Task.RECONSTRUCTION)
    np.testing.assert_allclose(answers(facts, np.array([-1e9, 0.0, 1e9])), [0, 0.5, 1])


def test_losses_are_those_of_the_task() -> None:
    x = np.zeros((2, 8, 8, 1), np.float32)
    scores = np.array([[0.0, math.log(3)], [0.0, 0.0]])
    found = losses(IMAGES, scores, x, np.array([1, 0]))
    np.testing.assert_allclose(found, [-math.log(0.75), math.log(2)], rtol=1e-6)
    found = losses(HOUSES, np.array([[3.0]]), x[:1, 0, :2, 0], np.array([[1.0]]))
    np.testing.assert_allclose(found, [4])
    scores = np.zeros((1, 4, 5))
    np.testing.assert_allclose(losses(TEXT, scores, x, np.array([[0, 1, 2, 3]], np.uint16)), [math.log(5)], rtol=1e-6)  # fmt: skip
    facts = replace(IMAGES, task=Task.RECONSTRUCTION)
    np.testing.assert_allclose(losses(facts, np.zeros((2, 8, 8, 1)), x, np.zeros(2)), [math.log(2)] * 2, rtol=1e-6)  # fmt: skip


def test_facts_come_back_as_they_were_through_json() -> None:
    for facts in (IMAGES, HOUSES, TEXT):
        assert Facts.from_plain(json.loads(json.dumps(facts.plain()))) == facts


@pytest.mark.parametrize(
    "raw", [{}, {"task": "dreaming"}, {"task": "regression", "input": "image"}]
)
def test_what_are_no_facts_is_a_value_error(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Facts.from_plain(raw)


def test_only_images_with_one_answer_are_explained() -> None:
    assert IMAGES.explains
    assert not HOUSES.explains
    assert not replace(IMAGES, task=Task.SEGMENTATION).explains
    assert not replace(IMAGES, input=Input.TOKENS).explains
